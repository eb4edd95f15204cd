// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>

#include <optional>

#include "bound_pairs.hpp"
#include "linkage_centroids.hpp"
#include "linkage_clusters.hpp"
#include "linkage_generic.hpp"
#include "linkage_graph.hpp"
#include "linkage_minimax.hpp"
#include "linkage_order.hpp"

namespace ganglion {
namespace {

constexpr int64_t kBlockItems = 128;       // 128 x 128 doubles and what is made of them stay in the second cache
constexpr double kBlockNanoseconds = 2e7;  // of one row of tiles: signals are looked for in between

// Rounds without a matrix, and then the matrix.
struct Agglomeration {
    Forest forest;
    std::optional<ClusterMatrix> matrix;

    int64_t n_clusters() const { return matrix ? matrix->n_clusters() : forest.n_clusters(); }

    void arrange(double pair_cost, Out<int32_t> order) {
        const double rows = kBlockNanoseconds / (double(forest.n_items()) * pair_cost + 1);
        forest.arrange(std::clamp(int64_t(rows), int64_t(kInterleaved), kBlockItems));
        std::copy(forest.order.begin(), forest.order.end(), order.data());
    }
    template <class T> int64_t merge_round(const BoundPairs<T>& p) {
        const int64_t merged = ganglion::merge_round(forest, p.pairs);
        check_finished(merged >= 0);
        return merged;
    }
    template <class T> void fill(const BoundPairs<T>& p) {
        matrix.emplace(forest);
        check_finished(matrix->fill(p.pairs));
    }
    int64_t contract() {
        const int64_t merged = matrix->contract();
        check_finished(merged >= 0);
        return merged;
    }
    void chain() { check_finished(matrix->chain()); }
};

// Merges as they were found: the lowest items of two clusters (merges, 2), and heights.
void read_merges(const std::vector<Merge>& merges, Out<int32_t> pairs, Out<double> heights) {
    for (size_t i = 0; i < merges.size(); ++i) {
        pairs.data()[2 * i] = merges[i].a;
        pairs.data()[2 * i + 1] = merges[i].b;
        heights.data()[i] = merges[i].height;
    }
}

// The same as the rows of a tree: see write_tree.
void write_rows(In<int32_t> pairs, In<double> heights, int64_t n, bool sorted, Out<double> rows) {
    std::vector<Merge> merges(heights.shape(0));
    for (size_t i = 0; i < merges.size(); ++i)
        merges[i] = {pairs.data()[2 * i], pairs.data()[2 * i + 1], heights.data()[i]};
    write_tree(merges, n, sorted, rows.data());
}

template <class T> void make_ward(WardClusters* self, In<T> x, std::optional<In<double>> mass) {
    new (self) WardClusters(x.data(), int64_t(x.shape(0)), int64_t(x.shape(1)), mass ? mass->data() : nullptr);
}

using Centroids = GenericClusters<CentroidStore>;
using Squares = GenericClusters<SquareStore>;

template <class T> void make_centroids(Centroids* self, int rule, In<T> x, std::optional<In<double>> mass) {
    const int64_t n = int64_t(x.shape(0));
    new (self) Centroids(CentroidStore(Linkage(rule), x.data(), n, int64_t(x.shape(1)), mass ? mass->data() : nullptr), n);
}
template <class T> void fill_squares(Squares& s, const BoundPairs<T>& p) { check_finished(s.store().fill(p.pairs)); }
template <class T> void fill_minimax(MinimaxClusters& s, const BoundPairs<T>& p) { check_finished(s.fill(p.pairs)); }

// out[e] = the distance between the two items of edge e.
template <class T> void edge_distances(const BoundPairs<T>& p, In<int32_t> edges, Out<double> out) {
    constexpr int64_t kBlock = 1024;
    const int64_t count = int64_t(edges.shape(0)), workers = get_num_threads();
    Scratch scratch;
    scratch.reserve(int(workers), p.pairs.scratch_bytes + 64);
    check_finished(parallel((count + kBlock - 1) / kBlock, int(workers), [&](int64_t b, int w) {
        for (int64_t e = b * kBlock; e < std::min(count, (b + 1) * kBlock); ++e) {
            const int64_t i = edges.data()[2 * e], j = edges.data()[2 * e + 1];
            T v;
            p.pairs.tile(p.pairs.self, i, i + 1, j, j + 1, &v, 1, scratch[w]);
            out.data()[e] = double(v);
        }
    }));
}

int64_t graph_parts(int64_t n, In<int32_t> edges, Out<int32_t> labels) {
    return label_parts(n, edges.data(), int64_t(edges.shape(0)), labels.data());
}

}  // namespace

void bind_linkage(nb::module_& m) {
    using A = Agglomeration;
    nb::class_<A>(m, "Agglomeration")
        .def("__init__",
             [](A* self, int rule, int64_t n, std::optional<In<double>> mass) {
                 new (self) A{Forest(Linkage(rule), n, mass ? mass->data() : nullptr), std::nullopt};
             }, nb::arg("rule"), nb::arg("n"), nb::arg("mass").none())
        .def_prop_ro("n_clusters", &A::n_clusters)
        .def("arrange", &A::arrange)
        .def("merge_round", &A::merge_round<float>)
        .def("merge_round", &A::merge_round<double>)
        .def("fill", &A::fill<float>)
        .def("fill", &A::fill<double>)
        .def("contract", &A::contract)
        .def("chain", &A::chain)
        .def("read_merges", [](const A& a, Out<int32_t> pairs, Out<double> heights) {
            read_merges(a.forest.merges, pairs, heights);
        });
    m.def("write_merges", &write_rows);

    using W = WardClusters;
    nb::class_<W>(m, "WardClusters")
        .def("__init__", &make_ward<float>, nb::arg("x"), nb::arg("mass").none())
        .def("__init__", &make_ward<double>, nb::arg("x"), nb::arg("mass").none())
        .def_prop_ro("n_clusters", &W::n_clusters)
        .def_prop_ro("n_wanted", &W::n_wanted)
        .def("round", [](W& w) {
            const int64_t merged = w.round();
            check_finished(merged >= 0);
            return merged;
        })
        .def("chain", [](W& w, int64_t most) { check_finished(w.chain(most)); })
        .def("read_merges", [](const W& w, Out<int32_t> pairs, Out<double> heights) {
            read_merges(w.merges, pairs, heights);
        });

    nb::class_<Centroids>(m, "CentroidClusters")
        .def("__init__", &make_centroids<float>, nb::arg("rule"), nb::arg("x"), nb::arg("mass").none())
        .def("__init__", &make_centroids<double>, nb::arg("rule"), nb::arg("x"), nb::arg("mass").none())
        .def_prop_ro("n_clusters", &Centroids::n_clusters)
        .def("run", [](Centroids& c, int64_t most) { check_finished(c.run(most)); })
        .def("write_tree", [](const Centroids& c, int64_t n, Out<double> rows) { write_tree(c.merges, n, false, rows.data()); });

    nb::class_<Squares>(m, "SquareClusters")
        .def("__init__",
             [](Squares* self, int rule, int64_t n, std::optional<In<double>> mass) {
                 new (self) Squares(SquareStore(Linkage(rule), n, mass ? mass->data() : nullptr), n);
             }, nb::arg("rule"), nb::arg("n"), nb::arg("mass").none())
        .def_prop_ro("n_clusters", &Squares::n_clusters)
        .def("fill", &fill_squares<float>)
        .def("fill", &fill_squares<double>)
        .def("run", [](Squares& c, int64_t most) { check_finished(c.run(most)); })
        .def("write_tree", [](const Squares& c, int64_t n, Out<double> rows) { write_tree(c.merges, n, false, rows.data()); });

    using M = MinimaxClusters;
    nb::class_<M>(m, "MinimaxClusters")
        .def(nb::init<int64_t>())
        .def_prop_ro("n_clusters", &M::n_clusters)
        .def("fill", &fill_minimax<float>)
        .def("fill", &fill_minimax<double>)
        .def("run", [](M& c, int64_t most) { check_finished(c.run(most)); })
        .def("write_tree", [](const M& c, int64_t n, Out<double> rows, Out<int64_t> prototypes) {
            write_tree(c.merges, n, true, rows.data(), prototypes.data());
            for (int64_t i = 0; i < n - 1; ++i) prototypes.data()[i] = c.prototypes[size_t(prototypes.data()[i])];
        });

    using G = GraphClusters;
    nb::class_<G>(m, "GraphClusters")
        .def("__init__",
             [](G* self, int rule, bool single, int64_t n, std::optional<In<double>> mass) {
                 new (self) G(Linkage(rule), single, n, mass ? mass->data() : nullptr);
             }, nb::arg("rule"), nb::arg("single"), nb::arg("n"), nb::arg("mass").none())
        .def("take_vectors", [](G& g, In<double> x) { g.take_vectors(x.data(), int64_t(x.shape(1))); })
        .def("take_edges", [](G& g, In<int32_t> edges, In<double> distances) {
            g.take_edges(edges.data(), distances.data(), int64_t(edges.shape(0)));
        })
        .def_prop_ro("n_clusters", &G::n_clusters)
        .def("run", &G::run)
        .def("write_tree", [](const G& g, int64_t n, Out<double> rows) { write_tree(g.merges, n, false, rows.data()); });
    m.def("edge_distances", &edge_distances<float>);
    m.def("edge_distances", &edge_distances<double>);
    m.def("graph_parts", &graph_parts);
}

}  // namespace ganglion
