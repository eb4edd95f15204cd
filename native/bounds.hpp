// Which samples can keep their label unseen: bounds on distances and how the moves of the centres wear them out.
//
// Hamerly 2010 (one lower bound), Ding et al. 2015 (a bound for each group of centres, "Yinyang"), Elkan 2003 and
// Newling and Fleuret 2016 (distances between centres). All bounds hold for exact distances with room for the rounding
// of the definition, so that a skipped sample has the label that the definition would give it.
#pragma once
#include "nearest.hpp"

namespace ganglion::GANGLION_NAMESPACE {

inline float round_down(double v) {
    const float f = float(smaller(larger(v, -1e38), 1e38));
    return f - __builtin_fabsf(f) * 2.4e-7f - 1e-37f;
}

inline float round_up(double v) { return -round_down(-v); }

// Lower bound on the distance from sample i to the centres of group g other than its own centre a, given that it is at
// most u away from a.
inline double lower_bound(const Bounds& b, int64_t i, int32_t a, int g, double u) {
    const double total = b.group[a] == g ? b.mates[a] : b.moved[g];
    const double held = double(b.lower[i * b.groups + g]) - total;
    if (!b.apart) return held;
    return larger(held, double(b.apart[a * b.groups + g]) - u);
}

inline double least_lower_bound(const Bounds& b, int64_t i, int32_t a, double u) {
    double least = __DBL_MAX__;
    for (int g = 0; g < b.groups; ++g) least = smaller(least, lower_bound(b, i, a, g, u));
    return least;
}

inline void hold_gap(const Bounds& b, int64_t i, int32_t a, double u, double l) {
    b.gap[i] = round_down(l - u + b.own[a] + b.others[a]);
}

// A hair, relative: covers the rounding of the definition and of this arithmetic.
constexpr double kHair = 1 - 1e-6;

// The block's rows whose gap is used up; returns how many.
inline int64_t survivors(const Bounds& b, int64_t begin, int64_t end, int32_t* out) {
    if (!b.active) {
        for (int64_t i = begin; i < end; ++i) out[i - begin] = int32_t(i - begin);
        return end - begin;
    }
    int64_t m = 0;
    for (int64_t i = begin; i < end; ++i) {
        out[m] = int32_t(i - begin);
        m += !(b.gap[i] > b.threshold[b.labels[i]]);
    }
    return m;
}

// Squared distance from differences: loses nothing to a far origin, its error is relative.
template <class T> inline T squared_distance(const T* x, const T* c, int64_t d) {
    constexpr int W = Simd<T>::W;
    Vec<T> s0{}, s1{};
    int64_t f = 0;
    for (; f + 2 * W <= d; f += 2 * W) {
        const Vec<T> a = load(x + f) - load(c + f), b = load(x + f + W) - load(c + f + W);
        s0 += a * a;
        s1 += b * b;
    }
    s0 += s1;
    T sum = sum_lanes<T>(s0);
    for (; f < d; ++f) sum += (x[f] - c[f]) * (x[f] - c[f]);
    return sum;
}

// Whether the bounds of the groups still hold sample i to its label: first with the bound on its own centre's distance
// and then, where `b.look`, with that distance itself.
template <class T> inline bool is_held(const Assignment<T>& job, int64_t i) {
    const Bounds& b = job.bounds;
    const int32_t a = b.labels[i];
    double u = double(b.upper[i]) + b.own[a];
    double l = least_lower_bound(b, i, a, u);
    if (!(u < l * kHair) && b.look) {
        const int64_t d = job.rows.d;
        const T squared = squared_distance(job.rows.values + i * d, job.centers.raw + a * d, d);
        u = __builtin_sqrt(double(squared) * (1 + error_factor<T>(d)));
        b.upper[i] = round_up(u - b.own[a]);
        l = least_lower_bound(b, i, a, u);
    }
    if (!(u < l * kHair)) return false;
    hold_gap(b, i, a, u, l);
    return true;
}

// apart[a][g] = lower bound on the distance from centre a to the nearest other centre of group g, for a in
// [begin, end). Centres as rows and as lanes of the product kernel.
template <class T> void centers_apart(const Centers<T>& c, int64_t begin, int64_t end, float* apart) {
    constexpr int W = Simd<T>::W;
    const int64_t n_panels = round_up(c.k, W) / W;
    const double factor = error_factor<T>(c.d) * 4 * c.reach * c.reach;
    for (int64_t a = begin; a < end; ++a) {
        for (int g = 0; g < c.groups; ++g) {
            const int64_t first = g * c.group_panels, last = smaller(n_panels, first + c.group_panels);
            double least = __DBL_MAX__;
            for (int64_t p = first; p < last; ++p) {
                Vec<T> acc[1][1] = {};
                product_tile<T, 1, 1>(c.rows + a * c.stride, c.stride, c.panels + p * c.d * W, c.d, acc);
                for (int l = 0; l < W; ++l) {
                    const int32_t other = c.order[p * W + l];
                    if (other < 0 || other == a) continue;
                    least = smaller(least, double(c.norms[a]) + double(c.norms[other]) - 0.5 * double(acc[0][0][l]));
                }
            }
            least -= factor;
            apart[a * c.groups + g] = round_down(__builtin_sqrt(larger(least, 0.0)));
        }
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
