// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "bound_pairs.hpp"
#include "distance_blocks.hpp"
#include "distance_drivers.hpp"
#include "distance_vectors.hpp"

namespace ganglion {
namespace {

template <class T> using Maybe = std::optional<In<T>>;

template <class T> Table<T> table_of(const In<T>& x) { return {x.data(), int64_t(x.shape(0)), int64_t(x.shape(1))}; }

// A metric by name: its kernel, what is done to the rows before, and its cost for each feature.
struct Entry {
    const char* name;
    VectorMetric metric;
    Scaling scaling;
    double cost;
};
constexpr Entry kVectorMetrics[] = {
    {"euclidean", VectorMetric::euclidean, Scaling::none, 0.1},
    {"sqeuclidean", VectorMetric::sqeuclidean, Scaling::none, 0.1},
    {"manhattan", VectorMetric::manhattan, Scaling::none, 0.1},
    {"cosine", VectorMetric::cosine, Scaling::to_length_1, 0.1},
    {"correlation", VectorMetric::cosine, Scaling::centered_to_length_1, 0.1},
};

const Entry& entry_of(const std::string& name) {
    for (const Entry& entry : kVectorMetrics)
        if (name == entry.name) return entry;
    throw nb::value_error(("No vector metric is called " + name + ".").c_str());
}

// The arrays of the caller, and what was made of them.
template <class T> struct HeldVectors {
    In<T> x;
    Maybe<T> y;
    std::shared_ptr<Vectors<T>> vectors;
};

template <class T> BoundPairs<T> vector_pairs(In<T> x, Maybe<T> y, const std::string& metric, double p) {
    const Entry& entry = entry_of(metric);
    const Table<T> rows = table_of(x), columns = y ? table_of(*y) : rows;
    auto vectors = make_vectors<T>(rows, y ? &columns : nullptr, entry.scaling);
    check_finished(vectors != nullptr);
    vectors->items.p = T(p);
    auto held = std::make_shared<HeldVectors<T>>(HeldVectors<T>{x, y, vectors});
    const VectorItems<T>& items = vectors->items;
    return {{&items, items.n, items.m, !y, 0, distance_kernels<T>().vectors[int(entry.metric)], nullptr,
             vector_cost(items.d, entry.cost)},
            held};
}

template <class To, class From> BoundPairs<To> cast_pairs(const BoundPairs<From>& from) {
    struct Held {
        std::shared_ptr<const void> owner;
        CastPairs<To, From> cast;
    };
    auto held = std::make_shared<Held>(Held{from.owner, {from.pairs}});
    return {held->cast.pairs(), held};
}

// An array that owns the numbers of a vector.
template <class V> nb::ndarray<nb::numpy, V> array_of(std::vector<V>&& values) {
    auto* kept = new std::vector<V>(std::move(values));
    nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<V>*>(p); });
    return nb::ndarray<nb::numpy, V>(kept->data(), {kept->size()}, owner);
}

// The largest T that is not above a radius: a distance in T is within the one where it is within the other.
template <class T> T round_down_to(double radius) {
    const T rounded = T(radius);
    return double(rounded) > radius ? std::nextafter(rounded, -std::numeric_limits<T>::infinity()) : rounded;
}

template <class T> auto within_radius(const BoundPairs<T>& p, double radius, bool without_self) {
    Neighbors<T> found;
    check_finished(within(p.pairs, round_down_to<T>(radius), without_self, found));
    return std::make_tuple(array_of(std::move(found.indptr)), array_of(std::move(found.indices)),
                           array_of(std::move(found.distances)));
}

template <class T> void bind(nb::module_& m, const std::string& suffix) {
    using P = BoundPairs<T>;
    const auto name = [&](const char* stem) { return stem + suffix; };
    m.def(name("vector_pairs").c_str(), &vector_pairs<T>, nb::arg("x"), nb::arg("y").none(), nb::arg("metric"),
          nb::arg("p") = 2.0);
    m.def("fill_square", [](const P& p, Out<T> out, int64_t row0, int64_t row1) {
        check_finished(fill_square(p.pairs, out.data(), row0, row1));
    });
    m.def("fill_condensed", [](const P& p, Out<T> out, int64_t row0, int64_t row1) {
        check_finished(fill_condensed(p.pairs, out.data(), row0, row1));
    });
    m.def("k_nearest", [](const P& p, int64_t k, Out<int64_t> indices, Out<T> distances, bool without_self) {
        check_finished(k_nearest(p.pairs, k, without_self, indices.data(), distances.data()));
    });
    m.def("within", &within_radius<T>);
    m.def("cluster_sums", [](const P& p, In<int32_t> labels, int64_t k, Out<double> out) {
        check_finished(cluster_sums(p.pairs, labels.data(), k, out.data()));
    });
}

}  // namespace

void bind_distances(nb::module_& m) {
    bind<float>(m, "32");
    bind<double>(m, "64");
    m.def("cast_pairs32", &cast_pairs<float, double>);
    m.def("cast_pairs64", &cast_pairs<double, float>);
}

}  // namespace ganglion
