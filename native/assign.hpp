// One assignment step of Lloyd's algorithm over one block of rows, skipping what cannot change.
#pragma once
#include "probe.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> void relabel(const Assignment<T>& job, int64_t i, int32_t label, int worker) {
    const int32_t old = job.bounds.labels[i];
    const int64_t d = job.rows.d;
    const double* w = job.weights ? job.weights + i : nullptr;
    int64_t *sums = job.sums[worker], *counts = job.counts[worker];
    if (old >= 0) add_to_sums(job.rows, i, job.grid, w, -1, sums + old * 2 * d, counts + old * 2);
    add_to_sums(job.rows, i, job.grid, w, 1, sums + label * 2 * d, counts + label * 2);
    job.bounds.labels[i] = label;
    ++job.changed[worker];
}

// One group of centres: `count` rows against all of them.
template <class T>
void compute_all(const Assignment<T>& job, int64_t base, const int32_t* index, int64_t count, int worker,
                 Nearest<T>& near) {
    const Bounds& b = job.bounds;
    find_nearest(job.rows, job.centers, index, base, count, near);
    for (int64_t r = 0; r < count; ++r) {  // to bounds on distances, in place: a loop without branches
        const T low = near.second[r] - near.error[r], high = near.best[r] + near.error[r];
        const bool sure = near.second[r] - near.best[r] > 2 * near.error[r];
        near.second[r] = __builtin_sqrt(low > 0 ? low : T(0));
        near.best[r] = __builtin_sqrt(high > 0 ? high : T(0));
        near.id[r] = sure ? near.id[r] : -1;
    }
    for (int64_t r = 0; r < count; ++r) {
        const int64_t i = base + index[r];
        const bool sure = near.id[r] >= 0;
        const int32_t label = sure ? near.id[r] : decide(job.rows, job.centers, i, near);
        if (label != b.labels[i]) relabel(job, i, label, worker);
        // Where the nearest two are level within the error, neither bound may rely on which of them it is.
        const double u = double(near.best[r]) * (1 + 3e-7), l = double(near.second[r]) * (1 - 3e-7);
        b.upper[i] = sure ? round_up(u - b.own[label]) : __FLT_MAX__;
        b.lower[i] = sure ? round_down(l + b.mates[label]) : -__FLT_MAX__;
        b.gap[i] = sure ? round_down(l - u + b.own[label] + b.others[label]) : -__FLT_MAX__;
    }
}

// What one chunk of rows learns of each group: the two smallest scores there, and the centre of the smallest.
template <class T> struct GroupResults {
    T best[kMostGroups], second[kMostGroups];
    int32_t id[kMostGroups];
    uint32_t asked;  // a bit for each group that was computed
};

template <class T> inline void keep(const Centers<T>& c, int g, TwoBest<T> state, GroupResults<T>& result) {
    constexpr int W = Simd<T>::W;
    Index<T> lane;
    for (int l = 0; l < W; ++l) lane[l] = l;
    state.id = state.id * W + lane;
    const TwoBest<T> s = fold<T, W / 2>(state);
    result.best[g] = s.best[0];
    result.second[g] = s.second[0];
    result.id[g] = c.order[s.id[0]];
}

// R rows (standing `stride` apart) against the panels of one group.
template <class T, int R>
void compute_group(const Centers<T>& c, int g, const T* rows, int64_t stride, GroupResults<T>* const* results) {
    constexpr int W = Simd<T>::W;
    const int64_t n_panels = round_up(c.k, W) / W;
    const int64_t last = smaller(n_panels, (g + 1) * c.group_panels);
    TwoBest<T> state[R];
    for (int r = 0; r < R; ++r) state[r] = TwoBest<T>::none();
    int64_t panel = g * c.group_panels;
    for (; panel + 2 <= last; panel += 2) offer_panels<T, R, 2>(c, panel, rows, stride, state);
    for (; panel < last; ++panel) offer_panels<T, R, 1>(c, panel, rows, stride, state);
    for (int r = 0; r < R; ++r) keep(c, g, state[r], *results[r]);
}

