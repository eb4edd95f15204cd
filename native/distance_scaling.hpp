// Rows brought to length 1.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ganglion {

// One row less its mean where wanted, divided by its length; returns 0 for rows without length, 1 for others. The
// row is first brought to the size of 1 by a power of two, which is exact: squares of tiny and huge values stay finite.
template <class T> T unit_row(const T* from, int64_t d, bool centered, T* to) {
    double largest = 0, mean = 0, first = d > 0 ? double(from[0]) : 0;
    for (int64_t f = 0; f < d; ++f) largest = std::max(largest, std::fabs(double(from[f])));
    int exponent = 0;
    std::frexp(largest, &exponent);
    if (centered) {
        // About the first value: a row of equal values has exactly no length.
        for (int64_t f = 0; f < d; ++f) mean += std::ldexp(double(from[f]), -exponent) - std::ldexp(first, -exponent);
        mean = std::ldexp(first, -exponent) + mean / double(std::max<int64_t>(1, d));
    }
    double square = 0;
    for (int64_t f = 0; f < d; ++f) {
        const double v = std::ldexp(double(from[f]), -exponent) - mean;
        square += v * v;
    }
    const double length = std::sqrt(square);
    for (int64_t f = 0; f < d; ++f)
        to[f] = length > 0 ? T((std::ldexp(double(from[f]), -exponent) - mean) / length) : T(0);
    return length > 0 ? T(1) : T(0);
}

}  // namespace ganglion
