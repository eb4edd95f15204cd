// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>

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
    {"chebyshev", VectorMetric::chebyshev, Scaling::none, 0.1},
    {"canberra", VectorMetric::canberra, Scaling::none, 1.0},
    {"braycurtis", VectorMetric::braycurtis, Scaling::none, 0.2},
    {"hamming", VectorMetric::hamming, Scaling::none, 0.1},
    {"minkowski", VectorMetric::minkowski, Scaling::none, 20.0},
};

constexpr Entry kMinkowskiHalves = {"minkowski", VectorMetric::minkowski_halves, Scaling::none, 2.0};

// Powers of which 2 p is a small whole number have a kernel of their own.
bool is_halves(double p) { return p <= 16 && p == std::floor(2 * p) / 2; }

const Entry& entry_of(const std::string& name, double p) {
    if (name == "minkowski" && p == 1) return entry_of("manhattan", p);
    if (name == "minkowski" && p == 2) return entry_of("euclidean", p);
    if (name == "minkowski" && std::isinf(p)) return entry_of("chebyshev", p);
    if (name == "minkowski" && is_halves(p)) return kMinkowskiHalves;
    for (const Entry& entry : kVectorMetrics)
        if (name == entry.name) return entry;
    throw nb::value_error(("No vector metric is called " + name + ".").c_str());
}

// The arrays of the caller, and what was made of them.
template <class Array, class Made> struct Held {
    Array x;
    std::optional<Array> y;
    std::shared_ptr<Made> made;
};

// Pairs of items that were made ready, by one of the kernels.
template <class T, class Array, class Made>
BoundPairs<T> bound(const Array& x, const std::optional<Array>& y, const std::shared_ptr<Made>& made,
                    decltype(Pairs<T>::tile) tile, double cost) {
    auto held = std::make_shared<Held<Array, Made>>(Held<Array, Made>{x, y, made});
    const auto& items = made->items;
    return {{&items, items.n, items.m, !y, 0, tile, nullptr, cost, nullptr}, held};
}

// The second table, or null.
template <class T> class Other {
  public:
    explicit Other(const Maybe<T>& y) {
        if (y) table_ = table_of(*y);
    }
    const Table<T>* get() const { return table_ ? &*table_ : nullptr; }

  private:
    std::optional<Table<T>> table_;
};

// What one pair costs, in nanoseconds, at `per_feature`: measured with vectors of 32 bytes.
double vector_cost(int64_t d, double per_feature) { return 0.3 + per_feature * double(d); }

template <class T> BoundPairs<T> vector_pairs(In<T> x, Maybe<T> y, const std::string& metric, double p) {
    const Entry& entry = entry_of(metric, p);
    auto made = make_vectors<T>(table_of(x), Other<T>(y).get(), entry.scaling);
    check_finished(made != nullptr);
    made->items.p = T(p);
    BoundPairs<T> pairs = bound<T>(x, y, made, distance_kernels<T>().vectors[int(entry.metric)],
                                   vector_cost(made->items.d, entry.cost));
    pairs.pairs.tile_to_rows = distance_kernels<T>().vectors_to_rows[int(entry.metric)];
    return pairs;
}

BoundPairs<double> haversine_pairs(In<double> x, Maybe<double> y, double radius) {
    auto made = make_points(table_of(x), Other<double>(y).get(), radius);
    check_finished(made != nullptr);
    return bound<double>(x, y, made, distance_kernels<double>().haversine, 8.0);
}

template <class T>
BoundPairs<T> gower_pairs(In<T> x, Maybe<T> y, In<double> scale, In<uint8_t> categorical, In<double> weights) {
    auto made = make_mixed<T>(table_of(x), Other<T>(y).get(), {scale.data(), categorical.data(), weights.data()});
    check_finished(made != nullptr);
    return bound<T>(x, y, made, distance_kernels<T>().vectors[int(VectorMetric::gower)],
                    vector_cost(made->items.d, 0.4));
}

bool counts_bits_in_hardware() {
#if GANGLION_HAS_X86
    return __builtin_cpu_supports("avx512vpopcntdq");
#else
    return false;
#endif
}

BitMetric bit_metric_of(const std::string& name) {
    if (name == "jaccard") return BitMetric::jaccard;
    if (name == "dice") return BitMetric::dice;
    if (name == "hamming") return BitMetric::hamming;
    throw nb::value_error(("No metric of sets is called " + name + ".").c_str());
}

// Words of 64 features each, of one or two collections.
struct Words {
    Table<uint64_t> x;
    std::optional<Table<uint64_t>> y;
    int64_t n_features;
};

template <class T, class Array, class Owner>
BoundPairs<T> sets_of(const Array& x, const std::optional<Array>& y, const Words& words, const std::string& metric,
                      const Owner& owner) {
    const BitMetric which = bit_metric_of(metric);
    auto made = make_bit_sets(words.x, words.y ? &*words.y : nullptr, words.n_features);
    const DistanceKernelsOf<T>& kernels = distance_kernels<T>();
    const bool counted = kernels.counted_bits[int(which)] && counts_bits_in_hardware();
    BoundPairs<T> pairs = bound<T>(x, y, made, counted ? kernels.counted_bits[int(which)] : kernels.bits[int(which)],
                                   1.0 + 0.5 * double(words.x.d));
    pairs.owner = std::make_shared<std::pair<std::shared_ptr<const void>, Owner>>(pairs.owner, owner);
    return pairs;
}

