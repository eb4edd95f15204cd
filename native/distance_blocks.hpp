// How the drivers cut their work, and what each worker has to do it with.
#pragma once
#include <algorithm>

#include "isa.hpp"
#include "pairs.hpp"
#include "pool.hpp"
#include "train_memory.hpp"

namespace ganglion {

template <class T> const DistanceKernelsOf<T>& distance_kernels();
template <> inline const DistanceKernelsOf<float>& distance_kernels() { return isa().distances->f32; }
template <> inline const DistanceKernelsOf<double>& distance_kernels() { return isa().distances->f64; }

constexpr double kBlockCost = 4e6;     // nanoseconds: an interrupt is heard soon, and taking up a block costs nothing
constexpr int64_t kTileSide = 64;      // rows of a tile at most
constexpr int64_t kTileColumns = 128;  // columns of a tile: 64 kB of float64, in the second cache

inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Blocks of `rows` x `columns` pairs of an (n, m) matrix, numbered row after row. They depend on the data alone.
struct Blocks {
    int64_t n, m, rows, columns;

    static Blocks cut(int64_t n, int64_t m, double pair_cost) {
        const int64_t pairs = std::max<int64_t>(1, int64_t(kBlockCost / std::max(pair_cost, 0.1)));
        int64_t rows = kTileSide;
        while (rows > 8 && rows * m > pairs) rows /= 2;
        while (rows > 1 && rows * kTileColumns > pairs) rows /= 2;
        const int64_t columns = std::max<int64_t>(1, pairs / rows);
        return {n, m, rows, columns < kTileColumns ? columns : columns / kTileColumns * kTileColumns};
    }
    int64_t across() const { return divide_up(m, columns); }
    int64_t down() const { return divide_up(n, rows); }
    int64_t count() const { return across() * down(); }
};

// Memory of every worker: `own` values of T, and what the pairs ask for.
template <class T> class Workspace {
  public:
    Workspace(const Pairs<T>& pairs, int64_t own)
        : workers_(get_num_threads()),
          own_(whole(own * int64_t(sizeof(T)), kLine)),
          each_(own_ + whole(pairs.scratch_bytes, kLine) + kLine),
          memory_(each_ * workers_) {}
    int workers() const { return workers_; }
    T* own(int worker) { return reinterpret_cast<T*>(memory_.data() + each_ * worker); }
    char* scratch(int worker) { return memory_.data() + each_ * worker + own_; }

  private:
    int workers_;
    int64_t own_, each_;
    Numbers<char> memory_;
};

// f(i0, i1, j0, j1) for tiles of at most kTileSide x kTileColumns that cover a block.
template <class F> void for_tiles(int64_t i0, int64_t i1, int64_t j0, int64_t j1, F&& f) {
    for (int64_t i = i0; i < i1; i += kTileSide)
        for (int64_t j = j0; j < j1; j += kTileColumns)
            f(i, std::min(i1, i + kTileSide), j, std::min(j1, j + kTileColumns));
}

}  // namespace ganglion
