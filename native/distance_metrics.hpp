// Metrics as what they do with lanes of pairs: `first`, a step for every feature in order, and what the sums become.
// Sums are added one term after the other, so that they depend neither on the vector's width nor on which of the two
// items is the row. Squares are rounded together with the sum that they are added to, other terms before.
#pragma once
#include "distance_problem.hpp"
#include "distance_squares.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// What `finish` and `step` may ask for beside the two values.
template <class T> struct Place {
    const VectorItems<T>& items;
    int64_t row, column;  // the row, and the column in lane 0
};

// x * one - y for a `one` that the compiler does not know: x - y to the bit, but from the units that multiply.
template <class T> inline Vec<T> multiplied_difference(Vec<T> x, Vec<T> y, Vec<T> one) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) return _mm512_fmsub_ps(x, one, y);
    else return _mm512_fmsub_pd(x, one, y);
#elif defined(__FMA__)
    if constexpr (sizeof(T) == 4) return _mm256_fmsub_ps(x, one, y);
    else return _mm256_fmsub_pd(x, one, y);
#else
    return x * one - y;
#endif
}

template <class T> struct SquaredEuclidean {
    static constexpr int kSums = 1;
    static constexpr bool kOfDifferences = true;
    static constexpr bool kMultiplies = true;
    Vec<T> sum{};
    void take(Vec<T> e) { sum = add_square(e, sum); }
    Vec<T> finish(const Place<T>&) const { return sum; }
};

template <class T> struct Euclidean : SquaredEuclidean<T> {
    static constexpr bool kSlowToFinish = true;
    Vec<T> finish(const Place<T>&) const { return square_root(this->sum); }
};

template <class T> struct Manhattan {
    static constexpr int kSums = 1;
    Vec<T> sum{};
    static constexpr bool kOfDifferences = true;
    void take(Vec<T> e) { sum += magnitude<T>(e); }
    Vec<T> finish(const Place<T>&) const { return sum; }
};

// 1 - cos(x, y) = |x / |x| - y / |y||^2 / 2: by differences it is right near zero, never below it, and zero for equal
// rows. Marks are 0 for zero vectors, 1 for others: two zero vectors are 0 apart, a zero vector and another 1.
template <class T> struct Cosine : SquaredEuclidean<T> {
    Vec<T> finish(const Place<T>& at) const {
        const Vec<T> half = this->sum * T(0.5), one = splat(T(1));
        const Vec<T> mark = splat(at.items.row_marks[at.row]);
        return mark == load(at.items.column_marks + at.column) ? half : one;
    }
};

template <class T> struct Chebyshev {
    static constexpr int kSums = 1;
    Vec<T> largest{};
    static constexpr bool kOfDifferences = true;
    void take(Vec<T> e) { largest = vmax(largest, magnitude<T>(e)); }
    Vec<T> finish(const Place<T>&) const { return largest; }
};

// |x - y| / (|x| + |y|), 0 where both are 0.
template <class T> struct Canberra {
    static constexpr int kSums = 1;
    Vec<T> sum{};
    void step(Vec<T> x, Vec<T> y, const VectorItems<T>&, int64_t) {
        const Vec<T> size = magnitude<T>(x) + magnitude<T>(y), zero{};
        sum += size == zero ? zero : magnitude<T>(x - y) / size;
    }
    Vec<T> finish(const Place<T>&) const { return sum; }
};

// sum |x - y| / sum |x + y|; where the second sum is 0: 0 for equal items, else 1.
template <class T> struct BrayCurtis {
    static constexpr int kSums = 2;
    Vec<T> apart{}, together{};
    void step(Vec<T> x, Vec<T> y, const VectorItems<T>&, int64_t) {
        apart += magnitude<T>(x - y);
        together += magnitude<T>(x + y);
    }
    Vec<T> finish(const Place<T>&) const {
        const Vec<T> zero{};
        const Vec<T> ratio = together == zero ? splat(T(1)) : apart / together;
        return apart == zero ? zero : ratio;
    }
};

// The share of features that differ.
template <class T> struct Hamming {
    static constexpr int kSums = 1;
    Vec<T> sum{};
    void step(Vec<T> x, Vec<T> y, const VectorItems<T>&, int64_t) { sum += x != y ? splat(T(1)) : Vec<T>{}; }
    Vec<T> finish(const Place<T>& at) const { return sum / splat(T(larger<int64_t>(1, at.items.d))); }
};

// The C library's pow, lane by lane.
template <class T> inline Vec<T> power(Vec<T> base, T exponent) {
    for (int l = 0; l < Simd<T>::W; ++l) base[l] = T(__builtin_pow(double(base[l]), double(exponent)));
    return base;
}

template <class T> struct Minkowski {
    static constexpr int kSums = 1;
    Vec<T> sum{};
    void step(Vec<T> x, Vec<T> y, const VectorItems<T>& s, int64_t) { sum += power<T>(magnitude<T>(x - y), s.p); }
    Vec<T> finish(const Place<T>& at) const { return power<T>(sum, T(1) / at.items.p); }
};

// Where 2 p is a whole number, powers are products and a square root: tens of times faster than pow.
template <class T> struct MinkowskiHalves : Minkowski<T> {
    void step(Vec<T> x, Vec<T> y, const VectorItems<T>& s, int64_t) {
        const int halves = int(2 * s.p);
        Vec<T> base = magnitude<T>(x - y), product = halves & 1 ? square_root(base) : splat(T(1));
        for (int left = halves / 2; left > 0; left /= 2) {
            if (left & 1) product *= base;
            base *= base;
        }
        this->sum += product;
    }
};

// Gower (1971): differences of a feature by its range, or 1 where categories differ; features that one of the two does
// not have (NaN) are left out of the mean. Marks of a feature: weight / range, weight where it is a category, weight.
// Two items that share no feature are 1 apart.
template <class T> struct Gower {
    static constexpr int kSums = 2;
    Vec<T> sum{}, weights{};
    void step(Vec<T> x, Vec<T> y, const VectorItems<T>& s, int64_t f) {
        const T* marks = s.feature_marks + kFeatureMarks * f;
        const Vec<T> zero{}, e = magnitude<T>(x - y);  // NaN where one of them is
        const Vec<T> term = e * splat(marks[0]) + (e > zero ? splat(marks[1]) : zero);
        sum += e == e ? term : zero;
        weights += e == e ? splat(marks[2]) : zero;
    }
    Vec<T> finish(const Place<T>&) const { return weights > Vec<T>{} ? sum / weights : splat(T(1)); }
};

}  // namespace ganglion::GANGLION_NAMESPACE
