// Normal clusters under the normal-inverse-Wishart prior: Sigma ~ IW(dof, scale), mu ~ N(mean, Sigma / kappa).
//
// Of a cluster with n members: kappa_n = kappa + n, nu = dof + n, mean m, and Psi = L L' through the inverse W of L. With
// v = x - m and q = |W v|^2 the predictive density is a Student-t (Murphy 2007, section 9.3):
//     log p(x) = C - (nu + 1)/2 log(1 + f q),   f = kappa_n / (kappa_n + 1),
//     C = log Gamma((nu + 1)/2) - log Gamma((nu + 1 - d)/2) - d/2 log pi + d/2 log f - log|L|.
// Without its member x the cluster has |Psi - a v v'| = |Psi| (1 - a q) with a = kappa_n / (kappa_n - 1), and then
//     log p(x) = C' + (nu - 1)/2 log(1 - a q),
//     C' = log Gamma(nu / 2) - log Gamma((nu - d)/2) - d/2 log pi - d/2 log a - log|L|:
// the same expression with other numbers, so a point's own cluster costs nothing, and statistics change when a point
// moves. A product with W has no chain of divisions in it, as a solve with L would: d^2/2 fused steps a vector.
//
// numbers: mean (d), {kappa, dof}, scale (d, d), and the inverse factor of scale as prepare_normal() packs it.
#pragma once
#include "bayes_kernels.hpp"
#include "bayes_matrix.hpp"
#include "bayes_special.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// What a lane holds, in this order; then the mean (d) and the rows of W without its zeros (d (d + 1) / 2).
enum NormalNumber : int64_t {
    kCount, kConstant, kFactor, kPower, kOwnConstant, kOwnFactor, kOwnPower, kLogRoot, kNormalMean
};

// A cluster that would keep less than this of 1 - a q has lost three digits of it: it is computed afresh instead.
constexpr double kLeastLeft = 0x1p-10;
constexpr double kLogPi = 1.1447298858494001741;

inline int64_t normal_numbers(const BlockData& data) { return kNormalMean + data.d + data.d * (data.d + 1) / 2; }

// What scoring needs beside mean and W, after a change of the count or of log|L|. The two constants, and the logarithms
// in them, are two lanes of one computation.
inline void update_constants(const BlockData& data, double* lane) {
    const double d = double(data.d), kappa = data.numbers[1][0], dof = data.numbers[1][1];
    const double n = lane[kCount * kClusterLanes], kappa_n = kappa + n, nu = dof + n;
    const double factor = kappa_n / (kappa_n + 1), own = n < 1 ? 1 : kappa_n / (kappa_n - 1);
    Vec<double> low = splat(0.5 * (nu + 1 - d)), ratio = splat(factor);
    low[1] = n < 1 ? low[0] : 0.5 * (nu - d);
    ratio[1] = 1 / own;
    const Vec<double> constants = log_rising(low, splat(0.5 * d)) + 0.5 * d * log_normal<double>(ratio) -
                                  (0.5 * d * kLogPi + lane[kLogRoot * kClusterLanes]);
    const auto put = [&](NormalNumber which, double value) { lane[which * kClusterLanes] = value; };
    put(kConstant, constants[0]);
    put(kFactor, factor);
    put(kPower, -0.5 * (nu + 1));
    put(kOwnConstant, constants[1]);
    put(kOwnFactor, -own);
    put(kOwnPower, 0.5 * (nu - 1));
}

inline double log_root(const double* w, int64_t d, int64_t step) {
    double sum = 0;
    for (int64_t r = 0; r < d; ++r) sum -= log_of(w[r * (r + 3) / 2 * step]);
    return sum;
}

inline void normal_clear(const BlockData& data, double* panel, int64_t at) {
    const int64_t d = data.d;
    double* lane = panel + at;
    lane[kCount * kClusterLanes] = 0;
    for (int64_t f = 0; f < d; ++f) lane[(kNormalMean + f) * kClusterLanes] = data.numbers[0][f];
    double* w = lane + (kNormalMean + d) * kClusterLanes;
    for (int64_t e = 0; e < d * (d + 1) / 2; ++e) w[e * kClusterLanes] = data.numbers[3][e];
    lane[kLogRoot * kClusterLanes] = log_root(data.numbers[3], d, 1);
    update_constants(data, lane);
}

