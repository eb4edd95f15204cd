// Distances that somebody has computed before: a square matrix, or the upper triangle of one.
#pragma once
#include "pairs.hpp"

namespace ganglion {

// Where d(i, j), i < j, stands in the condensed form of n items: row after row, the diagonal left out.
inline int64_t condensed_index(int64_t n, int64_t i, int64_t j) { return i * n - i * (i + 1) / 2 + j - i - 1; }

template <class T> struct SquareMatrix {
    const T* values;  // (n, m)
    int64_t n, m;

    static void tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride, char*) {
        const auto& s = *static_cast<const SquareMatrix*>(self);
        for (int64_t i = i0; i < i1; ++i)
            for (int64_t j = j0; j < j1; ++j) out[(i - i0) * stride + (j - j0)] = s.values[i * s.m + j];
    }
    Pairs<T> pairs(bool symmetric) const { return {this, n, m, symmetric, 0, tile, values, 0.2}; }
};

template <class T> struct CondensedMatrix {
    const T* values;  // (n (n - 1) / 2,)
    int64_t n;

    static void tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride, char*) {
        const auto& s = *static_cast<const CondensedMatrix*>(self);
        for (int64_t i = i0; i < i1; ++i)
            for (int64_t j = j0; j < j1; ++j)
                out[(i - i0) * stride + (j - j0)] = i == j   ? T(0)
                                                    : i < j ? s.values[condensed_index(s.n, i, j)]
                                                            : s.values[condensed_index(s.n, j, i)];
    }
    Pairs<T> pairs() const { return {this, n, n, true, 0, tile, nullptr, 1}; }
};

// Whether the rows [i0, i1) of a square matrix hold distances without a doubt: their diagonal is 0, and every value is
// the one across the diagonal, not negative and finite. In small squares, so that both sides stay in the first cache.
template <class T> bool are_distances(const T* values, int64_t n, int64_t i0, int64_t i1, T most) {
    constexpr int64_t kSide = 32;
    for (int64_t a = i0; a < i1; a += kSide)
        for (int64_t b = 0; b <= a; b += kSide) {
            const int64_t rows = i1 - a < kSide ? i1 - a : kSide, columns = n - b < kSide ? n - b : kSide;
            bool good = true;
            for (int64_t i = a; i < a + rows; ++i)
                for (int64_t j = b; j < b + columns; ++j) {
                    const T here = values[i * n + j];
                    good &= (here >= 0) & (here <= most) & (here == values[j * n + i]);
                }
            if (!good) return false;
        }
    for (int64_t i = i0; i < i1; ++i)
        if (values[i * n + i] != 0) return false;
    return true;
}

}  // namespace ganglion