// One sparse row against the panels of one group.
template <class T>
void compute_group_sparse(const Centers<T>& c, int g, const SparseRow<T>& row, GroupResults<T>& result) {
    const int64_t n_panels = round_up(c.k, Simd<T>::W) / Simd<T>::W, first = g * c.group_panels;
    TwoBest<T> state = TwoBest<T>::none();
    offer_sparse(c, row, first, smaller(n_panels, first + c.group_panels), state);
    keep(c, g, state, result);
}

// One strip: R rows of the chunk listed from `from` on, of which `count` exist; the last one stands in for the others.
// Rows that stand together are used in place.
template <class T, int R>
void compute_strip(const Centers<T>& c, int g, const int32_t* list, int64_t count, Nearest<T>& near,
                   GroupResults<T>* results) {
    const int64_t stride = row_stride<T>(c.d);
    GroupResults<T> *out[R], idle;
    for (int r = 0; r < R; ++r) out[r] = r < count ? results + list[r] : &idle;
    const T* rows = near.rows + list[0] * stride;
    if (count < R || list[R - 1] != list[0] + R - 1) {
        for (int r = 0; r < R; ++r) {
            const T* from = near.rows + list[smaller<int64_t>(r, count - 1)] * stride;
            __builtin_memcpy(near.picked + r * stride, from, size_t(c.d) * sizeof(T));
        }
        rows = near.picked;
    }
    compute_group<T, R>(c, g, rows, stride, out);
}

template <class T>
void compute_strips(const Centers<T>& c, int g, const int32_t* list, int64_t count, Nearest<T>& near,
                    GroupResults<T>* results) {
    for (int64_t r = 0; r < count;) {
        const int64_t left = count - r;
        if (left > kRows / 2)
            compute_strip<T, kRows>(c, g, list + r, smaller<int64_t>(left, kRows), near, results), r += kRows;
        else if (left > 3)
            compute_strip<T, kRows / 2>(c, g, list + r, smaller<int64_t>(left, kRows / 2), near, results), r += kRows / 2;
        else
            compute_strip<T, 3>(c, g, list + r, smaller<int64_t>(left, 3), near, results), r += 3;
    }
}

// The label that a row's results speak for, and bounds on its distances to the nearest and the second nearest.
template <class T> struct Verdict {
    int32_t label;
    double best, second;  // squared, within `error`
    double error;
};

template <class T>
Verdict<T> weigh(const Assignment<T>& job, int64_t i, const GroupResults<T>& found, T square, T factor) {
    const Bounds& b = job.bounds;
    const double size = __builtin_sqrt(double(square)) + job.centers.reach;
    Verdict<T> v{-1, __DBL_MAX__, __DBL_MAX__, double(factor) * size * size};
    const int32_t a = b.labels[i];
    if (b.active && b.look && !(found.asked >> b.group[a] & 1)) {
        const double u = double(b.upper[i]) + b.own[a];
        v.label = a;
        v.best = u * u;
    }
    for (int g = 0; g < b.groups; ++g) {
        if (!(found.asked >> g & 1)) continue;
        const double best = double(found.best[g]) + double(square), second = double(found.second[g]) + double(square);
        if (best < v.best) {
            v.second = smaller(v.best, second);
            v.best = best;
            v.label = found.id[g];
        } else {
            v.second = smaller(v.second, best);
        }
    }
    return v;
}

// Stores the bounds of a row after its label is known; `u` bounds the distance to the label's centre.
template <class T>
void learn(const Bounds& b, int64_t i, int32_t old, double old_low, int32_t label, double u,
           const GroupResults<T>& found, double square, double error) {
    double least = __DBL_MAX__;
    float* lower = b.lower + i * b.groups;
    const int own_group = b.group[label];
    for (int g = 0; g < b.groups; ++g) {
        double l;
        if (found.asked >> g & 1) {
            const double squared = double(found.id[g] == label ? found.second[g] : found.best[g]) + square - error;
            l = __builtin_sqrt(larger(squared, 0.0));
        } else {
            const bool was_own = b.group[old] == g;
            l = double(lower[g]) - (was_own ? b.mates[old] : b.moved[g]);
            if (was_own && old != label) l = smaller(l, old_low);
        }
        lower[g] = round_down(l + (g == own_group ? b.mates[label] : b.moved[g]));
        least = smaller(least, l);
    }
    b.upper[i] = round_up(u - b.own[label]);
    hold_gap(b, i, label, u, least);
}

