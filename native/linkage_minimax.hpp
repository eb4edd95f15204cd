// Minimax linkage (Bien and Tibshirani 2011): two clusters are as far apart as the radius of their union, which is how
// far the item in its middle, its prototype, is from the farthest other. Reducible, so chains of nearest neighbours
// find the tree. A matrix holds how far every item is from the farthest item of every cluster.
#pragma once
#include <algorithm>
#include <limits>
#include <vector>

#include "centers.hpp"
#include "isa.hpp"
#include "linkage_memory.hpp"
#include "pool.hpp"

namespace ganglion {

class MinimaxClusters {
  public:
    explicit MinimaxClusters(int64_t n) : n_(n), live_(n), values_(n * n), members_(static_cast<size_t>(n)) {
        for (int64_t i = 0; i < n; ++i) members_[size_t(i)] = {int32_t(i)};
        for (int64_t i = 0; i < n; ++i) clusters_.push_back(int32_t(i));
    }
    int64_t n_clusters() const { return live_; }
    std::vector<Merge> merges;
    std::vector<int32_t> prototypes;

    template <class T> bool fill(const Pairs<T>& pairs) {
        Scratch scratch;
        const int workers = get_num_threads();
        const int64_t room = (pairs.scratch_bytes + 63) / 64 * 64;
        scratch.reserve(workers, room + n_ * int64_t(sizeof(T)));
        return parallel(n_, workers, [&](int64_t i, int w) {
            T* x = reinterpret_cast<T*>(scratch[w] + room);
            pairs.tile(pairs.self, i, i + 1, 0, n_, x, n_, scratch[w]);
            for (int64_t j = 0; j < n_; ++j) row(i)[j] = double(x[j]);
        });
    }

    // Up to `most` steps of the chain. False when interrupted.
    bool run(int64_t most) {
        for (int64_t step = 0; step < most && live_ > 1; ++step) {
            if (chain_.empty()) chain_.push_back(clusters_[0]);
            const int32_t end = chain_.back();
            if (!search(end)) return false;
            int32_t nearest = -1;
            double value = std::numeric_limits<double>::infinity();
            for (size_t c = 0; c < clusters_.size(); ++c)
                if (clusters_[c] != end && (nearest < 0 || found_[c].value < value))
                    nearest = clusters_[c], value = found_[c].value, prototype_ = int32_t(found_[c].index);
            if (chain_.size() > 1 && chain_[chain_.size() - 2] == nearest) {
                chain_.resize(chain_.size() - 2);
                join(std::min(end, nearest), std::max(end, nearest), value);
            } else {
                chain_.push_back(nearest);  // maxima and minima do not round: it cannot stand in the chain already
            }
        }
        return true;
    }

  private:
    double* row(int64_t i) const { return values_.data() + i * n_; }

    // found_[c] = the radius of the union with cluster clusters_[c], and its prototype.
    bool search(int32_t g) {
        constexpr int64_t kBlock = 64;
        found_.resize(clusters_.size());
        const auto& own = members_[size_t(g)];
        const int64_t blocks = (int64_t(clusters_.size()) + kBlock - 1) / kBlock;
        const auto some = [&](int64_t b) {
            const auto radius = isa().linkage->minimax_radius;
            for (size_t c = size_t(b * kBlock); c < std::min(clusters_.size(), size_t((b + 1) * kBlock)); ++c) {
                const int32_t h = clusters_[c];
                if (h == g) continue;
                const auto& theirs = members_[size_t(h)];
                Closest best{std::numeric_limits<double>::infinity(), -1};
                best = radius(row(g), row(h), own.data(), int64_t(own.size()), best);
                found_[c] = radius(row(g), row(h), theirs.data(), int64_t(theirs.size()), best);
            }
        };
        if (n_ + int64_t(own.size() * clusters_.size()) > (1 << 16))
            return parallel(blocks, get_num_threads(), [&](int64_t b, int) { some(b); });
        for (int64_t b = 0; b < blocks; ++b) some(b);
        return true;
    }

    void join(int32_t a, int32_t b, double value) {
        merges.push_back({a, b, value});
        prototypes.push_back(prototype_);
        double *x = row(a), *y = row(b);
        for (int64_t k = 0; k < n_; ++k) x[k] = std::max(x[k], y[k]);
        auto &mine = members_[size_t(a)], &theirs = members_[size_t(b)];
        mine.insert(mine.end(), theirs.begin(), theirs.end());
        theirs = {};
        clusters_.erase(std::lower_bound(clusters_.begin(), clusters_.end(), b));
        --live_;
    }

    int64_t n_, live_;
    Doubles values_;
    std::vector<std::vector<int32_t>> members_;
    std::vector<int32_t> clusters_;  // ascending
    std::vector<int32_t> chain_;
    std::vector<Closest> found_;
    int32_t prototype_ = -1;
};

}  // namespace ganglion
