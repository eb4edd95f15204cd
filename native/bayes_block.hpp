// A family of components as samplers see it: the statistics of all clusters, and what a row's density is under each.
#pragma once
#include <cstdint>

#include "bayes_random.hpp"

namespace ganglion {

// Clusters are lanes. A panel holds the statistics of 16 clusters: number s of lane l stands at panel[s * 16 + l]. Panels
// follow each other, so cluster c is lane c % 16 of the panel at state + c / 16 * 16 * n_numbers, and a state grows
// without being rearranged. Lanes without a cluster hold the statistics of an empty one: clear() wrote them.
constexpr int64_t kClusterLanes = 16;

enum class BlockKind : int {
    normal, diagonal_normal, multinomial, bernoulli, poisson, categorical, semi_conjugate_normal
};

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
// All of them are pure functions of what they are given, with the same bits on every instruction set.
struct BlockOps {
    int64_t (*n_numbers)(const BlockData& data);
    void (*clear)(const BlockData& data, double* panel, int64_t lane);
    void (*add)(const BlockData& data, double* panel, int64_t lane, int64_t row);
    // False where the statistics would have lost more than some six digits: the caller then rebuilds the cluster.
    bool (*remove)(const BlockData& data, double* panel, int64_t lane, int64_t row);
    // The statistics of these rows, afresh. Every cluster is rebuilt before every sweep, so that rounding never gathers
    // and the state of a chain is its labels. Null: clear, then add the rows in order.
    void (*rebuild)(const BlockData& data, double* panel, int64_t lane, const int32_t* members, int64_t count);
    // out[c] += the log density of the row given the members of cluster c, for all c < k; what is written to the lanes
    // from k up to the end of k's panel does not matter. `own` is the cluster that counts the row among its members, or
    // -1: there the density is that given its other members; NaN asks the caller to take the row out and to ask again.
    void (*score)(const BlockData& data, const double* state, int64_t k, int64_t row, int64_t own, double* out);
    // Of all members together: the logarithm of the product of their densities, one after the other. Where a cluster
    // has explicit parameters: the joint log density of its members and its parameters.
    double (*log_marginal)(const BlockData& data, const double* shared, const double* panel, int64_t lane);

    // Null unless clusters have explicit parameters (Neal 2000, algorithm 8). These are among a lane's numbers; add,
    // remove and rebuild leave them alone, clear and score don't touch `shared`.
    // Parameters of a cluster, drawn given its members: exactly from the prior where there are none, and otherwise by a
    // step that leaves the posterior unchanged. `shared`: n_shared numbers a chain, such as a rate with a prior.
    void (*draw)(const BlockData& data, const double* shared, double* panel, int64_t lane, Random& random);
    int64_t (*n_shared)(const BlockData& data);
    void (*start_shared)(const BlockData& data, double* shared);
    // Given the parameters of the clusters 0 .. k - 1.
    void (*draw_shared)(const BlockData& data, double* shared, const double* state, int64_t k, Random& random);
};

}  // namespace ganglion
