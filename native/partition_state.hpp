// A partition that is being built, and what it shares with every draw: the contingency tables of all draws at once.
//
// For each cluster l of each draw b there is a row of counts, one for each cluster c of the partition, and beside it the
// gains w_b (h(count + 1) - h(count)). What one more item i would add to the joint sums, for all c at once, is then a sum
// over the draws of contiguous rows: those of i's clusters. Nothing is looked up while items are only judged.
#pragma once
#include "partition_tables.hpp"

namespace ganglion {

// What a search is about. Items that no draw tells apart stand together as one atom.
template <class T> struct PartitionProblem {
    int64_t n_atoms, n_draws, n_items;
    const T* columns;        // (n_atoms, n_draws): the cluster of each atom in each draw
    const int64_t* bases;    // (n_draws + 1,): where the rows of a draw's clusters begin
    const double* weights;   // (n_draws,): integers
    const int64_t* sizes;    // (n_atoms,): items in each atom
    const double* h;         // (n_items + 2,)
    const double* gain;      // (n_items + 1,): h[m + 1] - h[m]
    double own_share;        // how much sum_c h(size of c) counts, beside twice the joint sums; times the total weight
    int64_t max_clusters;
};

template <class T> class PartitionState {
  public:
    explicit PartitionState(const PartitionProblem<T>& problem)
        : p_(problem), n_rows_(problem.bases[problem.n_draws]), labels_(size_t(problem.n_atoms), -1),
          total_(0), joint_(size_t(kPartitionLanes)) {
        for (int64_t b = 0; b < p_.n_draws; ++b) total_ += p_.weights[b];
        grow(kPartitionLanes);
    }

    static double bytes(int64_t n_rows, int64_t capacity) { return 12.0 * double(n_rows) * double(capacity); }

    const std::vector<int32_t>& labels() const { return labels_; }
    int64_t n_clusters() const { return n_clusters_; }
    int64_t lanes() const { return lanes_; }
    int64_t size(int64_t c) const { return sizes_[size_t(c)]; }

    void clear() {
        std::fill(counts_.begin(), counts_.end(), 0);
        refresh();
        std::fill(labels_.begin(), labels_.end(), -1);
        std::fill(sizes_.begin(), sizes_.end(), 0);
        n_clusters_ = 0;
        lanes_ = 0;
    }

    // Labels (n_atoms,) as they are given, from 0 on, all at once.
    void set(const int32_t* labels) {
        int64_t k = 0;
        for (int64_t i = 0; i < p_.n_atoms; ++i) k = std::max<int64_t>(k, labels[i] + 1);
        if (k >= capacity_) grow(k + 1);
        std::fill(counts_.begin(), counts_.end(), 0);
        std::fill(sizes_.begin(), sizes_.end(), 0);
        for (int64_t i = 0; i < p_.n_atoms; ++i) {
            const T* column = p_.columns + i * p_.n_draws;
            const int64_t c = labels_[size_t(i)] = labels[i];
            sizes_[size_t(c)] += p_.sizes[i];
            for (int64_t b = 0; b < p_.n_draws; ++b)
                counts_[size_t((p_.bases[b] + int64_t(column[b])) * capacity_ + c)] += int32_t(p_.sizes[i]);
        }
        refresh();
        n_clusters_ = lanes_ = 0;
        for (int64_t c = 0; c < capacity_; ++c)
            if (sizes_[size_t(c)]) ++n_clusters_, lanes_ = c + 1;
    }

    // The change of the objective if atom i, left out of its own cluster, were put into the best one; an empty cluster is
    // one of the choices, and its own wins unless another is better by more than rounding.
    int64_t best_cluster(int64_t i) {
        const int64_t empty = n_clusters_ < p_.max_clusters ? first_empty() : -1;
        const int64_t own = labels_[size_t(i)];
        joint_sums(i, own);
        double lowest = 0;
        int64_t best = own;
        if (own >= 0) lowest = cost(i, own, own) - tolerance(p_.sizes[i]);
        for (int64_t c = 0; c < lanes_ || c == empty; ++c) {
            if (c == own || (sizes_[size_t(c)] == 0 && c != empty)) continue;
            const double found = cost(i, c, own);
            if (best < 0 || found < lowest) lowest = found, best = c;
        }
        return best;
    }

    void put(int64_t i, int64_t c) {
        labels_[size_t(i)] = int32_t(c);
        if (sizes_[size_t(c)] == 0) {
            ++n_clusters_;
            lanes_ = std::max(lanes_, c + 1);
            if (n_clusters_ >= capacity_) grow(2 * capacity_);
        }
        sizes_[size_t(c)] += p_.sizes[i];
        shift(i, c, p_.sizes[i]);
    }

    void take(int64_t i) {
        const int64_t c = labels_[size_t(i)];
        labels_[size_t(i)] = -1;
        sizes_[size_t(c)] -= p_.sizes[i];
        shift(i, c, -p_.sizes[i]);
        if (sizes_[size_t(c)] == 0) {
            --n_clusters_;
            while (lanes_ > 0 && sizes_[size_t(lanes_ - 1)] == 0) --lanes_;
        }
    }

    // own_share W sum_c h(n_c) - 2 sum_b w_b sum_cl h(n_cl), from the counts.
    double objective() const {
        double own = 0, joint = 0;
        for (int64_t c = 0; c < lanes_; ++c) own += p_.h[sizes_[size_t(c)]];
        for (int64_t b = 0; b < p_.n_draws; ++b) {
            double sum = 0;
            for (int64_t row = p_.bases[b]; row < p_.bases[b + 1]; ++row)
                for (int64_t c = 0; c < lanes_; ++c) sum += p_.h[counts_[size_t(row * capacity_ + c)]];
            joint += p_.weights[b] * sum;
        }
        return p_.own_share * total_ * own - 2 * joint;
    }

    // What two objectives of equal partitions may differ by.
    double rounding() const { return 1e-14 * total_ * p_.h[p_.n_items]; }

  private:
    // joint_[c] = what the joint sums gain by atom i in cluster c, without it in `own` (-1: it is in none).
    void joint_sums(int64_t i, int64_t own) {
        const T* column = p_.columns + i * p_.n_draws;
        const int64_t size = p_.sizes[i], lanes = std::min(lanes_ + 1, capacity_);
        if (size == 1) {
            const int64_t rounded = (lanes + kPartitionLanes - 1) / kPartitionLanes * kPartitionLanes;
            partition_kernels<T>().sum_gains(column, p_.bases, p_.n_draws, gains_.data(), capacity_, rounded,
                                             joint_.data());
        } else {
            heavy_sums(column, size, lanes);
        }
        if (own < 0) return;
        double sum = 0;
        for (int64_t b = 0; b < p_.n_draws; ++b) {
            const int64_t count = counts_[size_t((p_.bases[b] + int64_t(column[b])) * capacity_ + own)];
            sum += p_.weights[b] * (size == 1 ? p_.gain[count - 1] : p_.h[count] - p_.h[count - size]);
        }
        joint_[size_t(own)] = sum;
    }

    void heavy_sums(const T* column, int64_t size, int64_t lanes) {
        std::fill(joint_.begin(), joint_.begin() + lanes, 0.0);
        for (int64_t b = 0; b < p_.n_draws; ++b) {
            const int32_t* row = counts_.data() + (p_.bases[b] + int64_t(column[b])) * capacity_;
            for (int64_t c = 0; c < lanes; ++c)
                joint_[size_t(c)] += p_.weights[b] * (p_.h[std::min(row[c] + size, p_.n_items)] - p_.h[row[c]]);
        }
    }

    double cost(int64_t i, int64_t c, int64_t own) const {
        const int64_t size = p_.sizes[i], others = sizes_[size_t(c)] - (c == own ? size : 0);
        const double rise = size == 1 ? p_.gain[others] : p_.h[others + size] - p_.h[others];
        return p_.own_share * total_ * rise - 2 * joint_[size_t(c)];
    }

    // A bound on the rounding of two sums over the draws: each is at most W (h(n) - h(n - size)), and where an atom holds
    // several items its terms are differences of h.
    double tolerance(int64_t size) const {
        const double sums = (double(p_.n_draws) + 16) * double(size) * p_.gain[p_.n_items - 1];
        return 4e-16 * total_ * (sums + (size > 1 ? p_.h[p_.n_items] : 0));
    }

    int64_t first_empty() const {
        for (int64_t c = 0; c < lanes_; ++c)
            if (sizes_[size_t(c)] == 0) return c;
        return lanes_;
    }

    void shift(int64_t i, int64_t c, int64_t size) {
        const T* column = p_.columns + i * p_.n_draws;
        for (int64_t b = 0; b < p_.n_draws; ++b) {
            const size_t at = size_t((p_.bases[b] + int64_t(column[b])) * capacity_ + c);
            counts_[at] += int32_t(size);
            gains_[at] = p_.weights[b] * p_.gain[counts_[at]];
        }
    }

    void refresh() {
        for (int64_t b = 0; b < p_.n_draws; ++b)
            for (int64_t at = p_.bases[b] * capacity_; at < p_.bases[b + 1] * capacity_; ++at)
                gains_[size_t(at)] = p_.weights[b] * p_.gain[counts_[size_t(at)]];
    }

    void grow(int64_t capacity) {
        capacity = (capacity + kPartitionLanes - 1) / kPartitionLanes * kPartitionLanes;
        std::vector<int32_t> counts(size_t(n_rows_ * capacity));
        for (int64_t row = 0; row < n_rows_; ++row)
            std::copy_n(counts_.begin() + row * capacity_, capacity_, counts.begin() + row * capacity);
        counts_ = std::move(counts);
        capacity_ = capacity;
        gains_.resize(size_t(n_rows_ * capacity));
        sizes_.resize(size_t(capacity));
        joint_.resize(size_t(capacity));
        refresh();
    }

    PartitionProblem<T> p_;
    int64_t n_rows_, capacity_ = 0, n_clusters_ = 0, lanes_ = 0;  // lanes from `lanes_` on are empty
    std::vector<int32_t> labels_, counts_;
    std::vector<double> gains_;
    std::vector<int64_t> sizes_;
    double total_;
    std::vector<double> joint_;
};

}  // namespace ganglion
