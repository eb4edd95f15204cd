// Normal components column by column. Parameters of a cluster: for each column 1 / sigma, mu / sigma, and the logarithm of
// the density's constant. Statistics: for each column the sums of x - anchor and of its square; with missing cells, also
// how many are there.
#pragma once
#include "bayes_draws.hpp"
#include "bayes_special.hpp"
#include "sweep_problem.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr double kHalfLog2PiOfColumn = 0.91893853320467274178;

inline bool has_missing(const SweepBlock& block) { return block.n_lines == 2 * block.d; }

// q += the squared distance; false as soon as it makes the component negligible in every lane.
template <int NV>
inline bool add_columns(const double* x, const double* p, int64_t d, double start, const Vec<double> (&best)[NV],
                        Vec<double> (&q)[NV]) {
    constexpr int W = Simd<double>::W;
    constexpr int64_t kStep = 4;
    for (int64_t j = 0; j < d; ++j, p += 3) {
        for (int v = 0; v < NV; ++v) {
            const Vec<double> z = fma(splat(p[0]), load(x + j * kTileRows + v * W), splat(-p[1]));
            q[v] = fma(z, z, q[v]);
        }
        if (j % kStep != kStep - 1 || j + 1 == d) continue;
        Index<double> near = {};
        for (int v = 0; v < NV; ++v) near |= fma(splat(-0.5), q[v], splat(start)) >= best[v] - kNegligible;
        if (!lane_bits(near)) return false;
    }
    return true;
}

// With missing cells: q -= twice the log density of the cells that are there.
template <int NV> inline void add_present_columns(const double* x, const double* p, int64_t d, Vec<double> (&q)[NV]) {
    constexpr int W = Simd<double>::W;
    const double* there = x + d * kTileRows;
    for (int64_t j = 0; j < d; ++j, p += 3)
        for (int v = 0; v < NV; ++v) {
            const Vec<double> z = fma(splat(p[0]), load(x + j * kTileRows + v * W), splat(-p[1]));
            q[v] = fma(load(there + j * kTileRows + v * W), fma(z, z, splat(-2 * p[2])), q[v]);
        }
}

struct ColumnPosterior {
    double kappa, mean, shape, rate;
};

inline ColumnPosterior column_posterior(const SweepBlock& block, const SweepCluster& c, int64_t j) {
    const double* s = c.statistics + block.statistic;
    const double n = has_missing(block) ? s[2 * block.d + j] : c.count;
    const double prior = block.numbers[0][j], kappa = block.numbers[1][j], shape = block.numbers[2][j], rate = block.numbers[3][j];
    if (!(n > 0)) return {kappa, prior, shape, rate};
    const double offset = s[j] / n, apart = c.anchor[block.first + j] - prior + offset;
    const double scatter = s[block.d + j] - offset * s[j];
    return {kappa + n, prior + n / (kappa + n) * apart, shape + 0.5 * n,
            rate + 0.5 * ((scatter > 0 ? scatter : 0) + kappa * n / (kappa + n) * (apart * apart))};
}

// Returns the constant of a row without missing cells, or 0 where the cells bring their own.
inline double draw_diagonal(const SweepBlock& block, const SweepCluster& c, Random& random, double* out) {
    double constant = 0;
    for (int64_t j = 0; j < block.d; ++j) {
        const ColumnPosterior at = column_posterior(block, c, j);
        const double precision = gamma(random, at.shape) / at.rate, root = __builtin_sqrt(precision);
        *out++ = root;
        *out++ = root * at.mean + normal(random) / __builtin_sqrt(at.kappa);
        constant += *out++ = log_of(root) - kHalfLog2PiOfColumn;
    }
    return has_missing(block) ? 0 : constant;
}

inline double log_marginal_diagonal(const SweepBlock& block, const SweepCluster& c) {
    double sum = 0;
    for (int64_t j = 0; j < block.d; ++j) {
        const ColumnPosterior at = column_posterior(block, c, j);
        const double kappa = block.numbers[1][j], shape = block.numbers[2][j], rate = block.numbers[3][j];
        sum += log_gamma_of(at.shape) - log_gamma_of(shape) + shape * log_of(rate) - at.shape * log_of(at.rate) -
               0.5 * log_of(at.kappa / kappa) - 2 * (at.shape - shape) * kHalfLog2PiOfColumn;
    }
    return sum;
}

}  // namespace ganglion::GANGLION_NAMESPACE
