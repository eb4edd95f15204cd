// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>

#include "bound_pairs.hpp"
#include "matrices.hpp"
#include "pool.hpp"
#include "spanning_edges.hpp"
#include "spanning_merges.hpp"
#include "spanning_newick.hpp"
#include "spanning_ordering.hpp"
#include "spanning_prim.hpp"
#include "spanning_rows.hpp"
#include "spanning_vectors.hpp"

namespace ganglion {
namespace {

Merges merges_of(const In<double>& merges) { return {merges.data(), int64_t(merges.shape(0))}; }

void bound_inconsistency(In<double> merges, int64_t depth, Out<double> out) {
    const Merges m = merges_of(merges);
    std::vector<HeightMoments> last(size_t(m.count)), next(size_t(m.count));
    check_finished(parallel(depth, 1, [&](int64_t, int) {  // a level is a block: a deep one can be interrupted
        deepen_moments(m, last.data(), next.data());
        last.swap(next);
    }));
    write_inconsistency(m, last.data(), out.data());
}

// Rows of the condensed matrix in blocks of some 2^18 pairs.
void bound_cophenetic(In<double> merges, Out<double> out) {
    const Merges m = merges_of(merges);
    const int64_t n = m.leaves(), rows = 1 + (int64_t(1) << 18) / n, blocks = (n + rows - 1) / rows;
    const LeafRanges ranges(m);
    const int workers = get_num_threads();
    std::vector<std::vector<double>> by_place(static_cast<size_t>(workers), std::vector<double>(size_t(n)));
    check_finished(parallel(blocks, workers, [&](int64_t block, int worker) {
        double* heights = by_place[size_t(worker)].data();
        for (int64_t i = block * rows; i < (block + 1) * rows && i < n; ++i) {
            heights_from_leaf(m, ranges, i, heights);
            double* row = out.data() + condensed_index(n, i, i + 1);
            for (int64_t j = i + 1; j < n; ++j) row[j - i - 1] = heights[ranges.start[size_t(j)]];
        }
    }));
}

// Pearson's correlation of all distances with the heights at which their items join; rows of `pairs` in blocks.
template <class T> double bound_correlation(In<double> merges, const BoundPairs<T>& bound) {
    const Merges m = merges_of(merges);
    const Pairs<T>& pairs = bound.pairs;
    const int64_t n = m.leaves(), rows = 1 + (int64_t(1) << 16) / n, blocks = (n + rows - 1) / rows;
    const LeafRanges ranges(m);
    std::vector<JointMoments> parts(static_cast<size_t>(blocks));
    check_finished(parallel(blocks, 1 << 20, [&](int64_t block, int) {
        const int64_t begin = block * rows, end = std::min(begin + rows, n);
        std::vector<T> tile(size_t((end - begin) * n));
        std::vector<double> by_place(static_cast<size_t>(n)), heights(static_cast<size_t>(n));
        std::vector<char> scratch(size_t(pairs.scratch_bytes) + 64);
        char* aligned = scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64) % 64;
        pairs.tile(pairs.self, begin, end, begin, n, tile.data(), n, aligned);
        for (int64_t i = begin; i < end && i + 1 < n; ++i) {
            heights_from_leaf(m, ranges, i, by_place.data());
            for (int64_t j = i + 1; j < n; ++j) heights[size_t(j)] = by_place[size_t(ranges.start[size_t(j)])];
            parts[size_t(block)].add(
                joint_moments(tile.data() + (i - begin) * n + i + 1 - begin, heights.data() + i + 1, n - i - 1));
        }
    }));
    JointMoments all;
    for (const JointMoments& part : parts) all.add(part);
    return all.xy / std::sqrt(all.xx) / std::sqrt(all.yy);
}

// Edges (n - 1, 2), the lower item first, and their weights (n - 1,), in order.
void write_edges(std::vector<Edge>& tree, const Out<int64_t>& edges, const Out<double>& weights) {
    std::sort(tree.begin(), tree.end(), comes_before);
    for (size_t i = 0; i < tree.size(); ++i) {
        edges.data()[2 * i] = tree[i].low, edges.data()[2 * i + 1] = tree[i].high;
        weights.data()[i] = tree[i].weight;
    }
}

template <class T> void bound_pairs_tree(const BoundPairs<T>& pairs, int kept, Out<int64_t> edges, Out<double> weights) {
    std::vector<Edge> tree;
    if (kept == 0) {
        check_finished(grow_tree(pairs.pairs, tree));
    } else {
        RowSource<T> source(pairs.pairs);
        check_finished(Boruvka<RowSource<T>>(source, kept).run(tree));
    }
    write_edges(tree, edges, weights);
}

void bound_vectors_tree(In<double> x, int kept, bool squared, Out<int64_t> edges, Out<double> weights) {
    std::vector<Edge> tree;
    check_finished(tree_of_vectors(x.data(), int64_t(x.shape(0)), int64_t(x.shape(1)), kept, tree));
    if (!squared)
        for (Edge& edge : tree) edge.weight = std::sqrt(edge.weight);
    write_edges(tree, edges, weights);
}

}  // namespace

void bind_spanning(nb::module_& m) {
    m.def("tree_largest_below", [](In<double> merges, In<double> values, Out<double> out) {
        largest_below(merges_of(merges), values.data(), out.data());
    });
    m.def("tree_flaw", [](In<double> merges) {
        int64_t row = 0;
        const Flaw flaw = find_flaw(merges_of(merges), &row);
        return std::pair(int(flaw), row);
    });
    m.def("tree_count_leaves",
          [](Out<double> merges) { count_leaves(merges.data(), int64_t(merges.shape(0))); });
    m.def("tree_labels", [](In<double> merges, In<uint8_t> joined, Out<int32_t> labels, Out<int64_t> nodes) {
        return label_leaves(merges_of(merges), joined.data(), labels.data(), nodes.data());
    });
    m.def("tree_order", [](In<double> merges, std::optional<In<uint8_t>> flipped, Out<int64_t> out) {
        order_leaves(merges_of(merges), flipped ? flipped->data() : nullptr, out.data());
    }, nb::arg("merges"), nb::arg("flipped").none(), nb::arg("out"));
    m.def("tree_depths", [](In<double> merges, Out<int64_t> out) { merge_depths(merges_of(merges), out.data()); });
    m.def("tree_inconsistency", &bound_inconsistency);
    m.def("tree_cophenetic", &bound_cophenetic);
    m.def("tree_correlation32", &bound_correlation<float>);
    m.def("tree_correlation64", &bound_correlation<double>);
    m.def("tree_turns", [](In<double> merges, In<double> distances, Out<double> costs, Out<uint8_t> flipped) {
        check_finished(LeafOrdering(merges_of(merges), distances.data(), costs.data()).run(flipped.data()));
    });
    m.def("tree_newick", [](In<double> merges, const std::vector<std::string>& names) {
        return newick_of(merges_of(merges), names);
    });
    m.def("spanning_tree_pairs32", &bound_pairs_tree<float>);
    m.def("spanning_tree_pairs64", &bound_pairs_tree<double>);
    m.def("spanning_tree_vectors", &bound_vectors_tree);
    m.def("spanning_merges", [](In<int64_t> edges, In<double> weights, Out<double> out) {
        merges_from_edges(edges.data(), weights.data(), int64_t(weights.shape(0)) + 1, out.data());
    });
}

}  // namespace ganglion
