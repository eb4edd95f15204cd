// Vectors made ready for the kernels: panels of columns, rows brought to length 1 where the metric asks for it.
#pragma once
#include <memory>

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

// Owns what a VectorItems points into, except rows that are used as they are.
template <class T> struct Vectors {
    VectorItems<T> items;
    Numbers<T> rows, columns, panels, row_marks, column_marks, feature_marks;
};

// `y` null: of x with itself. Null where a signal handler raised.
template <class T>
std::shared_ptr<Vectors<T>> make_vectors(const Table<T>& x, const Table<T>* y, Scaling scaling);

// What one pair costs, in nanoseconds, at `per_feature`: measured with vectors of 32 bytes.
inline double vector_cost(int64_t d, double per_feature) { return 0.3 + per_feature * double(d); }

}  // namespace ganglion
