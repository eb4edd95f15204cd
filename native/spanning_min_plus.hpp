// A product of matrices in which + stands for x, and the minimum for +.
#pragma once
#include "simd.hpp"
#include "spanning_kernels.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// ROWS rows of the product, VECTORS vectors of columns from column j, in registers while the inner index runs.
template <int ROWS, int VECTORS> inline void min_plus_tile(const MinPlus& job, int64_t i, int64_t j) {
    constexpr int W = Simd<double>::W;
    Vec<double> least[ROWS][VECTORS];
    for (int r = 0; r < ROWS; ++r)
        for (int v = 0; v < VECTORS; ++v) least[r][v] = splat(__builtin_inf());
    for (int64_t m = 0; m < job.inner; ++m) {
        Vec<double> right[VECTORS];
        for (int v = 0; v < VECTORS; ++v) right[v] = load(job.right + m * job.right_stride + j + v * W);
        for (int r = 0; r < ROWS; ++r) {
            const Vec<double> left = splat(job.left[(i + r) * job.left_stride + m]);
            for (int v = 0; v < VECTORS; ++v) least[r][v] = vmin(least[r][v], left + right[v]);
        }
    }
    for (int r = 0; r < ROWS; ++r)
        for (int v = 0; v < VECTORS; ++v) store(job.out + (i + r) * job.out_stride + j + v * W, least[r][v]);
}

template <int ROWS> inline void min_plus_rows(const MinPlus& job, int64_t i) {
    constexpr int W = Simd<double>::W;
    int64_t j = 0;
    for (; j + 2 * W <= job.columns; j += 2 * W) min_plus_tile<ROWS, 2>(job, i, j);
    for (; j + W <= job.columns; j += W) min_plus_tile<ROWS, 1>(job, i, j);
    for (; j < job.columns; ++j)
        for (int r = 0; r < ROWS; ++r) {
            double least = __builtin_inf();
            for (int64_t m = 0; m < job.inner; ++m)
                least = smaller(least, job.left[(i + r) * job.left_stride + m] + job.right[m * job.right_stride + j]);
            job.out[(i + r) * job.out_stride + j] = least;
        }
}

void min_plus(const MinPlus& job) {
    int64_t i = 0;
    for (; i + 4 <= job.rows; i += 4) min_plus_rows<4>(job, i);
    for (; i < job.rows; ++i) min_plus_rows<1>(job, i);
}

}  // namespace ganglion::GANGLION_NAMESPACE
