// The bit-vector algorithm of Myers (1999) in the form of Hyyro (2003), many patterns side by side in one vector.
//
// A column of the table of edit distances is kept as two words: where it rises by one from cell to cell (vp) and where
// it falls (vn). One character of the text moves it on by a dozen operations for all patterns at once. The distance is
// the length of the text plus what the last column rises: two counts of bits at the end, nothing on the way.
#pragma once
#include "sequence_tiles.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int kParts = int(kPanelBytes / kBytes);  // vectors of this set in a panel

template <class U> struct Column {
    Vec<U> vp[kParts], vn[kParts];
};

template <class U> inline void start(Column<U>& c) {
    for (int v = 0; v < kParts; ++v) c.vp[v] = ~Vec<U>{}, c.vn[v] = Vec<U>{};
}

inline const char* match_row(const MatchBlock& block, uint32_t code) {
    return block.rows + kPanelBytes * block.row_of[code < block.limit ? code : block.limit];
}

template <class U> inline Vec<U> part(const char* panel, int v) {
    return load(reinterpret_cast<const U*>(panel + v * kBytes));
}

// One character: the column of the patterns' first (or only) block.
template <class U> inline void advance(Column<U>& c, const char* row) {
    for (int v = 0; v < kParts; ++v) {
        const Vec<U> match = part<U>(row, v), vp = c.vp[v], vn = c.vn[v];
        const Vec<U> diagonal = (((match & vp) + vp) ^ vp) | match | vn;
        const Vec<U> rises = vn | ~(diagonal | vp), falls = vp & diagonal;
        // 2 rises + 1, a step shorter: the complement is there as soon as what it is of.
        const Vec<U> above = rises - (~vn & (diagonal | vp)), below = falls + falls;
        c.vp[v] = below | ~(diagonal | above);
        c.vn[v] = above & diagonal;
    }
}

// One character in a later block; `carry` holds what the block above hands down: bit 0 rises, bit 1 falls.
inline void advance(Column<uint64_t>& c, const char* row, Vec<uint64_t> (&carry)[kParts]) {
    using V = Vec<uint64_t>;
    for (int v = 0; v < kParts; ++v) {
        const V in = carry[v], vp = c.vp[v], vn = c.vn[v];
        const V exact = part<uint64_t>(row, v), match = exact | (in >> 1);
        const V across = exact | vn, diagonal = (((match & vp) + vp) ^ vp) | match;
        const V rises = vn | ~(diagonal | vp), falls = vp & diagonal;
        carry[v] = (rises >> 63) | (falls >> 63 << 1);
        const V above = rises + rises + (in & 1), below = (falls + falls) | (in >> 1);
        c.vp[v] = below | ~(across | above);
        c.vn[v] = above & across;
    }
}

// The bits of p less those of n in each lane, both within `valid`; what stands in fields of 2, 4, 8 ... bits never
// overflows them, because 4 is added to each field of 4.
template <class U> inline Vec<U> rise_of(Vec<U> p, Vec<U> n) {
    using W = Vec<uint32_t>;
    const auto fours = [](Vec<U> bits) {
        W x = reinterpret_cast<W>(bits);
        x -= (x >> 1) & 0x55555555u;
        return (x & 0x33333333u) + ((x >> 2) & 0x33333333u);
    };
    W x = fours(p) + 0x44444444u - fours(n);
    x = (x & 0x0f0f0f0fu) + ((x >> 4) & 0x0f0f0f0fu);
    Vec<U> sum = reinterpret_cast<Vec<U>>(x);
    if constexpr (sizeof(U) > 4) sum += sum >> 32;
    if constexpr (sizeof(U) > 2) sum += sum >> 16;
    if constexpr (sizeof(U) > 1) sum = (sum + (sum >> 8)) & U(0xff);
    return sum - U(8 * sizeof(U));
}

template <class U> inline void add_rises(const Column<U>& c, const char* valid, U* lanes) {
    for (int v = 0; v < kParts; ++v) {
        const Vec<U> bits = part<U>(valid, v);
        U* at = lanes + v * (kBytes / int(sizeof(U)));
        store(at, load(at) + rise_of<U>(c.vp[v] & bits, c.vn[v] & bits));
    }
}

// K blocks at a time, each strip over the whole text: columns stay in registers, and what one strip hands to the next
// stands in `carry` (n, 8).
template <int K>
inline void run_strip(const MatchBlock* blocks, const uint32_t* text, int64_t n, uint64_t* lanes, uint64_t* carry) {
    Column<uint64_t> c[K];
    for (int k = 0; k < K; ++k) start(c[k]);
    for (int64_t t = 0; t < n; ++t) {
        Vec<uint64_t> handed[kParts];
        for (int v = 0; v < kParts; ++v) handed[v] = load(carry + 8 * t + v * (kBytes / 8));
        for (int k = 0; k < K; ++k) advance(c[k], match_row(blocks[k], text[t]), handed);
        for (int v = 0; v < kParts; ++v) store(carry + 8 * t + v * (kBytes / 8), handed[v]);
    }
    for (int k = 0; k < K; ++k) add_rises(c[k], blocks[k].valid, lanes);
}

