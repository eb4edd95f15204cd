// Splits and merges of whole clusters (Jain and Neal 2004, doi:10.1198/1061860043001): of two points, a cluster that holds
// both is split, two clusters that hold one each are merged. What a split looks like is found by restricted Gibbs scans,
// which know only these two clusters; the last scan's probability enters the acceptance.
//
// Two departures, both exact. The scans start from a sequential allocation to the two points (Dahl 2005), not from fair
// coins: two random halves of a large cluster look alike, and a few scans do not part them. The start may have any
// distribution that does not depend on how the rows stand now. And the second point comes from the first one's cluster
// in half of the proposals, not in one of k; the acceptance has the ratio of these choices.
#pragma once
#include "bayes_special.hpp"
#include "bayes_sweep.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// The two sides are lanes 0 and 1 of a panel of their own, and lane 2 is their union. `rows` are all members but the two
// anchors, in order; `sides` says where each row is.
struct Restricted {
    int64_t anchors[2];
    int32_t* rows;
    int32_t* sides;
    int64_t count;
    int64_t sizes[2];
    int64_t moved;  // since the statistics were last computed afresh
};

constexpr int64_t kMovesKept = 256;

// What the members of a cluster of this size bring to log p(partition).
inline double log_weight_of(const PriorTable& prior, int64_t size) {
    return log_rising(splat(1 + prior.shift), splat(double(size - 1)))[0];
}

// Statistics of the rows on one side, of its anchor, or of all (side 2), into lane `side`.
inline void rebuild_side(const ModelView& model, ChainView& chain, const Restricted& pair, int side) {
    int32_t* members = chain.members;
    int64_t count = 0;
    for (int anchor = 0; anchor < 2; ++anchor)
        if (side == 2 || side == anchor) members[count++] = int32_t(pair.anchors[anchor]);
    for (int64_t m = 0; m < pair.count; ++m)
        if (side == 2 || pair.sides[m] == side) members[count++] = pair.rows[m];
    for (int64_t b = 0; b < model.n_blocks; ++b)
        rebuild_lane(model.data[b], *model.ops[b], chain.pairs[b], side, members, count);
}

inline void rebuild_sides(const ModelView& model, ChainView& chain, Restricted& pair) {
    for (int side = 0; side < 2; ++side) rebuild_side(model, chain, pair, side);
    pair.moved = 0;
}

inline void move_between(const ModelView& model, ChainView& chain, Restricted& pair, int64_t m, int to) {
    --pair.sizes[1 - to];
    ++pair.sizes[to];
    pair.sides[m] = to;
    ++pair.moved;
    bool afresh = false;
    for (int64_t b = 0; b < model.n_blocks; ++b) {
        model.ops[b]->add(model.data[b], chain.pairs[b], to, pair.rows[m]);
        afresh |= !model.ops[b]->remove(model.data[b], chain.pairs[b], 1 - to, pair.rows[m]);
    }
    if (afresh) rebuild_side(model, chain, pair, 1 - to);
}

// What side 1 has before side 0 for a row, given all others: the weights' ratio, and the difference of log densities.
struct Odds {
    double ratio, difference;
};

inline Odds odds_of(const ModelView& model, ChainView& chain, Restricted& pair, int64_t m) {
    const int side = pair.sides[m];
    double* scores = chain.scores;
    score_row(model, chain.pairs, 2, pair.rows[m], side, scores);
    if (side >= 0 && !(scores[side] == scores[side])) {  // without the row, afresh
        pair.sides[m] = -1;
        rebuild_side(model, chain, pair, side);
        score_row(model, chain.pairs, 2, pair.rows[m], -1, scores);
        pair.sides[m] = side;
        rebuild_side(model, chain, pair, side);
    }
    const double zero = double(pair.sizes[0] - (side == 0)) + chain.prior.shift;
    const double one = double(pair.sizes[1] - (side == 1)) + chain.prior.shift;
    return {one / zero, scores[1] - scores[0]};
}

inline int draw_side(ChainView& chain, const Odds& odds) {
    const double apart = odds.difference < -700 ? -700 : odds.difference > 700 ? 700 : odds.difference;
    const double weight = odds.ratio * exp_of(apart);
    return uniform(chain.random) * (1 + weight) < weight;
}

// log(1 + exp(x)).
inline double log1p_exp(double x) {
    const double tail = log1p_of_unit<double>(exp_bounded<double>(splat(x > 0 ? -x : x)))[0];
    return x > 0 ? x + tail : tail;
}

