// Sums and sums of squares of clusters, as the normal families share them. Of BlockData:
//   x         (n, d) values less the prior mean, NaN where a cell is missing
//   sizes[0]  the first columns of which no cell is missing (and, for a conjugate family, that have one shape): they
//             share what follows from the number of members
// Both sums are kept in two doubles: what is added can be taken out again without a trace (106 bits), and the sum of
// squares about a mean far from the prior's keeps its digits.
#pragma once
#include "bayes_block.hpp"
#include "columns_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int kSums = 4;

// Where a family keeps them: column j's four at sums + 4 j, members that have column j >= alike at present + j - alike.
struct MomentNumbers {
    int64_t sums, members, present;
};

// One vector of lanes of a panel, to read and to write.
struct PanelVector {
    double* panel;  // at the first lane of the vector
    int lane;       // which of its lanes is meant

    PanelVector(double* whole, int64_t cluster)
        : panel(whole + cluster / kWidth * kWidth), lane(int(cluster % kWidth)) {}
    Lane get(int64_t number) const { return load(panel + number * kClusterLanes); }
    void set(int64_t number, Lane value) const { store(panel + number * kClusterLanes, value); }
    double& one(int64_t number) const { return panel[number * kClusterLanes + lane]; }
};

struct Moments {
    Twofold sum, squares;
};

inline Moments moments_of(const PanelVector& at, const MomentNumbers& where, int64_t j) {
    const int64_t first = where.sums + kSums * j;
    return {{at.get(first), at.get(first + 1)}, {at.get(first + 2), at.get(first + 3)}};
}

inline Lane having(const BlockData& data, const PanelVector& at, const MomentNumbers& where, int64_t j) {
    return at.get(j < data.sizes[0] ? where.members : where.present + j - data.sizes[0]);
}

// Sum of squares about the shrunken mean, sum / weight: never below zero.
inline Lane about_mean(const Moments& m, Twofold weight, Lane inverse) {
    const Twofold square = square_of(m.sum);
    const Lane high = square.high * inverse;
    const Lane rest = (fma(-high, weight.high, square.high) + (square.low - high * weight.low)) * inverse;
    const Twofold left = plus(m.squares, {-high, -rest});
    const Lane value = left.high + left.low;
    return value > 0.0 ? value : Lane{};
}

// Puts a row into the sums of one lane (sign 1) or takes it out (-1).
inline void move_row(const BlockData& data, const PanelVector& at, const MomentNumbers& where, int64_t row, double sign) {
    const double* x = data.x + row * data.d;
    at.one(where.members) += sign;
    for (int64_t j = 0; j < data.d; ++j) {
        if (!(x[j] == x[j])) continue;
        if (j >= data.sizes[0]) at.one(where.present + j - data.sizes[0]) += sign;
        Lane value = {};
        value[at.lane] = x[j];
        const Moments old = moments_of(at, where, j);
        const Twofold square = square_of({value, Lane{}});
        const Twofold sum = plus(old.sum, {sign * value, Lane{}});
        const Twofold squares = plus(old.squares, {sign * square.high, sign * square.low});
        const int64_t first = where.sums + kSums * j;
        at.set(first, sum.high);
        at.set(first + 1, sum.low);
        at.set(first + 2, squares.high);
        at.set(first + 3, squares.low);
    }
}

inline Lane load_part(const double* from, int64_t count) {
    if (count >= kWidth) return load(from);
    Lane value = {};
    for (int64_t l = 0; l < count; ++l) value[l] = from[l];
    return value;
}

// The sums of these rows, afresh. Lanes are columns.
inline void sum_rows(const BlockData& data, const PanelVector& at, const MomentNumbers& where, const int32_t* members,
                     int64_t count) {
    at.one(where.members) = double(count);
    for (int64_t j = 0; j < data.d; j += kWidth) {
        const int64_t here = smaller(data.d - j, int64_t(kWidth));
        Lane n = {};
        Moments total{};
        for (int64_t m = 0; m < count; ++m) {
            const Lane given = load_part(data.x + members[m] * data.d + j, here);
            const Lane x = given == given ? given : Lane{};
            n += given == given ? splat(1.0) : Lane{};
            const Twofold sum = two_sum(total.sum.high, x), square = square_of({x, Lane{}});
            const Twofold squares = two_sum(total.squares.high, square.high);
            total.sum = {sum.high, total.sum.low + sum.low};
            total.squares = {squares.high, total.squares.low + (squares.low + square.low)};
        }
        const Twofold sum = two_sum(total.sum.high, total.sum.low);
        const Twofold squares = two_sum(total.squares.high, total.squares.low);
        for (int64_t l = 0; l < here; ++l) {
            const int64_t first = where.sums + kSums * (j + l);
            at.one(first) = sum.high[l];
            at.one(first + 1) = sum.low[l];
            at.one(first + 2) = squares.high[l];
            at.one(first + 3) = squares.low[l];
            if (j + l >= data.sizes[0]) at.one(where.present + j + l - data.sizes[0]) = n[l];
        }
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
