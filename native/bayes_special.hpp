// The logarithm of the gamma function on lanes, with the same bits on every instruction set. Included by kernels only.
#pragma once
#include "train_math.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// log Gamma(x) for x > 0 above 1e-290: Stirling's series from 10 on, and below it log Gamma(x + 10) less the logarithm
// of x (x + 1) ... (x + 9). Off by less than 4e-15 + 4e-16 |log Gamma(x)|.
inline Vec<double> log_gamma(Vec<double> x) {
    constexpr double terms[] = {1.0 / 12,    -1.0 / 360,  1.0 / 1260, -1.0 / 1680,
                                1.0 / 1188, -691.0 / 360360, 1.0 / 156};
    const auto low = x < 10.0;
    Vec<double> product = x;
#pragma GCC unroll 9
    for (int step = 1; step < 10; ++step) product = product * (x + double(step));
    const Vec<double> y = low ? x + 10.0 : x, inverse = 1.0 / y;
    const Vec<double> series = inverse * polynomial(terms, inverse * inverse);
    const Vec<double> stirling = fma(y - 0.5, log_normal<double>(y), series - y) + 0.91893853320467274178;
    return low ? stirling - log_normal<double>(low ? product : splat(1.0)) : stirling;
}

inline double log_gamma_of(double x) { return log_gamma(splat(x))[0]; }

}  // namespace ganglion::GANGLION_NAMESPACE
