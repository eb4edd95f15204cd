// Labels of many partitions of the same items, and what is counted over them: contingency tables of two partitions.
#pragma once
#include <algorithm>
#include <vector>

#include "isa.hpp"
#include "pool.hpp"

namespace ganglion {

template <class T> const PartitionKernelsOf<T>& partition_kernels();
template <> inline const PartitionKernelsOf<uint8_t>& partition_kernels() { return isa().partitions->u8; }
template <> inline const PartitionKernelsOf<uint16_t>& partition_kernels() { return isa().partitions->u16; }
template <> inline const PartitionKernelsOf<int32_t>& partition_kernels() { return isa().partitions->i32; }

constexpr int64_t kPartitionBlock = int64_t(1) << 22;  // labels that a block of work reads: some milliseconds

inline int64_t partitions_of_block(int64_t n) {
    return std::max<int64_t>(1, kPartitionBlock / std::max<int64_t>(n, 1));
}

// Numbers the clusters of one partition 0, 1, ... by first appearance; `seen` holds -1 at every label that may come, and
// does so again at the end. Returns how many clusters there are.
template <class T> int64_t number_by_appearance(const int32_t* labels, int64_t n, int32_t* seen, T* out) {
    int32_t found = 0;
    for (int64_t i = 0; i < n; ++i) {
        int32_t& number = seen[labels[i]];
        if (number < 0) number = found++;
        out[i] = T(number);
    }
    for (int64_t i = 0; i < n; ++i) seen[labels[i]] = -1;
    return found;
}

// How many clusters a partition has whose labels are 0, 1, ... by first appearance; -1 where they are not.
template <class T> int64_t clusters_if_numbered(const T* labels, int64_t n) {
    int64_t found = 0;
    for (int64_t i = 0; i < n; ++i) {
        const int64_t label = int64_t(labels[i]);
        if (label < 0 || label > found) return -1;
        found += label == found;
    }
    return found;
}

// A partition by its clusters: members[begin[c] .. begin[c + 1]) are those of cluster c, in their order.
struct Clusters {
    std::vector<int64_t> begin;
    std::vector<int64_t> members;

    template <class T> Clusters(const T* labels, int64_t n, int64_t k) : begin(size_t(k + 1)), members(size_t(n)) {
        for (int64_t i = 0; i < n; ++i) ++begin[size_t(labels[i]) + 1];
        for (size_t c = 1; c < begin.size(); ++c) begin[c] += begin[c - 1];
        std::vector<int64_t> next(begin.begin(), begin.end() - 1);
        for (int64_t i = 0; i < n; ++i) members[size_t(next[size_t(labels[i])]++)] = i;
    }
};

// One partition beside others. `h` is a function of a count with h(0) = 0, as a table.
template <class T> class Beside {
  public:
    Beside(const T* labels, int64_t n, int64_t k) : labels_(labels), n_(n), k_(k), clusters_(labels, n, k) {}

    // Calls use(c, l, count) for the cells of the contingency table with another partition of `k` clusters, the clusters
    // of this one in their order. `table` holds zeros, and does so again at the end.
    template <class F> void cells(const T* other, int64_t k, std::vector<int32_t>& table, F&& use) const {
        if (k_ * k <= 2 * n_ + 64) dense(other, k, table, use);
        else grouped(other, k, table, use);
    }

    double sum(const T* other, int64_t k, const double* h, std::vector<int32_t>& table) const {
        double total = 0;
        cells(other, k, table, [&](int64_t, int64_t, int64_t count) { total += h[count]; });
        return total;
    }

    const Clusters& clusters() const { return clusters_; }
    int64_t n_clusters() const { return k_; }

  private:
    template <class F> void dense(const T* other, int64_t k, std::vector<int32_t>& table, F&& use) const {
        if (int64_t(table.size()) < k_ * k) table.resize(size_t(k_ * k));
        for (int64_t i = 0; i < n_; ++i) ++table[size_t(int64_t(labels_[i]) * k + int64_t(other[i]))];
        for (int64_t c = 0; c < k_; ++c)
            for (int64_t l = 0; l < k; ++l) {
                int32_t& count = table[size_t(c * k + l)];
                if (count) use(c, l, int64_t(count));
                count = 0;
            }
    }

    // Where a table would have more cells than there are items: cluster by cluster, in O(n) whatever their number.
    template <class F> void grouped(const T* other, int64_t k, std::vector<int32_t>& table, F&& use) const {
        if (int64_t(table.size()) < k) table.resize(size_t(k));
        for (int64_t c = 0; c < k_; ++c) {
            const int64_t* begin = clusters_.members.data() + clusters_.begin[size_t(c)];
            const int64_t* end = clusters_.members.data() + clusters_.begin[size_t(c) + 1];
            for (const int64_t* i = begin; i < end; ++i) ++table[size_t(other[*i])];
            for (const int64_t* i = begin; i < end; ++i) {
                int32_t& count = table[size_t(other[*i])];
                if (count) use(c, int64_t(other[*i]), int64_t(count));
                count = 0;
            }
        }
    }

    const T* labels_;
    int64_t n_, k_;
    Clusters clusters_;
};

// out[a * n_rows + r] = draws[rows[r] * n + items[a]], in squares that stay in the cache.
template <class T>
bool gather(const T* draws, int64_t n, const int64_t* rows, int64_t n_rows, const int64_t* items, int64_t n_items, T* out) {
    constexpr int64_t side = 64;
    return parallel((n_items + side - 1) / side, get_num_threads(), [&](int64_t block, int) {
        const int64_t a0 = block * side, a1 = std::min(n_items, a0 + side);
        for (int64_t r0 = 0; r0 < n_rows; r0 += side)
            for (int64_t a = a0; a < a1; ++a)
                for (int64_t r = r0; r < std::min(n_rows, r0 + side); ++r)
                    out[a * n_rows + r] = draws[rows[r] * n + items[a]];
    });
}

}  // namespace ganglion
