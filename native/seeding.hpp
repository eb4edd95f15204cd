// What a few candidates would gain as the next seed (Arthur and Vassilvitskii 2007, greedy), for one block of rows.
//
// A row whose nearest seed is closer than half the distance from that seed to every candidate gains nothing: it is not
// touched. For the others the candidates are the lanes (or the rows, with few features) of the product kernel.
#pragma once
#include "assign.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// apart[s] = a quarter of the least squared distance from seed s to a candidate, rounded down.
// seeds: (n, stride) centred, with their squares.
template <class T>
void seed_apart(const T* seeds, int64_t n_seeds, int64_t stride, const T* squares, const Centers<T>& c, T* apart) {
    constexpr int W = Simd<T>::W;
    const T factor = T(error_factor<T>(c.d)), reach = T(c.reach);
    const int64_t n_panels = round_up(c.k, W) / W;
    for (int64_t s = 0; s < n_seeds; s += kRows) {
        Vec<T> least[kRows];
        const int64_t m = smaller<int64_t>(kRows, n_seeds - s);
        for (int r = 0; r < kRows; ++r) least[r] = splat(largest_finite<T>());
        for (int64_t p = 0; p < n_panels; ++p) {
            Vec<T> acc[kRows][1];
            for (int r = 0; r < kRows; ++r) acc[r][0] = load(c.norms + p * W);
            product_tile<T, kRows, 1>(seeds + s * stride, stride, c.panels + p * c.d * W, c.d, acc);
            for (int r = 0; r < kRows; ++r) least[r] = vmin(least[r], acc[r][0]);
        }
        for (int64_t r = 0; r < m; ++r) {
            T low = largest_finite<T>();
            for (int l = 0; l < W; ++l) low = smaller<T>(low, least[r][l]);
            const T size = __builtin_sqrt(squares[s + r]) + reach;
            low = (low + squares[s + r] - factor * size * size) * T(0.25);
            apart[s + r] = low > 0 ? low * T(1 - 1e-6) : T(0);
        }
    }
}

template <class T> inline void add_lanes(Vec<T> v, double* out) {
    for (int l = 0; l < Simd<T>::W; ++l) out[l] += double(v[l]);
}

// Gains of one row from the panel's candidates, given their scores; returns the candidates with hope, a bit each.
template <class T>
inline uint32_t take_gains(Vec<T> scores, T square, T nearest, T error, T weight, Index<T> bits, double* gains,
                           double* slack) {
    constexpr int W = Simd<T>::W;
    const Vec<T> squared = scores + square;
    const auto hope = squared < splat(T(nearest + error));
    Index<T> folded = (Index<T>)hope & bits;
    if constexpr (W >= 16) folded |= exchange<8>(folded);
    if constexpr (W >= 8) folded |= exchange<4>(folded);
    if constexpr (W >= 4) folded |= exchange<2>(folded);
    folded |= exchange<1>(folded);
    if (!folded[0]) return 0;
    const Vec<T> gain = splat(nearest) - squared;
    add_lanes<T>((gain > Vec<T>{} ? gain : Vec<T>{}) * weight, gains);
    add_lanes<T>(hope ? splat(T(error * weight)) : Vec<T>{}, slack);
    return uint32_t(folded[0]);
}

template <class T>
void gains_by_rows(const Seeding<T>& job, const int32_t* index, int64_t base, int64_t count, Nearest<T>& s,
                   double* gains, double* slack) {
    constexpr int W = Simd<T>::W;
    const Centers<T>& c = job.candidates;
    const int64_t stride = row_stride<T>(c.d), n_panels = round_up(c.k, W) / W;
    const T factor = T(error_factor<T>(c.d)), reach = T(c.reach);
    for (int64_t r = 0; r < count; ++r)
        s.squares[r] = load_row(job.rows, base + index[r], c.shift, s.dense, s.rows + r * stride);
    for (int64_t p = 0; p < n_panels; ++p) {
        Index<T> bits;
        for (int l = 0; l < W; ++l) bits[l] = typename Int<T>::type(1u << (p * W + l));
        for (int64_t r = 0; r < count; r += kRows) {
            Vec<T> acc[kRows][1];
            for (int e = 0; e < kRows; ++e) acc[e][0] = load(c.norms + p * W);
            product_tile<T, kRows, 1>(s.rows + r * stride, stride, c.panels + p * c.d * W, c.d, acc);
            for (int64_t e = 0; e < smaller<int64_t>(kRows, count - r); ++e) {
                const int64_t i = base + index[r + e];
                const T size = __builtin_sqrt(s.squares[r + e]) + reach;
                job.hopes[i] |= take_gains<T>(acc[e][0], s.squares[r + e], T(job.nearest[i]), factor * size * size,
                                              job.weights ? T(job.weights[i]) : T(1), bits, gains + p * W,
                                              slack + p * W);
            }
        }
    }
}

