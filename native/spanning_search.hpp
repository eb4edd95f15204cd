// Nearest points by a tree of boxes. Distances are sums of squared differences in the order of the features, one pair
// in a lane; a box's distance is the same sum over smaller terms, so that rounding never lets it exceed a point's.
#pragma once
#include "simd.hpp"
#include "spanning_kernels.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int kStack = 256;  // (kFan - 1) entries a level, of at most 11 levels

struct Waiting {
    double distance;
    int32_t child;
};

template <int D> inline void leaf_distances(const double* block, const double* query, int64_t d, double* out) {
    constexpr int W = Simd<double>::W;
    const int64_t features = D ? D : d;
    Vec<double> sums[kLeaf / W] = {};
    for (int64_t f = 0; f < features; ++f) {
        const Vec<double> x = splat(query[f]);
        for (int v = 0; v < kLeaf / W; ++v) {
            const Vec<double> apart = load(block + f * kLeaf + v * W) - x;
            sums[v] += apart * apart;
        }
    }
    for (int v = 0; v < kLeaf / W; ++v) store(out + v * W, sums[v]);
}

template <int D> inline void box_distances(const double* boxes, const double* query, int64_t d, double* out) {
    constexpr int W = Simd<double>::W;
    const int64_t features = D ? D : d;
    Vec<double> sums[kFan / W] = {};
    for (int64_t f = 0; f < features; ++f) {
        const Vec<double> x = splat(query[f]);
        for (int v = 0; v < kFan / W; ++v) {
            const Vec<double> below = load(boxes + 2 * f * kFan + v * W) - x;
            const Vec<double> above = x - load(boxes + (2 * f + 1) * kFan + v * W);
            const Vec<double> apart = vmax(vmax(below, above), Vec<double>{});
            sums[v] += apart * apart;
        }
    }
    for (int v = 0; v < kFan / W; ++v) store(out + v * W, sums[v]);
}

// Bit l is set where values[l] <= bound.
template <int COUNT> inline uint32_t within(const double* values, double bound) {
    constexpr int W = Simd<double>::W;
    uint32_t bits = 0;
    for (int v = 0; v < COUNT / W; ++v) bits |= lane_bits(load(values + v * W) <= splat(bound)) << (v * W);
    return bits;
}

// The leaves of `tree` in which something may be as near as bound(), nearest boxes first; those that lie wholly in
// `group` are left out.
template <int D, class Bound, class Visit>
inline void visit_leaves(const PointTree& tree, const double* query, int32_t group, Bound&& bound, Visit&& visit) {
    Waiting stack[kStack];
    double apart[kFan];
    int depth = 0;
    stack[depth++] = {0, 0};
    while (depth) {
        const Waiting top = stack[--depth];
        if (top.distance > bound()) continue;
        if (top.child < 0) {
            visit(int64_t(~top.child));
            continue;
        }
        const int64_t node = top.child;
        box_distances<D>(tree.boxes + node * tree.d * 2 * kFan, query, tree.d, apart);
        const int base = depth;
        for (uint32_t bits = within<kFan>(apart, bound()) & ((1u << tree.counts[node]) - 1); bits; bits &= bits - 1) {
            const int c = __builtin_ctz(bits);
            if (tree.child_groups[node * kFan + c] == group) continue;
            int at = depth++;
            for (; at > base && stack[at - 1].distance < apart[c]; --at) stack[at] = stack[at - 1];
            stack[at] = {apart[c], tree.children[node * kFan + c]};
        }
    }
}

inline uint32_t points_of_leaf(const PointTree& tree, int64_t leaf) {
    const int64_t count = smaller<int64_t>(kLeaf, tree.n - leaf * kLeaf);
    return uint32_t((uint64_t(1) << count) - 1);
}

inline void read_point(const PointTree& tree, int64_t p, double* out) {
    const double* block = tree.blocks + p / kLeaf * tree.d * kLeaf + p % kLeaf;
    for (int64_t f = 0; f < tree.d; ++f) out[f] = block[f * kLeaf];
}

