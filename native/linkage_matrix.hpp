// Rows of a matrix of clusters: the nearest cluster of a row, two rows made one, a row of a contracted matrix.
#pragma once
#include "linkage_problem.hpp"
#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// The smallest value in each lane, and the lowest index that has it.
struct LaneBest {
    Vec<double> value;
    Index<double> index;

    static LaneBest none() { return {splat(__builtin_inf()), Index<double>{}}; }
    inline void offer(Vec<double> v, Index<double> at) {
        const auto closer = v < value;
        value = closer ? v : value;
        index = closer ? at : index;
    }
    // Of all lanes; -1 where nothing finite was offered.
    inline Closest fold() const {
        Closest best{__builtin_inf(), -1};
        for (int l = 0; l < Simd<double>::W; ++l)
            if (value[l] < best.value || (value[l] == best.value && value[l] < __builtin_inf() && index[l] < best.index))
                best = {value[l], index[l]};
        return best;
    }
};

// What two clusters are compared by. `aux` holds, for each column, its weight (average; 0 for a column that is gone,
// which makes infinity or NaN and never wins) or what is added to its value (0, or infinity for a column that is gone).
template <bool kMean, class V> inline V compared(V value, V aux, V mass) {
    if constexpr (kMean) return value / (mass * aux);
    else return value + aux;
}

template <bool kMean> inline Closest scan(const double* row, const double* aux, double mass, int64_t m) {
    constexpr int W = Simd<double>::W, U = 2;  // two chains hide the latency of a comparison
    LaneBest best[U];
    Index<double> at[U];
    for (int u = 0; u < U; ++u) {
        best[u] = LaneBest::none();
        for (int l = 0; l < W; ++l) at[u][l] = u * W + l;
    }
    const Vec<double> own = splat(mass);
    int64_t j = 0;
    for (; j + U * W <= m; j += U * W)
        for (int u = 0; u < U; ++u) {
            best[u].offer(compared<kMean>(load(row + j + u * W), load(aux + j + u * W), own), at[u]);
            at[u] += U * W;
        }
    Closest found = best[0].fold();
    const Closest other = best[1].fold();
    if (other.value < found.value || (other.value == found.value && other.index >= 0 && other.index < found.index))
        found = other;
    for (; j < m; ++j) {
        const double v = compared<kMean>(row[j], aux[j], mass);
        if (v < found.value) found = {v, j};
    }
    return found;
}

inline Closest scan_row(Linkage rule, const double* row, const double* aux, double mass, int64_t m) {
    return rule == Linkage::average ? scan<true>(row, aux, mass, m) : scan<false>(row, aux, mass, m);
}

// a[k] becomes the value between cluster k and the union of the clusters of rows a and b.
inline void merge_rows(Linkage rule, double* a, const double* b, const double* mass, LanceWilliams u, int64_t m) {
    switch (rule) {
        case Linkage::complete:
            for (int64_t k = 0; k < m; ++k) a[k] = a[k] > b[k] ? a[k] : b[k];
            break;
        case Linkage::average:
            for (int64_t k = 0; k < m; ++k) a[k] += b[k];
            break;
        case Linkage::weighted:
            for (int64_t k = 0; k < m; ++k) a[k] = 0.5 * (a[k] + b[k]);
            break;
        case Linkage::median:
            for (int64_t k = 0; k < m; ++k) a[k] = 0.5 * (a[k] + b[k]) - 0.25 * u.between;
            break;
        case Linkage::centroid: {
            const double both = u.mass_a + u.mass_b, p = u.mass_a / both, q = u.mass_b / both, r = p * q * u.between;
            for (int64_t k = 0; k < m; ++k) a[k] = p * a[k] + q * b[k] - r;
            break;
        }
        case Linkage::ward:
            for (int64_t k = 0; k < m; ++k) {
                const double t = u.mass_a + u.mass_b + mass[k];
                a[k] = ((u.mass_a + mass[k]) * a[k] + (u.mass_b + mass[k]) * b[k] - mass[k] * u.between) / t;
            }
            break;
    }
}

// Row i of a contracted matrix, made of the old rows a and b (null where it is made of one), and its nearest cluster.
// The four terms of a sum are paired such that a and b may change places with the columns: the matrix stays symmetric
// to the bit.
inline Closest contract_row(Linkage rule, const double* a, const double* b, const Contraction& to, int64_t i, double* out) {
    const int32_t *c = to.first, *d = to.second;
    const int64_t m = to.m;
    if (rule == Linkage::complete) {
        if (b)
            for (int64_t j = 0; j < m; ++j)
                out[j] = larger(larger(a[c[j]], b[c[j]]), larger(a[d[j]], b[d[j]]));
        else
            for (int64_t j = 0; j < m; ++j) out[j] = larger(a[c[j]], a[d[j]]);
    } else if (b) {
        for (int64_t j = 0; j < m; ++j) out[j] = (a[c[j]] + b[d[j]]) + (a[d[j]] + b[c[j]]);
    } else {
        for (int64_t j = 0; j < m; ++j) out[j] = a[c[j]] + a[d[j]];
    }
    if (rule == Linkage::weighted) {
        const double own = to.half[i];
        for (int64_t j = 0; j < m; ++j) out[j] *= own * to.half[j];
    }
    out[i] = __builtin_inf();
    out[m] = 0;
    return scan_row(rule, out, to.aux, to.aux[i], m);
}

}  // namespace ganglion::GANGLION_NAMESPACE
