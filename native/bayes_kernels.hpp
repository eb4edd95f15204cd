// Collapsed samplers of partitions: the table of kernels of one instruction set.
#pragma once
#include "bayes_block.hpp"

namespace ganglion {

// Blocks whose densities multiply; without any, a chain samples the prior.
struct ModelView {
    int64_t n;
    int64_t n_blocks;
    const BlockData* data;
    const BlockOps* const* ops;
    const int64_t* numbers;   // ops[b]->n_numbers, looked up once
    const double* log_empty;  // (n,) the log density of each row under a cluster without members
    bool has_parameters;      // some block has explicit ones: algorithm 8
};

// The prior at its present hyperparameters: log p(partition) = log_v[t] + sum over clusters of
// log Gamma(size + shift) - log Gamma(1 + shift), with -inf where t clusters are impossible.
struct PriorTable {
    double shift;
    const double* log_v;
    int64_t t_max;
};

enum class Pause : int { none, interrupted, capacity, table };

// One chain. Clusters stand in slots 0 .. top - 1, some of which may have lost their last member during a sweep; slots
// without members are cleared in every state, and their weight is 0.
struct ChainView {
    PriorTable prior;
    Random random;
    int64_t capacity;  // slots that there is memory for, a multiple of kClusterLanes
    int64_t top, n_clusters;
    int64_t peak;      // most clusters since the caller last set it
    int32_t* labels;   // (n,)
    int64_t* sizes;    // (capacity,)
    double* weights;   // (capacity,) size + shift
    double* scores;    // (capacity,) scratch
    int32_t* members;  // (4 n,) scratch
    double* const* states;
    double* const* pairs;  // as the states: one panel a block for split-merge
    double* const* shared;
    int64_t n_auxiliary;   // atoms of algorithm 8
    int64_t n_scans;       // restricted scans before a split or a merge is proposed
    int64_t row;           // the next row of a sweep
    int64_t counts[6];     // see Counted
};

enum Counted : int { kMoves, kFresh, kSplitsProposed, kSplitsAccepted, kMergesProposed, kMergesAccepted };

// A draw with t clusters, and the prior's weights of these and of a new one at each of several values of its
// hyperparameters: log_weights (n_items, whole panels of t + 1), -inf beyond.
struct DrawView {
    const int32_t* labels;  // (n_known,) canonical
    int64_t n_clusters, n_items;
    const double* log_weights;
    const double* counts;   // (n_items,) how often
};

// New rows, which stand in the model behind the known ones, and what the draws so far say about them.
struct MembershipView {
    int64_t n_known, begin, end;
    int64_t k, stride;         // clusters of the reference; k + 1 in whole lanes
    const int32_t* reference;  // (n_known,)
    double* probabilities;     // (end - begin, stride)
    double* peak;              // (end - begin,): the density is sum * exp(peak)
    double* sum;
    double* const* states;     // scratch: for the clusters of a draw and an empty one, in whole panels
    int32_t* members;          // (n_known,)
    int64_t* starts;           // (t + 2,)
    double* scores;            // (t + 1,) in whole panels
    double* shares;            // likewise
    double* split;             // (t + 1, stride)
};

struct BayesKernels {
    const BlockOps* (*ops)(BlockKind kind);  // null for a kind of another table
    void (*prepare_normal)(int64_t d, const double* scale, double* out);
    // out[i - begin] += the log density of row i under an empty cluster; `panel` is scratch.
    void (*score_empty)(const BlockData& data, const BlockOps& ops, double* panel, int64_t begin, int64_t end, double* out);
    // Statistics of all clusters afresh, and the weights; members in order of the rows.
    void (*rebuild)(const ModelView& model, ChainView& chain);
    // Rows chain.row .. n - 1; says why it stopped.
    Pause (*gibbs)(const ModelView& model, ChainView& chain);
    // One proposal to split or to merge.
    Pause (*split_merge)(const ModelView& model, ChainView& chain);
    // While there are more clusters than the prior allows: gives the members of the smallest one to others.
    Pause (*retreat)(const ModelView& model, ChainView& chain);
    // Explicit parameters of every cluster and what they share, given members.
    void (*draw_parameters)(const ModelView& model, ChainView& chain);
    double (*log_marginal)(const ModelView& model, double* const* states, int64_t c, double* const* shared);
    // Adds what one draw says; false when the work has been given up.
    bool (*membership)(const ModelView& model, const DrawView& draw, const MembershipView& view);
    void (*log_gamma)(const double* x, int64_t n, double* out);
    // Which: 0 uniform, 1 normal, 2 gamma of `shape`.
    void (*draws)(Random& random, int which, double shape, double* out, int64_t n);
};

}  // namespace ganglion
