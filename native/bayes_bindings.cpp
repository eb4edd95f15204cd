// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <tuple>

#include "bayes_chain.hpp"
#include "bayes_memberships.hpp"
#include "bound_pairs.hpp"

namespace ganglion {
namespace {

// Keeps what its blocks point into alive.
struct BoundModel {
    BayesModel model;
    std::vector<In<double>> arrays;
    std::vector<In<int64_t>> starts;
    std::vector<In<int32_t>> columns;
};

using Sparse = std::tuple<In<int64_t>, In<int32_t>, In<double>>;  // indptr, indices, values

// The columns of dense rows are counted; those of sparse ones are sizes[0].
void add_block(BoundModel& m, const std::string& kind, std::optional<In<double>> x,
               const std::vector<In<double>>& numbers, const std::vector<int64_t>& sizes,
               const std::optional<Sparse>& csr) {
    BlockData data{};
    data.n = m.model.n(), data.d = x ? int64_t(x->shape(1)) : sizes.at(0);
    const auto kept = [&](const In<double>& array) { return m.arrays.emplace_back(array).data(); };
    if (x) data.x = kept(*x);
    if (csr) {
        data.indptr = m.starts.emplace_back(std::get<0>(*csr)).data();
        data.indices = m.columns.emplace_back(std::get<1>(*csr)).data();
        data.values = kept(std::get<2>(*csr));
    }
    if (numbers.size() > std::size(data.numbers) || sizes.size() > std::size(data.sizes))
        throw nb::value_error("a block has at most 8 arrays and 8 sizes");
    for (size_t i = 0; i < numbers.size(); ++i) data.numbers[i] = kept(numbers[i]);
    for (size_t i = 0; i < sizes.size(); ++i) data.sizes[i] = sizes[i];
    check_finished(m.model.add(kind_of(kind), data));
}

template <class T> nb::ndarray<nb::numpy, T> copy_of(const T* values, std::vector<size_t> shape) {
    size_t count = 1;
    for (const size_t side : shape) count *= side;
    T* copied = new T[count + 1];
    std::copy(values, values + count, copied);
    nb::capsule owner(copied, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    return nb::ndarray<nb::numpy, T>(copied, shape.size(), shape.data(), owner);
}

// Below this, some half a millisecond, a sweep is over before the pool is awake.
constexpr int64_t kWorthAThread = 2'000'000;

// Sweeps of several chains side by side; what each of them did of the `n_sweeps`.
std::vector<int64_t> advance(const std::vector<BayesChain*>& chains, const std::vector<double>& shifts,
                             const std::vector<In<double>>& log_v, int64_t n_sweeps) {
    std::vector<int64_t> done(chains.size(), 0);
    int64_t work = 0;
    for (const BayesChain* chain : chains) work += n_sweeps * chain->work();
    const int workers = work < kWorthAThread ? 1 : get_num_threads();
    check_finished(parallel(int64_t(chains.size()), workers, [&](int64_t c, int) {
        const In<double>& table = log_v[size_t(c)];
        const PriorTable prior{shifts[size_t(c)], table.data(), int64_t(table.shape(0)) - 1};
        done[size_t(c)] = chains[size_t(c)]->advance(prior, n_sweeps);
    }));
    return done;
}

void bind_chain(nb::module_& m) {
    using C = BayesChain;
    nb::class_<C>(m, "BayesChain")
        .def("__init__", [](C* self, const BoundModel& model, In<int32_t> labels, In<uint64_t> words,
                            int64_t n_split_merge, int64_t n_scans, int64_t n_auxiliary) {
                 new (self) C(model.model, labels.data(), words.data(), {n_split_merge, n_scans, n_auxiliary});
             }, nb::arg("model"), nb::arg("labels"), nb::arg("words"), nb::arg("n_split_merge"), nb::arg("n_scans"),
             nb::arg("n_auxiliary"), nb::keep_alive<1, 2>())
        .def("settle", &C::settle)
        .def("log_likelihood", &C::log_likelihood)
        .def("restore", [](C& c, In<int32_t> labels, In<uint64_t> words) { c.restore(labels.data(), words.data()); },
             nb::arg("labels"), nb::arg("words"))
        .def_prop_ro("n_clusters", [](const C& c) { return c.view().n_clusters; })
        .def_prop_ro("peak", [](const C& c) { return c.view().peak; })
        .def("labels", [](C& c) {
            c.settle();
            return copy_of<int32_t>(c.labels().data(), {c.labels().size()});
        })
        .def("sizes", [](C& c) {
            c.settle();
            return copy_of<int64_t>(c.sizes().data(), {size_t(c.view().n_clusters)});
        })
        .def("counts", [](const C& c) { return copy_of<int64_t>(c.view().counts, {std::size(c.view().counts)}); })
        .def("words", [](const C& c) { return copy_of<uint64_t>(c.view().random.words, {4}); })
        .def("has_parameters", &C::has_parameters, nb::arg("block"))
        .def("read_parameters", [](C& c, int64_t block) {
            c.settle();
            const size_t k = size_t(c.view().n_clusters), each = size_t(c.n_numbers(block));
            std::vector<double> numbers(k * each), shared(size_t(c.n_shared(block)));
            c.read_parameters(block, numbers.data(), shared.data());
            return nb::make_tuple(copy_of<double>(numbers.data(), {k, each}),
                                  copy_of<double>(shared.data(), {shared.size()}));
        }, nb::arg("block"))
        .def("write_parameters", [](C& c, int64_t block, In<double> numbers, In<double> shared) {
            c.write_parameters(block, numbers.data(), shared.data());
        }, nb::arg("block"), nb::arg("numbers"), nb::arg("shared"));
}

// Draw i has the labels draws[i], n_clusters[i] clusters and the next n_items[i] rows of log_weights and counts.
void add_draws(Memberships& m, In<int32_t> draws, In<int64_t> n_clusters, In<int64_t> n_items, In<double> log_weights,
               In<double> counts) {
    std::vector<DrawView> views;
    const double* weights = log_weights.data();
    const double* count = counts.data();
    for (size_t i = 0; i < draws.shape(0); ++i) {
        const int64_t t = n_clusters.data()[i], items = n_items.data()[i];
        views.push_back({draws.data() + i * draws.shape(1), t, items, weights, count});
        weights += items * whole(t + 1, kClusterLanes);
        count += items;
    }
    check_finished(m.add(views));
}

void bind_memberships(nb::module_& m) {
    nb::class_<Memberships>(m, "Memberships")
        .def("__init__", [](Memberships* self, const BoundModel& model, int64_t n_known, int64_t begin, int64_t end,
                            In<int32_t> reference, int64_t k) {
                 new (self) Memberships(model.model, n_known, begin, end, reference.data(), k);
             }, nb::arg("model"), nb::arg("n_known"), nb::arg("begin"), nb::arg("end"), nb::arg("reference"), nb::arg("k"),
             nb::keep_alive<1, 2>())
        .def("add", &add_draws, nb::arg("draws"), nb::arg("n_clusters"), nb::arg("n_items"), nb::arg("log_weights"),
             nb::arg("counts"))
        .def("read", [](const Memberships& m, Out<double> probabilities, Out<double> log_density) {
            m.read(probabilities.data(), log_density.data());
        }, nb::arg("probabilities"), nb::arg("log_density"))
        .def_ro_static("most_draws", &Memberships::kSlots);
}

}  // namespace

void bind_bayes(nb::module_& m) {
    nb::class_<BoundModel>(m, "BayesModel")
        .def("__init__", [](BoundModel* self, int64_t n) { new (self) BoundModel{BayesModel(n), {}, {}, {}}; }, nb::arg("n"))
        .def("add_block", &add_block, nb::arg("kind"), nb::arg("x").none(), nb::arg("numbers"), nb::arg("sizes"),
             nb::arg("csr").none() = nb::none())
        .def_prop_ro("n", [](const BoundModel& b) { return b.model.n(); })
        .def_prop_ro("n_blocks", [](const BoundModel& b) { return b.model.n_blocks(); });
    bind_chain(m);
    bind_memberships(m);
    m.def("advance_chains", &advance, nb::arg("chains"), nb::arg("shifts"), nb::arg("log_v"), nb::arg("n_sweeps"));
    m.def("bayes_log_gamma", [](In<double> x, Out<double> out) {
        isa().bayes->log_gamma(x.data(), int64_t(x.shape(0)), out.data());
    }, nb::arg("x"), nb::arg("out"));
    m.def("bayes_draws", [](Out<uint64_t> words, int which, double shape, Out<double> out) {
        Random random;
        std::memcpy(random.words, words.data(), sizeof(random.words));
        isa().bayes->draws(random, which, shape, out.data(), int64_t(out.shape(0)));
        std::memcpy(words.data(), random.words, sizeof(random.words));
    }, nb::arg("words"), nb::arg("which"), nb::arg("shape"), nb::arg("out"));
}

}  // namespace ganglion
