// The smallest spanning tree in rounds (Boruvka 1926): every group of points takes the first edge out of it, all at
// once, in the one order of all pairs.
//
// Each point keeps a few neighbours and a floor: a distance below which nothing else is. Most rounds need no more: a
// group's best known edge is its first one as soon as no point without a neighbour outside has a floor at or below it.
// While many groups know their edge in this way, only they take it. When few do, the others look for it, but for the
// largest one, which the rest can do without: it is where a search is long.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstring>
#include <numeric>
#include <vector>

#include "pool.hpp"
#include "spanning_edges.hpp"
#include "spanning_kernels.hpp"

namespace ganglion {

constexpr int64_t kPointsAtOnce = 4096;   // a block of a sweep over all points: some 10 microseconds
constexpr int64_t kSearchesAtOnce = 64;   // a block of searches

// Source: `n`, `item(p)`, `neighbours(found)` (all points), `search(points, best, found)` (as in SpanningKernels; false
// when a signal handler raised), `regroup(groups)`.
template <class Source> class Boruvka {
  public:
    explicit Boruvka(Source& source, int kept)
        : source_(source), n_(source.n), kept_(int(std::min<int64_t>(kept, n_ - 1))), distances_(size_t(n_ * kept_)),
          points_(size_t(n_ * kept_)), next_(size_t(n_)), floors_(size_t(n_)), group_(size_t(n_)), size_(size_t(n_), 1),
          groups_(n_) {
        std::iota(group_.begin(), group_.end(), 0);
    }

    // Edges between items, weighted by the source's distances, in no order. False when a signal handler raised.
    bool run(std::vector<Edge>& tree) {
        const Neighbours found{kept_, distances_.data(), points_.data(), next_.data(), floors_.data()};
        if (n_ < 2) return true;
        if (!source_.neighbours(found)) return false;
        while (groups_ > 1) {
            if (!find_best() || !find_open()) return false;
            const int64_t closed = groups_ - int64_t(std::count(open_.begin(), open_.end(), 1));
            if (closed * kFewClosed < groups_ && !search_open(found)) return false;
            if (!take_edges(tree)) return false;
        }
        return true;
    }

  private:
    static constexpr int64_t kFewClosed = 8;

    template <class F> bool sweep(F&& f) {
        return parallel((n_ + kPointsAtOnce - 1) / kPointsAtOnce, 1 << 20, [&](int64_t block, int) {
            for (int64_t p = block * kPointsAtOnce; p < std::min((block + 1) * kPointsAtOnce, n_); ++p) f(p);
        });
    }

    template <class T> static void lower(T& shared, T candidate) {
        std::atomic_ref<T> value(shared);
        T now = value.load(std::memory_order_relaxed);
        while (candidate < now && !value.compare_exchange_weak(now, candidate, std::memory_order_relaxed)) {
        }
    }

    bool has_next(int64_t p) const { return next_[size_t(p)] < kept_; }
    double next_distance(int64_t p) const { return distances_[size_t(p * kept_ + next_[size_t(p)])]; }

    // The shortest known edge out of each group.
    bool find_best() {
        best_.assign(size_t(groups_), __builtin_inf());
        return sweep([&](int64_t p) {
            int32_t& next = next_[size_t(p)];
            const int32_t own = group_[size_t(p)];
            while (next < kept_ && group_[size_t(points_[size_t(p * kept_ + next)])] == own) ++next;
            if (next < kept_) lower(best_[size_t(own)], next_distance(p));
        });
    }

    bool may_miss(int64_t p) const { return !has_next(p) && floors_[size_t(p)] <= best_[size_t(group_[size_t(p)])]; }

    // The groups that may have a shorter edge than they know.
    bool find_open() {
        open_.assign(size_t(groups_), 0);
        return sweep([&](int64_t p) {
            if (may_miss(p)) std::atomic_ref<uint8_t>(open_[size_t(group_[size_t(p)])]).store(1, std::memory_order_relaxed);
        });
    }

    bool search_open(const Neighbours& found) {
        const int64_t largest = std::max_element(size_.begin(), size_.end()) - size_.begin();
        std::vector<int32_t> asking;
        for (int64_t p = 0; p < n_; ++p)
            if (group_[size_t(p)] != largest && may_miss(p)) asking.push_back(int32_t(p));
        if (!source_.search(asking, best_.data(), found)) return false;
        for (int64_t g = 0; g < groups_; ++g)
            if (g != largest) open_[size_t(g)] = 0;
        return true;
    }

    // The first of a group's shortest edges, then all groups join along theirs.
    bool take_edges(std::vector<Edge>& tree) {
        first_.assign(size_t(groups_), ~uint64_t(0));
        const bool done = sweep([&](int64_t p) {
            const size_t own = size_t(group_[size_t(p)]);
            if (open_[own] || !has_next(p) || next_distance(p) != best_[own]) return;
            const Edge edge = next_edge(p);
            lower(first_[own], uint64_t(edge.low) << 32 | uint64_t(edge.high));
        });
        if (!done) return false;
        UnionFind joined(groups_);
        for (int64_t g = 0; g < groups_; ++g) {
            if (open_[size_t(g)]) continue;
            const int64_t low = int64_t(first_[size_t(g)] >> 32), high = int64_t(first_[size_t(g)] & 0xffffffffu);
            const int64_t a = joined.find(group_[size_t(source_.point(low))]);
            const int64_t b = joined.find(group_[size_t(source_.point(high))]);
            if (a == b) continue;  // the other group took the same edge
            joined.join(a, b);
            tree.push_back({best_[size_t(g)], low, high});
        }
        return regroup(joined);
    }

    Edge next_edge(int64_t p) const {
        return edge_between(source_.item(p), source_.item(points_[size_t(p * kept_ + next_[size_t(p)])]), next_distance(p));
    }

    bool regroup(UnionFind& joined) {
        std::vector<int32_t> renamed(size_t(groups_), -1);
        std::vector<int64_t> sizes;
        for (int64_t g = 0; g < groups_; ++g) {
            const size_t root = size_t(joined.find(g));
            if (renamed[root] < 0) renamed[root] = int32_t(sizes.size()), sizes.push_back(0);
            sizes[size_t(renamed[root])] += size_[size_t(g)];
            renamed[size_t(g)] = renamed[root];
        }
        size_ = std::move(sizes);
        groups_ = int64_t(size_.size());
        return sweep([&](int64_t p) { group_[size_t(p)] = renamed[size_t(group_[size_t(p)])]; }) &&
               source_.regroup(group_);
    }

    Source& source_;
    const int64_t n_;
    const int kept_;
    std::vector<double> distances_;
    std::vector<int32_t> points_, next_;
    std::vector<double> floors_;
    std::vector<int32_t> group_;  // of each point
    std::vector<int64_t> size_;   // of each group
    int64_t groups_;
    std::vector<double> best_;
    std::vector<uint8_t> open_;
    std::vector<uint64_t> first_;
};

}  // namespace ganglion