template <class T>
BoundPairs<T> word_pairs(In<uint64_t> x, Maybe<uint64_t> y, const std::string& metric, int64_t n_features) {
    Words words{table_of(x), {}, n_features};
    if (y) words.y = table_of(*y);
    return sets_of<T>(x, y, words, metric, 0);
}

template <class T> BoundPairs<T> bit_pairs(In<uint8_t> x, Maybe<uint8_t> y, const std::string& metric) {
    const Table<uint8_t> rows = table_of(x);
    const int64_t n_words = (rows.d + 63) / 64;
    auto packed = std::make_shared<std::pair<Numbers<uint64_t>, Numbers<uint64_t>>>();
    packed->first = pack_bits(rows);
    Words words{{packed->first.data(), rows.n, n_words}, {}, rows.d};
    if (y) {
        packed->second = pack_bits(table_of(*y));
        words.y = Table<uint64_t>{packed->second.data(), int64_t(y->shape(0)), n_words};
    }
    return sets_of<T>(x, y, words, metric, packed);
}

// Values, indptr and columns of a CSR matrix.
template <class T> struct Csr {
    In<T> values;
    In<int64_t> indptr;
    In<int32_t> columns;

    SparseTable<T> table() const {
        return {values.data(), indptr.data(), columns.data(), int64_t(indptr.shape(0)) - 1};
    }
};

template <class T>
BoundPairs<T> sparse_pairs(In<T> values, In<int64_t> indptr, In<int32_t> columns, const std::string& metric,
                           Maybe<T> y_values, Maybe<int64_t> y_indptr, Maybe<int32_t> y_columns) {
    const Entry& entry = entry_of(metric, 2);
    if (int(entry.metric) >= int(std::size(distance_kernels<T>().sparse)) || entry.name == std::string("correlation"))
        throw nb::value_error(("No metric of sparse rows is called " + metric + ".").c_str());
    const Csr<T> x{values, indptr, columns};
    std::optional<Csr<T>> y;
    if (y_values) y = Csr<T>{*y_values, *y_indptr, *y_columns};
    const std::optional<SparseTable<T>> other = y ? std::optional(y->table()) : std::nullopt;
    auto made = make_sparse<T>(x.table(), other ? &*other : nullptr, entry.scaling);
    const double per_panel = double(made->panel_features.size()) / double(std::max<size_t>(1, made->panel_ends.size()));
    const double per_row = double(values.shape(0)) / double(std::max<int64_t>(1, made->items.n));
    return bound<T>(x, y, made, distance_kernels<T>().sparse[int(entry.metric)],
                    1.0 + 0.15 * per_panel + 0.5 * per_row);
}

BoundPairs<double> function_pairs(In<double> x, Maybe<double> y, uintptr_t address, uintptr_t user_data) {
    struct Made {
        FunctionItems items;
    };
    auto made = std::make_shared<Made>();
    const Table<double> rows = table_of(x), columns = y ? table_of(*y) : rows;
    made->items = {rows.n, columns.n, rows.d, rows.values, columns.values,
                   reinterpret_cast<DistanceFunction>(address), reinterpret_cast<void*>(user_data)};
    return bound<double>(x, y, made, y ? function_tile<false> : function_tile<true>, 10.0 + double(rows.d));
}

template <class To, class From> BoundPairs<To> cast_pairs(const BoundPairs<From>& from) {
    struct Both {
        std::shared_ptr<const void> owner;
        CastPairs<To, From> cast;
    };
    auto held = std::make_shared<Both>(Both{from.owner, {from.pairs}});
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
    m.def(name("gower_pairs").c_str(), &gower_pairs<T>, nb::arg("x"), nb::arg("y").none(), nb::arg("scale"),
          nb::arg("categorical"), nb::arg("weights"));
    m.def(name("bit_pairs").c_str(), &bit_pairs<T>, nb::arg("x"), nb::arg("y").none(), nb::arg("metric"));
    m.def(name("word_pairs").c_str(), &word_pairs<T>, nb::arg("x"), nb::arg("y").none(), nb::arg("metric"),
          nb::arg("n_features"));
    m.def(name("sparse_pairs").c_str(), &sparse_pairs<T>, nb::arg("values"), nb::arg("indptr"), nb::arg("columns"),
          nb::arg("metric"), nb::arg("y_values") = nb::none(), nb::arg("y_indptr") = nb::none(),
          nb::arg("y_columns") = nb::none());
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
    m.def("haversine_pairs64", &haversine_pairs, nb::arg("x"), nb::arg("y").none(), nb::arg("radius") = 1.0);
    m.def("function_pairs64", &function_pairs, nb::arg("x"), nb::arg("y").none(), nb::arg("address"),
          nb::arg("user_data") = 0);
    m.def("cast_pairs32", &cast_pairs<float, double>);
    m.def("cast_pairs64", &cast_pairs<double, float>);
}

}  // namespace ganglion
