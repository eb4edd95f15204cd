// Rounds without a matrix: distances between items, tile by tile, become distances between clusters, and every pair of
// clusters that are each other's nearest is merged. For a reducible linkage that is what merging the closest pair again
// and again leads to, ties included: pairs are ordered by (distance, lower number, higher number), so the first of all
// pairs is always one of them.
#pragma once
#include <limits>

#include "centers.hpp"
#include "isa.hpp"
#include "linkage_forest.hpp"
#include "pool.hpp"

namespace ganglion {

template <class T> const LinkageTiles<T>& linkage_tiles();
template <> inline const LinkageTiles<float>& linkage_tiles() { return isa().linkage->f32; }
template <> inline const LinkageTiles<double>& linkage_tiles() { return isa().linkage->f64; }

// Calls use(tile, worker) for the first `n_rows` blocks of groups with each other and with all later blocks, every pair
// once. False when interrupted.
template <class T, class Use>
bool each_tile(const Forest& forest, const Pairs<T>& pairs, int64_t n_rows, int workers, Use&& use) {
    int64_t items = 0, clusters = 0;
    const auto item = [&](int64_t g) { return g < int64_t(forest.groups.size()) ? forest.groups[size_t(g)].item : forest.n_items(); };
    const auto cluster = [&](int64_t g) { return g < int64_t(forest.groups.size()) ? forest.groups[size_t(g)].cluster : forest.n_clusters(); };
    const int64_t n_blocks = int64_t(forest.blocks.size()) - 1;
    for (int64_t b = 0; b < n_blocks; ++b) {
        items = std::max(items, item(forest.blocks[size_t(b) + 1]) - item(forest.blocks[size_t(b)]));
        clusters = std::max(clusters, cluster(forest.blocks[size_t(b) + 1]) - cluster(forest.blocks[size_t(b)]));
    }
    const auto padded = [](int64_t bytes) { return (bytes + 127) / 64 * 64; };
    const int64_t stride = (items + 15) / 16 * 16;
    const int64_t tile_bytes = padded(items * stride * int64_t(sizeof(T))), sum_bytes = padded(stride * 8),
                  out_bytes = padded(clusters * clusters * 8);
    Scratch scratch;
    scratch.reserve(workers, tile_bytes + sum_bytes + out_bytes + padded(pairs.scratch_bytes));
    const Arranged all = forest.arranged();
    return parallel(n_rows, workers, [&](int64_t b, int worker) {
        char* at = scratch[worker];
        GroupTile<T> tile{forest.blocks[size_t(b)], forest.blocks[size_t(b) + 1], 0, 0, reinterpret_cast<T*>(at), stride,
                          reinterpret_cast<double*>(at + tile_bytes),
                          reinterpret_cast<double*>(at + tile_bytes + sum_bytes)};
        for (int64_t c = b; c < n_blocks; ++c) {
            tile.col0 = forest.blocks[size_t(c)];
            tile.col1 = forest.blocks[size_t(c) + 1];
            pairs.tile(pairs.self, item(tile.row0), item(tile.row1), item(tile.col0), item(tile.col1),
                       reinterpret_cast<T*>(at), stride, at + tile_bytes + sum_bytes + out_bytes);
            linkage_tiles<T>().reduce(forest.rule(), all, tile);
            use(tile, worker);
        }
    });
}

// One round over the items in the order of `forest.order`. Returns how many pairs were merged, -1 when interrupted.
template <class T> int64_t merge_round(Forest& forest, const Pairs<T>& pairs) {
    const int workers = get_num_threads();
    const size_t m = size_t(forest.n_clusters());
    std::vector<std::vector<double>> value(static_cast<size_t>(workers)), rank(static_cast<size_t>(workers));
    for (auto& v : value) v.assign(m, std::numeric_limits<double>::infinity());
    for (auto& r : rank) r.assign(m, -1.0);
    const Arranged all = forest.arranged();
    for (size_t c = 0; c < m; ++c) {
        value[0][c] = forest.least[size_t(forest.rank[c])];
        rank[0][c] = double(forest.nearest[size_t(forest.rank[c])]);
    }
    if (!each_tile(forest, pairs, forest.wanted_blocks, workers, [&](const GroupTile<T>& tile, int w) {
            linkage_tiles<T>().offer(forest.rule(), all, tile, {value[size_t(w)].data(), rank[size_t(w)].data()});
        }))
        return -1;
    std::vector<int64_t>& nearest = forest.nearest;
    std::vector<double>& least = forest.least;
    std::vector<int64_t> first, second;
    std::vector<double> height;
    for (size_t c = 0; c < m; ++c) {
        double v = value[0][c], r = rank[0][c];
        for (size_t w = 1; w < value.size(); ++w)
            if (value[w][c] < v || (value[w][c] == v && rank[w][c] < r)) v = value[w][c], r = rank[w][c];
        nearest[size_t(forest.rank[c])] = int64_t(r);
        least[size_t(forest.rank[c])] = v;
    }
    for (size_t i = 0; i < m; ++i) {
        const int64_t j = nearest[i];
        if (j > int64_t(i) && nearest[size_t(j)] == int64_t(i)) {
            first.push_back(int64_t(i));
            second.push_back(j);
            height.push_back(least[i]);
        }
    }
    forest.merge(first, second, height);
    return int64_t(first.size());
}

}  // namespace ganglion
