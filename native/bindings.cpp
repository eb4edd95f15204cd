// Thin: shapes are the caller's business, checked in Python; here arrays become pointers.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>

#include "bound_pairs.hpp"
#include "seeder.hpp"
#include "train_bindings.hpp"

using namespace ganglion;

namespace {

// A dense array or the three arrays of a CSR matrix; keeps what it points into alive.
template <class T> struct Source {
    In<T> values;
    In<int64_t> indptr;
    In<int32_t> columns;
    Rows<T> rows;

    static Source dense(In<T> x) {
        Source s;
        s.values = x;
        s.rows = {x.data(), nullptr, nullptr, int64_t(x.shape(0)), int64_t(x.shape(1))};
        return s;
    }
    static Source csr(In<T> values, In<int64_t> indptr, In<int32_t> columns, int64_t d) {
        Source s;
        s.values = values, s.indptr = indptr, s.columns = columns;
        s.rows = {values.data(), indptr.data(), columns.data(), int64_t(indptr.shape(0)) - 1, d};
        return s;
    }
};

using Weights = std::optional<In<double>>;
const double* pointer(const Weights& w) { return w ? w->data() : nullptr; }

void check(bool finished) {
    if (!finished) throw nb::python_error();
}

template <class T, class V> nb::ndarray<nb::numpy, V> view(std::vector<V>& v, nb::handle owner) {
    return nb::ndarray<nb::numpy, V>(v.data(), {v.size()}, owner);
}

template <class T> struct BoundLloyd {
    Source<T> source;
    Weights weights;
    In<T> shift;
    In<double> scale;
    Out<int32_t> labels;
    Lloyd<T> run;
};

template <class T> struct BoundSeeder {
    Source<T> source;
    Weights weights;
    In<T> shift;
    Seeder<T> run;
};

constexpr int64_t kBlock = 4096;

template <class T>
double own_distances(const Source<T>& x, In<T> centers, std::optional<In<int32_t>> labels, const Weights& weights,
                     std::optional<Out<double>> out) {
    const int64_t blocks = n_blocks(x.rows.n, kBlock);
    const int workers = get_num_threads();
    std::vector<double> parts(size_t(blocks), 0.0);
    Scratch scratch;
    scratch.reserve(workers, x.rows.sparse() ? 8 * x.rows.d * int64_t(sizeof(T)) : 64);
    check(parallel(blocks, workers, [&](int64_t b, int worker) {
        const int64_t begin = b * kBlock, end = std::min(x.rows.n, begin + kBlock);
        parts[size_t(b)] = definitions<T>().own_distances(x.rows, centers.data(), labels ? labels->data() : nullptr,
                                                          pointer(weights), begin, end,
                                                          reinterpret_cast<T*>(scratch[worker]),
                                                          out ? out->data() : nullptr);
    }));
    double sum = 0;
    for (double p : parts) sum += p;
    return sum;
}

template <class T> void all_distances(const Source<T>& x, In<T> centers, Out<double> out) {
    const int64_t k = int64_t(centers.shape(0)), block = block_rows(x.rows.n, x.rows.d, k);
    const int workers = get_num_threads();
    Scratch scratch;
    scratch.reserve(workers, x.rows.sparse() ? x.rows.d * int64_t(sizeof(T)) : 64);
    check(parallel(n_blocks(x.rows.n, block), workers, [&](int64_t b, int worker) {
        definitions<T>().all_distances(x.rows, centers.data(), k, b * block, std::min(x.rows.n, (b + 1) * block),
                                       reinterpret_cast<T*>(scratch[worker]), out.data());
    }));
}

template <class T> void nearest(const Source<T>& x, In<T> centers, In<T> shift, Out<int32_t> labels) {
    const int64_t k = int64_t(centers.shape(0)), block = block_rows(x.rows.n, x.rows.d, k);
    const int workers = get_num_threads();
    PackedCenters<T> packed;
    const Centers<T>& c = packed.pack(centers.data(), shift.data(), k, x.rows.d);
    Scratch scratch;
    scratch.reserve(workers, tiles<T>().scratch_bytes(x.rows.d, k, block));
    check(parallel(n_blocks(x.rows.n, block), workers, [&](int64_t b, int worker) {
        tiles<T>().label_block(x.rows, c, b * block, std::min(x.rows.n, (b + 1) * block), labels.data(),
                               scratch[worker]);
    }));
}

// Minimum, maximum, mean and second moment of each column into out (4, d); blocks are merged in order. Returns the
// total weight, or -1 - i for the first row i that holds a NaN or an infinity.
template <class T> double column_moments(const Source<T>& x, const Weights& weights, Out<double> out) {
    const int64_t n = x.rows.n, d = x.rows.d;
    const int64_t block = std::max<int64_t>(kBlock, (n + 255) / 256), blocks = n_blocks(n, block);
    const int workers = get_num_threads();
    std::vector<double> parts(size_t(blocks * 6 * d)), totals(size_t(blocks), 0.0);
    Scratch scratch;
    scratch.reserve(workers, x.rows.sparse() ? d * int64_t(sizeof(T)) : 64);
    check(parallel(blocks, workers, [&](int64_t b, int worker) {
        totals[size_t(b)] =
            definitions<T>().column_moments(x.rows, pointer(weights), b * block, std::min(n, (b + 1) * block),
                                            reinterpret_cast<T*>(scratch[worker]), parts.data() + b * 6 * d);
    }));
    double *lo = out.data(), *hi = lo + d, *mean = lo + 2 * d, *m2 = lo + 3 * d, total = 0;
    for (int64_t b = 0; b < blocks; ++b) {
        const double* p = parts.data() + b * 6 * d;
        const double weight = totals[size_t(b)];
        if (weight < 0) return weight;
        for (int64_t f = 0; f < d; ++f) {
            lo[f] = b ? std::min(lo[f], p[f]) : p[f];  // a block without weight offers the ends of float64
            hi[f] = b ? std::max(hi[f], p[d + f]) : p[d + f];
            if (!b) mean[f] = m2[f] = 0;
            if (weight <= 0) continue;
            const double e = p[2 * d + f] - mean[f], both = total + weight;
            mean[f] += e * (weight / both);
            m2[f] += p[3 * d + f] + e * e * (total * weight / both);
        }
        if (weight > 0) total += weight;
    }
    return total;
}

template <class T> void bind(nb::module_& m, const std::string& suffix) {
    using S = Source<T>;
    using L = BoundLloyd<T>;
    using P = BoundSeeder<T>;
    nb::class_<S>(m, ("Rows" + suffix).c_str())
        .def_static("dense", &S::dense)
        .def_static("csr", &S::csr)
        .def_prop_ro("shape", [](const S& s) { return std::make_tuple(s.rows.n, s.rows.d); });

    nb::class_<L>(m, ("Lloyd" + suffix).c_str())
        .def("__init__",
             [](L* self, const S& x, Weights w, In<T> shift, In<double> scale, int bits, bool integer_weights,
                int64_t k, Out<int32_t> labels) {
                 const Grid grid{scale.data(), bits, integer_weights};
                 new (self) L{x, w, shift, scale, labels,
                              Lloyd<T>(x.rows, pointer(w), shift.data(), grid, k, labels.data())};
             }, nb::arg("x"), nb::arg("weights").none(), nb::arg("shift"), nb::arg("scale"), nb::arg("bits"),
             nb::arg("integer_weights"), nb::arg("k"), nb::arg("labels"))
        .def("assign", [](L& s, In<T> centers) {
            const int64_t changed = s.run.assign(centers.data());
            check(changed >= 0);
            return changed;
        })
        .def("move", [](const L& s, Out<T> centers) { return s.run.move(centers.data()); })
        .def_prop_ro("has_empty", [](const L& s) { return s.run.has_empty(); })
        .def("weight", [](const L& s, int64_t j) { return s.run.weight(j); })
        .def("weights", [](const L& s, Out<double> out) {
            for (int64_t j = 0; j < s.run.n_clusters(); ++j) out.data()[j] = s.run.weight(j);
        })
        .def("sums_about", [](const L& s, In<double> anchor, Out<double> out) {
            const int64_t d = s.run.n_features();
            for (int64_t j = 0; j < s.run.n_clusters(); ++j)
                for (int64_t f = 0; f < d; ++f) out.data()[j * d + f] = s.run.sum_about(j, f, anchor.data()[f]);
        })
        .def("move_row", [](L& s, int64_t i, int32_t j) { s.run.move_row(i, j); });

    nb::class_<P>(m, ("Seeder" + suffix).c_str())
        .def("__init__",
             [](P* self, const S& x, Weights w, In<T> shift) {
                 new (self) P{x, w, shift, Seeder<T>(x.rows, pointer(w), shift.data())};
             }, nb::arg("x"), nb::arg("weights").none(), nb::arg("shift"))
        .def("sketch", [](P& s, In<T> directions, In<T> middle, bool residual, double skew, double level, double unit) {
            const int n = int(directions.shape(0));
            check(s.run.sketch({middle.data(), nullptr, n, residual, skew, level, unit}, directions.data()));
        })
        .def("take", [](P& s, int64_t i) { check(s.run.take(i)); })
        .def("take_best", [](P& s, In<int64_t> candidates) {
            const int64_t winner = s.run.take_best(candidates.data(), int64_t(candidates.shape(0)));
            check(winner >= 0);
            return winner;
        })
        .def("absorb", [](P& s, In<T> batch, int32_t first) {
            check(s.run.absorb(batch.data(), int64_t(batch.shape(0)), first));
        })
        .def("locate", [](const P& s, double target) { return s.run.locate(target); })
        .def("potential", [](const P& s) { return s.run.potential(); })
        .def_prop_ro("nearest", [](P& s) { return view<T>(s.run.nearest, nb::find(s)); })
        .def_prop_ro("owner", [](P& s) { return view<T>(s.run.owner, nb::find(s)); });

    m.def(("own_distances" + suffix).c_str(), &own_distances<T>, nb::arg("x"), nb::arg("centers"),
          nb::arg("labels").none(), nb::arg("weights").none(), nb::arg("out").none());
    m.def(("all_distances" + suffix).c_str(), &all_distances<T>);
    m.def(("nearest" + suffix).c_str(), &nearest<T>);
    m.def(("column_moments" + suffix).c_str(), &column_moments<T>, nb::arg("x"), nb::arg("weights").none(),
          nb::arg("out"));
}

}  // namespace

NB_MODULE(_core, m) {
    m.doc() = "Compiled kernels of ganglion; not public.";
    m.def("set_num_threads", &set_num_threads);
    m.def("get_num_threads", &get_num_threads);
    m.def("available_isas", [] {
        int n;
        const Isa* const* found = available_isas(&n);
        std::vector<std::string> names;
        for (int i = 0; i < n; ++i) names.emplace_back(found[i]->name);
        return names;
    });
    m.def("isa", [] { return std::string(isa().name); });
    m.def("use_isa", [](const std::string& name) { return use_isa(name.c_str()); });
    bind<float>(m, "32");
    bind<double>(m, "64");
    bind_training(m);
    bind_pairs(m);
    bind_distances(m);
    bind_sequences(m);
    bind_linkage(m);
    bind_spanning(m);
    bind_medoids(m);
    bind_bayes(m);
    bind_columns(m);
    bind_sweeps(m);
    bind_partitions(m);
    bind_meanfield(m);
    bind_criteria(m);
    bind_pixels(m);
    bind_refits(m);
    bind_searches(m);
}
