// Sums over the rows of half a panel, for each neuron: what norms need beside the rows themselves.
//
// They run over the lanes as a tree, first lane i with lane i + kHalf / 2, so that the width of the vector does not
// show. Half panels are put together in their order, in float64.
#pragma once
#include "train_tiles.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// Vector v of a half panel, with 0 behind the last of its `rows` rows.
template <class T, bool FULL> inline Vec<T> present(Vec<T> value, int v, int64_t rows) {
    if constexpr (FULL) return value;
    Index<T> lane;
    for (int i = 0; i < Simd<T>::W; ++i) lane[i] = v * Simd<T>::W + i;
    return lane < Index<T>{} + typename Int<T>::type(rows) ? value : Vec<T>{};
}

// The first level of the tree, and the second where a vector is short. value(v) is vector v of the half panel.
template <class T, class F> inline __attribute__((always_inline)) Vec<T> folded(F&& value) {
    constexpr int V = int(kHalf<T>) / Simd<T>::W;
    if constexpr (V == 1) return value(0);
    else if constexpr (V == 2) return value(0) + value(1);
    else return (value(0) + value(2)) + (value(1) + value(3));
}

// Lane i of the result is the sum over the lanes of v[i]: the shuffles of `transpose`, with sums in between.
template <class T, int N = Simd<T>::W / 2>
inline __attribute__((always_inline)) Vec<T> sums_of_lanes(Vec<T> (&v)[Simd<T>::W]) {
#pragma GCC unroll 8
    for (int i = 0; i < N; ++i) v[i] = interleave<false>(v[i], v[i + N]) + interleave<true>(v[i], v[i + N]);
    if constexpr (N > 1) return sums_of_lanes<T, N / 2>(v);
    else return v[0];
}

// Lane i is the sum over the half panel of value(first + i, v), or 0 from neuron n on.
template <class T, class F>
inline __attribute__((always_inline)) Vec<T> sums_over_half(int64_t first, int64_t n, F&& value) {
    constexpr int W = Simd<T>::W;
    Vec<T> sums[W];
    if (first + W <= n) {
#pragma GCC unroll 16
        for (int i = 0; i < W; ++i) sums[i] = folded<T>([&](int v) { return value(first + i, v); });
    } else {
        for (int i = 0; i < W; ++i)
            sums[i] = first + i < n ? folded<T>([&](int v) { return value(first + i, v); }) : Vec<T>{};
    }
    return sums_of_lanes<T>(sums);
}

// values (n, kPanel) of `rows` rows: sums[0][j] becomes the first row's value of neuron j; with d = value - that,
// sums[1][j] becomes the sum of d and sums[2][j] that of d * d. sums (kHalfSums, stride). Differences of numbers of one
// size are exact, so that values far from zero keep their variance in float32 as well.
template <class T, bool FULL>
void measure_half(const T* values, int64_t n, int64_t rows, T* sums, int64_t stride) {
    constexpr int W = Simd<T>::W;
    const auto rest = [&](int64_t j, int v) {
        const T* at = values + j * kPanel<T>;
        return present<T, FULL>(load(at + v * W) - at[0], v, rows);
    };
    const auto square = [&](int64_t j, int v) { return rest(j, v) * rest(j, v); };
    for (int64_t j = 0; j < n; j += W) {
        for (int64_t k = j; k < n && k < j + W; ++k) sums[k] = values[k * kPanel<T>];
        store(sums + stride + j, sums_over_half<T>(j, n, rest));
        store(sums + 2 * stride + j, sums_over_half<T>(j, n, square));
    }
}