inline void run_long(const Panel& panel, const uint32_t* text, int64_t n, uint64_t* lanes, uint64_t* carry) {
    Patience patience;
    for (int64_t t = 0; t < 8 * n; ++t) carry[t] = 1;
    int64_t b = 0;
    for (; b + 2 <= panel.n_blocks && !patience.ends_after(2 * n); b += 2)
        run_strip<2>(panel.blocks + b, text, n, lanes, carry);
    if (b + 1 == panel.n_blocks) run_strip<1>(panel.blocks + b, text, n, lanes, carry);
}

// A lane holds the distance less the length of the text: at most the pattern's length, so it fits.
template <class T, class U>
inline void write_rises(const TextSpace& s, const Frame<T>& frame, const Panel& panel, int64_t t, int64_t from,
                        int64_t to, const Column<U>& c) {
    constexpr int L = int(kPanelBytes / int64_t(sizeof(U)));
    alignas(64) U lanes[L] = {};
    alignas(64) int32_t edits[L];
    const int32_t n = int32_t(s.x.length(t));
    add_rises(c, panel.blocks[0].valid, lanes);
    for (int l = 0; l < L; ++l) edits[l] = n + typename Int<U>::type(lanes[l]);
    write_edits(s, frame, panel.first, t, from, to, edits);
}

// A character waits for the one before it, ten operations one after the other: where a panel is one vector, two texts
// run over it abreast (a fifth faster where measured; narrower sets have several vectors under way as it is).
constexpr int kAbreast = kParts == 1 ? 2 : 1;

template <class T, class U>
inline void short_edits(const TextSpace& s, const Frame<T>& frame, const Panel& panel, int64_t t0, int64_t t1,
                        int64_t from, int64_t to) {
    const MatchBlock block = panel.blocks[0];
    int64_t t = t0;
    for (; t + kAbreast <= t1; t += kAbreast) {
        Column<U> c, d;
        start(c), start(d);
        const uint32_t *first = s.x.text(t), *second = s.x.text(t + kAbreast - 1);
        const int64_t n = s.x.length(t), m = kAbreast == 2 ? s.x.length(t + 1) : 0, both = smaller(n, m);
        for (int64_t e = 0; e < both; ++e)
            advance(c, match_row(block, first[e])), advance(d, match_row(block, second[e]));
        for (int64_t e = both; e < n; ++e) advance(c, match_row(block, first[e]));
        for (int64_t e = both; e < m; ++e) advance(d, match_row(block, second[e]));
        write_rises(s, frame, panel, t, from, to, c);
        if (kAbreast == 2) write_rises(s, frame, panel, t + 1, from, to, d);
    }
    for (; t < t1; ++t) {
        Column<U> c;
        start(c);
        for (int64_t e = 0; e < s.x.length(t); ++e) advance(c, match_row(block, s.x.text(t)[e]));
        write_rises(s, frame, panel, t, from, to, c);
    }
}

template <class T>
inline void long_edits(const TextSpace& s, const Frame<T>& frame, const Panel& panel, int64_t t, int64_t from,
                       int64_t to, char* scratch) {
    alignas(64) uint64_t lanes[8] = {};
    alignas(64) int32_t edits[8];
    const int32_t n = int32_t(s.x.length(t));
    run_long(panel, s.x.text(t), n, lanes, reinterpret_cast<uint64_t*>(scratch));
    for (int l = 0; l < 8; ++l) edits[l] = n + int32_t(lanes[l]);
    write_edits(s, frame, panel.first, t, from, to, edits);
}

template <class T>
void levenshtein_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride,
                      char* scratch) {
    const TextSpace& s = *static_cast<const TextSpace*>(self);
    if (i0 >= i1 || j0 >= j1) return;
    const Frame<T> frame = frame_of(s.symmetric, i0, i1, j0, j1, out, stride);
    const int64_t panel = s.panel_of[frame.p0];
    each_block(frame, s.panels, panel, [&](const Panel& p, int64_t t0, int64_t t1, int64_t from, int64_t to) {
        if (p.n_blocks > 1) {
            for (int64_t t = t0; t < t1; ++t) long_edits(s, frame, p, t, from, to, scratch);
        } else if (p.bits == 8) short_edits<T, uint8_t>(s, frame, p, t0, t1, from, to);
        else if (p.bits == 16) short_edits<T, uint16_t>(s, frame, p, t0, t1, from, to);
        else if (p.bits == 32) short_edits<T, uint32_t>(s, frame, p, t0, t1, from, to);
        else short_edits<T, uint64_t>(s, frame, p, t0, t1, from, to);
    });
}

}  // namespace ganglion::GANGLION_NAMESPACE
