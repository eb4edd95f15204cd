// Spanning trees, and what is read off a tree of merges: the table of kernels of one instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

constexpr int kLeaf = 32;         // points in a leaf
constexpr int kFan = 8;           // children of a node: their boxes are compared with a point in one go
constexpr int kMaxFeatures = 64;

// Points in the order of a tree of boxes. Point p stands in leaf p / kLeaf; all leaves but the last are full. Children
// come after their node. Nothing here owns memory.
struct PointTree {
    int64_t n, d, n_nodes;
    const double* blocks;    // (leaves, d, kLeaf) coordinates, infinity where there is no point
    const double* boxes;     // (nodes, d, 2, kFan) least and largest coordinate of each child
    const int32_t* children; // (nodes, kFan) a node, or ~leaf
    const int32_t* counts;   // (nodes,) how many children
    int32_t* child_groups;   // (nodes, kFan) the group that all points below are in, or -1
    int32_t* groups;         // (leaves * kLeaf,) the group of each point
    const int32_t* items;    // (leaves * kLeaf,) which item each point is; the order of ties
};

// What is known of each point's neighbours: the nearest ones at the time they were looked for, ascending by (distance,
// item), and a distance below which nothing else is.
struct Neighbours {
    int kept;           // entries for each point
    double* distances;  // (n, kept) squared
    int32_t* points;    // (n, kept)
    int32_t* next;      // (n,) the first entry that is still in another group; `kept` where there is none
    double* floors;     // (n,) squared; everything that is not an entry is at least that far, or in the same group
};

// out[i][j] = min over m of left[i][m] + right[m][j].
struct MinPlus {
    const double* left;
    int64_t left_stride;
    const double* right;
    int64_t right_stride;
    double* out;
    int64_t out_stride;
    int64_t rows, inner, columns;
};

struct SpanningKernels {
    // Neighbours of the points [begin, end).
    void (*nearest_points)(const PointTree& tree, int64_t begin, int64_t end, const Neighbours& found);
    // For each of `count` points: the nearest point in another group, if it is at most as far as the best edge known
    // out of the group, best[group], which it lowers.
    void (*nearest_outside)(const PointTree& tree, const int32_t* points, int64_t count, double* best,
                            const Neighbours& found);
    void (*min_plus)(const MinPlus& job);
};

}  // namespace ganglion
