// DIANA (Kaufman and Rousseeuw 1990, chapter 6) on a square matrix: one split after the other.
//
// The clusters are ranges of one array of members. Sums of distances within a cluster are kept from split to split, in
// integers, so a split costs what it moves: O(members x moved), where adding up anew would be O(members^2).
#pragma once
#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <vector>

#include "medoid_search.hpp"

namespace ganglion {

constexpr int64_t kDianaBurst = 4'000'000;  // members read between two looks for a signal: some milliseconds
constexpr int64_t kDianaRows = 64;          // whose farthest fellows are looked for at once

template <class T> class Diana {
  public:
    struct Cluster {
        int64_t begin, end;
        double diameter;
        int32_t lowest;  // item
    };

    explicit Diana(const Pairs<T>& pairs)
        : n_(pairs.n), square_(pairs.square), members_(size_t(n_)), owner_(size_t(n_), 0), within_(size_t(n_)),
          other_(size_t(n_)), far_(size_t(n_ * kFarthest)), far_ids_(size_t(n_ * kFarthest)) {}

    // False, here and below, when a signal handler raised.
    bool begin() {
        std::iota(members_.begin(), members_.end(), 0);
        const auto& kernels = medoid_kernels<T>();
        std::vector<T> largest(static_cast<size_t>(n_));
        if (!rows([&](int64_t i) { largest[size_t(i)] = kernels.largest_of(square_ + i * n_, n_); })) return false;
        int exponent = 0;
        std::frexp(double(*std::max_element(largest.begin(), largest.end())) * double(n_), &exponent);
        scale_ = std::ldexp(1.0, std::min(61 - exponent, 1000));
        if (!rows([&](int64_t i) {
                within_[size_t(i)] = kernels.sum_row(square_ + i * n_, n_, scale_);
                look_farthest(i, 0, n_);
            }))
            return false;
        clusters_.push_back({0, n_, 0.0, 0});
        return measure(0);
    }

    // The cluster of the largest diameter, of equals the one with the lowest item; -1 when all are single or closed.
    int64_t largest() const { return open_.empty() ? -1 : open_.top().id; }
    void close() { open_.pop(); }
    const Cluster& cluster(int64_t id) const { return clusters_[size_t(id)]; }
    const int32_t* members() const { return members_.data(); }
    int64_t n_clusters() const { return int64_t(clusters_.size()); }

    // Splits the largest; its parts become the last two clusters: what is left, then the splinter group.
    bool split() {
        const int64_t id = largest();
        close();
        const int64_t begin = clusters_[size_t(id)].begin, end = clusters_[size_t(id)].end;
        std::fill(other_.begin() + begin, other_.begin() + end, 0);
        int64_t middle = end;
        for (bool moved = true; moved;) {
            const bool finished = parallel(1, 1, [&](int64_t, int) {
                for (int64_t read = 0; moved && read < kDianaBurst; read += end - begin)
                    moved = splinter(begin, middle, end);
            });
            if (!finished || !served()) return false;
        }
        std::copy(other_.begin() + middle, other_.begin() + end, within_.begin() + middle);
        const int32_t left = int32_t(clusters_.size());
        add(begin, middle, left);
        add(middle, end, left + 1);
        return measure(left) && measure(left + 1);
    }

  private:
    struct Open {
        double diameter;
        int32_t lowest;
        int64_t id;
        bool operator<(const Open& o) const {
            return diameter != o.diameter ? diameter < o.diameter : lowest > o.lowest;
        }
    };

    // Moves the member that is most apart from [begin, middle) to the splinter group [middle, end).
    bool splinter(int64_t begin, int64_t& middle, int64_t end) {
        const int64_t left = middle - begin;
        if (left < 2) return false;
        const int64_t found = isa().medoids->most_apart(within_.data() + begin, other_.data() + begin,
                                                        members_.data() + begin, left, double(left - 1),
                                                        double(end - middle));
        if (found < 0) return false;
        --middle;
        exchange(begin + found, middle);
        const T* row = square_ + members_[size_t(middle)] * n_;
        const auto& kernels = medoid_kernels<T>();
        kernels.move_members(row, members_.data() + begin, left - 1, scale_, within_.data() + begin,
                             other_.data() + begin);
        kernels.add_members(row, members_.data() + middle, end - middle, scale_, other_.data() + middle);
        return true;
    }

    void exchange(int64_t p, int64_t q) {
        std::swap(members_[size_t(p)], members_[size_t(q)]);
        std::swap(within_[size_t(p)], within_[size_t(q)]);
        std::swap(other_[size_t(p)], other_[size_t(q)]);
    }

    void add(int64_t begin, int64_t end, int32_t id) {
        int32_t lowest = members_[size_t(begin)];
        for (int64_t p = begin; p < end; ++p) {
            owner_[size_t(members_[size_t(p)])] = id;
            lowest = std::min(lowest, members_[size_t(p)]);
        }
        clusters_.push_back({begin, end, 0.0, lowest});
    }

    // The distance to item i's farthest fellow in its cluster, or a bound above it where all that were kept have left.
    struct Reach {
        double distance;
        bool exact;
    };
    Reach reach(int64_t i) const {
        const T* far = far_.data() + i * kFarthest;
        const int32_t* ids = far_ids_.data() + i * kFarthest;
        for (int f = 0; f < kFarthest; ++f) {
            if (ids[f] < 0) return {0.0, true};  // all fellows were kept: none is left but i itself
            if (owner_[size_t(ids[f])] == owner_[size_t(i)]) return {double(far[f]), true};
        }
        return {double(far[kFarthest - 1]), false};
    }

    // The diameter: the members whose bound exceeds what is known are looked at, the largest bounds first.
    bool measure(int64_t id) {
        const int64_t begin = clusters_[size_t(id)].begin, end = clusters_[size_t(id)].end;
        if (end - begin < 2) return true;
        std::vector<std::pair<double, int32_t>> doubtful;
        for (;;) {
            double known = 0;
            doubtful.clear();
            for (int64_t p = begin; p < end; ++p) {
                const int32_t i = members_[size_t(p)];
                const Reach r = reach(i);
                if (r.exact) known = std::max(known, r.distance);
                else doubtful.emplace_back(-r.distance, i);
            }
            std::erase_if(doubtful, [&](const auto& d) { return -d.first <= known; });
            if (doubtful.empty()) {
                clusters_[size_t(id)].diameter = known;
                open_.push({known, clusters_[size_t(id)].lowest, id});
                return true;
            }
            const int64_t count = std::min<int64_t>(kDianaRows, int64_t(doubtful.size()));
            std::nth_element(doubtful.begin(), doubtful.begin() + (count - 1), doubtful.end());
            const int workers = double(count) * double(end - begin) < kMedoidWorthwhile ? 1 : get_num_threads();
            if (!parallel(count, workers, [&](int64_t e, int) { look_farthest(doubtful[size_t(e)].second, begin, end); }))
                return false;
        }
    }

    void look_farthest(int64_t i, int64_t begin, int64_t end) {
        medoid_kernels<T>().farthest(square_ + i * n_, members_.data() + begin, end - begin,
                                     far_.data() + i * kFarthest, far_ids_.data() + i * kFarthest);
    }

    template <class F> bool rows(F&& f) {
        const int64_t step = std::clamp<int64_t>(1'000'000 / std::max<int64_t>(1, n_), 1, 64);
        return parallel((n_ + step - 1) / step, get_num_threads(), [&](int64_t block, int) {
            for (int64_t i = block * step; i < std::min(n_, (block + 1) * step); ++i) f(i);
        });
    }

    int64_t n_;
    const T* square_;
    std::vector<int32_t> members_, owner_;
    std::vector<int64_t> within_, other_;  // of each place in members_: sums over its own part, over the splinter group
    std::vector<T> far_;
    std::vector<int32_t> far_ids_;
    std::vector<Cluster> clusters_;
    std::priority_queue<Open> open_;
    double scale_ = 1;
};

}  // namespace ganglion
