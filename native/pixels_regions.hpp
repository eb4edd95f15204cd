// Connected regions of a labelled image, by runs: a region is a set of pixels of one label that are joined by their
// sides. Numbers of regions follow their first pixels, row by row.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "pool.hpp"

namespace ganglion {

// Pixels of one label side by side. A row of an image of regions has far fewer of them than pixels.
struct Runs {
    int64_t height = 0, width = 0;
    std::vector<int64_t> first;               // (height + 1): the first run of each row
    std::vector<int32_t> begin, label;        // of each run
    int64_t count() const { return int64_t(begin.size()); }
    int64_t end(int64_t run, int64_t y) const { return run + 1 < first[size_t(y + 1)] ? begin[size_t(run + 1)] : width; }
};

// Rows that are looked at together; depends on nothing but this.
constexpr int64_t kStripRows = 64;

inline void runs_of_rows(const int32_t* labels, int64_t begin, int64_t end, int64_t width, Runs& out) {
    for (int64_t y = begin; y < end && !interrupted(); ++y) {
        const int32_t* row = labels + y * width;
        out.first.push_back(out.count());
        for (int64_t x = 0; x < width; ++x) {
            if (x && row[x] == row[x - 1]) continue;
            out.begin.push_back(int32_t(x));
            out.label.push_back(row[x]);
        }
    }
}

// False where a signal ended it.
inline bool find_runs(const int32_t* labels, int64_t height, int64_t width, Runs& out) {
    const int64_t n_strips = (height + kStripRows - 1) / kStripRows;
    std::vector<Runs> strips(static_cast<size_t>(n_strips));
    if (!parallel(n_strips, get_num_threads(), [&](int64_t s, int) {
            runs_of_rows(labels, s * kStripRows, std::min(height, (s + 1) * kStripRows), width, strips[size_t(s)]);
        }))
        return false;
    out.height = height, out.width = width;
    for (const Runs& strip : strips) {
        const int64_t offset = out.count();
        for (int64_t at : strip.first) out.first.push_back(at + offset);
        out.begin.insert(out.begin.end(), strip.begin.begin(), strip.begin.end());
        out.label.insert(out.label.end(), strip.label.begin(), strip.label.end());
    }
    out.first.push_back(out.count());
    return true;
}

// f(upper, lower, length) for every two runs of adjoining rows that share `length` columns.
template <class F> void for_each_touch(const Runs& runs, int64_t y, F&& f) {
    int64_t upper = runs.first[size_t(y)], lower = runs.first[size_t(y + 1)];
    const int64_t upper_end = lower, lower_end = runs.first[size_t(y + 2)];
    int64_t x = 0;
    while (upper < upper_end && lower < lower_end) {
        const int64_t upper_stop = runs.end(upper, y), lower_stop = runs.end(lower, y + 1);
        const int64_t stop = std::min(upper_stop, lower_stop);
        f(upper, lower, stop - x);
        x = stop;
        upper += upper_stop == stop;
        lower += lower_stop == stop;
    }
}

// Disjoint sets whose representative is their lowest member.
struct LowestSets {
    std::vector<int32_t> parent;
    explicit LowestSets(int64_t n) : parent(static_cast<size_t>(n)) {
        for (int64_t i = 0; i < n; ++i) parent[size_t(i)] = int32_t(i);
    }
    int32_t root(int32_t i) {
        while (parent[size_t(i)] != i) i = parent[size_t(i)] = parent[size_t(parent[size_t(i)])];
        return i;
    }
    void unite(int32_t i, int32_t j) {
        i = root(i), j = root(j);
        if (i < j) parent[size_t(j)] = i;
        else parent[size_t(i)] = j;
    }
};

// The region of each run; returns how many there are, or -1 where a signal ended it.
inline int64_t find_regions(const Runs& runs, std::vector<int32_t>& region) {
    LowestSets sets(runs.count());
    for (int64_t y = 0; y + 1 < runs.height; ++y) {
        if (interrupted()) return -1;
        for_each_touch(runs, y, [&](int64_t upper, int64_t lower, int64_t) {
            if (runs.label[size_t(upper)] == runs.label[size_t(lower)]) sets.unite(int32_t(upper), int32_t(lower));
        });
    }
    region.resize(size_t(runs.count()));
    int32_t n = 0;
    for (int64_t r = 0; r < runs.count(); ++r) {
        const int32_t root = sets.root(int32_t(r));
        region[size_t(r)] = root == r ? n++ : region[size_t(root)];
    }
    return n;
}

// Lengths of the borders between regions: pairs (lower, higher) in an open table.
class Borders {
  public:
    void add(int32_t i, int32_t j, int64_t length) {
        if (i == j) return;
        if (2 * (used_ + 1) > int64_t(keys_.size())) grow();
        const uint64_t key = uint64_t(std::min(i, j)) << 32 | uint32_t(std::max(i, j));
        const size_t at = place(key);
        used_ += keys_[at] == kFree;
        keys_[at] = key;
        lengths_[at] += length;
    }
    // In the order of (lower, higher).
    std::vector<std::pair<uint64_t, int64_t>> sorted() const {
        std::vector<std::pair<uint64_t, int64_t>> found;
        found.reserve(size_t(used_));
        for (size_t at = 0; at < keys_.size(); ++at)
            if (keys_[at] != kFree) found.emplace_back(keys_[at], lengths_[at]);
        std::sort(found.begin(), found.end());
        return found;
    }

  private:
    static constexpr uint64_t kFree = ~uint64_t(0);
    size_t place(uint64_t key) const {
        const size_t mask = keys_.size() - 1;
        size_t at = size_t((key * 0x9e3779b97f4a7c15u) >> 20) & mask;
        while (keys_[at] != kFree && keys_[at] != key) at = (at + 1) & mask;
        return at;
    }
    void grow() {
        std::vector<uint64_t> keys(std::max<size_t>(1024, 2 * keys_.size()), kFree);
        std::vector<int64_t> lengths(keys.size(), 0);
        keys_.swap(keys), lengths_.swap(lengths);
        for (size_t at = 0; at < keys.size(); ++at)
            if (keys[at] != kFree) {
                const size_t to = place(keys[at]);
                keys_[to] = keys[at], lengths_[to] = lengths[at];
            }
    }
    std::vector<uint64_t> keys_;
    std::vector<int64_t> lengths_;
    int64_t used_ = 0;
};

// Borders between regions in pixel sides; `wanted(i, j)` leaves out pairs that nobody asks for.
template <class Wanted>
bool find_borders(const Runs& runs, const std::vector<int32_t>& region, Borders& out, Wanted&& wanted) {
    const auto add = [&](int64_t p, int64_t q, int64_t length) {
        const int32_t i = region[size_t(p)], j = region[size_t(q)];
        if (i != j && wanted(i, j)) out.add(i, j, length);
    };
    for (int64_t y = 0; y < runs.height; ++y) {
        if (interrupted()) return false;
        for (int64_t r = runs.first[size_t(y)]; r + 1 < runs.first[size_t(y + 1)]; ++r) add(r, r + 1, 1);
        if (y + 1 < runs.height) for_each_touch(runs, y, add);
    }
    return true;
}

}  // namespace ganglion
