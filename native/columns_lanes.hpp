// Products over columns, and the functions of counts that families of components need. Lanes are clusters throughout: what
// stands in a lane is the result of the same operations whatever the width of a vector.
#pragma once
#include "bayes_special.hpp"

namespace ganglion::GANGLION_NAMESPACE {

using Lane = Vec<double>;
constexpr int kWidth = Simd<double>::W;

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

}  // namespace ganglion::GANGLION_NAMESPACE
