// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "bayes_model.hpp"
#include "bound_pairs.hpp"

namespace ganglion {
namespace {

using Lists = std::tuple<In<int64_t>, In<int32_t>, In<double>>;

// The statistics of clusters under one family, one by one: what a sampler moves, for tests and for new rows. Clusters are
// any numbers below `capacity`.
struct ColumnStatistics {
    BlockKind kind;
    BlockData data{};
    std::optional<In<double>> x;
    std::vector<In<double>> numbers;
    std::optional<Lists> lists;
    std::vector<double> state, shared, derived;

    const BlockOps& ops() const { return *ops_of(kind); }
    double* panel(int64_t cluster) {
        return state.data() + cluster / kClusterLanes * kClusterLanes * ops().n_numbers(data);
    }

    ColumnStatistics(const std::string& name, int64_t n, std::optional<In<double>> values, std::vector<In<double>> given,
                     std::vector<int64_t> sizes, std::optional<Lists> csr, int64_t capacity)
        : kind(kind_of(name)), x(values), numbers(given), lists(csr) {
        data.n = n;
        data.d = x ? int64_t(x->shape(1)) : sizes.at(0);
        if (x) data.x = x->data();
        if (lists) {
            data.indptr = std::get<0>(*lists).data();
            data.indices = std::get<1>(*lists).data();
            data.values = std::get<2>(*lists).data();
        }
        for (size_t i = 0; i < numbers.size() && i < 8; ++i) data.numbers[i] = numbers[i].data();
        for (size_t i = 0; i < sizes.size() && i < 8; ++i) data.sizes[i] = sizes[i];
        prepare_block(kind, data, derived);
        const int64_t panels = (capacity + kClusterLanes - 1) / kClusterLanes;
        state.assign(size_t(panels * kClusterLanes * ops().n_numbers(data)), 0.0);
        for (int64_t c = 0; c < panels * kClusterLanes; ++c) ops().clear(data, panel(c), c % kClusterLanes);
        if (!ops().n_shared) return;
        shared.assign(size_t(ops().n_shared(data)), 0.0);
        ops().start_shared(data, shared.data());
    }
};

Random random_of(const Out<uint64_t>& words) {
    Random random{};
    for (int i = 0; i < 4; ++i) random.words[i] = words.data()[i];
    return random;
}

// out[i, c] = log density of row begin + i given cluster c, without the row where own[i] = c.
void score_rows(ColumnStatistics& s, int64_t begin, int64_t k, In<int32_t> own, Out<double> out) {
    const int64_t n = int64_t(out.shape(0)), stride = int64_t(out.shape(1));
    const BlockOps& ops = s.ops();
    constexpr int64_t kBlock = 256;
    check_finished(parallel((n + kBlock - 1) / kBlock, get_num_threads(), [&](int64_t block, int) {
        for (int64_t i = block * kBlock; i < std::min(n, (block + 1) * kBlock); ++i) {
            double* row = out.data() + i * stride;
            for (int64_t c = 0; c < stride; ++c) row[c] = 0;
            ops.score(s.data, s.state.data(), k, begin + i, own.data()[i], row);
        }
    }));
}

}  // namespace

void bind_columns(nb::module_& m) {
    using S = ColumnStatistics;
    nb::class_<S>(m, "ColumnStatistics")
        .def(nb::init<const std::string&, int64_t, std::optional<In<double>>, std::vector<In<double>>,
                      std::vector<int64_t>, std::optional<Lists>, int64_t>(),
             nb::arg("kind"), nb::arg("n"), nb::arg("x").none(), nb::arg("numbers"), nb::arg("sizes"),
             nb::arg("csr").none(), nb::arg("capacity"))
        .def("clear", [](S& s, int64_t c) { s.ops().clear(s.data, s.panel(c), c % kClusterLanes); })
        .def("add", [](S& s, int64_t c, int64_t row) { s.ops().add(s.data, s.panel(c), c % kClusterLanes, row); })
        .def("remove", [](S& s, int64_t c, int64_t row) {
            return s.ops().remove(s.data, s.panel(c), c % kClusterLanes, row);
        })
        .def("rebuild", [](S& s, int64_t c, In<int32_t> members) {
            s.ops().rebuild(s.data, s.panel(c), c % kClusterLanes, members.data(), int64_t(members.shape(0)));
        })
        .def("score_rows", score_rows, nb::arg("begin"), nb::arg("k"), nb::arg("own"), nb::arg("out"))
        .def("log_marginal", [](S& s, int64_t c) {
            return s.ops().log_marginal(s.data, s.shared.data(), s.panel(c), c % kClusterLanes);
        })
        .def("draw", [](S& s, int64_t c, Out<uint64_t> words) {
            Random random = random_of(words);
            s.ops().draw(s.data, s.shared.data(), s.panel(c), c % kClusterLanes, random);
            for (int i = 0; i < 4; ++i) words.data()[i] = random.words[i];
        })
        .def("draw_shared", [](S& s, int64_t k, Out<uint64_t> words) {
            Random random = random_of(words);
            s.ops().draw_shared(s.data, s.shared.data(), s.state.data(), k, random);
            for (int i = 0; i < 4; ++i) words.data()[i] = random.words[i];
        })
        .def_prop_ro("shared", [](nb::handle_t<S> self) {
            std::vector<double>& v = nb::cast<S&>(self).shared;
            return nb::ndarray<nb::numpy, double>(v.data(), {v.size()}, self);
        })
        // (panels, numbers, lanes)
        .def_prop_ro("state", [](nb::handle_t<S> self) {
            S& s = nb::cast<S&>(self);
            const size_t numbers = size_t(s.ops().n_numbers(s.data)), lanes = size_t(kClusterLanes);
            return nb::ndarray<nb::numpy, double>(s.state.data(), {s.state.size() / (numbers * lanes), numbers, lanes},
                                                  self);
        });
}

}  // namespace ganglion
