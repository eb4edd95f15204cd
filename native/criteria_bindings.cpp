// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>

#include <optional>

#include "bound_pairs.hpp"
#include "criteria_rows.hpp"

namespace ganglion {
namespace {

using Weights = std::optional<In<double>>;

template <class T>
GroupedRows<T> grouped(const In<T>& x, const In<int32_t>& codes, const Weights& weights, const In<double>& origin,
                       double scale, int64_t k) {
    return {x.data(),     int64_t(x.shape(0)), int64_t(x.shape(1)), k, codes.data(), weights ? weights->data() : nullptr,
            origin.data(), scale};
}

template <class T> void bind(nb::module_& m) {
    m.def(
        "group_sums",
        [](In<T> x, In<int32_t> codes, Weights weights, In<double> origin, double scale, Out<double> out) {
            check_finished(group_sums(grouped<T>(x, codes, weights, origin, scale, int64_t(out.shape(0))), out.data()));
        },
        nb::arg("x").noconvert(), nb::arg("codes"), nb::arg("weights").none(), nb::arg("origin"), nb::arg("scale"),
        nb::arg("out"));
    m.def(
        "group_spread",
        [](In<T> x, In<int32_t> codes, Weights weights, In<double> origin, double scale, In<double> centers,
           In<double> middle, Out<double> out) {
            const auto rows = grouped<T>(x, codes, weights, origin, scale, int64_t(out.shape(0)));
            check_finished(group_spread(rows, centers.data(), middle.data(), out.data()));
        },
        nb::arg("x").noconvert(), nb::arg("codes"), nb::arg("weights").none(), nb::arg("origin"), nb::arg("scale"),
        nb::arg("centers"), nb::arg("middle"), nb::arg("out"));
    m.def(
        "own_and_next",
        [](In<T> x, In<double> origin, double scale, In<double> centers, In<int64_t> order, In<int64_t> starts,
           Out<double> own, Out<double> next, Out<int32_t> which) {
            const GroupedRows<T> rows{x.data(), int64_t(x.shape(0)),   int64_t(x.shape(1)),
                                      int64_t(centers.shape(0)), nullptr, nullptr, origin.data(), scale};
            check_finished(own_and_next(rows, centers.data(), order.data(), starts.data(), own.data(), next.data(),
                                        which.data()));
        },
        nb::arg("x").noconvert(), nb::arg("origin"), nb::arg("scale"), nb::arg("centers"), nb::arg("order"),
        nb::arg("starts"), nb::arg("own"), nb::arg("next"), nb::arg("which"));
}

}  // namespace

void bind_criteria(nb::module_& m) {
    bind<float>(m);
    bind<double>(m);
}

}  // namespace ganglion
