// The first assignment of groups that lie apart: a guess from a few features, and a proof.
//
// A sample that is at most u away from centre a, whose nearest other centre is more than 2 u away from a, belongs to a
// (Elkan 2003, lemma 1). Where the guess is that good, 16 of d features and one distance settle a sample.
#pragma once
#include "bounds.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int64_t kProbeTrial = 64;  // rows of a block after which guessing goes on only if half of them were settled
constexpr int64_t kProbeStride = kProbeFeatures + 16;

template <class T> void relabel(const Assignment<T>& job, int64_t i, int32_t label, int worker);

// Guesses (kRows,) for the rows listed, the last one standing in where there are fewer.
template <class T>
inline void guess(const Assignment<T>& job, int64_t base, const int32_t* index, int64_t count, int32_t* out) {
    constexpr int W = Simd<T>::W;
    const Centers<T>& c = job.centers;
    const int64_t n_panels = round_up(c.k, W) / W;
    T rows[kRows * kProbeStride];
    for (int64_t r = 0; r < kRows; ++r) {
        const T* x = job.rows.values + (base + index[smaller(r, count - 1)]) * c.d;
        for (int f = 0; f < kProbeFeatures; ++f) {
            const int32_t at = job.probe.features[f];
            rows[r * kProbeStride + f] = x[at] - c.shift[at];
        }
    }
    TwoBest<T> state[kRows];
    for (int r = 0; r < kRows; ++r) state[r] = TwoBest<T>::none();
    for (int64_t p = 0; p < n_panels; ++p) {
        Vec<T> acc[kRows][1];
        for (int r = 0; r < kRows; ++r) acc[r][0] = load(job.probe.norms + p * W);
        product_tile<T, kRows, 1>(rows, kProbeStride, job.probe.panels + p * kProbeFeatures * W, kProbeFeatures, acc);
        for (int r = 0; r < kRows; ++r) state[r].offer(acc[r][0], Index<T>{} + typename Int<T>::type(p));
    }
    Index<T> lane;
    for (int l = 0; l < W; ++l) lane[l] = l;
    for (int r = 0; r < kRows; ++r) {
        state[r].id = state[r].id * W + lane;
        out[r] = c.order[fold<T, W / 2>(state[r]).id[0]];
    }
}

// Labels those of `count` rows whose guess can be proved; returns how many remain in `index`.
template <class T>
int64_t settle_by_probe(const Assignment<T>& job, int64_t base, int64_t count, int worker, int32_t* index) {
    const Bounds& b = job.bounds;
    const int64_t d = job.rows.d;
    int64_t left = 0;
    for (int64_t e = 0; e < count; e += kRows) {
        if (e >= kProbeTrial && 2 * left > e) {  // not that kind of data
            for (; e < count; ++e) index[left++] = index[e];
            break;
        }
        int32_t guesses[kRows];
        const int64_t present = smaller<int64_t>(kRows, count - e);
        guess(job, base, index + e, present, guesses);
        for (int64_t r = 0; r < present; ++r) {
            const int32_t at = index[e + r], a = guesses[r];
            const int64_t i = base + at;
            const T squared = squared_distance(job.rows.values + i * d, job.centers.raw + a * d, d);
            const double u = __builtin_sqrt(double(squared) * (1 + error_factor<T>(d)));
            const double l = double(job.probe.nearest_other[a]) - u;
            if (!(u < l * kHair)) {
                index[left++] = at;
                continue;
            }
            relabel(job, i, a, worker);
            for (int g = 0; g < b.groups; ++g)
                b.lower[i * b.groups + g] = round_down(double(b.apart[a * b.groups + g]) - u);
            b.upper[i] = round_up(u);
            hold_gap(b, i, a, u, l);
        }
    }
    return left;
}

}  // namespace ganglion::GANGLION_NAMESPACE
