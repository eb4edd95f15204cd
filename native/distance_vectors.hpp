// Items made ready for the kernels: panels of columns, rows brought to length 1 where the metric asks for it. Whatever
// is made here is null where a signal handler raised.
#pragma once
#include <memory>
#include <vector>

#include "distance_problem.hpp"
#include "pairs.hpp"
#include "train_memory.hpp"

namespace ganglion {

// Rows of one collection as the caller has them.
template <class T> struct Table {
    const T* values;  // (n, d)
    int64_t n, d;
};

enum class Scaling { none, to_length_1, centered_to_length_1 };

// Owns what a VectorItems points into. `y` null: of x with itself.
template <class T> struct Vectors {
    VectorItems<T> items;
    Numbers<T> row_panels, panels, row_marks, column_marks, feature_marks;
};
template <class T>
std::shared_ptr<Vectors<T>> make_vectors(const Table<T>& x, const Table<T>* y, Scaling scaling);

// Points (latitude, longitude) in radians on a sphere.
std::shared_ptr<Vectors<double>> make_points(const Table<double>& x, const Table<double>* y, double radius);

// Rows of mixed columns; see Gower in distance_metrics.hpp. All (d,).
struct MixedColumns {
    const double* scale;
    const uint8_t* categorical;
    const double* weights;
};
template <class T>
std::shared_ptr<Vectors<T>> make_mixed(const Table<T>& x, const Table<T>* y, const MixedColumns& columns);

struct BitSets {
    BitItems items;
    Numbers<uint64_t> rows, columns, panels;
    Numbers<int64_t> row_counts, column_counts;
};
// Features are bits already: (n, ceil(n_features / 64)).
std::shared_ptr<BitSets> make_bit_sets(const Table<uint64_t>& x, const Table<uint64_t>* y, int64_t n_features);
// 64 bytes of flags become one word, whatever is not 0 a set bit: (n, ceil(d / 64)).
Numbers<uint64_t> pack_bits(const Table<uint8_t>& x);

// Rows of a CSR matrix, features rising.
template <class T> struct SparseTable {
    const T* values;
    const int64_t* indptr;
    const int32_t* columns;
    int64_t n;
};
template <class T> struct SparseRows {
    SparseItems<T> items;
    Numbers<T> values, other_values, row_marks, column_marks;
    std::vector<int64_t> panel_ends;
    std::vector<int32_t> panel_features;
    std::vector<T> panel_values;
};
template <class T>
std::shared_ptr<SparseRows<T>> make_sparse(const SparseTable<T>& x, const SparseTable<T>* y, Scaling scaling);

// Where the pairs are symmetric, the function is given the item with the lower index first, and never one item twice.
template <bool SYMMETRIC>
void function_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, double* out, int64_t stride,
                   char*);

}  // namespace ganglion