// One restricted Gibbs scan: to sides drawn, or to those of `target`. Where `log_probability` is asked for, that of the
// sides it went to is added to it.
inline void restricted_scan(const ModelView& model, ChainView& chain, Restricted& pair, const int32_t* target,
                            double* log_probability) {
    Polls polls(model);
    for (int64_t m = 0; m < pair.count; ++m) {
        if (polls.after(2)) return;
        const Odds odds = odds_of(model, chain, pair, m);
        const int to = target ? target[m] : draw_side(chain, odds);
        if (log_probability) {
            const double log_odds = odds.difference + log_of(odds.ratio);
            *log_probability -= log1p_exp(to ? -log_odds : log_odds);
        }
        if (to != pair.sides[m]) move_between(model, chain, pair, m, to);
    }
    if (pair.moved > kMovesKept) rebuild_sides(model, chain, pair);
}

inline double log_marginal_of(const ModelView& model, double* const* states, int64_t c, double* const* shared) {
    double sum = 0;
    for (int64_t b = 0; b < model.n_blocks; ++b)
        sum += model.ops[b]->log_marginal(model.data[b], shared ? shared[b] : nullptr,
                                          panel_of(model, states, b, c), c % kClusterLanes);
    return sum;
}

inline void take_lane(const ModelView& model, ChainView& chain, int64_t from, int64_t to) {
    for (int64_t b = 0; b < model.n_blocks; ++b) {
        double* target = panel_of(model, chain.states, b, to) + to % kClusterLanes;
        for (int64_t s = 0; s < model.numbers[b]; ++s)
            target[s * kClusterLanes] = chain.pairs[b][s * kClusterLanes + from];
    }
}

// The rows on this side now belong to slot `to`; with side 2, all of them.
inline void relabel(ChainView& chain, const Restricted& pair, int side, int64_t to) {
    for (int64_t m = 0; m < pair.count; ++m)
        if (side == 2 || pair.sides[m] == side) chain.labels[pair.rows[m]] = int32_t(to);
    for (int anchor = 0; anchor < 2; ++anchor)
        if (side == 2 || side == anchor) chain.labels[pair.anchors[anchor]] = int32_t(to);
}

inline void accept_split(const ModelView& model, ChainView& chain, const Restricted& pair, int64_t from) {
    const int64_t to = free_slot(chain);
    if (to >= chain.top) chain.top = to + 1;
    relabel(chain, pair, 1, to);
    set_size(chain, from, pair.sizes[0]);
    set_size(chain, to, pair.sizes[1]);
    take_lane(model, chain, 0, from);
    take_lane(model, chain, 1, to);
    ++chain.counts[kSplitsAccepted];
}

inline void accept_merge(const ModelView& model, ChainView& chain, const Restricted& pair, int64_t from, int64_t to) {
    relabel(chain, pair, 2, to);
    set_size(chain, to, pair.count + 2);
    set_size(chain, from, 0);
    take_lane(model, chain, 2, to);
    clear_lane(model, chain, from);
    ++chain.counts[kMergesAccepted];
}

// Every row joins one of the anchors given those that have joined before it, in random order.
inline void allocate_rows(const ModelView& model, ChainView& chain, Restricted& pair, int32_t* order) {
    Polls polls(model);
    for (int64_t m = 0; m < pair.count; ++m) order[m] = int32_t(m), pair.sides[m] = -1;
    for (int64_t m = pair.count - 1; m > 0; --m) {
        const int64_t other = below(chain.random, m + 1);
        const int32_t kept = order[m];
        order[m] = order[other];
        order[other] = kept;
    }
    rebuild_sides(model, chain, pair);
    for (int64_t m = 0; m < pair.count; ++m) {
        if (polls.after(2)) return;
        const int32_t row = order[m];
        const int side = draw_side(chain, odds_of(model, chain, pair, row));
        for (int64_t b = 0; b < model.n_blocks; ++b)
            model.ops[b]->add(model.data[b], chain.pairs[b], side, pair.rows[row]);
        pair.sides[row] = side;
        ++pair.sizes[side];
    }
    rebuild_sides(model, chain, pair);
}

