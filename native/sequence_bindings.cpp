// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>

#include "bound_pairs.hpp"
#include "isa.hpp"
#include "sequence_holding.hpp"

namespace ganglion {
namespace {

template <class T> const SequenceKernelsOf<T>& kernels();
template <> const SequenceKernelsOf<float>& kernels() { return isa().sequences->f32; }
template <> const SequenceKernelsOf<double>& kernels() { return isa().sequences->f64; }

template <class V> using Maybe = std::optional<In<V>>;

// Items of any kind S from their values and offsets.
template <class S, class V> S items_of(const In<V>& values, const In<int64_t>& offsets) {
    return {values.data(), offsets.data(), int64_t(offsets.shape(0)) - 1};
}

template <class S, class V> std::optional<S> maybe_items(const Maybe<V>& values, const Maybe<int64_t>& offsets) {
    if (!values) return std::nullopt;
    return items_of<S>(*values, *offsets);
}

template <class T>
BoundPairs<T> text_pairs(In<uint32_t> codes, In<int64_t> offsets, const Maybe<uint32_t>& other,
                         const Maybe<int64_t>& other_offsets, const std::string& metric, bool normalized,
                         double prefix_weight) {
    const auto y = maybe_items<Texts>(other, other_offsets);
    auto held = std::make_shared<HeldTexts>(items_of<Texts>(codes, offsets), y ? &*y : nullptr);
    TextSpace& s = held->space;
    s.normalized = normalized;
    s.prefix_weight = prefix_weight;
    Pairs<T> pairs{&s, s.x.n, s.y.n, s.symmetric, 0, nullptr, nullptr, 1};
    if (metric == "levenshtein") {
        held->make_panels();
        pairs.tile = kernels<T>().levenshtein;
        pairs.scratch_bytes = s.longest_pattern > 64 ? kPanelBytes * s.longest_text : 0;
        pairs.pair_cost = held->pair_cost();
    } else if (metric == "jaro_winkler") {
        held->make_panels();
        pairs.tile = kernels<T>().jaro_winkler;
        pairs.scratch_bytes = kPanelBytes * 64 + 5 * s.longest_pattern + s.longest_text + 4 * s.alphabet;
        pairs.pair_cost = 4 * held->pair_cost() + 5;
    } else if (metric == "damerau_levenshtein") {
        held->make_characters();
        pairs.tile = kernels<T>().damerau_levenshtein;
        pairs.scratch_bytes = kPanelBytes * 4 * (s.longest_pattern + 2);
        pairs.pair_cost = 0.5 + held->mean_text() * held->mean_columns() * 8 / double(kPanelBytes / s.lane_bytes);
    } else {
        throw nb::value_error("no such metric of texts");
    }
    return {pairs, held};
}

template <class T>
BoundPairs<T> set_pairs(In<int32_t> ids, In<int64_t> offsets, const Maybe<int32_t>& other,
                        const Maybe<int64_t>& other_offsets, int64_t universe, const std::string& metric) {
    const auto y = maybe_items<Sets>(other, other_offsets);
    auto held = std::make_shared<HeldSets>(items_of<Sets>(ids, offsets), y ? &*y : nullptr, universe);
    SetSpace& s = held->space;
    s.dice = metric == "dice";
    const double cost = 0.5 + 0.7 * held->mean_common();
    return {{&s, s.x.n, s.m, s.symmetric, 4 * 4096, kernels<T>().sets, nullptr, cost}, held};
}

template <class T>
BoundPairs<T> series_pairs(In<T> values, In<int64_t> offsets, const Maybe<T>& other,
                           const Maybe<int64_t>& other_offsets, int64_t band, double share, bool absolute) {
    const auto y = maybe_items<SeriesOf<T>>(other, other_offsets);
    const auto x = items_of<SeriesOf<T>>(values, offsets);
    auto held = std::make_shared<HeldSeries<T>>(x, y ? &*y : nullptr, int64_t(values.shape(1)));
    SeriesSpace<T>& s = held->space;
    s.band = band, s.share = share, s.absolute = absolute;
    const double rows = x.n ? double(x.offsets[x.n]) / double(x.n) : 0;
    const double width = band >= 0 ? 2 * double(band) + 8 : share >= 0 ? 2 * share * rows + 8 : 1e300;
    const double cells = rows * std::min(held->steps / std::max<double>(1, double(held->panels.size()) - 1), width);
    const double cost = 1 + 0.02 * double(sizeof(T)) * cells * double(s.channels);
    const int64_t scratch = kPanelBytes * (held->longest() + 2 * kWarpRows);
    return {{&s, s.x.n, s.m, s.symmetric, scratch, kernels<T>().series, nullptr, cost}, held};
}

template <class T> void bind(nb::module_& m, const std::string& suffix) {
    m.def(("text_pairs" + suffix).c_str(), &text_pairs<T>, nb::arg("codes"), nb::arg("offsets"),
          nb::arg("other_codes").none(), nb::arg("other_offsets").none(), nb::arg("metric"), nb::arg("normalized"),
          nb::arg("prefix_weight"));
    m.def(("set_pairs" + suffix).c_str(), &set_pairs<T>, nb::arg("ids"), nb::arg("offsets"),
          nb::arg("other_ids").none(), nb::arg("other_offsets").none(), nb::arg("universe"), nb::arg("metric"));
    m.def(("series_pairs" + suffix).c_str(), &series_pairs<T>, nb::arg("values"), nb::arg("offsets"),
          nb::arg("other_values").none(), nb::arg("other_offsets").none(), nb::arg("band"), nb::arg("share"),
          nb::arg("absolute"));
}

}  // namespace

void bind_sequences(nb::module_& m) {
    bind<float>(m, "32");
    bind<double>(m, "64");
}

}  // namespace ganglion
