// Builds the tree of boxes over points (PointTree): halves by the widest feature, down to full leaves, three halvings a
// node. A pure function of the points: ties of a coordinate go by the item's number, and a leaf is in that order.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "pool.hpp"
#include "spanning_kernels.hpp"

namespace ganglion {

class PointTreeBuilder {
  public:
    // Points (m, d) of `x` in the rows `rows`. Returns false when a signal handler raised.
    bool build(const double* x, int64_t d, std::vector<int32_t> rows) {
        x_ = x, d_ = d, rows_ = std::move(rows);
        n_ = int64_t(rows_.size());
        return halve() && fill();
    }
    PointTree view() {
        return {n_, d_, int64_t(counts_.size()), blocks_.data(), boxes_.data(), children_.data(), counts_.data(),
                child_groups_.data(), groups_.data(), items_.data()};
    }

  private:
    struct Part {  // of the points, in whole leaves
        int64_t begin, end;
        int64_t left = -1, right = -1;  // parts; none for a leaf
        int64_t leaves() const { return (end - begin + kLeaf - 1) / kLeaf; }
    };
    struct Keyed {
        double key;
        int32_t row;
        bool operator<(const Keyed& other) const { return key != other.key ? key < other.key : row < other.row; }
    };

    // A level is halved in parallel; the first ones have few parts, and are a small share of the work.
    bool halve() {
        parts_.push_back({0, n_});
        box_of_.resize(size_t(2 * d_));
        std::vector<Keyed> keyed(static_cast<size_t>(n_));
        int64_t begin = 0;
        while (begin < int64_t(parts_.size())) {
            const int64_t end = int64_t(parts_.size());
            const bool done = parallel(end - begin, 1 << 20, [&](int64_t i, int) { split(begin + i, keyed.data()); });
            if (!done) return false;
            for (int64_t i = begin; i < end; ++i) {
                Part& part = parts_[size_t(i)];
                if (part.leaves() < 2) continue;
                const int64_t from = part.begin, middle = middle_of(part), to = part.end;
                part.left = int64_t(parts_.size()), part.right = part.left + 1;
                parts_.push_back({from, middle});
                parts_.push_back({middle, to});
            }
            box_of_.resize(parts_.size() * size_t(2 * d_));
            begin = end;
        }
        return true;
    }

    int64_t middle_of(const Part& part) const { return part.begin + part.leaves() / 2 * kLeaf; }

    // The part's box, and its points about the middle of the widest feature; a leaf's points in their own order.
    void split(int64_t i, Keyed* keyed) {
        const Part part = parts_[size_t(i)];
        double *low = box_of_.data() + 2 * i * d_, *high = low + d_;
        for (int64_t f = 0; f < d_; ++f) low[f] = __builtin_inf(), high[f] = -__builtin_inf();
        for (int64_t p = part.begin; p < part.end; ++p) {
            const double* x = x_ + rows_[size_t(p)] * d_;
            for (int64_t f = 0; f < d_; ++f) low[f] = std::min(low[f], x[f]), high[f] = std::max(high[f], x[f]);
        }
        if (part.leaves() < 2) return std::sort(rows_.begin() + part.begin, rows_.begin() + part.end);
        int64_t widest = 0;
        for (int64_t f = 1; f < d_; ++f)
            if (high[f] - low[f] > high[widest] - low[widest]) widest = f;
        for (int64_t p = part.begin; p < part.end; ++p)
            keyed[p] = {x_[rows_[size_t(p)] * d_ + widest], rows_[size_t(p)]};
        std::nth_element(keyed + part.begin, keyed + middle_of(part), keyed + part.end);
        for (int64_t p = part.begin; p < part.end; ++p) rows_[size_t(p)] = keyed[p].row;
    }

    // Parts that are at most three halvings below `part`.
    void gather(int64_t part, int halvings, std::vector<int64_t>& out) const {
        const Part& p = parts_[size_t(part)];
        if (p.left < 0 || halvings == 0) return out.push_back(part);
        gather(p.left, halvings - 1, out);
        gather(p.right, halvings - 1, out);
    }

    bool fill() {
        const int64_t leaves = (n_ + kLeaf - 1) / kLeaf;
        std::vector<int64_t> heads{0}, below;
        for (size_t node = 0; node < heads.size(); ++node) {
            below.clear();
            gather(heads[node], 3, below);
            counts_.push_back(int32_t(below.size()));
            const size_t at = boxes_.size();
            boxes_.resize(at + size_t(2 * d_ * kFan), __builtin_inf());
            for (int c = 0; c < kFan; ++c) {
                if (c >= int(below.size())) {
                    children_.push_back(0);
                    continue;
                }
                const int64_t part = below[size_t(c)];
                for (int64_t f = 0; f < d_; ++f)
                    for (int side = 0; side < 2; ++side)
                        boxes_[at + size_t((2 * f + side) * kFan + c)] = box_of_[size_t(2 * part * d_ + side * d_ + f)];
                const bool is_leaf = parts_[size_t(part)].left < 0;
                children_.push_back(is_leaf ? ~int32_t(parts_[size_t(part)].begin / kLeaf) : int32_t(heads.size()));
                if (!is_leaf) heads.push_back(part);
            }
        }
        child_groups_.assign(children_.size(), -1);
        groups_.assign(size_t(leaves * kLeaf), -1), items_.assign(size_t(leaves * kLeaf), -1);
        for (int64_t p = 0; p < n_; ++p) groups_[size_t(p)] = int32_t(p), items_[size_t(p)] = rows_[size_t(p)];
        blocks_.resize(size_t(leaves * kLeaf * d_));
        constexpr int64_t kAtOnce = 256;
        return parallel((leaves + kAtOnce - 1) / kAtOnce, 1 << 20, [&](int64_t block, int) {
            for (int64_t leaf = block * kAtOnce; leaf < std::min((block + 1) * kAtOnce, leaves); ++leaf) fill_leaf(leaf);
        });
    }

    void fill_leaf(int64_t leaf) {
        for (int l = 0; l < kLeaf; ++l) {
            const int64_t p = leaf * kLeaf + l;
            for (int64_t f = 0; f < d_; ++f)
                blocks_[size_t((leaf * d_ + f) * kLeaf + l)] =
                    p < n_ ? x_[rows_[size_t(p)] * d_ + f] : __builtin_inf();
        }
    }

    const double* x_ = nullptr;
    int64_t n_ = 0, d_ = 0;
    std::vector<int32_t> rows_, children_, counts_, child_groups_, groups_, items_;
    std::vector<Part> parts_;
    std::vector<double> box_of_, boxes_, blocks_;
};

}  // namespace ganglion
