// One assignment step of Lloyd's algorithm over one block of rows, skipping what cannot change.
#pragma once
#include "nearest.hpp"

namespace ganglion::GANGLION_NAMESPACE {

inline float round_down(double v) {
    const float f = float(v);
    return f - __builtin_fabsf(f) * 2.4e-7f - 1e-37f;
}

template <class T> int64_t scratch_bytes(int64_t d, int64_t k, int64_t block) {
    return Nearest<T>::bytes(d, k) + round_up(block * int64_t(sizeof(int32_t)), 64) + 64;
}

// rows, panels and norms of -2 (c - shift); padding never wins.
template <class T> void pack_centers(Centers<T>& c) {
    constexpr int W = Simd<T>::W;
    const int64_t padded = round_up(c.k, W);
    double reach = 0;
    for (int64_t j = 0; j < padded; ++j) {
        double square = 0;
        for (int64_t f = 0; f < c.d; ++f) {
            const T v = j < c.k ? c.raw[j * c.d + f] - c.shift[f] : T(0);
            c.rows[j * c.stride + f] = -2 * v;
            c.panels[(j / W) * c.d * W + f * W + j % W] = -2 * v;
            square += double(v) * double(v);
        }
        c.norms[j] = j < c.k ? T(square) : largest_finite<T>() / 4;
        reach = larger(reach, square);
    }
    c.reach = __builtin_sqrt(reach) * (1 + 1e-6);
}

// The block's rows whose label may change; returns how many.
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
    T sum = 0;
    for (int l = 0; l < W; ++l) sum += s0[l];
    for (; f < d; ++f) sum += (x[f] - c[f]) * (x[f] - c[f]);
    return sum;
}

// Records what is known of sample i: u and l bound its distances to the nearest and second nearest centre.
inline void remember(const Bounds& b, int64_t i, int32_t label, double u, double l) {
    b.gap[i] = round_down(l - u + b.own[label] + b.others[label]);
    b.lower[i] = round_down(l + b.others[label]);
}

// Drops those survivors that are still nearer to their own centre than the bound on the second (Hamerly 2010).
template <class T>
int64_t tighten(const Assignment<T>& job, int64_t base, int64_t count, int32_t* index) {
    const Bounds& b = job.bounds;
    const int64_t d = job.rows.d;
    // Differences lose nothing to the origin: the error is relative.
    const double slack = 1 + error_factor<T>(d);
    int64_t m = 0;
    for (int64_t s = 0; s < count; ++s) {
        const int64_t i = base + index[s];
        const int32_t a = b.labels[i];
        const double u =
            __builtin_sqrt(double(squared_distance(job.rows.values + i * d, job.centers.raw + a * d, d)) * slack);
        const double l = double(b.lower[i]) - b.others[a];
        index[m] = index[s];
        if (u < l * (1 - 1e-6))
            remember(b, i, a, u, l);
        else
            ++m;
    }
    return m;
}

template <class T>
void relabel(const Assignment<T>& job, int64_t i, int32_t label, int worker, Nearest<T>& scratch) {
    const int32_t old = job.bounds.labels[i];
    const int64_t d = job.rows.d;
    const double* w = job.weights ? job.weights + i : nullptr;
    const T* x = dense_row(job.rows, i, scratch.dense);
    if (old >= 0) add_to_sums(x, job.grid, w, d, -1, job.sums[worker] + old * d, job.counts[worker] + old);
    add_to_sums(x, job.grid, w, d, 1, job.sums[worker] + label * d, job.counts[worker] + label);
    job.bounds.labels[i] = label;
    ++job.changed[worker];
}

// Compares `count` rows with every centre, and takes note.
template <class T>
void compute(const Assignment<T>& job, int64_t base, const int32_t* index, int64_t count, int worker,
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
        const int32_t label = near.id[r];
        if (label >= 0) {
            if (label != b.labels[i]) relabel(job, i, label, worker, near);
            remember(b, i, label, double(near.best[r]), double(near.second[r]));
        } else {
            const int32_t decided = decide(job.rows, job.centers, i, near);
            if (decided != b.labels[i]) relabel(job, i, decided, worker, near);
            // The nearest two are level within the error: no bound would hold for long.
            b.gap[i] = -largest_finite<float>();
            b.lower[i] = -largest_finite<float>();
        }
    }
}

template <class T> void assign_block(const Assignment<T>& job, int64_t block, int worker) {
    const int64_t begin = block * job.block, end = smaller(job.rows.n, begin + job.block);
    Nearest<T> near;
    char* at = job.scratch[worker];
    int32_t* index = (int32_t*)(at + near.carve(at, job.rows.d, job.centers.k));
    int64_t m = survivors(job.bounds, begin, end, index);
    if (m && job.bounds.active && job.bounds.tighten) {
        const int64_t kept = tighten(job, begin, m, index);
        job.tightened[worker] += m - kept;
        m = kept;
    }
    job.computed[worker] += m;
    for (int64_t r = 0; r < m; r += near.capacity)
        compute(job, begin, index + r, smaller(near.capacity, m - r), worker, near);
}

}  // namespace ganglion::GANGLION_NAMESPACE
