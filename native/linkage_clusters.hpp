// The matrix of clusters: filled from tiles, contracted a round at a time, or followed along chains of nearest
// neighbours. It is square, so that a row is all that a cluster needs.
#pragma once
#include <cmath>
#include <cstring>

#include "linkage_memory.hpp"
#include "linkage_rounds.hpp"

namespace ganglion {

class ClusterMatrix {
  public:
    explicit ClusterMatrix(Forest& forest) : forest_(forest), rule_(forest.rule()) {
        m_ = forest.n_clusters();
        stride_ = (m_ + 1 + 7) / 8 * 8;
        values_ = Doubles(m_ * stride_);
        row_.resize(size_t(m_));
        for (int64_t i = 0; i < m_; ++i) row_[size_t(i)] = i;
        mass_ = forest.mass();
        lowest_.resize(size_t(m_));
        for (int64_t i = 0; i < m_; ++i) lowest_[size_t(i)] = forest.lowest(i);
        gone_.assign(size_t(m_), 0.0);
    }
    int64_t n_clusters() const { return live_; }

    // False when interrupted, here and below.
    template <class T> bool fill(const Pairs<T>& pairs) {
        const int64_t m = m_;
        const std::vector<double>& rank = forest_.rank;
        const bool squares = rule_ >= Linkage::ward;
        constexpr int64_t L = 8;  // rows that are written side by side
        live_ = m;
        nearest_.assign(size_t(m), {0, -1});
        const int64_t n_blocks = int64_t(forest_.blocks.size()) - 1;
        if (!each_tile(forest_, pairs, n_blocks, get_num_threads(), [&](const GroupTile<T>& tile, int) {
                const auto first = [&](int64_t g) {
                    return g < int64_t(forest_.groups.size()) ? forest_.groups[size_t(g)].cluster : m;
                };
                const int64_t c0 = first(tile.col0), c1 = first(tile.col1), r0 = first(tile.row0), r1 = first(tile.row1);
                const int64_t width = c1 - c0;
                if (squares)  // of items that weigh 1 the factor is 1
                    for (int64_t r = r0; r < r1; ++r)
                        for (int64_t c = c0; c < c1; ++c) {
                            const double a = mass_[size_t(rank[size_t(r)])], b = mass_[size_t(rank[size_t(c)])];
                            double& value = tile.out[(r - r0) * width + (c - c0)];
                            value *= value * (2 * (a * b) / (a + b));
                        }
                if (tile.row0 == tile.col0)  // computed both ways: one of them counts
                    for (int64_t r = 0; r < width; ++r)
                        for (int64_t c = 0; c < r; ++c) tile.out[r * width + c] = tile.out[c * width + r];
                for (int64_t r = r0; r < r1; ++r) {
                    double* to = row(int64_t(rank[size_t(r)]));
                    const double* from = tile.out + (r - r0) * width - c0;
                    for (int64_t c = c0; c < c1; ++c) to[int64_t(rank[size_t(c)])] = from[c];
                    if (tile.row0 != tile.col0) continue;
                    to[int64_t(rank[size_t(r)])] = std::numeric_limits<double>::infinity();
                    to[m] = 0;
                }
                if (tile.row0 == tile.col0) return;
                for (int64_t c = c0; c < c1; c += L) {
                    double* to[L];
                    const int64_t lanes = std::min(L, c1 - c);
                    for (int64_t l = 0; l < lanes; ++l) to[l] = row(int64_t(rank[size_t(c + l)]));
                    for (int64_t r = r0; r < r1; ++r) {
                        const int64_t i = int64_t(rank[size_t(r)]);
                        const double* from = tile.out + (r - r0) * width + (c - c0);
                        for (int64_t l = 0; l < lanes; ++l) to[l][i] = from[l];
                    }
                }
            }))
            return false;
        return parallel(m, get_num_threads(), [&](int64_t i, int) { nearest_[size_t(i)] = scan(i); });
    }

    // Merges all pairs that are each other's nearest and contracts the matrix. Returns how many, -1 when interrupted.
    int64_t contract() {
        std::vector<int64_t> first, second;
        for (int64_t i = 0; i < m_; ++i) {
            const int64_t j = nearest_[size_t(i)].index;
            if (j > i && nearest_[size_t(j)].index == i) {
                record(i, j, nearest_[size_t(i)].value);
                first.push_back(i);
                second.push_back(j);
            }
        }
        return shrink(first, second) ? int64_t(first.size()) : -1;
    }

    // Follows nearest neighbours until one cluster is left (Murtagh 1983): O(m^2), whatever the data.
    bool chain() {
        while (live_ > 1) {
            const auto worth_compaction = [&] { return m_ > 64 && 2 * live_ < m_; };
            if (worth_compaction() && !compact()) return false;
            if (!parallel(4 * live_, 1, [&](int64_t, int) {
                    for (int step = 0; step < 16 && live_ > 1 && !worth_compaction(); ++step) follow();
                }))
                return false;
        }
        return true;
    }

