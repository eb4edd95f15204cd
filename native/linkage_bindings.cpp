// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>

#include <optional>

#include "bound_pairs.hpp"
#include "linkage_centroids.hpp"
#include "linkage_clusters.hpp"
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
    void write_tree(bool sorted, Out<double> rows) const {
        ganglion::write_tree(forest.merges, forest.n_items(), sorted, rows.data());
    }
};

void write_merges(In<int32_t> pairs, In<double> heights, int64_t n, bool sorted, Out<double> rows) {
    std::vector<Merge> merges(heights.shape(0));
    for (size_t i = 0; i < merges.size(); ++i)
        merges[i] = {pairs.data()[2 * i], pairs.data()[2 * i + 1], heights.data()[i]};
    write_tree(merges, n, sorted, rows.data());
}

template <class T> void make_ward(WardClusters* self, In<T> x, std::optional<In<double>> mass) {
    new (self) WardClusters(x.data(), int64_t(x.shape(0)), int64_t(x.shape(1)), mass ? mass->data() : nullptr);
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
        .def("write_tree", &A::write_tree);
    m.def("write_merges", &write_merges);

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
        .def("write_tree", [](const W& w, int64_t n, Out<double> rows) { write_tree(w.merges, n, true, rows.data()); });
}

}  // namespace ganglion
