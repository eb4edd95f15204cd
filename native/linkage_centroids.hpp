// Ward's method on vectors, in O(n d) memory: rounds that merge all pairs of clusters that are each other's nearest, as
// long as they pay, and then one chain of nearest neighbours.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "centers.hpp"
#include "isa.hpp"
#include "linkage_problem.hpp"
#include "pool.hpp"

namespace ganglion {

class WardClusters {
  public:
    // Rows (n, d), and their masses (n,) or null.
    template <class T> WardClusters(const T* x, int64_t n, int64_t d, const double* mass) : d_(d), m_(n) {
        constexpr int64_t L = kCentroidLanes;
        const int64_t slots = (n + L - 1) / L * L;
        exact_.assign(size_t(slots * d), 0.0);
        rough_.assign(size_t(slots * d), 0.0f);
        mass_.assign(size_t(slots), 1.0);
        inverse_.assign(size_t(slots), 1.0f);
        if (mass) std::copy_n(mass, n, mass_.begin());
        lowest_.resize(size_t(n));
        wanted_.resize(size_t(n));
        nearest_.assign(size_t(n), {std::numeric_limits<double>::infinity(), -1});
        for (int64_t i = 0; i < n; ++i) lowest_[size_t(i)] = int32_t(i), wanted_[size_t(i)] = i;
        place(x, n);
        for (int64_t i = 0; i < slots; ++i) i < n ? refresh(i) : hide(i);
    }

    int64_t n_clusters() const { return live_; }
    // How many nearest clusters the next round has to find.
    int64_t n_wanted() const { return int64_t(wanted_.size()); }
    std::vector<Merge> merges;

    // Returns how many pairs were merged, -1 when interrupted.
    int64_t round() {
        if (!search(wanted_)) return -1;
        for (const int64_t i : wanted_) {
            const Closest& mine = nearest_[size_t(i)];
            Closest& theirs = nearest_[size_t(mine.index)];
            if (mine.value < theirs.value || (mine.value == theirs.value && i < theirs.index)) theirs = {mine.value, i};
        }
        std::vector<int64_t> other(size_t(m_), -1);
        int64_t merged = 0;
        for (int64_t i = 0; i < m_; ++i) {
            const int64_t j = nearest_[size_t(i)].index;
            if (nearest_[size_t(j)].index != i) continue;
            other[size_t(i)] = j;
            if (i > j) continue;
            join(i, j, nearest_[size_t(i)].value);
            ++merged;
        }
        renumber(other);
        return merged;
    }

    // Steps of the chain until one cluster is left or `most` searches were made. False when interrupted.
    bool chain(int64_t most) {
        for (int64_t step = 0; step < most && live_ > 1; ++step) {
            if (2 * live_ < m_ && m_ > 4 * kCentroidLanes) compact_chain();
            if (chain_.empty()) chain_.push_back(first_live());
            const int64_t end = chain_.back();
            std::vector<int64_t> one{end};
            nearest_[size_t(end)] = {std::numeric_limits<double>::infinity(), -1};
            if (!search(one)) return false;
            const Closest found = nearest_[size_t(end)];
            if (chain_.size() > 1 && chain_[chain_.size() - 2] == found.index) {
                chain_.resize(chain_.size() - 2);
                join(std::min(end, found.index), std::max(end, found.index), found.value);
                hide(std::max(end, found.index));
                continue;
            }
            const auto at = std::find(chain_.begin(), chain_.end() - 1, found.index);
            if (at != chain_.end() - 1) chain_.erase(at + 1, chain_.end());
            else chain_.push_back(found.index);
        }
        return true;
    }

  private:
    static constexpr int64_t kRowsOfBlock = 64;

    double& exact(int64_t i, int64_t f) { return exact_[size_t(slot(i, f))]; }
    int64_t slot(int64_t i, int64_t f) const {
        return (i / kCentroidLanes * d_ + f) * kCentroidLanes + i % kCentroidLanes;
    }

