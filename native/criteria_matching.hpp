// The assignment problem, by shortest augmenting paths (Kuhn 1955; Jonker and Volgenant 1987, section 2).
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "pool.hpp"

namespace ganglion {

// column[i]: the column of each of r rows, no column twice, with the least sum of cost (r, c); r <= c. Potentials u, v
// keep cost[i, j] - u[i] - v[j] >= 0, and 0 on the pairs that are assigned. Integers stay integers.
template <class T> class Assigning {
  public:
    Assigning(const T* cost, int64_t r, int64_t c)
        : cost_(cost), r_(r), c_(c), u_(size_t(r), T(0)), v_(size_t(c), T(0)), row_of_(size_t(c), -1),
          from_(size_t(c)), least_(size_t(c)), done_(size_t(c)) {}

    void run(int64_t* column) {
        std::vector<int64_t> left;
        for (int64_t i = 0; i < r_ && !interrupted(); ++i)
            if (!take_cheapest(i)) left.push_back(i);
        for (const int64_t i : left) {
            if (interrupted()) return;
            augment(i);
        }
        for (int64_t j = 0; j < c_; ++j)
            if (row_of_[size_t(j)] >= 0) column[row_of_[size_t(j)]] = j;
    }

  private:
    // The cheapest column of a row, where it is free: with u[i] its cost, all reduced costs stay at least 0. Between
    // partitions that have something in common that settles most rows.
    bool take_cheapest(int64_t row) {
        const T* costs = cost_ + row * c_;
        int64_t cheapest = 0;
        for (int64_t j = 1; j < c_; ++j)
            if (costs[j] < costs[cheapest]) cheapest = j;
        u_[size_t(row)] = costs[cheapest];
        if (row_of_[size_t(cheapest)] >= 0) return false;
        row_of_[size_t(cheapest)] = row;
        return true;
    }

    // Dijkstra from a free row to a free column over reduced costs, then the path is turned over.
    void augment(int64_t start) {
        std::fill(least_.begin(), least_.end(), std::numeric_limits<T>::max());
        std::fill(done_.begin(), done_.end(), char(0));
        int64_t row = start, last = -1;  // the column that led to `row`
        T distance = 0;
        for (;;) {
            const int64_t next = scan(row, last, distance);
            distance = least_[size_t(next)];
            done_[size_t(next)] = 1;
            last = next;
            if (row_of_[size_t(next)] < 0) break;
            row = row_of_[size_t(next)];
        }
        for (int64_t j = 0; j < c_; ++j) {
            if (!done_[size_t(j)]) continue;
            const T slack = distance - least_[size_t(j)];
            if (row_of_[size_t(j)] >= 0) u_[size_t(row_of_[size_t(j)])] += slack;
            v_[size_t(j)] -= slack;
        }
        u_[size_t(start)] += distance;
        for (int64_t j = last; j >= 0;) {
            const int64_t before = from_[size_t(j)];
            row_of_[size_t(j)] = before < 0 ? start : row_of_[size_t(before)];
            j = before;
        }
    }

    // Relaxes the edges of a row that is reached over column `last`; returns the nearest column that is not done, the
    // lowest of equals.
    int64_t scan(int64_t row, int64_t last, T distance) {
        const T *costs = cost_ + row * c_, base = distance - u_[size_t(row)];
        int64_t nearest = -1;
        for (int64_t j = 0; j < c_; ++j) {
            if (done_[size_t(j)]) continue;
            const T to = base + costs[j] - v_[size_t(j)];
            if (to < least_[size_t(j)]) least_[size_t(j)] = to, from_[size_t(j)] = last;
            if (nearest < 0 || least_[size_t(j)] < least_[size_t(nearest)]) nearest = j;
        }
        return nearest;
    }

    const T* cost_;
    int64_t r_, c_;
    std::vector<T> u_, v_;
    std::vector<int64_t> row_of_, from_;
    std::vector<T> least_;
    std::vector<char> done_;
};

}  // namespace ganglion
