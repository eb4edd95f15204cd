// The order of the leaves of a tree in which neighbours are as near as they can be (Bar-Joseph, Gifford, Jaakkola 2001):
// every merge may be turned, and the best order of a node with given ends is made of the best orders of its children.
//
// Leaves are numbered by their places in the tree's plain order, so that a node is a range [begin, end), its children are
// [begin, middle) and [middle, end), and both steps of the paper are products of matrices with (+, min) for (x, +).
// O(n^3) operations in the worst case, 8 a vector instruction; two matrices (n, n).
#pragma once
#include <algorithm>
#include <vector>

#include "isa.hpp"
#include "pool.hpp"
#include "spanning_merges.hpp"

namespace ganglion {

class LeafOrdering {
  public:
    // `distances` (n, n) between places; `costs` (n, n) is room for the answer of each pair of ends.
    LeafOrdering(const Merges& merges, const double* distances, double* costs)
        : merges_(merges), n_(merges.leaves()), ranges_(merges), d_(distances), costs_(costs) {}

    // flipped[i] = 1 where the right child of merge i goes to the left. False when a signal handler raised.
    bool run(uint8_t* flipped) {
        for (int64_t i = 0; i < merges_.count; ++i)
            if (!join(i)) return false;
        choose(flipped);
        return true;
    }

  private:
    static constexpr int64_t kRowsAtOnce = 16;  // in multiples of 4, fewer where a row takes milliseconds

    struct Range {
        int64_t begin, end;
        int64_t size() const { return end - begin; }
    };
    struct Ends {
        int64_t node, left, right;
    };

    Range range(int64_t node) const {
        const int64_t begin = ranges_.start[size_t(node)];
        return {begin, begin + merges_.size_of(node)};
    }
    // The places that can be the other end of a node when `place` is one: its other child, or itself in a leaf.
    Range opposite(int64_t node, int64_t place) const {
        if (node < n_) return {place, place + 1};
        const Range left = range(merges_.left(node - n_)), right = range(merges_.right(node - n_));
        return place < left.end ? right : left;
    }

    // costs[u][w] = costs[w][u] = length of the best order of merge i that begins with u of the left child and ends with
    // w of the right one.
    bool join(int64_t i) {
        const Range a = range(merges_.left(i)), b = range(merges_.right(i));
        const bool is_long = a.size() * b.size() * (a.size() + b.size()) > 200'000;
        const double row_cost = double(b.size()) * double(a.size() + b.size() / 2);
        const int64_t rows = is_long ? std::clamp<int64_t>(int64_t(1e7 / row_cost) * 4, 4, kRowsAtOnce) : a.size();
        const int64_t blocks = (a.size() + rows - 1) / rows;
        return parallel(blocks, 1 << 20, [&](int64_t block, int) {
            const Range part{a.begin + block * rows, std::min(a.begin + (block + 1) * rows, a.end)};
            std::vector<double> through(size_t(part.size() * b.size())), best(through.size());
            reach(merges_.left(i), part, b, through.data());
            finish(merges_.right(i), part.size(), b, through.data(), best.data());
            for (int64_t u = part.begin; u < part.end; ++u)
                for (int64_t w = b.begin; w < b.end; ++w)
                    costs_[u * n_ + w] = costs_[w * n_ + u] = best[size_t((u - part.begin) * b.size() + w - b.begin)];
        });
    }

    // through[u][k] = min over m of costs[u][m] + d[m][k]: from u through the left child to k, first of the right one.
    void reach(int64_t left, Range part, Range b, double* through) const {
        if (left < n_) {
            std::copy(d_ + part.begin * n_ + b.begin, d_ + part.begin * n_ + b.end, through);
            return;
        }
        const Range first = range(merges_.left(left - n_)), second = range(merges_.right(left - n_));
        for (const auto& [own, other] : {std::pair{first, second}, std::pair{second, first}}) {
            const Range rows{std::max(part.begin, own.begin), std::min(part.end, own.end)};
            if (rows.size() <= 0) continue;
            isa().spanning->min_plus({costs_ + rows.begin * n_ + other.begin, n_, d_ + other.begin * n_ + b.begin, n_,
                                      through + (rows.begin - part.begin) * b.size(), b.size(), rows.size(),
                                      other.size(), b.size()});
        }
    }

    // best[u][w] = min over k of through[u][k] + costs[k][w].
    void finish(int64_t right, int64_t rows, Range b, const double* through, double* best) const {
        if (right < n_) {
            std::copy(through, through + rows, best);
            return;
        }
        const Range first = range(merges_.left(right - n_)), second = range(merges_.right(right - n_));
        for (const auto& [own, other] : {std::pair{first, second}, std::pair{second, first}})
            isa().spanning->min_plus({through + (other.begin - b.begin), b.size(), costs_ + other.begin * n_ + own.begin,
                                      n_, best + (own.begin - b.begin), b.size(), rows, other.size(), own.size()});
    }

    // From the best ends of the last merge down; of equally good ones those at the lowest places.
    void choose(uint8_t* flipped) const {
        if (!merges_.count) return;
        const int64_t last = merges_.count - 1;
        const Range a = range(merges_.left(last)), b = range(merges_.right(last));
        Ends top{n_ + last, a.begin, b.begin};
        for (int64_t u = a.begin; u < a.end; ++u)
            for (int64_t w = b.begin; w < b.end; ++w)
                if (costs_[u * n_ + w] < costs_[top.left * n_ + top.right]) top.left = u, top.right = w;
        std::vector<Ends> waiting{top};
        while (!waiting.empty()) {
            const Ends ends = waiting.back();
            waiting.pop_back();
            if (ends.node < n_) continue;
            const int64_t i = ends.node - n_, middle = range(merges_.left(i)).end;
            flipped[i] = ends.left >= middle;
            const int64_t u = std::min(ends.left, ends.right), w = std::max(ends.left, ends.right);
            int64_t m = u, k = w;
            meet(merges_.left(i), merges_.right(i), u, w, &m, &k);
            if (flipped[i]) waiting.push_back({merges_.right(i), w, k}), waiting.push_back({merges_.left(i), m, u});
            else waiting.push_back({merges_.left(i), u, m}), waiting.push_back({merges_.right(i), k, w});
        }
    }

    double cost(int64_t u, int64_t w) const { return u == w ? 0 : costs_[u * n_ + w]; }

    // The neighbours m, k across the middle of the best order from u to w, by the same sums as in `join`.
    void meet(int64_t left, int64_t right, int64_t u, int64_t w, int64_t* m, int64_t* k) const {
        const Range ms = opposite(left, u), ks = opposite(right, w);
        double best = __builtin_inf();
        for (int64_t y = ks.begin; y < ks.end; ++y) {
            double through = __builtin_inf();
            int64_t from = ms.begin;
            for (int64_t x = ms.begin; x < ms.end; ++x)
                if (cost(u, x) + d_[x * n_ + y] < through) through = cost(u, x) + d_[x * n_ + y], from = x;
            if (through + cost(y, w) < best) best = through + cost(y, w), *m = from, *k = y;
        }
    }

    const Merges merges_;
    const int64_t n_;
    const LeafRanges ranges_;
    const double* const d_;
    double* const costs_;
};

}  // namespace ganglion
