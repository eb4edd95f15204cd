// Texts as the kernels see them: plain structs, the same for every instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

// n texts, one behind the other, as numbers of characters. The alphabet is that of the patterns, the most frequent
// character first; `kAbsent` stands for every character that no pattern holds.
constexpr uint32_t kAbsent = 0xffffffffu;
struct Texts {
    const uint32_t* codes = nullptr;
    const int64_t* offsets = nullptr;  // (n + 1,)
    int64_t n = 0;
    const uint32_t* text(int64_t i) const { return codes + offsets[i]; }
    int64_t length(int64_t i) const { return offsets[i + 1] - offsets[i]; }
};

constexpr int64_t kPanelBytes = 64;  // a vector of the widest set; narrower ones take it in parts

// Which bits of the patterns of a panel match a character: row row_of[min(code, limit)], 64 bytes of lanes. Row 0 is
// zero; so is the row of `limit`.
struct MatchBlock {
    const uint16_t* row_of;
    const char* rows;
    uint32_t limit;
    const char* valid;  // (64,) the bits that patterns have in this block
};

// Consecutive patterns side by side: one lane of `bits` bits each, `count` of them. Patterns longer than 64 have
// `n_blocks` lanes of 64 bits, one below the other. `half` holds in each lane the lowest max(1, length / 2) bits, which
// the window of Jaro's matches starts with; `window` is their number less one.
struct Panel {
    int64_t first, count;
    int64_t bits;
    int64_t longest;
    int64_t n_blocks;
    const MatchBlock* blocks;
    const char* half;
    const char* window;
};

// The characters of consecutive patterns for kernels that go through a table cell by cell: (longest, lanes), lanes of
// 16 or 32 bits; -1 where a pattern has ended.
struct CharacterPanel {
    int64_t first, count, longest;
    const char* characters;
};

// D(x_i, y_j): texts x_i run over the panels of patterns y_j. Where the space is symmetric, y is x and they may swap.
struct TextSpace {
    Texts x, y;
    const int32_t* y_lengths = nullptr;   // (m,)
    bool symmetric = false, normalized = false;
    double prefix_weight = 0.1;           // jaro_winkler: of each of up to 4 common first characters
    int64_t alphabet = 0;
    const Panel* panels = nullptr;        // levenshtein, jaro_winkler
    const int32_t* panel_of = nullptr;    // (m,) the panel that holds a pattern
    const CharacterPanel* characters = nullptr;  // damerau_levenshtein: panels of 64 bytes / `lane_bytes` patterns
    int64_t lane_bytes = 2;
    int64_t longest_text = 0, longest_pattern = 0;
};

}  // namespace ganglion
