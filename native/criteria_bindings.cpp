// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <tuple>

#include "bound_pairs.hpp"
#include "criteria_matching.hpp"
#include "criteria_pairs.hpp"
#include "criteria_rows.hpp"
#include "criteria_runs.hpp"

namespace ganglion {
namespace {

using Weights = std::optional<In<double>>;

// A dense array, or the three arrays of a CSR matrix.
using Lists = std::optional<std::tuple<In<int64_t>, In<int32_t>>>;

template <class T> Rows<T> rows_of(const In<T>& x, const Lists& lists, int64_t d) {
    if (!lists) return {x.data(), nullptr, nullptr, int64_t(x.shape(0)), int64_t(x.shape(1))};
    const In<int64_t>& indptr = std::get<0>(*lists);
    return {x.data(), indptr.data(), std::get<1>(*lists).data(), int64_t(indptr.shape(0)) - 1, d};
}

template <class T>
GroupedRows<T> grouped(const In<T>& x, const Lists& lists, const In<int32_t>& codes, const Weights& weights,
                       const In<double>& origin, double scale, int64_t k) {
    return {rows_of(x, lists, int64_t(origin.shape(0))), k, codes.data(), weights ? weights->data() : nullptr,
            origin.data(), scale};
}

// Rows in units, and the labels of each partition of them.
template <class T> struct Partitioned {
    Partitions<T> of;

    Partitioned(const In<T>& x, const Weights& weights, const In<double>& origin, double scale,
                const std::vector<In<int32_t>>& codes, const In<int64_t>& first)
        : of{x.data(), int64_t(x.shape(0)), int64_t(x.shape(1)), weights ? weights->data() : nullptr, origin.data(), scale, {},
             first.data()} {
        for (const In<int32_t>& each : codes) of.codes.push_back(each.data());
    }
};

template <class T>
void partition_residuals(In<T> x, Weights weights, In<double> origin, double scale, std::vector<In<int32_t>> codes,
                         In<int64_t> first, In<double> centers, Out<double> sums, Out<double> mass) {
    const Partitioned<T> rows(x, weights, origin, scale, codes, first);
    check_finished(MomentsOfPartitions<T>(rows.of).residuals(centers.data(), sums.data(), mass.data()));
}

template <class T>
void partition_spreads(In<T> x, Weights weights, In<double> origin, double scale, std::vector<In<int32_t>> codes,
                       In<int64_t> first, In<double> centers, Out<double> spread) {
    const Partitioned<T> rows(x, weights, origin, scale, codes, first);
    check_finished(MomentsOfPartitions<T>(rows.of).spreads(centers.data(), spread.data()));
}

template <class T>
void judge_partitions(In<T> x, Weights weights, In<double> origin, double scale, std::vector<In<int32_t>> codes,
                      In<int64_t> first, In<int64_t> judged, In<double> centers, In<double> mass, In<int64_t> n_rows,
                      double band, double least, Out<double> silhouettes, Out<double> counts) {
    const Partitioned<T> rows(x, std::nullopt, origin, scale, codes, first);
    const Judging job{judged.data(), int64_t(judged.shape(0)), weights ? weights->data() : nullptr, centers.data(), mass.data(),
                      n_rows.data(), band, least};
    check_finished(JudgedPartitions<T>(rows.of, job).run(silhouettes.data(), counts.data()));
}

inline void overlaps(In<double> centers, In<double> mass, In<double> spread, In<int64_t> first, Out<double> worst) {
    const Overlaps job{centers.data(), mass.data(), spread.data(), int64_t(centers.shape(1))};
    check_finished(worst_overlaps(job, first.data(), int64_t(first.shape(0)) - 1, worst.data()));
}

template <class T> struct Reachable {
    BoundPairs<T> from;
    In<T> core;
    MutualReachability<T> kind;
};

template <class T> BoundPairs<T> mutual_reachability(const BoundPairs<T>& from, In<T> core) {
    auto held = std::make_shared<Reachable<T>>(Reachable<T>{from, core, {from.pairs, core.data()}});
    return {held->kind.pairs(), held};
}

template <class T>
void cluster_extremes(const BoundPairs<T>& pairs, In<int64_t> starts, Out<double> nearest, Out<double> farthest) {
    ClusterExtremes<T> job(pairs.pairs, starts.data(), int64_t(nearest.shape(0)));
    check_finished(job.run(nearest.data(), farthest.data()));
}

template <class T> void least_assignment(In<T> cost, Out<int64_t> column) {
    Assigning<T> job(cost.data(), int64_t(cost.shape(0)), int64_t(cost.shape(1)));
    check_finished(parallel(1, 1, [&](int64_t, int) { job.run(column.data()); }));
}

template <class T> void bind_pairs_of(nb::module_& m) {
    m.def("mutual_reachability", &mutual_reachability<T>, nb::arg("pairs"), nb::arg("core").noconvert());
    m.def("cluster_extremes", &cluster_extremes<T>, nb::arg("pairs"), nb::arg("starts"), nb::arg("nearest"),
          nb::arg("farthest"));
}

template <class T> void bind_partitions_of(nb::module_& m) {
    m.def("partition_residuals", &partition_residuals<T>, nb::arg("x").noconvert(), nb::arg("weights").none(), nb::arg("origin"),
          nb::arg("scale"), nb::arg("codes"), nb::arg("first"), nb::arg("centers"), nb::arg("sums"), nb::arg("mass"));
    m.def("partition_spreads", &partition_spreads<T>, nb::arg("x").noconvert(), nb::arg("weights").none(), nb::arg("origin"),
          nb::arg("scale"), nb::arg("codes"), nb::arg("first"), nb::arg("centers"), nb::arg("spread"));
    m.def("judge_partitions", &judge_partitions<T>, nb::arg("x").noconvert(), nb::arg("weights").none(), nb::arg("origin"),
          nb::arg("scale"), nb::arg("codes"), nb::arg("first"), nb::arg("judged"), nb::arg("centers"), nb::arg("mass"),
          nb::arg("n_rows"), nb::arg("band"), nb::arg("least"), nb::arg("silhouettes"), nb::arg("counts"));
}

template <class T> void bind(nb::module_& m) {
    bind_pairs_of<T>(m);
    bind_partitions_of<T>(m);
    m.def(
        "group_sums",
        [](In<T> x, Lists lists, In<int32_t> codes, Weights weights, In<double> origin, double scale, Out<double> out) {
            check_finished(group_sums(grouped<T>(x, lists, codes, weights, origin, scale, int64_t(out.shape(0))), out.data()));
        },
        nb::arg("x").noconvert(), nb::arg("lists").none(), nb::arg("codes"), nb::arg("weights").none(), nb::arg("origin"), nb::arg("scale"),
        nb::arg("out"));
    m.def(
        "group_spread",
        [](In<T> x, Lists lists, In<int32_t> codes, Weights weights, In<double> origin, double scale, In<double> centers,
           In<double> middle, Out<double> out) {
            const auto rows = grouped<T>(x, lists, codes, weights, origin, scale, int64_t(out.shape(0)));
            check_finished(group_spread(rows, centers.data(), middle.data(), out.data()));
        },
        nb::arg("x").noconvert(), nb::arg("lists").none(), nb::arg("codes"), nb::arg("weights").none(), nb::arg("origin"), nb::arg("scale"),
        nb::arg("centers"), nb::arg("middle"), nb::arg("out"));
    m.def(
        "own_and_next",
        [](In<T> x, Lists lists, In<double> origin, double scale, In<double> centers, In<int64_t> order, In<int64_t> starts,
           Out<double> own, Out<double> next, Out<int32_t> which) {
            const GroupedRows<T> rows{rows_of(x, lists, int64_t(origin.shape(0))), int64_t(centers.shape(0)), nullptr, nullptr,
                                      origin.data(), scale};
            check_finished(own_and_next(rows, centers.data(), order.data(), starts.data(), own.data(), next.data(),
                                        which.data()));
        },
        nb::arg("x").noconvert(), nb::arg("lists").none(), nb::arg("origin"), nb::arg("scale"), nb::arg("centers"), nb::arg("order"),
        nb::arg("starts"), nb::arg("own"), nb::arg("following"), nb::arg("which"));
}

}  // namespace

void bind_criteria(nb::module_& m) {
    bind<float>(m);
    bind<double>(m);
    m.def("worst_overlaps", &overlaps, nb::arg("centers"), nb::arg("mass"), nb::arg("spread"), nb::arg("first"), nb::arg("worst"));
    m.def("least_assignment", &least_assignment<int64_t>, nb::arg("cost").noconvert(), nb::arg("column"));
    m.def("least_assignment", &least_assignment<double>, nb::arg("cost").noconvert(), nb::arg("column"));
}

}  // namespace ganglion
