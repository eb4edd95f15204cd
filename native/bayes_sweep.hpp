// Collapsed Gibbs sampling of a partition (Neal 2000, doi:10.1080/10618600.2000.10474879): algorithm 3 where a cluster's
// parameters are integrated out, algorithm 8 where it has explicit ones.
#pragma once
#include "bayes_draws.hpp"
#include "bayes_kernels.hpp"
#include "pool.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr double kImpossible = -__builtin_inf();
constexpr int64_t kNumbersBetweenPolls = int64_t(1) << 22;  // about 1 ms of scoring

// Whether the work has been given up, asked after every so many numbers read.
class Polls {
  public:
    explicit Polls(const ModelView& model) {
        for (int64_t b = 0; b < model.n_blocks; ++b) numbers_ += model.numbers[b];
    }
    // After a row was scored under k clusters.
    bool after(int64_t k) {
        read_ += (k + kClusterLanes) * numbers_;
        if (read_ < kNumbersBetweenPolls) return false;
        read_ = 0;
        return interrupted();
    }

  private:
    int64_t numbers_ = 8, read_ = kNumbersBetweenPolls;
};

inline int64_t whole_panels(int64_t k) { return (k + kClusterLanes - 1) / kClusterLanes * kClusterLanes; }

inline double* panel_of(const ModelView& model, double* const* states, int64_t block, int64_t c) {
    return states[block] + c / kClusterLanes * kClusterLanes * model.numbers[block];
}

inline void rebuild_lane(const BlockData& data, const BlockOps& ops, double* panel, int64_t lane, const int32_t* members,
                         int64_t count) {
    if (ops.rebuild) return ops.rebuild(data, panel, lane, members, count);
    ops.clear(data, panel, lane);
    for (int64_t m = 0; m < count; ++m) ops.add(data, panel, lane, members[m]);
}

inline void clear_lane(const ModelView& model, ChainView& chain, int64_t c) {
    for (int64_t b = 0; b < model.n_blocks; ++b)
        model.ops[b]->clear(model.data[b], panel_of(model, chain.states, b, c), c % kClusterLanes);
}

inline int64_t collect(const ModelView& model, const ChainView& chain, int64_t c, int32_t* members) {
    int64_t count = 0;
    for (int64_t i = 0; i < model.n; ++i)
        if (chain.labels[i] == c) members[count++] = int32_t(i);
    return count;
}

inline void set_size(ChainView& chain, int64_t c, int64_t size) {
    chain.n_clusters += (size > 0) - (chain.sizes[c] > 0);
    chain.peak = larger(chain.peak, chain.n_clusters);
    chain.sizes[c] = size;
    chain.weights[c] = size ? double(size) + chain.prior.shift : 0;
}

// The row belongs to no cluster afterwards.
inline void take_out(const ModelView& model, ChainView& chain, int64_t row) {
    const int64_t c = chain.labels[row];
    chain.labels[row] = -1;
    set_size(chain, c, chain.sizes[c] - 1);
    if (chain.sizes[c] == 0) return clear_lane(model, chain, c);
    int64_t count = -1;
    for (int64_t b = 0; b < model.n_blocks; ++b) {
        double* panel = panel_of(model, chain.states, b, c);
        if (model.ops[b]->remove(model.data[b], panel, c % kClusterLanes, row)) continue;
        if (count < 0) count = collect(model, chain, c, chain.members);
        rebuild_lane(model.data[b], *model.ops[b], panel, c % kClusterLanes, chain.members, count);
    }
}

inline void put_in(const ModelView& model, ChainView& chain, int64_t row, int64_t c) {
    for (int64_t b = 0; b < model.n_blocks; ++b)
        model.ops[b]->add(model.data[b], panel_of(model, chain.states, b, c), c % kClusterLanes, row);
    chain.labels[row] = int32_t(c);
    if (c >= chain.top) chain.top = c + 1;
    set_size(chain, c, chain.sizes[c] + 1);
}

// scores[c] = the log density of the row in cluster c < k, without the row itself in its own.
inline void score_row(const ModelView& model, double* const* states, int64_t k, int64_t row, int64_t own,
                      double* scores) {
    for (int64_t c = 0; c < k; ++c) scores[c] = 0;
    for (int64_t b = 0; b < model.n_blocks; ++b)
        model.ops[b]->score(model.data[b], states[b], k, row, own, scores);
}

// The sum of 16 lanes as a tree of halves: the same additions for every width of a vector.
inline double sum_of_panel(Vec<double> (&parts)[kClusterLanes / Simd<double>::W]) {
#pragma GCC unroll 8
    for (int half = int(kClusterLanes) / Simd<double>::W / 2; half > 0; half /= 2)
        for (int i = 0; i < half; ++i) parts[i] += parts[i + half];
    return sum_lanes<double>(parts[0]);
}

