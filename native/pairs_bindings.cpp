// Thin: see bindings.cpp.
#include <nanobind/stl/string.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>

#include "bound_pairs.hpp"
#include "centers.hpp"
#include "matrices.hpp"
#include "pool.hpp"

namespace ganglion {
namespace {

template <class Kind, class T> struct Held {
    In<T> array;
    Kind kind;
};

template <class T> BoundPairs<T> square(In<T> values, bool symmetric) {
    using H = Held<SquareMatrix<T>, T>;
    auto held = std::make_shared<H>(H{values, {values.data(), int64_t(values.shape(0)), int64_t(values.shape(1))}});
    return {held->kind.pairs(symmetric), held};
}

template <class T> BoundPairs<T> condensed(In<T> values, int64_t n) {
    using H = Held<CondensedMatrix<T>, T>;
    auto held = std::make_shared<H>(H{values, {values.data(), n}});
    return {held->kind.pairs(), held};
}

// One tile into out (i1 - i0, j1 - j0), on the caller's thread.
template <class T>
void tile(const BoundPairs<T>& p, int64_t i0, int64_t i1, int64_t j0, int64_t j1, Out<T> out) {
    Scratch scratch;
    scratch.reserve(1, p.pairs.scratch_bytes);
    check_finished(parallel(1, 1, [&](int64_t, int) {
        p.pairs.tile(p.pairs.self, i0, i1, j0, j1, out.data(), j1 - j0, scratch[0]);
    }));
}

constexpr int64_t kRows = 128;  // of a matrix in a block

template <class T> bool holds_distances(In<T> values) {
    const int64_t n = int64_t(values.shape(0));
    std::atomic<bool> good{true};
    check_finished(parallel((n + kRows - 1) / kRows, get_num_threads(), [&](int64_t block, int) {
        const int64_t begin = block * kRows, end = std::min(n, begin + kRows);
        if (good && !are_distances(values.data(), n, begin, end, std::numeric_limits<T>::max())) good = false;
    }));
    return good;
}

template <class T> void bind(nb::module_& m, const std::string& suffix) {
    using P = BoundPairs<T>;
    m.def(("holds_distances" + suffix).c_str(), &holds_distances<T>, nb::arg("values").noconvert());
    nb::class_<P>(m, ("Pairs" + suffix).c_str())
        .def_static("square", &square<T>, nb::arg("values"), nb::arg("symmetric"))
        .def_static("condensed", &condensed<T>, nb::arg("values"), nb::arg("n"))
        .def("tile", &tile<T>)
        .def_prop_ro("n", [](const P& p) { return p.pairs.n; })
        .def_prop_ro("m", [](const P& p) { return p.pairs.m; })
        .def_prop_ro("symmetric", [](const P& p) { return p.pairs.symmetric; })
        .def_prop_ro("in_memory", [](const P& p) { return p.pairs.square != nullptr; })
        .def_prop_ro("pair_cost", [](const P& p) { return p.pairs.pair_cost; });
}

}  // namespace

void bind_pairs(nb::module_& m) {
    bind<float>(m, "32");
    bind<double>(m, "64");
}

}  // namespace ganglion
