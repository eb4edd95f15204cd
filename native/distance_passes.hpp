// What the drivers do with tiles of any distance.
#pragma once
#include "train_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// Writes whole lines past the caches: a line that is written in part has to be read first.
template <class T> void stream(const T* from, int64_t n, T* to) {
#if defined(__SSE2__)
    constexpr int64_t W = Simd<T>::W;
    int64_t i = 0;
    for (; i < n && (uintptr_t(to + i) & (kBytes - 1)); ++i) to[i] = from[i];
    for (; i + W <= n; i += W) {
        const Vec<T> v = load(from + i);
#if defined(__AVX512F__)
        _mm512_stream_si512(reinterpret_cast<__m512i*>(to + i), reinterpret_cast<__m512i>(v));
#elif defined(__AVX__)
        _mm256_stream_si256(reinterpret_cast<__m256i*>(to + i), reinterpret_cast<__m256i>(v));
#else
        _mm_stream_si128(reinterpret_cast<__m128i*>(to + i), reinterpret_cast<__m128i>(v));
#endif
    }
    for (; i < n; ++i) to[i] = from[i];
#else
    __builtin_memcpy(to, from, size_t(n) * sizeof(T));
#endif
}

// By squares of W x W in registers.
template <class T> void turn(const T* from, int64_t n, int64_t m, int64_t stride, T* to, int64_t to_stride) {
    constexpr int64_t W = Simd<T>::W;
    const int64_t whole_n = n / W * W, whole_m = m / W * W;
    for (int64_t i = 0; i < whole_n; i += W)
        for (int64_t j = 0; j < whole_m; j += W) {
            Vec<T> square[W];
#pragma GCC unroll 16
            for (int64_t r = 0; r < W; ++r) square[r] = load(from + (i + r) * stride + j);
            transpose<T>(square);
#pragma GCC unroll 16
            for (int64_t r = 0; r < W; ++r) store(to + (j + r) * to_stride + i, square[r]);
        }
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = i < whole_n ? whole_m : 0; j < m; ++j) to[j * to_stride + i] = from[i * stride + j];
}

template <class T> int64_t find_below(const T* values, int64_t n, T bound, bool or_equal, int32_t* out) {
    constexpr int64_t W = Simd<T>::W;
    const Vec<T> bounds = splat(bound);
    int64_t count = 0, i = 0;
    for (; i + W <= n; i += W) {
        const Vec<T> v = load(values + i);
        uint32_t bits = or_equal ? lane_bits(v <= bounds) : lane_bits(v < bounds);
        for (; bits; bits &= bits - 1) out[count++] = int32_t(i + __builtin_ctz(bits));
    }
    for (; i < n; ++i)
        if (values[i] < bound || (or_equal && values[i] == bound)) out[count++] = int32_t(i);
    return count;
}

// One addition for each lane, in the order of the calls: any width gives the same bits.
template <class T> void add_to(const T* values, int64_t n, double* sums) {
    for (int64_t i = 0; i < n; ++i) sums[i] += double(values[i]);
}

}  // namespace ganglion::GANGLION_NAMESPACE
