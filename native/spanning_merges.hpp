// What is read off a table of merges in one sweep: merge i (of n - 1) joins the nodes left(i) < right(i) to node n + i;
// nodes below n are leaves. A node's number is larger than those of the nodes below it, so a sweep upwards meets
// children before parents and a sweep downwards parents before children, and nothing recurses. O(n) time where not said.
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

namespace ganglion {

struct Merges {
    const double* rows;  // (count, 4): left, right, height, leaves below
    int64_t count;

    int64_t leaves() const { return count + 1; }
    int64_t left(int64_t i) const { return int64_t(rows[4 * i]); }
    int64_t right(int64_t i) const { return int64_t(rows[4 * i + 1]); }
    double height(int64_t i) const { return rows[4 * i + 2]; }
    int64_t size_of(int64_t node) const {
        return node < leaves() ? 1 : int64_t(rows[4 * (node - leaves()) + 3]);
    }
};

// What is wrong with a table of merges, if anything, and in which row.
enum class Flaw { kNone, kNotFinite, kNotWhole, kNegative, kLate, kTwice, kHeight, kSize };

inline Flaw flaw_of_row(const Merges& merges, int64_t i, std::vector<uint8_t>& used) {
    const double* row = merges.rows + 4 * i;
    for (int c = 0; c < 4; ++c)
        if (!std::isfinite(row[c])) return Flaw::kNotFinite;
    for (int c = 0; c < 2; ++c) {
        if (row[c] != std::floor(row[c])) return Flaw::kNotWhole;
        if (row[c] < 0) return Flaw::kNegative;
        if (row[c] >= double(merges.leaves() + i)) return Flaw::kLate;
        if (used[size_t(row[c])]++) return Flaw::kTwice;
    }
    if (row[2] < 0) return Flaw::kHeight;
    if (row[3] != double(merges.size_of(merges.left(i)) + merges.size_of(merges.right(i)))) return Flaw::kSize;
    return Flaw::kNone;
}

inline Flaw find_flaw(const Merges& merges, int64_t* row) {
    std::vector<uint8_t> used(size_t(merges.leaves() + merges.count), 0);
    for (*row = 0; *row < merges.count; ++*row)
        if (const Flaw flaw = flaw_of_row(merges, *row, used); flaw != Flaw::kNone) return flaw;
    return Flaw::kNone;
}

// Writes how many leaves are below each merge, from the children.
inline void count_leaves(double* rows, int64_t count) {
    const Merges merges{rows, count};
    for (int64_t i = 0; i < count; ++i)
        rows[4 * i + 3] = double(merges.size_of(merges.left(i)) + merges.size_of(merges.right(i)));
}

// out[i] = the largest of `values` over merge i and the merges below it.
inline void largest_below(const Merges& merges, const double* values, double* out) {
    const int64_t n = merges.leaves();
    for (int64_t i = 0; i < merges.count; ++i) {
        double most = values[i];
        for (const int64_t child : {merges.left(i), merges.right(i)})
            if (child >= n && out[child - n] > most) most = out[child - n];
        out[i] = most;
    }
}

// Labels (n,) by first appearance where the merges with joined[i] != 0 are made and the others are not; a merge is only
// made where those below it are. nodes[l] = the node that is cluster l. Returns how many clusters there are.
inline int64_t label_leaves(const Merges& merges, const uint8_t* joined, int32_t* labels, int64_t* nodes) {
    const int64_t n = merges.leaves();
    std::vector<int64_t> top(size_t(n + merges.count));
    for (int64_t v = n + merges.count - 1; v >= 0; --v) top[size_t(v)] = v;
    for (int64_t i = merges.count - 1; i >= 0; --i)
        if (joined[i]) top[size_t(merges.left(i))] = top[size_t(merges.right(i))] = top[size_t(n + i)];
    std::vector<int32_t> number(size_t(n + merges.count), -1);
    int32_t found = 0;
    for (int64_t leaf = 0; leaf < n; ++leaf) {
        const int64_t node = top[size_t(leaf)];
        if (number[size_t(node)] < 0) nodes[found] = node, number[size_t(node)] = found++;
        labels[leaf] = number[size_t(node)];
    }
    return found;
}

// The leaves from left to right; where flipped[i] != 0 the right child of merge i stands on the left.
inline void order_leaves(const Merges& merges, const uint8_t* flipped, int64_t* out) {
    const int64_t n = merges.leaves();
    std::vector<int64_t> start(size_t(n + merges.count));
    for (int64_t i = merges.count - 1; i >= 0; --i) {
        const bool flip = flipped && flipped[i];
        const int64_t first = flip ? merges.right(i) : merges.left(i), second = flip ? merges.left(i) : merges.right(i);
        start[size_t(first)] = start[size_t(n + i)];
        start[size_t(second)] = start[size_t(n + i)] + merges.size_of(first);
    }
    for (int64_t leaf = 0; leaf < n; ++leaf) out[start[size_t(leaf)]] = leaf;
}

// How many merges stand above each merge: 0 for the last.
inline void merge_depths(const Merges& merges, int64_t* out) {
    const int64_t n = merges.leaves();
    if (merges.count) out[merges.count - 1] = 0;
    for (int64_t i = merges.count - 1; i >= 0; --i)
        for (const int64_t child : {merges.left(i), merges.right(i)})
            if (child >= n) out[child - n] = out[i] + 1;
}

// Mean, standard deviation and number of the heights of a merge and those at most depth - 1 below it.
struct HeightMoments {
    double count = 0, mean = 0, squares = 0;

