#include <cmath>

#include "distance_blocks.hpp"
#include "distance_drivers.hpp"

namespace ganglion {
namespace {

// With more clusters than this the sums of a block are no longer in the second cache.
constexpr int64_t kMostClusters = 256;
constexpr int64_t kLeastSide = 8, kMostSide = 512;

// Every distance once, for both of its items. Blocks of items meet two by two as in a tournament: in a round every block
// meets one other, so that no two workers add to the same sums, and a block's sums are added in the order of the rounds,
// whoever computes them.
template <class T> class Tournament {
  public:
    Tournament(const Pairs<T>& pairs, const int32_t* labels, int64_t k, double* out)
        : pairs_(pairs), labels_(labels), k_(k), out_(out),
          side_(side(pairs.n, pairs.pair_cost)),
          n_blocks_(divide_up(pairs.n, side_)),
          seats_(n_blocks_ + n_blocks_ % 2),
          space_(pairs, 2 * kTileSide * kTileColumns),
          sums_(space_.workers() * 2 * side_ * k) {}

    bool run() {
        bool finished = parallel(n_blocks_, space_.workers(), [&](int64_t block, int w) { meet(block, block, w); });
        for (int64_t round = 0; finished && round + 1 < seats_; ++round)
            finished = parallel(seats_ / 2, space_.workers(), [&](int64_t table, int worker) {
                const int64_t others = seats_ - 1;
                const int64_t a = table == 0 ? others : (round + table) % others;
                const int64_t b = (round - table + others) % others;
                if (a < n_blocks_ && b < n_blocks_) meet(std::min(a, b), std::max(a, b), worker);
            });
        return finished;
    }

  private:
    // Some thirty blocks at least, and a meeting of kBlockCost at most.
    static int64_t side(int64_t n, double pair_cost) {
        const int64_t few = std::clamp<int64_t>(divide_up(n / 32, kTileSide) * kTileSide, kTileSide, kMostSide);
        return std::clamp<int64_t>(int64_t(std::sqrt(kBlockCost / std::max(pair_cost, 0.1))), kLeastSide, few);
    }

    // Rows [a0, a1) of distances to columns [b0, b1), added to the sums (k, side) of a block that begins at `first`.
    void add(const T* tile, int64_t stride, int64_t a0, int64_t a1, int64_t b0, int64_t b1, int64_t first,
             double* sums) const {
        for (int64_t i = a0; i < a1; ++i)
            kernels_.add_to(tile + (i - a0) * stride, b1 - b0, sums + labels_[i] * side_ + (b0 - first));
    }

    void meet(int64_t a, int64_t b, int worker) {
        const int64_t i0 = a * side_, i1 = std::min(pairs_.n, i0 + side_);
        const int64_t j0 = b * side_, j1 = std::min(pairs_.n, j0 + side_);
        T *own = space_.own(worker), *turned = own + kTileSide * kTileColumns;
        double *of_rows = sums_.data() + worker * 2 * side_ * k_, *of_columns = of_rows + side_ * k_;
        for_tiles(i0, i1, j0, j1, [&](int64_t a0, int64_t a1, int64_t b0, int64_t b1) {
            pairs_.tile(pairs_.self, a0, a1, b0, b1, own, kTileColumns, space_.scratch(worker));
            add(own, kTileColumns, a0, a1, b0, b1, j0, of_columns);
            if (a == b) return;
            kernels_.turn(own, a1 - a0, b1 - b0, kTileColumns, turned, kTileSide);
            add(turned, kTileSide, b0, b1, a0, a1, i0, of_rows);
        });
        hand_over(of_columns, j0, j1);
        if (a != b) hand_over(of_rows, i0, i1);
    }

    // Adds the sums of a block to the result and leaves zeros.
    void hand_over(double* sums, int64_t begin, int64_t end) const {
        for (int64_t i = begin; i < end; ++i)
            for (int64_t l = 0; l < k_; ++l) {
                out_[i * k_ + l] += sums[l * side_ + i - begin];
                sums[l * side_ + i - begin] = 0;
            }
    }

    const Pairs<T>& pairs_;
    const int32_t* labels_;
    int64_t k_;
    double* out_;
    int64_t side_, n_blocks_, seats_;
    Workspace<T> space_;
    Numbers<double> sums_;  // [worker][of the rows, of the columns][cluster][item]
    const DistanceKernelsOf<T>& kernels_ = distance_kernels<T>();
};

// Row by row, column after column.
template <class T> bool sum_rows(const Pairs<T>& pairs, const int32_t* labels, int64_t k, double* out) {
    const Blocks blocks = Blocks::cut(pairs.n, pairs.m, pairs.pair_cost);
    Workspace<T> space(pairs, kTileSide * kTileColumns);
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

}  // namespace

template <class T> bool cluster_sums(const Pairs<T>& pairs, const int32_t* labels, int64_t k, double* out) {
    std::fill(out, out + pairs.n * k, 0.0);
    if (pairs.symmetric && k <= kMostClusters) return Tournament<T>(pairs, labels, k, out).run();
    return sum_rows(pairs, labels, k, out);
}

template bool cluster_sums(const Pairs<float>&, const int32_t*, int64_t, double*);
template bool cluster_sums(const Pairs<double>&, const int32_t*, int64_t, double*);

}  // namespace ganglion