// Draws a slot with probability proportional to weights[c] exp(scores[c]), c < k, or k itself with exp(fresh). `likely`
// is asked first: with clusters apart it is nearly always the answer. Slots of weight 0 may hold any score.
inline int64_t draw_slot(ChainView& chain, int64_t k, double fresh, int64_t likely) {
    constexpr int W = Simd<double>::W, parts = int(kClusterLanes) / W;
    double* scores = chain.scores;
    const int64_t end = whole_panels(k);
    Vec<double> highest = splat(fresh);
    for (int64_t c = 0; c < end; c += W) {
        const Vec<double> score = load(chain.weights + c) > 0.0 ? load(scores + c) : splat(kImpossible);
        store(scores + c, score);
        highest = vmax(highest, score);
    }
    double most = highest[0];
    for (int l = 1; l < W; ++l) most = larger(most, highest[l]);
    Vec<double> sums[parts] = {};
    for (int64_t c = 0; c < end; c += kClusterLanes)
#pragma GCC unroll 8
        for (int i = 0; i < parts; ++i) {
            const Vec<double> density = exp_bounded<double>(load(scores + c + i * W) - most);
            const Vec<double> share = load(chain.weights + c + i * W) * density;
            store(scores + c + i * W, share);
            sums[i] += share;
        }
    const double fresh_share = fresh > kImpossible ? exp_of(fresh - most) : 0;
    double point = uniform(chain.random) * (sum_of_panel(sums) + fresh_share);
    const double likely_share = likely < k ? scores[likely] : fresh_share;
    if ((point -= likely_share) < 0) return likely;
    if (likely < k) scores[likely] = 0;
    int64_t last = likely;
    for (int64_t c = 0; c < k; ++c) {
        if (scores[c] == 0) continue;
        if ((point -= scores[c]) < 0) return c;
        last = c;
    }
    return likely < k && fresh_share > 0 ? k : last;  // or what rounding left of the sum
}

// log of the prior's weight of a new cluster beside t others; an old one has size + shift.
inline double log_new(const PriorTable& prior, int64_t t) {
    const double more = prior.log_v[t + 1];
    return more > kImpossible ? more - prior.log_v[t] : kImpossible;
}

inline int64_t free_slot(const ChainView& chain) {
    int64_t c = 0;
    while (c < chain.top && chain.sizes[c]) ++c;
    return c;
}

// Where the row goes now. Its own cluster is scored without it while it stays in; only where that would lose digits it
// is taken out first.
inline void place_row(const ModelView& model, ChainView& chain, int64_t row, double fresh) {
    int64_t own = chain.labels[row];
    const bool alone = chain.sizes[own] == 1;
    score_row(model, chain.states, chain.top, row, own, chain.scores);
    bool out = false;
    if (!alone && !(chain.scores[own] == chain.scores[own])) {
        take_out(model, chain, row);
        score_row(model, chain.states, chain.top, row, -1, chain.scores);
        out = true;
    } else {
        chain.weights[own] = alone ? 0 : double(chain.sizes[own] - 1) + chain.prior.shift;
    }
    const int64_t top = chain.top, drawn = draw_slot(chain, top, fresh, alone ? top : own);
    if (!out) chain.weights[own] = double(chain.sizes[own]) + chain.prior.shift;
    if (alone ? drawn == top : drawn == own && !out) return;
    if (!out) take_out(model, chain, row);
    if (drawn == top) ++chain.counts[kFresh];
    chain.counts[kMoves] += drawn != own;
    put_in(model, chain, row, drawn == top ? free_slot(chain) : drawn);
}

inline void copy_lane(const ModelView& model, ChainView& chain, int64_t from, int64_t to) {
    for (int64_t b = 0; b < model.n_blocks; ++b) {
        const double* source = panel_of(model, chain.states, b, from) + from % kClusterLanes;
        double* target = panel_of(model, chain.states, b, to) + to % kClusterLanes;
        for (int64_t s = 0; s < model.numbers[b]; ++s) target[s * kClusterLanes] = source[s * kClusterLanes];
    }
}

// New parameters for the slots [begin, end), which have no members: from the prior.
inline void draw_atoms(const ModelView& model, ChainView& chain, int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c)
        for (int64_t b = 0; b < model.n_blocks; ++b)
            if (model.ops[b]->draw)
                model.ops[b]->draw(model.data[b], chain.shared[b], panel_of(model, chain.states, b, c),
                                   c % kClusterLanes, chain.random);
}