  private:
    double* row(int64_t i) const { return values_.data() + row_[size_t(i)] * stride_; }
    const double* aux() const { return rule_ == Linkage::average ? mass_.data() : gone_.data(); }
    Closest scan(int64_t i) const { return isa().linkage->scan_row(rule_, row(i), aux(), mass_[size_t(i)], m_); }

    void record(int64_t i, int64_t j, double value) {
        forest_.merges.push_back({lowest_[size_t(i)], lowest_[size_t(j)], rule_ >= Linkage::ward ? std::sqrt(std::max(value, 0.0)) : value});
    }

    // One step of the chain: the nearest cluster of its end joins it, or is merged with the end if it stands before it.
    void follow() {
        if (chain_.empty()) {
            chain_.push_back(first_but(-1));
        }
        const int64_t end = chain_.back();
        Closest found = scan(end);
        if (found.index < 0) found.index = first_but(end);
        if (chain_.size() > 1 && chain_[chain_.size() - 2] == found.index) {
            chain_.resize(chain_.size() - 2);
            join(std::min(end, found.index), std::max(end, found.index), found.value);
            return;
        }
        // Rounding can point back into the chain; it goes on from there, and ends, as pairs are totally ordered.
        const auto at = std::find(chain_.begin(), chain_.end() - 1, found.index);
        if (at != chain_.end() - 1) chain_.erase(at + 1, chain_.end());
        else chain_.push_back(found.index);
    }

    bool is_gone(int64_t i) const { return gone_[size_t(i)] != 0; }
    int64_t first_but(int64_t other) const {
        int64_t i = 0;
        while (is_gone(i) || i == other) ++i;
        return i;
    }

    void join(int64_t a, int64_t b, double value) {
        record(a, b, value);
        double *x = row(a), *y = row(b);
        isa().linkage->merge_rows(rule_, x, y, mass_.data(), {mass_[size_t(a)], mass_[size_t(b)], x[b]}, m_);
        x[a] = std::numeric_limits<double>::infinity();
        gone_[size_t(b)] = std::numeric_limits<double>::infinity();
        mass_[size_t(a)] += mass_[size_t(b)];
        mass_[size_t(b)] = 0;
        for (int64_t k = 0; k < m_; ++k)
            if (k != a && !is_gone(k)) row(k)[a] = x[k];
        --live_;
    }

    bool compact() {
        std::vector<int64_t> number(size_t(m_), -1);
        int64_t at = 0;
        for (int64_t i = 0; i < m_; ++i)
            if (!is_gone(i)) number[size_t(i)] = at++;
        for (auto& i : chain_) i = number[size_t(i)];
        return shrink({}, {});
    }

    // The matrix of the clusters that are left when second[p] has joined first[p].
    bool shrink(const std::vector<int64_t>& first, const std::vector<int64_t>& second) {
        std::vector<int64_t> other(size_t(m_), -1);
        for (size_t p = 0; p < first.size(); ++p) {
            other[size_t(first[p])] = second[p];
            gone_[size_t(second[p])] = 1;
        }
        std::vector<int32_t> left, right, lowest;
        std::vector<double> half, mass;
        std::vector<int64_t> rows;
        for (int64_t i = 0; i < m_; ++i) {
            if (is_gone(i)) continue;
            const int64_t j = other[size_t(i)];
            left.push_back(int32_t(i));
            right.push_back(int32_t(j < 0 ? m_ : j));
            half.push_back(j < 0 ? 1 : 0.5);
            mass.push_back(j < 0 ? mass_[size_t(i)] : mass_[size_t(i)] + mass_[size_t(j)]);
            rows.push_back(row_[size_t(i)]);
            lowest.push_back(lowest_[size_t(i)]);
        }
        const int64_t m = int64_t(left.size()), old = m_;
        gone_.assign(size_t(m), 0.0);
        const Contraction to{left.data(), right.data(), half.data(),
                             rule_ == Linkage::average ? mass.data() : gone_.data(), m};
        Scratch scratch;
        const int workers = get_num_threads();
        scratch.reserve(workers, (m + 8) * 8);
        std::vector<Closest> nearest(static_cast<size_t>(m));
        auto make = [&](int64_t i, int worker) {
            double* out = reinterpret_cast<double*>(scratch[worker]);
            const double* a = row(left[size_t(i)]);
            const double* b = right[size_t(i)] == old ? nullptr : row(right[size_t(i)]);
            nearest[size_t(i)] = isa().linkage->contract_row(rule_, a, b, to, i, out);
            std::memcpy(const_cast<double*>(a), out, size_t(m + 1) * sizeof(double));
        };
        const bool finished = parallel(m, workers, make);
        mass_.swap(mass);
        row_.swap(rows);
        lowest_.swap(lowest);
        nearest_.swap(nearest);
        m_ = live_ = m;
        return finished;
    }

    Forest& forest_;
    Linkage rule_;
    int64_t m_ = 0, live_ = 0, stride_ = 0;
    Doubles values_;
    std::vector<int64_t> row_;      // where the row of a cluster stands
    std::vector<double> mass_;      // 0 for a cluster that is gone
    std::vector<double> gone_;      // infinity for it
    std::vector<int32_t> lowest_;
    std::vector<Closest> nearest_;
    std::vector<int64_t> chain_;
};

}  // namespace ganglion
