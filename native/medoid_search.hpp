// FasterPAM (Schubert and Rousseeuw 2021, algorithm 4) over any Pairs: candidates one after the other, and the first swap
// that lowers the loss is made at once.
//
// Batches of candidates are judged side by side against one state; the first that improves it is taken and the rest
// judged again. A candidate is judged by the state alone, so the answer is that of one candidate after the other,
// whatever the size of a batch and whoever judges it.
#pragma once
#include <Python.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "isa.hpp"
#include "pool.hpp"

namespace ganglion {

template <class T> const MedoidKernelsOf<T>& medoid_kernels();
template <> inline const MedoidKernelsOf<float>& medoid_kernels() { return isa().medoids->f32; }
template <> inline const MedoidKernelsOf<double>& medoid_kernels() { return isa().medoids->f64; }

constexpr int64_t kMedoidColumns = 2048;    // of a tile: 16 rows of it stay in the second level of the cache
constexpr int64_t kMedoidItems = 8192;      // of a block of work that an item costs little of
constexpr int64_t kMedoidManyItems = 65536;
constexpr double kMedoidBlock = 2e6;        // of work, in units of Pairs::pair_cost: some milliseconds
constexpr double kMedoidWorthwhile = 3e5;   // below this, waking a thread costs more than it saves

// Whether work may go on: a signal that came between two calls of the pool, each too short to look for one, is served.
inline bool served() { return PyErr_CheckSignals() == 0; }

// The lanes of a sum, in their order.
inline double sum_of_lanes(const double* lanes) {
    double total = 0;
    for (int64_t l = 0; l < kMedoidLanes; ++l) total += lanes[l];
    return total;
}

// Rows of distances, tile after tile: `use(row, i, j0, j1)` gets row i's columns [j0, j1), every tile of a row in order.
template <class T> class RowReader {
  public:
    explicit RowReader(const Pairs<T>& pairs) : pairs_(pairs) {}

    template <class F> void read(int64_t i0, int64_t i1, F&& use) {
        if (pairs_.square) {
            for (int64_t i = i0; i < i1; ++i) use(pairs_.square + i * pairs_.m, i, int64_t(0), pairs_.m);
            return;
        }
        prepare(i1 - i0);
        for (int64_t j0 = 0; j0 < pairs_.m; j0 += kMedoidColumns) {
            const int64_t j1 = std::min(pairs_.m, j0 + kMedoidColumns);
            pairs_.tile(pairs_.self, i0, i1, j0, j1, tile_.data(), kMedoidColumns, scratch_);
            for (int64_t i = i0; i < i1; ++i) use(tile_.data() + (i - i0) * kMedoidColumns, i, j0, j1);
        }
    }

    // One tile into the caller's memory.
    void tile(int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride) {
        prepare(0);
        pairs_.tile(pairs_.self, i0, i1, j0, j1, out, stride, scratch_);
    }

  private:
    void prepare(int64_t rows) {
        if (bytes_.empty()) {
            bytes_.resize(size_t(pairs_.scratch_bytes) + 64);
            scratch_ = bytes_.data() + (64 - reinterpret_cast<uintptr_t>(bytes_.data()) % 64) % 64;
        }
        if (int64_t(tile_.size()) < rows * kMedoidColumns) tile_.resize(size_t(rows * kMedoidColumns));
    }

    Pairs<T> pairs_;
    std::vector<T> tile_;
    std::vector<char> bytes_;
    char* scratch_ = nullptr;
};

template <class T> std::vector<RowReader<T>> readers(const Pairs<T>& pairs, int workers) {
    return std::vector<RowReader<T>>(size_t(workers), RowReader<T>(pairs));
}

// How many rows make a block of some milliseconds.
template <class T> int64_t rows_of_block(const Pairs<T>& pairs) {
    const double row = std::max(1.0, double(pairs.m) * (0.2 + (pairs.square ? 0 : pairs.pair_cost)));
    return std::clamp<int64_t>(int64_t(kMedoidBlock / row), 1, 16);
}

template <class T> class MedoidSearch {
  public:
    // `medoids` (k,), k >= 2, all different. `weights` (n,) or null; an item of weight 0 is never a medoid.
    MedoidSearch(const Pairs<T>& pairs, const int64_t* medoids, int64_t k, const double* weights)
        : pairs_(pairs), n_(pairs.n), k_(k), medoids_(medoids, medoids + k), weights_(weights),
          is_medoid_(size_t(n_)), first_(size_t(n_)), second_(size_t(n_)), nearest_(size_t(n_)), runner_up_(size_t(n_)),
          removal_(size_t(k)), rows_(size_t(k)) {
        if (!pairs.square) copies_.resize(size_t(k * n_));
    }

    bool begin() {
        for (int64_t s = 0; s < k_; ++s) {
            is_medoid_[size_t(medoids_[size_t(s)])] = 1;
            if (!fetch_row(s)) return false;
        }
        if (!items([&](int64_t i) { find_two(i); })) return false;
        add_up();
        return true;
    }

    // Judges up to `count` candidates, going on where the last call ended and beginning again at the end; ends early once
    // every item has been judged against the present medoids. False when a signal handler raised.
    bool scan(int64_t count) {
        int64_t batch = 1;
        while (count > 0 && !converged()) {
            const int64_t size = std::min({batch, count, n_ - unchanged_, n_ - cursor_});
            if (!judge(size)) return false;
            const int64_t found = first_improving(size);
            const int64_t judged = found < 0 ? size : found + 1;
            if (found >= 0) {
                const Verdict verdict = verdicts_[size_t(found)];
                if (!swap(verdict.slot, cursor_ + found)) return false;
                batch = std::max<int64_t>(1, batch / 4);
                unchanged_ = 1;
            } else {
                unchanged_ += size;
                batch = std::min<int64_t>(2 * batch, 4096);
            }
            cursor_ = (cursor_ + judged) % n_;
            count -= judged;
        }
        return true;
    }

    // Judges the candidates listed, in their order, and makes every swap that improves. False as in scan.
    bool offer(const int64_t* candidates, int64_t count) {
        for (int64_t c = 0; c < count; ++c) {
            cursor_ = candidates[c];
            if (!judge(1)) return false;
            if (first_improving(1) == 0 && !swap(verdicts_[0].slot, cursor_)) return false;
        }
        cursor_ = 0;
        return true;
    }

    bool converged() const { return unchanged_ >= n_; }
    double loss() const { return loss_; }
    int64_t n_swaps() const { return n_swaps_; }
    int64_t n_judged() const { return n_judged_; }
    const std::vector<int64_t>& medoids() const { return medoids_; }
    const std::vector<T>& first() const { return first_; }
    const std::vector<T>& second() const { return second_; }
    const std::vector<int32_t>& nearest() const { return nearest_; }

  private:
    struct Verdict {
        double change;
        int32_t slot;
    };

    MedoidView<T> view() const { return {first_.data(), second_.data(), nearest_.data(), weights_}; }

    // verdicts_[e] = the best swap with candidate cursor_ + e.
    bool judge(int64_t size) {
        verdicts_.resize(size_t(size));
        const int64_t rows = std::min(rows_of_block(pairs_), std::max<int64_t>(1, size / 2));
        const double work = double(size) * double(n_) * (0.2 + (pairs_.square ? 0 : pairs_.pair_cost));
        const int workers = work < kMedoidWorthwhile ? 1 : get_num_threads();
        while (int(readers_.size()) < workers) readers_.emplace_back(pairs_), sums_.emplace_back();
        n_judged_ += size;
        return parallel((size + rows - 1) / rows, workers, [&](int64_t block, int worker) {
            const int64_t e0 = block * rows;
            judge_rows(e0, std::min(size, e0 + rows), worker);
        });
    }

    void judge_rows(int64_t e0, int64_t e1, int worker) {
        const int64_t stride = kMedoidLanes + k_;
        std::vector<double>& sums = sums_[size_t(worker)];
        sums.assign(size_t((e1 - e0) * stride), 0.0);
        const auto kernel = medoid_kernels<T>().swap_gains;
        const MedoidView<T> state = view();
        readers_[size_t(worker)].read(cursor_ + e0, cursor_ + e1, [&](const T* row, int64_t i, int64_t j0, int64_t j1) {
            double* lanes = sums.data() + (i - cursor_ - e0) * stride;
            kernel(row, state, j0, j1, lanes, lanes + kMedoidLanes);
        });
        for (int64_t e = e0; e < e1; ++e) verdicts_[size_t(e)] = verdict(sums.data() + (e - e0) * stride);
    }

    Verdict verdict(const double* lanes) const {
        Verdict best{std::numeric_limits<double>::infinity(), 0};
        for (int64_t s = 0; s < k_; ++s) {
            const double change = lanes[kMedoidLanes + s] + removal_[size_t(s)];
            if (change < best.change) best = {change, int32_t(s)};
        }
        best.change += sum_of_lanes(lanes);
        return best;
    }

    int64_t first_improving(int64_t size) const {
        for (int64_t e = 0; e < size; ++e) {
            const size_t i = size_t(cursor_ + e);
            if (is_medoid_[i] || (weights_ && weights_[i] == 0)) continue;
            if (verdicts_[size_t(e)].change < -noise_) return e;
        }
        return -1;
    }

    bool swap(int64_t slot, int64_t candidate) {
        is_medoid_[size_t(medoids_[size_t(slot)])] = 0;
        is_medoid_[size_t(candidate)] = 1;
        medoids_[size_t(slot)] = candidate;
        ++n_swaps_;
        if (!fetch_row(slot)) return false;
        const T* row = rows_[size_t(slot)];
        if (!items([&](int64_t i) { move(i, int32_t(slot), row[i]); })) return false;
        add_up();
        return true;
    }

    // Item i's two nearest medoids after the medoid of `slot` has gone elsewhere, to distance d.
    void move(int64_t i, int32_t slot, T d) {
        T &first = first_[size_t(i)], &second = second_[size_t(i)];
        int32_t &nearest = nearest_[size_t(i)], &runner_up = runner_up_[size_t(i)];
        if (nearest == slot) {
            if (d <= second) {
                first = d;
                return;
            }
            nearest = runner_up;
            first = second;
            find_second(i);
        } else if (d < first) {
            second = first;
            runner_up = nearest;
            first = d;
            nearest = slot;
        } else if (runner_up == slot && d > second) {
            find_second(i);
        } else if (d < second || runner_up == slot) {
            second = d;
            runner_up = slot;
        }
    }

    void find_second(int64_t i) {
        const int32_t nearest = nearest_[size_t(i)];
        int32_t best = nearest == 0 ? 1 : 0;
        for (int32_t s = best + 1; s < k_; ++s)
            if (s != nearest && rows_[size_t(s)][i] < rows_[size_t(best)][i]) best = s;
        runner_up_[size_t(i)] = best;
        second_[size_t(i)] = rows_[size_t(best)][i];
    }

    void find_two(int64_t i) {
        int32_t best = 0;
        for (int32_t s = 1; s < k_; ++s)
            if (rows_[size_t(s)][i] < rows_[size_t(best)][i]) best = s;
        nearest_[size_t(i)] = best;
        first_[size_t(i)] = rows_[size_t(best)][i];
        find_second(i);
    }

    // The loss, and what the removal of each medoid would add to it.
    void add_up() {
        double lanes[kMedoidLanes] = {}, total = 0;
        medoid_kernels<T>().gains(first_.data(), nullptr, weights_, 0, n_, lanes);
        loss_ = sum_of_lanes(lanes);
        std::fill(removal_.begin(), removal_.end(), 0.0);
        for (int64_t i = 0; i < n_; ++i) {
            const double apart = double(second_[size_t(i)]) - double(first_[size_t(i)]);
            removal_[size_t(nearest_[size_t(i)])] += weights_ ? weights_[i] * apart : apart;
        }
        for (const double loss : removal_) total += loss;
        // A change below the rounding of its own sum is none: without this, swaps between equals could go round for ever.
        noise_ = (double(n_) / 4 + 64) * 0x1p-53 * (loss_ + total);
    }

    // f(i) for every item, in blocks where there are many.
    template <class F> bool items(F&& f) {
        const int workers = n_ < kMedoidManyItems ? 1 : get_num_threads();
        return parallel((n_ + kMedoidItems - 1) / kMedoidItems, workers, [&](int64_t block, int) {
            for (int64_t i = block * kMedoidItems; i < std::min(n_, (block + 1) * kMedoidItems); ++i) f(i);
        });
    }

    bool fetch_row(int64_t slot) {
        const int64_t i = medoids_[size_t(slot)];
        if (pairs_.square) {
            rows_[size_t(slot)] = pairs_.square + i * pairs_.m;
            return true;
        }
        T* row = copies_.data() + slot * n_;
        rows_[size_t(slot)] = row;
        const int workers = double(n_) * pairs_.pair_cost < kMedoidWorthwhile ? 1 : get_num_threads();
        while (int(readers_.size()) < workers) readers_.emplace_back(pairs_), sums_.emplace_back();
        return parallel((n_ + kMedoidColumns - 1) / kMedoidColumns, workers, [&](int64_t block, int worker) {
            const int64_t j0 = block * kMedoidColumns, j1 = std::min(n_, j0 + kMedoidColumns);
            readers_[size_t(worker)].tile(i, i + 1, j0, j1, row + j0, kMedoidColumns);
        });
    }

    Pairs<T> pairs_;
    int64_t n_, k_;
    std::vector<int64_t> medoids_;
    const double* weights_;
    std::vector<char> is_medoid_;
    std::vector<T> first_, second_;
    std::vector<int32_t> nearest_, runner_up_;
    std::vector<double> removal_;
    std::vector<const T*> rows_;  // (k,) of (n,): distances from each medoid
    std::vector<T> copies_;
    std::vector<RowReader<T>> readers_;
    std::vector<std::vector<double>> sums_;  // of each worker
    std::vector<Verdict> verdicts_;
    int64_t cursor_ = 0, unchanged_ = 0, n_swaps_ = 0, n_judged_ = 0;
    double loss_ = 0, noise_ = 0;
};

}  // namespace ganglion
