// What a swap of medoids would change, for one candidate and every medoid at once (Schubert and Rousseeuw 2021, section
// 4): a term that all medoids share, and a correction for the nearest medoid of the few items that come near.
#pragma once
#include "medoid_kernels.hpp"
#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// Bit l: row[l] < bound[l], for 16 items.
template <class T> inline uint32_t nearer(const T* row, const T* bound) {
    constexpr int W = Simd<T>::W;
    uint32_t bits = 0;
    for (int v = 0; v < int(kMedoidLanes) / W; ++v)
        bits |= lane_bits(load(row + v * W) < load(bound + v * W)) << (v * W);
    return bits;
}

// Groups of 16 items to which the candidate is no nearer than their second medoid change nothing and are passed over: with
// k groups of items, most of them.
template <class T, bool WEIGHTED>
inline void swap_gains_of(const T* row, const MedoidView<T>& view, int64_t begin, int64_t end, double* lanes,
                          double* change) {
    double acc[kMedoidLanes];
    for (int l = 0; l < kMedoidLanes; ++l) acc[l] = lanes[l];
    row -= begin;
    int64_t j = begin;
    for (; j + kMedoidLanes <= end; j += kMedoidLanes) {
        uint32_t bits = nearer(row + j, view.second + j);
        if (!bits) continue;
        for (int l = 0; l < kMedoidLanes; ++l) {
            const double first = double(view.first[j + l]), d = double(row[j + l]);
            const double term = smaller(d, first) - first;
            acc[l] += WEIGHTED ? view.weights[j + l] * term : term;
        }
        for (; bits; bits &= bits - 1) {
            const int64_t i = j + __builtin_ctz(bits);
            const double term = double(larger(row[i], view.first[i])) - double(view.second[i]);
            change[view.nearest[i]] += WEIGHTED ? view.weights[i] * term : term;
        }
    }
    for (; j < end; ++j) {
        if (!(row[j] < view.second[j])) continue;
        const double weight = WEIGHTED ? view.weights[j] : 1;
        acc[j % kMedoidLanes] += weight * (double(smaller(row[j], view.first[j])) - double(view.first[j]));
        change[view.nearest[j]] += weight * (double(larger(row[j], view.first[j])) - double(view.second[j]));
    }
    for (int l = 0; l < kMedoidLanes; ++l) lanes[l] = acc[l];
}

template <class T>
void swap_gains(const T* row, const MedoidView<T>& view, int64_t begin, int64_t end, double* lanes, double* change) {
    if (view.weights) swap_gains_of<T, true>(row, view, begin, end, lanes, change);
    else swap_gains_of<T, false>(row, view, begin, end, lanes, change);
}

template <class T, bool NEAREST, bool WEIGHTED>
inline void gains_of(const T* row, const T* nearest, const double* weights, int64_t begin, int64_t end, double* lanes) {
    double acc[kMedoidLanes];
    for (int l = 0; l < kMedoidLanes; ++l) acc[l] = lanes[l];
    row -= begin;
    const auto term = [&](int64_t j) {
        double value = double(row[j]);
        if (NEAREST) value = smaller(value, double(nearest[j])) - double(nearest[j]);
        return WEIGHTED ? weights[j] * value : value;
    };
    int64_t j = begin;
    for (; j + kMedoidLanes <= end; j += kMedoidLanes)
        for (int l = 0; l < kMedoidLanes; ++l) acc[l] += term(j + l);
    for (; j < end; ++j) acc[j % kMedoidLanes] += term(j);
    for (int l = 0; l < kMedoidLanes; ++l) lanes[l] = acc[l];
}

template <class T>
void gains(const T* row, const T* nearest, const double* weights, int64_t begin, int64_t end, double* lanes) {
    if (nearest && weights) gains_of<T, true, true>(row, nearest, weights, begin, end, lanes);
    else if (nearest) gains_of<T, true, false>(row, nearest, weights, begin, end, lanes);
    else if (weights) gains_of<T, false, true>(row, nearest, weights, begin, end, lanes);
    else gains_of<T, false, false>(row, nearest, weights, begin, end, lanes);
}

// Of the change y that each item of the sample brings to a swap with its own nearest medoid m, or with another:
//   other m: y = min(d, first) - first      own m: y = min(d, second) - first
// lanes[0, 16) and lanes[16, 32) += sums of y and y^2 as if m were never an item's own. What its own items add to that is
// second - first, and its square, for all that the candidate is not near; `change` and `squares` begin with this, and
// only the few near ones are visited.
template <class T, bool WEIGHTED>
inline void swap_moments_of(const T* row, const MedoidView<T>& view, int64_t n, double* lanes, double* change,
                            double* squares) {
    const auto weight = [&](int64_t i) { return WEIGHTED ? view.weights[i] : 1.0; };
    const auto other_of = [&](int64_t i) {
        return weight(i) * (double(smaller(row[i], view.first[i])) - double(view.first[i]));
    };
    const auto correct = [&](int64_t i) {
        const double first = double(view.first[i]), far = weight(i) * (double(view.second[i]) - first);
        const double other = other_of(i), own = weight(i) * (double(row[i]) - first);
        change[view.nearest[i]] += own - other - far;
        squares[view.nearest[i]] += own * own - other * other - far * far;
    };
    int64_t i = 0;
    for (; i + kMedoidLanes <= n; i += kMedoidLanes) {
        uint32_t bits = nearer(row + i, view.second + i);
        if (!bits) continue;
        for (int l = 0; l < kMedoidLanes; ++l) {
            const double term = other_of(i + l);
            lanes[l] += term;
            lanes[kMedoidLanes + l] += term * term;
        }
        for (; bits; bits &= bits - 1) correct(i + __builtin_ctz(bits));
    }
    for (; i < n; ++i) {
        if (!(row[i] < view.second[i])) continue;
        const double term = other_of(i);
        lanes[i % kMedoidLanes] += term;
        lanes[kMedoidLanes + i % kMedoidLanes] += term * term;
        correct(i);
    }
}

template <class T>
void swap_moments(const T* row, const MedoidView<T>& view, int64_t n, double* lanes, double* change, double* squares) {
    if (view.weights) swap_moments_of<T, true>(row, view, n, lanes, change, squares);
    else swap_moments_of<T, false>(row, view, n, lanes, change, squares);
}

}  // namespace ganglion::GANGLION_NAMESPACE
