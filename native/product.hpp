// The one product kernel: R broadcast rows times NV packed panels, summed in feature order.
//
// k-means uses it with the samples as rows and the centres as lanes (many features), or the other way about (few).
// Each lane adds its products one feature after the other, so a wider vector changes nothing in a sum.
#pragma once
#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// acc[r][v] += sum over f in [0, d) of rows[r * stride + f] * panels[v * d * W + f * W + lane].
// rows: R rows, `stride` apart; panels: NV of them, each (d, W) and contiguous, one behind the other.
// Three rows share one pointer: an x86 address scales its index by 1 and 2, and 12 pointers do not fit the registers.
template <class T, int R, int NV>
inline __attribute__((always_inline)) void product_tile(const T* rows, int64_t stride, const T* panels, int64_t d,
                                                        Vec<T> (&acc)[R][NV]) {
    constexpr int W = Simd<T>::W;
    constexpr int P = (R + 2) / 3;
    const T* p[P];
    for (int i = 0; i < P; ++i) p[i] = rows + 3 * i * stride;
    const int64_t panel_size = d * W;
    for (int64_t f = 0; f < d; ++f) {
        Vec<T> b[NV];
        for (int v = 0; v < NV; ++v) b[v] = load(panels + v * panel_size);
        panels += W;
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
            const Vec<T> a = splat(p[r / 3][(r % 3) * stride]);
#pragma GCC unroll 4
            for (int v = 0; v < NV; ++v) acc[r][v] += a * b[v];
        }
        for (int i = 0; i < P; ++i) ++p[i];
    }
}

// acc[v] += the same product for one sparse row: `count` values in `columns`, ascending.
template <class T, int NV>
inline void sparse_tile(const T* values, const int32_t* columns, int64_t count, const T* panels, int64_t d,
                        Vec<T> (&acc)[NV]) {
    constexpr int W = Simd<T>::W;
    for (int64_t e = 0; e < count; ++e) {
        const Vec<T> a = splat(values[e]);
        const T* at = panels + int64_t(columns[e]) * W;
        for (int v = 0; v < NV; ++v) acc[v] += a * load(at + v * d * W);
    }
}

// The two smallest scores seen so far in each lane, and which centre the smallest belongs to.
template <class T> struct TwoBest {
    Vec<T> best, second;
    Index<T> id;

    static TwoBest none() {
        const Vec<T> far = splat(largest_finite<T>());
        return {far, far, Index<T>{}};
    }

    // On a tie the earlier candidate stays; ties are decided again by definition anyway.
    inline void offer(Vec<T> score, Index<T> candidate) {
        second = vmin(second, vmax(best, score));
        const auto closer = score < best;
        best = closer ? score : best;
        id = closer ? candidate : id;
    }

    inline void merge(const TwoBest& o) {
        second = vmin(vmin(second, o.second), vmax(best, o.best));
        const auto closer = o.best < best;
        best = closer ? o.best : best;
        id = closer ? o.id : id;
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