// Algorithm 8: atoms without members stand in the slots behind the last cluster; that of a cluster that the row was
// alone in is one of them, in its own slot.
inline void place_row_among_atoms(const ModelView& model, ChainView& chain, int64_t row, double log_weight) {
    const int64_t own = chain.labels[row], top = chain.top;
    const bool alone = chain.sizes[own] == 1;
    const int64_t end = top + chain.n_auxiliary - alone;
    draw_atoms(model, chain, top, end);
    score_row(model, chain.states, end, row, own, chain.scores);
    bool out = false;
    if (!alone && !(chain.scores[own] == chain.scores[own])) {
        take_out(model, chain, row);
        score_row(model, chain.states, end, row, -1, chain.scores);
        out = true;
    } else if (alone) {
        chain.scores[own] += log_weight;
        chain.weights[own] = 1;
    } else {
        chain.weights[own] = double(chain.sizes[own] - 1) + chain.prior.shift;
    }
    for (int64_t c = top; c < end; ++c) chain.scores[c] += log_weight, chain.weights[c] = 1;
    int64_t drawn = draw_slot(chain, end, kImpossible, own);
    for (int64_t c = top; c < end; ++c) chain.weights[c] = 0;
    if (!out) chain.weights[own] = double(chain.sizes[own]) + chain.prior.shift;
    if (drawn == own && !out) return;
    if (drawn >= top) {
        ++chain.counts[kFresh];
        const int64_t slot = free_slot(chain);
        if (slot != drawn) copy_lane(model, chain, drawn, slot);
        drawn = slot;
    }
    if (!out) take_out(model, chain, row);
    chain.counts[kMoves] += drawn != own;
    put_in(model, chain, row, drawn);
}

// In a fixed order: a sweep leaves the posterior unchanged as each of its steps does.
inline Pause gibbs(const ModelView& model, ChainView& chain) {
    Polls polls(model);
    for (; chain.row < model.n; ++chain.row) {
        const int64_t row = chain.row;
        if (polls.after(chain.top)) return Pause::interrupted;
        const int64_t t = chain.n_clusters - (chain.sizes[chain.labels[row]] == 1);
        if (t == 0) continue;  // one point
        if (t + 1 > chain.prior.t_max) return Pause::table;
        const double log_weight = log_new(chain.prior, t);
        if (model.has_parameters) {
            if (chain.top + chain.n_auxiliary > chain.capacity) return Pause::capacity;
            place_row_among_atoms(model, chain, row, log_weight - log_of(double(chain.n_auxiliary)));
        } else {
            if (chain.top == chain.capacity) return Pause::capacity;
            place_row(model, chain, row, log_weight + model.log_empty[row]);
        }
    }
    chain.row = 0;
    return Pause::none;
}

// The prior gives such a state no probability, and neither does it give any to what one row could change about it: where
// clusters lie apart no Gibbs step would ever leave. Dissolving the smallest cluster does, with the same weights.
inline Pause retreat(const ModelView& model, ChainView& chain) {
    Polls polls(model);
    while (chain.n_clusters > 1) {
        if (chain.n_clusters > chain.prior.t_max) return Pause::table;
        if (chain.prior.log_v[chain.n_clusters] > kImpossible) break;
        int64_t least = -1;
        for (int64_t c = 0; c < chain.top; ++c)
            if (chain.sizes[c] && (least < 0 || chain.sizes[c] < chain.sizes[least])) least = c;
        for (int64_t row = 0; chain.sizes[least] && row < model.n; ++row) {
            if (chain.labels[row] != least) continue;
            if (polls.after(chain.top)) return Pause::interrupted;
            score_row(model, chain.states, chain.top, row, -1, chain.scores);
            const double kept = chain.weights[least];
            chain.weights[least] = 0;
            const int64_t drawn = draw_slot(chain, chain.top, kImpossible, least ? 0 : chain.top - 1);
            chain.weights[least] = kept;
            take_out(model, chain, row);
            put_in(model, chain, row, drawn);
        }
    }
    return Pause::none;
}

// Members sorted by slot, then in order of the rows. Slots from `top` on are cleared already.
inline void rebuild(const ModelView& model, ChainView& chain) {
    int64_t begin = 0;
    for (int64_t c = 0; c < chain.top; ++c) {
        chain.weights[c] = chain.sizes[c] ? double(chain.sizes[c]) + chain.prior.shift : 0;
        const int64_t size = chain.sizes[c];
        chain.sizes[c] = begin;
        begin += size;
    }
    for (int64_t i = 0; i < model.n; ++i) chain.members[chain.sizes[chain.labels[i]]++] = int32_t(i);
    for (int64_t c = chain.top - 1; c >= 0; --c) chain.sizes[c] -= c ? chain.sizes[c - 1] : 0;
    for (int64_t c = 0, from = 0; c < chain.top; from += chain.sizes[c++])
        for (int64_t b = 0; b < model.n_blocks; ++b)
            rebuild_lane(model.data[b], *model.ops[b], panel_of(model, chain.states, b, c), c % kClusterLanes,
                         chain.members + from, chain.sizes[c]);
}

inline void draw_parameters(const ModelView& model, ChainView& chain) {
    draw_atoms(model, chain, 0, chain.n_clusters);
    for (int64_t b = 0; b < model.n_blocks; ++b)
        if (model.ops[b]->draw_shared)
            model.ops[b]->draw_shared(model.data[b], chain.shared[b], chain.states[b], chain.n_clusters, chain.random);
}

}  // namespace ganglion::GANGLION_NAMESPACE