// Which groups may hold a nearer centre.
inline uint32_t groups_to_ask(const Bounds& b, int64_t i) {
    if (!b.active || b.labels[i] < 0) return (1u << b.groups) - 1;
    const int32_t a = b.labels[i];
    const double u = double(b.upper[i]) + b.own[a];
    // Without a look at the own centre only its upper bound is known: nothing can be compared with that.
    uint32_t asked = b.look ? 0u : 1u << b.group[a];
    for (int g = 0; g < b.groups; ++g) asked |= uint32_t(!(u < lower_bound(b, i, a, g, u) * kHair)) << g;
    return asked;
}

// The definition decides among the centres that stand level within the error.
template <class T>
int32_t decide_among_groups(const Assignment<T>& job, int64_t i, const GroupResults<T>& found, double limit, T square,
                            Nearest<T>& near, int32_t* which) {
    const Bounds& b = job.bounds;
    const Centers<T>& c = job.centers;
    const int64_t slots = c.group_panels * Simd<T>::W, padded = round_up(c.k, Simd<T>::W);
    int64_t m = 0;
    if (b.active && !(found.asked >> b.group[b.labels[i]] & 1)) which[m++] = b.labels[i];
    for (int g = 0; g < b.groups; ++g) {
        if (!(found.asked >> g & 1) || double(found.best[g]) + double(square) > limit) continue;
        if (double(found.second[g]) + double(square) > limit) {
            which[m++] = found.id[g];
            continue;
        }
        for (int64_t slot = g * slots; slot < smaller(padded, (g + 1) * slots); ++slot)
            if (c.order[slot] >= 0) which[m++] = c.order[slot];
    }
    for (int64_t e = 1; e < m; ++e)  // the lowest index wins a tie: in ascending order
        for (int64_t f = e; f > 0 && which[f] < which[f - 1]; --f) {
            const int32_t swap = which[f];
            which[f] = which[f - 1];
            which[f - 1] = swap;
        }
    return nearest_of(dense_row(job.rows, i, near.dense), c.raw, c.d, which, m, nullptr);
}

// Settles one row of a chunk: its label, and what is known of it from now on.
template <class T>
void settle(const Assignment<T>& job, int64_t i, const GroupResults<T>& found, T square, T factor, int worker,
            Nearest<T>& near, int32_t* which) {
    const Bounds& b = job.bounds;
    const int32_t old = b.labels[i];
    Verdict<T> v = weigh(job, i, found, square, factor);
    const bool sure = v.second - v.best > 2 * v.error;
    const double old_upper = old >= 0 ? double(b.upper[i]) + b.own[old] : 0;
    const double old_low = old_upper * (1 - error_factor<T>(job.rows.d)) * kHair;
    if (!sure) v.label = decide_among_groups(job, i, found, v.best + 2 * v.error, square, near, which);
    if (v.label != old) relabel(job, i, v.label, worker);
    // Where the nearest two are level within the error, either may be the label: the farther bounds both.
    const double high = (sure ? v.best : v.second) + v.error;
    learn(b, i, old, old_low, v.label, __builtin_sqrt(larger(high, 0.0)), found, double(square), v.error);
}

