// What the criteria ask of distances: the nearest and the farthest pair of each two clusters, and mutual reachability.
#pragma once
#include <algorithm>
#include <limits>
#include <vector>

#include "distance_blocks.hpp"

namespace ganglion {

// nearest, farthest (k, k): the smallest and the largest distance between an item of one cluster and another one of the
// other; inf and -inf where there is no such pair. Items stand cluster after cluster, those of a from starts[a] on;
// pairs are symmetric. Minima do not depend on their order, so each worker keeps its own.
template <class T> class ClusterExtremes {
  public:
    ClusterExtremes(const Pairs<T>& pairs, const int64_t* starts, int64_t k)
        : pairs_(pairs), starts_(starts), k_(k), space_(pairs, kTileSide * kTileColumns), cluster_of_(size_t(pairs.n)),
          nearest_(size_t(space_.workers() * k * k), std::numeric_limits<T>::infinity()),
          farthest_(size_t(space_.workers() * k * k), -std::numeric_limits<T>::infinity()) {
        for (int64_t a = 0; a < k; ++a)
            for (int64_t i = starts[a]; i < starts[a + 1]; ++i) cluster_of_[size_t(i)] = a;
    }

    bool run(double* nearest, double* farthest) {
        const Blocks blocks = Blocks::cut(pairs_.n, pairs_.m, pairs_.pair_cost);
        const bool finished = parallel(blocks.count(), space_.workers(), [&](int64_t block, int worker) {
            const int64_t i0 = block / blocks.across() * blocks.rows, j0 = block % blocks.across() * blocks.columns;
            const int64_t i1 = std::min(pairs_.n, i0 + blocks.rows), j1 = std::min(pairs_.m, j0 + blocks.columns);
            if (j1 <= i0 + 1) return;  // below the diagonal
            for_tiles(i0, i1, j0, j1, [&](int64_t a0, int64_t a1, int64_t b0, int64_t b1) {
                if (b1 <= a0 + 1) return;
                T* own = space_.own(worker);
                pairs_.tile(pairs_.self, a0, a1, b0, b1, own, kTileColumns, space_.scratch(worker));
                for (int64_t i = a0; i < a1; ++i) take(own + (i - a0) * kTileColumns, i, b0, b1, worker);
            });
        });
        if (finished) merge(nearest, farthest);
        return finished;
    }

  private:
    // A row of a tile: columns (i, b1) in runs of one cluster.
    void take(const T* row, int64_t i, int64_t b0, int64_t b1, int worker) {
        const int64_t base = (worker * k_ + cluster_of_[size_t(i)]) * k_;
        for (int64_t j = std::max(b0, i + 1); j < b1;) {
            const int64_t cluster = cluster_of_[size_t(j)], stop = std::min(b1, starts_[cluster + 1]);
            T least = row[j - b0], most = least;
            for (++j; j < stop; ++j) {
                const T value = row[j - b0];
                least = value < least ? value : least;
                most = value > most ? value : most;
            }
            T &nearest = nearest_[size_t(base + cluster)], &farthest = farthest_[size_t(base + cluster)];
            nearest = std::min(nearest, least), farthest = std::max(farthest, most);
        }
    }

    void merge(double* nearest, double* farthest) const {
        for (int64_t a = 0; a < k_; ++a)
            for (int64_t b = a; b < k_; ++b) {
                T least = std::numeric_limits<T>::infinity(), most = -least;
                for (int64_t w = 0; w < space_workers(); ++w) {
                    least = std::min(least, nearest_[size_t((w * k_ + a) * k_ + b)]);
                    most = std::max(most, farthest_[size_t((w * k_ + a) * k_ + b)]);
                }
                nearest[a * k_ + b] = nearest[b * k_ + a] = double(least);
                farthest[a * k_ + b] = farthest[b * k_ + a] = double(most);
            }
    }
    int64_t space_workers() const { return int64_t(nearest_.size()) / (k_ * k_); }

    const Pairs<T>& pairs_;
    const int64_t* starts_;
    int64_t k_;
    Workspace<T> space_;
    std::vector<int64_t> cluster_of_;
    std::vector<T> nearest_, farthest_;  // [worker][cluster][cluster]
};

// max(D(i, j), core_i, core_j), and 0 on the diagonal: distances that no two items of a thin region keep small.
template <class T> struct MutualReachability {
    Pairs<T> from;
    const T* core;  // (n,)

    static void tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride,
                     char* scratch) {
        const auto& s = *static_cast<const MutualReachability*>(self);
        s.from.tile(s.from.self, i0, i1, j0, j1, out, stride, scratch);
        for (int64_t i = i0; i < i1; ++i) {
            T* row = out + (i - i0) * stride;
            const T own = s.core[i];
            for (int64_t j = j0; j < j1; ++j) {
                const T other = s.core[j], least = own > other ? own : other;
                row[j - j0] = i == j ? T(0) : row[j - j0] > least ? row[j - j0] : least;
            }
        }
    }
    Pairs<T> pairs() const {
        return {this, from.n, from.m, true, from.scratch_bytes, tile, nullptr, from.pair_cost + 0.5, nullptr};
    }
};

}  // namespace ganglion
