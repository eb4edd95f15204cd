// Columns of counts under Gamma priors on their rates. As with Bernoulli, the density of a row of zeros is kept, and a row
// costs what it lists.
#pragma once
#include "columns_cells.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// numbers[0] = shape a, numbers[1] = rate b (columns,); with S the sum over m members that have the column,
// p(x) = (a + S)^(x) / x! * ((b + m) / (b + m + 1))^(a + S) / (b + m + 1)^x, where z^(x) rises.
struct Poisson {
    static int64_t numbers(const BlockData& data) {
        const CellNumbers at = cell_numbers(data);
        return at.absence + (data.sizes[2] ? data.sizes[0] : 0);
    }

    // log((b + m) / (b + m + 1)).
    static Lane shrinkage(Lane weight) { return -log1p_of(1.0 / weight); }

    static void follow(const BlockData& data, double* panel, int64_t lane) {
        const CellNumbers at = cell_numbers(data);
        const Clusters<false, 1> clusters = around(panel, lane);
        const int64_t first = lane / kWidth * kWidth;
        Lane base = {}, base_without = {}, exposure = {}, exposure_without = {}, ratio = {}, ratio_without = {};
        for (int64_t j = 0; j < data.sizes[0]; ++j) {
            const double rate = data.numbers[1][j];
            // Where all columns have one rate and none is absent, what follows from them is computed once.
            if (j == 0 || data.sizes[2] || rate != data.numbers[1][j - 1]) {
                const Lane m = having(data, at, clusters, j, 0);
                exposure = log_normal<double>((m + 1.0) + rate);
                ratio = shrinkage(m + rate);
                ratio_without = m < 1.0 ? Lane{} : shrinkage((m < 1.0 ? splat(1.0) : m - 1.0) + rate);
                exposure_without = exposure + (ratio + ratio_without);
            }
            const Lane strength = clusters.at(j, 0) + data.numbers[0][j];
            store(panel + (at.exposure + j) * kClusterLanes + first, exposure);
            store(panel + (at.exposure_without + j) * kClusterLanes + first, exposure_without);
            if (data.sizes[2]) store(panel + (at.absence + j) * kClusterLanes + first, strength * ratio);
            base += strength * ratio;
            base_without += strength * ratio_without;
        }
        store(panel + at.base * kClusterLanes + first, base);
        store(panel + at.base_without * kClusterLanes + first, base_without);
    }

    // Where the row is a member, its counts x are still in S: (a + S - x) log((b + m - 1) / (b + m)) - x log(b + m) is
    // (a + S) log((b + m - 1) / (b + m)) - x log(b + m - 1), and the first term is the kept one.
    template <bool OWN, int N>
    static void score(const BlockData& data, const RowCells& row, const Clusters<OWN, N>& clusters, Lane (&values)[N]) {
        const CellNumbers at = cell_numbers(data);
        Product product[N];
        rise_over_cells(data, clusters, row, product, values);
        for (int64_t k = row.begin; k < row.absent; ++k) {
            const int64_t j = data.indices[k];
#pragma GCC unroll 4
            for (int i = 0; i < N; ++i) {
                const Lane exposure = clusters.at(at.exposure + j, i);
                const Lane left = OWN ? clusters.at(at.exposure_without + j, i) : exposure;
                values[i] = fma(-clusters.pick(i, exposure, left), splat(data.values[k]), values[i]);
            }
        }
        for (int64_t k = row.absent; k < row.end; ++k) {
            const int64_t j = data.indices[k];
            for (int i = 0; i < N; ++i) {
                Lane absence = clusters.at(at.absence + j, i);
                if (OWN) {
                    const Lane m = having(data, at, clusters, j, i);
                    const Lane ratio = shrinkage((m < 1.0 ? splat(1.0) : m - 1.0) + data.numbers[1][j]);
                    const Lane left = m < 1.0 ? Lane{} : (clusters.at(j, i) + data.numbers[0][j]) * ratio;
                    absence = clusters.pick(i, absence, left);
                }
                values[i] -= absence;
            }
        }
        for (int i = 0; i < N; ++i)
            values[i] += product[i].log() + clusters.pick(i, clusters.at(at.base, i), clusters.at(at.base_without, i));
    }

    static double log_marginal(const BlockData& data, const OneCluster& cluster) {
        return sum_over(data.sizes[0], [&](int64_t j, int64_t here) {
            const Lane m = cluster.having(data, j, here), counts = cluster.at(j, here);
            const Lane a = priors_at(data.numbers[0] + j, here), b = priors_at(data.numbers[1] + j, here);
            return log_rising(a, counts) - a * log1p_of(m / b) - counts * log_normal<double>(m + b);
        });
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
