// Tiles of distances between vectors: lanes are columns, read from panels; the values of a row are spread over them.
#pragma once
#include "distance_metrics.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// Rows that one load of a panel serves. Subtract, multiply and add of 8 rows hide each other's latency (two adds of 3
// or 4 cycles, one of each a cycle); narrower vectors have half the registers and 2 or 4 vectors to a panel.
constexpr int kTileRows = kBytes == 64 ? 8 : kBytes == 32 ? 4 : 2;
constexpr int kPanelVectors = 64 / kBytes;
// Panels that stay in the second cache while the rows of a tile pass over them.
constexpr int64_t kPanelBytes = 128 * 1024;

// Columns [j0, j1) of what a panel gave, which begins at column `first`.
template <class T>
inline void store_panel(const Vec<T> (&values)[kPanelVectors], int64_t first, int64_t j0, int64_t j1, T* out) {
    constexpr int W = Simd<T>::W;
    if (first >= j0 && first + kPanelColumns<T> <= j1) {
        for (int v = 0; v < kPanelVectors; ++v) store(out + (first - j0) + v * W, values[v]);
        return;
    }
    T part[kPanelColumns<T>];
    for (int v = 0; v < kPanelVectors; ++v) store(part + v * W, values[v]);
    const int64_t stop = smaller(first + kPanelColumns<T>, j1);
    for (int64_t j = larger(first, j0); j < stop; ++j) out[j - j0] = part[j - first];
}

// R rows from `row` on against the panel whose first column is `first`.
template <class T, class M, int R>
inline void rows_by_panel(const VectorItems<T>& s, int64_t row, int64_t first, int64_t j0, int64_t j1, T* out,
                          int64_t stride) {
    constexpr int W = Simd<T>::W;
    const int64_t d = s.d;
    const T *x = s.rows + row * d, *panel = s.panels + first * d;
    M sums[R][kPanelVectors];
    for (int64_t f = 0; f < d; ++f, panel += kPanelColumns<T>) {
        Vec<T> y[kPanelVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kPanelVectors; ++v) y[v] = load(panel + v * W);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const Vec<T> value = splat(x[r * d + f]);
#pragma GCC unroll 4
            for (int v = 0; v < kPanelVectors; ++v) sums[r][v].step(value, y[v], s, f);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
        Vec<T> values[kPanelVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kPanelVectors; ++v) values[v] = sums[r][v].finish({s, row + r, first + v * W});
        store_panel<T>(values, first, j0, j1, out + r * stride);
    }
}

template <class T, class M>
void vector_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride, char*) {
    const auto& s = *static_cast<const VectorItems<T>*>(self);
    constexpr int R = kTileRows / M::kSums;
    constexpr int64_t P = kPanelColumns<T>;
    const int64_t chunk = larger<int64_t>(1, kPanelBytes / (64 * larger<int64_t>(1, s.d))) * P;
    for (int64_t c0 = j0 / P * P; c0 < j1; c0 += chunk) {
        const int64_t c1 = smaller(c0 + chunk, j1);
        int64_t i = i0;
        for (; i + R <= i1; i += R)
            for (int64_t j = c0; j < c1; j += P)
                rows_by_panel<T, M, R>(s, i, j, j0, j1, out + (i - i0) * stride, stride);
        for (; i < i1; ++i)
            for (int64_t j = c0; j < c1; j += P)
                rows_by_panel<T, M, 1>(s, i, j, j0, j1, out + (i - i0) * stride, stride);
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
