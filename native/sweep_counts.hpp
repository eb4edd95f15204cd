// Families of counts and codes: log densities are linear in the features of sparse rows. Parameters of a cluster: the
// coefficient of each feature. Statistics: the sum of each feature. What a row's density holds beside them (1 / x! and
// multinomial coefficients) is the same in every cluster and left out.
#pragma once
#include "bayes_draws.hpp"
#include "bayes_special.hpp"
#include "sweep_problem.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// log of a gamma variable; a small shape's may lie below all doubles.
inline double log_gamma_draw(Random& random, double shape) {
    if (shape >= 1) return log_of(gamma(random, shape));
    const double raised = log_of(gamma(random, shape + 1));
    return raised + log_of(open_uniform(random)) / shape;
}

inline double log_sum(double a, double b) {
    const double high = a > b ? a : b, low = a > b ? b : a;
    return high + log_of(1 + exp_of(low - high));
}

// Logarithms of probabilities ~ Dirichlet(alpha + counts).
inline void draw_shares(const double* alpha, const double* counts, int64_t n, Random& random, double* out) {
    double total = 0;
    for (int64_t v = 0; v < n; ++v) {
        out[v] = log_gamma_draw(random, alpha[v] + counts[v]);
        total = v ? log_sum(total, out[v]) : out[v];
    }
    for (int64_t v = 0; v < n; ++v) out[v] -= total;
}

inline double log_shares(const double* alpha, const double* counts, int64_t n) {
    double all = 0, total = 0, sum = 0;
    for (int64_t v = 0; v < n; ++v) {
        all += alpha[v], total += counts[v];
        if (counts[v] > 0) sum += log_gamma_of(alpha[v] + counts[v]) - log_gamma_of(alpha[v]);
    }
    return sum + log_gamma_of(all) - log_gamma_of(all + total);
}

inline double draw_bernoulli(const SweepBlock& block, const SweepCluster& c, Random& random, double* out) {
    const double* ones = c.statistics + block.statistic;
    double constant = 0;
    for (int64_t j = 0; j < block.d; ++j) {
        const double there = c.count - ones[block.d + j];
        const double yes = log_gamma_draw(random, block.numbers[0][j] + ones[j]);
        const double no = log_gamma_draw(random, block.numbers[1][j] + there - ones[j]), total = log_sum(yes, no);
        out[j] = yes - no;
        out[block.d + j] = total - no;
        constant += no - total;
    }
    return constant;
}

inline double log_marginal_bernoulli(const SweepBlock& block, const SweepCluster& c) {
    const double* ones = c.statistics + block.statistic;
    double sum = 0;
    for (int64_t j = 0; j < block.d; ++j) {
        const double alpha[2] = {block.numbers[0][j], block.numbers[1][j]};
        const double counts[2] = {ones[j], c.count - ones[block.d + j] - ones[j]};
        sum += log_shares(alpha, counts, 2);
    }
    return sum;
}

inline double draw_poisson(const SweepBlock& block, const SweepCluster& c, Random& random, double* out) {
    const double* sums = c.statistics + block.statistic;
    double constant = 0;
    for (int64_t j = 0; j < block.d; ++j) {
        const double rate = block.numbers[1][j] + c.count - sums[block.d + j];
        out[j] = log_gamma_draw(random, block.numbers[0][j] + sums[j]) - log_of(rate);
        out[block.d + j] = exp_of(out[j]);
        constant -= out[block.d + j];
    }
    return constant;
}

inline double log_marginal_poisson(const SweepBlock& block, const SweepCluster& c) {
    const double* sums = c.statistics + block.statistic;
    double sum = 0;
    for (int64_t j = 0; j < block.d; ++j) {
        const double shape = block.numbers[0][j], rate = block.numbers[1][j], there = c.count - sums[block.d + j];
        sum += log_gamma_of(shape + sums[j]) - log_gamma_of(shape) + shape * log_of(rate) -
               (shape + sums[j]) * log_of(rate + there);
    }
    return sum;
}

inline void draw_categorical(const SweepBlock& block, const SweepCluster& c, Random& random, double* out) {
    for (int64_t j = 0; j < block.d; ++j) {
        const int64_t from = int64_t(block.numbers[1][j]), to = int64_t(block.numbers[1][j + 1]);
        draw_shares(block.numbers[0] + from, c.statistics + block.statistic + from, to - from, random, out + from);
    }
}

inline double log_marginal_categorical(const SweepBlock& block, const SweepCluster& c) {
    double sum = 0;
    for (int64_t j = 0; j < block.d; ++j) {
        const int64_t from = int64_t(block.numbers[1][j]), to = int64_t(block.numbers[1][j + 1]);
        sum += log_shares(block.numbers[0] + from, c.statistics + block.statistic + from, to - from);
    }
    return sum;
}

// scores[c][row of the tile] of `width` clusters: a row's features, each with its coefficients in all clusters side by side.
inline void score_features(const SweepModel& model, const double* coefficients, int64_t width, const int32_t* order,
                           double* row_scores, double* scores) {
    for (int64_t r = 0; r < kTileRows; ++r) {
        for (int64_t c = 0; c < width; ++c) row_scores[c] = 0;
        if (order[r] >= 0)
            for (int64_t e = model.indptr[order[r]]; e < model.indptr[order[r] + 1]; ++e) {
                const double* at = coefficients + model.features[e] * width;
                const Vec<double> value = splat(model.values[e]);
                for (int64_t c = 0; c < width; c += Simd<double>::W)
                    store(row_scores + c, fma(value, load(at + c), load(row_scores + c)));
            }
        for (int64_t c = 0; c < width; ++c) scores[c * kTileRows + r] = row_scores[c];
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
