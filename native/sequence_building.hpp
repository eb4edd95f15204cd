// Texts made ready for the kernels: one compact alphabet, patterns in panels with their table of match bits.
#pragma once
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "sequence_texts.hpp"

namespace ganglion {

// Bytes aligned to panels.
class PanelBytes {
  public:
    void assign(const std::vector<char>& from) {
        bytes_.reset(new char[from.size() + kPanelBytes]);
        start_ = bytes_.get() + (kPanelBytes - reinterpret_cast<uintptr_t>(bytes_.get()) % kPanelBytes);
        if (!from.empty()) std::memcpy(start_, from.data(), from.size());
    }
    const char* data() const { return start_; }

  private:
    std::unique_ptr<char[]> bytes_;
    char* start_ = nullptr;
};

// The characters of some texts, numbered from 0 by how often they occur (ties: the smaller code first).
class Alphabet {
  public:
    explicit Alphabet(const Texts& texts) {
        const int64_t total = texts.offsets[texts.n];
        uint32_t most = 0;
        for (int64_t t = 0; t < total; ++t) most = std::max(most, texts.codes[t]);
        std::vector<int64_t> counts(total ? size_t(most) + 1 : 0, 0);
        for (int64_t t = 0; t < total; ++t) ++counts[texts.codes[t]];
        std::vector<uint32_t> order;
        for (uint32_t c = 0; c < counts.size(); ++c)
            if (counts[c]) order.push_back(c);
        std::sort(order.begin(), order.end(),
                  [&](uint32_t a, uint32_t b) { return counts[a] != counts[b] ? counts[a] > counts[b] : a < b; });
        number_.assign(counts.size(), kAbsent);
        for (uint32_t i = 0; i < order.size(); ++i) number_[order[i]] = i;
        size_ = int64_t(order.size());
    }
    int64_t size() const { return size_; }
    uint32_t operator()(uint32_t code) const { return code < number_.size() ? number_[code] : kAbsent; }

  private:
    std::vector<uint32_t> number_;
    int64_t size_ = 0;
};

// Cuts patterns into panels and writes their match bits.
class PanelBuilder {
  public:
    PanelBuilder(const Texts& patterns, int64_t alphabet) : y_(patterns), row_(size_t(alphabet), 0) {
        for (int64_t first = 0; first < y_.n;) first += add_panel(first);
    }

    std::vector<Panel> panels;
    std::vector<MatchBlock> blocks;
    std::vector<uint16_t> row_of;
    PanelBytes bytes;

    // Turns positions into pointers; call once, where the builder stays.
    void finish() {
        bytes.assign(raw_);
        for (size_t b = 0; b < blocks.size(); ++b) {
            blocks[b].row_of = row_of.data() + map_at_[b];
            blocks[b].valid = bytes.data() + raw_at_[b];
            blocks[b].rows = blocks[b].valid + kPanelBytes;
        }
        size_t block = 0, panel = 0;
        for (Panel& p : panels) {
            p.blocks = blocks.data() + block;
            p.half = bytes.data() + half_at_[panel++];
            p.window = p.half + kPanelBytes;
            block += size_t(p.n_blocks);
        }
        panels.push_back({y_.n, 0, 64, 0, 1, nullptr, nullptr, nullptr});  // where loops end
        raw_ = {};
    }

  private:
    // Every panel costs the same, so take the width that holds the most patterns from here on. Patterns over 64 share
    // a panel only while none is much longer than the first: all of it is computed for all.
    int64_t add_panel(int64_t first) {
        int64_t best = 0, bits = 64;
        for (const int64_t width : {8, 16, 32, 64}) {
            int64_t count = 0;
            while (count < kPanelBytes * 8 / width && first + count < y_.n && y_.length(first + count) <= width) ++count;
            if (count > best) best = count, bits = width;
        }
        int64_t longest = 0;
        if (best == 0) {
            const int64_t most = 64 * (y_.length(first) / 48 + 1);
            while (best < 8 && first + best < y_.n && y_.length(first + best) > 64 && y_.length(first + best) <= most)
                ++best;
        }
        for (int64_t j = first; j < first + best; ++j) longest = std::max(longest, y_.length(j));
        const int64_t n_blocks = std::max<int64_t>(1, (longest + 63) / 64);
        panels.push_back({first, best, bits, longest, n_blocks, nullptr, nullptr, nullptr});
        for (int64_t b = 0; b < n_blocks; ++b) add_block(first, best, bits, b);
        add_half(first, best, bits);
        return best;
    }