// Several groups: loaded rows against those of centres that the bounds leave open.
template <class T>
void compute_groups(const Assignment<T>& job, int64_t base, const int32_t* index, int64_t count, int worker,
                    Nearest<T>& near, GroupResults<T>* results, int32_t* list) {
    const Bounds& b = job.bounds;
    const Centers<T>& c = job.centers;
    for (int g = 0; g < b.groups; ++g) {
        int64_t m = 0;
        for (int64_t r = 0; r < count; ++r) {
            list[m] = int32_t(r);
            m += results[r].asked >> g & 1;
        }
        if (job.rows.sparse())
            for (int64_t r = 0; r < m; ++r)
                compute_group_sparse(c, g, SparseRow<T>(job.rows, base + index[list[r]]), results[list[r]]);
        else
            compute_strips(c, g, list, m, near, results);
    }
    const T factor = T(error_factor<T>(c.d));
    for (int64_t r = 0; r < count; ++r)
        settle(job, base + index[r], results[r], near.squares[r], factor, worker, near, list);
}

// Scratch of one worker while it assigns a block.
template <class T> struct AssignScratch {
    Nearest<T> near;
    GroupResults<T>* results;  // (capacity,)
    int32_t* list;             // (capacity or k padded,) rows of a chunk, or centres to decide among
    int32_t* index;            // (block,)

    int64_t carve(char* at, int64_t d, int64_t k, int64_t block) {
        const char* start = at;
        at += near.carve(at, d);
        results = (GroupResults<T>*)at;
        at += round_up(near.capacity * int64_t(sizeof(GroupResults<T>)), 64);
        list = (int32_t*)at;
        at += larger(near.capacity, k + Simd<T>::W) * int64_t(sizeof(int32_t));
        index = (int32_t*)at;
        at += block * int64_t(sizeof(int32_t));
        return at - start;
    }
};

template <class T> int64_t scratch_bytes(int64_t d, int64_t k, int64_t block) {
    AssignScratch<T> probe;
    return probe.carve(nullptr, d, k, block);
}

// Rows are looked at, and where that does not settle them loaded while they are in the cache; a full chunk is computed.
template <class T>
void assign_groups(const Assignment<T>& job, int64_t begin, int64_t m, int worker, AssignScratch<T>& s) {
    const Bounds& b = job.bounds;
    const int64_t d = job.rows.d, stride = row_stride<T>(d);
    int64_t count = 0;
    int32_t* chunk = s.index;  // overwritten from the front, never past what has been read
    for (int64_t e = 0; e < m; ++e) {
        const int64_t i = begin + s.index[e];
        if (!b.active || !is_held(job, i)) {
            s.near.squares[count] =
                job.rows.sparse()
                    ? SparseRow<T>(job.rows, i).square()
                    : load_row(job.rows, i, job.centers.shift, s.near.dense, s.near.rows + count * stride);
            s.results[count].asked = groups_to_ask(b, i);
            chunk[count++] = int32_t(i - begin);
        }
        if (count == s.near.capacity || (e + 1 == m && count > 0)) {
            compute_groups(job, begin, chunk, count, worker, s.near, s.results, s.list);
            count = 0;
        }
    }
}

// One group of centres: rows that a look does not settle are computed while they are in the cache.
template <class T>
void assign_one_group(const Assignment<T>& job, int64_t begin, int64_t m, int worker, AssignScratch<T>& s) {
    int64_t count = 0;
    int32_t* chunk = s.index;  // overwritten from the front, never past what has been read
    for (int64_t e = 0; e < m; ++e) {
        const int32_t at = s.index[e];
        chunk[count] = at;
        count += !(job.bounds.active && is_held(job, begin + at));
        if (count == s.near.capacity || (e + 1 == m && count > 0)) {
            compute_all(job, begin, chunk, count, worker, s.near);
            count = 0;
        }
    }
}

template <class T> void assign_block(const Assignment<T>& job, int64_t block, int worker) {
    const int64_t begin = block * job.block, end = smaller(job.rows.n, begin + job.block);
    AssignScratch<T> scratch;
    scratch.carve(job.scratch[worker], job.rows.d, job.centers.k, job.block);
    int64_t m = survivors(job.bounds, begin, end, scratch.index);
    if (!job.bounds.active && job.probe.panels) m = settle_by_probe(job, begin, m, worker, scratch.index);
    if (job.bounds.groups == 1)
        assign_one_group(job, begin, m, worker, scratch);
    else
        assign_groups(job, begin, m, worker, scratch);
}

}  // namespace ganglion::GANGLION_NAMESPACE
