// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>

#include "bound_pairs.hpp"
#include "isa.hpp"
#include "sequence_building.hpp"

namespace ganglion {
namespace {

template <class T> const SequenceKernelsOf<T>& kernels();
template <> const SequenceKernelsOf<float>& kernels() { return isa().sequences->f32; }
template <> const SequenceKernelsOf<double>& kernels() { return isa().sequences->f64; }

using Other = std::optional<In<uint32_t>>;
using OtherOffsets = std::optional<In<int64_t>>;

struct OwnedTexts {
    std::vector<uint32_t> codes;
    std::vector<int64_t> offsets;
    Texts texts() const { return {codes.data(), offsets.data(), int64_t(offsets.size()) - 1}; }
    int64_t longest() const {
        int64_t most = 0;
        for (size_t i = 0; i + 1 < offsets.size(); ++i) most = std::max(most, offsets[i + 1] - offsets[i]);
        return most;
    }
};

// Owns a space of texts.
struct HeldTexts {
    OwnedTexts x, y;
    std::vector<int32_t> lengths, panel_of;
    std::unique_ptr<PanelBuilder> panels;
    std::unique_ptr<CharacterBuilder> characters;
    TextSpace space;

    HeldTexts(In<uint32_t> codes, In<int64_t> offsets, const Other& other, const OtherOffsets& other_offsets) {
        const Texts a{codes.data(), offsets.data(), int64_t(offsets.shape(0)) - 1};
        const Texts b = other ? Texts{other->data(), other_offsets->data(), int64_t(other_offsets->shape(0)) - 1} : a;
        const Alphabet alphabet(b);
        const auto keep = [&](const Texts& from, OwnedTexts& to) {
            to.offsets.assign(from.offsets, from.offsets + from.n + 1);
            to.codes.resize(size_t(from.offsets[from.n]));
            for (size_t t = 0; t < to.codes.size(); ++t) to.codes[t] = alphabet(from.codes[t]);
        };
        keep(b, y);
        if (other) keep(a, x);
        space.y = y.texts();
        space.x = other ? x.texts() : space.y;
        space.symmetric = !other;
        space.alphabet = alphabet.size();
        space.longest_pattern = y.longest();
        space.longest_text = other ? x.longest() : space.longest_pattern;
        for (int64_t j = 0; j < space.y.n; ++j) lengths.push_back(int32_t(space.y.length(j)));
        space.y_lengths = lengths.data();
    }

    void make_panels() {
        panels = std::make_unique<PanelBuilder>(space.y, space.alphabet);
        panels->finish();
        panel_of.resize(size_t(space.y.n));
        for (size_t p = 0; p + 1 < panels->panels.size(); ++p)
            for (int64_t l = 0; l < panels->panels[p].count; ++l)
                panel_of[size_t(panels->panels[p].first + l)] = int32_t(p);
        space.panels = panels->panels.data();
        space.panel_of = panel_of.data();
    }

    void make_characters() {
        characters = std::make_unique<CharacterBuilder>(space);
        space.characters = characters->panels.data();
        space.lane_bytes = characters->lane_bytes;
    }

    double mean_text() const { return space.x.n ? double(space.x.offsets[space.x.n]) / double(space.x.n) : 0; }

    double mean_columns() const {
        double columns = 0;
        for (const CharacterPanel& p : characters->panels) columns += double(p.longest);
        return columns / std::max<double>(1, double(characters->panels.size()) - 1);
    }

    // Nanoseconds of one pair: vectors' steps over all panels, shared by the patterns.
    double pair_cost() const {
        double blocks = 0;
        for (const Panel& p : panels->panels) blocks += double(p.n_blocks);
        return 0.5 + 3 * mean_text() * blocks / std::max<double>(1, double(space.y.n));
    }
};

template <class T>
BoundPairs<T> text_pairs(In<uint32_t> codes, In<int64_t> offsets, const Other& other,
                         const OtherOffsets& other_offsets, const std::string& metric, bool normalized,
                         double prefix_weight) {
    auto held = std::make_shared<HeldTexts>(codes, offsets, other, other_offsets);
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

template <class T> void bind(nb::module_& m, const std::string& suffix) {
    m.def(("text_pairs" + suffix).c_str(), &text_pairs<T>, nb::arg("codes"), nb::arg("offsets"),
          nb::arg("other_codes").none(), nb::arg("other_offsets").none(), nb::arg("metric"), nb::arg("normalized"),
          nb::arg("prefix_weight"));
}

}  // namespace

void bind_sequences(nb::module_& m) {
    bind<float>(m, "32");
    bind<double>(m, "64");
}

}  // namespace ganglion
