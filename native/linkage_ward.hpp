// The nearest cluster by Ward's distance: squared distance of two centroids times 2 m_a m_b / (m_a + m_b).
//
// Rough distances in float32, by differences, rule out all but a few; those are computed in float64, and only these
// count. With s = 2 |a - b|^2 / (1 / m_a + 1 / m_b) a cluster can be ruled out where
// |a - b|^2 > (s / 2) (1 / m_a + 1 / m_b), without a division. 16 features: about a cycle for each pair.
#pragma once
#include "linkage_problem.hpp"
#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// x * x + y. Rough distances may be fused: their bits never show.
inline Vec<float> square_onto(Vec<float> x, Vec<float> y) {
#if defined(__AVX512F__)
    return (Vec<float>)_mm512_fmadd_ps((__m512)x, (__m512)x, (__m512)y);
#elif defined(__FMA__)
    return (Vec<float>)_mm256_fmadd_ps((__m256)x, (__m256)x, (__m256)y);
#else
    return x * x + y;
#endif
}

inline double ward_distance(double square, double mass_a, double mass_b) {
    return square * ((2 * (mass_a * mass_b)) / (mass_a + mass_b));
}

// Ward's distances from one query to a panel, in float64, sums in the order of the features; keeps the nearest.
inline void decide(const CentroidPanels& all, CentroidQueries& q, int r, int64_t panel) {
    constexpr int W = Simd<double>::W, V = kCentroidLanes / W;
    const double* lanes = all.exact + panel * all.d * kCentroidLanes;
    const double* x = q.exact + r * all.d;
    Vec<double> sum[V] = {};
    for (int64_t f = 0; f < all.d; ++f)
        for (int v = 0; v < V; ++v) {
            const Vec<double> e = load(lanes + f * kCentroidLanes + v * W) - splat(x[f]);
            sum[v] += e * e;
        }
    Closest best = q.best[r];
    for (int v = 0; v < V; ++v)
        for (int l = 0; l < W; ++l) {
            const int64_t at = panel * kCentroidLanes + v * W + l;
            const double s = ward_distance(sum[v][l], q.mass[r], all.mass[at]);
            if (at != q.self[r] && (s < best.value || (s == best.value && at < best.index))) best = {s, at};
        }
    q.best[r] = best;
}

template <int R> inline void search_panels(const CentroidPanels& all, CentroidQueries& q, int first, int64_t begin, int64_t end) {
    constexpr int W = Simd<float>::W, V = kCentroidLanes / W;
    float limit[R], own[R];
    const auto learn = [&](int r) {
        const double most = q.best[first + r].value * 0.5 * all.stretch;
        limit[r] = most < 1e30 ? float(most) : 1e30f;  // an infinity would meet the zeros of other factors
        own[r] = float(1.0 / q.mass[first + r]);
    };
    for (int r = 0; r < R; ++r) learn(r);
    for (int64_t p = begin; p < end; ++p) {
        const float* lanes = all.rough + p * all.d * kCentroidLanes;
        const float* x = q.rough + first;
        Vec<float> sum[R][V] = {};
        for (int64_t f = 0; f < all.d; ++f) {
            for (int v = 0; v < V; ++v) {
                const Vec<float> c = load(lanes + v * W);
#pragma GCC unroll 8
                for (int r = 0; r < R; ++r) sum[r][v] = square_onto(c - splat(x[r]), sum[r][v]);
            }
            lanes += kCentroidLanes;
            x += kQueries;
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            bool hopeful = false;
            for (int v = 0; v < V; ++v) {
                const Vec<float> inverse = load(all.inverse + p * kCentroidLanes + v * W);
                hopeful |= lane_bits(sum[r][v] <= splat(limit[r]) * (splat(own[r]) + inverse) + splat(all.slack)) != 0;
            }
            if (__builtin_expect(hopeful, 0)) {
                decide(all, q, first + r, p);
                learn(r);
            }
        }
    }
}

// Offers the clusters of panels [begin, end) to each query.
inline void search_centroids(const CentroidPanels& all, CentroidQueries& q, int64_t begin, int64_t end) {
#if defined(__AVX512F__)
    constexpr int R = 8;
#elif defined(__AVX__)
    constexpr int R = 4;  // 4 x 2 sums
#else
    constexpr int R = 2;  // 2 x 4 sums
#endif
    int r = 0;
    for (; r + R <= q.count; r += R) search_panels<R>(all, q, r, begin, end);
    for (; r < q.count; ++r) search_panels<1>(all, q, r, begin, end);
}

// out[i] = squared distance from x to the centroid in lane i, for panels [begin, end); sums in the order of the features.
inline void square_distances(const double* exact, const double* x, int64_t d, int64_t begin, int64_t end, double* out) {
    constexpr int W = Simd<double>::W, V = kCentroidLanes / W;
    for (int64_t p = begin; p < end; ++p) {
        const double* lanes = exact + p * d * kCentroidLanes;
        Vec<double> sum[V] = {};
        for (int64_t f = 0; f < d; ++f)
            for (int v = 0; v < V; ++v) {
                const Vec<double> e = load(lanes + f * kCentroidLanes + v * W) - splat(x[f]);
                sum[v] += e * e;
            }
        for (int v = 0; v < V; ++v) store(out + p * kCentroidLanes + v * W, sum[v]);
    }
}

// min over the items of two clusters of the larger of their distances to the two; the lowest item that has it.
inline Closest minimax_radius(const double* a, const double* b, const int32_t* items, int64_t count, Closest best) {
    for (int64_t i = 0; i < count; ++i) {
        const int32_t x = items[i];
        const double v = larger(a[x], b[x]);
        if (v < best.value || (v == best.value && x < best.index)) best = {v, x};
    }
    return best;
}

}  // namespace ganglion::GANGLION_NAMESPACE
