// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "bound_pairs.hpp"
#include "sweep_moves.hpp"

namespace ganglion {
namespace {

using Numbers = std::vector<In<double>>;
using BlockArguments = std::tuple<std::string, int64_t, bool, Numbers>;  // kind, columns, missing cells, hyperparameters

SweepKind kind_of(const std::string& name) {
    const char* names[] = {"normal", "diagonal_normal", "bernoulli", "poisson", "multinomial", "categorical"};
    for (int kind = 0; kind < 6; ++kind)
        if (name == names[kind]) return SweepKind(kind);
    throw nb::value_error("no such family");
}

// Keeps the arrays that the model points into.
struct HeldSweepModel {
    In<double> lines;
    std::optional<In<int64_t>> indptr;
    std::optional<In<int32_t>> features;
    std::optional<In<double>> values;
    std::vector<Numbers> numbers;
    std::vector<SweepBlock> blocks;
    std::vector<double> alone;
    double constant;
    SweepModel model;

    void add(const BlockArguments& given) {
        const auto& [name, d, gaps, arrays] = given;
        SweepBlock block{};
        block.kind = kind_of(name);
        block.d = d;
        for (size_t i = 0; i < arrays.size(); ++i) block.numbers[i] = arrays[i].data();
        block.first = model.n_lines, block.feature = model.n_features;
        block.statistic = model.n_statistics, block.parameter = model.n_parameters;
        if (block.kind == SweepKind::normal) {
            const int64_t pairs = (d + 1) / 2;
            block.n_lines = 2 * pairs;
            block.n_statistics = d + d * (d + 1) / 2;
            block.n_parameters = 2 * pairs * (pairs + 1) + 2 * pairs;
        } else if (block.kind == SweepKind::diagonal_normal) {
            block.n_lines = gaps ? 2 * d : d;
            block.n_statistics = gaps ? 3 * d : 2 * d;
            block.n_parameters = 3 * d;
        } else {
            const bool twice = block.kind == SweepKind::bernoulli || block.kind == SweepKind::poisson;
            block.n_features = block.kind == SweepKind::categorical ? int64_t(block.numbers[1][d]) : twice ? 2 * d : d;
            block.n_statistics = block.n_parameters = block.n_features;
        }
        model.n_lines += block.n_lines, model.n_features += block.n_features;
        model.n_statistics += block.n_statistics, model.n_parameters += block.n_parameters;
        blocks.push_back(block);
        numbers.push_back(arrays);
    }

