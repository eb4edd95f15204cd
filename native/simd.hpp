// Vectors of the compiler, as wide as the instruction set that this file is compiled for.
// Included by the kernels only; everything lives in the namespace of that set.
#pragma once
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define GANGLION_CONCAT_(a, b) a##b
#define GANGLION_CONCAT(a, b) GANGLION_CONCAT_(a, b)
#define GANGLION_NAMESPACE GANGLION_CONCAT(isa_, GANGLION_ISA)

namespace ganglion::GANGLION_NAMESPACE {

#if defined(__AVX512F__)
constexpr int kBytes = 64;
constexpr int kRows = 12;        // 12 x 2 accumulators, 2 panel vectors: 26 of 32 registers
constexpr int kSampleRows = 8;   // 8 x 2 accumulators beside the running minima
#elif defined(__AVX__)
constexpr int kBytes = 32;
constexpr int kRows = 6;         // 6 x 2 accumulators, 2 panel vectors, 1 broadcast: 15 of 16 registers
constexpr int kSampleRows = 4;
#else
constexpr int kBytes = 16;
constexpr int kRows = 6;
constexpr int kSampleRows = 4;
#endif

template <class T> struct Int;
template <> struct Int<float> { using type = int32_t; };
template <> struct Int<double> { using type = int64_t; };
template <> struct Int<uint8_t> { using type = int8_t; };
template <> struct Int<uint16_t> { using type = int16_t; };
template <> struct Int<uint32_t> { using type = int32_t; };
template <> struct Int<uint64_t> { using type = int64_t; };
template <> struct Int<int8_t> { using type = int8_t; };
template <> struct Int<int16_t> { using type = int16_t; };
template <> struct Int<int32_t> { using type = int32_t; };
template <> struct Int<int64_t> { using type = int64_t; };

// W lanes of T; `Index` has as many lanes of an integer of the same size and is what comparisons give.
template <class T> struct Simd {
    static constexpr int W = kBytes / int(sizeof(T));
    typedef T Vec __attribute__((vector_size(kBytes)));
    typedef T Unaligned __attribute__((vector_size(kBytes), aligned(sizeof(T)), may_alias));
    typedef typename Int<T>::type Index __attribute__((vector_size(kBytes)));
};

template <class T> using Vec = typename Simd<T>::Vec;
template <class T> using Index = typename Simd<T>::Index;

template <class T> inline Vec<T> load(const T* p) { return *reinterpret_cast<const typename Simd<T>::Unaligned*>(p); }
template <class T> inline void store(T* p, Vec<T> v) { *reinterpret_cast<typename Simd<T>::Unaligned*>(p) = v; }
template <class T> inline Vec<T> splat(T s) { return s - Vec<T>{}; }
template <class V> inline V vmin(V a, V b) { return a < b ? a : b; }
template <class V> inline V vmax(V a, V b) { return a > b ? a : b; }

template <class T> inline T largest_finite();
template <> inline float largest_finite<float>() { return __FLT_MAX__; }
template <> inline double largest_finite<double>() { return __DBL_MAX__; }

// Bit l is set where lane l of a comparison holds.
template <class M> inline uint32_t lane_bits(M mask) {
#if defined(__AVX512DQ__)
    if constexpr (sizeof(mask[0]) == 4) return uint32_t(_mm512_movepi32_mask(reinterpret_cast<__m512i>(mask)));
    else return uint32_t(_mm512_movepi64_mask(reinterpret_cast<__m512i>(mask)));
#elif defined(__AVX__)
    if constexpr (sizeof(mask[0]) == 4) return uint32_t(_mm256_movemask_ps(reinterpret_cast<__m256>(mask)));
    else return uint32_t(_mm256_movemask_pd(reinterpret_cast<__m256d>(mask)));
#elif defined(__SSE2__)
    if constexpr (sizeof(mask[0]) == 4) return uint32_t(_mm_movemask_ps(reinterpret_cast<__m128>(mask)));
    else return uint32_t(_mm_movemask_pd(reinterpret_cast<__m128d>(mask)));
#else
    uint32_t bits = 0;
    for (unsigned l = 0; l < sizeof(mask) / sizeof(mask[0]); ++l) bits |= uint32_t(mask[l] != 0) << l;
    return bits;
#endif
}

// Lane i of the result is lane i ^ STEP of v.
template <int STEP, class V> inline V exchange(V v) {
    constexpr int n = sizeof(V) / sizeof(v[0]);
    if constexpr (n == 16)
        return __builtin_shufflevector(v, v, 0 ^ STEP, 1 ^ STEP, 2 ^ STEP, 3 ^ STEP, 4 ^ STEP, 5 ^ STEP, 6 ^ STEP,
                                       7 ^ STEP, 8 ^ STEP, 9 ^ STEP, 10 ^ STEP, 11 ^ STEP, 12 ^ STEP, 13 ^ STEP,
                                       14 ^ STEP, 15 ^ STEP);
    else if constexpr (n == 8)
        return __builtin_shufflevector(v, v, 0 ^ STEP, 1 ^ STEP, 2 ^ STEP, 3 ^ STEP, 4 ^ STEP, 5 ^ STEP, 6 ^ STEP,
                                       7 ^ STEP);
    else if constexpr (n == 4)
        return __builtin_shufflevector(v, v, 0 ^ STEP, 1 ^ STEP, 2 ^ STEP, 3 ^ STEP);
    else
        return __builtin_shufflevector(v, v, 0 ^ STEP, 1 ^ STEP);
}

template <int STEP, class V> inline V add_folded(V v) {
    if constexpr (STEP == 0) return v;
    else return add_folded<STEP / 2>(v + exchange<STEP>(v));
}

// Sum over the lanes, by halves.
template <class T> inline T sum_lanes(Vec<T> v) { return add_folded<Simd<T>::W / 2>(v)[0]; }

template <class T> inline T smaller(T a, T b) { return a < b ? a : b; }
template <class T> inline T larger(T a, T b) { return a > b ? a : b; }

}  // namespace ganglion::GANGLION_NAMESPACE
