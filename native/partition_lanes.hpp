// What partitions need of lanes: sums of gains over draws, comparisons of labels, and the table of m log m.
#pragma once
#include "partition_kernels.hpp"
#include "train_math.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T, int VECTORS>
inline void sum_vectors(const T* column, const int64_t* bases, int64_t begin, int64_t end, const double* gains,
                        int64_t capacity, int64_t lanes, double* sums) {
    // Two chains hide the latency of an addition where there are few clusters; a lane's sum is the same for any width.
    constexpr int64_t W = Simd<double>::W;
    Vec<double> even[VECTORS], odd[VECTORS];
    for (int v = 0; v < VECTORS; ++v) even[v] = load(sums + v * W), odd[v] = load(sums + lanes + v * W);
    int64_t b = begin;
    for (; b + 1 < end; b += 2) {
        const double* first = gains + (bases[b] + int64_t(column[b])) * capacity;
        const double* second = gains + (bases[b + 1] + int64_t(column[b + 1])) * capacity;
        for (int v = 0; v < VECTORS; ++v) {
            even[v] += load(first + v * W);
            odd[v] += load(second + v * W);
        }
    }
    if (b < end) {
        const double* last = gains + (bases[b] + int64_t(column[b])) * capacity;
        for (int v = 0; v < VECTORS; ++v) even[v] += load(last + v * W);
    }
    for (int v = 0; v < VECTORS; ++v) store(sums + v * W, even[v]), store(sums + lanes + v * W, odd[v]);
}

template <class T>
void sum_gains(const T* column, const int64_t* bases, int64_t begin, int64_t end, const double* gains, int64_t capacity,
               int64_t lanes, double* sums) {
    constexpr int64_t W = Simd<double>::W;
    int64_t at = 0;
    for (; at + 4 * W <= lanes; at += 4 * W)
        sum_vectors<T, 4>(column, bases, begin, end, gains + at, capacity, lanes, sums + at);
    if (at + 2 * W <= lanes) {
        sum_vectors<T, 2>(column, bases, begin, end, gains + at, capacity, lanes, sums + at);
        at += 2 * W;
    }
    if (at < lanes) sum_vectors<T, 1>(column, bases, begin, end, gains + at, capacity, lanes, sums + at);
}

// Equal labels are counted in lanes of their own width, which hold so many draws before they are read out.
template <class T> constexpr int64_t kCountable = sizeof(T) == 1 ? 255 : sizeof(T) == 2 ? 65535 : int64_t(1) << 30;

template <class T> void count_equal(const T* panel, const T* const* rows, int64_t n_draws, int64_t* counts) {
    constexpr int64_t W = Simd<T>::W, width = kLabelPanelBytes / int64_t(sizeof(T));
    for (int64_t at = 0; at < width; at += W) {
        for (int64_t r = 0; r < kLabelPanelRows; ++r)
            for (int64_t l = 0; l < W; ++l) counts[r * width + at + l] = 0;
        for (int64_t begin = 0; begin < n_draws; begin += kCountable<T>) {
            const int64_t end = smaller(n_draws, begin + kCountable<T>);
            Index<T> equal[kLabelPanelRows] = {};
            for (int64_t b = begin; b < end; ++b) {
                const Vec<T> labels = load(panel + b * width + at);
                for (int r = 0; r < kLabelPanelRows; ++r) equal[r] -= Index<T>(labels == splat(rows[r][b]));
            }
            for (int r = 0; r < kLabelPanelRows; ++r)
                for (int64_t l = 0; l < W; ++l) counts[r * width + at + l] += int64_t(T(equal[r][l]));
        }
    }
}

inline void entropy_table(int64_t count, double* h, double* gain) {
    constexpr int64_t W = Simd<double>::W;
    for (int64_t at = 0; at < count; at += W) {
        Vec<double> m{};
        for (int64_t l = 0; l < W; ++l) m[l] = double(larger<int64_t>(at + l, 1));
        const Vec<double> own = m * log_normal<double>(m);
        const Vec<double> rise = log_normal<double>(m + 1.0) + m * log1p_of_unit<double>(1.0 / m);
        for (int64_t l = 0; l < W && at + l < count; ++l) {
            h[at + l] = own[l];
            gain[at + l] = at + l == 0 ? 0.0 : rise[l];
        }
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
