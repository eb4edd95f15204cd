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

// Source: `n`, `item(p)`, `points_at_once()` (of a block of searches), `neighbours(found)` (of all points) and
// `regroup(groups)`, false when a signal handler raised, and `search(points, count, best, found)`, as in
// SpanningKernels, of one block.
template <class Source> class Boruvka {
  public:
    explicit Boruvka(Source& source, int kept)
        : source_(source), n_(source.n), at_once_(source.points_at_once()),
          kept_(int(std::min<int64_t>(kept, n_ - 1))), distances_(size_t(n_ * kept_)),
          points_(size_t(n_ * kept_)), next_(size_t(n_)), floors_(size_t(n_)), group_(size_t(n_)), size_(size_t(n_), 1),
          groups_(n_), asked_(size_t(n_)) {
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
    // f(p) for every point outside the largest group, which takes no edges of its own: the others lead to it.
    template <class F> bool sweep(F&& f) {
        return parallel((n_ + at_once_ - 1) / at_once_, 1 << 20, [&](int64_t block, int) {
            for (int64_t p = block * at_once_; p < std::min((block + 1) * at_once_, n_); ++p)
                if (group_[size_t(p)] != largest_) f(p);
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
    int32_t next_point(int64_t p) const { return points_[size_t(p * kept_ + next_[size_t(p)])]; }
    bool is_first(int64_t p) const { return has_next(p) && next_distance(p) == best_[size_t(group_[size_t(p)])]; }

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

    // The points that may have a shorter edge than their group knows, and their groups, which stay open.
    bool find_open() {
        open_.assign(size_t(groups_), 0);
        if (largest_ >= 0) open_[size_t(largest_)] = 1;
        asking_.assign(size_t((n_ + at_once_ - 1) / at_once_), 0);
        return sweep([&](int64_t p) {
            const size_t own = size_t(group_[size_t(p)]);
            if (has_next(p) || floors_[size_t(p)] > best_[own]) return;
            const int64_t block = p / at_once_;
            asked_[size_t(block * at_once_ + asking_[size_t(block)]++)] = int32_t(p);
            std::atomic_ref<uint8_t>(open_[own]).store(1, std::memory_order_relaxed);
        });
    }

    bool search_open(const Neighbours& found) {
        const bool done = parallel(int64_t(asking_.size()), 1 << 20, [&](int64_t block, int) {
            source_.search(asked_.data() + block * at_once_, asking_[size_t(block)], best_.data(), found);
        });
        std::fill(open_.begin(), open_.end(), 0);
        if (largest_ >= 0) open_[size_t(largest_)] = 1;
        return done;
    }

    // All groups join along the first of their shortest edges.
    bool take_edges(std::vector<Edge>& tree) {
        first_.assign(size_t(groups_), ~uint64_t(0));
        from_.resize(size_t(groups_));
        const auto packed = [&](int64_t p) {
            const Edge edge = next_edge(p);
            return uint64_t(edge.low) << 32 | uint64_t(edge.high);
        };
        const auto is_closed = [&](int64_t p) { return !open_[size_t(group_[size_t(p)])]; };
        const bool done = sweep([&](int64_t p) {
            if (is_closed(p) && is_first(p)) lower(first_[size_t(group_[size_t(p)])], packed(p));
        }) && sweep([&](int64_t p) {
            const size_t own = size_t(group_[size_t(p)]);
            if (is_closed(p) && is_first(p) && packed(p) == first_[own]) from_[own] = int32_t(p);
        });
        if (!done) return false;
        UnionFind joined(groups_);
        for (int64_t g = 0; g < groups_; ++g) {
            if (open_[size_t(g)]) continue;
            const int64_t from = from_[size_t(g)];
            const int64_t a = joined.find(g), b = joined.find(group_[size_t(next_point(from))]);
            if (a == b) continue;  // the other group took the same edge
            joined.join(a, b);
            tree.push_back(next_edge(from));
        }
        return regroup(joined);
    }

    Edge next_edge(int64_t p) const {
        return edge_between(source_.item(p), source_.item(next_point(p)), next_distance(p));
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
        largest_ = -1;
        if (!sweep([&](int64_t p) { group_[size_t(p)] = renamed[size_t(group_[size_t(p)])]; })) return false;
        largest_ = int32_t(std::max_element(size_.begin(), size_.end()) - size_.begin());
        return source_.regroup(group_);
    }

    static constexpr int64_t kFewClosed = 8;

    Source& source_;
    const int64_t n_, at_once_;
    const int kept_;
    std::vector<double> distances_;
    std::vector<int32_t> points_, next_;
    std::vector<double> floors_;
    std::vector<int32_t> group_;  // of each point
    std::vector<int64_t> size_;   // of each group
    int64_t groups_;
    std::vector<double> best_;
    std::vector<uint8_t> open_;
    std::vector<uint64_t> first_;  // that edge's items, as one number
    std::vector<int32_t> from_;    // the point that it leaves its group from
    std::vector<int32_t> asked_;   // points that are to be searched from, and how many in each block
    std::vector<int64_t> asking_;
    int32_t largest_ = -1;
};

}  // namespace ganglion