// The two anchors, everybody who shares a cluster with one of them, and where the scans have brought them.
inline Restricted launch(const ModelView& model, ChainView& chain, int64_t first, int64_t second) {
    const int64_t n = model.n, a = chain.labels[first], b = chain.labels[second];
    Restricted pair{{first, second}, chain.members + n, chain.members + 2 * n, 0, {1, 1}, 0};
    for (int64_t i = 0; i < n; ++i)
        if ((chain.labels[i] == a || chain.labels[i] == b) && i != first && i != second)
            pair.rows[pair.count++] = int32_t(i);
    allocate_rows(model, chain, pair, chain.members + 3 * n);
    for (int64_t scan = 0; scan < chain.n_scans; ++scan) restricted_scan(model, chain, pair, nullptr, nullptr);
    return pair;
}

// log of what a split of these sizes has before its merge: prior, likelihood, and how often the two points are chosen:
// beside the first, one of the other members of its cluster, or one of all who are not in it.
inline double split_gain(const ModelView& model, const PriorTable& prior, int64_t t, const int64_t (&sizes)[2]) {
    const int64_t both = sizes[0] + sizes[1];
    return log_new(prior, t) + log_weight_of(prior, sizes[0]) + log_weight_of(prior, sizes[1]) -
           log_weight_of(prior, both) + log_of(double(both - 1) / double(model.n - sizes[0]));
}

inline bool accepted(ChainView& chain, double log_ratio) {
    return log_ratio >= 0 || log_of(open_uniform(chain.random)) < log_ratio;
}

inline void propose_split(const ModelView& model, ChainView& chain, int64_t first, int64_t second) {
    const int64_t from = chain.labels[first];
    ++chain.counts[kSplitsProposed];
    if (!(log_new(chain.prior, chain.n_clusters) > kImpossible)) return;
    Restricted pair = launch(model, chain, first, second);
    double log_probability = 0;
    restricted_scan(model, chain, pair, nullptr, &log_probability);
    if (interrupted()) return;
    if (pair.moved) rebuild_sides(model, chain, pair);
    const double likelihood = log_marginal_of(model, chain.pairs, 0, nullptr) +
                              log_marginal_of(model, chain.pairs, 1, nullptr) -
                              log_marginal_of(model, chain.states, from, nullptr);
    const double gain = split_gain(model, chain.prior, chain.n_clusters, pair.sizes) + likelihood;
    if (accepted(chain, gain - log_probability)) accept_split(model, chain, pair, from);
}

inline void propose_merge(const ModelView& model, ChainView& chain, int64_t first, int64_t second) {
    const int64_t to = chain.labels[first], from = chain.labels[second], n = model.n;
    ++chain.counts[kMergesProposed];
    Restricted pair = launch(model, chain, first, second);
    int32_t* present = chain.members + 3 * n;
    for (int64_t m = 0; m < pair.count; ++m) present[m] = chain.labels[pair.rows[m]] == from;
    double log_probability = 0;
    restricted_scan(model, chain, pair, present, &log_probability);
    if (interrupted()) return;
    rebuild_side(model, chain, pair, 2);
    const double likelihood = log_marginal_of(model, chain.states, to, nullptr) +
                              log_marginal_of(model, chain.states, from, nullptr) -
                              log_marginal_of(model, chain.pairs, 2, nullptr);
    const int64_t sizes[2] = {chain.sizes[to], chain.sizes[from]};
    const double gain = split_gain(model, chain.prior, chain.n_clusters - 1, sizes) + likelihood;
    if (accepted(chain, log_probability - gain)) accept_merge(model, chain, pair, from, to);
}

inline Pause split_merge(const ModelView& model, ChainView& chain) {
    if (model.n < 2) return Pause::none;
    if (chain.n_clusters < model.n && chain.n_clusters + 1 > chain.prior.t_max) return Pause::table;
    if (chain.top == chain.capacity) return Pause::capacity;
    const int64_t first = below(chain.random, model.n), c = chain.labels[first];
    const bool split = next(chain.random) >> 63;
    const int64_t others = split ? chain.sizes[c] - 1 : model.n - chain.sizes[c];
    if (others == 0) return Pause::none;
    int64_t second = -1;
    for (int64_t left = below(chain.random, others); left >= 0;)
        left -= ++second != first && (chain.labels[second] == c) == split;
    if (split) propose_split(model, chain, first, second);
    else propose_merge(model, chain, first, second);
    return interrupted() ? Pause::interrupted : Pause::none;
}

}  // namespace ganglion::GANGLION_NAMESPACE
