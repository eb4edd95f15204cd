// Metrics as what they do with lanes of pairs: `first`, a step for every feature in order, and what the sums become.
// Sums are of rounded terms, added one after the other, so that they depend neither on the vector's width nor on which
// of the two items is the row.
#pragma once
#include "distance_problem.hpp"
#include "train_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// What `finish` and `step` may ask for beside the two values.
template <class T> struct Place {
    const VectorItems<T>& items;
    int64_t row, column;  // the row, and the column in lane 0
};

template <class T> struct SquaredEuclidean {
    static constexpr int kSums = 1;
    Vec<T> sum{};
    void step(Vec<T> x, Vec<T> y, const VectorItems<T>&, int64_t) {
        const Vec<T> e = x - y;
        sum += e * e;
    }
    Vec<T> finish(const Place<T>&) const { return sum; }
};

template <class T> struct Euclidean : SquaredEuclidean<T> {
    Vec<T> finish(const Place<T>&) const { return square_root(this->sum); }
};

template <class T> struct Manhattan {
    static constexpr int kSums = 1;
    Vec<T> sum{};
    void step(Vec<T> x, Vec<T> y, const VectorItems<T>&, int64_t) { sum += magnitude<T>(x - y); }
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

}  // namespace ganglion::GANGLION_NAMESPACE