// sums[0][j] becomes the sum of delta, beta's gradient; sums[1][j] that of delta * xhat(j, v), gamma's.
template <class T, bool FULL, class F>
void upstream_half(const T* deltas, int64_t n, int64_t rows, T* sums, int64_t stride, F&& xhat) {
    constexpr int W = Simd<T>::W;
    const auto at = [&](int64_t j, int v) { return load(deltas + j * kPanel<T> + v * W); };
    for (int64_t j = 0; j < n; j += W) {
        const auto delta = [&](int64_t k, int v) { return present<T, FULL>(at(k, v), v, rows); };
        store(sums + j, sums_over_half<T>(j, n, delta));
        const auto product = [&](int64_t k, int v) { return present<T, FULL>(at(k, v) * xhat(k, v), v, rows); };
        store(sums + stride + j, sums_over_half<T>(j, n, product));
    }
}

inline int64_t halves_in(int64_t rows, int64_t half) { return (rows + half - 1) / half; }

// Neurons [begin, begin + width) of a batch norm: mean and variance (biased) over all rows from the half panels' sums,
// and from them the numbers of the way forward.
template <class T>
void combine_measured(const Layer& layer, const T* gamma, const Block<T>& block, int64_t l, int64_t begin,
                      int64_t width, double* means, double* variances) {
    double sum[kPanel<T>] = {}, squares[kPanel<T>] = {};
    const T* sums = block.sums[l] + begin;
    T* numbers = block.norms[l] + begin;
    const int64_t stride = layer.stride, n_halves = halves_in(block.rows, kHalf<T>);
    const double share = 1 / double(block.rows);
    const auto rows_in = [&](int64_t h) { return double(smaller(kHalf<T>, block.rows - h * kHalf<T>)); };
    const auto at = [&](int64_t h, int which, int64_t j) {
        return double(sums[(h * kHalfSums + which) * stride + j]);
    };
    for (int64_t h = 0; h < n_halves; ++h) {
        const double rows = rows_in(h);
        for (int64_t j = 0; j < width; ++j) sum[j] += rows * at(h, 0, j) + at(h, 1, j);
    }
    for (int64_t j = 0; j < width; ++j) means[j] = sum[j] * share;
    for (int64_t h = 0; h < n_halves; ++h) {
        const double rows = rows_in(h), part = 1 / rows;
        for (int64_t j = 0; j < width; ++j) {
            const double inside = at(h, 1, j) * part, off = at(h, 0, j) + inside - means[j];
            squares[j] += (at(h, 2, j) - inside * at(h, 1, j)) + rows * off * off;
        }
    }
    for (int64_t j = 0; j < width; ++j) {
        variances[j] = squares[j] < 0 ? 0 : squares[j] * share;
        const double inverse = 1 / __builtin_sqrt(variances[j] + layer.epsilon);
        numbers[kCenter * stride + j] = T(means[j]);
        numbers[kInverse * stride + j] = T(inverse);
        numbers[kScale * stride + j] = T(double(gamma[begin + j]) * inverse);
    }
}

// The numbers of the way back, from the half panels' sums of delta and delta * xhat.
template <class T>
void combine_upstream(const Layer& layer, const T* gamma, const Block<T>& block, int64_t l, int64_t begin,
                      int64_t width) {
    double level[kPanel<T>] = {}, tilt[kPanel<T>] = {};
    const T* sums = block.sums[l] + begin;
    T* numbers = block.norms[l] + begin;
    const int64_t stride = layer.stride, n_halves = halves_in(block.rows, kHalf<T>);
    for (int64_t h = 0; h < n_halves; ++h)
        for (int64_t j = 0; j < width; ++j) {
            level[j] += double(sums[h * kHalfSums * stride + j]);
            tilt[j] += double(sums[(h * kHalfSums + 1) * stride + j]);
        }
    const double part = 1 / double(block.rows);
    for (int64_t j = 0; j < width; ++j) {
        const double inverse = double(numbers[kInverse * stride + j]);
        const double share = double(gamma[begin + j]) * inverse * part;
        numbers[kShift * stride + j] = T(-share * level[j]);
        numbers[kPull * stride + j] = T(-share * inverse * tilt[j]);
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
