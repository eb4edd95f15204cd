// Products over columns, and the functions of counts that families of components need. Lanes are clusters throughout: what
// stands in a lane is the result of the same operations whatever the width of a vector.
#pragma once
#include "train_math.hpp"

namespace ganglion::GANGLION_NAMESPACE {

using Lane = Vec<double>;
constexpr int kWidth = Simd<double>::W;

// log(1 + u) for u >= 0: what the sum loses is put back to first order.
inline Lane log1p_of(Lane u) {
    const Lane w = 1.0 + u;
    return log_normal<double>(w) + (u - (w - 1.0)) / w;
}

// A product of positive numbers whose exponent is kept apart, so that thousands of factors neither leave the range of a
// double nor cost a logarithm each. Up to four factors within 1e-70 and 1e70 may be multiplied in at once.
struct Product {
    Lane mantissa = splat(1.0);
    Bits<double> exponent = {};
    int64_t normalised = 0;

    void multiply(Lane factor) {
        const Bits<double> bits = (Bits<double>)(mantissa * factor);
        exponent += bits >> 52;
        mantissa = (Lane)((bits & 0x000fffffffffffffull) | 0x3ff0000000000000ull);
        ++normalised;
    }

    Lane log() const {
        const Lane power = ((Lane)(exponent + (Bits<double>)splat(Math<double>::shifter)) - Math<double>::shifter) -
                           double(1023 * normalised);
        const Lane part = log_normal<double>(mantissa);
        return fma(power, splat(Math<double>::ln2_high), fma(power, splat(Math<double>::ln2_low), part));
    }
};

// What remains of log Gamma(z) beside (z - 1/2) log z - z + log(2 pi) / 2, for z >= 8 (Stirling's series to 1 / z^15).
inline Lane stirling_rest(Lane z) {
    constexpr double terms[] = {1.0 / 12,   -1.0 / 360,         1.0 / 1260, -1.0 / 1680,
                                1.0 / 1188, -691.0 / 360360.0, 1.0 / 156,  -3617.0 / 122400.0};
    const Lane inverse = 1.0 / z;
    return inverse * polynomial(terms, inverse * inverse);
}

// z (z + 1) ... (z + 7).
inline Lane eight_from(Lane z) {
    const Lane a = z * (z + 1.0), b = (z + 2.0) * (z + 3.0), c = (z + 4.0) * (z + 5.0), d = (z + 6.0) * (z + 7.0);
    return (a * b) * (c * d);
}

// log Gamma(z + x) - log Gamma(z) for z > 0, x >= 0: with x a count, the logarithm of the rising factorial. The two large
// terms of Stirling's formula are subtracted before they are formed: a difference of two log Gammas of 1e9 would keep
// seven digits.
inline Lane log_rising(Lane z, Lane x) {
    const auto small = z < 8.0;
    const Lane below = small ? eight_from(z) : splat(1.0), above = small ? eight_from(z + x) : splat(1.0);
    const Lane low = small ? z + 8.0 : z, high = low + x;
    const Lane body = x * log_normal<double>(high) + ((low - 0.5) * log1p_of(x / low) - x);
    const Lane shift = log_normal<double>(below) - log_normal<double>(above);
    return body + (stirling_rest(high) - stirling_rest(low)) + (small ? shift : splat(0.0));
}

// An unevaluated sum of two doubles: 106 bits, so that what is added can be taken out again without a trace.
struct Twofold {
    Lane high, low;
};

inline Twofold two_sum(Lane a, Lane b) {
    const Lane sum = a + b, part = sum - a;
    return {sum, (a - (sum - part)) + (b - part)};
}

inline Twofold plus(Twofold a, Twofold b) {
    const Twofold sum = two_sum(a.high, b.high);
    return two_sum(sum.high, sum.low + (a.low + b.low));
}

inline Twofold square_of(Twofold a) {
    const Lane high = a.high * a.high;
    return {high, fma(a.high, a.high, -high) + 2.0 * a.high * a.low};
}

inline Twofold quotient(Twofold a, Twofold b) {
    const Lane high = a.high / b.high;
    const Lane rest = fma(-high, b.high, a.high) + (a.low - high * b.low);
    return {high, rest / b.high};
}

}  // namespace ganglion::GANGLION_NAMESPACE
