// What the algorithms see of a distance: tiles of it, between the items of one collection and those of another.
#pragma once
#include <cstdint>

namespace ganglion {

// D(x_i, y_j) for i in [0, n) and j in [0, m). Where `symmetric`, y is x, D(i, j) == D(j, i) to the bit and
// D(i, i) == 0. A tile is a pure function of its arguments: its bits depend neither on the tile's bounds nor on who
// computes it, so any cutting of the work gives the same distances.
template <class T> struct Pairs {
    const void* self = nullptr;
    int64_t n = 0, m = 0;
    bool symmetric = false;
    int64_t scratch_bytes = 0;  // of each worker, aligned to 64 bytes
    // out[(i - i0) * stride + (j - j0)] = D(x_i, y_j) for i in [i0, i1), j in [j0, j1).
    void (*tile)(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride,
                 char* scratch) = nullptr;
    // The distances where they stand already: row i at square + i * m. Null where they are computed.
    const T* square = nullptr;
    double pair_cost = 1;       // of one pair, in units of about a nanosecond on one thread: how to cut the work
    // As `tile`, but row i goes to rows[i - i0], which is where column j0 belongs. Null where there is only `tile`.
    void (*tile_to_rows)(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* const* rows) = nullptr;
};

}  // namespace ganglion
