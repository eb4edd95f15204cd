// One run of Lloyd's algorithm: owns what is known between steps and hands blocks to the kernels.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "isa.hpp"
#include "pool.hpp"

namespace ganglion {

// Rows in a block: a function of the data's shape alone. About 2^26 products, so that a signal is never far away.
inline int64_t block_rows(int64_t d, int64_t k) {
    const int64_t work = std::max<int64_t>(1, d * k);
    return std::clamp<int64_t>((int64_t(1) << 26) / work / 64 * 64, 64, 4096);
}

inline int64_t n_blocks(int64_t n, int64_t block) { return (n + block - 1) / block; }

// Scratch memory, one cache-aligned piece a worker.
class Scratch {
  public:
    Scratch() = default;
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    void reserve(int workers, int64_t bytes) {
        if (int(pieces_.size()) >= workers && bytes <= bytes_) return;
        bytes_ = std::max(bytes, bytes_);
        pieces_.clear();
        aligned_.clear();
        for (int w = 0; w < workers; ++w) {
            pieces_.emplace_back(new char[size_t(bytes_) + 64]());
            aligned_.push_back(pieces_.back().get() + (64 - reinterpret_cast<uintptr_t>(pieces_.back().get()) % 64));
        }
    }
    char** data() { return aligned_.data(); }
    char* operator[](int worker) { return aligned_[size_t(worker)]; }

