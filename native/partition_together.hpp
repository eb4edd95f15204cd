// Similarities: in how many draws two items are together, for all pairs.
#pragma once
#include "partition_tables.hpp"

namespace ganglion {

constexpr int64_t kTogetherRows = 512;  // of a block of work, beside one panel of columns

// Adds, for each item, the overlap of its own cluster with its cluster in another partition: |A and B| / |A or B|.
template <class T>
void add_overlaps(const Clusters& own, const T* other, int64_t n, int64_t k, std::vector<int32_t>& table, double* sums) {
    table.assign(size_t(2 * k), 0);
    int32_t *count = table.data(), *size = table.data() + k;
    for (int64_t i = 0; i < n; ++i) ++size[other[i]];
    for (size_t c = 0; c + 1 < own.begin.size(); ++c) {
        const int64_t *begin = own.members.data() + own.begin[c], *end = own.members.data() + own.begin[c + 1];
        for (const int64_t* i = begin; i < end; ++i) ++count[other[*i]];
        for (const int64_t* i = begin; i < end; ++i) {
            const double shared = count[other[*i]];
            sums[*i] += shared / (double(end - begin) + size[other[*i]] - shared);
        }
        for (const int64_t* i = begin; i < end; ++i) count[other[*i]] = 0;
    }
}

// out[i, j] = the share of draws in which rows[i] == columns[j], both (items, n_draws). Where they are the same, tiles
// below the diagonal are copied from above it.
template <class T>
bool count_together(const T* rows, int64_t n_rows, const T* columns, int64_t n_columns, int64_t n_draws,
                    bool is_symmetric, double* out) {
    constexpr int64_t width = kLabelPanelBytes / int64_t(sizeof(T));
    const int64_t panels = (n_columns + width - 1) / width, strips = (n_rows + kTogetherRows - 1) / kTogetherRows;
    const int workers = get_num_threads();
    std::vector<std::vector<T>> panel(size_t(workers), std::vector<T>(size_t(width * n_draws)));
    const auto kernel = partition_kernels<T>().count_equal;
    return parallel(panels * strips, workers, [&](int64_t block, int worker) {
        const int64_t j0 = block / strips * width, j1 = std::min(n_columns, j0 + width);
        const int64_t i0 = block % strips * kTogetherRows;
        const int64_t i1 = std::min({n_rows, i0 + kTogetherRows, is_symmetric ? j1 : n_rows});
        if (i0 >= i1) return;
        T* packed = panel[size_t(worker)].data();
        for (int64_t l = 0; l < width; ++l)
            for (int64_t b = 0; b < n_draws; ++b) packed[b * width + l] = columns[std::min(j0 + l, j1 - 1) * n_draws + b];
        int64_t counts[kLabelPanelRows * width];
        for (int64_t i = i0; i < i1 && !interrupted(); i += kLabelPanelRows) {
            const T* group[kLabelPanelRows];
            for (int64_t r = 0; r < kLabelPanelRows; ++r) group[r] = rows + std::min(i + r, i1 - 1) * n_draws;
            kernel(packed, group, n_draws, counts);
            for (int64_t r = 0; r < std::min(kLabelPanelRows, i1 - i); ++r)
                for (int64_t j = j0; j < j1; ++j) {
                    const double share = double(counts[r * width + j - j0]) / double(n_draws);
                    if (!is_symmetric) out[(i + r) * n_columns + j] = share;
                    else if (i + r <= j) out[(i + r) * n_columns + j] = out[j * n_columns + i + r] = share;
                }
        }
    });
}

}  // namespace ganglion
