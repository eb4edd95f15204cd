// Mean-field sweeps over many rows: the table of kernels of one instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

// Every conjugate family is linear in features of a row: E log f(x | cluster) = constant + sum over features of weight
// times feature, and what the clusters learn from the rows are sums of features. A feature is a column of z, or a
// product of two.
struct MeanFieldJob {
    int64_t n, q, p, k;       // rows, columns of z, features, clusters
    int64_t stride;           // k rounded up to kMeanFieldLanes
    const double* z;          // (n, q)
    const int32_t* pairs;     // (p, 2): columns; the second is -1 for a column by itself
    const double* weights;    // (p, stride)
    const double* constants;  // (stride), with the expected log weights; -inf beyond k
};

// What a block of rows leaves. Null where it is not asked for.
struct MeanFieldSums {
    double* counts;            // (stride): sums of responsibilities
    double* sums;              // (k, p): of responsibilities times features
    double* overlaps;          // (k, stride): what the entropy changes by where two clusters become one
    double* entropy;           // of the responsibilities: -sum r log r
    double* responsibilities;  // (rows of the block, k)
    int32_t* labels;           // (rows of the block): the cluster of largest responsibility, the lowest of equals
};

// Sums over clusters are folded in this many lanes, whatever the width of a vector.
constexpr int64_t kMeanFieldLanes = 16;
// Rows whose features are computed together.
constexpr int64_t kMeanFieldRows = 64;

struct MeanFieldKernels {
    int64_t (*scratch_size)(const MeanFieldJob& job);  // doubles
    void (*sweep)(const MeanFieldJob& job, int64_t begin, int64_t end, const MeanFieldSums& out, double* scratch);
};

}  // namespace ganglion
