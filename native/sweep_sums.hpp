// Statistics of clusters from tiles of rows. The rows of a tile that share a cluster are summed in lanes of rows, eight
// partial sums for each statistic whatever the width of a vector; where a tile has many clusters, rows are added one by one.
#pragma once
#include "sweep_normal.hpp"

namespace ganglion::GANGLION_NAMESPACE {

struct TileSums {
    const SweepModel& model;
    const double* anchors;  // (labels, n_lines)
    double* lanes;          // (n_statistics, kSumLanes) of the cluster `held`, then (n_lines, kTileRows) differences
    double* sums;           // (labels, n_statistics)
    int32_t held = -1;

    static constexpr int W = Simd<double>::W;

    void flush() {
        if (held < 0) return;
        double* out = sums + held * model.n_statistics;
        for (int64_t s = 0; s < model.n_statistics; ++s) {
            const double* l = lanes + s * kSumLanes;
            out[s] += ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
        }
        held = -1;
    }

    void hold(int32_t label) {
        if (held == label) return;
        flush();
        for (int64_t s = 0; s < model.n_statistics * kSumLanes; ++s) lanes[s] = 0;
        held = label;
    }

    // lanes of statistic s += a * b over the tile's rows, those of a lane in ascending order.
    void add_products(int64_t s, const double* a, const double* b) {
        for (int64_t lane = 0; lane < kSumLanes; lane += W) {
            Vec<double> sum = load(lanes + s * kSumLanes + lane);
            for (int64_t r = lane; r < kTileRows; r += kSumLanes) sum = fma(load(a + r), load(b + r), sum);
            store(lanes + s * kSumLanes + lane, sum);
        }
    }

    void add_values(int64_t s, const double* a) {
        for (int64_t lane = 0; lane < kSumLanes; lane += W) {
            Vec<double> sum = load(lanes + s * kSumLanes + lane);
            for (int64_t r = lane; r < kTileRows; r += kSumLanes) sum += load(a + r);
            store(lanes + s * kSumLanes + lane, sum);
        }
    }

    // own: the label of each row of a tile, -1 where it is left out.
    void tile(const double* lines, const int32_t* own) {
        constexpr int kFewLabels = 4;
        int32_t found[kFewLabels];
        int count = 0;
        for (int64_t r = 0; r < kTileRows && count <= kFewLabels; ++r) {
            bool is_known = own[r] < 0;
            for (int f = 0; f < count; ++f) is_known |= found[f] == own[r];
            if (is_known) continue;
            if (count < kFewLabels) found[count] = own[r];
            ++count;
        }
        if (count > kFewLabels) {
            for (int64_t r = 0; r < kTileRows; ++r)
                if (own[r] >= 0) one_row(lines + r, own[r]);
            return;
        }
        for (int f = 0; f < count; ++f) {
            alignas(64) double in[kTileRows];
            for (int64_t r = 0; r < kTileRows; ++r) in[r] = own[r] == found[f];
            rows_of(lines, found[f], in);
        }
    }

    // in: 1 for the rows of the tile that are in the cluster, 0 for the others.
    void rows_of(const double* tile, int32_t label, const double* in) {
        hold(label);
        double* apart = lanes + model.n_statistics * kSumLanes;
        for (int64_t l = 0; l < model.n_lines; ++l) {
            const Vec<double> from = splat(anchors[label * model.n_lines + l]);
            for (int64_t r = 0; r < kTileRows; r += W)
                store(apart + l * kTileRows + r, (load(tile + l * kTileRows + r) - from) * load(in + r));
        }
        for (int64_t b = 0; b < model.n_blocks; ++b) {
            const SweepBlock& block = model.blocks[b];
            const double* x = apart + block.first * kTileRows;
            const int64_t s = block.statistic, d = block.d;
            if (block.kind == SweepKind::normal) {
                int64_t at = s + d;
                for (int64_t i = 0; i < d; ++i) {
                    add_values(s + i, x + i * kTileRows);
                    for (int64_t j = 0; j <= i; ++j) add_products(at++, x + i * kTileRows, x + j * kTileRows);
                }
            } else if (block.kind == SweepKind::diagonal_normal) {
                columns_of(block, tile + (block.first + d) * kTileRows, apart + block.first * kTileRows, in);
            }
        }
    }

    void columns_of(const SweepBlock& block, const double* there, double* x, const double* in) {
        const int64_t s = block.statistic, d = block.d;
        for (int64_t j = 0; j < d; ++j, x += kTileRows, there += kTileRows) {
            if (block.n_lines == 2 * d) {
                for (int64_t r = 0; r < kTileRows; r += W) store(x + r, load(x + r) * load(there + r));
                add_products(s + 2 * d + j, there, in);
            }
            add_values(s + j, x);
            add_products(s + d + j, x, x);
        }
    }

    void one_row(const double* x, int32_t label) {
        double* out = sums + label * model.n_statistics;
        const double* anchor = anchors + label * model.n_lines;
        for (int64_t b = 0; b < model.n_blocks; ++b) {
            const SweepBlock& block = model.blocks[b];
            double *apart = lanes + model.n_statistics * kSumLanes, *s = out + block.statistic;
            const int64_t d = block.d, first = block.first;
            if (block.kind > SweepKind::diagonal_normal) continue;
            for (int64_t j = 0; j < d; ++j) apart[j] = x[(first + j) * kTileRows] - anchor[first + j];
            if (block.kind == SweepKind::normal) {
                double* at = s + d;
                for (int64_t i = 0; i < d; ++i) {
                    s[i] += apart[i];
                    for (int64_t j = 0; j <= i; ++j) *at++ += apart[i] * apart[j];
                }
                continue;
            }
            for (int64_t j = 0; j < d; ++j) {
                const double there = block.n_lines == 2 * d ? x[(first + d + j) * kTileRows] : 1;
                s[j] += there * apart[j];
                s[d + j] += there * (apart[j] * apart[j]);
                if (block.n_lines == 2 * d) s[2 * d + j] += there;
            }
        }
    }

    // Feature f of the sparse rows is statistic `feature_statistics + f`: blocks of counts stand one behind the other.
    void features(int32_t row, int32_t label, int64_t first_statistic) {
        double* out = sums + label * model.n_statistics + first_statistic;
        for (int64_t e = model.indptr[row]; e < model.indptr[row + 1]; ++e) out[model.features[e]] += model.values[e];
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