// Psi += a v v' on the inverse factor: L (I + a p p') L' with p = W v. The factor of I + a p p' has a closed form (Gill,
// Golub, Murray and Saunders 1974, method C1, doi:10.1090/S0025-5718-1974-0343558-6), and each column of W is divided
// by it in one pass. False, and nothing done, where too little would be left.
inline bool rank_one(double* lane, int64_t d, const double* v, double a) {
    double* w = lane + (kNormalMean + d) * kClusterLanes;
    double* p = static_cast<double*>(__builtin_alloca(size_t(2 * d) * sizeof(double)));
    double *sums = p + d, whole = 1;
    for (int64_t r = 0, e = 0; r < d; ++r) {
        double z = 0;
        for (int64_t c = 0; c <= r; ++c, ++e) z = __builtin_fma(w[e * kClusterLanes], v[c], z);
        p[r] = z;
        sums[r] = 0;
        whole = __builtin_fma(a * z, z, whole);
    }
    if (!(whole >= kLeastLeft)) return false;
    double before = 1;
    for (int64_t r = 0; r < d; ++r) {
        const double now = __builtin_fma(a * p[r], p[r], before), slope = a * p[r] / now;
        const double root = __builtin_sqrt(before / now);
        for (int64_t c = 0; c <= r; ++c, w += kClusterLanes) {
            const double y = __builtin_fma(-p[r], sums[c], *w);
            sums[c] = __builtin_fma(slope, y, sums[c]);
            *w = y * root;
        }
        before = now;
    }
    lane[kLogRoot * kClusterLanes] += 0.5 * log_of(before);
    return true;
}

// Counts the row in or out: `step` is 1 or -1.
inline bool change_normal(const BlockData& data, double* panel, int64_t at, int64_t row, double step) {
    const int64_t d = data.d;
    const double* x = data.x + row * d;
    double *lane = panel + at, *mean = lane + kNormalMean * kClusterLanes;
    if (d < 1) __builtin_unreachable();
    double* v = static_cast<double*>(__builtin_alloca(size_t(d) * sizeof(double)));
    for (int64_t f = 0; f < d; ++f) v[f] = x[f] - mean[f * kClusterLanes];
    const double kappa_n = data.numbers[1][0] + lane[kCount * kClusterLanes];
    if (!rank_one(lane, d, v, step * kappa_n / (kappa_n + step))) return false;
    for (int64_t f = 0; f < d; ++f) mean[f * kClusterLanes] += step * v[f] / (kappa_n + step);
    lane[kCount * kClusterLanes] += step;
    update_constants(data, lane);
    return true;
}

inline void normal_add(const BlockData& data, double* panel, int64_t lane, int64_t row) {
    change_normal(data, panel, lane, row, 1);
}

inline bool normal_remove(const BlockData& data, double* panel, int64_t lane, int64_t row) {
    return change_normal(data, panel, lane, row, -1);
}

// Mean and scatter in two passes, then the factor of Psi. A pivot cannot be below the one that the scale has alone.
inline void normal_rebuild(const BlockData& data, double* panel, int64_t at, const int32_t* members, int64_t count) {
    normal_clear(data, panel, at);
    if (count == 0) return;
    const int64_t d = data.d, stride = padded(d);
    const double n = double(count), kappa = data.numbers[1][0];
    double* memory = allocate_square(d, 4 * stride);
    double *psi = memory, *mean = memory + 2 * d * stride, *v = mean + stride, *least = v + stride;
    add_scatter(data, members, count, mean, v, psi);
    for (int64_t r = 0; r < d; ++r) v[r] = mean[r] - data.numbers[0][r];
    for (int64_t r = 0; r < d; ++r)
        for (int64_t c = r; c < d; ++c)
            psi[r * stride + c] = (data.numbers[2][r * d + c] + psi[r * stride + c]) +
                                  kappa * n / (kappa + n) * v[r] * v[c];
    for (int64_t r = 0; r < d; ++r) least[r] = data.numbers[3][r * (r + 3) / 2];
    double *lane = panel + at, *w = lane + (kNormalMean + d) * kClusterLanes;
    invert_factor(psi, d, least, w, kClusterLanes);
    for (int64_t f = 0; f < d; ++f)
        lane[(kNormalMean + f) * kClusterLanes] = data.numbers[0][f] + n / (kappa + n) * v[f];
    lane[kCount * kClusterLanes] = n;
    lane[kLogRoot * kClusterLanes] = log_root(w, d, kClusterLanes);
    update_constants(data, lane);
    free_square(memory);
}

