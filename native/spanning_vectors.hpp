// The smallest spanning tree of vectors under the Euclidean distance.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "isa.hpp"
#include "spanning_boruvka.hpp"
#include "spanning_points.hpp"

namespace ganglion {

// Points in a block of searches. In few dimensions a search takes a microsecond; in many it may look at every point,
// which for 300,000 x 32 takes 10 ms: a block must end within some 100.
constexpr int64_t kMostPoints = 512, kFewestPoints = 8;
constexpr int64_t kValuesAtOnce = int64_t(1) << 25;
inline int64_t points_in_block(int64_t n, int64_t d) {
    return d <= 3 ? kMostPoints : std::clamp(kValuesAtOnce / (n * d), kFewestPoints, kMostPoints);
}

// Neighbours by a tree of boxes (Boruvka's Source).
struct TreeSource {
    explicit TreeSource(PointTreeBuilder& builder)
        : tree(builder.view()), n(tree.n), at_once(points_in_block(tree.n, tree.d)), kernels(*isa().spanning) {}
    int64_t item(int64_t p) const { return tree.items[p]; }
    int64_t points_at_once() const { return at_once; }

    bool neighbours(const Neighbours& found) {
        return parallel((n + at_once - 1) / at_once, 1 << 20, [&](int64_t block, int) {
            kernels.nearest_points(tree, block * at_once, std::min((block + 1) * at_once, n), found);
        });
    }
    void search(const int32_t* points, int64_t count, double* best, const Neighbours& found) {
        kernels.nearest_outside(tree, points, count, best, found);
    }
    // The group of all points below a child, where it is one. Children come after their node.
    bool regroup(const std::vector<int32_t>& groups) {
        std::copy(groups.begin(), groups.end(), tree.groups);
        for (int64_t node = tree.n_nodes - 1; node >= 0; --node)
            for (int c = 0; c < tree.counts[node]; ++c) {
                const int32_t child = tree.children[node * kFan + c];
                const int64_t begin = child < 0 ? int64_t(~child) * kLeaf : int64_t(child) * kFan;
                const int64_t count = child < 0 ? std::min<int64_t>(kLeaf, n - begin) : tree.counts[child];
                const int32_t* below = (child < 0 ? tree.groups : tree.child_groups) + begin;
                const bool same = std::all_of(below, below + count, [&](int32_t g) { return g == below[0]; });
                tree.child_groups[node * kFan + c] = same ? below[0] : -1;
            }
        return true;
    }

    PointTree tree;
    const int64_t n, at_once;
    const SpanningKernels& kernels;
};

// The first row of each vector of x (n, d) that occurs, and an edge of weight 0 from it to each later one.
inline std::vector<int32_t> distinct_rows(const double* x, int64_t n, int64_t d, std::vector<Edge>& equal) {
    uint64_t slots = 16;
    while (slots < uint64_t(2 * n)) slots *= 2;
    std::vector<int32_t> table(slots, -1), rows;
    for (int64_t i = 0; i < n; ++i) {
        const double* row = x + i * d;
        uint64_t hash = 0;
        for (int64_t f = 0; f < d; ++f) {
            const double value = row[f] + 0.0;  // -0 is 0
            uint64_t bits;
            std::memcpy(&bits, &value, 8);
            hash = (hash ^ bits) * 0x9e3779b97f4a7c15u;
            hash ^= hash >> 32;
        }
        uint64_t slot = hash & (slots - 1);
        while (table[slot] >= 0 && !std::equal(row, row + d, x + table[slot] * d)) slot = (slot + 1) & (slots - 1);
        if (table[slot] >= 0) {
            equal.push_back({0, table[slot], i});
        } else {
            table[slot] = int32_t(i);
            rows.push_back(int32_t(i));
        }
    }
    return rows;
}

// x (n, d), d at most kMaxFeatures; squared distances as weights. Equal vectors are joined first: they would be equally
// near to each other. False when a signal handler raised.
inline bool tree_of_vectors(const double* x, int64_t n, int64_t d, int kept, std::vector<Edge>& tree) {
    tree.reserve(size_t(n));
    std::vector<int32_t> rows = distinct_rows(x, n, d, tree);
    PointTreeBuilder builder;
    if (!builder.build(x, d, std::move(rows))) return false;
    TreeSource source(builder);
    return Boruvka<TreeSource>(source, kept).run(tree);
}

}  // namespace ganglion
