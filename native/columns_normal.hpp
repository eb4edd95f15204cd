// Normal columns under normal-gamma priors: 1 / variance ~ Gamma(shape a, rate b), mean ~ N(m, variance / kappa).
//
// With n members that have the column, k = kappa + n, a' = a + n / 2, S and Q the sums of t = x - m and of t^2:
//   mean = S / k     b' = b + (Q - S^2 / k) / 2     p(t | members) is Student's t with
//   log p = log G(a' + 1/2) - log G(a') - log(2 pi b' (k + 1) / k) / 2 - (a' + 1/2) log(1 + w (t - mean)^2),
//   w = k / (2 b' (k + 1)).
// Given the other members only, for one of them: the same with a' - 1/2 and k - 1, and with v = k / (2 b' (k - 1)) the
// last term is + (a' - 1/2) log(1 - v (t - mean)^2), so that statistics stay as they are.
// Where columns share a' the logarithm of the product of their factors is all that a cluster needs.
#pragma once
#include "columns_cells.hpp"
#include "columns_moments.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// numbers[0] = kappa, numbers[1] = shape, numbers[2] = rate (d,); sizes[0] = how many columns are alike.
struct DiagonalNormal {
    static constexpr double kLogTwoPi = 1.8378770664093453, kHalfLogPi = 0.5723649429247001;
    // A factor below this has lost three digits: the caller takes the row out and asks again.
    static constexpr double kLeastFactor = 1e-3;

    // Number 3 j: mean, then w, then -v.
    struct Numbers {
        MomentNumbers moments;
        int64_t base, base_without;    // the constant terms of the columns alike
        int64_t own, own_without, end; // those of each other column
    };
    static Numbers where(const BlockData& data) {
        const int64_t d = data.d, others = d - data.sizes[0], members = (3 + kSums) * d, own = members + 3;
        return {{3 * d, members, own}, members + 1, members + 2, own + others, own + 2 * others, own + 3 * others};
    }
    static int64_t n_numbers(const BlockData& data) { return where(data).end; }

    // What follows from kappa and the number of members.
    struct Weights {
        Twofold weight;
        Lane inverse, grown, shrunken;  // 1 / k, k / (k + 1), k / (k - 1)
        Weights(Lane n, double kappa) {
            weight = two_sum(n, splat(kappa));
            const Lane k = weight.high;
            inverse = 1.0 / k;
            grown = k / ((n + 1.0) + kappa);
            shrunken = k / ((n - 1.0) + kappa);
        }
    };

    // Gamma(z + 1/2) / Gamma(z) = sqrt(square) exp(-rest) for z > 0, by the two Stirling series' difference.
    struct HalfStep {
        Lane square, rest;
        explicit HalfStep(Lane z) {
            constexpr double terms[] = {1.0 / 8,           -1.0 / 192,           1.0 / 640,           -17.0 / 14336,
                                        31.0 / 18432, -691.0 / 180224, 5461.0 / 425984, -929569.0 / 15728640};
            const auto small = z < 8.0;
            const Lane inverse = 1.0 / (small ? z + 8.0 : z);
            rest = inverse * polynomial(terms, inverse * inverse);
            square = z;
            if (!lane_bits(small)) return;
            const Lane ratio = eight_from(z) / eight_from(z + 0.5);
            square = small ? (z + 8.0) * ratio * ratio : z;
        }
    };

    static void follow(const BlockData& data, double* panel, int64_t lane) {
        const PanelVector at(panel, lane);
        const Numbers numbers = where(data);
        const int64_t alike = data.sizes[0];
        Product scales, scales_without;
        Weights weights(Lane{}, 1);
        for (int64_t j = 0; j < data.d; ++j) {
            const double kappa = data.numbers[0][j];
            const Lane n = having(data, at, numbers.moments, j);
            if (j == 0 || j >= alike || kappa != data.numbers[0][j - 1]) weights = Weights(n, kappa);
            const Moments moments = moments_of(at, numbers.moments, j);
            const Lane twice = 2.0 * data.numbers[2][j] + about_mean(moments, weights.weight, weights.inverse);
            const Lane inverse = 1.0 / twice;  // 1 / (2 b')
            at.set(3 * j, moments.sum.high * weights.inverse);
            at.set(3 * j + 1, inverse * weights.grown);
            at.set(3 * j + 2, -inverse * weights.shrunken);
            if (j < alike) {
                scales.multiply(twice / weights.grown);
                scales_without.multiply(twice * weights.shrunken);
                continue;
            }
            const Lane shape = 0.5 * n + data.numbers[1][j], left = shape - 0.5;
            const HalfStep step(shape);
            const Lane with = log_normal<double>(step.square * weights.grown / twice);
            const Lane without = log_normal<double>(left * left / (step.square * (twice * weights.shrunken)));
            at.set(numbers.own + j - alike, 0.5 * with - (step.rest + kHalfLogPi));
            at.set(numbers.own_without + j - alike, 0.5 * without + (step.rest - kHalfLogPi));
        }
        if (!alike) return;
        // Gamma(a') / Gamma(a' - 1/2) is (a' - 1/2) over the step from a'.
        const Lane shape = 0.5 * at.get(numbers.moments.members) + data.numbers[1][0];
        const HalfStep step(shape);
        const Lane up = 0.5 * log_normal<double>(step.square) - step.rest, whole = log_normal<double>(shape - 0.5);
        at.set(numbers.base, double(alike) * (up - kHalfLogPi) - 0.5 * scales.log());
        at.set(numbers.base_without, double(alike) * (whole - up - kHalfLogPi) - 0.5 * scales_without.log());
    }

