// Great-circle distances from latitude and longitude in radians.
#pragma once
#include "distance_metrics.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr double kPiHigh = 0x1.921fb54442d18p+1, kPiLow = 0x1.1a62633145c07p-53;

// sin(e / 2)^2 for any e: e / 2 is brought to [-pi / 2, pi / 2], where the Taylor series to the 21st power is good to a
// unit in the last place. Small e lose nothing: the difference is taken before the sine.
inline Vec<double> half_sine_squared(Vec<double> e) {
    constexpr double shifter = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer
    const Vec<double> half = e * 0.5;
    const Vec<double> turns = (half * (1 / kPiHigh) + shifter) - shifter;
    const Vec<double> r = (half - turns * kPiHigh) - turns * kPiLow, z = r * r;
    constexpr double terms[] = {-1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800.0,
                                -1.0 / 1307674368000.0, 1.0 / 355687428096000.0, -1.0 / 121645100408832000.0,
                                1.0 / 51090942171709440000.0};
    Vec<double> sum = splat(terms[9]);
#pragma GCC unroll 9
    for (int i = 8; i >= 0; --i) sum = sum * z + terms[i];
    const Vec<double> sine = r + r * z * sum;
    return sine * sine;
}

// asin(s) for s in [0, 1]: the rational approximation of fdlibm on [0, 1/2], pi / 2 - 2 asin(sqrt((1 - s) / 2)) above.
inline Vec<double> arc_sine(Vec<double> s) {
    constexpr double above[] = {1.66666666666666657415e-01, -3.25565818622400915405e-01, 2.01212532134862925881e-01,
                                -4.00555345006794114027e-02, 7.91534994289814532176e-04, 3.47933107596021167570e-05};
    constexpr double below[] = {1.0, -2.40339491173441421878e+00, 2.02094576023350569471e+00,
                                -6.88283971605453293030e-01, 7.70381505559019352791e-02};
    const Index<double> large = s > splat(0.5);
    const Vec<double> square = large ? (1.0 - s) * 0.5 : s * s;
    const Vec<double> base = large ? square_root(square) : s;
    Vec<double> p = splat(above[5]), q = splat(below[4]);
#pragma GCC unroll 5
    for (int i = 4; i >= 0; --i) p = p * square + above[i];
#pragma GCC unroll 4
    for (int i = 3; i >= 0; --i) q = q * square + below[i];
    const Vec<double> angle = base + base * (square * p / q);
    return large ? kPiHigh / 2 - 2.0 * angle : angle;
}

// Marks are the cosines of the latitudes; p is the radius.
struct Haversine {
    static constexpr int kSums = 2;
    Vec<double> latitude{}, longitude{};
    void step(Vec<double> x, Vec<double> y, const VectorItems<double>&, int64_t f) {
        (f == 0 ? latitude : longitude) = half_sine_squared(x - y);
    }
    Vec<double> finish(const Place<double>& at) const {
        const Vec<double> across = splat(at.items.row_marks[at.row]) * load(at.items.column_marks + at.column);
        const Vec<double> square = vmin(latitude + across * longitude, splat(1.0));
        return 2.0 * arc_sine(square_root(square)) * at.items.p;
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
