// Distances between sets whose members are bits: lanes are columns, 8 to a panel.
#pragma once
#include "distance_tiles.hpp"
#include "pairs.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int kBitRows = 4;

using Words = Bits<double>;  // lanes of uint64_t

inline Words load_words(const uint64_t* p) { return (Words)load(reinterpret_cast<const double*>(p)); }

// How many bits of every lane are set: by counts of 2, 4 and 8 bits side by side.
struct CountBySums {
    static Words count(Words v) {
        v = v - ((v >> 1) & 0x5555555555555555u);
        v = (v & 0x3333333333333333u) + ((v >> 2) & 0x3333333333333333u);
        v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fu;
        v = v + (v >> 8);
        v = v + (v >> 16);
        return (v + (v >> 32)) & 0x7fu;
    }
};

// Whole numbers below 2^52 as float64: their bits under the exponent of 2^52.
inline Vec<double> to_double(Words v) { return (Vec<double>)(v | 0x4330000000000000u) - 0x1p52; }

// From what two sets hold in common; two empty sets are 0 apart.
template <BitMetric METRIC> inline Vec<double> bit_distance(Words both, Words x, Words y, int64_t n_features) {
    const Words apart = x + y - 2 * both;
    if constexpr (METRIC == BitMetric::hamming)
        return to_double(apart) / splat(double(larger<int64_t>(1, n_features)));
    const Vec<double> zero{}, all = to_double(METRIC == BitMetric::dice ? x + y : x + y - both);
    return all == zero ? zero : to_double(apart) / all;
}

// R rows against one panel: values (R, 8).
template <BitMetric METRIC, class COUNT, int R>
[[gnu::always_inline]] inline void bits_by_panel(const BitItems& s, int64_t row, int64_t first, double* values) {
    constexpr int W = Simd<double>::W;
    const uint64_t *x = s.rows + row * s.n_words, *panel = s.panels + first * s.n_words;
    Words both[R][kPanelVectors] = {};
    for (int64_t w = 0; w < s.n_words; ++w, panel += 8)
#pragma GCC unroll 4
        for (int v = 0; v < kPanelVectors; ++v) {
            const Words y = load_words(panel + v * W);
#pragma GCC unroll 4
            for (int r = 0; r < R; ++r) both[r][v] += COUNT::count(y & x[r * s.n_words + w]);
        }
    for (int r = 0; r < R; ++r)
        for (int v = 0; v < kPanelVectors; ++v) {
            const Words count = Words{} + uint64_t(s.row_counts[row + r]);
            const Words counts = load_words(reinterpret_cast<const uint64_t*>(s.column_counts) + first + v * W);
            store(values + r * 8 + v * W, bit_distance<METRIC>(both[r][v], count, counts, s.n_features));
        }
}

template <class T, BitMetric METRIC, class COUNT>
[[gnu::always_inline]] inline void bit_tile_by(const BitItems& s, int64_t i0, int64_t i1, int64_t j0, int64_t j1,
                                               T* out, int64_t stride) {
    double values[kBitRows * 8];
    for (int64_t i = i0; i < i1;) {
        const int64_t rows = i + kBitRows <= i1 ? kBitRows : 1;
        for (int64_t first = j0 / 8 * 8; first < j1; first += 8) {
            if (rows == 1) bits_by_panel<METRIC, COUNT, 1>(s, i, first, values);
            else bits_by_panel<METRIC, COUNT, kBitRows>(s, i, first, values);
            const int64_t start = larger(first, j0), stop = smaller(first + 8, j1);
            for (int64_t r = 0; r < rows; ++r)
                for (int64_t j = start; j < stop; ++j)
                    out[(i - i0 + r) * stride + (j - j0)] = T(values[r * 8 + j - first]);
        }
        i += rows;
    }
}

template <class T, BitMetric METRIC>
void bit_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride, char*) {
    bit_tile_by<T, METRIC, CountBySums>(*static_cast<const BitItems*>(self), i0, i1, j0, j1, out, stride);
}

#if defined(__AVX512F__)
// The instruction that counts the bits of lanes is no part of this set, but most processors that have the one have the
// other: whoever calls this has asked.
struct CountInHardware {
    [[gnu::target("avx512vpopcntdq")]] static Words count(Words v) { return (Words)_mm512_popcnt_epi64((__m512i)v); }
};

template <class T, BitMetric METRIC>
[[gnu::target("avx512vpopcntdq")]] void counted_bit_tile(const void* self, int64_t i0, int64_t i1, int64_t j0,
                                                         int64_t j1, T* out, int64_t stride, char*) {
    bit_tile_by<T, METRIC, CountInHardware>(*static_cast<const BitItems*>(self), i0, i1, j0, j1, out, stride);
}
#else
template <class T, BitMetric METRIC> constexpr decltype(Pairs<T>::tile) counted_bit_tile = nullptr;
#endif

}  // namespace ganglion::GANGLION_NAMESPACE
