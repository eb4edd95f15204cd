// Multinomial rows under a Dirichlet prior, and categorical columns under one each: (alpha + n) rising by the row's counts.
#pragma once
#include "columns_cells.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// One vector of probabilities a cluster. numbers[0] = alpha (d,), numbers[1] = its sum; columns are cells, none is absent.
// p(x | members) = L! / prod x_v! * prod (alpha_v + n_v)^(x_v) / (A + N)^(L), where z^(x) rises: z (z + 1) ... (z + x - 1).
struct Multinomial {
    static int64_t numbers(const BlockData& data) { return cell_numbers(data).absent; }
    static void follow(const BlockData&, double*, int64_t) {}

    template <bool OWN, int N>
    static void score(const BlockData& data, const RowCells& row, const Clusters<OWN, N>& clusters, Lane (&values)[N]) {
        Product above[N], below[N];
        Lane minus[N] = {};
        rise_over_cells(data, clusters, row, above, values);
        const int64_t total = cell_numbers(data).total;
        Lane z[N];
        for (int i = 0; i < N; ++i) z[i] = clusters.less(total, i, row.total) + data.numbers[1][0];
        rise(below, minus, z, row.total);
        for (int i = 0; i < N; ++i) values[i] += above[i].log() - (below[i].log() + minus[i]);
    }

    static double log_marginal(const BlockData& data, const OneCluster& cluster) {
        const double total = cluster.numbers[cell_numbers(data).total * kClusterLanes];
        return rising_cells(data, cluster) - log_rising(splat(data.numbers[1][0]), splat(total))[0];
    }
};

// One vector of probabilities a column. numbers[0] = alpha (cells,), numbers[1] = its sum in each column (columns,),
// numbers[2] = the first cell of each column (columns + 1,). p(x | members) = prod_j (alpha_jx + n_jx) / (A_j + m_j).
struct Categorical {
    static int64_t numbers(const BlockData& data) {
        return cell_numbers(data).absent + (data.sizes[2] ? data.sizes[0] : 0);
    }

    // The denominators of all columns, with and without one member.
    static void follow(const BlockData& data, double* panel, int64_t lane) {
        const CellNumbers at = cell_numbers(data);
        const Clusters<false, 1> clusters = around(panel, lane);
        Product base, without;
        multiply_over(base, 0, data.sizes[0],
                      [&](int64_t j) { return having(data, at, clusters, j, 0) + data.numbers[1][j]; });
        multiply_over(without, 0, data.sizes[0], [&](int64_t j) {
            const Lane m = having(data, at, clusters, j, 0);
            return m < 1.0 ? splat(1.0) : (m - 1.0) + data.numbers[1][j];
        });
        const int64_t first = lane / kWidth * kWidth;
        store(panel + at.base * kClusterLanes + first, -base.log());
        store(panel + at.base_without * kClusterLanes + first, -without.log());
    }

    template <bool OWN, int N>
    static void score(const BlockData& data, const RowCells& row, const Clusters<OWN, N>& clusters, Lane (&values)[N]) {
        const CellNumbers at = cell_numbers(data);
        Product product[N];
        rise_over_cells(data, clusters, row, product, values);
        for (int64_t k = row.absent; k < row.end; ++k)
            for (int i = 0; i < N; ++i) {
                const Lane m = having(data, at, clusters, data.indices[k], i);
                const double prior = data.numbers[1][data.indices[k]];
                product[i].multiply(clusters.pick(i, m + prior, m < 1.0 ? splat(1.0) : (m - 1.0) + prior));
            }
        for (int i = 0; i < N; ++i)
            values[i] += product[i].log() + clusters.pick(i, clusters.at(at.base, i), clusters.at(at.base_without, i));
    }

    static double log_marginal(const BlockData& data, const OneCluster& cluster) {
        const double below = sum_over(data.sizes[0], [&](int64_t j, int64_t here) {
            const Lane m = cluster.having(data, j, here);
            return log_rising(priors_at(data.numbers[1] + j, here), m);
        });
        return rising_cells(data, cluster) - below;
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