    void finish() {
        model.blocks = blocks.data();
        model.n_blocks = int64_t(blocks.size());
        model.lines = lines.data();
        model.indptr = indptr ? indptr->data() : nullptr;
        model.features = features ? features->data() : nullptr;
        model.values = values ? values->data() : nullptr;
        alone.assign(size_t(model.n), 0.0);
        const int workers = get_num_threads();
        const int64_t own = model.n_statistics + 1;
        SweepScratch scratch;
        scratch.reserve(workers, own + isa().sweeps->draw_scratch(model));
        constexpr int64_t kRowsOfBlock = 512;
        check_finished(parallel((model.n + kRowsOfBlock - 1) / kRowsOfBlock, workers, [&](int64_t block, int worker) {
            double* statistics = scratch[worker];
            for (int64_t i = block * kRowsOfBlock; i < std::min(model.n, (block + 1) * kRowsOfBlock); ++i) {
                single_statistics(model, i, statistics);
                const SweepCluster cluster{1, model.lines + i * model.n_lines, statistics};
                alone[size_t(i)] = isa().sweeps->log_marginal(model, cluster, statistics + own);
            }
        }));
    }
};

Random stream_of(const uint64_t* words) { return {{words[0], words[1], words[2], words[3]}}; }

template <class T> nb::ndarray<nb::numpy, T> copy_of(const T* from, size_t count) {
    T* values = new T[count];
    std::copy_n(from, count, values);
    nb::capsule owner(values, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    return nb::ndarray<nb::numpy, T>(values, {count}, owner);
}

struct HeldChain {
    SweepChain chain;
    SweepMoves moves;
    HeldChain(const HeldSweepModel& held) : chain(held.model, held.alone.data(), held.constant), moves(chain) {}
};

struct HeldSweepChains {
    nb::object owner;
    std::vector<std::unique_ptr<HeldChain>> held;

    explicit HeldSweepChains(nb::object model) : owner(model) {}
    HeldSweepChains(const HeldSweepChains&) = delete;

    // Chains run side by side where there are as many of them as threads; otherwise each has the pool to itself.
    template <class F> void each(F&& f) {
        const int64_t count = int64_t(held.size()), n = held.empty() ? 0 : int64_t(held[0]->chain.labels().size());
        constexpr int64_t kFewRows = 4 * kSegmentRows, kTiny = 512;
        const int workers = n * count <= kTiny ? 1 : get_num_threads();  // waking the pool takes longer than a tiny sweep
        if (count > 1 && (count >= get_num_threads() || n < kFewRows)) {
            check_finished(parallel(count, workers, [&](int64_t c, int) { f(*held[size_t(c)], c, SweepRunner{false}); }));
            return;
        }
        for (int64_t c = 0; c < count; ++c) check_finished(f(*held[size_t(c)], c, SweepRunner{true}));
    }

    static SweepTable table_of(const std::vector<double>& shifts, const Numbers& log_v, int64_t c) {
        return {shifts[size_t(c)], log_v[size_t(c)].data(), int64_t(log_v[size_t(c)].shape(0))};
    }

    void advance(const std::vector<double>& shifts, const Numbers& log_v, int64_t n_sweeps,
                 const std::vector<bool>& subclusters) {
        each([&](HeldChain& one, int64_t c, const SweepRunner& run) {
            const SweepTable table = table_of(shifts, log_v, c);
            for (int64_t sweep = 0; sweep < n_sweeps; ++sweep)
                if (!one.chain.sweep(table, run) ||
                    !(subclusters[size_t(c)] ? one.moves.propose_subclusters(table, run) : one.moves.split_or_merge(table, run)))
                    return false;
            return true;
        });
    }
    void count() {
        each([](HeldChain& one, int64_t, const SweepRunner& run) { return one.chain.count(run); });
    }
    SweepChain& chain(int64_t c) const { return held[size_t(c)]->chain; }
};

}  // namespace

void bind_sweeps(nb::module_& m) {
    nb::class_<HeldSweepModel>(m, "SweepModel")
        .def("__init__",
             [](HeldSweepModel* self, In<double> lines, std::optional<In<int64_t>> indptr, std::optional<In<int32_t>> features,
                std::optional<In<double>> values, const std::vector<BlockArguments>& blocks, double constant) {
                 new (self) HeldSweepModel{};
                 self->lines = lines, self->indptr = indptr, self->features = features, self->values = values;
                 self->constant = constant;
                 self->model.n = int64_t(lines.shape(0));
                 for (const BlockArguments& block : blocks) self->add(block);
                 self->finish();
             }, nb::arg("lines"), nb::arg("indptr").none(), nb::arg("features").none(), nb::arg("values").none(),
             nb::arg("blocks"), nb::arg("constant"))
        .def_prop_ro("alone", [](const HeldSweepModel& s) { return copy_of(s.alone.data(), s.alone.size()); });

    using C = HeldSweepChains;
    nb::class_<C>(m, "SweepChains")
        .def("__init__", [](C* self, nb::object model, int64_t n_chains) {
                 new (self) C(model);
                 for (int64_t c = 0; c < n_chains; ++c)
                     self->held.push_back(std::make_unique<HeldChain>(nb::cast<const HeldSweepModel&>(model)));
             }, nb::arg("model"), nb::arg("n_chains"))
        .def("start", [](C& s, int64_t c, In<int32_t> labels, std::optional<In<int32_t>> order, In<uint64_t> words, int64_t moved,
                         In<int32_t> halves) {
                 s.chain(c).start(labels.data(), order ? order->data() : nullptr, stream_of(words.data()), moved);
                 s.held[size_t(c)]->moves.halves().assign(halves.data(), halves.data() + halves.shape(0));
             }, nb::arg("chain"), nb::arg("labels"), nb::arg("order").none(), nb::arg("words"), nb::arg("moved"), nb::arg("halves"))
        .def("advance", &C::advance, nb::arg("shifts"), nb::arg("log_v"), nb::arg("n_sweeps"), nb::arg("subclusters"))
        .def("count", &C::count)
        .def("labels", [](const C& s, int64_t c) { return copy_of(s.chain(c).labels().data(), s.chain(c).labels().size()); })
        .def("halves", [](const C& s, int64_t c) {
            const auto& halves = s.held[size_t(c)]->moves.halves();
            return copy_of(halves.data(), halves.size());
        })
        .def("order", [](const C& s, int64_t c) { return copy_of(s.chain(c).order().data(), s.chain(c).labels().size()); })
        .def("words", [](const C& s, int64_t c) { return copy_of(s.chain(c).random().words, 4); })
        .def("moved", [](const C& s, int64_t c) { return s.chain(c).moved(); })
        .def("peak", [](const C& s, int64_t c) { return s.chain(c).peak(); })
        .def("n_accepted", [](const C& s, int64_t c) { return s.held[size_t(c)]->moves.n_accepted(); })
        .def("n_clusters", [](const C& s, int64_t c) { return s.chain(c).n_clusters(); })
        .def("log_likelihood", [](C& s, int64_t c) { return s.chain(c).log_likelihood(); });
}

}  // namespace ganglion
