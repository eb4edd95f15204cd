// Counts in cells, as the discrete families share them. A cell is a column, or a category of a column.
//
// A row is a list (CSR): the cells in which it has a count of 1, then those with larger counts, then the columns that it
// lacks. Of BlockData: `indices` are these cells and columns, `values` the counts, and
//   numbers[0]  (cells,) prior of a cell: alpha, a, shape       numbers[1]  per column: b, rate, sum of alpha
//   numbers[4]  (n,) the row's own term: multinomial coefficient, 1 / x!      numbers[5]  (n,) sum of the row's counts
//   numbers[6]  (n,) where its counts above 1 begin             numbers[7]  (n,) where its absent columns begin
//   sizes[0]    columns     sizes[1]  cells     sizes[2]  1 if any row lacks a column
// Counts are integers in doubles, so a cluster's statistics are a function of its members: no rounding gathers, whatever
// has come and gone.
#pragma once
#include "bayes_block.hpp"
#include "columns_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

struct RowCells {
    int64_t begin, several, absent, end;
    double total;
};

inline RowCells cells_of(const BlockData& data, int64_t row) {
    return {data.indptr[row], int64_t(data.numbers[6][row]), int64_t(data.numbers[7][row]), data.indptr[row + 1],
            data.numbers[5][row]};
}

// Which number of a lane is what. The numbers [0, members) are the counts of the cells.
struct CellNumbers {
    int64_t members, total;        // how many rows; the sum of their counts
    int64_t constant;              // the sum of their own terms, in two parts
    int64_t base, base_without;    // log density of a row that has no count; the same once a member without counts left
    int64_t absent;                // members that lack column j
    int64_t exposure, exposure_without;  // Poisson: log(b + m + 1), and log(b + m - 1)
    int64_t absence;                     // Poisson: log density of a 0, where columns may be absent
};

inline CellNumbers cell_numbers(const BlockData& data) {
    const int64_t cells = data.sizes[1], lacking = data.sizes[2] ? data.sizes[0] : 0, absent = cells + 6;
    const int64_t exposure = absent + lacking;
    return {cells, cells + 1, cells + 2, cells + 4, cells + 5, absent, exposure, exposure + cells, exposure + 2 * cells};
}

// N vectors of clusters of one panel. Where OWN, one lane counts the row among its members: `own` is 1 there, 0 elsewhere,
// and what stands in that lane is read as if the row had left.
template <bool OWN, int N> struct Clusters {
    const double* panel;  // at the first lane
    Lane own[N];

    Lane at(int64_t number, int i) const { return load(panel + number * kClusterLanes + i * kWidth); }
    Lane less(int64_t number, int i, double count) const {
        return OWN ? at(number, i) - own[i] * count : at(number, i);
    }
    // a where the row is not a member, b where it is.
    Lane pick(int i, Lane a, Lane b) const { return OWN ? (own[i] > 0.0 ? b : a) : a; }
};

template <int N, class F>
inline void score_some(const double* panel, int64_t lane, int64_t own, double* out, F family) {
    Lane values[N] = {};
    if (own < lane || own >= lane + N * kWidth) {
        Clusters<false, N> clusters{panel + lane, {}};
        family(clusters, values);
    } else {
        Clusters<true, N> clusters{panel + lane, {}};
        clusters.own[(own - lane) / kWidth][(own - lane) % kWidth] = 1;
        family(clusters, values);
    }
    for (int i = 0; i < N; ++i) store(out + lane + i * kWidth, load(out + lane + i * kWidth) + values[i]);
}

// family(clusters, values) for all clusters below k, up to four vectors at a time.
template <class F>
inline void score_all(int64_t n_numbers, const double* state, int64_t k, int64_t own, double* out, F family) {
    for (int64_t first = 0; first < k; first += kClusterLanes, state += kClusterLanes * n_numbers) {
        const int64_t lanes = smaller(k - first, kClusterLanes);
        double* here = out + first;
        int64_t lane = 0;
        if constexpr (kWidth <= 4)
            for (; lanes - lane > 2 * kWidth; lane += 4 * kWidth) score_some<4>(state, lane, own - first, here, family);
        if (lanes - lane > kWidth) score_some<2>(state, lane, own - first, here, family), lane += 2 * kWidth;
        if (lanes > lane) score_some<1>(state, lane, own - first, here, family);
    }
}