// |W v|^2 of one vector of clusters; four rows at a time share the loads of v. Every sum runs in feature order.
template <int D> inline Vec<double> squared_length(const double* w, const Vec<double>* v, int64_t d) {
    Vec<double> q{};
    int64_t r = 0;
    if constexpr (D == 0)
        for (; r + 4 <= d; r += 4) {
            const double* rows[4];
            Vec<double> z[4];
            for (int i = 0; i < 4; ++i) {
                rows[i] = w + (r + i) * (r + i + 1) / 2 * kClusterLanes;
                z[i] = Vec<double>{};
            }
            for (int64_t c = 0; c <= r; ++c)
#pragma GCC unroll 4
                for (int i = 0; i < 4; ++i) z[i] = fma(load(rows[i] + c * kClusterLanes), v[c], z[i]);
#pragma GCC unroll 4
            for (int i = 0; i < 4; ++i) {
                for (int j = 1; j <= i; ++j) z[i] = fma(load(rows[i] + (r + j) * kClusterLanes), v[r + j], z[i]);
                q = fma(z[i], z[i], q);
            }
        }
#pragma GCC unroll 8
    for (; r < (D ? D : d); ++r) {
        const double* row = w + r * (r + 1) / 2 * kClusterLanes;
        Vec<double> z{};
#pragma GCC unroll 8
        for (int64_t c = 0; c <= r; ++c) z = fma(load(row + c * kClusterLanes), v[c], z);
        q = fma(z, z, q);
    }
    return q;
}

template <int D>
void score_normal(const BlockData& data, const double* state, int64_t k, int64_t row, int64_t own, double* out) {
    constexpr int W = Simd<double>::W;
    const int64_t d = D ? D : data.d, panel = normal_numbers(data) * kClusterLanes;
    const double* x = data.x + row * d;
    Index<double> places;
    for (int l = 0; l < W; ++l) places[l] = l;
    Vec<double>* v = static_cast<Vec<double>*>(__builtin_alloca_with_align(size_t(d) * sizeof(Vec<double>), 8 * kBytes));
    for (int64_t c = 0; c < k; c += W) {
        const double* lane = state + c / kClusterLanes * panel + c % kClusterLanes;
        const double* mean = lane + kNormalMean * kClusterLanes;
        for (int64_t f = 0; f < d; ++f) v[f] = x[f] - load(mean + f * kClusterLanes);
        const Vec<double> q = squared_length<D>(mean + d * kClusterLanes, v, d);
        const auto is_own = places + c == own;
        const auto pick = [&](NormalNumber other, NormalNumber mine) {
            return is_own ? load(lane + mine * kClusterLanes) : load(lane + other * kClusterLanes);
        };
        const Vec<double> left = fma(pick(kFactor, kOwnFactor), q, splat(1.0));
        const Vec<double> value =
            fma(pick(kPower, kOwnPower), log_normal<double>(left), pick(kConstant, kOwnConstant));
        store(out + c, load(out + c) + (left < kLeastLeft ? splat(__builtin_nan("")) : value));
    }
}

inline void normal_score(const BlockData& data, const double* state, int64_t k, int64_t row, int64_t own, double* out) {
    using Score = void (*)(const BlockData&, const double*, int64_t, int64_t, int64_t, double*);
    static constexpr Score scores[] = {score_normal<0>, score_normal<1>, score_normal<2>, score_normal<3>,
                                       score_normal<4>, score_normal<5>, score_normal<6>, score_normal<7>,
                                       score_normal<8>};
    scores[data.d <= 8 ? data.d : 0](data, state, k, row, own, out);
}

// -n d/2 log pi + log Gamma_d(nu_n / 2) - log Gamma_d(nu / 2) + nu log|L_0| - nu_n log|L_n| + d/2 log(kappa / kappa_n).
inline double normal_log_marginal(const BlockData& data, const double*, const double* panel, int64_t at) {
    const double *lane = panel + at, kappa = data.numbers[1][0], dof = data.numbers[1][1];
    const double n = lane[kCount * kClusterLanes], d = double(data.d);
    if (n < 1) return 0;
    double gammas = 0;
    for (int64_t f = 0; f < data.d; f += 2) {
        Vec<double> low = splat(0.5 * (dof - double(f)));
        if (f + 1 < data.d) low[1] -= 0.5;
        const Vec<double> pair = log_rising(low, splat(0.5 * n));
        gammas += pair[0];
        if (f + 1 < data.d) gammas += pair[1];
    }
    const double roots = dof * log_root(data.numbers[3], data.d, 1) - (dof + n) * lane[kLogRoot * kClusterLanes];
    return gammas + roots - 0.5 * n * d * kLogPi + 0.5 * d * log_of(kappa / (kappa + n));
}

// out (d (d + 1) / 2): the inverse factor of the scale (d, d).
inline void prepare_normal(int64_t d, const double* scale, double* out) {
    const int64_t stride = padded(d);
    double* memory = allocate_square(d, 0);
    for (int64_t r = 0; r < d; ++r)
        for (int64_t c = r; c < d; ++c) memory[r * stride + c] = scale[r * d + c];
    invert_factor(memory, d, nullptr, out, 1);
    free_square(memory);
}

constexpr BlockOps kNormalOps{normal_numbers, normal_clear, normal_add,          normal_remove, normal_rebuild,
                              normal_score,   normal_log_marginal, nullptr, nullptr, nullptr, nullptr};

}  // namespace ganglion::GANGLION_NAMESPACE
