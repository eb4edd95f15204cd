// Partitions of the same items: losses, searches, similarities: the table of kernels of one instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

// Clusters of a search are lanes; their number is rounded up to a multiple of this.
constexpr int64_t kPartitionLanes = 8;

// Items of a similarity stand side by side in panels of this many bytes, and rows are compared with a panel in groups.
constexpr int64_t kLabelPanelBytes = 64;
constexpr int64_t kLabelPanelRows = 8;

template <class T> struct PartitionKernelsOf {
    // For draws b in [begin, end), begin even: sums[c] (even b) or sums[lanes + c] (odd b) += row[c] for c < lanes, where
    // the row is gains[(bases[b] + column[b]) * capacity ...]. Each sum is in the order of the draws.
    void (*sum_gains)(const T* column, const int64_t* bases, int64_t begin, int64_t end, const double* gains,
                      int64_t capacity, int64_t lanes, double* sums);
    // counts[r * width + l] = in how many draws b panel[b * width + l] == rows[r][b], for r < kLabelPanelRows and
    // l < width = kLabelPanelBytes / sizeof(T).
    void (*count_equal)(const T* panel, const T* const* rows, int64_t n_draws, int64_t* counts);
};

struct PartitionKernels {
    // h[m] = m log m for m < count, and gain[m] = h[m + 1] - h[m] without its cancellation.
    void (*entropy_table)(int64_t count, double* h, double* gain);
    PartitionKernelsOf<uint8_t> u8;
    PartitionKernelsOf<uint16_t> u16;
    PartitionKernelsOf<int32_t> i32;
};

}  // namespace ganglion