    template <bool OWN, int N>
    static void score_some(const BlockData& data, const double* x, const Clusters<OWN, N>& clusters, Lane (&values)[N]) {
        const Numbers numbers = where(data);
        const int64_t alike = data.sizes[0];
        Lane least[N];
        for (auto& l : least) l = splat(1.0);
        // 1 + w (t - mean)^2, or 1 - v (t - mean)^2 where the row is a member.
        const auto factor = [&](int i, int64_t j) {
            const Lane apart = x[j] - clusters.at(3 * j, i);
            const Lane weight = OWN ? clusters.pick(i, clusters.at(3 * j + 1, i), clusters.at(3 * j + 2, i))
                                    : clusters.at(3 * j + 1, i);
            const Lane value = fma(weight * apart, apart, splat(1.0));
            if (OWN) least[i] = vmin(least[i], value);
            return value;
        };
        // (a' + 1/2) or (a' - 1/2), with its sign.
        const auto power = [&](int i, Lane n, double shape) {
            const Lane half = 0.5 * n + shape;
            return clusters.pick(i, -(half + 0.5), half - 0.5);
        };
        if (alike) {
            Product product[N];
            int64_t j = 0;
            for (; j + 4 <= alike; j += 4)
#pragma GCC unroll 4
                for (int i = 0; i < N; ++i)
                    product[i].multiply((factor(i, j) * factor(i, j + 1)) * (factor(i, j + 2) * factor(i, j + 3)));
            for (; j < alike; ++j)
                for (int i = 0; i < N; ++i) product[i].multiply(factor(i, j));
            for (int i = 0; i < N; ++i)
                values[i] += fma(power(i, clusters.at(numbers.moments.members, i), data.numbers[1][0]), product[i].log(),
                                 clusters.pick(i, clusters.at(numbers.base, i), clusters.at(numbers.base_without, i)));
        }
        for (int64_t j = alike; j < data.d; ++j) {
            if (!(x[j] == x[j])) continue;
            const int64_t o = j - alike;
            for (int i = 0; i < N; ++i)
                values[i] += fma(power(i, clusters.at(numbers.moments.present + o, i), data.numbers[1][j]),
                                 log_normal<double>(factor(i, j)),
                                 clusters.pick(i, clusters.at(numbers.own + o, i),
                                               clusters.at(numbers.own_without + o, i)));
        }
        if (OWN)
            for (int i = 0; i < N; ++i)
                values[i] = least[i] < kLeastFactor ? splat(__builtin_nan("")) : values[i];
    }

    static void clear(const BlockData& data, double* panel, int64_t lane) {
        for (int64_t number = 0; number < n_numbers(data); ++number) panel[number * kClusterLanes + lane] = 0;
        follow(data, panel, lane);
    }
    static void add(const BlockData& data, double* panel, int64_t lane, int64_t row) {
        move_row(data, PanelVector(panel, lane), where(data).moments, row, 1);
        follow(data, panel, lane);
    }
    static bool remove(const BlockData& data, double* panel, int64_t lane, int64_t row) {
        const PanelVector at(panel, lane);
        move_row(data, at, where(data).moments, row, -1);
        follow(data, panel, lane);
        // A value 1e10 standard deviations away leaves 12 of the 32 digits behind; one farther off, too few.
        const double* x = data.x + row * data.d;
        bool kept = true;
        for (int64_t j = 0; j < data.d; ++j) kept &= !(x[j] * x[j] * at.one(3 * j + 1) > 1e20);
        return kept;
    }
    static void rebuild(const BlockData& data, double* panel, int64_t lane, const int32_t* members, int64_t count) {
        sum_rows(data, PanelVector(panel, lane), where(data).moments, members, count);
        follow(data, panel, lane);
    }
    static void score(const BlockData& data, const double* state, int64_t k, int64_t row, int64_t own, double* out) {
        const double* x = data.x + row * data.d;
        score_all(n_numbers(data), state, k, own, out,
                  [&](const auto& clusters, auto& values) { score_some(data, x, clusters, values); });
    }

    static double log_marginal(const BlockData& data, const double*, const double* panel, int64_t lane) {
        const PanelVector at(const_cast<double*>(panel), lane);  // read only
        const Numbers numbers = where(data);
        Lane sum = {}, rising = {};
        for (int64_t j = 0; j < data.d; ++j) {
            const double kappa = data.numbers[0][j], shape = data.numbers[1][j], rate = data.numbers[2][j];
            const Lane n = having(data, at, numbers.moments, j), half = 0.5 * n;
            const Weights weights(n, kappa);
            const Lane gained = 0.5 * about_mean(moments_of(at, numbers.moments, j), weights.weight, weights.inverse);
            if (j == 0 || j >= data.sizes[0]) rising = log_rising(splat(shape), half);
            sum += rising - half * (kLogTwoPi + log_normal<double>(gained + rate)) - shape * log1p_of(gained / rate) -
                   0.5 * log1p_of(n / kappa);
        }
        return sum[at.lane];
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
