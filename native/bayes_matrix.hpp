// Scatter matrices and their factors for one cluster at a time; lanes are columns, so every entry is a sum in row order
// whatever the width of a vector. Included by kernels only.
#pragma once
#include <cstdlib>

#include "bayes_block.hpp"
#include "train_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// Rows of small matrices are padded to whole vectors of the widest set.
inline int64_t padded(int64_t d) { return (d + 7) / 8 * 8; }

// Zeros for two matrices (d, padded(d)) and `more` numbers. Too large for a stack where d is some hundreds.
inline double* allocate_square(int64_t d, int64_t more) {
    double* memory = static_cast<double*>(std::calloc(size_t(2 * d * padded(d) + more), sizeof(double)));
    if (!memory) __builtin_trap();  // some megabytes beside states of hundreds
    return memory;
}
inline void free_square(double* memory) { std::free(memory); }

// mean (d) of the members and, for columns from each row's vector on, their scatter about it: s += v v'. v is scratch.
inline void add_scatter(const BlockData& data, const int32_t* members, int64_t count, double* mean, double* v, double* s) {
    constexpr int64_t W = Simd<double>::W;
    const int64_t d = data.d, stride = padded(d);
    for (int64_t m = 0; m < count; ++m) {
        const double* x = data.x + members[m] * d;
        for (int64_t f = 0; f < d; ++f) mean[f] += x[f];
    }
    for (int64_t f = 0; f < d; ++f) mean[f] /= double(count);
    for (int64_t m = 0; m < count; ++m) {
        const double* x = data.x + members[m] * d;
        for (int64_t f = 0; f < d; ++f) v[f] = x[f] - mean[f];
        for (int64_t r = 0; r < d; ++r) {
            const Vec<double> factor = splat(v[r]);
            double* row = s + r * stride;
            for (int64_t c = r / W * W; c < d; c += W) store(row + c, fma(factor, load(v + c), load(row + c)));
        }
    }
}

// a (d, padded(d)), the upper half of a positive definite matrix, becomes the transpose of its Cholesky factor L; the
// rows of inv(L) go to w, entry after entry `step` apart. The matrix behind a is scratch. Where `least` is given,
// diagonal entry r of inv(L) is at most least[r].
inline void invert_factor(double* a, int64_t d, const double* least, double* w, int64_t step) {
    constexpr int64_t W = Simd<double>::W;
    const int64_t stride = padded(d);
    double* inverse = a + d * stride;
    for (int64_t j = 0; j < d; ++j) {
        double *row = a + j * stride, scale = 1 / __builtin_sqrt(row[j]);
        if (least && !(scale <= least[j])) scale = least[j];
        for (int64_t c = j; c < d; ++c) row[c] *= scale;
        for (int64_t i = j + 1; i < d; ++i) {
            const Vec<double> factor = splat(-row[i]);
            double* to = a + i * stride;
            for (int64_t c = i / W * W; c < d; c += W) store(to + c, fma(factor, load(row + c), load(to + c)));
        }
        row[j] = scale;
    }
    for (int64_t r = 0; r < d; ++r) {
        double* to = inverse + r * stride;
        for (int64_t s = 0; s < r; ++s) {
            const Vec<double> factor = splat(-a[s * stride + r]);
            const double* from = inverse + s * stride;
            for (int64_t c = 0; c <= s; c += W) store(to + c, fma(factor, load(from + c), load(to + c)));
        }
        to[r] = 1;
        for (int64_t c = 0; c <= r; ++c, w += step) *w = to[c] *= a[r * stride + r];
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
