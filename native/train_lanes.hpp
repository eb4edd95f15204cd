// Arithmetic on lanes that gives the same bits on every instruction set: fused multiply-add, square root, bit casts,
// and the transposition of square tiles. Files that include this are compiled without contraction, so that multiply and
// add are fused where `fma` is written and nowhere else.
#pragma once
#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> struct Unsigned;
template <> struct Unsigned<float> { using type = uint32_t; };
template <> struct Unsigned<double> { using type = uint64_t; };
template <class T> struct BitsOf {
    typedef typename Unsigned<T>::type Type __attribute__((vector_size(kBytes)));
};
template <class T> using Bits = typename BitsOf<T>::Type;

// a * b + c, rounded once.
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
#if defined(__AVX512F__)
    return _mm512_fmadd_ps(a, b, c);
#elif defined(__FMA__)
    return _mm256_fmadd_ps(a, b, c);
#elif defined(__aarch64__)
    return vfmaq_f32(c, a, b);
#else
    Vec<float> sum{};
    for (int l = 0; l < Simd<float>::W; ++l) sum[l] = __builtin_fmaf(a[l], b[l], c[l]);
    return sum;
#endif
}

inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
#if defined(__AVX512F__)
    return _mm512_fmadd_pd(a, b, c);
#elif defined(__FMA__)
    return _mm256_fmadd_pd(a, b, c);
#elif defined(__aarch64__)
    return vfmaq_f64(c, a, b);
#else
    Vec<double> sum{};
    for (int l = 0; l < Simd<double>::W; ++l) sum[l] = __builtin_fma(a[l], b[l], c[l]);
    return sum;
#endif
}

inline Vec<float> square_root(Vec<float> v) {
#if defined(__AVX512F__)
    return _mm512_maskz_sqrt_ps(-1, v);  // the plain one warns of its undefined source
#elif defined(__AVX__)
    return _mm256_sqrt_ps(v);
#else
    for (int l = 0; l < Simd<float>::W; ++l) v[l] = __builtin_sqrtf(v[l]);
    return v;
#endif
}

inline Vec<double> square_root(Vec<double> v) {
#if defined(__AVX512F__)
    return _mm512_maskz_sqrt_pd(-1, v);
#elif defined(__AVX__)
    return _mm256_sqrt_pd(v);
#else
    for (int l = 0; l < Simd<double>::W; ++l) v[l] = __builtin_sqrt(v[l]);
    return v;
#endif
}

template <class T> inline Vec<T> magnitude(Vec<T> v) {
    constexpr typename Unsigned<T>::type mask = ~typename Unsigned<T>::type(0) >> 1;
    return (Vec<T>)((Bits<T>)v & mask);
}

template <class T> inline Vec<T> with_sign_of(Vec<T> size, Vec<T> sign) {
    constexpr typename Unsigned<T>::type mask = ~(~typename Unsigned<T>::type(0) >> 1);
    return (Vec<T>)((Bits<T>)size | ((Bits<T>)sign & mask));
}

// The first or the second halves of a and b, lane by lane in turns.
template <bool SECOND, class V> inline V interleave(V a, V b) {
    constexpr int n = sizeof(V) / sizeof(a[0]), o = SECOND ? n / 2 : 0;
    if constexpr (n == 16)
        return __builtin_shufflevector(a, b, o, o + 16, o + 1, o + 17, o + 2, o + 18, o + 3, o + 19, o + 4, o + 20,
                                       o + 5, o + 21, o + 6, o + 22, o + 7, o + 23);
    else if constexpr (n == 8)
        return __builtin_shufflevector(a, b, o, o + 8, o + 1, o + 9, o + 2, o + 10, o + 3, o + 11);
    else if constexpr (n == 4)
        return __builtin_shufflevector(a, b, o, o + 4, o + 1, o + 5);
    else
        return __builtin_shufflevector(a, b, o, o + 2);
}

// Row i, lane l becomes row l, lane i; log2(W) rounds of perfect shuffles.
template <class T> inline void transpose(Vec<T> (&rows)[Simd<T>::W]) {
    constexpr int W = Simd<T>::W;
#pragma GCC unroll 4
    for (int round = 1; round < W; round *= 2) {
        Vec<T> next[W];
#pragma GCC unroll 8
        for (int i = 0; i < W / 2; ++i) {
            next[2 * i] = interleave<false>(rows[i], rows[i + W / 2]);
            next[2 * i + 1] = interleave<true>(rows[i], rows[i + W / 2]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < W; ++i) rows[i] = next[i];
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
