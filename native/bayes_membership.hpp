// Where new rows belong under one draw: prior weights times predictive densities, shared out to the clusters of a
// reference partition.
#pragma once
#include "bayes_sweep.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// Statistics of the draw's clusters, and of an empty one behind them. False when the work has been given up.
inline bool take_draw(const ModelView& model, const DrawView& draw, const MembershipView& view) {
    const int64_t t = draw.n_clusters, n = view.n_known;
    int64_t* starts = view.starts;  // (t + 2,): while rows are sorted, starts[c + 1] is where the next of cluster c goes
    for (int64_t c = 0; c < t + 2; ++c) starts[c] = 0;
    for (int64_t i = 0; i < n; ++i) ++starts[draw.labels[i] + 2];
    for (int64_t c = 2; c < t + 2; ++c) starts[c] += starts[c - 1];
    for (int64_t i = 0; i < n; ++i) view.members[starts[draw.labels[i] + 1]++] = int32_t(i);
    for (int64_t b = 0; b < model.n_blocks; ++b)
        for (int64_t c = 0; c < whole_panels(t + 1); ++c) {
            double* panel = panel_of(model, view.states, b, c);
            const int64_t lane = c % kClusterLanes;
            model.ops[b]->clear(model.data[b], panel, lane);
            if (interrupted()) return false;
            if (c < t)
                rebuild_lane(model.data[b], *model.ops[b], panel, lane, view.members + starts[c], starts[c + 1] - starts[c]);
        }
    for (int64_t s = 0; s < (t + 1) * view.stride; ++s) view.split[s] = 0;
    for (int64_t c = 0; c < t; ++c)
        for (int64_t m = starts[c]; m < starts[c + 1]; ++m)
            view.split[c * view.stride + view.reference[view.members[m]]] += 1.0 / double(starts[c + 1] - starts[c]);
    view.split[t * view.stride + view.k] = 1;
    return true;
}

// Adds one set of prior weights: `shares` are scratch. The density of the row is added as a number with an exponent.
inline void add_item(const DrawView& draw, const MembershipView& view, int64_t item, int64_t row) {
    constexpr int W = Simd<double>::W, parts = int(kClusterLanes) / W;
    const int64_t end = whole_panels(draw.n_clusters + 1);
    const double* weights = draw.log_weights + item * end;
    double* shares = view.shares;
    Vec<double> highest = splat(kImpossible), sums[parts] = {};
    for (int64_t c = 0; c < end; c += W) {
        const Vec<double> weight = load(weights + c), joint = weight > kImpossible ? weight + load(view.scores + c) : weight;
        store(shares + c, joint);
        highest = vmax(highest, joint);
    }
    double most = highest[0];
    for (int l = 1; l < W; ++l) most = larger(most, highest[l]);
    for (int64_t c = 0; c < end; c += kClusterLanes)
#pragma GCC unroll 8
        for (int i = 0; i < parts; ++i) {
            const Vec<double> share = exp_bounded<double>(load(shares + c + i * W) - most);
            store(shares + c + i * W, share);
            sums[i] += share;
        }
    const double total = sum_of_panel(sums), count = draw.counts[item];
    double* out = view.probabilities + row * view.stride;
    for (int64_t c = 0; c <= draw.n_clusters; ++c) {
        const Vec<double> share = splat(shares[c] * (count / total));
        for (int64_t r = 0; r < view.stride; r += W)
            store(out + r, fma(share, load(view.split + c * view.stride + r), load(out + r)));
    }
    const double log_density = most + log_of(total), peak = view.peak[row];
    if (log_density > peak) {
        view.sum[row] = view.sum[row] * exp_of(peak - log_density) + count;
        view.peak[row] = log_density;
    } else {
        view.sum[row] += count * exp_of(log_density - peak);
    }
}

// False when the work has been given up.
inline bool membership(const ModelView& model, const DrawView& draw, const MembershipView& view) {
    if (!take_draw(model, draw, view)) return false;
    Polls polls(model);
    for (int64_t row = 0; row < view.end - view.begin; ++row) {
        score_row(model, view.states, draw.n_clusters + 1, view.n_known + view.begin + row, -1, view.scores);
        for (int64_t item = 0; item < draw.n_items; ++item) add_item(draw, view, item, row);
        if (polls.after(draw.n_clusters + draw.n_items)) return false;
    }
    return true;
}

}  // namespace ganglion::GANGLION_NAMESPACE
