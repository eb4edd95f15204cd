// Sets as bits and rows with few entries, made ready for the kernels.
#include <algorithm>
#include <bit>

#include "distance_scaling.hpp"
#include "distance_vectors.hpp"

namespace ganglion {
namespace {

const int64_t* count_members(const Table<uint64_t>& x, Numbers<int64_t>& out) {
    out.resize(x.n + 8);
    for (int64_t i = 0; i < x.n; ++i)
        for (int64_t w = 0; w < x.d; ++w) out.data()[i] += std::popcount(x.values[i * x.d + w]);
    return out.data();
}

}  // namespace

std::shared_ptr<BitSets> make_bit_sets(const Table<uint64_t>& x, const Table<uint64_t>* y, int64_t n_features) {
    auto made = std::make_shared<BitSets>();
    const Table<uint64_t>& other = y ? *y : x;
    made->panels.resize((other.n + 7) / 8 * 8 * x.d);
    for (int64_t j = 0; j < other.n; ++j)
        for (int64_t w = 0; w < x.d; ++w)
            made->panels.data()[j / 8 * 8 * x.d + w * 8 + j % 8] = other.values[j * x.d + w];
    const int64_t* counts = count_members(x, made->row_counts);
    made->items = {x.n, other.n, x.d, n_features, x.values, made->panels.data(), counts,
                   y ? count_members(*y, made->column_counts) : counts};
    return made;
}

Numbers<uint64_t> pack_bits(const Table<uint8_t>& x) {
    const int64_t words = (x.d + 63) / 64;
    Numbers<uint64_t> out(x.n * words);
    for (int64_t i = 0; i < x.n; ++i)
        for (int64_t f = 0; f < x.d; ++f)
            out.data()[i * words + f / 64] |= uint64_t(x.values[i * x.d + f] != 0) << (f % 64);
    return out;
}

namespace {

// Every row to length 1, its marks, and a view of it; the table itself where it is used as it is.
template <class T>
SparseTable<T> scaled(const SparseTable<T>& x, Scaling scaling, Numbers<T>& values, Numbers<T>& marks) {
    if (scaling == Scaling::none) return x;
    values.resize(x.indptr[x.n]);
    marks.resize(x.n + kPanelColumns<T>);
    for (int64_t i = 0; i < x.n; ++i) {
        const int64_t at = x.indptr[i];
        marks.data()[i] = unit_row(x.values + at, x.indptr[i + 1] - at, false, values.data() + at);
    }
    return {values.data(), x.indptr, x.columns, x.n};
}

// Appends the features of a panel's columns, each once, rising, and the columns' values at them.
template <class T>
void append_panel(const SparseTable<T>& y, int64_t panel, std::vector<int32_t>& features, std::vector<T>& values) {
    constexpr int64_t P = kPanelColumns<T>;
    const int64_t first = panel * P, last = std::min(y.n, first + P);
    const auto begin = std::ptrdiff_t(features.size());
    features.insert(features.end(), y.columns + y.indptr[first], y.columns + y.indptr[last]);
    std::sort(features.begin() + begin, features.end());
    features.erase(std::unique(features.begin() + begin, features.end()), features.end());
    values.resize(features.size() * size_t(P), T(0));
    for (int64_t j = first; j < last; ++j) {
        int64_t at = begin;
        for (int64_t e = y.indptr[j]; e < y.indptr[j + 1]; ++e) {
            while (features[size_t(at)] < y.columns[e]) ++at;
            values[size_t(at * P + j - first)] = y.values[e];
        }
    }
}

}  // namespace

template <class T>
std::shared_ptr<SparseRows<T>> make_sparse(const SparseTable<T>& x, const SparseTable<T>* y, Scaling scaling) {
    auto made = std::make_shared<SparseRows<T>>();
    SparseRows<T>& s = *made;
    const SparseTable<T> rows = scaled(x, scaling, s.values, s.row_marks);
    const SparseTable<T> columns = y ? scaled(*y, scaling, s.other_values, s.column_marks) : rows;
    for (int64_t panel = 0; panel * kPanelColumns<T> < columns.n; ++panel) {
        append_panel(columns, panel, s.panel_features, s.panel_values);
        s.panel_ends.push_back(int64_t(s.panel_features.size()));
    }
    s.items = {rows.n, columns.n, rows.values, rows.indptr, rows.columns, s.panel_ends.data(), s.panel_features.data(),
               s.panel_values.data(), s.row_marks.data(), y ? s.column_marks.data() : s.row_marks.data()};
    return made;
}

template std::shared_ptr<SparseRows<float>> make_sparse(const SparseTable<float>&, const SparseTable<float>*, Scaling);
template std::shared_ptr<SparseRows<double>> make_sparse(const SparseTable<double>&, const SparseTable<double>*,
                                                         Scaling);

}  // namespace ganglion
