// What a few candidates would gain as the next seed (Arthur and Vassilvitskii 2007, greedy), for one block of rows.
//
// A row whose nearest seed is closer than half the distance from that seed to every candidate gains nothing: it is not
// touched. For the others the candidates are the lanes of the product kernel.
#pragma once
#include "assign.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int kSeedRows = 12;  // 12 sums, one panel vector and one broadcast fit 16 registers

// apart[s] = a quarter of the least squared distance from seed s to a candidate, rounded down.
// seeds: (n, stride) centred, with their squares.
template <class T>
void seed_apart(const T* seeds, int64_t n_seeds, int64_t stride, const T* squares, const Centers<T>& c, T* apart) {
    constexpr int W = Simd<T>::W;
    const T factor = T(error_factor<T>(c.d)), reach = T(c.reach);
    const int64_t n_panels = round_up(c.k, W) / W;
    for (int64_t s = 0; s < n_seeds; s += kSeedRows) {
        Vec<T> least[kSeedRows];
        const int64_t m = smaller<int64_t>(kSeedRows, n_seeds - s);
        for (int r = 0; r < kSeedRows; ++r) least[r] = splat(largest_finite<T>());
        for (int64_t p = 0; p < n_panels; ++p) {
            Vec<T> acc[kSeedRows][1];
            for (int r = 0; r < kSeedRows; ++r) acc[r][0] = load(c.panel_norms + p * W);
            product_tile<T, kSeedRows, 1>(seeds + s * stride, stride, c.panels + p * c.d * W, c.d, acc);
            for (int r = 0; r < kSeedRows; ++r) least[r] = vmin(least[r], acc[r][0]);
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

// Scratch of one worker while it weighs candidates.
template <class T> struct SeedScratch {
    int64_t capacity;
    T* rows;         // (kSeedRows, stride)
    T* limit;        // (capacity,) a candidate with a score below it may be nearer than the nearest seed
    T* error;        // (capacity,)
    int32_t* index;  // (block,)

    int64_t carve(char* at, int64_t d, int64_t block) {
        const char* start = at;
        auto take = [&at](int64_t n) {
            char* p = at;
            at += round_up(n, 64) + 64;
            return p;
        };
        capacity = kMostTileRows / kSeedRows * kSeedRows;
        rows = (T*)take(sizeof(T) * kSeedRows * row_stride<T>(d));
        limit = (T*)take(sizeof(T) * capacity);
        error = (T*)take(sizeof(T) * capacity);
        index = (int32_t*)take(block * int64_t(sizeof(int32_t)));
        return at - start;
    }
};

template <class T> int64_t seed_scratch_bytes(int64_t d, int64_t block) {
    SeedScratch<T> probe;
    return probe.carve(nullptr, d, block);
}

// What one row gains from each of a panel's candidates that may be nearer.
template <class T>
inline void take_gains(Vec<T> scores, T limit, T error, double weight, uint32_t bits, double* gains, double* slack) {
    for (; bits; bits &= bits - 1) {
        const int l = __builtin_ctz(bits);
        const T gain = (limit - error) - scores[l];  // nearest - squared distance
        gains[l] += weight * double(larger(gain, T(0)));
        slack[l] += weight * double(error);
    }
}

// Prepares the limits that the scores of some rows are compared with.
template <class T>
void set_limits(const Seeding<T>& job, int64_t base, const int32_t* index, int64_t count, SeedScratch<T>& s) {
    const T factor = T(error_factor<T>(job.rows.d)), reach = T(job.candidates.reach);
    for (int64_t r = 0; r < count; ++r) {
        s.error[r] = job.squares[base + index[r]];
        s.limit[r] = T(job.nearest[base + index[r]]);
    }
    for (int64_t r = 0; r < count; ++r) {
        const T square = s.error[r], size = __builtin_sqrt(square) + reach;
        s.error[r] = factor * size * size;
        s.limit[r] += s.error[r] - square;
    }
}

// A strip of rows for the product kernel, and their distance: where they stand, or a copy minus the shift.
template <class T>
inline const T* strip_of(const Seeding<T>& job, int64_t base, const int32_t* index, int64_t count, SeedScratch<T>& s,
                         int64_t& stride) {
    constexpr int W = Simd<T>::W;
    const int64_t d = job.rows.d;
    if (job.unshifted && count == kSeedRows && index[kSeedRows - 1] - index[0] == kSeedRows - 1) {
        stride = d;
        return job.rows.values + (base + index[0]) * d;
    }
    const T* shift = job.candidates.shift;
    stride = row_stride<T>(d);
    for (int64_t r = 0; r < count; ++r) {
        const T* x = job.rows.values + (base + index[r]) * d;
        T* out = s.rows + r * stride;
        int64_t f = 0;
        for (; f + W <= d; f += W) store<T>(out + f, load(x + f) - load(shift + f));
        for (; f < d; ++f) out[f] = x[f] - shift[f];
    }
    return s.rows;
}

template <class T> void seed_gains(const Seeding<T>& job, int64_t block, int worker) {
    constexpr int W = Simd<T>::W;
    const Centers<T>& c = job.candidates;
    const int64_t begin = block * job.block, end = smaller(job.rows.n, begin + job.block);
    const int64_t d = job.rows.d, n_panels = round_up(c.k, W) / W;
    double* gains = job.gains + block * kMostCandidates;
    double* slack = job.slack + block * kMostCandidates;
    for (int j = 0; j < kMostCandidates; ++j) gains[j] = slack[j] = 0;
    SeedScratch<T> s;
    s.carve(job.scratch[worker], d, job.block);
    int64_t m = 0;
    for (int64_t i = begin; i < end; ++i) {
        job.hopes[i] = 0;
        s.index[m] = int32_t(i - begin);
        m += job.nearest[i] > double(job.apart[job.owner[i]]);
    }
    uint32_t any = 0;
    for (int64_t first = 0; first < m; first += s.capacity) {
        const int64_t count = smaller(s.capacity, m - first);
        set_limits(job, begin, s.index + first, count, s);
        for (int64_t r = 0; r < count; r += kSeedRows) {
            const int64_t present = smaller<int64_t>(kSeedRows, count - r);
            int64_t stride = 0;
            const T* rows = job.rows.sparse() ? nullptr
                                              : strip_of(job, begin, s.index + first + r, present, s, stride);
            for (int64_t p = 0; p < n_panels; ++p) {
                Vec<T> acc[kSeedRows][1];
                for (int e = 0; e < kSeedRows; ++e) acc[e][0] = load(c.panel_norms + p * W);
                if (job.rows.sparse())
                    for (int64_t e = 0; e < present; ++e) {
                        const SparseRow<T> row(job.rows, begin + s.index[first + r + e]);
                        sparse_tile<T, 1>(row.values, row.columns, row.count, c.panels + p * d * W, d, acc[e]);
                    }
                else
                    product_tile<T, kSeedRows, 1>(rows, stride, c.panels + p * d * W, d, acc);
                for (int64_t e = 0; e < present; ++e) {
                    const uint32_t bits = lane_bits(acc[e][0] < splat(s.limit[r + e]));
                    if (!bits) continue;
                    const int64_t i = begin + s.index[first + r + e];
                    job.hopes[i] |= bits << (p * W);
                    any |= bits << (p * W);
                    take_gains<T>(acc[e][0], s.limit[r + e], s.error[r + e], job.weights ? job.weights[i] : 1.0, bits,
                                  gains + p * W, slack + p * W);
                }
            }
        }
    }
    job.any_hopes[block] = any;
}

// |x - shift|^2 of rows [begin, end).
template <class T>
void row_squares(const Rows<T>& rows, const T* shift, int64_t begin, int64_t end, T* squares, char* scratch) {
    T* dense = (T*)scratch;
    T* out = dense + round_up(rows.d, 64);
    for (int64_t i = begin; i < end; ++i)
        squares[i] = rows.sparse() ? SparseRow<T>(rows, i).square() : load_row(rows, i, shift, dense, out);
}

// nearest, owner of rows [begin, end) against a batch of new seeds, numbered from first_owner.
template <class T>
void absorb_block(const Rows<T>& rows, const Centers<T>& batch, int64_t begin, int64_t end, double* nearest,
                  int32_t* owner, int32_t first_owner, char* scratch) {
    Nearest<T> near;
    int32_t* index = (int32_t*)(scratch + near.carve(scratch, rows.d));
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
