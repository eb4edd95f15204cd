// The two nearest centres of gathered rows, with an error bound: the product kernel with the "two smallest" epilogue.
#pragma once
#include "canonical.hpp"
#include "product.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// Rows are loaded this many at a time: they stay in the second cache while the panels of centres stream by.
constexpr int64_t kTileBytes = 384 * 1024;
constexpr int64_t kMostTileRows = 240;
// Up to this many features the samples are the lanes: the minimum is then vertical, and no lane is idle for small k.
constexpr int64_t kFewFeatures = 20;

template <class T> constexpr int kLaneSamples = 2 * Simd<T>::W;

template <int N> struct Number {};

inline int64_t round_up(int64_t a, int64_t b) { return (a + b - 1) / b * b; }

// Distance between loaded rows: a whole number of cache lines, odd, so that rows do not meet in one cache set.
template <class T> inline int64_t row_stride(int64_t d) {
    const int64_t line = 64 / int64_t(sizeof(T));
    return (round_up(d, line) / line | 1) * line;
}

template <class T> inline int64_t tile_rows(int64_t d) {
    const int64_t fit = kTileBytes / (row_stride<T>(d) * int64_t(sizeof(T))) / kRows * kRows;
    return larger<int64_t>(kRows, smaller(fit, kMostTileRows / kRows * kRows));
}

inline bool samples_are_lanes(int64_t d) { return d <= kFewFeatures; }

// rows, panels and norms of -2 (c - shift); padding never wins.
template <class T> void pack_centers(Centers<T>& c) {
    constexpr int W = Simd<T>::W;
    const int64_t padded = round_up(c.k, W);
    double reach = 0;
    for (int64_t j = 0; j < c.k; ++j) {
        double square = 0;
        for (int64_t f = 0; f < c.d; ++f) {
            const T v = c.raw[j * c.d + f] - c.shift[f];
            c.rows[j * c.stride + f] = -2 * v;
            square += double(v) * double(v);
        }
        c.norms[j] = T(square);
        reach = larger(reach, square);
    }
    for (int64_t slot = 0; slot < padded; ++slot) {
        const int32_t j = c.order[slot];
        T* lane = c.panels + (slot / W) * c.d * W + slot % W;
        for (int64_t f = 0; f < c.d; ++f) lane[f * W] = j < 0 ? T(0) : c.rows[j * c.stride + f];
        c.panel_norms[slot] = j < 0 ? largest_finite<T>() / 4 : c.norms[j];
    }
    c.reach = __builtin_sqrt(reach) * (1 + 1e-6);
}

// Panels in a group: few enough groups for the memory of the bounds, and work enough to pay for the epilogue.
template <class T> int64_t group_panels(int64_t d, int64_t k) {
    const int64_t n_panels = round_up(k, Simd<T>::W) / Simd<T>::W;
    if (samples_are_lanes(d)) return n_panels;
    return larger((n_panels + kMostGroups - 1) / kMostGroups, (95 + d) / d);
}

// What a worker needs to find the nearest centres of up to `capacity` rows; carved out of one aligned allocation.
template <class T> struct Nearest {
    int64_t capacity;    // rows at a time
    T* rows;             // (capacity, stride) or panels [d][kLaneSamples]
    T* squares;          // (capacity,) |x - shift|^2
    TwoBest<T>* state;   // (capacity,) centres as lanes
    T* picked;           // (kRows, stride) rows that do not stand together
    T* dense;            // (kChains, d)
    int32_t* id;         // (capacity,) the nearest centre, where sure
    T *best, *second;    // (capacity,) squared distances to the nearest and the second nearest, within `error`
    T* error;            // (capacity,)

    int64_t carve(char* at, int64_t d) {
        const int64_t start = int64_t(at);
        auto take = [&at](int64_t n) {
            char* p = at;
            at += round_up(n, 64) + 64;
            return p;
        };
        capacity = samples_are_lanes(d) ? kLaneSamples<T> : tile_rows<T>(d);
        rows = (T*)take(sizeof(T) * (samples_are_lanes(d) ? d * kLaneSamples<T> : capacity * row_stride<T>(d)));
        squares = (T*)take(sizeof(T) * capacity);
        state = (TwoBest<T>*)take(sizeof(TwoBest<T>) * capacity);
        picked = (T*)take(sizeof(T) * kRows * row_stride<T>(d));
        dense = (T*)take(sizeof(T) * kChains * d);
        id = (int32_t*)take(sizeof(int32_t) * capacity);
        best = (T*)take(sizeof(T) * capacity);
        second = (T*)take(sizeof(T) * capacity);
        error = (T*)take(sizeof(T) * capacity);
        return int64_t(at) - start;
    }
};

