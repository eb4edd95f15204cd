// Dynamic time warping (Sakoe and Chiba 1978): the cheapest path through the table of local costs, which may be kept to
// a band about the diagonal. One series against several side by side: a lane is a pair.
//
// A cell waits for its left neighbour, a minimum and a sum away; four rows are swept at once, each a column behind the
// one above, so that four cells are under way and a row of the table is read and written once in four.
#pragma once
#include "sequence_tiles.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> struct Warp {
    const T* y;         // (columns, channels, step): step 0 of the series; kWarpRows steps before are infinite
    int64_t step, columns, channels;
    bool banded;
    Index<T> bands;     // of each lane
    int64_t widest;
    T* row;             // (columns + 2 kWarpRows, W): column c of the row above at (c + kWarpRows) * W
};

template <bool ABSOLUTE, class T>
inline Vec<T> local_cost(const Warp<T>& w, const T* x, int64_t column) {
    Vec<T> cost{};
    const T* y = w.y + column * w.channels * w.step;
    for (int64_t k = 0; k < w.channels; ++k) {
        const Vec<T> gap = load(y + k * w.step) - x[k];
        if constexpr (ABSOLUTE) cost += gap < 0 ? -gap : gap;
        else cost += gap * gap;
    }
    return cost;
}

// Rows [i, i + R) of the table from the row above.
template <int R, bool ABSOLUTE, bool BANDED, class T>
inline void sweep(const Warp<T>& w, const T* x, int64_t i) {
    constexpr int W = Simd<T>::W;
    const Vec<T> never = splat(T(__builtin_inf()));
    const int64_t from = BANDED ? larger<int64_t>(0, i - w.widest) : 0;
    const int64_t to = BANDED ? smaller(w.columns, i + R + w.widest) : w.columns;
    Vec<T> left[R], older[R];
    for (int r = 0; r < R; ++r) left[r] = older[r] = never;
    Vec<T> corner = load(w.row + (from - 1 + kWarpRows) * W);
    for (int64_t s = from; s < to + R - 1; ++s) {
        const Vec<T> top = load(w.row + (s + kWarpRows) * W);
#pragma GCC unroll 4
        for (int r = R - 1; r >= 0; --r) {
            const Vec<T> up = r ? left[r ? r - 1 : 0] : top, diagonal = r ? older[r ? r - 1 : 0] : corner;
            Vec<T> cell = vmin(vmin(up, diagonal), left[r]) + local_cost<ABSOLUTE>(w, x + r * w.channels, s - r);
            if constexpr (BANDED) {
                const int64_t off = i + 2 * r - s;
                using I = typename Int<T>::type;
                cell = splat(I(off < 0 ? -off : off)) <= w.bands ? cell : never;
            }
            older[r] = left[r], left[r] = cell;
        }
        corner = top;
        store(w.row + (s - (R - 1) + kWarpRows) * W, left[R - 1]);
    }
}

template <bool ABSOLUTE, bool BANDED, class T> inline void fill_warp(const Warp<T>& w, const T* x, int64_t n) {
    constexpr int W = Simd<T>::W;
    const Vec<T> never = splat(T(__builtin_inf()));
    for (int64_t c = 0; c < w.columns + 2 * kWarpRows; ++c) store(w.row + c * W, never);
    const auto before = w.row + (kWarpRows - 1) * W;
    store(before, Vec<T>{});  // where every path starts: above and left of the first cell
    Patience patience;
    int64_t i = 0;
    for (; i + kWarpRows <= n && !patience.ends_after(kWarpRows * w.columns * w.channels); i += kWarpRows) {
        sweep<kWarpRows, ABSOLUTE, BANDED>(w, x + i * w.channels, i);
        store(before, never);
    }
    for (; i < n && i + kWarpRows > n; ++i) {
        sweep<1, ABSOLUTE, BANDED>(w, x + i * w.channels, i);
        store(before, never);
    }
}

template <class T> inline int64_t band_of(const SeriesSpace<T>& s, int64_t n, int64_t m) {
    const int64_t apart = n < m ? m - n : n - m;
    const int64_t wanted = s.share >= 0 ? int64_t(s.share * double(larger(n, m))) : s.band;
    return larger(apart, wanted);
}

// Lanes [v, v + W) of a panel.
template <class T>
inline void warp_lanes(const SeriesSpace<T>& s, const SeriesPanel<T>& panel, int64_t t, int64_t v, T* row) {
    constexpr int W = Simd<T>::W;
    const int64_t step = kPanelBytes / int64_t(sizeof(T)), n = s.x.offsets[t + 1] - s.x.offsets[t];
    Warp<T> w{panel.values + kWarpRows * s.channels * step + v, step, panel.longest, s.channels,
              s.band >= 0 || s.share >= 0, Index<T>{}, 0, row};
    for (int l = 0; w.banded && l < W && v + l < panel.count; ++l) {
        const int64_t band = band_of(s, n, s.y_lengths[panel.first + v + l]);
        w.bands[l] = typename Int<T>::type(band);
        w.widest = larger(w.widest, band);
    }
    const T* x = s.x.values + s.x.offsets[t] * s.channels;
    if (s.absolute) w.banded ? fill_warp<true, true>(w, x, n) : fill_warp<true, false>(w, x, n);
    else w.banded ? fill_warp<false, true>(w, x, n) : fill_warp<false, false>(w, x, n);
}

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }

template <class T>
void series_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride,
                 char* scratch) {
    const SeriesSpace<T>& s = *static_cast<const SeriesSpace<T>*>(self);
    if (i0 >= i1 || j0 >= j1) return;
    constexpr int W = Simd<T>::W;
    const Frame<T> frame = frame_of(s.symmetric, i0, i1, j0, j1, out, stride);
    T* row = reinterpret_cast<T*>(scratch);
    const int64_t first = frame.p0 / (kPanelBytes / int64_t(sizeof(T)));
    each_panel(frame, s.panels, first, [&](const SeriesPanel<T>& panel, int64_t t, int64_t from, int64_t to) {
        for (int64_t v = from / W * W; v < to; v += W) {
            warp_lanes(s, panel, t, v, row);
            for (int64_t l = larger(from, v); l < smaller(to, v + W); ++l) {
                const T cost = row[(s.y_lengths[panel.first + l] - 1 + kWarpRows) * W + l - v];
                *frame.at(t, panel.first + l) = s.absolute ? cost : root(cost);
            }
        }
    });
}

}  // namespace ganglion::GANGLION_NAMESPACE