    // Chan, Golub and LeVeque (1983): equal heights leave exactly no deviation, which sums of squares would not.
    void add(const HeightMoments& other) {
        if (other.count == 0) return;
        const double total = count + other.count, apart = other.mean - mean;
        mean += apart * (other.count / total);
        squares += other.squares + apart * apart * (count * other.count / total);
        count = total;
    }
};

// One level more: next[i] = merge i alone, and what `last` says of its children.
inline void deepen_moments(const Merges& merges, const HeightMoments* last, HeightMoments* next) {
    const int64_t n = merges.leaves();
    for (int64_t i = 0; i < merges.count; ++i) {
        HeightMoments here{1, merges.height(i), 0};
        for (const int64_t child : {merges.left(i), merges.right(i)})
            if (child >= n) here.add(last[child - n]);
        next[i] = here;
    }
}

// Rows (count, 4): mean, standard deviation, number, and (height - mean) / deviation, or 0 where that is 0.
inline void write_inconsistency(const Merges& merges, const HeightMoments* moments, double* out) {
    for (int64_t i = 0; i < merges.count; ++i) {
        const HeightMoments& m = moments[i];
        const double deviation = m.count > 1 ? std::sqrt(m.squares / (m.count - 1)) : 0;
        out[4 * i] = m.mean, out[4 * i + 1] = deviation, out[4 * i + 2] = m.count;
        out[4 * i + 3] = deviation > 0 ? (merges.height(i) - m.mean) / deviation : 0;
    }
}

// Where each node's leaves begin in the order from left to right, and that order.
struct LeafRanges {
    std::vector<int64_t> start, order, parent;

    explicit LeafRanges(const Merges& merges)
        : start(size_t(merges.leaves() + merges.count)), order(size_t(merges.leaves())),
          parent(size_t(merges.leaves() + merges.count), -1) {
        const int64_t n = merges.leaves();
        for (int64_t i = merges.count - 1; i >= 0; --i) {
            const int64_t a = merges.left(i), b = merges.right(i);
            start[size_t(a)] = start[size_t(n + i)];
            start[size_t(b)] = start[size_t(n + i)] + merges.size_of(a);
            parent[size_t(a)] = parent[size_t(b)] = n + i;
        }
        for (int64_t leaf = 0; leaf < n; ++leaf) order[size_t(start[size_t(leaf)])] = leaf;
    }
};

// by_place[p] = the height of the lowest merge above both `leaf` and the leaf at place p: the walk from the leaf to the
// last merge passes every other leaf once, in whole ranges.
inline void heights_from_leaf(const Merges& merges, const LeafRanges& ranges, int64_t leaf, double* by_place) {
    const int64_t n = merges.leaves();
    by_place[ranges.start[size_t(leaf)]] = 0;
    for (int64_t node = leaf, up = ranges.parent[size_t(leaf)]; up >= 0; node = up, up = ranges.parent[size_t(up)]) {
        const int64_t i = up - n, other = merges.left(i) == node ? merges.right(i) : merges.left(i);
        const int64_t begin = ranges.start[size_t(other)], end = begin + merges.size_of(other);
        for (int64_t p = begin; p < end; ++p) by_place[p] = merges.height(i);
    }
}

// Means, sums of squares and of products about the means of pairs of numbers; parts are added as in HeightMoments.
struct JointMoments {
    double count = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;

    void add(const JointMoments& other) {
        if (other.count == 0) return;
        const double total = count + other.count, dx = other.x - x, dy = other.y - y;
        const double share = other.count / total, weight = count * share;
        x += dx * share, y += dy * share;
        xx += other.xx + dx * dx * weight, yy += other.yy + dy * dy * weight, xy += other.xy + dx * dy * weight;
        count = total;
    }
};

template <class T> JointMoments joint_moments(const T* xs, const double* ys, int64_t n) {
    JointMoments m{double(n)};
    for (int64_t i = 0; i < n; ++i) m.x += double(xs[i]), m.y += ys[i];
    m.x /= m.count, m.y /= m.count;
    for (int64_t i = 0; i < n; ++i) {
        const double dx = double(xs[i]) - m.x, dy = ys[i] - m.y;
        m.xx += dx * dx, m.yy += dy * dy, m.xy += dx * dy;
    }
    return m;
}

}  // namespace ganglion
