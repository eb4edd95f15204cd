// The unrestricted Damerau-Levenshtein distance (Lowrance and Wagner 1975) in the linear memory of Zhao and Sahni
// (2019), many patterns side by side: a row of the table for each character of the text, a vector for each column.
//
// A swap joins the row k in which the pattern's character stood last in the text and the column l in which the text's
// character stood last in the pattern. One of the two gaps is a neighbour in an optimal alignment, so it is enough to
// keep, for each column, k and H(k - 1, column - 2), and along a row l and H(row - 2, l - 1).
#pragma once
#include "sequence_tiles.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// The rows of the table, a vector a column: column c of a row stands at (c + 1) * kBytes, so that column -1 exists.
template <class L> struct SwapRows {
    L *row, *above, *saved, *last;
    SwapRows(char* scratch, int64_t columns) {
        const int64_t step = (columns + 2) * Simd<L>::W;
        row = reinterpret_cast<L*>(scratch), above = row + step, saved = above + step, last = saved + step;
    }
};

// Distances of the text to W patterns of `columns` characters at most: the last row stays in rows.row.
template <class L>
inline void fill_swaps(SwapRows<L>& rows, const L* patterns, int64_t step, int64_t columns, const uint32_t* text,
                       int64_t n) {
    constexpr int W = Simd<L>::W;
    const Vec<L> never = splat(L(larger(n, columns) + 1));
    for (int64_t c = 0; c < columns + 2; ++c) {
        store(rows.row + c * W, c == 0 ? never : splat(L(c - 1)));
        store(rows.above + c * W, never);
        store(rows.saved + c * W, never);
        store(rows.last + c * W, splat(L(-1)));
    }
    Patience patience;
    for (int64_t i = 1; i <= n && !patience.ends_after(columns); ++i) {
        L* swap = rows.row;
        rows.row = rows.above, rows.above = swap;
        const Vec<L> own = splat(L(text[i - 1])), at_row = splat(L(i));
        Vec<L> two_back = load(rows.row + W), best_two_back = never, last_column = splat(L(-1));
        Vec<L> left = at_row, corner = load(rows.above + W), before_corner = load(rows.above);
        store(rows.row + W, at_row);
        for (int64_t c = 1; c <= columns; ++c) {
            const Vec<L> equal = load(patterns + (c - 1) * step) == own, at_column = splat(L(c));
            const Vec<L> up = load(rows.above + (c + 1) * W), saved = load(rows.saved + (c + 1) * W);
            const Vec<L> last_row = load(rows.last + (c + 1) * W);
            const Vec<L> row_gap = at_row - last_row, column_gap = at_column - last_column;
            Vec<L> best = vmin(vmin(left, up) + 1, corner + (equal + 1));
            best = vmin(best, column_gap == 1 ? saved + row_gap : never);
            best = vmin(best, row_gap == 1 ? best_two_back + column_gap : never);
            store(rows.saved + (c + 1) * W, equal ? before_corner : saved);
            store(rows.last + (c + 1) * W, equal ? at_row : last_row);
            best_two_back = equal ? two_back : best_two_back;
            last_column = equal ? at_column : last_column;
            two_back = load(rows.row + (c + 1) * W);
            store(rows.row + (c + 1) * W, best);
            before_corner = corner, corner = up, left = best;
        }
    }
}

template <class T, class L>
inline void swap_edits(const TextSpace& s, const Frame<T>& frame, const CharacterPanel& panel, int64_t t, int64_t from,
                       int64_t to, char* scratch) {
    constexpr int W = Simd<L>::W, step = int(kPanelBytes / int64_t(sizeof(L)));
    const int64_t n = s.x.length(t);
    const int32_t* lengths = s.y_lengths + panel.first;
    alignas(64) int32_t edits[step];
    for (int64_t v = from / W * W; v < to; v += W) {
        SwapRows<L> rows(scratch, panel.longest);
        const L* patterns = reinterpret_cast<const L*>(panel.characters) + v;
        fill_swaps<L>(rows, patterns, step, panel.longest, s.x.text(t), n);
        const int64_t end = smaller(panel.count, v + W);
        for (int64_t l = v; l < end; ++l) edits[l] = int32_t(rows.row[(lengths[l] + 1) * W + l - v]);
    }
    write_edits(s, frame, panel.first, t, from, to, edits);
}

template <class T>
void damerau_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride,
                  char* scratch) {
    const TextSpace& s = *static_cast<const TextSpace*>(self);
    if (i0 >= i1 || j0 >= j1) return;
    const Frame<T> frame = frame_of(s.symmetric, i0, i1, j0, j1, out, stride);
    const int64_t panel = frame.p0 / (kPanelBytes / s.lane_bytes);
    each_panel(frame, s.characters, panel, [&](const CharacterPanel& p, int64_t t, int64_t from, int64_t to) {
        if (s.lane_bytes == 2) swap_edits<T, int16_t>(s, frame, p, t, from, to, scratch);
        else swap_edits<T, int32_t>(s, frame, p, t, from, to, scratch);
    });
}

}  // namespace ganglion::GANGLION_NAMESPACE