    void add_block(int64_t first, int64_t count, int64_t bits, int64_t block) {
        const size_t at = new_row();  // valid bits, then row 0
        raw_at_.push_back(at);
        new_row();
        uint16_t rows = 1;
        seen_.clear();
        for (int64_t l = 0; l < count; ++l) {
            const uint32_t* pattern = y_.text(first + l);
            const int64_t end = std::min(y_.length(first + l), (block + 1) * bits);
            for (int64_t t = block * bits; t < end; ++t) {
                uint16_t& row = row_[pattern[t]];
                if (!row) row = rows++, seen_.push_back(pattern[t]), new_row();
                set_bit(at + size_t(kPanelBytes) * (1 + row), l * bits + t - block * bits);
                set_bit(at, l * bits + t - block * bits);
            }
        }
        uint32_t limit = 0;
        for (uint32_t c : seen_) limit = std::max(limit, c + 1);
        map_at_.push_back(row_of.size());
        row_of.resize(row_of.size() + limit + 1, 0);
        for (uint32_t c : seen_) row_of[map_at_.back() + c] = row_[c], row_[c] = 0;
        blocks.push_back({nullptr, nullptr, limit, nullptr});
    }

    void add_half(int64_t first, int64_t count, int64_t bits) {
        half_at_.push_back(new_row());
        const size_t window = new_row();
        for (int64_t l = 0; l < kPanelBytes * 8 / bits; ++l) {
            const int64_t length = l < count ? y_.length(first + l) : 0;
            const int64_t half = std::min(bits, std::max<int64_t>(1, length / 2));
            for (int64_t t = 0; t < half; ++t) set_bit(half_at_.back(), l * bits + t);
            raw_[window + size_t(l * bits / 8)] = char(half - 1);  // below 64: the lowest byte of a lane
        }
    }

    size_t new_row() {
        raw_.resize(raw_.size() + size_t(kPanelBytes), 0);
        return raw_.size() - size_t(kPanelBytes);
    }
    // Lanes are little-endian: bit k of a panel stands in byte k / 8 for every width of lanes.
    void set_bit(size_t row, int64_t bit) { raw_[row + size_t(bit / 8)] |= char(1 << (bit % 8)); }

    Texts y_;
    std::vector<uint16_t> row_;   // (alphabet,) of the block in the making
    std::vector<uint32_t> seen_;
    std::vector<char> raw_;
    std::vector<size_t> raw_at_, map_at_, half_at_;
};

// The characters of patterns, column by column.
class CharacterBuilder {
  public:
    // Lanes of 16 bits where sums of three lengths and all characters fit into them.
    CharacterBuilder(const TextSpace& s) : lane_bytes(s.alphabet < 32000 && longest(s) < 10000 ? 2 : 4) {
        const int64_t lanes = kPanelBytes / lane_bytes, m = s.y.n;
        std::vector<char> raw;
        std::vector<size_t> at;
        for (int64_t first = 0; first < m; first += lanes) {
            const int64_t count = std::min(lanes, m - first);
            int64_t longest = 0;
            for (int64_t l = 0; l < count; ++l) longest = std::max(longest, s.y.length(first + l));
            at.push_back(raw.size());
            raw.resize(raw.size() + size_t(longest * kPanelBytes), char(-1));
            for (int64_t l = 0; l < count; ++l)
                for (int64_t t = 0; t < s.y.length(first + l); ++t)
                    std::memcpy(raw.data() + at.back() + t * kPanelBytes + l * lane_bytes, s.y.text(first + l) + t,
                                size_t(lane_bytes));
            panels.push_back({first, count, longest, nullptr});
        }
        bytes_.assign(raw);
        for (size_t p = 0; p < at.size(); ++p) panels[p].characters = bytes_.data() + at[p];
        panels.push_back({m, 0, 0, nullptr});
    }

    int64_t lane_bytes;
    std::vector<CharacterPanel> panels;

  private:
    static int64_t longest(const TextSpace& s) { return std::max(s.longest_text, s.longest_pattern); }
    PanelBytes bytes_;
};

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

// Owns a space of texts: copies in the patterns' alphabet.
struct HeldTexts {
    OwnedTexts x, y;
    std::vector<int32_t> lengths, panel_of;
    std::unique_ptr<PanelBuilder> panels;
    std::unique_ptr<CharacterBuilder> characters;
    TextSpace space;

    HeldTexts(const Texts& a, const Texts* other) {
        const Texts& b = other ? *other : a;
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

}  // namespace ganglion
