#include "distance_blocks.hpp"
#include "distance_drivers.hpp"

namespace ganglion {

template <class T> bool cluster_sums(const Pairs<T>& pairs, const int32_t* labels, int64_t k, double* out) {
    const Blocks blocks = Blocks::cut(pairs.n, pairs.m, pairs.pair_cost);
    Workspace<T> space(pairs, kTileSide * kTileColumns);
    std::fill(out, out + pairs.n * k, 0.0);
    for (int64_t start = 0; start < pairs.m; start += blocks.columns) {
        const int64_t stop = std::min(pairs.m, start + blocks.columns);
        const bool finished = parallel(blocks.down(), space.workers(), [&](int64_t block, int worker) {
            T* own = space.own(worker);
            const int64_t r0 = block * blocks.rows, r1 = std::min(pairs.n, r0 + blocks.rows);
            for_tiles(r0, r1, start, stop, [&](int64_t i0, int64_t i1, int64_t j0, int64_t j1) {
                pairs.tile(pairs.self, i0, i1, j0, j1, own, kTileColumns, space.scratch(worker));
                for (int64_t i = i0; i < i1; ++i)
                    for (int64_t j = j0; j < j1; ++j)
                        out[i * k + labels[j]] += double(own[(i - i0) * kTileColumns + (j - j0)]);
            });
        });
        if (!finished) return false;
    }
    return true;
}

template bool cluster_sums(const Pairs<float>&, const int32_t*, int64_t, double*);
template bool cluster_sums(const Pairs<double>&, const int32_t*, int64_t, double*);

}  // namespace ganglion