// Copies row i minus the shift to out (d,), and returns the sum of squares.
template <class T>
inline T load_row(const Rows<T>& rows, int64_t i, const T* shift, T* dense, T* out) {
    constexpr int W = Simd<T>::W;
    const T* x = dense_row(rows, i, dense);
    const int64_t d = rows.d;
    Vec<T> total{};
    int64_t f = 0;
    for (; f + W <= d; f += W) {
        const Vec<T> v = load(x + f) - load(shift + f);
        store(out + f, v);
        total += v * v;
    }
    T sum = sum_lanes<T>(total);
    for (; f < d; ++f) {
        const T v = x[f] - shift[f];
        out[f] = v;
        sum += v * v;
    }
    return sum;
}

// The entries of a sparse row.
template <class T> struct SparseRow {
    const T* values;
    const int32_t* columns;
    int64_t count;

    SparseRow(const Rows<T>& rows, int64_t i)
        : values(rows.values + rows.indptr[i]),
          columns(rows.columns + rows.indptr[i]),
          count(rows.indptr[i + 1] - rows.indptr[i]) {}

    T square() const {
        T sum = 0;
        for (int64_t e = 0; e < count; ++e) sum += values[e] * values[e];
        return sum;
    }
};

// Scores of a sparse row against panels [first, last), offered to its state; the shift of sparse samples is zero.
template <class T>
inline void offer_sparse(const Centers<T>& c, const SparseRow<T>& row, int64_t first, int64_t last, TwoBest<T>& state) {
    constexpr int W = Simd<T>::W;
    const auto offer = [&]<int NV>(Number<NV>) {
        Vec<T> acc[NV];
        for (int v = 0; v < NV; ++v) acc[v] = load(c.panel_norms + (first + v) * W);
        sparse_tile<T, NV>(row.values, row.columns, row.count, c.panels + first * c.d * W, c.d, acc);
        for (int v = 0; v < NV; ++v) state.offer(acc[v], Index<T>{} + typename Int<T>::type(first + v));
        first += NV;
    };
    while (first + 4 <= last) offer(Number<4>{});
    while (first < last) offer(Number<1>{});
}

// Scores of R loaded rows against NV panels, offered to each row's state.
template <class T, int R, int NV>
inline void offer_panels(const Centers<T>& c, int64_t panel, const T* rows, int64_t stride, TwoBest<T>* state) {
    constexpr int W = Simd<T>::W;
    Vec<T> acc[R][NV];
    for (int v = 0; v < NV; ++v) {
        const Vec<T> norm = load(c.panel_norms + (panel + v) * W);
        for (int r = 0; r < R; ++r) acc[r][v] = norm;
    }
    product_tile<T, R, NV>(rows, stride, c.panels + panel * c.d * W, c.d, acc);
    for (int r = 0; r < R; ++r) {
        TwoBest<T> s = state[r];
        for (int v = 0; v < NV; ++v) s.offer(acc[r][v], Index<T>{} + typename Int<T>::type(panel + v));
        state[r] = s;
    }
}

template <class T, int STEP> inline TwoBest<T> fold(TwoBest<T> s) {
    if constexpr (STEP == 0) {
        return s;
    } else {
        s.merge({exchange<STEP>(s.best), exchange<STEP>(s.second), exchange<STEP>(s.id)});
        return fold<T, STEP / 2>(s);
    }
}

// Centres as lanes: `count` rows listed in `index` (offset by `base`), at most `capacity`.
template <class T>
void nearest_by_rows(const Rows<T>& rows, const Centers<T>& c, const int32_t* index, int64_t base, int64_t count,
                     Nearest<T>& out) {
    constexpr int W = Simd<T>::W;
    const int64_t stride = row_stride<T>(c.d), n_panels = round_up(c.k, W) / W;
    for (int64_t r = 0; r < count; ++r) {
        out.state[r] = TwoBest<T>::none();
        if (rows.sparse()) {
            const SparseRow<T> row(rows, base + index[r]);
            out.squares[r] = row.square();
            offer_sparse(c, row, 0, n_panels, out.state[r]);
        } else {
            out.squares[r] = load_row(rows, base + index[r], c.shift, out.dense, out.rows + r * stride);
        }
    }
    int64_t panel = rows.sparse() ? n_panels : 0;
    for (; panel + 2 <= n_panels; panel += 2) {
        int64_t r = 0;
        for (; r + kRows <= count; r += kRows)
            offer_panels<T, kRows, 2>(c, panel, out.rows + r * stride, stride, out.state + r);
        for (; r + 3 <= count; r += 3) offer_panels<T, 3, 2>(c, panel, out.rows + r * stride, stride, out.state + r);
        for (; r < count; ++r) offer_panels<T, 1, 2>(c, panel, out.rows + r * stride, stride, out.state + r);
    }
    for (; panel < n_panels; ++panel) {
        int64_t r = 0;
        for (; r + kRows <= count; r += kRows)
            offer_panels<T, kRows, 1>(c, panel, out.rows + r * stride, stride, out.state + r);
        for (; r + 3 <= count; r += 3) offer_panels<T, 3, 1>(c, panel, out.rows + r * stride, stride, out.state + r);
        for (; r < count; ++r) offer_panels<T, 1, 1>(c, panel, out.rows + r * stride, stride, out.state + r);
    }
    Index<T> lane;
    for (int l = 0; l < W; ++l) lane[l] = l;
    for (int64_t r = 0; r < count; ++r) {
        TwoBest<T> s = out.state[r];
        s.id = s.id * W + lane;
        s = fold<T, W / 2>(s);
        out.best[r] = s.best[0];
        out.second[r] = s.second[0];
        out.id[r] = c.order[s.id[0]];
    }
}

