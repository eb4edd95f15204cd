// The logarithm of the gamma function on lanes, with the same bits on every instruction set. Included by kernels only.
#pragma once
#include "train_math.hpp"

namespace ganglion::GANGLION_NAMESPACE {

inline double exp_of(double x) { return exp_bounded<double>(splat(x))[0]; }
inline double log_of(double x) { return log_normal<double>(splat(x))[0]; }

// log(1 + u) for u >= 0: what the sum loses is put back to first order.
inline Vec<double> log1p_of(Vec<double> u) {
    const Vec<double> w = 1.0 + u;
    return log_normal<double>(w) + (u - (w - 1.0)) / w;
}

// What remains of log Gamma(z) beside (z - 1/2) log z - z + log(2 pi) / 2, for inverse = 1 / z <= 1/8 (Stirling's series
// to 1 / z^15).
inline Vec<double> stirling_rest(Vec<double> inverse) {
    constexpr double terms[] = {1.0 / 12,   -1.0 / 360,         1.0 / 1260, -1.0 / 1680,
                                1.0 / 1188, -691.0 / 360360.0, 1.0 / 156,  -3617.0 / 122400.0};
    return inverse * polynomial(terms, inverse * inverse);
}

// z (z + 1) ... (z + 7).
inline Vec<double> eight_from(Vec<double> z) {
    const Vec<double> a = z * (z + 1.0), b = (z + 2.0) * (z + 3.0), c = (z + 4.0) * (z + 5.0), d = (z + 6.0) * (z + 7.0);
    return (a * b) * (c * d);
}

// log Gamma(z + x) - log Gamma(z) for z > 1e-150, x >= 0: with x a count, the logarithm of the rising factorial. The two
// large terms of Stirling's formula are subtracted before they are formed: a difference of two log Gammas of 1e9 would
// keep seven digits. Two logarithms and four divisions; a z below 8 in any lane costs one more of each.
inline Vec<double> log_rising(Vec<double> z, Vec<double> x) {
    const auto small = z < 8.0;
    const Vec<double> low = small ? z + 8.0 : z, high = low + x, inverse_low = 1.0 / low, inverse_high = 1.0 / high;
    const Vec<double> u = x * inverse_low, w = 1.0 + u;
    const Vec<double> log1p = log_normal<double>(w) + (u - (w - 1.0)) * (low * inverse_high);
    const Vec<double> body = x * log_normal<double>(high) + ((low - 0.5) * log1p - x);
    const Vec<double> large = body + (stirling_rest(inverse_high) - stirling_rest(inverse_low));
    if (!lane_bits(small)) return large;
    const Vec<double> below = small ? eight_from(z) : splat(1.0), above = small ? eight_from(z + x) : splat(1.0);
    return small ? large + log_normal<double>(below / above) : large;
}

// log Gamma(x) for x > 0 above 1e-290: Stirling's series from 8 on, and below it log Gamma(x + 8) less eight factors. Off
// by less than 4e-15 + 4e-16 |log Gamma(x)|.
inline Vec<double> log_gamma(Vec<double> x) {
    const auto small = x < 8.0;
    const Vec<double> z = small ? x + 8.0 : x;
    const Vec<double> stirling = fma(z - 0.5, log_normal<double>(z), stirling_rest(1.0 / z) - z) + 0.91893853320467274178;
    return small ? stirling - log_normal<double>(small ? eight_from(x) : splat(1.0)) : stirling;
}

inline double log_gamma_of(double x) { return log_gamma(splat(x))[0]; }

}  // namespace ganglion::GANGLION_NAMESPACE
