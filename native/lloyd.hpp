// One run of Lloyd's algorithm: owns what is known between steps and hands blocks to the kernels.
#pragma once
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "centers.hpp"
#include "pool.hpp"

namespace ganglion {

template <class T> class Lloyd {
  public:
    // `labels` (n,) belongs to the caller, and is up to date after each assignment.
    Lloyd(Rows<T> rows, const double* weights, const T* shift, Grid grid, int64_t k, int32_t* labels)
        : labels_(labels), rows_(rows), weights_(weights), shift_(shift), grid_(grid), k_(k), block_(block_rows(rows.n, rows.d, k)) {
        const size_t n = size_t(rows.n), kd = size_t(k * rows.d);
        std::fill_n(labels, n, -1);
        gap_.resize(n);
        upper_.resize(n);
        own_.assign(size_t(k), 0);
        others_.assign(size_t(k), 0);
        mates_.assign(size_t(k), 0);
        threshold_.assign(size_t(k), 0);
        previous_.resize(kd);
        sums_.assign(kd * 2, 0);
        counts_.assign(size_t(k) * 2, 0);
    }

    // Labels every row for `centers` (k, d). Returns how many labels changed, or -1 when a signal handler raised.
    int64_t assign(const T* centers) {
        if (started_) note_moves(centers);
        else group_centers(centers);
        prepare_workers();
        const auto& kernels = tiles<T>();
        const Centers<T>& packed = packed_.pack(centers, shift_, k_, rows_.d, order_, group_panels_);
        if (!measure_apart(packed)) return -1;
        Assignment<T> job;
        job.rows = rows_;
        job.centers = packed;
        job.bounds = {labels_, gap_.data(), upper_.data(), lower_.data(), threshold_.data(), own_.data(),
                      others_.data(), mates_.data(), moved_.data(), group_.data(),
                      apart_.empty() ? nullptr : apart_.data(), packed.groups, started_,
                      !rows_.sparse() && !kernels.samples_are_lanes(rows_.d) && k_ >= 4};
        if (!started_ && !apart_.empty()) job.probe = make_probe(packed);
        job.grid = grid_;
        job.weights = weights_;
        job.block = block_;
        job.sums = worker_sums_.data();
        job.counts = worker_counts_.data();
        job.changed = changed_.data();
        job.scratch = scratch_.data();
        const bool finished = parallel(n_blocks(rows_.n, block_), workers_, [&](int64_t block, int worker) {
            kernels.assign_block(job, block, worker);
        });
        std::memcpy(previous_.data(), centers, previous_.size() * sizeof(T));
        started_ = true;
        return finished ? collect() : -1;
    }

    // Gives row i to cluster j, wherever it is nearest: how an empty cluster is reseeded.
    void move_row(int64_t i, int32_t j) {
        const double* w = weights_ ? weights_ + i : nullptr;
        const int32_t old = labels_[i];
        const auto add = definitions<T>().add_to_sums;
        const int64_t size = 2 * rows_.d;
        add(rows_, i, grid_, w, -1, sums_.data() + old * size, counts_.data() + old * 2);
        add(rows_, i, grid_, w, 1, sums_.data() + j * size, counts_.data() + j * 2);
        labels_[i] = j;
        gap_[size_t(i)] = -FLT_MAX;
        upper_[size_t(i)] = FLT_MAX;
        std::fill_n(lower_.begin() + i * int64_t(moved_.size()), moved_.size(), -FLT_MAX);
    }

    // centers[j] = mean of cluster j, rounded once; clusters without weight keep the centre they have.
    void means(T* centers) const {
        for (int64_t j = 0; j < k_; ++j) {
            const Twofold total = weight_of(j);
            if (total.high <= 0) continue;
            for (int64_t f = 0; f < rows_.d; ++f) {
                const Twofold sum = sum_of(j, f);
                double mean = sum.high / total.high;
                // One correction: where the quotient is a float64, this is it.
                mean += (std::fma(-mean, total.high, sum.high) + (sum.low - mean * total.low)) / total.high;
                centers[j * rows_.d + f] = T(mean);
            }
        }
    }

    // As `means`, from the centres of the last assignment; returns the summed squared shift.
    double move(T* centers) const {
        std::memcpy(centers, previous_.data(), previous_.size() * sizeof(T));
        means(centers);
        double shift = 0;
        for (size_t e = 0; e < previous_.size(); ++e) {
            const double step = double(centers[e]) - double(previous_[e]);
            shift += step * step;
        }
        return shift;
    }

    bool has_empty() const {
        for (int64_t j = 0; j < k_; ++j)
            if (weight(j) <= 0) return true;
        return false;
    }

    double weight(int64_t j) const { return weight_of(j).high; }

    // sum over the samples of cluster j of weight * (x - anchor), column f.
    double sum_about(int64_t j, int64_t f, double anchor) const {
        const Twofold sum = sum_of(j, f), total = weight_of(j);
        return std::fma(-anchor, total.high, sum.high) + (sum.low - anchor * total.low);
    }
    int64_t n_clusters() const { return k_; }
    int64_t n_features() const { return rows_.d; }

  private:
    // A number as the unevaluated sum of two float64.
    struct Twofold {
        double high, low;
    };

    // (whole + rest / 2^bits) / scale, exact to about 106 bits.
    Twofold joined(int64_t whole, int64_t rest, double scale) const {
        constexpr int64_t exact = int64_t(1) << 53;
        const double step = double(int64_t(1) << grid_.bits);
        if (std::abs(whole) <= exact && std::abs(rest) <= exact) {  // a small cluster: float64 holds both parts
            const double first = double(whole), second = double(rest) / step, high = first + second;
            return {high / scale, ((first - high) + second) / scale};
        }
        const __int128 value = (__int128(whole) << grid_.bits) + rest;
        const double high = double(value), low = double(value - __int128(high));
        return {high / step / scale, low / step / scale};
    }

    Twofold sum_of(int64_t j, int64_t f) const {
        const int64_t* at = sums_.data() + j * 2 * rows_.d + f;
        return joined(at[0], at[rows_.d], grid_.scale[f]);
    }

    Twofold weight_of(int64_t j) const {
        const double unit = grid_.integer_weights ? 1.0 : double(int64_t(1) << grid_.bits);
        return joined(counts_[size_t(2 * j)], counts_[size_t(2 * j + 1)], unit);
    }

    void prepare_workers() {
        const int workers = std::max(workers_, get_num_threads());
        scratch_.reserve(workers, tiles<T>().scratch_bytes(rows_.d, k_, block_));
        if (workers == workers_) return;
        workers_ = workers;
        delta_sums_.assign(size_t(workers), {});
        delta_counts_.assign(size_t(workers), {});
        worker_sums_.clear();
        worker_counts_.clear();
        for (int w = 0; w < workers; ++w) {
            delta_sums_[size_t(w)].assign(sums_.size(), 0);
            delta_counts_[size_t(w)].assign(counts_.size(), 0);
            worker_sums_.push_back(delta_sums_[size_t(w)].data());
            worker_counts_.push_back(delta_counts_[size_t(w)].data());
        }
        changed_.assign(size_t(workers) * 8, 0);
    }

    // Integers add up to the same in any order.
    int64_t collect() {
        int64_t changed = 0;
        for (size_t w = 0; w < size_t(workers_); ++w) {
            if (!changed_[w]) continue;
            changed += changed_[w];
            changed_[w] = 0;
            for (size_t e = 0; e < sums_.size(); ++e) sums_[e] += delta_sums_[w][e], delta_sums_[w][e] = 0;
            for (size_t j = 0; j < counts_.size(); ++j) counts_[j] += delta_counts_[w][j], delta_counts_[w][j] = 0;
        }
        return changed;
    }

    // Chosen once: the groups follow the start. What they are changes the speed and nothing else.
    void group_centers(const T* centers) {
        const int64_t lanes = tiles<T>().lanes;
        group_panels_ = tiles<T>().group_panels(rows_.d, k_);
        const int64_t slots = group_panels_ * lanes, groups = (k_ + slots - 1) / slots;
        order_ = Grouping<T>(centers, k_, rows_.d, slots).order;
        group_.assign(size_t(k_), 0);
        for (int64_t e = 0; e < k_; ++e) group_[size_t(order_[size_t(e)])] = int32_t(e / slots);
        order_.resize(size_t((k_ + lanes - 1) / lanes * lanes), -1);
        moved_.assign(size_t(groups), 0);
        lower_.resize(size_t(rows_.n * groups));
    }

    // Distances between centres cost k^2 d: worth it while that is little beside n k d.
    bool measure_apart(const Centers<T>& packed) {
        if ((!started_ && !probes()) || k_ > rows_.n / 16) return apart_.clear(), true;
        apart_.resize(size_t(k_ * packed.groups));
        const int64_t step = 32;
        return parallel((k_ + step - 1) / step, workers_, [&](int64_t b, int) {
            tiles<T>().centers_apart(packed, b * step, std::min(k_, (b + 1) * step), apart_.data());
        });
    }

    // Guessing pays where all features cost much more than a few.
    bool probes() const { return !rows_.sparse() && rows_.d >= 3 * kProbeFeatures && k_ >= 8; }

    // The features in which the centres differ most.
    Probe<T> make_probe(const Centers<T>& c) {
        const int64_t d = rows_.d, lanes = tiles<T>().lanes, padded = int64_t(order_.size());
        std::vector<std::pair<double, int64_t>> spread;
        for (int64_t f = 0; f < d; ++f) {
            double sum = 0, squares = 0;
            for (int64_t j = 0; j < k_; ++j) {
                const double v = double(c.raw[j * d + f]) - double(c.shift[f]);
                sum += v;
                squares += v * v;
            }
            spread.emplace_back(sum * sum / double(k_) - squares, f);
        }
        std::sort(spread.begin(), spread.end());
        Probe<T> probe;
        for (int f = 0; f < kProbeFeatures; ++f) probe.features[f] = int32_t(spread[size_t(f)].second);
        probe_panels_.assign(size_t(padded * kProbeFeatures), T(0));
        probe_norms_.assign(size_t(padded), std::numeric_limits<T>::max() / 4);
        for (int64_t slot = 0; slot < padded; ++slot) {
            const int32_t j = order_[size_t(slot)];
            if (j < 0) continue;
            T square = 0;
            for (int f = 0; f < kProbeFeatures; ++f) {
                const T v = c.raw[j * d + probe.features[f]] - c.shift[probe.features[f]];
                probe_panels_[size_t(((slot / lanes) * kProbeFeatures + f) * lanes + slot % lanes)] = -2 * v;
                square += v * v;
            }
            probe_norms_[size_t(slot)] = square;
        }
        nearest_other_.assign(size_t(k_), FLT_MAX);
        for (int64_t j = 0; j < k_; ++j)
            for (int g = 0; g < c.groups; ++g)
                nearest_other_[size_t(j)] = std::min(nearest_other_[size_t(j)], apart_[size_t(j * c.groups + g)]);
        probe.panels = probe_panels_.data();
        probe.norms = probe_norms_.data();
        probe.nearest_other = nearest_other_.data();
        return probe;
    }

    // The two largest moves among some centres, and whose the largest is.
    struct Moves {
        double largest = 0, runner_up = 0;
        int64_t leader = -1;
        void offer(int64_t j, double move) {
            if (leader < 0 || move > largest) runner_up = largest, largest = move, leader = j;
            else runner_up = std::max(runner_up, move);
        }
        double without(int64_t j) const { return j == leader ? runner_up : largest; }
    };

    // Adds the moves since the last assignment to the totals that the bounds are compared with.
    void note_moves(const T* centers) {
        const int64_t d = rows_.d;
        Moves all;
        std::vector<Moves> in_group(moved_.size());
        std::vector<double> moves(static_cast<size_t>(k_));
        for (int64_t j = 0; j < k_; ++j) {
            double s = 0;
            for (int64_t f = 0; f < d; ++f) {
                const double e = double(centers[j * d + f]) - double(previous_[size_t(j * d + f)]);
                s += e * e;
            }
            moves[size_t(j)] = std::sqrt(s) * (1 + 1e-9);
            all.offer(j, moves[size_t(j)]);
            in_group[size_t(group_[size_t(j)])].offer(j, moves[size_t(j)]);
        }
        for (size_t g = 0; g < moved_.size(); ++g) moved_[g] += in_group[g].largest;
        for (int64_t j = 0; j < k_; ++j) {
            own_[size_t(j)] += moves[size_t(j)];
            others_[size_t(j)] += all.without(j);
            mates_[size_t(j)] += in_group[size_t(group_[size_t(j)])].without(j);
            const double total = (own_[size_t(j)] + others_[size_t(j)]) * (1 + 1e-12);
            threshold_[size_t(j)] = std::nextafterf(float(total), INFINITY);
        }
    }

    int32_t* labels_;
    Rows<T> rows_;
    const double* weights_;
    const T* shift_;
    Grid grid_;
    int64_t k_;
    int64_t block_;
    bool started_ = false;
    std::vector<float> gap_, upper_, lower_, threshold_, apart_, nearest_other_;
    std::vector<T> probe_panels_, probe_norms_;
    std::vector<double> own_, others_, mates_, moved_;
    std::vector<int32_t> order_, group_;
    int64_t group_panels_ = 0;
    std::vector<T> previous_;
    std::vector<int64_t> sums_, counts_;
    PackedCenters<T> packed_;
    Scratch scratch_;
    int workers_ = 0;
    std::vector<std::vector<int64_t>> delta_sums_, delta_counts_;
    std::vector<int64_t*> worker_sums_, worker_counts_;
    std::vector<int64_t> changed_;
};

}  // namespace ganglion
