// Pairs as Python holds them, and the arrays that every family of bindings takes and gives.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>

#include "pairs.hpp"

namespace ganglion {

namespace nb = nanobind;
template <class T> using In = nb::ndarray<const T, nb::numpy, nb::c_contig, nb::device::cpu>;
template <class T> using Out = nb::ndarray<T, nb::numpy, nb::c_contig, nb::device::cpu>;

// `owner` keeps alive what `pairs.self` points to. Bound as Pairs32 and Pairs64.
template <class T> struct BoundPairs {
    Pairs<T> pairs;
    std::shared_ptr<const void> owner;
};

inline void check_finished(bool finished) {
    if (!finished) throw nb::python_error();  // a signal handler raised: the error is set
}

// One for each family of kernels; called once, from bindings.cpp.
void bind_pairs(nb::module_& m);
void bind_distances(nb::module_& m);
void bind_sequences(nb::module_& m);
void bind_linkage(nb::module_& m);
void bind_spanning(nb::module_& m);
void bind_medoids(nb::module_& m);
void bind_bayes(nb::module_& m);
void bind_columns(nb::module_& m);
void bind_sweeps(nb::module_& m);
void bind_partitions(nb::module_& m);
void bind_meanfield(nb::module_& m);
void bind_criteria(nb::module_& m);
void bind_pixels(nb::module_& m);
void bind_refits(nb::module_& m);
void bind_searches(nb::module_& m);

}  // namespace ganglion