// The vector that a lane stands in, to compute what follows from its counts.
inline Clusters<false, 1> around(const double* panel, int64_t lane) { return {panel + lane / kWidth * kWidth, {}}; }

// product *= factor(k) over k in [begin, end), four at a time: the product waits for itself only once.
template <class F> inline void multiply_over(Product& product, int64_t begin, int64_t end, F factor) {
    int64_t k = begin;
    for (; k + 4 <= end; k += 4)
        product.multiply((factor(k) * factor(k + 1)) * (factor(k + 2) * factor(k + 3)));
    for (; k < end; ++k) product.multiply(factor(k));
}

// Counts up to this are multiplied out, eight factors at a time: log_rising costs as much as some 60 of them.
constexpr double kFewCounts = 48;

// product or sum takes z rising by a count that all lanes share.
template <int N> inline void rise(Product (&product)[N], Lane (&sum)[N], const Lane (&z)[N], double count) {
    if (count > kFewCounts) {
        for (int i = 0; i < N; ++i) sum[i] += log_rising(z[i], splat(count));
        return;
    }
    const auto pair = [&](int i, double j) { return (z[i] + j) * (z[i] + (j + 1)); };
    double j = 0;
    for (; j + 8 <= count; j += 8)
#pragma GCC unroll 4
        for (int i = 0; i < N; ++i)
            product[i].multiply((pair(i, j) * pair(i, j + 2)) * (pair(i, j + 4) * pair(i, j + 6)));
    for (; j + 2 <= count; j += 2)
#pragma GCC unroll 4
        for (int i = 0; i < N; ++i) product[i].multiply(pair(i, j));
    if (j < count)
#pragma GCC unroll 4
        for (int i = 0; i < N; ++i) product[i].multiply(z[i] + j);
}

// product and sum take (alpha + n) rising by the row's counts, over the cells that it lists.
template <bool OWN, int N>
inline void rise_over_cells(const BlockData& data, const Clusters<OWN, N>& clusters, const RowCells& row,
                            Product (&product)[N], Lane (&sum)[N]) {
    const double* prior = data.numbers[0];
    const auto factor = [&](int i, int64_t k) {
        const int64_t cell = data.indices[k];
        return clusters.less(cell, i, 1.0) + prior[cell];
    };
    int64_t k = row.begin;
    for (; k + 4 <= row.several; k += 4)
#pragma GCC unroll 4
        for (int i = 0; i < N; ++i)
            product[i].multiply((factor(i, k) * factor(i, k + 1)) * (factor(i, k + 2) * factor(i, k + 3)));
    for (; k < row.several; ++k)
#pragma GCC unroll 4
        for (int i = 0; i < N; ++i) product[i].multiply(factor(i, k));
    for (; k < row.absent; ++k) {
        const int64_t cell = data.indices[k];
        const double count = data.values[k];
        Lane z[N];
#pragma GCC unroll 4
        for (int i = 0; i < N; ++i) z[i] = clusters.less(cell, i, count) + prior[cell];
        rise(product, sum, z, count);
    }
}

// Members that have column j.
template <bool OWN, int N>
inline Lane having(const BlockData& data, const CellNumbers& at, const Clusters<OWN, N>& clusters, int64_t j, int i) {
    const Lane members = clusters.at(at.members, i);
    return data.sizes[2] ? members - clusters.at(at.absent + j, i) : members;
}

// Puts a row into a cluster (sign 1) or takes it out (-1). What follows from the counts is not touched.
inline void count_row(const BlockData& data, double* panel, int64_t lane, int64_t row, double sign) {
    const CellNumbers at = cell_numbers(data);
    const RowCells cells = cells_of(data, row);
    double* numbers = panel + lane;
    for (int64_t k = cells.begin; k < cells.absent; ++k)
        numbers[data.indices[k] * kClusterLanes] += sign * data.values[k];
    for (int64_t k = cells.absent; k < cells.end; ++k)
        numbers[(at.absent + data.indices[k]) * kClusterLanes] += sign;
    numbers[at.members * kClusterLanes] += sign;
    numbers[at.total * kClusterLanes] += sign * cells.total;
    double* high = numbers + at.constant * kClusterLanes;
    double* low = high + kClusterLanes;
    const Twofold sum = plus({splat(*high), splat(*low)}, {splat(sign * data.numbers[4][row]), splat(0.0)});
    *high = sum.high[0];
    *low = sum.low[0];
}

