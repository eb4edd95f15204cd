// Greedy k-means++ and the running D^2 it shares with k-means||.
#pragma once
#include <limits>

#include "lloyd.hpp"

namespace ganglion {

template <class T> class Seeder {
  public:
    Seeder(Rows<T> rows, const double* weights, const T* shift)
        : rows_(rows), weights_(weights), shift_(shift), block_(block_rows(rows.n, rows.d, 16)) {
        const size_t n = size_t(rows.n), blocks = size_t(n_blocks(rows.n, block_));
        nearest.assign(n, std::numeric_limits<double>::infinity());
        owner.assign(n, 0);
        hopes_.assign(n, 0);
        block_sums_.assign(blocks, 0);
        any_hopes_.assign(blocks, 0);
        gains_.resize(blocks * kMostCandidates);
        slack_.resize(blocks * kMostCandidates);
        stride_ = ((rows.d + line() - 1) / line() | 1) * line();
    }

    // Takes row i as the next seed whatever it gains. False when a signal handler raised.
    bool take(int64_t i) {
        push_seed(i);
        return measure_rows() && update(nullptr, 0);
    }

    // Sketches all rows, which are dense, by `map` (its panels are filled in here) with `directions`
    // (map.directions, d). Only ever saves time; keeps none where they would tell nothing. False when a signal handler
    // raised.
    bool sketch(SketchMap<T> map, const T* directions) {
        const int64_t d = rows_.d, lanes = tiles<T>().lanes;
        std::vector<T> panels(size_t(kSketch * d));
        for (int64_t j = 0; j < map.directions; ++j)
            for (int64_t f = 0; f < d; ++f)
                panels[size_t((j / lanes * d + f) * lanes + j % lanes)] = directions[j * d + f];
        map.panels = panels.data();
        sketches_.assign(size_t((rows_.n + kSketchRows - 1) / kSketchRows * kSketchRows * kSketch), 0);
        std::vector<double> errors(size_t(n_blocks(rows_.n, block_)));
        const int workers = get_num_threads();
        scratch_.reserve(workers, tiles<T>().sketch_scratch_bytes(d));
        const bool finished = parallel(n_blocks(rows_.n, block_), workers, [&](int64_t b, int worker) {
            errors[size_t(b)] =
                tiles<T>().sketch_block(rows_, map, weights_, b * block_, std::min(rows_.n, (b + 1) * block_),
                                        sketches_.data(), scratch_[worker]);
        });
        const double most = *std::max_element(errors.begin(), errors.end());
        test_.rows = sketches_.data();
        test_.margin = float(2.001 * most);
        test_.stretch = float(std::sqrt(1 + 1.1 * map.skew) / map.unit * (1 + 1e-5));
        if (!(most < 64) || !(map.skew < 0.01)) sketches_.clear();
        idle_.assign(errors.size(), 0);
        return finished;
    }

    // The seeds so far, one row index each.
    const std::vector<int64_t>& seeds() const { return seeds_; }

    // Sum of weight x squared distance to the nearest seed.
    double potential() const {
        double sum = 0;
        for (double s : block_sums_) sum += s;
        return sum;
    }

    // The row at which the running sum of weight x D^2 passes `target`.
    int64_t locate(double target) const {
        double before = 0;
        int64_t last = -1;
        for (size_t b = 0; b < block_sums_.size(); ++b) {
            if (block_sums_[b] <= 0) continue;
            const int64_t begin = int64_t(b) * block_, end = std::min(rows_.n, begin + block_);
            if (before + block_sums_[b] > target || last_block(b)) {
                for (int64_t i = begin; i < end; ++i) {
                    const double mass = (weights_ ? weights_[i] : 1.0) * nearest[size_t(i)];
                    if (mass <= 0) continue;
                    before += mass;
                    last = i;
                    if (before > target) return i;
                }
                return last;
            }
            before += block_sums_[b];
        }
        return last;
    }

    // Takes the candidate that lowers the potential most (the first of equals). -1 when a signal handler raised.
    int64_t take_best(const int64_t* candidates, int64_t n_candidates) {
        int64_t winner = candidates[0];
        double best_gain = -1;
        for (int64_t c = 0; c < n_candidates; c += kMostCandidates) {
            const int64_t m = std::min<int64_t>(kMostCandidates, n_candidates - c);
            double gain = 0;
            const int64_t found = best_of(candidates + c, m, n_candidates > kMostCandidates, &gain);
            if (found < 0) return -1;
            if (c == 0 || gain > best_gain) best_gain = gain, winner = candidates[c + found], bit_ = 1u << found;
        }
        push_seed(winner);
        // Hopes are those of the last group of candidates: with several groups every row is looked at.
        return update(n_candidates <= kMostCandidates ? hopes_.data() : nullptr, bit_) ? winner : -1;
    }

    // Adds a batch of centres (m, d) at once, numbered on from `first`. False when a signal handler raised.
    bool absorb(const T* batch, int64_t m, int32_t first) {
        const Centers<T>& c = packed_.pack(batch, shift_, m, rows_.d);
        const int workers = get_num_threads();
        scratch_.reserve(workers, tiles<T>().scratch_bytes(rows_.d, m, block_));
        return parallel(n_blocks(rows_.n, block_), workers, [&](int64_t b, int worker) {
            const int64_t begin = b * block_, end = std::min(rows_.n, begin + block_);
            tiles<T>().absorb_block(rows_, c, begin, end, nearest.data(), owner.data(), first, scratch_[worker]);
            sum_block(b);
        });
    }

    std::vector<double> nearest;
    std::vector<int32_t> owner;

  private:
    static constexpr int64_t line() { return 64 / int64_t(sizeof(T)); }

    bool last_block(size_t b) const {
        for (size_t e = b + 1; e < block_sums_.size(); ++e)
            if (block_sums_[e] > 0) return false;
        return true;
    }

    void push_seed(int64_t i) {
        seeds_.push_back(i);
        const size_t d = size_t(rows_.d), at = raw_.size();
        std::vector<T> dense(d);
        const T* x = definitions<T>().dense_row(rows_, i, dense.data());
        raw_.insert(raw_.end(), x, x + d);
        centred_.resize((seeds_.size() + 16) * size_t(stride_));
        double square = 0;
        for (size_t f = 0; f < d; ++f) {
            const T v = raw_[at + f] - shift_[f];
            centred_[(seeds_.size() - 1) * size_t(stride_) + f] = v;
            square += double(v) * double(v);
        }
        squares_.push_back(T(square));
    }

    bool unshifted() const {
        return !rows_.sparse() && std::all_of(shift_, shift_ + rows_.d, [](T s) { return s == 0; });
    }

    void sum_block(int64_t b) {
        const int64_t begin = b * block_, end = std::min(rows_.n, begin + block_);
        block_sums_[size_t(b)] = isa().definitions->weighted_sum(nearest.data() + begin,
                                                                 weights_ ? weights_ + begin : nullptr, end - begin);
    }

    bool measure_rows() {
        if (!squares_of_rows_.empty()) return true;
        squares_of_rows_.resize(size_t(rows_.n));
        const int workers = get_num_threads();
        scratch_.reserve(workers, (2 * rows_.d + 128) * int64_t(sizeof(T)));
        return parallel(n_blocks(rows_.n, block_), workers, [&](int64_t b, int worker) {
            tiles<T>().row_squares(rows_, shift_, b * block_, std::min(rows_.n, (b + 1) * block_),
                                   squares_of_rows_.data(), scratch_[worker]);
        });
    }

    bool update(const uint16_t* hopes, uint32_t bit) {
        const int32_t index = int32_t(seeds_.size()) - 1;
        const T* seed = raw_.data() + size_t(index) * size_t(rows_.d);
        const int workers = get_num_threads();
        scratch_.reserve(workers, 8 * rows_.d * int64_t(sizeof(T)));
        return parallel(n_blocks(rows_.n, block_), workers, [&](int64_t b, int worker) {
            if (hopes && !(any_hopes_[size_t(b)] & bit)) return;
            const int64_t begin = b * block_, end = std::min(rows_.n, begin + block_);
            definitions<T>().update_nearest(rows_, seed, hopes, bit, begin, end, nearest.data(), owner.data(), index,
                                            reinterpret_cast<T*>(scratch_[worker]));
            sum_block(b);
        });
    }

    // Index of the best of at most kMostCandidates; where two are level within the error, the exact gains decide. The
    // gain is exact where `exactly`. -1 when a signal handler raised.
    int64_t best_of(const int64_t* candidates, int64_t m, bool exactly, double* best_gain) {
        std::vector<T> raw(size_t(m * rows_.d)), dense(size_t(rows_.d));
        for (int64_t c = 0; c < m; ++c) {
            const T* x = definitions<T>().dense_row(rows_, candidates[c], dense.data());
            std::copy(x, x + rows_.d, raw.begin() + c * rows_.d);
        }
        if (!weigh(candidates, m, raw.data())) return -1;
        std::vector<double> gain(size_t(m), 0.0), slack(size_t(m), 0.0);
        for (size_t b = 0; b < block_sums_.size(); ++b)
            for (size_t c = 0; c < size_t(m); ++c) {
                gain[c] += gains_[b * kMostCandidates + c];
                slack[c] += slack_[b * kMostCandidates + c];
            }
        double floor = 0;
        for (size_t c = 0; c < size_t(m); ++c) floor = std::max(floor, gain[c] - slack[c]);
        std::vector<size_t> level;
        for (size_t c = 0; c < size_t(m); ++c) {
            const auto same = [&](size_t e) { return candidates[e] == candidates[c]; };
            if (gain[c] + slack[c] >= floor && std::none_of(level.begin(), level.end(), same)) level.push_back(c);
        }
        size_t winner = level.front();
        double most = gain[winner];
        for (size_t e = 0; (exactly || level.size() > 1) && e < level.size(); ++e) {
            double exact = 0;
            if (!exact_gain(raw.data() + level[e] * size_t(rows_.d), 1u << level[e], &exact)) return -1;
            if (e == 0 || exact > most) most = exact, winner = level[e];
        }
        *best_gain = most;
        bit_ = 1u << winner;
        return int64_t(winner);
    }

    // Gains, slack and hopes of every block for m candidates, raw (m, d). False when a signal handler raised.
    bool weigh(const int64_t* candidates, int64_t m, const T* raw) {
        const TilesOf<T>& kernels = tiles_for<T>(int(m));
        const Centers<T>& packed = packed_.pack_for(kernels, raw, shift_, m, rows_.d);
        apart_.resize(seeds_.size());
        kernels.seed_apart(centred_.data(), int64_t(seeds_.size()), stride_, squares_.data(), packed, apart_.data());
        const int workers = get_num_threads();
        const int64_t lists = (2 * block_ * int64_t(sizeof(int32_t)) + 63) / 64 * 64;
        const int64_t dense = 8 * rows_.d * int64_t(sizeof(T));
        scratch_.reserve(workers, std::max(lists + kernels.seed_scratch_bytes(rows_.d), dense));
        Seeding<T> job{rows_, packed, nearest.data(), owner.data(), apart_.data(), squares_of_rows_.data(), unshifted(),
                       weights_, block_, nullptr, nullptr, gains_.data(), slack_.data(), hopes_.data(),
                       any_hopes_.data()};
        if (!sketches_.empty()) {
            compare_with(candidates, m);
            job.sketch = &test_, job.idle = idle_.data();
        }
        return parallel(n_blocks(rows_.n, block_), workers, [&](int64_t b, int worker) {
            int32_t* index = reinterpret_cast<int32_t*>(scratch_[worker]);
            const int64_t count = tiles<T>().find_hopeful(job, b, index);
            kernels.seed_gains(job, b, index, count, scratch_[worker] + lists);
        });
    }

    // The sketches of the candidates, for the rows' to be compared with.
    void compare_with(const int64_t* candidates, int64_t m) {
        for (int64_t c = 0; c < m; ++c) {
            const int64_t i = candidates[c];
            const int8_t* q = sketches_.data() + sketch_row(i);
            const auto pair = [&](int f) {
                return int32_t(uint16_t(q[sketch_place(f)])) | q[sketch_place(f + 2)] * 65536;
            };
            int32_t square = 0;
            for (int f = 0; f < kSketch; ++f) square += q[sketch_place(f)] * q[sketch_place(f)];
            for (int f = 0; f < kSketch; f += 4)
                test_.candidates[c][f / 2] = pair(f), test_.candidates[c][f / 2 + 1] = pair(f + 1);
            test_.half_squares[c] = square / 2;
        }
    }

    bool exact_gain(const T* seed, uint32_t bit, double* out) {
        const int64_t blocks = n_blocks(rows_.n, block_);
        std::vector<double> parts(size_t(blocks), 0.0);
        const bool finished = parallel(blocks, get_num_threads(), [&](int64_t b, int worker) {
            const int64_t begin = b * block_, end = std::min(rows_.n, begin + block_);
            parts[size_t(b)] =
                definitions<T>().exact_gain(rows_, seed, hopes_.data(), bit, nearest.data(), weights_, begin, end,
                                            reinterpret_cast<T*>(scratch_[worker]));
        });
        for (double p : parts) *out += p;
        return finished;
    }

    Rows<T> rows_;
    const double* weights_;
    const T* shift_;
    int64_t block_;
    int64_t stride_ = 0;
    uint32_t bit_ = 0;
    std::vector<int64_t> seeds_;
    std::vector<T> raw_, centred_, squares_, apart_, squares_of_rows_;
    std::vector<uint16_t> hopes_, any_hopes_;
    std::vector<int8_t> sketches_;  // groups of kSketchRows rows; empty: there are none
    std::vector<uint8_t> idle_;
    SketchTest test_;
    std::vector<double> block_sums_, gains_, slack_;
    PackedCenters<T> packed_;
    Scratch scratch_;
};

}  // namespace ganglion