    // Rows relative to their mean, scaled such that none is longer than 1.
    template <class T> void place(const T* x, int64_t n) {
        std::vector<double> mean(size_t(d_), 0.0);
        for (int64_t i = 0; i < n; ++i)
            for (int64_t f = 0; f < d_; ++f) mean[size_t(f)] += double(x[i * d_ + f]) / double(n);
        double reach = 0;
        for (int64_t i = 0; i < n; ++i) {
            double square = 0;
            for (int64_t f = 0; f < d_; ++f) {
                const double e = double(x[i * d_ + f]) - mean[size_t(f)];
                square += e * e;
            }
            reach = std::max(reach, square);
        }
        reach = std::sqrt(reach);
        exponent_ = reach > 0 ? -std::ilogb(reach) - 1 : 0;
        shift_.assign(mean.begin(), mean.end());
        for (int64_t i = 0; i < n; ++i)
            for (int64_t f = 0; f < d_; ++f) exact(i, f) = double(x[i * d_ + f]);
        const double eps = 5.9604644775390625e-08, gamma = (double(d_) + 8) * 2.4e-7;
        stretch_ = (1 + 1e-3) * (1 + gamma) * (1 + 1e-5);
        slack_ = float(1.1 * (1 + gamma) * 1001 * 4 * eps * eps) + 1e-37f;
    }

    void refresh(int64_t i) {
        for (int64_t f = 0; f < d_; ++f)
            rough_[size_t(slot(i, f))] = float(std::ldexp(exact(i, f) - shift_[size_t(f)], exponent_));
        inverse_[size_t(i)] = float(1 / mass_[size_t(i)]);
    }

    // Far from everything: no search can end here.
    void hide(int64_t i) {
        for (int64_t f = 0; f < d_; ++f) {
            exact(i, f) = std::numeric_limits<double>::infinity();
            rough_[size_t(slot(i, f))] = 1e17f;
        }
        inverse_[size_t(i)] = 1;
        mass_[size_t(i)] = 1;
    }

    int64_t first_live() const {
        int64_t i = 0;
        while (rough_[size_t(slot(i, 0))] == 1e17f) ++i;
        return i;
    }

    // Fills nearest_ for the clusters listed; what stands there already is a candidate.
    bool search(const std::vector<int64_t>& which) {
        const int64_t count = int64_t(which.size()), panels = (m_ + kCentroidLanes - 1) / kCentroidLanes;
        const CentroidPanels all{rough_.data(), exact_.data(), inverse_.data(), mass_.data(), d_, slack_,
                                 stretch_ * std::ldexp(1.0, 2 * exponent_)};
        const int64_t chunk = std::max<int64_t>(1, (256 << 10) / (d_ * kCentroidLanes * 4));
        const int workers = get_num_threads();
        const int64_t group_bytes = ((kQueries * d_ * 12 + 63) / 64 + 1) * 64, groups = kRowsOfBlock / kQueries;
        scratch_.reserve(workers, groups * group_bytes);
        return parallel((count + kRowsOfBlock - 1) / kRowsOfBlock, workers, [&](int64_t b, int worker) {
            CentroidQueries queries[kRowsOfBlock / kQueries];
            const int64_t begin = b * kRowsOfBlock, end = std::min(count, begin + kRowsOfBlock);
            int n_groups = 0;
            for (int64_t at = begin; at < end; at += kQueries, ++n_groups)
                load(queries[n_groups], which.data() + at, int(std::min<int64_t>(kQueries, end - at)),
                     scratch_[worker] + n_groups * group_bytes);
            for (int64_t p = 0; p < panels; p += chunk)
                for (int g = 0; g < n_groups; ++g)
                    isa().linkage->search_centroids(all, queries[g], p, std::min(panels, p + chunk));
            for (int64_t at = begin; at < end; ++at)
                nearest_[size_t(which[size_t(at)])] =
                    queries[(at - begin) / kQueries].best[(at - begin) % kQueries];
        });
    }

