// Distances between vectors, and what the drivers do with tiles of any distance: the table of kernels of one
// instruction set.
#pragma once
#include "distance_problem.hpp"
#include "pairs.hpp"

namespace ganglion {

template <class T> struct DistanceKernelsOf {
    decltype(Pairs<T>::tile) vectors[int(VectorMetric::count)];  // `self` is a VectorItems<T>
    decltype(Pairs<T>::tile_to_rows) vectors_to_rows[int(VectorMetric::count)];
    decltype(Pairs<T>::tile) sparse[4];  // of the first four metrics; `self` is a SparseItems<T>
    decltype(Pairs<T>::tile) bits[int(BitMetric::count)];  // `self` is a BitItems
    // The same for processors with the instruction for it (AVX512-VPOPCNTDQ); null in the sets that are without.
    decltype(Pairs<T>::tile) counted_bits[int(BitMetric::count)];
    decltype(Pairs<T>::tile) haversine;  // `self` is a VectorItems<T>; null for float
    // to[i] = from[i] past the caches; the values are not read again soon.
    void (*stream)(const T* from, int64_t n, T* to);
    // to[j * to_stride + i] = from[i * stride + j] for i in [0, n), j in [0, m).
    void (*turn)(const T* from, int64_t n, int64_t m, int64_t stride, T* to, int64_t to_stride);
    // The indices of values[i] < bound, or <= bound, in order; returns how many.
    int64_t (*find_below)(const T* values, int64_t n, T bound, bool or_equal, int32_t* out);
    // sums[i] += values[i].
    void (*add_to)(const T* values, int64_t n, double* sums);
};

struct DistanceKernels {
    DistanceKernelsOf<float> f32;
    DistanceKernelsOf<double> f64;
};

}  // namespace ganglion
