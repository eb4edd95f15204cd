// Normal columns whose mean and precision have priors of their own, mean ~ N(m, variance) and precision ~ Gamma(shape,
// rate), rate a number or Gamma(g, h) (Richardson and Green 1997, doi:10.1111/1467-9868.00095, section 2.4): no closed
// form, so clusters carry both (Neal 2000, algorithm 8).
#pragma once
#include "bayes_draws.hpp"
#include "bayes_special.hpp"
#include "columns_cells.hpp"
#include "columns_moments.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// numbers: 0 variance, 1 shape, 2 rate, 3 g, 4 h (d,); g = 0: the rate is that number. `shared`: the rates (d,).
struct SemiConjugateNormal {
    static constexpr double kLogTwoPi = 1.8378770664093453;

    // Number 2 j: mean (less m), then half the precision.
    struct Numbers {
        MomentNumbers moments;
        int64_t base, own, end;  // log(precision / (2 pi)) / 2: summed over the columns alike, and of each other column
    };
    static Numbers where(const BlockData& data) {
        const int64_t d = data.d, others = d - data.sizes[0], members = (2 + kSums) * d, present = members + 2;
        return {{2 * d, members, present}, members + 1, present + others, present + 2 * others};
    }
    static int64_t n_numbers(const BlockData& data) { return where(data).end; }

    static void set_parameters(const BlockData& data, const PanelVector& at) {
        const Numbers numbers = where(data);
        Lane base = {};
        for (int64_t j = 0; j < data.d; ++j) {
            const Lane term = 0.5 * (log_normal<double>(2.0 * at.get(2 * j + 1)) - kLogTwoPi);
            if (j < data.sizes[0]) base += term;
            else at.set(numbers.own + j - data.sizes[0], term);
        }
        at.set(numbers.base, base);
    }

    static void clear(const BlockData& data, double* panel, int64_t lane) {
        const PanelVector at(panel, lane);
        for (int64_t number = 0; number < n_numbers(data); ++number) at.one(number) = 0;
        // Parameters that are numbers, whoever draws them later; other lanes of the vector may not have any yet.
        for (int64_t j = 0; j < data.d; ++j) at.one(2 * j + 1) = 0.5;
        set_parameters(data, at);
    }
    static void add(const BlockData& data, double* panel, int64_t lane, int64_t row) {
        move_row(data, PanelVector(panel, lane), where(data).moments, row, 1);
    }
    static bool remove(const BlockData& data, double* panel, int64_t lane, int64_t row) {
        move_row(data, PanelVector(panel, lane), where(data).moments, row, -1);
        return true;
    }
    static void rebuild(const BlockData& data, double* panel, int64_t lane, const int32_t* members, int64_t count) {
        sum_rows(data, PanelVector(panel, lane), where(data).moments, members, count);
    }

    template <bool OWN, int N>
    static void score_some(const BlockData& data, const double* x, const Clusters<OWN, N>& clusters, Lane (&values)[N]) {
        const Numbers numbers = where(data);
        const auto less_square = [&](Lane value, int i, int64_t j) {
            const Lane apart = x[j] - clusters.at(2 * j, i);
            return fma(-clusters.at(2 * j + 1, i) * apart, apart, value);
        };
        for (int i = 0; i < N; ++i) values[i] = clusters.at(numbers.base, i);
        for (int64_t j = 0; j < data.sizes[0]; ++j)
            for (int i = 0; i < N; ++i) values[i] = less_square(values[i], i, j);
        for (int64_t j = data.sizes[0]; j < data.d; ++j) {
            if (!(x[j] == x[j])) continue;
            for (int i = 0; i < N; ++i)
                values[i] = less_square(values[i], i, j) + clusters.at(numbers.own + j - data.sizes[0], i);
        }
    }
    // Given its parameters a cluster's density does not depend on its members.
    static void score(const BlockData& data, const double* state, int64_t k, int64_t row, int64_t, double* out) {
        const double* x = data.x + row * data.d;
        score_all(n_numbers(data), state, k, -1, out,
                  [&](const auto& clusters, auto& values) { score_some(data, x, clusters, values); });
    }

