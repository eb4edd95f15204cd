// From distances between items to distances between clusters, tile by tile, and to the nearest cluster of each.
#pragma once
#include "linkage_problem.hpp"
#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// One row of clusters: out[l] of the group = the largest, or the sum, of its `size` interleaved values.
template <bool kLargest> inline void fold_group(const double* values, const Group& g, double* out) {
    const auto join = [](double a, double b) { return kLargest ? larger(a, b) : a + b; };
    if (g.count == kInterleaved) {
        double fold[kInterleaved];
        for (int l = 0; l < kInterleaved; ++l) fold[l] = values[l];
        for (int64_t k = 1; k < g.size; ++k)
            for (int l = 0; l < kInterleaved; ++l) fold[l] = join(fold[l], values[k * kInterleaved + l]);
        for (int l = 0; l < kInterleaved; ++l) out[l] = fold[l];
        return;
    }
    for (int64_t l = 0; l < g.count; ++l) {
        double fold = values[l];
        for (int64_t k = 1; k < g.size; ++k) fold = join(fold, values[k * g.count + l]);
        out[l] = fold;
    }
}

template <class T, bool kLargest> void fold_tile(const Arranged& all, const GroupTile<T>& tile) {
    const Group *rows = all.groups + tile.row0, *cols = all.groups + tile.col0;
    const Group &last_col = all.groups[tile.col1 - 1], &last_row = all.groups[tile.row1 - 1];
    const int64_t width = last_col.item + int64_t(last_col.size) * last_col.count - cols->item;
    const int64_t clusters = last_col.cluster + last_col.count - cols->cluster;
    for (const Group* g = rows; g <= &last_row; ++g)
        for (int64_t l = 0; l < g->count; ++l) {
            double* sums = tile.sums;
            for (int64_t k = 0; k < g->size; ++k) {
                const int64_t item = g->item + k * g->count + l;
                const T* x = tile.items + (item - rows->item) * tile.stride;
                const double w = all.weight ? all.weight[item] : 1.0;
                if (kLargest && k == 0) for (int64_t c = 0; c < width; ++c) sums[c] = double(x[c]);
                else if (kLargest) for (int64_t c = 0; c < width; ++c) sums[c] = larger(sums[c], double(x[c]));
                else if (k == 0) for (int64_t c = 0; c < width; ++c) sums[c] = w * double(x[c]);
                else for (int64_t c = 0; c < width; ++c) sums[c] += w * double(x[c]);
            }
            if (!kLargest && all.weight)
                for (int64_t c = 0; c < width; ++c) sums[c] *= all.weight[cols->item + c];
            double* out = tile.out + (g->cluster + l - rows->cluster) * clusters;
            for (const Group* h = cols; h <= &last_col; ++h)
                fold_group<kLargest>(sums + (h->item - cols->item), *h, out + (h->cluster - cols->cluster));
        }
}

template <class T> void reduce_tile(Linkage rule, const Arranged& all, const GroupTile<T>& tile) {
    if (rule == Linkage::complete) fold_tile<T, true>(all, tile);
    else fold_tile<T, false>(all, tile);
}

// Compares the clusters of a tile, its rows with its columns; where both are the same, each pair once.
template <class T> void offer_tile(Linkage rule, const Arranged& all, const GroupTile<T>& tile, const NearestClusters& best) {
    constexpr int W = Simd<double>::W;
    const Group &last_col = all.groups[tile.col1 - 1], &last_row = all.groups[tile.row1 - 1];
    const int64_t r0 = all.groups[tile.row0].cluster, r1 = last_row.cluster + last_row.count;
    const int64_t c0 = all.groups[tile.col0].cluster, c1 = last_col.cluster + last_col.count;
    const bool mean = rule == Linkage::average;
    for (int64_t r = r0; r < r1; ++r) {
        const double* values = tile.out + (r - r0) * (c1 - c0);
        const double mass = all.mass[r], rank = all.rank[r];
        double value = best.value[r], nearest = best.rank[r];
        Vec<double> least = splat(value), who = splat(nearest);
        int64_t c = tile.row0 == tile.col0 ? r + 1 : c0;
        for (; c + W <= c1; c += W) {
            Vec<double> v = load(values + (c - c0));
            if (mean) v = v / (splat(mass) * load(all.mass + c));
            const Vec<double> ranks = load(all.rank + c), held = load(best.value + c), holder = load(best.rank + c);
            const auto closer = (v < least) | ((v == least) & (ranks < who));
            least = closer ? v : least;
            who = closer ? ranks : who;
            const auto taken = (v < held) | ((v == held) & (splat(rank) < holder));
            store(best.value + c, taken ? v : held);
            store(best.rank + c, taken ? splat(rank) : holder);
        }
        const auto offer = [](double v, double with, double& held, double& holder) {
            if (v < held || (v == held && with < holder)) held = v, holder = with;
        };
        for (int l = 0; l < W; ++l) offer(least[l], who[l], value, nearest);
        for (; c < c1; ++c) {
            const double v = mean ? values[c - c0] / (mass * all.mass[c]) : values[c - c0];
            offer(v, all.rank[c], value, nearest);
            offer(v, rank, best.value[c], best.rank[c]);
        }
        best.value[r] = value;
        best.rank[r] = nearest;
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
