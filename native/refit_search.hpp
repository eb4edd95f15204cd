// One small weighted k-means: k-means++ starts, Lloyd's iterations, the best of several. Rows are few enough that all of
// it stays in the second-level cache; what is fast for large data (bounds, certified filters) costs more than it saves
// here. Every operation is in a fixed order: a fit is a function of its rows, weights and seed.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "isa.hpp"
#include "pool.hpp"

namespace ganglion {

struct RefitSettings {
    int64_t n_init, max_iter;
    double tol;  // stop where a step lowers the WSS by at most this share of it
};

// splitmix64 (Steele, Lea and Flood 2014): a stream for each start, seeded by a number.
struct RefitRandom {
    uint64_t state;
    double uniform() {  // in [0, 1)
        uint64_t z = (state += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return double((z ^ (z >> 31)) >> 11) * 0x1p-53;
    }
};

// Panels of rows (n, d) with their weights; rows of weight 0 are left out.
struct RefitPanels {
    std::vector<double> values, weights;
    RefitRows rows{};

    void fill(const double* x, const double* w, int64_t n, int64_t d) {
        int64_t held = 0;
        for (int64_t i = 0; i < n; ++i) held += !w || w[i] > 0;
        const int64_t panels = (held + kRefitRows - 1) / kRefitRows;
        values.assign(size_t(panels * d * kRefitRows), 0.0);
        weights.assign(size_t(panels * kRefitRows), 0.0);
        int64_t at = 0;
        for (int64_t i = 0; i < n; ++i) {
            if (w && !(w[i] > 0)) continue;
            double* panel = values.data() + at / kRefitRows * d * kRefitRows + at % kRefitRows;
            for (int64_t f = 0; f < d; ++f) panel[f * kRefitRows] = x[i * d + f];
            weights[size_t(at++)] = w ? w[i] : 1.0;
        }
        rows = {held, d, panels, values.data(), weights.data()};
    }
};

inline void take_row(const RefitRows& rows, int64_t i, double* out) {
    const double* panel = rows.values + i / kRefitRows * rows.d * kRefitRows + i % kRefitRows;
    for (int64_t f = 0; f < rows.d; ++f) out[f] = panel[f * kRefitRows];
}

// Candidates for each centre of greedy k-means++.
inline int64_t greedy_trials(int64_t k) { return 2 + int64_t(std::log(double(k))); }

class Refit {
public:
    // Begin from given centres (k, d).
    void start(const RefitRows& rows, int64_t k, const double* centers) {
        reserve(rows, k);
        for (int64_t c = 0; c < k * rows.d; ++c) centers_[size_t(c)] = centers[c];
    }

    const double* centers() const { return centers_.data(); }
    // Weights (k,) of the clusters whose means the centres are.
    const double* counts() const { return counts_.data(); }

    // Centres by k-means++ (Arthur and Vassilvitskii 2007), each the best of `trials` candidates; returns the WSS about
    // them.
    double plus_plus(const RefitRows& rows, int64_t k, int64_t trials, RefitRandom& random) {
        const RefitKernels& kernels = *isa().refits;
        reserve(rows, k);
        take_row(rows, drawn(rows, random.uniform(), true), centers_.data());
        for (double& value : nearest_) value = std::numeric_limits<double>::max();
        kernels.distances(rows, centers_.data(), chosen_.data());
        kernels.absorb(rows, chosen_.data(), nearest_.data(), sums_.data());
        return add(rows, 1, k, trials, random);
    }

    // The given centres (held, d) and as many more as k-means++ would draw; returns the WSS about all.
    double widen(const RefitRows& rows, int64_t held, const double* centers, int64_t k, int64_t trials,
                 RefitRandom& random) {
        const RefitKernels& kernels = *isa().refits;
        reserve(rows, k);
        for (int64_t c = 0; c < held * rows.d; ++c) centers_[size_t(c)] = centers[c];
        kernels.assign(rows, centers_.data(), held, labels_.data(), nearest_.data());
        kernels.absorb(rows, nearest_.data(), nearest_.data(), sums_.data());
        return add(rows, held, k, trials, random);
    }

    // Lloyd's iterations from `centers_`; returns the WSS of the last assignment, whose centres are the means of the one
    // before.
    double iterate(const RefitRows& rows, int64_t k, const RefitSettings& settings) {
        const RefitKernels& kernels = *isa().refits;
        for (int32_t& label : labels_) label = -1;
        double before = std::numeric_limits<double>::infinity();
        for (int64_t step = 0;; ++step) {
            const int64_t changed = kernels.assign(rows, centers_.data(), k, labels_.data(), nearest_.data());
            const double wss = kernels.potential(rows, nearest_.data(), nearest_.data());
            const bool is_flat = before - wss <= settings.tol * wss;
            if (changed == 0 || is_flat || step == settings.max_iter || interrupted()) return wss;
            before = wss;
            move(rows, k);
        }
    }

