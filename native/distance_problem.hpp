// What the kernels of distances between vectors work on. Every instruction set reads the same panels.
#pragma once
#include <cstdint>

namespace ganglion {

// Items stand side by side in panels of one cache line, whatever the vectors' width.
template <class T> constexpr int64_t kPanelColumns = 64 / int64_t(sizeof(T));

enum class VectorMetric : int {
    euclidean,
    sqeuclidean,
    manhattan,
    cosine,  // of rows brought to length 1; correlation is that of rows less their mean
    chebyshev,
    canberra,
    braycurtis,
    hamming,
    minkowski,
    minkowski_halves,  // 2 p is a whole number
    gower,
    count
};

constexpr int64_t kFeatureMarks = 3;

// Distances between n rows and m columns of d features.
template <class T> struct VectorItems {
    int64_t n, m, d;
    const T* row_panels;     // (ceil(n / kPanelColumns), d, kPanelColumns), as `panels`, which they may be
    const T* panels;         // (ceil(m / kPanelColumns), d, kPanelColumns), zeros where there is no column
    const T* row_marks;      // (n,) what the metric has to know of an item, or null
    const T* column_marks;   // (m,) up to whole panels, or null
    const T* feature_marks;  // (d, kFeatureMarks) what it has to know of a feature, or null
    T p;                     // of the metric
};

// What items that are sets have in common is counted in 64 features at a time.
enum class BitMetric : int { jaccard, dice, hamming, count };

struct BitItems {
    int64_t n, m, n_words, n_features;
    const uint64_t* rows;         // (n, n_words)
    const uint64_t* panels;       // (ceil(m / 8), n_words, 8), zeros where there is no column
    const int64_t *row_counts, *column_counts;  // (n,) and (m,) up to whole panels: how many features an item has
};

// Rows with few entries, and panels of columns with the features that any of them has.
template <class T> struct SparseItems {
    int64_t n, m;
    const T* values;         // of the rows, with `columns` and `indptr` as in a CSR matrix
    const int64_t* indptr;
    const int32_t* columns;  // rising in each row
    const int64_t* panel_ends;      // (panels,) where each panel's features end
    const int32_t* panel_features;
    const T* panel_values;          // (features of all panels, kPanelColumns)
    const T *row_marks, *column_marks;
};

// A function of the caller. It is called without the GIL and from several threads.
using DistanceFunction = double (*)(const double* x, const double* y, int64_t d, void* user_data);

struct FunctionItems {
    int64_t n, m, d;
    const double *rows, *columns;  // (n, d), (m, d); `columns` is `rows` where the pairs are symmetric
    DistanceFunction function;
    void* user_data;
};

}  // namespace ganglion
