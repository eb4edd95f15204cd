// Agglomeration along the edges of a graph: only neighbours are merged, and a union has the neighbours of its parts.
// Distances are known along edges alone, so complete, average and single linkage look at those that are there.
#pragma once
#include <algorithm>
#include <cmath>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "linkage_problem.hpp"

namespace ganglion {

// Which part of a connected graph each of n nodes is in: numbered by their lowest nodes. Returns how many there are.
inline int64_t label_parts(int64_t n, const int32_t* edges, int64_t count, int32_t* labels) {
    std::vector<int32_t> above(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) above[size_t(i)] = int32_t(i);
    const auto root = [&](int32_t i) {
        while (above[size_t(i)] != i) i = above[size_t(i)] = above[size_t(above[size_t(i)])];
        return i;
    };
    for (int64_t e = 0; e < count; ++e) {
        const int32_t a = root(edges[2 * e]), b = root(edges[2 * e + 1]);
        above[size_t(std::max(a, b))] = std::min(a, b);
    }
    int32_t parts = 0;
    for (int64_t i = 0; i < n; ++i) {
        const int32_t top = root(int32_t(i));
        labels[i] = top == i ? parts++ : labels[top];
    }
    return parts;
}

class GraphClusters {
  public:
    // Edges (count, 2), each once, and their distances; for ward X (n, d) instead.
    GraphClusters(Linkage rule, bool single, int64_t n, const double* mass)
        : rule_(rule), single_(single), n_(n), neighbours_(size_t(2 * n - 1)), alive_(size_t(2 * n - 1), false) {
        mass_.assign(size_t(2 * n - 1), 1.0);
        if (mass) std::copy_n(mass, n, mass_.begin());
        std::fill_n(alive_.begin(), n, true);
        lowest_.resize(size_t(2 * n - 1));
        for (int64_t i = 0; i < n; ++i) lowest_[size_t(i)] = int32_t(i);
    }
    void take_vectors(const double* x, int64_t d) {
        d_ = d;
        centers_.assign(size_t((2 * n_ - 1) * d), 0.0);
        std::copy_n(x, n_ * d, centers_.begin());
    }
    void take_edges(const int32_t* edges, const double* distances, int64_t count) {
        for (int64_t e = 0; e < count; ++e) {
            const int32_t a = edges[2 * e], b = edges[2 * e + 1];
            const double v = rule_ == Linkage::ward ? apart(a, b) : distances[e];
            neighbours_[size_t(a)].push_back({b, v});
            neighbours_[size_t(b)].push_back({a, v});
            heap_.push({v, std::max(a, b), std::min(a, b)});
        }
        for (auto& list : neighbours_) std::sort(list.begin(), list.end());
    }
    int64_t n_clusters() const { return n_ - int64_t(merges.size()); }
    std::vector<Merge> merges;

    void run(int64_t most) {
        for (int64_t step = 0; step < most && n_clusters() > 1; ++step) {
            Edge edge = heap_.top();
            heap_.pop();
            while (!alive_[size_t(std::get<1>(edge))] || !alive_[size_t(std::get<2>(edge))]) {
                edge = heap_.top();
                heap_.pop();
            }
            join(std::get<2>(edge), std::get<1>(edge), std::get<0>(edge));
        }
    }

  private:
    using Edge = std::tuple<double, int32_t, int32_t>;
    using Neighbours = std::vector<std::pair<int32_t, double>>;

    double apart(int32_t a, int32_t b) const {
        double square = 0;
        for (int64_t f = 0; f < d_; ++f) {
            const double e = centers_[size_t(a * d_ + f)] - centers_[size_t(b * d_ + f)];
            square += e * e;
        }
        const double x = mass_[size_t(a)], y = mass_[size_t(b)];
        return square * ((2 * (x * y)) / (x + y));
    }

    void join(int32_t a, int32_t b, double value) {
        const int32_t both = int32_t(n_ + int64_t(merges.size()));
        const int32_t first = std::min(lowest_[size_t(a)], lowest_[size_t(b)]);
        merges.push_back({first, std::max(lowest_[size_t(a)], lowest_[size_t(b)]),
                          rule_ == Linkage::ward ? std::sqrt(value) : value});
        lowest_[size_t(both)] = first;
        const double x = mass_[size_t(a)], y = mass_[size_t(b)];
        mass_[size_t(both)] = x + y;
        alive_[size_t(a)] = alive_[size_t(b)] = false;
        alive_[size_t(both)] = true;
        for (int64_t f = 0; f < d_; ++f)
            centers_[size_t(both * d_ + f)] =
                x / (x + y) * centers_[size_t(a * d_ + f)] + y / (x + y) * centers_[size_t(b * d_ + f)];
        Neighbours& mine = neighbours_[size_t(both)];
        mine = united(neighbours_[size_t(a)], neighbours_[size_t(b)], x, y);
        for (auto& [k, v] : mine) {
            if (rule_ == Linkage::ward) v = apart(both, k);
            neighbours_[size_t(k)].push_back({both, v});
            heap_.push({v, both, k});
        }
        neighbours_[size_t(a)] = neighbours_[size_t(b)] = {};
    }

    // The living neighbours of either, ascending.
    Neighbours united(const Neighbours& left, const Neighbours& right, double x, double y) const {
        Neighbours out;
        size_t i = 0, j = 0;
        while (i < left.size() || j < right.size()) {
            const bool from_left = j == right.size() || (i < left.size() && left[i].first <= right[j].first);
            const bool from_right = i == left.size() || (j < right.size() && right[j].first <= left[i].first);
            const int32_t k = from_left ? left[i].first : right[j].first;
            double v = from_left ? left[i].second : right[j].second;
            if (from_left && from_right) {
                const double w = right[j].second;
                if (single_) v = std::min(v, w);
                else if (rule_ == Linkage::complete) v = std::max(v, w);
                else v = (x * v + y * w) / (x + y);
            }
            if (alive_[size_t(k)]) out.push_back({k, v});
            i += from_left;
            j += from_right;
        }
        return out;
    }

    Linkage rule_;
    bool single_;
    int64_t n_, d_ = 0;
    std::vector<Neighbours> neighbours_;
    std::vector<bool> alive_;
    std::vector<double> mass_, centers_;
    std::vector<int32_t> lowest_;
    std::priority_queue<Edge, std::vector<Edge>, std::greater<Edge>> heap_;
};

}  // namespace ganglion