template <class T, int R>
inline void offer_centers(const Centers<T>& c, int64_t j, const T* panels, TwoBest<T> (&state)[2]) {
    Vec<T> acc[R][2];
    for (int r = 0; r < R; ++r) acc[r][0] = acc[r][1] = splat(c.norms[j + r]);
    product_tile<T, R, 2>(c.rows + j * c.stride, c.stride, panels, c.d, acc);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
        const Index<T> id = Index<T>{} + typename Int<T>::type(j + r);
        state[0].offer(acc[r][0], id);
        state[1].offer(acc[r][1], id);
    }
}

// Rows into two panels with a sample a lane, minus the shift, and their squares; idle lanes repeat the last row.
template <class T>
inline void load_lanes(const Rows<T>& rows, const T* shift, const int32_t* index, int64_t base, int64_t count,
                       Nearest<T>& out) {
    constexpr int W = Simd<T>::W;
    const int64_t d = rows.d;
    for (int64_t s = 0; s < kLaneSamples<T>; ++s) {
        const T* x = dense_row(rows, base + index[smaller(s, count - 1)], out.dense);
        T* lane = out.rows + (s / W) * d * W + s % W;
        for (int64_t f = 0; f < d; ++f) lane[f * W] = x[f] - shift[f];
    }
    for (int v = 0; v < 2; ++v) {
        Vec<T> squares{};
        for (int64_t f = 0; f < d; ++f) {
            const Vec<T> x = load(out.rows + v * d * W + f * W);
            squares += x * x;
        }
        store(out.squares + v * W, squares);
    }
}

// Samples as lanes: 2 W rows at most.
template <class T>
void nearest_by_lanes(const Rows<T>& rows, const Centers<T>& c, const int32_t* index, int64_t base, int64_t count,
                      Nearest<T>& out) {
    constexpr int W = Simd<T>::W;
    load_lanes(rows, c.shift, index, base, count, out);
    TwoBest<T> state[2] = {TwoBest<T>::none(), TwoBest<T>::none()};
    int64_t j = 0;
    for (; j + kSampleRows <= c.k; j += kSampleRows) offer_centers<T, kSampleRows>(c, j, out.rows, state);
    for (; j + 2 <= c.k; j += 2) offer_centers<T, 2>(c, j, out.rows, state);
    for (; j < c.k; ++j) offer_centers<T, 1>(c, j, out.rows, state);
    for (int v = 0; v < 2; ++v) {
        store(out.best + v * W, state[v].best);
        store(out.second + v * W, state[v].second);
        for (int l = 0; l < W; ++l) out.id[v * W + l] = int32_t(state[v].id[l]);
    }
}

// Fills id, best, second and error for up to `capacity` rows. best and second become squared distances.
template <class T>
void find_nearest(const Rows<T>& rows, const Centers<T>& c, const int32_t* index, int64_t base, int64_t count,
                  Nearest<T>& out) {
    if (samples_are_lanes(c.d))
        nearest_by_lanes(rows, c, index, base, count, out);
    else
        nearest_by_rows(rows, c, index, base, count, out);
    const T factor = T(error_factor<T>(c.d)), reach = T(c.reach);
    for (int64_t r = 0; r < count; ++r) {
        const T size = __builtin_sqrt(out.squares[r]) + reach;
        out.error[r] = factor * size * size;
        out.best[r] += out.squares[r];
        out.second[r] += out.squares[r];
    }
}

// The definition decides among the centres that the error bound cannot tell apart.
template <class T>
int32_t decide(const Rows<T>& rows, const Centers<T>& c, int64_t i, Nearest<T>& scratch) {
    const T* x = dense_row(rows, i, scratch.dense);
    return nearest_of(x, c.raw, c.d, nullptr, c.k, nullptr);
}

// Labels of rows [begin, end) and nothing else.
template <class T>
void label_block(const Rows<T>& rows, const Centers<T>& c, int64_t begin, int64_t end, int32_t* labels,
                 char* scratch) {
    Nearest<T> near;
    int32_t* index = (int32_t*)(scratch + near.carve(scratch, rows.d));
    for (int64_t i = begin; i < end; ++i) index[i - begin] = int32_t(i - begin);
    for (int64_t r = 0; r < end - begin; r += near.capacity) {
        const int64_t count = smaller(near.capacity, end - begin - r);
        find_nearest(rows, c, index + r, begin, count, near);
        for (int64_t e = 0; e < count; ++e) {
            const bool sure = near.second[e] - near.best[e] > 2 * near.error[e];
            labels[begin + r + e] = sure ? near.id[e] : decide(rows, c, begin + r + e, near);
        }
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
