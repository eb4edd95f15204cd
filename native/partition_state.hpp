// A partition that is being built: who is where, and where an atom costs least.
#pragma once
#include "partition_counts.hpp"

namespace ganglion {

template <class T> class PartitionState {
  public:
    PartitionState(const PartitionProblem<T>& problem, int64_t most_bytes)
        : p_(problem), counts_(problem, most_bytes), labels_(size_t(problem.n_atoms), -1) {
        for (int64_t b = 0; b < p_.n_draws; ++b) total_ += p_.weights[b];
    }

    const std::vector<int32_t>& labels() const { return labels_; }
    int64_t lanes() const { return lanes_; }

    void clear() {
        restart(kPartitionLanes);
        std::fill(labels_.begin(), labels_.end(), -1);
    }

    // Labels (n_atoms,) from 0 on, all at once.
    void set(const int32_t* labels) {
        labels_.assign(labels, labels + p_.n_atoms);
        const int64_t k = 1 + *std::max_element(labels_.begin(), labels_.end());
        restart(k + 1);
        counts_.set(labels);
        for (int64_t i = 0; i < p_.n_atoms; ++i) sizes_[size_t(labels[i])] += p_.sizes[i];
        for (int64_t c = 0; c < k; ++c)
            if (sizes_[size_t(c)]) ++n_clusters_, lanes_ = c + 1;
    }

    // How many atoms may be judged at once.
    int64_t batch() const { return std::max<int64_t>(1, kBatchSums / (2 * judged_lanes())); }

    // Against the partition as it is; `choose(e)` then tells where items[e] costs least.
    void judge(const int64_t* items, int64_t count) {
        stride_ = 2 * judged_lanes();
        joint_.resize(size_t(std::max<int64_t>(int64_t(joint_.size()), count * stride_)));
        counts_.sums(items, count, stride_ / 2, joint_.data());
        items_ = items;
        empty_ = n_clusters_ < p_.max_clusters ? first_empty() : -1;
    }

    // An empty cluster is among the choices; an atom's own wins unless another is better by more than rounding.
    int64_t choose(int64_t e) const {
        const int64_t i = items_[e], own = labels_[size_t(i)], size = p_.sizes[i];
        const double* joint = joint_.data() + e * stride_;
        int64_t best = -1;
        double lowest = 0;
        for (int64_t c = 0; c < lanes_ || c == empty_; ++c) {
            if (c == own || (sizes_[size_t(c)] == 0 && c != empty_)) continue;
            const double found = cost(size, sizes_[size_t(c)], joint[c]);
            if (best < 0 || found < lowest) lowest = found, best = c;
        }
        if (own < 0 || best < 0) return best < 0 ? own : best;
        const int64_t others = sizes_[size_t(own)] - size;
        // The sum of its own cluster counts the atom itself. Leaving it out lowers a draw's term by at most the largest
        // second difference of h, which is that at 0: mostly enough to tell, and then nothing is looked up.
        const double least = joint[own] - total_ * (p_.gain[1] - p_.gain[0]);
        if (size == 1 && cost(size, others, least) <= lowest) return own;
        return lowest < cost(size, others, counts_.own(i, own)) - tolerance(size) ? best : own;
    }

    void put(int64_t i, int64_t c) {
        if (sizes_[size_t(c)] == 0) {
            ++n_clusters_;
            lanes_ = std::max(lanes_, c + 1);
            if (n_clusters_ >= capacity_) grow(2 * capacity_);
        }
        labels_[size_t(i)] = int32_t(c);
        sizes_[size_t(c)] += p_.sizes[i];
        counts_.shift(i, c, p_.sizes[i]);
    }

    void take(int64_t i) {
        const int64_t c = labels_[size_t(i)];
        labels_[size_t(i)] = -1;
        sizes_[size_t(c)] -= p_.sizes[i];
        counts_.shift(i, c, -p_.sizes[i]);
        if (sizes_[size_t(c)] == 0) {
            --n_clusters_;
            while (lanes_ > 0 && sizes_[size_t(lanes_ - 1)] == 0) --lanes_;
        }
    }

    // own_share W sum_c h(n_c) - 2 sum_b w_b sum_cl h(n_cl), from the counts.
    double objective() const {
        double own = 0;
        for (int64_t c = 0; c < lanes_; ++c) own += p_.h[sizes_[size_t(c)]];
        return p_.own_share * total_ * own - 2 * counts_.joint();
    }

    // What two objectives of equal partitions may differ by.
    double rounding() const { return 1e-14 * total_ * p_.h[p_.n_items]; }

  private:
    double cost(int64_t size, int64_t others, double joint) const {
        return p_.own_share * total_ * rise(p_, others, size) - 2 * joint;
    }

    // A bound on the rounding of two sums over the draws: each is at most W (h(n) - h(n - size)), and where an atom holds
    // several items its terms are differences of h.
    double tolerance(int64_t size) const {
        const double sums = (double(p_.n_draws) + 16) * double(size) * p_.gain[p_.n_items - 1];
        return 4e-16 * total_ * (sums + (size > 1 ? p_.h[p_.n_items] : 0));
    }

    int64_t judged_lanes() const { return whole_lanes(std::min(lanes_ + 1, capacity_)); }

    int64_t first_empty() const {
        for (int64_t c = 0; c < lanes_; ++c)
            if (sizes_[size_t(c)] == 0) return c;
        return lanes_;
    }

    void grow(int64_t capacity) {
        capacity_ = whole_lanes(capacity);
        counts_.grow(capacity_, labels_.data());
        sizes_.resize(size_t(capacity_));
    }

    // Another partition, with nobody in it yet.
    void restart(int64_t capacity) {
        capacity_ = whole_lanes(capacity);
        counts_.restart(capacity_);
        sizes_.assign(size_t(capacity_), 0);
        n_clusters_ = lanes_ = 0;
    }

    PartitionProblem<T> p_;
    PartitionCounts<T> counts_;
    int64_t capacity_ = 0, n_clusters_ = 0, lanes_ = 0;  // the lanes from `lanes_` on are empty
    std::vector<int32_t> labels_;
    std::vector<int64_t> sizes_;
    double total_ = 0;
    std::vector<double> joint_;  // of the batch that was judged last
    const int64_t* items_ = nullptr;
    int64_t stride_ = 0, empty_ = -1;
};

}  // namespace ganglion
