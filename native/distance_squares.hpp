// Squares added to a sum, with one rounding for the two: the same bits whether or not the processor has the
// instruction for it.
#pragma once
#include "train_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

#if defined(__FMA__) || defined(__aarch64__)

template <class V> inline V add_square(V e, V sum) { return fma(e, e, sum); }

#else

// What is left of a + b after its rounding, exactly (Knuth's two-sum).
template <class V> inline V left_of_sum(V a, V b, V rounded) {
    const V second = rounded - a;
    return (a - (rounded - second)) + (b - second);
}

// v, or where `left` of it was rounded away and its last bit is 0, its neighbour on that side: rounded to odd, so that
// a second rounding to fewer bits gives what a single one would.
inline Vec<double> to_odd(Vec<double> v, Vec<double> left) {
    const Bits<double> bits = (Bits<double>)v, down = (bits ^ (Bits<double>)left) >> 63;
    const Bits<double> moves = (Bits<double>)(left != Vec<double>{}) & ~bits & 1;
    return (Vec<double>)(bits + moves - 2 * (moves & down));
}

// sum + e * e for sum >= 0: the square and what its rounding left (Dekker 1971), added by way of rounding to odd
// (Boldo, S. and Melquiond, G. "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd",
// 2008, doi:10.1109/TC.2007.70819; no term is negative here, which saves a sum). A library's function would take 50
// times as long without the instruction. It has the squares of which the parts would be too small or too large.
inline Vec<double> add_square(Vec<double> e, Vec<double> sum) {
    const Vec<double> square = e * e;
    const auto usual = ((square > splat(0x1p-960)) & (square < splat(0x1p960))) | (e == Vec<double>{});
    Vec<double> total = square + sum;
    if (lane_bits(usual) != (1u << Simd<double>::W) - 1) {
        for (int l = 0; l < Simd<double>::W; ++l) total[l] = __builtin_fma(e[l], e[l], sum[l]);
        return total;
    }
    const Vec<double> scaled = e * 134217729.0, high = scaled - (scaled - e), low = e - high;  // 2^27 + 1: halves
    const Vec<double> of_square = ((high * high - square) + 2.0 * (high * low)) + low * low;
    const Vec<double> of_total = left_of_sum(square, sum, total), left = of_total + of_square;
    return total + to_odd(left, left_of_sum(of_total, of_square, left));
}

// float64 holds the square, and more than twice the bits of the sum.
inline Vec<float> add_square(Vec<float> e, Vec<float> sum) {
    constexpr int W = Simd<double>::W;
    for (int l = 0; l < Simd<float>::W; l += W) {
        Vec<double> wide, addend;
        for (int i = 0; i < W; ++i) wide[i] = double(e[l + i]), addend[i] = double(sum[l + i]);
        const Vec<double> square = wide * wide, total = square + addend;
        const Vec<double> odd = to_odd(total, left_of_sum(square, addend, total));
        for (int i = 0; i < W; ++i) sum[l + i] = float(odd[i]);
    }
    return sum;
}

#endif

}  // namespace ganglion::GANGLION_NAMESPACE
