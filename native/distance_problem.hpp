// What the kernels of distances between vectors work on. Every instruction set reads the same panels.
#pragma once
#include <cstdint>

namespace ganglion {

// Columns of a tile stand side by side in panels of one cache line, whatever the vectors' width.
template <class T> constexpr int64_t kPanelColumns = 64 / int64_t(sizeof(T));

enum class VectorMetric : int {
    euclidean,
    sqeuclidean,
    manhattan,
    cosine,  // of rows brought to length 1; correlation is that of rows less their mean
    count
};

// Distances between n rows and m columns of d features.
template <class T> struct VectorItems {
    int64_t n, m, d;
    const T* rows;           // (n, d)
    const T* panels;         // (ceil(m / kPanelColumns), d, kPanelColumns), zeros where there is no column
    const T* row_marks;      // (n,) what the metric has to know of an item, or null
    const T* column_marks;   // (m,) up to whole panels, or null
    const T* feature_marks;  // (d, 2) what it has to know of a feature, or null
    T p;                     // of the metric
};

}  // namespace ganglion
