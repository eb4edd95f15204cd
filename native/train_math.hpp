// Elementary functions on lanes, with the same bits on every instruction set: fused multiply-adds, divisions and bit
// operations only. Polynomials interpolate at Chebyshev nodes, computed with 60 digits. Largest errors measured, in
// units in the last place (float, double): exp 1.0, 1.0; expm1 1.0, 1.1; log 0.9, 1.2; log1p 1.4, 1.7; tanh 2.5, 2.5;
// sigmoid 2.1, 2.0; normal tail 5.7, 7.0.
#pragma once
#include "train_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> struct Math;

template <> struct Math<float> {
    static constexpr float shifter = 12582912.0f;  // 1.5 * 2^23: adding it leaves an integer in the low bits
    static constexpr int fraction_bits = 23, bias = 127;
    static constexpr float log2e = 0x1.715476p+0f, ln2 = 0x1.62e430p-1f;
    static constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;
    static constexpr float least_exponent = -87.0f;   // exp below this is 0: it would be subnormal, or nearly
    static constexpr float lost_beside_1 = -18.0f;    // exp of this is lost when added to 1
    static constexpr float exp_terms[] = {5.000000000e-01f, 1.666657627e-01f, 4.166655615e-02f, 8.363203146e-03f,
                                          1.392621314e-03f};
    static constexpr float log_terms[] = {6.666666865e-01f, 4.000012279e-01f, 2.855073512e-01f, 2.333276272e-01f};
    static constexpr float tail_middle = 4.0f;
    static constexpr float tail_terms[] = {6.284778714e-01f,  -6.617830694e-02f, -3.172109276e-02f, 7.014860958e-02f,
                                           -5.831933767e-02f, 2.888891846e-02f,  -7.282972801e-03f, -6.927166833e-04f,
                                           1.048770268e-03f,  -7.159039524e-05f, -1.083319876e-04f};
};

template <> struct Math<double> {
    static constexpr double shifter = 6755399441055744.0;  // 1.5 * 2^52
    static constexpr int fraction_bits = 52, bias = 1023;
    static constexpr double log2e = 0x1.71547652b82fep+0, ln2 = 0x1.62e42fefa39efp-1;
    static constexpr double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
    static constexpr double least_exponent = -708.0;
    static constexpr double lost_beside_1 = -38.0;
    static constexpr double exp_terms[] = {
        0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326112, 0.001388888888888373,
        0.0001984126987490126, 2.4801587325605324e-05, 2.7557255297969643e-06, 2.755727357010214e-07,
        2.5105259538448494e-08, 2.0914717341716378e-09};
    static constexpr double log_terms[] = {
        0.6666666666666666, 0.4000000000000089, 0.28571428570795937, 0.2222222239345263, 0.181817954545265,
        0.15386249788196105, 0.1326850331279476, 0.13089445145246312};
    static constexpr double tail_middle = 5.0;
    static constexpr double tail_terms[] = {
        0.6208209264948372, -0.07005241362061781, -0.00419370817828286, 0.047648661338932904, -0.05715904897197631,
        0.04439886132920009, -0.025178554835555852, 0.010208851386720633, -0.0024612651358968205,
        -4.460025475879022e-05, 0.00028288933137676336, -7.621099414780054e-05, -1.674758709612589e-05,
        1.3339292823626709e-05, 1.8080372547455152e-07, -1.9510018205102402e-06, 1.474689805509635e-07,
        2.949783931852418e-07, -3.075125293593172e-08, -4.6590176831818825e-08, 3.033685449608241e-09,
        6.307965978983697e-09, 1.0595339976837012e-10, -3.9401671098933616e-10};
};

// terms[0] + x (terms[1] + x (...)).
template <class T, int N> inline Vec<T> polynomial(const T (&terms)[N], Vec<T> x) {
    Vec<T> sum = splat(terms[N - 1]);
#pragma GCC unroll 24
    for (int i = N - 2; i >= 0; --i) sum = fma(sum, x, splat(terms[i]));
    return sum;
}

// exp(x) - 1 = power * (1 + rest) - 1 with power = 2^n and |rest| < 0.42.
template <class T> struct Reduced {
    Vec<T> power, rest;
};

// For 2^n a normal number: the caller limits x.
template <class T> inline Reduced<T> reduce(Vec<T> x) {
    using M = Math<T>;
    const Vec<T> shifted = fma(x, splat(M::log2e), splat(M::shifter)), n = shifted - M::shifter;
    const Vec<T> r = fma(n, splat(-M::ln2_low), fma(n, splat(-M::ln2_high), x));
    // The integer n is in the low bits of `shifted`; those above them fall out at the left.
    const Vec<T> power = (Vec<T>)(((Bits<T>)shifted + M::bias) << M::fraction_bits);
    return {power, fma(r * r, polynomial(M::exp_terms, r), r)};
}

