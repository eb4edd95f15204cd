// Neighbours from rows of distances of any kind (Boruvka's Source): nothing is known but the distances themselves.
#pragma once
#include <algorithm>
#include <vector>

#include "pairs.hpp"
#include "pool.hpp"
#include "spanning_boruvka.hpp"

namespace ganglion {

// The nearest entries of a row so far, ascending by (distance, item).
struct NearestList {
    double* distances;
    int32_t* points;
    int kept, found = 0;

    double last() const { return found < kept ? __builtin_inf() : distances[kept - 1]; }
    // Items come in ascending order, so that of equal distances the earlier one stays in front.
    void add(double distance, int32_t point) {
        if (found == kept && !(distance < distances[kept - 1])) return;
        int at = found < kept ? found++ : kept - 1;
        for (; at > 0 && distance < distances[at - 1]; --at)
            distances[at] = distances[at - 1], points[at] = points[at - 1];
        distances[at] = distance, points[at] = point;
    }
};

template <class T> class RowSource {
  public:
    explicit RowSource(const Pairs<T>& pairs) : n(pairs.n), pairs_(pairs), groups_(size_t(n)) {
        const double row = double(n) * (pairs.pair_cost + 1);  // nanoseconds
        rows_ = std::clamp<int64_t>(int64_t(1e7 / row), 1, kRows);
    }
    int64_t item(int64_t p) const { return p; }
    int64_t points_at_once() const { return rows_; }

    bool neighbours(const Neighbours& found) {
        return parallel((n + rows_ - 1) / rows_, 1 << 20, [&](int64_t block, int) {
            const int64_t begin = block * rows_, end = std::min(begin + rows_, n);
            std::vector<NearestList> lists;
            for (int64_t p = begin; p < end; ++p)
                lists.push_back({found.distances + p * found.kept, found.points + p * found.kept, found.kept});
            read(begin, end, [&](int64_t p, int64_t j, const T* row, int64_t count) {
                NearestList& list = lists[size_t(p - begin)];
                for_near(row, count, [&] { return list.last(); }, [&](int64_t c) {
                    if (j + c != p) list.add(double(row[c]), int32_t(j + c));
                });
            });
            for (int64_t p = begin; p < end; ++p) found.next[p] = 0, found.floors[p] = lists[size_t(p - begin)].last();
        });
    }

    // A row costs the same whatever is looked for in it: the list is filled again with what is outside. Points that
    // stand close together are asked for together, with those in between: a tile costs less than its rows.
    void search(const int32_t* points, int64_t count, double* best, const Neighbours& found) {
        std::vector<int32_t> asking;
        for (int64_t i = 0; i < count; ++i)
            if (found.floors[points[i]] <= shared_best(best, points[i]).load(std::memory_order_relaxed))
                asking.push_back(points[i]);
        if (asking.empty()) return;
        if (asking.back() - asking.front() < 2 * int64_t(asking.size())) {
            refill(asking.front(), asking.back() + 1, asking, best, found);
            return;
        }
        for (const int32_t p : asking)
            if (found.floors[p] <= shared_best(best, p).load(std::memory_order_relaxed)) refill(p, p + 1, {p}, best, found);
    }

    bool regroup(const std::vector<int32_t>& groups) {
        groups_ = groups;
        return true;
    }

    const int64_t n;

  private:
    static constexpr int64_t kRows = 32, kColumns = 1024;  // a tile of float64 is half of a second-level cache

    std::atomic_ref<double> shared_best(double* best, int64_t p) const {
        return std::atomic_ref<double>(best[groups_[size_t(p)]]);
    }

    // The nearest outside of the group of each point of `asking`, all within [begin, end).
    void refill(int64_t begin, int64_t end, const std::vector<int32_t>& asking, double* best, const Neighbours& found) {
        std::vector<NearestList> lists(size_t(end - begin), NearestList{nullptr, nullptr, 0});
        for (const int32_t p : asking)
            lists[size_t(p - begin)] = {found.distances + p * found.kept, found.points + p * found.kept, found.kept};
        read(begin, end, [&](int64_t p, int64_t j, const T* row, int64_t columns) {
            NearestList& list = lists[size_t(p - begin)];
            if (!list.kept) return;
            const int32_t own = groups_[size_t(p)];
            for_near(row, columns, [&] { return list.last(); }, [&](int64_t c) {
                if (groups_[size_t(j + c)] != own) list.add(double(row[c]), int32_t(j + c));
            });
        });
        for (const int32_t p : asking) {
            const NearestList& list = lists[size_t(p - begin)];
            const int missing = list.kept - list.found;  // entries stand at the end of the list
            found.floors[p] = list.last();
            std::move_backward(list.distances, list.distances + list.found, list.distances + list.kept);
            std::move_backward(list.points, list.points + list.found, list.points + list.kept);
            found.next[p] = missing;
            std::atomic_ref<double> shared = shared_best(best, p);
            double now = shared.load(std::memory_order_relaxed);
            while (list.distances[missing] < now && !shared.compare_exchange_weak(now, list.distances[missing])) {
            }
        }
    }

    // see(p, j, row, count): the distances of p to [j, j + count), for all p in [begin, end).
    template <class F> void read(int64_t begin, int64_t end, F&& see) const {
        std::vector<T> tile(size_t((end - begin) * kColumns));
        std::vector<char> scratch(size_t(pairs_.scratch_bytes) + 64);
        char* aligned = scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64) % 64;
        for (int64_t j = 0; j < n; j += kColumns) {
            const int64_t count = std::min(kColumns, n - j);
            if (pairs_.square) {
                for (int64_t p = begin; p < end; ++p) see(p, j, pairs_.square + p * n + j, count);
                continue;
            }
            pairs_.tile(pairs_.self, begin, end, j, j + count, tile.data(), kColumns, aligned);
            for (int64_t p = begin; p < end; ++p) see(p, j, tile.data() + (p - begin) * kColumns, count);
        }
    }

    // take(c) for each c with row[c] < bound(), and some others; 16 at a time are passed over when none is.
    template <class Bound, class Take> static void for_near(const T* row, int64_t count, Bound&& bound, Take&& take) {
        int64_t c = 0;
        for (; c + 16 <= count; c += 16) {
            const T limit = T(bound());
            int any = 0;
            for (int l = 0; l < 16; ++l) any |= row[c + l] <= limit;
            if (any)
                for (int l = 0; l < 16; ++l) take(c + l);
        }
        for (; c < count; ++c) take(c);
    }

    const Pairs<T>& pairs_;
    std::vector<int32_t> groups_;
    int64_t rows_;
};

}  // namespace ganglion
