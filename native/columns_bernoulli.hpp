// Columns of 0 and 1 under Beta priors. A row of zeros has a density that is kept; a listed 1 replaces its column's factor,
// so a row costs what it lists. Whoever prepares the rows lists the rarer value of a column (and swaps a and b).
#pragma once
#include "columns_cells.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// numbers[0] = a, numbers[1] = b (columns,); with s ones among m members that have the column,
// p(1) = (a + s) / (a + b + m), p(0) = (b + m - s) / (a + b + m).
struct Bernoulli {
    static int64_t numbers(const BlockData& data) {
        return cell_numbers(data).absent + (data.sizes[2] ? data.sizes[0] : 0);
    }

    // A column's factors of p(0). Without one member: what a member without counts would have left behind. Where there is
    // no such member the factor is 1 here and in `score`.
    struct Zero {
        Lane above, below;
    };
    static Zero zero(const BlockData& data, int64_t j, Lane m, Lane s) {
        const double a = data.numbers[0][j], b = data.numbers[1][j];
        return {(m - s) + b, m + (a + b)};
    }
    static Zero zero_without(const BlockData& data, int64_t j, Lane m, Lane s) {
        const double a = data.numbers[0][j], b = data.numbers[1][j];
        const Lane others = m - s, one = splat(1.0);
        return {others < 1.0 ? one : (others - 1.0) + b, m < 1.0 ? one : (m - 1.0) + (a + b)};
    }

    static void follow(const BlockData& data, double* panel, int64_t lane) {
        const CellNumbers at = cell_numbers(data);
        const Clusters<false, 1> clusters = around(panel, lane);
        Product above, below, above_without, below_without;
        const int64_t d = data.sizes[0];
        int64_t j = 0;
        const auto take = [&](int64_t count) {
            Zero all{splat(1.0), splat(1.0)}, without = all;
            for (const int64_t end = j + count; j < end; ++j) {
                const Lane m = having(data, at, clusters, j, 0), s = clusters.at(j, 0);
                const Zero one = zero(data, j, m, s), left = zero_without(data, j, m, s);
                all = {all.above * one.above, all.below * one.below};
                without = {without.above * left.above, without.below * left.below};
            }
            above.multiply(all.above);
            below.multiply(all.below);
            above_without.multiply(without.above);
            below_without.multiply(without.below);
        };
        while (j + 4 <= d) take(4);
        while (j < d) take(1);
        const int64_t first = lane / kWidth * kWidth;
        store(panel + at.base * kClusterLanes + first, above.log() - below.log());
        store(panel + at.base_without * kClusterLanes + first, above_without.log() - below_without.log());
    }

    template <bool OWN, int N>
    static void score(const BlockData& data, const RowCells& row, const Clusters<OWN, N>& clusters, Lane (&values)[N]) {
        const CellNumbers at = cell_numbers(data);
        Product above[N], below[N];
        rise_over_cells(data, clusters, row, above, values);
        const auto zero_of = [&](int i, int64_t k) {
            const int64_t j = data.indices[k];
            const Lane m = having(data, at, clusters, j, i), s = clusters.at(j, i);
            const Zero all = zero(data, j, m, s);
            if (!OWN) return all;
            const Zero without = zero_without(data, j, m, s);
            return Zero{clusters.pick(i, all.above, without.above), clusters.pick(i, all.below, without.below)};
        };
        int64_t k = row.begin;
        for (; k + 4 <= row.absent; k += 4)
#pragma GCC unroll 4
            for (int i = 0; i < N; ++i)
                below[i].multiply((zero_of(i, k).above * zero_of(i, k + 1).above) *
                                  (zero_of(i, k + 2).above * zero_of(i, k + 3).above));
        for (; k < row.absent; ++k)
            for (int i = 0; i < N; ++i) below[i].multiply(zero_of(i, k).above);
        for (; k < row.end; ++k)
            for (int i = 0; i < N; ++i) {
                const Zero gone = zero_of(i, k);
                above[i].multiply(gone.below);
                below[i].multiply(gone.above);
            }
        for (int i = 0; i < N; ++i)
            values[i] += (above[i].log() - below[i].log()) +
                         clusters.pick(i, clusters.at(at.base, i), clusters.at(at.base_without, i));
    }

    static double log_marginal(const BlockData& data, const OneCluster& cluster) {
        return sum_over(data.sizes[0], [&](int64_t j, int64_t here) {
            const Lane m = cluster.having(data, j, here), s = cluster.at(j, here);
            const Lane a = priors_at(data.numbers[0] + j, here), b = priors_at(data.numbers[1] + j, here);
            return (log_rising(a, s) + log_rising(b, m - s)) - log_rising(a + b, m);
        });
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
