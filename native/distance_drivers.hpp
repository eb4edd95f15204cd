// What is asked of distances between all pairs, block by block, whatever the distance. False where a signal handler
// raised; what was written so far is then of no use.
#pragma once
#include <vector>

#include "pairs.hpp"

namespace ganglion {

// Rows [row0, row1) of the whole matrix `out` (n, m).
template <class T> bool fill_square(const Pairs<T>& pairs, T* out, int64_t row0, int64_t row1);

// Rows [row0, row1) of the whole condensed matrix `out` (n (n - 1) / 2,); pairs are symmetric.
template <class T> bool fill_condensed(const Pairs<T>& pairs, T* out, int64_t row0, int64_t row1);

// The k nearest columns of every row, nearest first, the lowest index where they tie: indices and distances (n, k).
template <class T>
bool k_nearest(const Pairs<T>& pairs, int64_t k, bool without_self, int64_t* indices, T* distances);

// Columns no farther than a radius, as the rows of a CSR matrix, in the columns' order.
template <class T> struct Neighbors {
    std::vector<int64_t> indptr, indices;
    std::vector<T> distances;
};
template <class T> bool within(const Pairs<T>& pairs, T radius, bool without_self, Neighbors<T>& out);

// out (n, k): the sum of every row's distances to the columns with each label, in float64.
template <class T> bool cluster_sums(const Pairs<T>& pairs, const int32_t* labels, int64_t k, double* out);

// Pairs of the other precision: distances computed as they are, then rounded (or widened, which is exact).
template <class To, class From> struct CastPairs {
    static constexpr int64_t kSide = 64;  // rows and columns of the tile that is rounded: 32 kB of float64
    Pairs<From> from;

    static void tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, To* out, int64_t stride,
                     char* scratch) {
        const Pairs<From>& from = static_cast<const CastPairs*>(self)->from;
        From* own = reinterpret_cast<From*>(scratch);
        char* rest = scratch + kSide * kSide * sizeof(From);
        for (int64_t a = i0; a < i1; a += kSide)
            for (int64_t b = j0; b < j1; b += kSide) {
                const int64_t rows = i1 - a < kSide ? i1 - a : kSide, columns = j1 - b < kSide ? j1 - b : kSide;
                from.tile(from.self, a, a + rows, b, b + columns, own, kSide, rest);
                for (int64_t i = 0; i < rows; ++i)
                    for (int64_t j = 0; j < columns; ++j)
                        out[(a - i0 + i) * stride + (b - j0 + j)] = To(own[i * kSide + j]);
            }
    }
    Pairs<To> pairs() const {
        const int64_t own = kSide * kSide * int64_t(sizeof(From));
        return {this, from.n, from.m, from.symmetric, own + from.scratch_bytes, tile, nullptr, from.pair_cost + 0.2,
                nullptr};
    }
};

}  // namespace ganglion