    // Half the sum of squares of a column's members about a mean.
    static Lane half_squares(const Moments& m, Lane n, Lane mean) {
        if (n[0] == 0) return Lane{};
        const Lane inverse = 1.0 / n, apart = m.sum.high * inverse - mean;
        return 0.5 * (about_mean(m, {n, Lane{}}, inverse) + n * apart * apart);
    }
    static Moments one_lane(const Moments& m, int lane) {
        return {{splat(m.sum.high[lane]), splat(m.sum.low[lane])},
                {splat(m.squares.high[lane]), splat(m.squares.low[lane])}};
    }

    // Without members: precision and mean from the prior. With members: mean given precision, then precision given mean.
    static void draw(const BlockData& data, const double* shared, double* panel, int64_t lane, Random& random) {
        const PanelVector at(panel, lane);
        const Numbers numbers = where(data);
        for (int64_t j = 0; j < data.d; ++j) {
            const double n = having(data, at, numbers.moments, j)[at.lane];
            const Moments m = one_lane(moments_of(at, numbers.moments, j), at.lane);
            const double precision = n > 0 ? 2 * at.one(2 * j + 1) : 0;
            const double weight = 1 / data.numbers[0][j] + n * precision;
            const double mean = precision * m.sum.high[0] / weight + normal(random) / __builtin_sqrt(weight);
            const double rate = shared[j] + half_squares(m, splat(n), splat(mean))[0];
            at.one(2 * j) = mean;
            at.one(2 * j + 1) = 0.5 * gamma(random, data.numbers[1][j] + 0.5 * n) / rate;
        }
        set_parameters(data, at);
    }

    static int64_t n_shared(const BlockData& data) { return data.d; }
    static void start_shared(const BlockData& data, double* shared) {
        for (int64_t j = 0; j < data.d; ++j) {
            const double g = data.numbers[3][j], h = data.numbers[4][j];
            shared[j] = g > 0 ? g / h : data.numbers[2][j];
        }
    }
    static void draw_shared(const BlockData& data, double* shared, const double* state, int64_t k, Random& random) {
        const int64_t panel = kClusterLanes * n_numbers(data);
        for (int64_t j = 0; j < data.d; ++j) {
            const double g = data.numbers[3][j];
            if (!(g > 0)) continue;
            double precisions = 0;
            for (int64_t c = 0; c < k; ++c)
                precisions += 2 * state[c / kClusterLanes * panel + (2 * j + 1) * kClusterLanes + c % kClusterLanes];
            shared[j] = gamma(random, g + double(k) * data.numbers[1][j]) / (data.numbers[4][j] + precisions);
        }
    }

    // Of the members and of the parameters.
    static double log_marginal(const BlockData& data, const double* shared, const double* panel, int64_t lane) {
        const PanelVector at(const_cast<double*>(panel), lane);  // read only
        const Numbers numbers = where(data);
        double sum = 0;
        for (int64_t j = 0; j < data.d; ++j) {
            const double n = having(data, at, numbers.moments, j)[at.lane], mean = at.one(2 * j);
            const double precision = 2 * at.one(2 * j + 1), log_precision = log_of(precision);
            const double variance = data.numbers[0][j], shape = data.numbers[1][j], rate = shared[j];
            const Moments m = one_lane(moments_of(at, numbers.moments, j), at.lane);
            sum += 0.5 * n * (log_precision - kLogTwoPi) - precision * half_squares(m, splat(n), splat(mean))[0];
            sum -= 0.5 * (kLogTwoPi + log_of(variance) + mean * mean / variance);
            sum += shape * log_of(rate) - log_gamma_of(shape) + (shape - 1) * log_precision - rate * precision;
        }
        return sum;
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
