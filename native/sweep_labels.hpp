// The labels of a tile's rows, drawn from the densities of all clusters and of a new one.
#pragma once
#include "sweep_counts.hpp"
#include "sweep_diagonal.hpp"
#include "sweep_normal.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int kRowVectors = 4;
constexpr double kImpossible = -1e300;

// Number `row` of the stream `key`: SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195), entered anywhere.
inline Vec<double> uniforms(uint64_t key, Bits<double> row) {
    Bits<double> z = key + (row + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    return (Vec<double>)((z >> 12) | 0x3ff0000000000000ull) - 1.0;
}

struct TileDraw {
    const SweepModel& model;
    const SweepPass& pass;
    const double* tile;         // its first line
    const double* linear;       // (clusters, kTileRows), or null
    int64_t place;              // of the tile's first row
    double* scores;             // (clusters, rows of a strip)
    int32_t* list;              // which clusters they are of
    bool prune;                 // whether every block can only lower a density

    static constexpr int W = Simd<double>::W, kStrip = kRowVectors * W;
    typedef Vec<double> Strip[kRowVectors];

    // The log density of cluster number c in the rows from `at` on, into s; false where it is negligible in all of them.
    bool density(int64_t c, int64_t at, const Strip& best, Strip& s) const {
        const int32_t label = pass.clusters[c];
        const double start = pass.starts[label];
        const double* parameters = pass.parameters + label * model.n_parameters;
        Strip q = {};
        if (linear)
            for (int v = 0; v < kRowVectors; ++v) q[v] = -2.0 * load(linear + c * kTileRows + at + v * W);
        const Strip none = {splat(kImpossible), splat(kImpossible), splat(kImpossible), splat(kImpossible)};
        for (int64_t b = 0; b < model.n_blocks; ++b) {
            const SweepBlock& block = model.blocks[b];
            const double *x = tile + block.first * kTileRows + at, *p = parameters + block.parameter;
            if (block.kind == SweepKind::normal) {
                if (!add_quadratic<kRowVectors>(x, p, (block.d + 1) / 2, start, prune ? best : none, q)) return false;
            } else if (block.kind == SweepKind::diagonal_normal) {
                if (has_missing(block)) add_present_columns<kRowVectors>(x, p, block.d, q);
                else if (!add_columns<kRowVectors>(x, p, block.d, start, prune ? best : none, q)) return false;
            }
        }
        Index<double> near = {};
        for (int v = 0; v < kRowVectors; ++v) {
            s[v] = fma(splat(-0.5), q[v], splat(start));
            near |= s[v] >= best[v] - kNegligible;
        }
        return lane_bits(near) != 0;
    }

    // Which clusters can matter to a row of the tile, whose rows are many of them in cluster number `home`: that one
    // first, since the others are then soon seen to be negligible. Returns how many.
    int64_t candidates(int64_t home, int32_t* which) const {
        const int32_t own = pass.clusters[home];
        which[0] = int32_t(home);
        int64_t count = 1;
        double farthest = 0;
        // The one row of a cluster is drawn as if that were not there.
        const bool reached = pass.distance && own < pass.n_reached && pass.single_place[own] < 0;
        for (int64_t at = 0; reached && at < kTileRows; at += kStrip) farthest = larger(farthest, squared_distance(own, at));
        // No row's best density is below the one in the home cluster; roundings are far below the slack.
        const double radius = __builtin_sqrt(farthest) * (1 + 1e-9), least = pass.starts[own] - 0.5 * farthest;
        for (int64_t c = 0; c < pass.n_clusters; ++c) {
            if (c == home) continue;
            const int32_t label = pass.clusters[c];
            if (reached && label < pass.n_reached) {
                const int64_t pair = own * pass.n_reached + label;
                const double apart = pass.distance[pair] * (1 - 1e-9) - pass.stretch[pair] * radius;
                if (apart > 0 && pass.starts[label] - 0.5 * apart * apart < least - kNegligible - 1) continue;
            }
            which[count++] = int32_t(c);
        }
        return count;
    }

    // The largest squared distance of a strip's rows from a cluster of the one block of a model.
    double squared_distance(int32_t label, int64_t at) const {
        const SweepBlock& block = model.blocks[0];
        const double *x = tile + block.first * kTileRows + at, *p = pass.parameters + label * model.n_parameters;
        const Strip none = {splat(kImpossible), splat(kImpossible), splat(kImpossible), splat(kImpossible)};
        Strip q = {};
        if (block.kind == SweepKind::normal) add_quadratic<kRowVectors>(x, p, (block.d + 1) / 2, 0, none, q);
        else add_columns<kRowVectors>(x, p, block.d, 0, none, q);
        const Vec<double> most = vmax(vmax(q[0], q[1]), vmax(q[2], q[3]));
        double largest = 0;
        for (int l = 0; l < W; ++l) largest = larger(largest, most[l]);
        return largest;
    }

    // Draws the rows [at, at + kStrip) of the tile.
    void strip(int64_t at, const int32_t* which, int64_t count) {
        Strip best = {splat(kImpossible), splat(kImpossible), splat(kImpossible), splat(kImpossible)};
        int64_t kept = 0;
        for (int64_t turn = 0; turn < count; ++turn) {
            const int64_t c = which[turn];
            Strip s;
            if (!density(c, at, best, s)) continue;
            double* own = scores + kept * kStrip;
            for (int v = 0; v < kRowVectors; ++v) store(own + v * W, s[v]);
            const int64_t single = pass.single_place[pass.clusters[c]] - place - at;
            if (single >= 0 && single < kStrip) own[single] = kImpossible;
            for (int v = 0; v < kRowVectors; ++v) best[v] = vmax(best[v], load(own + v * W));
            list[kept++] = int32_t(c);
        }
        kept = still_near(best, kept);
        draw(at, kept, best);
    }

    // Draws the rows of a strip to one of two components, or takes them as they are; returns the log probability.
    double halve(const SweepHalves& halves, const int32_t* order, int64_t at, int32_t* half) const {
        const Strip none = {splat(kImpossible), splat(kImpossible), splat(kImpossible), splat(kImpossible)};
        Strip s[2];
        for (int64_t c = 0; c < 2; ++c) density(c, at, none, s[c]);
        double sum = 0;
        for (int v = 0; v < kRowVectors; ++v) {
            alignas(64) uint64_t rows[W];
            for (int l = 0; l < W; ++l) rows[l] = uint64_t(order[v * W + l]);
            Bits<double> row;
            __builtin_memcpy(&row, rows, sizeof row);
            const Vec<double> odds = s[1][v] - s[0][v], tail = exp_bounded<double>(-magnitude<double>(odds));
            const Vec<double> second = (odds > 0.0 ? splat(1.0) : tail) / (1.0 + tail);
            const Vec<double> likely = -log1p_of_unit<double>(tail), unlikely = likely - magnitude<double>(odds);
            const Vec<double> u = uniforms(halves.key, row);
            for (int l = 0; l < W; ++l) {
                const int32_t i = order[v * W + l];
                if (i < 0 || i == halves.fixed[0] || i == halves.fixed[1]) continue;
                if (!halves.is_given) half[i] = u[l] < second[l];
                sum += (half[i] == 1) == (odds[l] > 0) ? likely[l] : unlikely[l];
            }
        }
        return sum;
    }

    int64_t still_near(const Strip& best, int64_t count) const {
        int64_t kept = 0;
        for (int64_t c = 0; c < count; ++c) {
            const double* from = scores + c * kStrip;
            Index<double> near = {};
            for (int v = 0; v < kRowVectors; ++v) near |= load(from + v * W) >= best[v] - kNegligible;
            if (!lane_bits(near)) continue;
            if (kept < c)
                for (int v = 0; v < kRowVectors; ++v) store(scores + kept * kStrip + v * W, load(from + v * W));
            list[kept++] = list[c];
        }
        return kept;
    }

    // Log weights of a new cluster: the same for all rows but those that are alone in theirs.
    void fresh(int64_t at, double* out) const {
        const int32_t* order = pass.rows.order + place + at;
        if (!pass.has_single) {
            const Vec<double> lowest = splat(kImpossible), weight = splat(larger(pass.log_new, kImpossible));
            for (int v = 0; v < kRowVectors; ++v)
                store(out + v * W, vmax(lowest, weight + load(pass.rows.alone + place + at + v * W)));
            return;
        }
        for (int64_t r = 0; r < kStrip; ++r) {
            const int32_t label = order[r] < 0 ? 0 : pass.labels[order[r]];
            const bool single = order[r] >= 0 && pass.single_place[label] == place + at + r;
            const double weight = (single ? pass.single_new[label] : pass.log_new) + pass.rows.alone[place + at + r];
            out[r] = weight > kImpossible ? weight : kImpossible;
        }
    }

    void draw(int64_t at, int64_t kept, const Strip& best) {
        alignas(64) double anew[kStrip];
        alignas(64) uint64_t rows[kStrip];
        fresh(at, anew);
        const int32_t* order = pass.rows.order + place + at;
        Index<double> open = {};
        for (int v = 0; v < kRowVectors; ++v) open |= load(anew + v * W) >= best[v] - kNegligible;
        if (kept == 1 && !lane_bits(open)) {
            for (int64_t r = 0; r < kStrip; ++r)
                if (order[r] >= 0) pass.drawn[order[r]] = pass.clusters[list[0]];
            return;
        }
        for (int64_t r = 0; r < kStrip; ++r) rows[r] = uint64_t(order[r]);
        for (int v = 0; v < kRowVectors; ++v) {
            const Vec<double> weight = load(anew + v * W), top = vmax(best[v], weight);
            Vec<double> total = {};
            for (int64_t c = 0; c < kept; ++c) {
                double* own = scores + c * kStrip + v * W;
                const Vec<double> s = load(own) - top;
                total += s >= -kNegligible ? exp_bounded<double>(s) : Vec<double>{};
                store(own, total);
            }
            const Vec<double> away = weight - top, share = away >= -kNegligible ? exp_bounded<double>(away) : Vec<double>{};
            Bits<double> row;
            __builtin_memcpy(&row, rows + v * W, sizeof row);
            const auto is_new = uniforms(pass.key, row) * (total + share) < share;
            const Vec<double> target = uniforms(~pass.key, row) * total;
            Index<double> chosen = {};
            for (int64_t c = 0; c < kept; ++c) chosen -= load(scores + c * kStrip + v * W) <= target;
            for (int l = 0; l < W; ++l) {
                const int64_t at_row = v * W + l;
                if (order[at_row] >= 0) settle(order[at_row], is_new[l] != 0, chosen[l]);
            }
        }
    }

    // A row that is alone in its cluster and would be in a new one keeps the one it has.
    void settle(int32_t row, bool is_new, int64_t chosen) const {
        const int32_t label = pass.labels[row];
        if (!is_new) pass.drawn[row] = pass.clusters[list[chosen]];
        else pass.drawn[row] = pass.single_place[label] >= 0 ? label : kNewCluster;
    }
};

}  // namespace ganglion::GANGLION_NAMESPACE
