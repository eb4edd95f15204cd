#include "distance_vectors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "distance_scaling.hpp"
#include "pool.hpp"

namespace ganglion {
namespace {

// Rows to a block: some 64 thousand values.
int64_t block_rows(int64_t d) { return std::max<int64_t>(1, 65536 / std::max<int64_t>(1, d)); }

template <class T> bool unit_rows(const Table<T>& x, bool centered, Numbers<T>& out, Numbers<T>& marks) {
    out.resize(x.n * x.d);
    marks.resize(x.n + kPanelColumns<T>);
    const int64_t step = block_rows(x.d);
    return parallel((x.n + step - 1) / step, get_num_threads(), [&](int64_t block, int) {
        for (int64_t i = block * step; i < std::min(x.n, (block + 1) * step); ++i)
            marks.data()[i] = unit_row(x.values + i * x.d, x.d, centered, out.data() + i * x.d);
    });
}

template <class T> bool fill_panels(const Table<T>& x, Numbers<T>& panels) {
    constexpr int64_t P = kPanelColumns<T>;
    const int64_t count = (x.n + P - 1) / P;
    panels.resize(count * P * x.d);
    const int64_t step = std::max<int64_t>(1, block_rows(x.d) / P);
    return parallel((count + step - 1) / step, get_num_threads(), [&](int64_t block, int) {
        for (int64_t j = block * step * P; j < std::min(x.n, (block + 1) * step * P); ++j) {
            T* lane = panels.data() + j / P * P * x.d + j % P;
            for (int64_t f = 0; f < x.d; ++f) lane[f * P] = x.values[j * x.d + f];
        }
    });
}

// The panels of a table, and the marks of its rows where they are scaled for it.
template <class T> bool prepare(const Table<T>& x, Scaling scaling, Numbers<T>& panels, Numbers<T>& marks) {
    if (scaling == Scaling::none) return fill_panels(x, panels);
    Numbers<T> rows;
    return unit_rows(x, scaling == Scaling::centered_to_length_1, rows, marks) &&
           fill_panels<T>({rows.data(), x.n, x.d}, panels);
}

}  // namespace

template <class T>
std::shared_ptr<Vectors<T>> make_vectors(const Table<T>& x, const Table<T>* y, Scaling scaling) {
    auto made = std::make_shared<Vectors<T>>();
    Vectors<T>& v = *made;
    if (!prepare(x, scaling, v.row_panels, v.row_marks)) return nullptr;
    if (y && !prepare(*y, scaling, v.panels, v.column_marks)) return nullptr;
    v.items = {x.n, y ? y->n : x.n, x.d, v.row_panels.data(), nullptr, nullptr, nullptr, nullptr, T(0)};
    v.items.panels = y ? v.panels.data() : v.items.row_panels;
    if (scaling != Scaling::none) {
        v.items.row_marks = v.row_marks.data();
        v.items.column_marks = y ? v.column_marks.data() : v.items.row_marks;
    }
    return made;
}

std::shared_ptr<Vectors<double>> make_points(const Table<double>& x, const Table<double>* y, double radius) {
    auto made = make_vectors<double>(x, y, Scaling::none);
    if (!made) return nullptr;
    const auto cosines = [](const Table<double>& t, Numbers<double>& out) {
        out.resize(t.n + kPanelColumns<double>);
        for (int64_t i = 0; i < t.n; ++i) out.data()[i] = std::cos(t.values[2 * i]);
        return out.data();
    };
    made->items.row_marks = cosines(x, made->row_marks);
    made->items.column_marks = y ? cosines(*y, made->column_marks) : made->items.row_marks;
    made->items.p = radius;
    return made;
}

template <class T>
std::shared_ptr<Vectors<T>> make_mixed(const Table<T>& x, const Table<T>* y, const MixedColumns& columns) {
    auto made = make_vectors<T>(x, y, Scaling::none);
    if (!made) return nullptr;
    made->feature_marks.resize(kFeatureMarks * x.d);
    T* marks = made->feature_marks.data();
    for (int64_t f = 0; f < x.d; ++f, marks += kFeatureMarks) {
        const double weight = columns.weights[f];
        marks[0] = T(columns.categorical[f] ? 0 : weight * columns.scale[f]);
        marks[1] = T(columns.categorical[f] ? weight : 0);
        marks[2] = T(weight);
    }
    made->items.feature_marks = made->feature_marks.data();
    return made;
}

template <bool SYMMETRIC>
void function_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, double* out, int64_t stride,
                   char*) {
    const auto& s = *static_cast<const FunctionItems*>(self);
    for (int64_t i = i0; i < i1; ++i)
        for (int64_t j = j0; j < j1; ++j) {
            const double *x = s.rows + i * s.d, *y = s.columns + j * s.d;
            if (SYMMETRIC && j < i) std::swap(x, y);
            out[(i - i0) * stride + (j - j0)] = SYMMETRIC && i == j ? 0.0 : s.function(x, y, s.d, s.user_data);
        }
}

template void function_tile<false>(const void*, int64_t, int64_t, int64_t, int64_t, double*, int64_t, char*);
template void function_tile<true>(const void*, int64_t, int64_t, int64_t, int64_t, double*, int64_t, char*);
template std::shared_ptr<Vectors<float>> make_mixed(const Table<float>&, const Table<float>*, const MixedColumns&);
template std::shared_ptr<Vectors<double>> make_mixed(const Table<double>&, const Table<double>*, const MixedColumns&);
template std::shared_ptr<Vectors<float>> make_vectors(const Table<float>&, const Table<float>*, Scaling);
template std::shared_ptr<Vectors<double>> make_vectors(const Table<double>&, const Table<double>*, Scaling);

}  // namespace ganglion
