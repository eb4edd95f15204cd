#include "distance_drivers.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include <cstring>

#include "distance_blocks.hpp"
#include "matrices.hpp"

namespace ganglion {
namespace {

// Results larger than this go past the caches: they would push out what is still needed, and not be there when read.
constexpr int64_t kStreamBytes = int64_t(32) << 20;

// Writes rows of distances to where they belong.
template <class T> struct Writer {
    bool streams;
    const DistanceKernelsOf<T>& kernels = distance_kernels<T>();

    explicit Writer(int64_t values) : streams(values * int64_t(sizeof(T)) > kStreamBytes) {}
    void row(const T* from, int64_t n, T* to) const {
        if (streams) kernels.stream(from, n, to);
        else std::memcpy(to, from, size_t(n) * sizeof(T));
    }
    // Streamed values are in memory before anybody is told that the block is done.
    void finish() const {
#if defined(__SSE2__)
        if (streams) _mm_sfence();
#endif
    }
};

template <class T> struct SquareFill {
    const Pairs<T>& pairs;
    T* out;
    int64_t row0, row1;
    Writer<T> writer;

    // Columns [j0, j1) of rows [i0, i1), computed where they belong.
    void strip(int64_t i0, int64_t i1, int64_t j0, int64_t j1, char* scratch) const {
        pairs.tile(pairs.self, i0, i1, j0, j1, out + i0 * pairs.m + j0, pairs.m, scratch);
    }

    // And rows [j0, j1) of columns [i0, i1), which are the same turned.
    void both(int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* own, char* scratch) const {
        for_tiles(i0, i1, j0, j1, [&](int64_t a0, int64_t a1, int64_t b0, int64_t b1) {
            strip(a0, a1, b0, b1, scratch);
            writer.kernels.turn(out + a0 * pairs.m + b0, a1 - a0, b1 - b0, pairs.m, own, kTileSide);
            for (int64_t j = b0; j < b1; ++j)
                writer.row(own + (j - b0) * kTileSide, a1 - a0, out + j * pairs.m + a0);
        });
    }

    void block(int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* own, char* scratch) const {
        if (!pairs.symmetric) return strip(i0, i1, j0, j1, scratch);
        const auto clipped = [&](int64_t from, int64_t to, auto&& fill) {
            from = std::max(from, j0), to = std::min(to, j1);
            if (from < to) fill(from, to);
        };
        const auto alone = [&](int64_t from, int64_t to) { strip(i0, i1, from, to, scratch); };
        clipped(0, row0, alone);
        clipped(i0, i1, alone);
        clipped(i1, row1, [&](int64_t from, int64_t to) { both(i0, i1, from, to, own, scratch); });
        clipped(row1, pairs.m, alone);
    }
};

// The upper triangle of rows [i0, i1), some kTileSide at most.
template <class T> struct CondensedFill {
    const Pairs<T>& pairs;
    T* out;
    Writer<T> writer;

    // Columns that some of the rows do not have, and distances that cannot be computed where they belong.
    void by_tiles(int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* own, char* scratch) const {
        for_tiles(i0, i1, j0, j1, [&](int64_t a0, int64_t a1, int64_t b0, int64_t b1) {
            pairs.tile(pairs.self, a0, a1, b0, b1, own, kTileColumns, scratch);
            for (int64_t i = a0; i < a1; ++i) {
                const int64_t j = std::max(b0, i + 1);
                if (j < b1)
                    writer.row(own + (i - a0) * kTileColumns + (j - b0), b1 - j,
                               out + condensed_index(pairs.n, i, j));
            }
        });
    }

    // Columns beyond i1. Stores that go out while the next distances are computed cost half of copying tiles, past the
    // caches or through them, which computes and copies in turns.
    void in_place(int64_t i0, int64_t i1, int64_t j0, int64_t j1) const {
        T* rows[kTileSide];
        for (int64_t i = i0; i < i1; ++i) rows[i - i0] = out + condensed_index(pairs.n, i, j0);
        pairs.tile_to_rows(pairs.self, i0, i1, j0, j1, rows);
    }

    void block(int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* own, char* scratch) const {
        const int64_t edge = pairs.tile_to_rows ? std::clamp(divide_up(i1, kLine) * kLine, j0, j1) : j1;
        by_tiles(i0, i1, std::max(j0, i0 + 1), edge, own, scratch);
        if (edge < j1) in_place(i0, i1, edge, j1);
    }
};

}  // namespace

template <class T> bool fill_square(const Pairs<T>& pairs, T* out, int64_t row0, int64_t row1) {
    const Blocks blocks = Blocks::cut(row1 - row0, pairs.m, pairs.pair_cost);
    Workspace<T> space(pairs, kTileSide * kTileColumns);
    const SquareFill<T> fill{pairs, out, row0, row1, Writer<T>((row1 - row0) * pairs.m)};
    return parallel(blocks.count(), space.workers(), [&](int64_t block, int worker) {
        const int64_t i0 = row0 + block / blocks.across() * blocks.rows, j0 = block % blocks.across() * blocks.columns;
        fill.block(i0, std::min(row1, i0 + blocks.rows), j0, std::min(pairs.m, j0 + blocks.columns),
                   space.own(worker), space.scratch(worker));
        fill.writer.finish();
    });
}

template <class T> bool fill_condensed(const Pairs<T>& pairs, T* out, int64_t row0, int64_t row1) {
    const int64_t n = pairs.n;
    const Blocks blocks = Blocks::cut(row1 - row0, n, pairs.pair_cost);
    Workspace<T> space(pairs, kTileSide * kTileColumns);
    const CondensedFill<T> fill{pairs, out, Writer<T>((row1 - row0) * (2 * n - row0 - row1) / 2)};
    return parallel(blocks.count(), space.workers(), [&](int64_t block, int worker) {
        const int64_t i0 = row0 + block / blocks.across() * blocks.rows, j0 = block % blocks.across() * blocks.columns;
        fill.block(i0, std::min(row1, i0 + blocks.rows), j0, std::min(n, j0 + blocks.columns), space.own(worker),
                   space.scratch(worker));
        fill.writer.finish();
    });
}

template bool fill_square(const Pairs<float>&, float*, int64_t, int64_t);
template bool fill_square(const Pairs<double>&, double*, int64_t, int64_t);
template bool fill_condensed(const Pairs<float>&, float*, int64_t, int64_t);
template bool fill_condensed(const Pairs<double>&, double*, int64_t, int64_t);

}  // namespace ganglion
