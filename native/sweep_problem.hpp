// Sweeps over many rows, as kernels and the chain see them: the rows in tiles, the families, one pass over the rows.
//
// Given the weights and the parameters of its clusters, a row's cluster depends on no other row. So the label of every
// row is drawn from densities of tiles (rows are lanes), and what binds rows to each other (a cluster that is born, one
// that dies) is left to the chain (sweep_chain.hpp).
#pragma once
#include <cstdint>

#include "bayes_random.hpp"

namespace ganglion {

constexpr int64_t kTileRows = 32;       // rows of a tile: line l of a tile is 32 values, one of each row
constexpr int64_t kSegmentTiles = 128;  // rows are put in order of their clusters within segments of as many tiles
constexpr int64_t kSegmentRows = kTileRows * kSegmentTiles;
constexpr int64_t kSumLanes = 8;        // partial sums of a statistic, whatever the width of a vector
constexpr int32_t kNewCluster = -1;
// A component whose density is below exp(-40) of the largest takes no part in a draw: it would change a sum of
// probabilities by less than its rounding.
constexpr double kNegligible = 40;

enum class SweepKind : int { normal, diagonal_normal, bernoulli, poisson, multinomial, categorical };

// One family. Its columns stand in the lines [first, first + n_lines) of a tile, or among the features of sparse rows.
//   normal          numbers: mean (d), scale (d, d), {kappa, dof}        lines: the values, one of zeros where d is odd
//   diagonal_normal numbers: mean, kappa, shape, rate (d each)           lines: the values, then 1 where a cell is there
//   bernoulli       numbers: a, b (d each)        features: ones; from d on, cells that are missing
//   poisson         numbers: shape, rate (d each) features: counts; from d on, cells that are missing
//   multinomial     numbers: alpha (d)            features: counts
//   categorical     numbers: alpha (all categories of all columns), offsets (d + 1)   features: ones
struct SweepBlock {
    SweepKind kind;
    int64_t d;
    int64_t first, n_lines;            // lines of a tile
    int64_t feature, n_features;       // features of sparse rows
    int64_t statistic, n_statistics;   // among the statistics of a cluster
    int64_t parameter, n_parameters;   // among the parameters of a cluster
    const double* numbers[4];
};

struct SweepModel {
    int64_t n, n_lines, n_features, n_statistics, n_parameters;
    int64_t n_blocks;
    const SweepBlock* blocks;
    const double* lines;               // (n, n_lines)
    const int64_t* indptr;             // sparse rows: (n + 1), features and values; null without features
    const int32_t* features;
    const double* values;
};

// The rows in the order in which they are stored: tile after tile, n_lines lines each; the last one is filled with zeros.
struct SweepRows {
    const double* tiles;
    const int32_t* order;  // the row at each place, -1 beyond the last
    const double* alone;   // at each place, the log density of the row in a cluster of its own
};

// Where statistics of a cluster begin: sums are of differences from its first row, so that they do not cancel.
struct SweepCluster {
    double count;
    const double* anchor;      // (n_lines)
    const double* statistics;  // (n_statistics)
};

struct SweepPass {
    SweepRows rows;
    const int32_t* labels;       // of all rows, not in storage order
    int64_t n_clusters;
    const int32_t* clusters;     // labels of the clusters that take part
    const int32_t* index_of;     // where a label stands among them
    const double* parameters;    // (capacity, n_parameters), by label
    const double* starts;        // by label: log weight and what of the log density does not depend on the row
    const double* coefficients;  // (n_features, width): of each feature, in the order of `clusters`; or null
    int64_t width;
    // How far clusters are from each other, or null: by label, both below n_reached. With A x - b the standardised
    // difference of x from a cluster, |A_c x - b_c| >= distance[h, c] - stretch[h, c] |A_h x - b_h|.
    const double* distance;
    const double* stretch;
    int64_t n_reached;
    bool has_single;             // whether some cluster has one row
    double log_new;              // log weight of a new cluster, against weights of the others that sum to 1
    // Clusters of one row: that row's place, or -1, and the weight of a new cluster for it. By label.
    const int64_t* single_place;
    const double* single_new;
    uint64_t key;
    int32_t* drawn;              // of all rows, not in storage order
};

// Two components for the rows of some tiles: which one each row is drawn to.
struct SweepHalves {
    SweepRows rows;              // `alone` is not read
    const double* parameters;    // (2, n_parameters)
    double starts[2];
    const double* coefficients;  // (n_features, kSumLanes), or null
    uint64_t key;
    int32_t fixed[2];            // rows that stay as they are and count for nothing, or -1
    bool is_given;               // whether halves are taken as they are, for their probability alone
};

struct SweepKernels {
    // Tiles [begin, end) from rows in the given order.
    void (*store_tiles)(const SweepModel& model, const int32_t* order, int64_t begin, int64_t end, double* tiles);
    int64_t (*scratch)(int64_t n_clusters);  // doubles
    // Draws the labels of the rows in the tiles [begin, end).
    void (*assign)(const SweepModel& model, const SweepPass& pass, int64_t begin, int64_t end, double* scratch);
    // Distances and stretches (labels, labels) of the first so many labels; false where the model has none.
    int64_t (*reach_scratch)(const SweepModel& model, int64_t labels);
    bool (*reach)(const SweepModel& model, const double* parameters, int64_t labels, double* scratch, double* distance,
                  double* stretch);
    // half[row] in {0, 1} for the rows of tiles [begin, end), drawn or taken; returns the log probability of all of them.
    double (*halve)(const SweepModel& model, const SweepHalves& pass, int64_t begin, int64_t end, double* scratch,
                    int32_t* half);
    // Adds the statistics of the rows of tiles [begin, end) to sums (labels, n_statistics); rows labelled -1 are left out.
    void (*collect)(const SweepModel& model, const SweepRows& rows, const int32_t* labels, const double* anchors,
                    int64_t begin, int64_t end, double* lanes, double* sums);
    // A draw of the parameters given the members; returns what of the log density does not depend on the row.
    double (*draw)(const SweepModel& model, const SweepCluster& cluster, Random& random, double* scratch, double* parameters);
    int64_t (*draw_scratch)(const SweepModel& model);
    double (*log_marginal)(const SweepModel& model, const SweepCluster& cluster, double* scratch);
    // Draws of the chain itself.
    double (*uniform)(Random& random);
    double (*log_gamma_draw)(Random& random, double shape);  // the logarithm of a gamma variable of rate 1
    uint64_t (*word)(Random& random);
    int64_t (*below)(Random& random, int64_t n);
    double (*log)(double x);
    double (*exp)(double x);
    double (*log_gamma)(double x);
};

}  // namespace ganglion