template <class T>
void gains_by_lanes(const Seeding<T>& job, const int32_t* index, int64_t base, int64_t count, Nearest<T>& s,
                    double* gains, double* slack) {
    constexpr int W = Simd<T>::W;
    const Centers<T>& c = job.candidates;
    const T factor = T(error_factor<T>(c.d)), reach = T(c.reach);
    load_lanes(job.rows, c.shift, index, base, count, s);
    T nearest[2 * W], weight[2 * W];
    for (int l = 0; l < 2 * W; ++l) {
        const int64_t i = base + index[smaller<int64_t>(l, count - 1)];
        nearest[l] = l < count ? T(job.nearest[i]) : T(-1);  // idle lanes have no hope
        weight[l] = job.weights ? T(job.weights[i]) : T(1);
    }
    for (int v = 0; v * W < count; ++v) {
        const Vec<T> squares = load(s.squares + v * W), near = load(nearest + v * W), w = load(weight + v * W);
        Vec<T> error;
        for (int l = 0; l < W; ++l) {
            const T size = __builtin_sqrt(squares[l]) + reach;
            error[l] = nearest[v * W + l] < 0 ? T(0) : factor * size * size;
        }
        Index<T> hopes{};
        for (int64_t j = 0; j < c.k; ++j) {
            Vec<T> acc[1][1] = {{splat(c.norms[j])}};
            product_tile<T, 1, 1>(c.rows + j * c.stride, c.stride, s.rows + v * c.d * W, c.d, acc);
            const Vec<T> squared = acc[0][0] + squares;
            const auto hope = squared < near + error;
            const Vec<T> gain = near - squared;
            hopes |= (Index<T>)hope & typename Int<T>::type(1u << j);
            const Vec<T> won = (gain > Vec<T>{} ? gain : Vec<T>{}) * w, lost = hope ? error * w : Vec<T>{};
            for (int l = 0; l < W; ++l) gains[j] += double(won[l]), slack[j] += double(lost[l]);
        }
        for (int64_t l = 0; l < smaller<int64_t>(W, count - v * W); ++l)
            job.hopes[base + index[v * W + l]] = uint32_t(hopes[l]);
    }
}

template <class T> void seed_gains(const Seeding<T>& job, int64_t block, int worker) {
    const int64_t begin = block * job.block, end = smaller(job.rows.n, begin + job.block);
    const int64_t d = job.rows.d;
    double* gains = job.gains + block * kMostCandidates;
    double* slack = job.slack + block * kMostCandidates;
    for (int j = 0; j < kMostCandidates; ++j) gains[j] = slack[j] = 0;
    Nearest<T> s;
    char* at = job.scratch[worker];
    int32_t* index = (int32_t*)(at + s.carve(at, d, kMostCandidates));
    int64_t m = 0;
    for (int64_t i = begin; i < end; ++i) {
        job.hopes[i] = 0;
        index[m] = int32_t(i - begin);
        m += job.nearest[i] > double(job.apart[job.owner[i]]);
    }
    // The row's value rounded to T is off by one part in 2^24: inside the error bound, which is larger than 12 of them.
    for (int64_t r = 0; r < m; r += s.capacity) {
        const int64_t count = smaller(s.capacity, m - r);
        if (samples_are_lanes(d))
            gains_by_lanes(job, index + r, begin, count, s, gains, slack);
        else
            gains_by_rows(job, index + r, begin, count, s, gains, slack);
    }
}

// nearest, owner of rows [begin, end) against a batch of new seeds, numbered from first_owner.
template <class T>
void absorb_block(const Rows<T>& rows, const Centers<T>& batch, int64_t begin, int64_t end, double* nearest,
                  int32_t* owner, int32_t first_owner, char* scratch) {
    Nearest<T> near;
    int32_t* index = (int32_t*)(scratch + near.carve(scratch, rows.d, batch.k));
    for (int64_t i = begin; i < end; ++i) index[i - begin] = int32_t(i - begin);
    for (int64_t r = 0; r < end - begin; r += near.capacity) {
        const int64_t count = smaller(near.capacity, end - begin - r);
        find_nearest(rows, batch, index + r, begin, count, near);
        for (int64_t e = 0; e < count; ++e) {
            const int64_t i = begin + index[r + e];
            if (near.best[e] > T(nearest[i]) + near.error[e]) continue;
            const bool sure = near.second[e] - near.best[e] > 2 * near.error[e];
            const T* x = dense_row(rows, i, near.dense);
            double squared;
            int32_t id = near.id[e];
            const int32_t won = nearest_of(x, batch.raw, rows.d, sure ? &id : nullptr, sure ? 1 : batch.k, &squared);
            if (squared < nearest[i]) nearest[i] = squared, owner[i] = first_owner + won;
        }
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
