// A family of components as samplers see it: the statistics of all clusters, and what a row's density is under each.
#pragma once
#include <cstdint>

namespace ganglion {

// Clusters are lanes: row s of the statistics of cluster c stands at state[s * capacity + c]. The capacity is a multiple
// of this, so that the lanes beyond the last cluster are there; their statistics are those of an empty cluster.
constexpr int64_t kClusterLanes = 16;

// The data as one family reads them, and its hyperparameters. Nothing is owned here.
struct BlockData {
    int64_t n, d;
    const double* x;  // (n, d), or null where the rows are sparse
    const int64_t* indptr;
    const int32_t* indices;
    const double* values;
    const double* numbers[8];  // what they are is the family's business
    int64_t sizes[8];
};

// One family's part of a model; several stand side by side where columns differ in kind, and their densities multiply.
struct BlockOps {
    int64_t (*state_rows)(const BlockData& data);
    void (*clear)(const BlockData& data, double* state, int64_t capacity, int64_t c);
    void (*add)(const BlockData& data, double* state, int64_t capacity, int64_t c, int64_t row);
    void (*remove)(const BlockData& data, double* state, int64_t capacity, int64_t c, int64_t row);
    // out[c] += the log density of the row, given the cluster's members, for all c < k (rounded up to whole lanes).
    void (*score)(const BlockData& data, const double* state, int64_t capacity, int64_t k, int64_t row, double* out);
    // The same for one cluster; with its member `row` itself left out; and for a cluster without members.
    double (*score_one)(const BlockData& data, const double* state, int64_t capacity, int64_t c, int64_t row);
    double (*score_without)(const BlockData& data, const double* state, int64_t capacity, int64_t c, int64_t row);
    double (*score_empty)(const BlockData& data, int64_t row);
    double (*log_marginal)(const BlockData& data, const double* state, int64_t capacity, int64_t c);
};

}  // namespace ganglion
