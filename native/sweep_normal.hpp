// Normal components with any covariance. Parameters of a cluster, two rows of the matrix at a time: the pairs
// (A[j, i], A[j + 1, i]) for i = 0 .. j + 1, then (b[j], b[j + 1]), so that |A x - b|^2 is the squared distance.
// Statistics: sums of x - anchor (d), and of their products, the lower triangle by rows.
#pragma once
#include "bayes_draws.hpp"
#include "bayes_special.hpp"
#include "sweep_problem.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr double kHalfLog2Pi = 0.91893853320467274178, kLogPi = 1.1447298858494001741;

// q += |A x - b|^2 over NV vectors of rows; false as soon as `start` - q / 2 is negligible beside `best` in every lane.
template <int NV>
inline bool add_quadratic(const double* x, const double* p, int64_t pairs, double start, const Vec<double> (&best)[NV],
                          Vec<double> (&q)[NV]) {
    constexpr int W = Simd<double>::W;
    for (int64_t pair = 0; pair < pairs; ++pair) {
        Vec<double> first[NV], second[NV];
        const double* b = p + 4 * pair + 4;
        for (int v = 0; v < NV; ++v) first[v] = splat(-b[0]), second[v] = splat(-b[1]);
        for (int64_t i = 0; i < 2 * pair + 2; ++i) {
            const Vec<double> a0 = splat(p[2 * i]), a1 = splat(p[2 * i + 1]);
            for (int v = 0; v < NV; ++v) {
                const Vec<double> value = load(x + i * kTileRows + v * W);
                first[v] = fma(a0, value, first[v]);
                second[v] = fma(a1, value, second[v]);
            }
        }
        p = b + 2;
        for (int v = 0; v < NV; ++v) q[v] = fma(second[v], second[v], fma(first[v], first[v], q[v]));
        if (pair + 1 == pairs) break;
        Index<double> near = {};
        for (int v = 0; v < NV; ++v) near |= fma(splat(-0.5), q[v], splat(start)) >= best[v] - kNegligible;
        if (!lane_bits(near)) return false;
    }
    return true;
}

// The lower triangle of scale + scatter + kappa n / (kappa + n) (mean - prior mean)(...)', and where the mean ends up.
inline void normal_posterior(const SweepBlock& block, const SweepCluster& c, double* triangle, double* mean) {
    const double *prior = block.numbers[0], *scale = block.numbers[1], kappa = block.numbers[2][0];
    const double *sums = c.statistics + block.statistic, *products = sums + block.d, n = c.count;
    const int64_t d = block.d;
    for (int64_t i = 0; i < d; ++i) {
        const double from_anchor = n > 0 ? sums[i] / n : 0, apart = n > 0 ? c.anchor[block.first + i] - prior[i] + from_anchor : 0;
        mean[i] = apart;
        for (int64_t j = 0; j <= i; ++j) {
            const double scatter = *products++ - from_anchor * sums[j];
            triangle[i * d + j] = scale[i * d + j] + scatter + kappa * n / (kappa + n) * (apart * mean[j]);
        }
    }
    for (int64_t i = 0; i < d; ++i) mean[i] = prior[i] + n / (kappa + n) * mean[i];
}

// The Cholesky factor in place of the lower triangle; returns half the logarithm of the determinant.
inline double factor(double* a, int64_t d) {
    double half = 0;
    for (int64_t j = 0; j < d; ++j) {
        for (int64_t k = 0; k < j; ++k)
            for (int64_t i = j; i < d; ++i) a[i * d + j] -= a[i * d + k] * a[j * d + k];
        const double pivot = __builtin_sqrt(a[j * d + j]);
        half += log_of(pivot);
        for (int64_t i = j; i < d; ++i) a[i * d + j] /= pivot;
    }
    return half;
}

inline int64_t normal_scratch(int64_t d) { return 2 * d * d + 2 * d; }

// Precision ~ Wishart(dof + n, inverse of the posterior scale C C'): U U' of the standard Wishart with U upper triangular
// (Bartlett's decomposition, its rows and columns in reverse), so that A = U' C^-1 is lower triangular. A mean = b.
inline double draw_normal(const SweepBlock& block, const SweepCluster& c, Random& random, double* scratch, double* out) {
    const int64_t d = block.d;
    double *triangle = scratch, *a = triangle + d * d, *mean = a + d * d;
    normal_posterior(block, c, triangle, mean);
    factor(triangle, d);
    const double dof = block.numbers[2][1] + c.count, root = __builtin_sqrt(block.numbers[2][0] + c.count);
    double constant = -double(d) * kHalfLog2Pi;
    for (int64_t j = 0; j < d; ++j) {
        double* row = a + j * d;
        for (int64_t i = 0; i < j; ++i) row[i] = normal(random);
        row[j] = __builtin_sqrt(2 * gamma(random, 0.5 * (dof - double(d - 1 - j))));
        for (int64_t i = j; i >= 0; --i) {
            double left = row[i];
            for (int64_t l = i + 1; l <= j; ++l) left -= triangle[l * d + i] * row[l];
            row[i] = left / triangle[i * d + i];
        }
        constant += log_of(row[j]);
    }
    for (int64_t j = 0; j < d; j += 2) {
        const bool last = j + 1 == d;
        const double *first = a + j * d, *second = first + d;
        double b[2] = {normal(random) / root, last ? 0 : normal(random) / root};
        for (int64_t i = 0; i < j + 2; ++i) {
            const double f = i <= j ? first[i] : 0, s = last ? 0 : second[i];
            *out++ = f, *out++ = s;
            if (i < d) b[0] += f * mean[i], b[1] += s * mean[i];
        }
        *out++ = b[0], *out++ = b[1];
    }
    return constant;
}

inline double log_gamma_ratio(double dof, double n, int64_t d) {
    double sum = 0;
    for (int64_t j = 0; j < d; ++j) sum += log_gamma_of(0.5 * (dof + n - double(j))) - log_gamma_of(0.5 * (dof - double(j)));
    return sum;
}

inline double log_marginal_normal(const SweepBlock& block, const SweepCluster& c, double* scratch) {
    const int64_t d = block.d;
    const double kappa = block.numbers[2][0], dof = block.numbers[2][1], n = c.count;
    double *triangle = scratch, *mean = scratch + d * d;
    normal_posterior(block, c, triangle, mean);
    const double after = factor(triangle, d);
    for (int64_t i = 0; i < d; ++i)
        for (int64_t j = 0; j <= i; ++j) triangle[i * d + j] = block.numbers[1][i * d + j];
    const double before = factor(triangle, d);
    return log_gamma_ratio(dof, n, d) - 0.5 * n * double(d) * kLogPi + dof * before - (dof + n) * after -
           0.5 * double(d) * log_of((kappa + n) / kappa);
}

}  // namespace ganglion::GANGLION_NAMESPACE
