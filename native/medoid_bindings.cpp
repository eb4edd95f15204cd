// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <chrono>
#include <optional>
#include <string>

#include "bound_pairs.hpp"
#include "medoid_diana.hpp"
#include "medoid_search.hpp"

namespace ganglion {
namespace {

using Weights = std::optional<In<double>>;
const double* pointer(const Weights& w) { return w ? w->data() : nullptr; }

template <class T> struct HeldSearch {
    BoundPairs<T> pairs;
    Weights weights;
    MedoidSearch<T> run;

    // In slices of a few milliseconds, between which signals are served.
    void scan(int64_t count) {
        const double row = std::max(1.0, double(pairs.pairs.n) * (0.3 + pairs.pairs.pair_cost));
        const int64_t slice = std::clamp<int64_t>(int64_t(4e7 / row), 1, count);
        for (int64_t done = 0; done < count && !run.converged(); done += slice) {
            check_finished(run.scan(std::min(slice, count - done)));
            check_finished(served());
        }
    }
    void offer(In<int64_t> candidates) {
        for (size_t c = 0; c < candidates.shape(0); ++c) {
            check_finished(run.offer(candidates.data() + c, 1));
            check_finished(served());
        }
    }
};

template <class T, class V> nb::ndarray<nb::numpy, const V> view_of(const std::vector<V>& values, nb::handle owner) {
    const size_t shape[1] = {values.size()};
    return nb::ndarray<nb::numpy, const V>(values.data(), 1, shape, owner);
}

// out[i - begin] = sum_j w_j (min(D(i, j), nearest_j) - nearest_j), or sum_j w_j D(i, j) without `nearest`.
template <class T>
void gains(const BoundPairs<T>& bound, std::optional<In<T>> nearest, Weights weights, int64_t begin, int64_t end,
           Out<double> out) {
    const Pairs<T>& pairs = bound.pairs;
    const int workers = get_num_threads();
    auto reader = readers(pairs, workers);
    const int64_t rows = rows_of_block(pairs);
    const auto kernel = medoid_kernels<T>().gains;
    check_finished(parallel((end - begin + rows - 1) / rows, workers, [&](int64_t block, int worker) {
        const int64_t i0 = begin + block * rows, i1 = std::min(end, i0 + rows);
        double lanes[16][kMedoidLanes] = {};
        reader[size_t(worker)].read(i0, i1, [&](const T* row, int64_t i, int64_t j0, int64_t j1) {
            kernel(row, nearest ? nearest->data() : nullptr, pointer(weights), j0, j1, lanes[i - i0]);
        });
        for (int64_t i = i0; i < i1; ++i) out.data()[i - begin] = sum_of_lanes(lanes[i - i0]);
    }));
}

// out[r] = the distances from item indices[r] to all of the second collection.
template <class T> void rows_of(const BoundPairs<T>& bound, In<int64_t> indices, Out<T> out) {
    const Pairs<T>& pairs = bound.pairs;
    const int workers = get_num_threads();
    auto reader = readers(pairs, workers);
    const int64_t tiles = (pairs.m + kMedoidColumns - 1) / kMedoidColumns;
    check_finished(parallel(int64_t(indices.shape(0)) * tiles, workers, [&](int64_t block, int worker) {
        const int64_t r = block / tiles, i = indices.data()[r], j0 = block % tiles * kMedoidColumns;
        reader[size_t(worker)].tile(i, i + 1, j0, std::min(pairs.m, j0 + kMedoidColumns),
                                    out.data() + r * pairs.m + j0, pairs.m);
    }));
}

// For each candidate, a row of the pairs, over the sample that the columns are: the lowest mean change of the loss an
// item over all medoids, and the lowest mean less `width` standard errors.
template <class T>
void estimates(const BoundPairs<T>& bound, In<T> first, In<T> second, In<int32_t> nearest, Weights weights, int64_t k,
               double width, Out<double> means, Out<double> bounds) {
    const Pairs<T>& pairs = bound.pairs;
    const int workers = get_num_threads();
    auto reader = readers(pairs, workers);
    const int64_t rows = rows_of_block(pairs), stride = 2 * (kMedoidLanes + k);
    const double m = double(pairs.m);
    std::vector<double> apart(size_t(stride), 0.0);  // for a candidate that is near to nobody
    for (int64_t j = 0; j < pairs.m; ++j) {
        const double far = (weights ? weights->data()[j] : 1) * (double(second.data()[j]) - double(first.data()[j]));
        apart[size_t(2 * kMedoidLanes + nearest.data()[j])] += far;
        apart[size_t(2 * kMedoidLanes + k + nearest.data()[j])] += far * far;
    }
    std::vector<std::vector<double>> sums(size_t(workers), std::vector<double>(size_t(16 * stride)));
    const auto kernel = medoid_kernels<T>().swap_moments;
    check_finished(parallel((pairs.n + rows - 1) / rows, workers, [&](int64_t block, int worker) {
        const int64_t i0 = block * rows, i1 = std::min(pairs.n, i0 + rows);
        double* sum = sums[size_t(worker)].data();
        for (int64_t i = i0; i < i1; ++i) std::copy(apart.begin(), apart.end(), sum + (i - i0) * stride);
        reader[size_t(worker)].read(i0, i1, [&](const T* row, int64_t i, int64_t j0, int64_t j1) {
            const MedoidView<T> view{first.data() + j0, second.data() + j0, nearest.data() + j0,
                                     weights ? weights->data() + j0 : nullptr};
            double* lanes = sum + (i - i0) * stride;
            kernel(row, view, j1 - j0, lanes, lanes + 2 * kMedoidLanes, lanes + 2 * kMedoidLanes + k);
        });
        for (int64_t i = i0; i < i1; ++i) {
            const double* own = sum + (i - i0) * stride;
            const double shared = sum_of_lanes(own), shared_squares = sum_of_lanes(own + kMedoidLanes);
            double lowest = std::numeric_limits<double>::infinity(), bound_of_lowest = lowest;
            for (int64_t s = 2 * kMedoidLanes; s < 2 * kMedoidLanes + k; ++s) {
                const double mean = (shared + own[s]) / m;
                const double variance = std::max(0.0, (shared_squares + own[k + s]) / m - mean * mean);
                lowest = std::min(lowest, mean);
                bound_of_lowest = std::min(bound_of_lowest, mean - width * std::sqrt(variance / m));
            }
            means.data()[i] = lowest;
            bounds.data()[i] = bound_of_lowest;
        }
    }));
}

template <class T> struct HeldDiana {
    BoundPairs<T> pairs;
    Diana<T> run;
};

template <class T> void bind_diana(nb::module_& m, const std::string& suffix) {
    using S = HeldDiana<T>;
    nb::class_<S>(m, ("Diana" + suffix).c_str())
        .def("__init__", [](S* self, const BoundPairs<T>& pairs) {
                 new (self) S{pairs, Diana<T>(pairs.pairs)};
                 check_finished(self->run.begin());
             }, nb::arg("pairs"))
        .def("largest", [](const S& s) { return s.run.largest(); })
        .def("diameter", [](const S& s, int64_t id) { return s.run.cluster(id).diameter; })
        .def("size", [](const S& s, int64_t id) { return s.run.cluster(id).end - s.run.cluster(id).begin; })
        .def("split", [](S& s) {
            check_finished(s.run.split());
            return s.run.n_clusters() - 2;
        })
        .def("close", [](S& s) { s.run.close(); })
        .def("members", [](S& s, int64_t id) {
            const auto& cluster = s.run.cluster(id);
            const size_t shape[1] = {size_t(cluster.end - cluster.begin)};
            return nb::ndarray<nb::numpy, const int32_t>(s.run.members() + cluster.begin, 1, shape, nb::find(s));
        });
}

template <class T> void bind(nb::module_& m, const std::string& suffix) {
    using P = BoundPairs<T>;
    using S = HeldSearch<T>;
    nb::class_<S>(m, ("MedoidSearch" + suffix).c_str())
        .def("__init__", [](S* self, const P& pairs, In<int64_t> medoids, Weights weights) {
                 new (self) S{pairs, weights, MedoidSearch<T>(pairs.pairs, medoids.data(), int64_t(medoids.shape(0)),
                                                              pointer(weights))};
                 check_finished(self->run.begin());
             }, nb::arg("pairs"), nb::arg("medoids"), nb::arg("weights").none())
        .def("scan", &S::scan, nb::arg("count"))
        .def("offer", &S::offer, nb::arg("candidates"))
        .def_prop_ro("converged", [](const S& s) { return s.run.converged(); })
        .def_prop_ro("loss", [](const S& s) { return s.run.loss(); })
        .def_prop_ro("n_swaps", [](const S& s) { return s.run.n_swaps(); })
        .def_prop_ro("n_judged", [](const S& s) { return s.run.n_judged(); })
        .def_prop_ro("medoids", [](S& s) { return view_of<T>(s.run.medoids(), nb::find(s)); })
        .def_prop_ro("first", [](S& s) { return view_of<T>(s.run.first(), nb::find(s)); })
        .def_prop_ro("second", [](S& s) { return view_of<T>(s.run.second(), nb::find(s)); })
        .def_prop_ro("nearest", [](S& s) { return view_of<T>(s.run.nearest(), nb::find(s)); });
    m.def(("medoid_gains" + suffix).c_str(), &gains<T>, nb::arg("pairs"), nb::arg("nearest").none(),
          nb::arg("weights").none(), nb::arg("begin"), nb::arg("end"), nb::arg("out"));
    m.def(("medoid_estimates" + suffix).c_str(), &estimates<T>, nb::arg("pairs"), nb::arg("first"), nb::arg("second"),
          nb::arg("nearest"), nb::arg("weights").none(), nb::arg("k"), nb::arg("width"), nb::arg("means"),
          nb::arg("bounds"));
    m.def(("medoid_rows" + suffix).c_str(), &rows_of<T>, nb::arg("pairs"), nb::arg("indices"), nb::arg("out"));
}

}  // namespace

void bind_medoids(nb::module_& m) {
    bind<float>(m, "32");
    bind<double>(m, "64");
    bind_diana<float>(m, "32");
    bind_diana<double>(m, "64");
}

}  // namespace ganglion