    // Means of the rows of each label, and their weights; an empty cluster gets the row farthest from its centre, another
    // one each time, and no weight.
    void move(const RefitRows& rows, int64_t k) {
        for (double& value : totals_) value = 0;
        for (double& value : counts_) value = 0;
        for (int64_t i = 0; i < rows.n; ++i) counts_[size_t(labels_[size_t(i)])] += rows.weights[i];
        for (int64_t p = 0; p < rows.panels; ++p) {
            const int64_t first = p * kRefitRows;
            const int64_t count = rows.n - first < kRefitRows ? rows.n - first : kRefitRows;
            for (int64_t f = 0; f < rows.d; ++f) {
                const double* column = rows.values + (p * rows.d + f) * kRefitRows;
                for (int64_t l = 0; l < count; ++l)
                    totals_[size_t(labels_[size_t(first + l)] * rows.d + f)] += rows.weights[first + l] * column[l];
            }
        }
        for (int64_t j = 0; j < k; ++j) {
            double* center = centers_.data() + j * rows.d;
            if (counts_[size_t(j)] > 0) {
                for (int64_t f = 0; f < rows.d; ++f) center[f] = totals_[size_t(j * rows.d + f)] / counts_[size_t(j)];
                continue;
            }
            int64_t farthest = 0;
            for (int64_t i = 1; i < rows.n; ++i)
                if (nearest_[size_t(i)] > nearest_[size_t(farthest)]) farthest = i;
            if (!(nearest_[size_t(farthest)] > 0)) continue;  // fewer different rows than clusters
            take_row(rows, farthest, center);
            nearest_[size_t(farthest)] = 0;
        }
    }

private:
    // Centres held ... k - 1, each the best of `trials` rows that are drawn by what the centres before leave of them.
    double add(const RefitRows& rows, int64_t held, int64_t k, int64_t trials, RefitRandom& random) {
        const RefitKernels& kernels = *isa().refits;
        for (int64_t j = held; j < k && !interrupted(); ++j) {
            double* center = centers_.data() + j * rows.d;
            double least = std::numeric_limits<double>::infinity();
            bool none = true;
            for (int64_t p = 0; p < rows.panels; ++p) none = none && !(sums_[size_t(p)] > 0);
            for (int64_t trial = 0; trial < trials; ++trial) {
                const int64_t row = drawn(rows, random.uniform(), none);
                take_row(rows, row, totals_.data());
                kernels.distances(rows, totals_.data(), distances_.data());
                const double sum = kernels.potential(rows, distances_.data(), nearest_.data());
                if (!(sum < least)) continue;
                least = sum;
                distances_.swap(chosen_);
                for (int64_t f = 0; f < rows.d; ++f) center[f] = totals_[size_t(f)];
            }
            kernels.absorb(rows, chosen_.data(), nearest_.data(), sums_.data());
        }
        double wss = 0;
        for (int64_t p = 0; p < rows.panels; ++p) wss += sums_[size_t(p)];
        return wss;
    }

    void reserve(const RefitRows& rows, int64_t k) {
        const size_t all = size_t(rows.panels * kRefitRows);
        if (nearest_.size() < all) nearest_.resize(all), distances_.resize(all), chosen_.resize(all), labels_.resize(all);
        if (sums_.size() < size_t(rows.panels)) sums_.resize(size_t(rows.panels));
        centers_.resize(size_t(k * rows.d));
        totals_.resize(size_t(k * rows.d));
        counts_.resize(size_t(k));
    }

    // The row at which the running sum of w * nearest passes u times its total; by weight alone where the total is 0.
    int64_t drawn(const RefitRows& rows, double u, bool by_weight) const {
        double total = 0;
        for (int64_t p = 0; p < rows.panels; ++p) total += by_weight ? weight_of(rows, p) : sums_[size_t(p)];
        double left = u * total;
        int64_t last = 0;
        for (int64_t p = 0; p < rows.panels; ++p) {
            const double part = by_weight ? weight_of(rows, p) : sums_[size_t(p)];
            if (left >= part && p + 1 < rows.panels) {
                left -= part;
                continue;
            }
            for (int64_t i = p * kRefitRows; i < rows.n && i < (p + 1) * kRefitRows; ++i) {
                const double mass = rows.weights[i] * (by_weight ? 1.0 : nearest_[size_t(i)]);
                if (mass > 0) last = i;
                if (mass > left) return i;
                left -= mass;
            }
        }
        return last;  // rounding ate the rest
    }

    static double weight_of(const RefitRows& rows, int64_t panel) {
        double sum = 0;
        for (int64_t l = 0; l < kRefitRows; ++l) sum += rows.weights[panel * kRefitRows + l];
        return sum;
    }

    std::vector<double> nearest_, distances_, chosen_, sums_, centers_, totals_, counts_;
    std::vector<int32_t> labels_;
};

}  // namespace ganglion