// For x <= 88 (float), 709 (double); 0 where the result would be subnormal.
template <class T> inline Vec<T> exp_bounded(Vec<T> x) {
    const Reduced<T> e = reduce<T>(x);
    return x < Math<T>::least_exponent ? Vec<T>{} : fma(e.power, e.rest, e.power);
}

// exp(x) - 1 for x <= 0.
template <class T> inline Vec<T> expm1_of_negative(Vec<T> x) {
    const Vec<T> bounded = x < 2 * Math<T>::lost_beside_1 ? splat(2 * Math<T>::lost_beside_1) : x;
    const Reduced<T> e = reduce<T>(bounded);
    return fma(e.power, e.rest, e.power - T(1));
}

// log(1 + f) for f from 1/sqrt(2) - 1 to sqrt(2) - 1 (as in fdlibm).
template <class T> inline Vec<T> log1p_small(Vec<T> f) {
    const Vec<T> s = f / (T(2) + f), z = s * s, half = T(0.5) * f * f;
    const Vec<T> rest = z * polynomial(Math<T>::log_terms, z);
    return f - (half - s * (half + rest));
}

// log(1 + u) for 0 <= u <= 1.
template <class T> inline Vec<T> log1p_of_unit(Vec<T> u) {
    const auto high = u > T(0.41421356237309503);
    const Vec<T> f = high ? (u - T(1)) * T(0.5) : u;
    const Vec<T> part = log1p_small<T>(f);
    return high ? part + Math<T>::ln2 : part;
}

// log(x) for normal x > 0.
template <class T> inline Vec<T> log_normal(Vec<T> x) {
    using M = Math<T>;
    using U = typename Unsigned<T>::type;
    // sqrt(1/2) has the fraction bits 0x3504f3...; so the mantissa ends up between sqrt(1/2) and sqrt(2).
    constexpr U low = sizeof(T) == 4 ? U(0x3f3504f3) : U(0x3fe6a09e667f3bcdull);
    const Bits<T> offset = (Bits<T>)x - low;
    const Bits<T> n = (Bits<T>)((Index<T>)offset >> M::fraction_bits);
    const Vec<T> m = (Vec<T>)((Bits<T>)x - (n << M::fraction_bits));
    const Vec<T> e = (Vec<T>)(n + (Bits<T>)splat(M::shifter)) - M::shifter;
    const Vec<T> f = m - T(1), part = log1p_small<T>(f);
    return fma(e, splat(M::ln2_high), fma(e, splat(M::ln2_low), part));
}

template <class T> inline Vec<T> tanh_of(Vec<T> x) {
    const Vec<T> t = expm1_of_negative<T>(T(-2) * magnitude<T>(x));
    return with_sign_of<T>(magnitude<T>(t / (T(2) + t)), x);
}

template <class T> inline Vec<T> sigmoid_of(Vec<T> x) {
    const Vec<T> e = exp_bounded<T>(-magnitude<T>(x));
    return (x < T(0) ? e : splat(T(1))) / (T(1) + e);
}

// The normal distribution function at -|x|, and exp(-x^2 / 2). (1 + 2z) erfcx(z) / 2 with z = |x| / sqrt(2) is a
// polynomial in (|x| - m) / (|x| + m), after Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2)
// erfc x", 1981, doi:10.1090/S0025-5718-1981-0595058-X. The rounding of x^2 is put right by its remainder.
template <class T> inline Vec<T> normal_tail(Vec<T> x, Vec<T>& bell) {
    using M = Math<T>;
    Vec<T> y = magnitude<T>(x);
    y = y > T(40) ? splat(T(40)) : y;  // exp(-800) is 0 in both types, and no square overflows
    const Vec<T> square = y * y, remainder = fma(y, y, -square);
    const Vec<T> e = exp_bounded<T>(T(-0.5) * square);
    bell = fma(e, T(-0.5) * remainder, e);
    const Vec<T> below = y + M::tail_middle, factor = fma(y, splat(T(1.4142135623730951)), splat(T(1)));
    const Vec<T> inverse = T(1) / (below * factor);
    const Vec<T> t = (y - M::tail_middle) * factor * inverse;
    return bell * polynomial(M::tail_terms, t) * (below * inverse);
}

}  // namespace ganglion::GANGLION_NAMESPACE
