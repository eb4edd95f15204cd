#include "distance_vectors.hpp"

#include <algorithm>
#include <cmath>

#include "pool.hpp"

namespace ganglion {
namespace {

// Rows to a block: some 64 thousand values.
int64_t block_rows(int64_t d) { return std::max<int64_t>(1, 65536 / std::max<int64_t>(1, d)); }

// One row less its mean where wanted, divided by its length; returns 0 for rows without length, 1 for others. The
// row is first brought to the size of 1 by a power of two, which is exact: squares of tiny and huge values stay finite.
template <class T> T unit_row(const T* from, int64_t d, bool centered, T* to) {
    double largest = 0, mean = 0, first = d > 0 ? double(from[0]) : 0;
    for (int64_t f = 0; f < d; ++f) largest = std::max(largest, std::fabs(double(from[f])));
    int exponent = 0;
    std::frexp(largest, &exponent);
    if (centered) {
        // About the first value: a row of equal values has exactly no length.
        for (int64_t f = 0; f < d; ++f) mean += std::ldexp(double(from[f]), -exponent) - std::ldexp(first, -exponent);
        mean = std::ldexp(first, -exponent) + mean / double(std::max<int64_t>(1, d));
    }
    double square = 0;
    for (int64_t f = 0; f < d; ++f) {
        const double v = std::ldexp(double(from[f]), -exponent) - mean;
        square += v * v;
    }
    const double length = std::sqrt(square);
    for (int64_t f = 0; f < d; ++f)
        to[f] = length > 0 ? T((std::ldexp(double(from[f]), -exponent) - mean) / length) : T(0);
    return length > 0 ? T(1) : T(0);
}

template <class T> bool unit_rows(const Table<T>& x, bool centered, Numbers<T>& out, Numbers<T>& marks) {
    out.resize(x.n * x.d);
    marks.resize(x.n + kPanelColumns<T>);
    const int64_t step = block_rows(x.d);
    return parallel((x.n + step - 1) / step, get_num_threads(), [&](int64_t block, int) {
        for (int64_t i = block * step; i < std::min(x.n, (block + 1) * step); ++i)
            marks.data()[i] = unit_row(x.values + i * x.d, x.d, centered, out.data() + i * x.d);
    });
}

template <class T> bool fill_panels(const T* rows, int64_t m, int64_t d, Numbers<T>& panels) {
    constexpr int64_t P = kPanelColumns<T>;
    const int64_t count = (m + P - 1) / P;
    panels.resize(count * P * d);
    const int64_t step = std::max<int64_t>(1, block_rows(d) / P);
    return parallel((count + step - 1) / step, get_num_threads(), [&](int64_t block, int) {
        for (int64_t j = block * step * P; j < std::min(m, (block + 1) * step * P); ++j) {
            T* lane = panels.data() + j / P * P * d + j % P;
            for (int64_t f = 0; f < d; ++f) lane[f * P] = rows[j * d + f];
        }
    });
}

}  // namespace

template <class T>
std::shared_ptr<Vectors<T>> make_vectors(const Table<T>& x, const Table<T>* y, Scaling scaling) {
    auto made = std::make_shared<Vectors<T>>();
    Vectors<T>& v = *made;
    const Table<T>& other = y ? *y : x;
    v.items = {x.n, other.n, x.d, x.values, nullptr, nullptr, nullptr, nullptr, T(0)};
    const T* columns = other.values;
    if (scaling != Scaling::none) {
        const bool centered = scaling == Scaling::centered_to_length_1;
        if (!unit_rows(x, centered, v.rows, v.row_marks)) return nullptr;
        if (y && !unit_rows(*y, centered, v.columns, v.column_marks)) return nullptr;
        v.items.rows = v.rows.data();
        columns = y ? v.columns.data() : v.rows.data();
        v.items.row_marks = v.row_marks.data();
        v.items.column_marks = y ? v.column_marks.data() : v.row_marks.data();
    }
    if (!fill_panels(columns, other.n, x.d, v.panels)) return nullptr;
    v.items.panels = v.panels.data();
    return made;
}

template std::shared_ptr<Vectors<float>> make_vectors(const Table<float>&, const Table<float>*, Scaling);
template std::shared_ptr<Vectors<double>> make_vectors(const Table<double>&, const Table<double>*, Scaling);

}  // namespace ganglion