template <int D> void nearest_points(const PointTree& tree, int64_t begin, int64_t end, const Neighbours& found) {
    double query[kMaxFeatures], apart[kLeaf];
    const int kept = found.kept;
    for (int64_t p = begin; p < end; ++p) {
        double* distances = found.distances + p * kept;
        int32_t* points = found.points + p * kept;
        for (int k = 0; k < kept; ++k) distances[k] = __builtin_inf(), points[k] = -1;
        read_point(tree, p, query);
        const auto scan = [&](int64_t leaf) {
            leaf_distances<D>(tree.blocks + leaf * tree.d * kLeaf, query, tree.d, apart);
            uint32_t bits = within<kLeaf>(apart, distances[kept - 1]) & points_of_leaf(tree, leaf);
            for (; bits; bits &= bits - 1) {
                const int l = __builtin_ctz(bits);
                const int64_t other = leaf * kLeaf + l;
                if (other == p) continue;
                const auto is_nearer = [&](int k) {
                    return apart[l] < distances[k] ||
                           (apart[l] == distances[k] && (points[k] < 0 || tree.items[other] < tree.items[points[k]]));
                };
                if (!is_nearer(kept - 1)) continue;
                int at = kept - 1;
                for (; at > 0 && is_nearer(at - 1); --at) distances[at] = distances[at - 1], points[at] = points[at - 1];
                distances[at] = apart[l], points[at] = int32_t(other);
            }
        };
        const int64_t own = p / kLeaf;
        scan(own);  // a first bound: the leaf is met early anyway
        visit_leaves<D>(tree, query, -2, [&] { return distances[kept - 1]; },
                        [&](int64_t leaf) { if (leaf != own) scan(leaf); });
        found.next[p] = 0;
        found.floors[p] = distances[kept - 1];
    }
}

inline double read_shared(const double* value) {
    const uint64_t bits = __atomic_load_n(reinterpret_cast<const uint64_t*>(value), __ATOMIC_RELAXED);
    double out;
    __builtin_memcpy(&out, &bits, 8);
    return out;
}

// Numbers that are not negative are ordered as their bits are.
inline void lower_shared(double* value, double candidate) {
    uint64_t bits, now = __atomic_load_n(reinterpret_cast<uint64_t*>(value), __ATOMIC_RELAXED);
    __builtin_memcpy(&bits, &candidate, 8);
    while (bits < now && !__atomic_compare_exchange_n(reinterpret_cast<uint64_t*>(value), &now, bits, true,
                                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

inline double next_above(double value) {
    uint64_t bits;
    __builtin_memcpy(&bits, &value, 8);
    if (value < __builtin_inf()) ++bits;
    __builtin_memcpy(&value, &bits, 8);
    return value;
}

template <int D>
void nearest_outside(const PointTree& tree, const int32_t* which, int64_t count, double* best, const Neighbours& found) {
    double query[kMaxFeatures], apart[kLeaf];
    for (int64_t i = 0; i < count; ++i) {
        const int64_t p = which[i];
        const int32_t group = tree.groups[p];
        double bound = read_shared(best + group);
        if (found.floors[p] > bound) continue;
        int64_t nearest = -1;
        read_point(tree, p, query);
        visit_leaves<D>(tree, query, group, [&] { return bound; }, [&](int64_t leaf) {
            leaf_distances<D>(tree.blocks + leaf * tree.d * kLeaf, query, tree.d, apart);
            uint32_t bits = within<kLeaf>(apart, bound) & points_of_leaf(tree, leaf);
            for (; bits; bits &= bits - 1) {
                const int l = __builtin_ctz(bits);
                const int64_t other = leaf * kLeaf + l;
                if (tree.groups[other] == group || apart[l] > bound) continue;
                if (nearest >= 0 && apart[l] == bound && tree.items[other] > tree.items[nearest]) continue;
                nearest = other;
                bound = apart[l];
            }
        });
        if (nearest < 0) {
            found.floors[p] = next_above(bound);
            continue;
        }
        const int last = found.kept - 1;
        found.distances[p * found.kept + last] = bound, found.points[p * found.kept + last] = int32_t(nearest);
        found.next[p] = last;
        found.floors[p] = bound;
        lower_shared(best + group, bound);
    }
}

void nearest_points_of(const PointTree& tree, int64_t begin, int64_t end, const Neighbours& found) {
    switch (tree.d) {  // short sums are worth unrolling
        case 1: return nearest_points<1>(tree, begin, end, found);
        case 2: return nearest_points<2>(tree, begin, end, found);
        case 3: return nearest_points<3>(tree, begin, end, found);
        default: return nearest_points<0>(tree, begin, end, found);
    }
}

void nearest_outside_of(const PointTree& tree, const int32_t* points, int64_t count, double* best,
                        const Neighbours& found) {
    switch (tree.d) {
        case 1: return nearest_outside<1>(tree, points, count, best, found);
        case 2: return nearest_outside<2>(tree, points, count, best, found);
        case 3: return nearest_outside<3>(tree, points, count, best, found);
        default: return nearest_outside<0>(tree, points, count, best, found);
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
