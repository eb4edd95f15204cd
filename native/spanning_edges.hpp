// Edges of a spanning tree: their order, and the merges of single linkage that they are.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace ganglion {

struct Edge {
    double weight;
    int64_t low, high;
};

// The one order of all pairs of items. It makes the smallest spanning tree unique, whatever finds it.
inline bool comes_before(const Edge& a, const Edge& b) {
    if (a.weight != b.weight) return a.weight < b.weight;
    return a.low != b.low ? a.low < b.low : a.high < b.high;
}

inline Edge edge_between(int64_t i, int64_t j, double weight) { return i < j ? Edge{weight, i, j} : Edge{weight, j, i}; }

// Groups of items that only ever grow together (Tarjan 1975: by size, paths halved).
class UnionFind {
  public:
    explicit UnionFind(int64_t n) : up_(size_t(n)), size_(size_t(n), 1) {
        for (int64_t i = 0; i < n; ++i) up_[size_t(i)] = int32_t(i);
    }
    int64_t find(int64_t i) {
        while (up_[size_t(i)] != i) i = up_[size_t(i)] = up_[size_t(up_[size_t(i)])];
        return i;
    }
    // Joins two different groups, given by what `find` says; returns the one that stands for both.
    int64_t join(int64_t a, int64_t b) {
        if (size_[size_t(a)] < size_[size_t(b)]) std::swap(a, b);
        up_[size_t(b)] = int32_t(a);
        size_[size_t(a)] += size_[size_t(b)];
        return a;
    }
    int64_t size(int64_t root) const { return size_[size_t(root)]; }

  private:
    std::vector<int32_t> up_, size_;  // fewer bytes: the walks are bound by memory
};

// Merges (n - 1, 4) from the edges of a spanning tree in their order.
inline void merges_from_edges(const int64_t* edges, const double* weights, int64_t n, double* out) {
    UnionFind groups(n);
    std::vector<int64_t> node(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) node[size_t(i)] = i;
    for (int64_t i = 0; i + 1 < n; ++i) {
        const int64_t a = groups.find(edges[2 * i]), b = groups.find(edges[2 * i + 1]);
        const int64_t left = std::min(node[size_t(a)], node[size_t(b)]), right = std::max(node[size_t(a)], node[size_t(b)]);
        const int64_t both = groups.join(a, b);
        node[size_t(both)] = n + i;
        out[4 * i] = double(left), out[4 * i + 1] = double(right);
        out[4 * i + 2] = weights[i], out[4 * i + 3] = double(groups.size(both));
    }
}

}  // namespace ganglion