  private:
    int64_t bytes_ = 0;
    std::vector<std::unique_ptr<char[]>> pieces_;
    std::vector<char*> aligned_;
};

// Owns the packed form of a set of centres; grows as needed, never shrinks.
template <class T> class PackedCenters {
  public:
    const Centers<T>& pack(const T* raw, const T* shift, int64_t k, int64_t d) {
        const int64_t padded = (k + 63) / 64 * 64, line = 64 / int64_t(sizeof(T));
        c_.stride = (((d + line - 1) / line) | 1) * line;
        rows_.resize(size_t(padded * c_.stride));
        panels_.resize(size_t(padded * d));
        norms_.resize(size_t(padded));
        c_.raw = raw, c_.shift = shift, c_.k = k, c_.d = d;
        c_.rows = rows_.data(), c_.panels = panels_.data(), c_.norms = norms_.data();
        tiles<T>().pack_centers(c_);
        return c_;
    }
    const Centers<T>& get() const { return c_; }

  private:
    Centers<T> c_{};
    std::vector<T> rows_, panels_, norms_;
};

template <class T> class Lloyd {
  public:
    Lloyd(Rows<T> rows, const double* weights, const T* shift, Grid grid, int64_t k)
        : rows_(rows), weights_(weights), shift_(shift), grid_(grid), k_(k), block_(block_rows(rows.d, k)) {
        const size_t n = size_t(rows.n), kd = size_t(k * rows.d);
        labels.assign(n, -1);
        gap_.resize(n);
        lower_.resize(n);
        own_.assign(size_t(k), 0);
        others_.assign(size_t(k), 0);
        threshold_.assign(size_t(k), 0);
        previous_.resize(kd);
        sums_.assign(kd, 0);
        counts_.assign(size_t(k), 0);
    }

    // Labels every row for `centers` (k, d). Returns how many labels changed, or -1 when a signal handler raised.
    int64_t assign(const T* centers) {
        if (started_) note_moves(centers);
        prepare_workers();
        Assignment<T> job;
        job.rows = rows_;
        job.centers = packed_.pack(centers, shift_, k_, rows_.d);
        job.bounds = {labels.data(), gap_.data(), lower_.data(), threshold_.data(), own_.data(), others_.data(),
                      started_, !rows_.sparse() && k_ >= 4 && rows_.d > 8};
        job.grid = grid_;
        job.weights = weights_;
        job.block = block_;
        job.sums = worker_sums_.data();
        job.counts = worker_counts_.data();
        job.changed = changed_.data();
        job.computed = computed_.data();
        job.tightened = tightened_.data();
        job.scratch = scratch_.data();
        const bool finished = parallel(n_blocks(rows_.n, block_), workers_, [&](int64_t block, int worker) {
            tiles<T>().assign_block(job, block, worker);
        });
        std::memcpy(previous_.data(), centers, previous_.size() * sizeof(T));
        started_ = true;
        return finished ? collect() : -1;
    }

    // Gives row i to cluster j, wherever it is nearest: how an empty cluster is reseeded.
    void move_row(int64_t i, int32_t j) {
        std::vector<T> dense(rows_.sparse() ? size_t(rows_.d) : 0);
        const T* x = definitions<T>().dense_row(rows_, i, dense.data());
        const double* w = weights_ ? weights_ + i : nullptr;
        const int32_t old = labels[size_t(i)];
        const auto add = definitions<T>().add_to_sums;
        add(x, grid_, w, rows_.d, -1, sums_.data() + old * rows_.d, counts_.data() + old);
        add(x, grid_, w, rows_.d, 1, sums_.data() + j * rows_.d, counts_.data() + j);
        labels[size_t(i)] = j;
        gap_[size_t(i)] = lower_[size_t(i)] = -INFINITY;
    }

    // centers[j] = mean of cluster j; clusters without weight keep the centre they have.
    void means(T* centers) const {
        for (int64_t j = 0; j < k_; ++j) {
            if (counts_[size_t(j)] <= 0) continue;
            const double weight = double(counts_[size_t(j)]) / grid_.weight_scale;
            for (int64_t f = 0; f < rows_.d; ++f)
                centers[j * rows_.d + f] =
                    T(grid_.origin[f] + double(sums_[size_t(j * rows_.d + f)]) / grid_.scale[f] / weight);
        }
    }

    double weight(int64_t j) const { return double(counts_[size_t(j)]) / grid_.weight_scale; }
    // Cluster sum of column f relative to the grid's origin.
    double offset_sum(int64_t j, int64_t f) const { return double(sums_[size_t(j * rows_.d + f)]) / grid_.scale[f]; }
    int64_t n_clusters() const { return k_; }
    int64_t n_features() const { return rows_.d; }
    int64_t computed() const { return last_computed_; }
    int64_t tightened() const { return last_tightened_; }

    std::vector<int32_t> labels;

  private:
    void prepare_workers() {
        const int workers = std::max(workers_, get_num_threads());
        const size_t kd = size_t(k_ * rows_.d), k = size_t(k_);
        scratch_.reserve(workers, tiles<T>().scratch_bytes(rows_.d, k_, block_));
        if (workers == workers_) return;
        workers_ = workers;
        delta_sums_.assign(size_t(workers), {});
        delta_counts_.assign(size_t(workers), {});
        worker_sums_.clear();
        worker_counts_.clear();
        for (int w = 0; w < workers; ++w) {
            delta_sums_[size_t(w)].assign(kd, 0);
            delta_counts_[size_t(w)].assign(k, 0);
            worker_sums_.push_back(delta_sums_[size_t(w)].data());
            worker_counts_.push_back(delta_counts_[size_t(w)].data());
        }
        changed_.assign(size_t(workers) * 8, 0);
        computed_.assign(size_t(workers) * 8, 0);
        tightened_.assign(size_t(workers) * 8, 0);
    }

    // Integers add up to the same in any order.
    int64_t collect() {
        int64_t changed = 0;
        last_computed_ = last_tightened_ = 0;
        for (size_t w = 0; w < size_t(workers_); ++w) {
            last_computed_ += computed_[w];
            last_tightened_ += tightened_[w];
            computed_[w] = tightened_[w] = 0;
            if (!changed_[w]) continue;
            changed += changed_[w];
            changed_[w] = 0;
            for (size_t e = 0; e < sums_.size(); ++e) sums_[e] += delta_sums_[w][e], delta_sums_[w][e] = 0;
            for (size_t j = 0; j < counts_.size(); ++j) counts_[j] += delta_counts_[w][j], delta_counts_[w][j] = 0;
        }
        return changed;
    }

    // Adds the moves since the last assignment to the totals that the bounds are compared with.
    void note_moves(const T* centers) {
        const int64_t d = rows_.d;
        double largest = 0, runner_up = 0;
        int64_t leader = -1;
        std::vector<double> moves(static_cast<size_t>(k_));
        for (int64_t j = 0; j < k_; ++j) {
            double s = 0;
            for (int64_t f = 0; f < d; ++f) {
                const double e = double(centers[j * d + f]) - double(previous_[size_t(j * d + f)]);
                s += e * e;
            }
            const double move = std::sqrt(s) * (1 + 1e-9);
            moves[size_t(j)] = move;
            if (move > largest || leader < 0) runner_up = largest, largest = move, leader = j;
            else if (move > runner_up) runner_up = move;
        }
        for (int64_t j = 0; j < k_; ++j) {
            own_[size_t(j)] += moves[size_t(j)];
            others_[size_t(j)] += j == leader ? runner_up : largest;
            const double total = (own_[size_t(j)] + others_[size_t(j)]) * (1 + 1e-12);
            threshold_[size_t(j)] = std::nextafterf(float(total), INFINITY);
        }
    }

    Rows<T> rows_;
    const double* weights_;
    const T* shift_;
    Grid grid_;
    int64_t k_;
    int64_t block_;
    bool started_ = false;
    std::vector<float> gap_, lower_, threshold_;
    std::vector<double> own_, others_;
    std::vector<T> previous_;
    std::vector<int64_t> sums_, counts_;
    PackedCenters<T> packed_;
    Scratch scratch_;
    int workers_ = 0;
    std::vector<std::vector<int64_t>> delta_sums_, delta_counts_;
    std::vector<int64_t*> worker_sums_, worker_counts_;
    std::vector<int64_t> changed_, computed_, tightened_;
    int64_t last_computed_ = 0, last_tightened_ = 0;
};

}  // namespace ganglion
