// The smallest spanning tree of few items: one grows from item 0 (Prim 1957), a row of distances at a time.
#pragma once
#include <vector>

#include "pairs.hpp"
#include "pool.hpp"
#include "spanning_edges.hpp"

namespace ganglion {

// False when a signal handler raised. Every pair is asked for twice; memory is O(n).
template <class T> bool grow_tree(const Pairs<T>& pairs, std::vector<Edge>& tree) {
    const int64_t n = pairs.n;
    std::vector<T> row(static_cast<size_t>(n));
    std::vector<char> scratch(size_t(pairs.scratch_bytes) + 64);
    char* aligned = scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64) % 64;
    std::vector<Edge> nearest;  // of what is outside: the best edge into the tree
    std::vector<int64_t> outside;
    for (int64_t i = 1; i < n; ++i) outside.push_back(i), nearest.push_back({__builtin_inf(), 0, n});
    int64_t last = 0;
    return parallel(n - 1, 1, [&](int64_t, int) {
        pairs.tile(pairs.self, last, last + 1, 0, n, row.data(), n, aligned);
        size_t best = 0;
        for (size_t k = 0; k < outside.size(); ++k) {
            const Edge edge = edge_between(last, outside[k], double(row[size_t(outside[k])]));
            if (comes_before(edge, nearest[k])) nearest[k] = edge;
            if (comes_before(nearest[k], nearest[best])) best = k;
        }
        tree.push_back(nearest[best]);
        last = outside[best];
        outside[best] = outside.back(), outside.pop_back();
        nearest[best] = nearest.back(), nearest.pop_back();
    });
}

}  // namespace ganglion
