// What DIANA reads of a row of distances: sums of it over the members of a cluster, and the farthest of them.
#pragma once
#include "medoid_kernels.hpp"
#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// Distances on a grid of integers: sums of them are exact in any order, and taking one out again leaves no rounding.
template <class T> inline int64_t on_grid(T d, double scale) { return int64_t(double(d) * scale + 0.5); }

template <class T>
void add_members(const T* row, const int32_t* members, int64_t count, double scale, int64_t* sums) {
    for (int64_t p = 0; p < count; ++p) sums[p] += on_grid(row[members[p]], scale);
}

template <class T>
void move_members(const T* row, const int32_t* members, int64_t count, double scale, int64_t* from, int64_t* to) {
    for (int64_t p = 0; p < count; ++p) {
        const int64_t d = on_grid(row[members[p]], scale);
        from[p] -= d;
        to[p] += d;
    }
}

template <class T> int64_t sum_row(const T* row, int64_t count, double scale) {
    int64_t total = 0;
    for (int64_t j = 0; j < count; ++j) total += on_grid(row[j], scale);
    return total;
}

template <class T> T largest_of(const T* row, int64_t count) {
    T best = 0;
    for (int64_t j = 0; j < count; ++j) best = larger(best, row[j]);
    return best;
}

// The kFarthest farthest members, the farthest first; id -1 where there are fewer.
template <class T> void farthest(const T* row, const int32_t* members, int64_t count, T* distances, int32_t* ids) {
    for (int f = 0; f < kFarthest; ++f) distances[f] = -1, ids[f] = -1;
    for (int64_t p = 0; p < count; ++p) {
        const T d = row[members[p]];
        if (!(d > distances[kFarthest - 1])) continue;
        int f = kFarthest - 1;
        for (; f > 0 && distances[f - 1] < d; --f) distances[f] = distances[f - 1], ids[f] = ids[f - 1];
        distances[f] = d;
        ids[f] = members[p];
    }
}

// The member of the largest mean distance within `from` less that to `to`, the lowest of equals; -1 where it is not
// positive. A mean over `n_from`, `n_to` others; n_to = 0 leaves the second mean out, and takes any member then.
inline int64_t most_apart(const int64_t* from, const int64_t* to, const int32_t* members, int64_t count, double n_from,
                          double n_to) {
    double best = n_to > 0 ? 0 : -1;
    int64_t at = -1;
    const double of_from = n_to > 0 ? n_to : 1;
    for (int64_t p = 0; p < count; ++p) {
        const double apart = double(from[p]) * of_from - double(to[p]) * n_from;
        if (apart > best || (apart == best && at >= 0 && members[p] < members[at])) best = apart, at = p;
    }
    return at;
}

}  // namespace ganglion::GANGLION_NAMESPACE
