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

    void write(const T* tile, int64_t n, int64_t m, int64_t stride, int64_t i0, int64_t j0) const {
        for (int64_t i = 0; i < n; ++i) writer.row(tile + i * stride, m, out + (i0 + i) * pairs.m + j0);
    }

    // Columns [j0, j1) of rows [i0, i1); `mirror`: they are the rows' columns, too.
    void strip(int64_t i0, int64_t i1, int64_t j0, int64_t j1, bool mirror, T* own, char* scratch) const {
        for_tiles(i0, i1, j0, j1, [&](int64_t a0, int64_t a1, int64_t b0, int64_t b1) {
            pairs.tile(pairs.self, a0, a1, b0, b1, own, kTileColumns, scratch);
            write(own, a1 - a0, b1 - b0, kTileColumns, a0, b0);
            if (!mirror) return;
            T* turned = own + kTileSide * kTileColumns;
            writer.kernels.turn(own, a1 - a0, b1 - b0, kTileColumns, turned, kTileSide);
            write(turned, b1 - b0, a1 - a0, kTileSide, b0, a0);
        });
    }

    void block(int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* own, char* scratch) const {
        if (!pairs.symmetric) return strip(i0, i1, j0, j1, false, own, scratch);
        const auto part = [&](int64_t from, int64_t to, bool mirror) {
            from = std::max(from, j0), to = std::min(to, j1);
            if (from < to) strip(i0, i1, from, to, mirror, own, scratch);
        };
        part(0, row0, false);
        part(i0, i1, false);
        part(i1, row1, true);
        part(row1, pairs.m, false);
    }
};

}  // namespace

template <class T> bool fill_square(const Pairs<T>& pairs, T* out, int64_t row0, int64_t row1) {
    const Blocks blocks = Blocks::cut(row1 - row0, pairs.m, pairs.pair_cost);
    Workspace<T> space(pairs, 2 * kTileSide * kTileColumns);
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
    const Writer<T> writer((row1 - row0) * (2 * n - row0 - row1) / 2);
    return parallel(blocks.count(), space.workers(), [&](int64_t block, int worker) {
        const int64_t i0 = row0 + block / blocks.across() * blocks.rows, i1 = std::min(row1, i0 + blocks.rows);
        const int64_t start = block % blocks.across() * blocks.columns, j1 = std::min(n, start + blocks.columns);
        T* own = space.own(worker);
        for_tiles(i0, i1, std::max(start, i0 + 1), j1, [&](int64_t a0, int64_t a1, int64_t b0, int64_t b1) {
            pairs.tile(pairs.self, a0, a1, b0, b1, own, kTileColumns, space.scratch(worker));
            for (int64_t i = a0; i < a1; ++i) {
                const int64_t j = std::max(b0, i + 1);
                if (j < b1)
                    writer.row(own + (i - a0) * kTileColumns + (j - b0), b1 - j, out + condensed_index(n, i, j));
            }
        });
        writer.finish();
    });
}

template bool fill_square(const Pairs<float>&, float*, int64_t, int64_t);
template bool fill_square(const Pairs<double>&, double*, int64_t, int64_t);
template bool fill_condensed(const Pairs<float>&, float*, int64_t, int64_t);
template bool fill_condensed(const Pairs<double>&, double*, int64_t, int64_t);

}  // namespace ganglion
