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
[[gnu::noinline]] void store_part(const Vec<T> (&values)[kPanelVectors], int64_t first, int64_t j0, int64_t j1, T* out) {
    T part[kPanelColumns<T>];
    for (int v = 0; v < kPanelVectors; ++v) store(part + v * Simd<T>::W, values[v]);
    const int64_t stop = smaller(first + kPanelColumns<T>, j1);
    for (int64_t j = larger(first, j0); j < stop; ++j) out[j - j0] = part[j - first];
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

// Where the distances of a group of R rows go, panel by panel.
template <class T, class M> struct Finish {
    const VectorItems<T>& items;
    int64_t row, j0, j1;
    T* const* rows;  // column j0 of each

    [[gnu::always_inline]] void operator()(const M (&sums)[kPanelVectors], int64_t r, int64_t first) const {
        constexpr int W = Simd<T>::W;
        Vec<T> values[kPanelVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kPanelVectors; ++v) values[v] = sums[v].finish({items, row + r, first + v * W});
        T* to = rows[r];
        if (first < j0 || first + kPanelColumns<T> > j1) return store_part<T>(values, first, j0, j1, to);
#pragma GCC unroll 4
        for (int v = 0; v < kPanelVectors; ++v) store(to + (first - j0) + v * W, values[v]);
    }
};

// R rows against the panels whose first columns are `first`, `first` + kPanelColumns ... below `last`. A square root
// takes as long as 16 features, in a unit of its own: those of one panel are taken while the terms of the next one are
// summed, evenly among them, since a queue of roots would hold up what comes after it. Inlined into its caller this
// would be short of registers.
template <class T, class M, int R>
[[gnu::noinline]] void rows_by_panels(const Finish<T, M>& finish, int64_t first, int64_t last) {
    constexpr int W = Simd<T>::W;
    constexpr bool waits = requires { M::kSlowToFinish; };
    const VectorItems<T>& s = finish.items;
    const int64_t d = s.d;
    const T *x[R], *panel = s.panels + first * d;
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
        x[r] = s.rows + (finish.row + r) * d;
        asm("" : "+r"(x[r]));  // else they are computed as one vector, and taken out of it again and again
    }
    Vec<T> one = splat(T(1));
    asm("" : "+v"(one));
    M waiting[R][kPanelVectors];
    bool any_waiting = false;
    for (; first < last; first += kPanelColumns<T>) {
        M sums[R][kPanelVectors];
        int64_t f = 0;
        const auto features_below = [&](int64_t stop) __attribute__((always_inline)) {
            for (; f < stop; ++f, panel += kPanelColumns<T>) {
                Vec<T> y[kPanelVectors];
#pragma GCC unroll 4
                for (int v = 0; v < kPanelVectors; ++v) y[v] = load(panel + v * W);
#pragma GCC unroll 8
                for (int r = 0; r < R; ++r) {
                    const Vec<T> value = splat(x[r][f]);
#pragma GCC unroll 4
                    for (int v = 0; v < kPanelVectors; ++v) take_feature<T>(sums[r][v], value, y[v], s, f, r & 1, one);
                }
            }
        };
        if constexpr (waits) {
            for (int64_t r = 0; r < R; ++r) {
                features_below(d * (r + 1) / R);
                if (any_waiting) finish(waiting[r], r, first - kPanelColumns<T>);
            }
            any_waiting = true;
        } else {
            features_below(d);
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
            if constexpr (!waits) finish(sums[r], r, first);
            else
#pragma GCC unroll 4
                for (int v = 0; v < kPanelVectors; ++v) waiting[r][v] = sums[r][v];
    }
    if (any_waiting)
        for (int64_t r = 0; r < R; ++r) finish(waiting[r], r, last - kPanelColumns<T>);
}

template <class T, class M>
void vector_tile_to_rows(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* const* rows) {
    const auto& s = *static_cast<const VectorItems<T>*>(self);
    constexpr int R = kTileRows / M::kSums;
    constexpr int64_t P = kPanelColumns<T>;
    const int64_t chunk = larger<int64_t>(1, kPanelBytes / (64 * larger<int64_t>(1, s.d))) * P;
    for (int64_t c0 = j0 / P * P; c0 < j1; c0 += chunk) {
        const int64_t c1 = smaller(c0 + chunk, (j1 + P - 1) / P * P);
        int64_t i = i0;
        for (; i + R <= i1; i += R) rows_by_panels<T, M, R>({s, i, j0, j1, rows + (i - i0)}, c0, c1);
        for (; i < i1; ++i) rows_by_panels<T, M, 1>({s, i, j0, j1, rows + (i - i0)}, c0, c1);
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
