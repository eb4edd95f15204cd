// From merges as they were found to the rows of a tree.
#pragma once
#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>
#include <vector>

#include "linkage_problem.hpp"

namespace ganglion {

// Rows (first, second, height, size) of the tree over n leaves; a merge stands after those of its parts. Where
// `sorted`, the rows ascend by height, equal heights by the lowest leaves of the two parts; a height that rounding put
// below that of a part is lifted to it. Otherwise the rows stand as they were found. `found` (merges,) gets which merge
// each row is.
inline void write_tree(const std::vector<Merge>& merges, int64_t n, bool sorted, double* rows,
                       int64_t* found = nullptr) {
    const size_t count = merges.size();
    std::vector<int64_t> holder(static_cast<size_t>(n), -1), parent(count, -1), number(count);
    std::vector<int64_t> left(count), right(count), size(count);
    std::vector<int> waits(count, 0);
    std::vector<double> height(count);
    for (size_t i = 0; i < count; ++i) {
        const Merge& merge = merges[i];
        left[i] = holder[size_t(merge.a)];
        right[i] = holder[size_t(merge.b)];
        holder[size_t(merge.a)] = int64_t(i);
        height[i] = merge.height;
        size[i] = 0;
        for (const int64_t part : {left[i], right[i]}) {
            size[i] += part < 0 ? 1 : size[size_t(part)];
            if (part < 0) continue;
            parent[size_t(part)] = int64_t(i);
            ++waits[i];
            if (sorted) height[i] = std::max(height[i], height[size_t(part)]);
        }
    }
    using Key = std::tuple<double, int32_t, int32_t, size_t>;
    std::priority_queue<Key, std::vector<Key>, std::greater<Key>> ready;
    const auto push = [&](size_t i) {
        ready.push(sorted ? Key(height[i], merges[i].a, merges[i].b, i) : Key(0, 0, 0, i));
    };
    for (size_t i = 0; i < count; ++i)
        if (!waits[i]) push(i);
    for (int64_t at = 0; !ready.empty(); ++at) {
        const size_t i = std::get<3>(ready.top());
        ready.pop();
        number[i] = n + at;
        const auto id = [&](int64_t part, int32_t leaf) { return part < 0 ? int64_t(leaf) : number[size_t(part)]; };
        const int64_t a = id(left[i], merges[i].a), b = id(right[i], merges[i].b);
        double* row = rows + at * 4;
        if (found) found[at] = int64_t(i);
        row[0] = double(std::min(a, b));
        row[1] = double(std::max(a, b));
        row[2] = height[i];
        row[3] = double(size[i]);
        if (parent[i] >= 0 && --waits[size_t(parent[i])] == 0) push(size_t(parent[i]));
    }
}

}  // namespace ganglion