// One cluster with columns or cells as lanes, for sums over all of them: sixteen partial sums whatever the width of a
// vector. Behind the last column counts are 0 and priors 1.
struct OneCluster {
    const double* numbers;

    Lane at(int64_t number, int64_t here) const {
        Lane value = {};
        for (int64_t l = 0; l < here; ++l) value[l] = numbers[(number + l) * kClusterLanes];
        return value;
    }
    // Members that have the columns from j on.
    Lane having(const BlockData& data, int64_t j, int64_t here) const {
        const CellNumbers where = cell_numbers(data);
        Lane members = {};
        for (int64_t l = 0; l < here; ++l) members[l] = numbers[where.members * kClusterLanes];
        return data.sizes[2] ? members - at(where.absent + j, here) : members;
    }
};

inline Lane priors_at(const double* values, int64_t here) {
    Lane value = splat(1.0);
    for (int64_t l = 0; l < here; ++l) value[l] = values[l];
    return value;
}

// The sum of term(j, here) over the columns j .. j + here - 1 of each vector; lanes from `here` on must be 0.
template <class F> inline double sum_over(int64_t count, F term) {
    constexpr int parts = int(kClusterLanes) / kWidth;
    Lane sums[parts] = {};
    for (int64_t first = 0; first < count; first += kClusterLanes)
        for (int i = 0; i < parts; ++i) {
            const int64_t j = first + i * kWidth;
            if (j < count) sums[i] += term(j, smaller(count - j, int64_t(kWidth)));
        }
    for (int half = parts / 2; half > 0; half /= 2)
        for (int i = 0; i < half; ++i) sums[i] += sums[i + half];
    return sum_lanes<double>(sums[0]);
}

// The sum over cells of log Gamma(prior + count) - log Gamma(prior).
inline double rising_cells(const BlockData& data, const OneCluster& cluster) {
    return sum_over(data.sizes[1], [&](int64_t v, int64_t here) {
        const Lane counts = cluster.at(v, here);
        if (!lane_bits(counts > 0.0)) return Lane{};  // most words of a large vocabulary
        return log_rising(priors_at(data.numbers[0] + v, here), counts);
    });
}

// The operations of a family F on counts: F::numbers(data), F::follow(data, panel, lane) for what follows from the counts,
// F::score(data, row, clusters, values), F::log_marginal(data, cluster).
template <class F> struct CellOps {
    static void zero(const BlockData& data, double* panel, int64_t lane) {
        for (int64_t number = 0; number < F::numbers(data); ++number) panel[number * kClusterLanes + lane] = 0;
    }
    static void clear(const BlockData& data, double* panel, int64_t lane) {
        zero(data, panel, lane);
        F::follow(data, panel, lane);
    }
    static void add(const BlockData& data, double* panel, int64_t lane, int64_t row) {
        count_row(data, panel, lane, row, 1);
        F::follow(data, panel, lane);
    }
    static bool remove(const BlockData& data, double* panel, int64_t lane, int64_t row) {
        count_row(data, panel, lane, row, -1);
        F::follow(data, panel, lane);
        return true;
    }
    static void rebuild(const BlockData& data, double* panel, int64_t lane, const int32_t* members, int64_t count) {
        zero(data, panel, lane);
        for (int64_t m = 0; m < count; ++m) count_row(data, panel, lane, members[m], 1);
        F::follow(data, panel, lane);
    }
    static void score(const BlockData& data, const double* state, int64_t k, int64_t row, int64_t own, double* out) {
        const RowCells cells = cells_of(data, row);
        const double constant = data.numbers[4][row];
        score_all(F::numbers(data), state, k, own, out, [&](const auto& clusters, auto& values) {
            F::score(data, cells, clusters, values);
            for (auto& value : values) value += constant;
        });
    }
    static double log_marginal(const BlockData& data, const double*, const double* panel, int64_t lane) {
        const double* constant = panel + lane + cell_numbers(data).constant * kClusterLanes;
        return F::log_marginal(data, {panel + lane}) + (constant[0] + constant[kClusterLanes]);
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
