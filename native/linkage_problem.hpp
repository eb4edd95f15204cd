// What the drivers of agglomerative clustering hand to its kernels: plain structs, the same for every instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

// How the distance between two clusters follows from those of their parts. What a cell of a matrix holds: the largest
// distance (complete); the sum of all, each times the weights of its two items (average); the mean, the two halves of
// a cluster counting alike (weighted); the squared distance (ward).
enum class Linkage : int { complete, average, weighted, ward, centroid, median };

struct Closest {
    double value;   // the smallest value, infinity where there is none
    int64_t index;  // the lowest index that has it
};

// One merge: `a` < `b` are the lowest items of two clusters.
struct Merge {
    int32_t a, b;
    double height;
};

// The rows and columns of a contraction: cluster j of the new matrix is made of the columns first[j] and second[j] of
// the old one. Where it is made of one, `second` is the column of zeros.
struct Contraction {
    const int32_t* first;   // (m,)
    const int32_t* second;  // (m,)
    const double* half;     // (m,) weighted: 0.5 for a merged cluster, 1 for the others
    const double* aux;      // (m,) what the columns are compared with: see scan_row
    int64_t m;
};

// Clusters of one size, whose items stand interleaved: item k of cluster l at item + k * count + l. A reduction over
// the items of eight clusters is then a few operations on whole vectors.
constexpr int32_t kInterleaved = 8;
struct Group {
    int64_t item, cluster;  // places of the first item and of the first cluster
    int32_t size, count;
};

// Clusters in the order of their groups.
struct Arranged {
    const Group* groups;
    const double* weight;  // (items,) of each item in a sum, or null where all are 1
    const double* mass;    // (clusters,)
    const double* rank;    // (clusters,) place among the clusters by lowest item: what decides a tie
};

// The nearest cluster of each cluster that one worker has seen, in the order of the groups.
struct NearestClusters {
    double* value;  // (clusters,)
    double* rank;   // (clusters,)
};

// Groups [row0, row1) against groups [col0, col1), and the distances between their items.
template <class T> struct GroupTile {
    int64_t row0, row1, col0, col1;
    const T* items;  // (items of the rows, items of the columns)
    int64_t stride;
    double* sums;    // (items of the columns,) room for one row
    double* out;     // (clusters of the rows, clusters of the columns), contiguous
};

// One merge in a matrix: what Lance and Williams' formula needs beside the two rows.
struct LanceWilliams {
    double mass_a, mass_b;  // the weights of the two clusters
    double between;         // the value between them
};

// Centroids, a lane each: twice, in float32 to rule out and in float64 to decide. Both are relative to a common shift
// and scaled by a power of two, so that none is longer than 1. A lane that holds none is far away from all.
constexpr int kCentroidLanes = 16;
struct CentroidPanels {
    const float* rough;    // [panels][d][kCentroidLanes]
    const double* exact;   // the same
    const float* inverse;  // [panels][kCentroidLanes] 1 / mass
    const double* mass;    // the same
    int64_t d;
    float slack;           // what rounding can add to a rough squared distance, beside `stretch`
    double stretch;        // the factor by which a rough squared distance can be too large
};

// The clusters whose nearest others are looked for, up to kQueries of them: rough coordinates [d][kQueries], exact ones
// [kQueries][d].
constexpr int kQueries = 8;
struct CentroidQueries {
    const float* rough;
    const double* exact;
    double mass[kQueries];
    int64_t self[kQueries];
    Closest best[kQueries];  // kept up to date
    int count;
};

}  // namespace ganglion
