// Distances between rows with few entries. The terms that are left out are zeros, and the others are added in feature
// order: the same bits as from dense rows.
#pragma once
#include "distance_tiles.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// One row against one panel: two rising lists of features are merged, one term for every feature of either.
template <class T, class M>
inline void merge_by_panel(const SparseItems<T>& s, int64_t row, int64_t panel, M (&sums)[kPanelVectors]) {
    constexpr int W = Simd<T>::W;
    const auto step = [&](T x, const T* y) {
        for (int v = 0; v < kPanelVectors; ++v) sums[v].take(splat(x) - (y ? load(y + v * W) : Vec<T>{}));
    };
    int64_t a = s.indptr[row], b = panel == 0 ? 0 : s.panel_ends[panel - 1];
    const int64_t a_end = s.indptr[row + 1], b_end = s.panel_ends[panel];
    while (a < a_end) {
        const int32_t feature = s.columns[a];
        for (; b < b_end && s.panel_features[b] < feature; ++b) step(T(0), s.panel_values + b * kPanelColumns<T>);
        if (b < b_end && s.panel_features[b] == feature) step(s.values[a], s.panel_values + b++ * kPanelColumns<T>);
        else step(s.values[a], nullptr);
        ++a;
    }
    for (; b < b_end; ++b) step(T(0), s.panel_values + b * kPanelColumns<T>);
}

template <class T, class M>
void sparse_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride, char*) {
    constexpr int64_t P = kPanelColumns<T>;
    const auto& s = *static_cast<const SparseItems<T>*>(self);
    VectorItems<T> marks{};
    marks.row_marks = s.row_marks, marks.column_marks = s.column_marks;
    for (int64_t first = j0 / P * P; first < j1; first += P)
        for (int64_t i = i0; i < i1; ++i) {
            M sums[kPanelVectors];
            merge_by_panel<T, M>(s, i, first / P, sums);
            T values[P];
            for (int v = 0; v < kPanelVectors; ++v)
                store(values + v * Simd<T>::W, sums[v].finish({marks, i, first + v * Simd<T>::W}));
            copy_part<T>(values, first, j0, j1, out + (i - i0) * stride);
        }
}

}  // namespace ganglion::GANGLION_NAMESPACE
