// The contingency tables of a partition that is being built with every draw at once, kept in one of two ways.
//
// A row belongs to a cluster l of a draw b; it says how many items of l each cluster c of the partition holds. What one
// more item i would add to the joint sums, for all c at once, is a sum over the draws of the rows of i's clusters.
#pragma once
#include <optional>
#include "partition_tables.hpp"

namespace ganglion {

// What a search is about. Items that no draw tells apart stand together as one atom.
template <class T> struct PartitionProblem {
    int64_t n_atoms, n_draws, n_items;
    const T* columns;        // (n_atoms, n_draws): the cluster of each atom in each draw
    const int64_t* bases;    // (n_draws + 1,): where the rows of a draw's clusters begin
    const double* weights;   // (n_draws,): integers
    const int64_t* sizes;    // (n_atoms,): items in each atom
    const double* h;         // (n_items + 2,): a convex function of a count
    const double* gain;      // (n_items + 1,): h[m + 1] - h[m]
    double own_share;        // how much sum_c h(size of c) counts, beside twice the joint sums; times the total weight
    int64_t max_clusters;
};

// Items are judged in batches, for so many draws at a time: what belongs to these draws then stays in the cache.
constexpr int64_t kDrawsAtOnce = 32;
constexpr int64_t kBatchSums = 16384;  // two sums for each item of a batch and each lane

inline int64_t whole_lanes(int64_t lanes) { return (lanes + kPartitionLanes - 1) / kPartitionLanes * kPartitionLanes; }

// How h rises when `size` items join `count`.
template <class T> inline double rise(const PartitionProblem<T>& p, int64_t count, int64_t size) {
    return size == 1 ? p.gain[count] : p.h[count + size] - p.h[count];
}

// Few clusters: all counts of a row, and beside them the gains w_b (h(count + 1) - h(count)). Nothing is looked up while
// items are only judged: contiguous numbers are added, clusters as lanes.
template <class T> class DenseCounts {
  public:
    explicit DenseCounts(const PartitionProblem<T>& problem) : p_(problem), n_rows_(problem.bases[problem.n_draws]) {}

    int64_t capacity() const { return capacity_; }

    void grow(int64_t capacity) {
        std::vector<int32_t> counts(size_t(n_rows_ * capacity));
        for (int64_t row = 0; row < n_rows_; ++row)
            std::copy_n(counts_.begin() + row * capacity_, capacity_, counts.begin() + row * capacity);
        counts_ = std::move(counts);
        capacity_ = capacity;
        gains_.resize(size_t(n_rows_ * capacity));
        refresh();
    }

    // Every atom in the cluster that `labels` says; none where it is null.
    void set(const int32_t* labels) {
        std::fill(counts_.begin(), counts_.end(), 0);
        for (int64_t i = 0; labels && i < p_.n_atoms && !interrupted(); ++i)
            for (int64_t b = 0; b < p_.n_draws; ++b) counts_[at(i, b, labels[i])] += int32_t(p_.sizes[i]);
        refresh();
    }

    void shift(int64_t i, int64_t c, int64_t size) {
        for (int64_t b = 0; b < p_.n_draws; ++b) {
            const size_t cell = at(i, b, c);
            counts_[cell] += int32_t(size);
            gains_[cell] = p_.weights[b] * p_.gain[counts_[cell]];
        }
    }

    // out[e * 2 * lanes + c] = what the joint sums gain by one more atom like items[e] in cluster c, for c < lanes, a
    // multiple of kPartitionLanes. The second half of each `2 * lanes` is scratch.
    void sums(const int64_t* items, int64_t count, int64_t lanes, double* out) const {
        std::fill(out, out + count * 2 * lanes, 0.0);
        const auto kernel = partition_kernels<T>().sum_gains;
        for (int64_t begin = 0; begin < p_.n_draws; begin += kDrawsAtOnce) {
            const int64_t end = std::min(p_.n_draws, begin + kDrawsAtOnce);
            for (int64_t e = 0; e < count; ++e) {
                const T* column = p_.columns + items[e] * p_.n_draws;
                double* sum = out + e * 2 * lanes;
                if (p_.sizes[items[e]] > 1) add_heavy(column, p_.sizes[items[e]], begin, end, lanes, sum);
                else kernel(column, p_.bases, begin, end, gains_.data(), capacity_, lanes, sum);
            }
        }
        for (int64_t e = 0; e < count; ++e)
            for (int64_t c = 0; c < lanes; ++c) out[e * 2 * lanes + c] += out[(e * 2 + 1) * lanes + c];
    }

    // The same for the cluster c that atom i is in, without it.
    double own(int64_t i, int64_t c) const {
        double sum = 0;
        for (int64_t b = 0; b < p_.n_draws; ++b)
            sum += p_.weights[b] * rise(p_, counts_[at(i, b, c)] - p_.sizes[i], p_.sizes[i]);
        return sum;
    }

    // sum_b w_b sum_cl h(n_cl)
    double joint() const {
        double joint = 0;
        for (int64_t b = 0; b < p_.n_draws; ++b) {
            double sum = 0;
            for (int64_t cell = p_.bases[b] * capacity_; cell < p_.bases[b + 1] * capacity_; ++cell)
                sum += p_.h[counts_[size_t(cell)]];
            joint += p_.weights[b] * sum;
        }
        return joint;
    }

  private:
    size_t at(int64_t i, int64_t b, int64_t c) const {
        return size_t((p_.bases[b] + int64_t(p_.columns[i * p_.n_draws + b])) * capacity_ + c);
    }

    void add_heavy(const T* column, int64_t size, int64_t begin, int64_t end, int64_t lanes, double* sum) const {
        for (int64_t b = begin; b < end; ++b) {
            const int32_t* row = counts_.data() + (p_.bases[b] + int64_t(column[b])) * capacity_;
            // The atom's own cluster may hold everything already; its sum is made anew by `own`.
            for (int64_t c = 0; c < lanes; ++c)
                sum[c] += p_.weights[b] * (p_.h[std::min(row[c] + size, p_.n_items)] - p_.h[row[c]]);
        }
    }

    void refresh() {
        for (int64_t b = 0; b < p_.n_draws; ++b)
            for (int64_t cell = p_.bases[b] * capacity_; cell < p_.bases[b + 1] * capacity_; ++cell)
                gains_[size_t(cell)] = p_.weights[b] * p_.gain[counts_[size_t(cell)]];
    }

    PartitionProblem<T> p_;
    int64_t n_rows_, capacity_ = 0;
    std::vector<int32_t> counts_;
    std::vector<double> gains_;
};

// Many clusters: of each row only the clusters that are in it, in any order. A row has a place for each of its atoms, so
// memory does not grow with the number of clusters, and time only with how many of them a row meets.
template <class T> class SparseCounts {
  public:
    explicit SparseCounts(const PartitionProblem<T>& problem)
        : p_(problem), begin_(size_t(problem.bases[problem.n_draws] + 1)), used_(begin_.size() - 1),
          cells_(size_t(problem.n_atoms * problem.n_draws)) {
        for (int64_t i = 0; i < p_.n_atoms; ++i)
            for (int64_t b = 0; b < p_.n_draws; ++b) ++begin_[size_t(row(i, b) + 1)];
        for (size_t r = 1; r < begin_.size(); ++r) begin_[r] += begin_[r - 1];
    }

    // Atoms whose label is negative are nowhere.
    void set(const int32_t* labels) {
        std::fill(used_.begin(), used_.end(), 0);
        for (int64_t i = 0; labels && i < p_.n_atoms && !interrupted(); ++i)
            if (labels[i] >= 0) shift(i, labels[i], p_.sizes[i]);
    }

    void shift(int64_t i, int64_t c, int64_t size) {
        for (int64_t b = 0; b < p_.n_draws; ++b) {
            const size_t r = size_t(row(i, b));
            Cell *first = cells_.data() + begin_[r], *last = first + used_[r], *cell = first;
            while (cell < last && cell->cluster != c) ++cell;
            if (cell == last) {
                *cell = {int32_t(c), 0};
                ++used_[r];
            }
            cell->count += int32_t(size);
            if (cell->count == 0) *cell = first[--used_[r]];
        }
    }

    void sums(const int64_t* items, int64_t count, int64_t lanes, double* out) const {
        std::fill(out, out + count * 2 * lanes, 0.0);
        double total = 0;
        for (int64_t begin = 0; begin < p_.n_draws; begin += kDrawsAtOnce) {
            const int64_t end = std::min(p_.n_draws, begin + kDrawsAtOnce);
            for (int64_t e = 0; e < count; ++e) add(items[e], begin, end, out + e * 2 * lanes);
            for (int64_t b = begin; b < end; ++b) total += p_.weights[b];
        }
        for (int64_t e = 0; e < count; ++e)
            for (int64_t c = 0; c < lanes; ++c) out[e * 2 * lanes + c] += total * rise(p_, 0, p_.sizes[items[e]]);
    }

    double own(int64_t i, int64_t c) const {
        double sum = 0;
        for (int64_t b = 0; b < p_.n_draws; ++b) {
            const Cell* cell = cells_.data() + begin_[size_t(row(i, b))];
            while (cell->cluster != c) ++cell;
            sum += p_.weights[b] * rise(p_, cell->count - p_.sizes[i], p_.sizes[i]);
        }
        return sum;
    }

    double joint() const {
        double joint = 0;
        for (int64_t b = 0; b < p_.n_draws; ++b) {
            double sum = 0;
            for (size_t r = size_t(p_.bases[b]); r < size_t(p_.bases[b + 1]); ++r)
                for (int64_t cell = begin_[r]; cell < begin_[r] + used_[r]; ++cell)
                    sum += p_.h[cells_[size_t(cell)].count];
            joint += p_.weights[b] * sum;
        }
        return joint;
    }

  private:
    struct Cell {
        int32_t cluster, count;
    };

    // Beyond what an atom that nobody shares a cluster with would gain, which is the same in every cluster.
    void add(int64_t i, int64_t begin, int64_t end, double* sum) const {
        const int64_t size = p_.sizes[i];
        const double alone = rise(p_, 0, size);
        for (int64_t b = begin; b < end; ++b) {
            const size_t r = size_t(row(i, b));
            const Cell *first = cells_.data() + begin_[r], *last = first + used_[r];
            for (const Cell* cell = first; cell < last; ++cell)
                sum[cell->cluster] +=
                    p_.weights[b] * (rise(p_, std::min<int64_t>(cell->count, p_.n_items - size), size) - alone);
        }
    }

    int64_t row(int64_t i, int64_t b) const { return p_.bases[b] + int64_t(p_.columns[i * p_.n_draws + b]); }

    PartitionProblem<T> p_;
    std::vector<int64_t> begin_;
    std::vector<int32_t> used_;
    std::vector<Cell> cells_;
};

// Dense while that fits into `most_bytes`, sparse from then on. Draws that agree on little lead an item after the other
// into clusters of their own on the way to few, and dense tables of thousands of clusters would not fit into memory.
template <class T> class PartitionCounts {
  public:
    PartitionCounts(const PartitionProblem<T>& problem, int64_t most_bytes)
        : p_(problem), most_bytes_(most_bytes), dense_(problem) {}

    // Makes ready for another partition, without an atom: what is kept, and so every sum's rounding, depends on that
    // partition alone.
    void restart(int64_t capacity) {
        is_dense_ = fits(capacity);
        if (!is_dense_) return become_sparse(nullptr);
        if (dense_.capacity() < capacity) dense_.grow(capacity);
        dense_.set(nullptr);
    }

    // Room for more clusters; `labels` say where the atoms are.
    void grow(int64_t capacity, const int32_t* labels) {
        if (!is_dense_ || capacity <= dense_.capacity()) return;
        if (fits(capacity)) return dense_.grow(capacity);
        dense_ = DenseCounts<T>(p_);
        become_sparse(labels);
    }

    void set(const int32_t* labels) { is_dense_ ? dense_.set(labels) : sparse_->set(labels); }
    void shift(int64_t i, int64_t c, int64_t size) { is_dense_ ? dense_.shift(i, c, size) : sparse_->shift(i, c, size); }
    void sums(const int64_t* items, int64_t count, int64_t lanes, double* out) const {
        is_dense_ ? dense_.sums(items, count, lanes, out) : sparse_->sums(items, count, lanes, out);
    }
    double own(int64_t i, int64_t c) const { return is_dense_ ? dense_.own(i, c) : sparse_->own(i, c); }
    double joint() const { return is_dense_ ? dense_.joint() : sparse_->joint(); }

  private:
    bool fits(int64_t capacity) const {
        return p_.bases[p_.n_draws] * capacity <= most_bytes_ / int64_t(sizeof(int32_t) + sizeof(double));
    }

    void become_sparse(const int32_t* labels) {
        is_dense_ = false;
        if (!sparse_) sparse_.emplace(p_);
        sparse_->set(labels);
    }

    PartitionProblem<T> p_;
    int64_t most_bytes_;
    bool is_dense_ = true;
    DenseCounts<T> dense_;
    std::optional<SparseCounts<T>> sparse_;
};

}  // namespace ganglion