    void load(CentroidQueries& q, const int64_t* which, int count, char* room) {
        double* x = reinterpret_cast<double*>(room);
        float* rough = reinterpret_cast<float*>(room + kQueries * d_ * 8);
        q.exact = x;
        q.rough = rough;
        q.count = count;
        for (int r = 0; r < count; ++r) {
            for (int64_t f = 0; f < d_; ++f) {
                x[r * d_ + f] = exact(which[r], f);
                rough[f * kQueries + r] = rough_[size_t(slot(which[r], f))];
            }
            q.mass[r] = mass_[size_t(which[r])];
            q.self[r] = which[r];
            q.best[r] = nearest_[size_t(which[r])];
        }
    }

    // Cluster i becomes the union of i and j.
    void join(int64_t i, int64_t j, double value) {
        merges.push_back({lowest_[size_t(i)], lowest_[size_t(j)], std::sqrt(value)});
        const double a = mass_[size_t(i)], b = mass_[size_t(j)], p = a / (a + b), q = b / (a + b);
        for (int64_t f = 0; f < d_; ++f) exact(i, f) = p * exact(i, f) + q * exact(j, f);
        mass_[size_t(i)] = a + b;
        refresh(i);
        --live_;
    }

    // Closes the gaps after a round; other[i] is the cluster that i was merged with, or -1. Wanted are then the new
    // clusters, and those that lost their nearest: by reducibility the others keep theirs.
    void renumber(const std::vector<int64_t>& other) {
        std::vector<int64_t> number(size_t(m_), -1);
        int64_t at = 0;
        for (int64_t i = 0; i < m_; ++i)
            if (other[size_t(i)] < 0 || other[size_t(i)] > i) number[size_t(i)] = at++;
        wanted_.clear();
        for (int64_t i = 0; i < m_; ++i) {
            const int64_t to = number[size_t(i)];
            if (to < 0) continue;
            Closest near = nearest_[size_t(i)];
            const bool lost = other[size_t(near.index)] >= 0;
            if (other[size_t(i)] >= 0) near = {std::numeric_limits<double>::infinity(), -1};
            else if (lost) near = against(i, std::min(near.index, other[size_t(near.index)]));
            if (near.index >= 0) near.index = number[size_t(near.index)];
            pending_.push_back(near);
            if (other[size_t(i)] >= 0 || lost) wanted_.push_back(to);
        }
        close_gaps(number, at);
        nearest_.swap(pending_);
        pending_.clear();
    }

    Closest against(int64_t i, int64_t j) {
        double square = 0;
        for (int64_t f = 0; f < d_; ++f) {
            const double e = exact(j, f) - exact(i, f);
            square += e * e;
        }
        const double a = mass_[size_t(i)], b = mass_[size_t(j)];
        return {square * ((2 * (a * b)) / (a + b)), j};
    }

    void close_gaps(const std::vector<int64_t>& number, int64_t m) {
        for (int64_t i = 0; i < m_; ++i) {
            const int64_t to = number[size_t(i)];
            if (to < 0 || to == i) continue;
            for (int64_t f = 0; f < d_; ++f) {
                exact(to, f) = exact(i, f);
                rough_[size_t(slot(to, f))] = rough_[size_t(slot(i, f))];
            }
            mass_[size_t(to)] = mass_[size_t(i)];
            inverse_[size_t(to)] = inverse_[size_t(i)];
            lowest_[size_t(to)] = lowest_[size_t(i)];
        }
        const int64_t end = (m + kCentroidLanes - 1) / kCentroidLanes * kCentroidLanes;
        for (int64_t i = m; i < end; ++i) hide(i);
        m_ = m;
    }

    void compact_chain() {
        std::vector<int64_t> number(size_t(m_), -1);
        int64_t at = 0;
        for (int64_t i = 0; i < m_; ++i)
            if (rough_[size_t(slot(i, 0))] != 1e17f) number[size_t(i)] = at++;
        for (auto& i : chain_) i = number[size_t(i)];
        close_gaps(number, at);
    }

    int64_t d_, m_;
    int64_t live_ = m_;
    std::vector<double> exact_, mass_, shift_;
    std::vector<float> rough_, inverse_;
    std::vector<int32_t> lowest_;
    std::vector<int64_t> wanted_, chain_;
    std::vector<Closest> nearest_, pending_;
    Scratch scratch_;
    int exponent_ = 0;
    float slack_ = 0;
    double stretch_ = 1;
};

}  // namespace ganglion
