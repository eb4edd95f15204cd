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

// Of a panel that begins at column `first`, the distances of columns [j0, j1).
template <class T> void copy_part(const T* panel, int64_t first, int64_t j0, int64_t j1, T* out) {
    const int64_t stop = smaller(first + kPanelColumns<T>, j1);
    for (int64_t j = larger(first, j0); j < stop; ++j) out[j - j0] = panel[j - first];
}

// One feature of one row and one vector of columns. The row's value is taken away, not taken from: a processor that
// spreads it while subtracting does not have to load it apart, which costs as much as the subtraction does (in vectors
// of 64 bytes, 16 features: 1.2 ns a pair that way, 1.0 this way). Differences are asked for their size alone.
template <class T, class M>
[[gnu::always_inline]] inline void take_feature(M& sums, Vec<T> x, Vec<T> y, const VectorItems<T>& s, int64_t f,
                                                bool by_product, Vec<T> one) {
    // What multiplies keeps those units busy without that.
    if constexpr (requires { M::kMultiplies; }) sums.take(y - x);
    else if constexpr (requires { M::kOfDifferences; })
        sums.take(by_product ? multiplied_difference<T>(y, x, one) : y - x);
    else sums.step(x, y, s, f);
}

// R rows, which stand side by side in a panel, against the panels whose first columns are `first`, `first` +
// kPanelColumns ... below `last`; row r goes to out[r]. A square root takes as long as 16 features, in a unit of its
// own: those of one panel are taken while the terms of the next one are summed, evenly among them, since a queue of
// roots would hold up what comes after it. Inlined into its caller this would be short of registers.
template <class T, class M, int R>
[[gnu::noinline]] void rows_by_panels(const VectorItems<T>& s, int64_t row, int64_t first, int64_t last,
                                      T* const* out) {
    constexpr int W = Simd<T>::W;
    constexpr int64_t P = kPanelColumns<T>;
    constexpr bool waits = requires { M::kSlowToFinish; };
    const T* const x = s.row_panels + row / P * P * s.d + row % P;
    const T* panel = s.panels + first * s.d;
    T* to[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) to[r] = out[r];
    Vec<T> one = splat(T(1));
    asm("" : "+v"(one));
    const auto finish = [&](const M (&sums)[kPanelVectors], int r, int64_t column) __attribute__((always_inline)) {
#pragma GCC unroll 4
        for (int v = 0; v < kPanelVectors; ++v)
            store(to[r] + (column - first) + v * W, sums[v].finish({s, row + r, column + v * W}));
    };
    M waiting[R][kPanelVectors];
    for (int64_t column = first; column < last; column += P, panel += P * s.d) {
        M sums[R][kPanelVectors];
        int64_t f = 0;
        const auto features_below = [&](int64_t stop) __attribute__((always_inline)) {
            for (; f < stop; ++f) {
                Vec<T> y[kPanelVectors];
#pragma GCC unroll 4
                for (int v = 0; v < kPanelVectors; ++v) y[v] = load(panel + f * P + v * W);
#pragma GCC unroll 8
                for (int r = 0; r < R; ++r) {
                    const Vec<T> value = splat(x[f * P + r]);
#pragma GCC unroll 4
                    for (int v = 0; v < kPanelVectors; ++v) take_feature<T>(sums[r][v], value, y[v], s, f, r & 1, one);
                }
            }
        };
        if constexpr (!waits) features_below(s.d);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            if constexpr (waits) features_below(s.d * (r + 1) / R);
            if constexpr (!waits) finish(sums[r], r, column);
            else if (column > first) finish(waiting[r], r, column - P);
        }
        if constexpr (waits)
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
                for (int v = 0; v < kPanelVectors; ++v) waiting[r][v] = sums[r][v];
    }
    if constexpr (waits)
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) finish(waiting[r], r, last - P);
}

// A group of rows against columns [j0, j1), of which row r goes to rows[r]. Panels that they have in part are computed
// whole, apart.
template <class T, class M, int R>
void rows_by_columns(const VectorItems<T>& s, int64_t row, int64_t j0, int64_t j1, T* const* rows) {
    constexpr int64_t P = kPanelColumns<T>;
    const int64_t whole = (j0 + P - 1) / P * P, rest = larger(whole, j1 / P * P);
    T* out[R];
    T parts[R][P];
    const auto in_part = [&](int64_t first) {
        for (int r = 0; r < R; ++r) out[r] = parts[r];
        rows_by_panels<T, M, R>(s, row, first, first + P, out);
        for (int r = 0; r < R; ++r) copy_part<T>(parts[r], first, j0, j1, rows[r]);
    };
    if (j0 < whole) in_part(whole - P);
    if (whole < rest) {
        for (int r = 0; r < R; ++r) out[r] = rows[r] + (whole - j0);
        rows_by_panels<T, M, R>(s, row, whole, rest, out);
    }
    if (rest < j1) in_part(rest);
}

template <class T, class M>
void vector_tile_to_rows(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* const* rows) {
    const auto& s = *static_cast<const VectorItems<T>*>(self);
    constexpr int R = kTileRows / M::kSums;
    constexpr int64_t P = kPanelColumns<T>;
    const int64_t chunk = larger<int64_t>(1, kPanelBytes / (64 * larger<int64_t>(1, s.d))) * P;
    for (int64_t c0 = j0; c0 < j1;) {
        const int64_t c1 = smaller(j1, c0 / P * P + chunk);
        T* out[R];
        for (int64_t i = i0; i < i1;) {
            const bool group = i % R == 0 && i + R <= i1;
            for (int r = 0; r < (group ? R : 1); ++r) out[r] = rows[i + r - i0] + (c0 - j0);
            if (group) rows_by_columns<T, M, R>(s, i, c0, c1, out);
            else rows_by_columns<T, M, 1>(s, i, c0, c1, out);
            i += group ? R : 1;
        }
        c0 = c1;
    }
}

template <class T, class M>
void vector_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride, char*) {
    constexpr int64_t most = 64;
    T* rows[most];
    for (int64_t i = i0; i < i1; i += most) {
        const int64_t end = smaller(i + most, i1);
        for (int64_t r = i; r < end; ++r) rows[r - i] = out + (r - i0) * stride;
        vector_tile_to_rows<T, M>(self, i, end, j0, j1, rows);
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
