// The Jaro-Winkler distance (Jaro 1989, Winkler 1990).
//
// A character of the text matches the first free equal one of the pattern inside a window. Up to 64 characters this is
// done with bits, many patterns side by side: match bits within the window and not taken, their lowest one. Longer
// texts go pair by pair in linear time: for one character the windows move on only, so the first free place does too.
#pragma once
#include "sequence_levenshtein.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int64_t kShortText = 64;

inline double jaro_winkler(double common, double moved, double prefix, double n, double m, double weight) {
    const double some = common > 0 ? common : 1.0;
    const double jaro = (common / (n > 0 ? n : 1.0) + common / (m > 0 ? m : 1.0) + (common - moved) / some) / 3.0;
    const double similarity = jaro > 0.7 ? jaro + prefix * weight * (1.0 - jaro) : jaro;
    return n + m > 0 ? (common > 0 ? 1.0 - similarity : 1.0) : 0.0;
}

template <class U> struct JaroLanes {
    alignas(64) U common[kPanelBytes / sizeof(U)], moved[kPanelBytes / sizeof(U)], prefix[kPanelBytes / sizeof(U)];
};

// One vector of a panel. `flags` (n,) keeps which characters of the text have matched.
template <class U>
inline void match_lanes(const MatchBlock& block, const Vec<U> starts, const Vec<U> window, const uint32_t* text,
                        int64_t n, int v, Vec<U>* flags, JaroLanes<U>& lanes) {
    using S = Vec<typename Int<U>::type>;
    Vec<U> allowed = starts, taken = Vec<U>{}, common = Vec<U>{}, moved = Vec<U>{}, prefix = Vec<U>{};
    Vec<U> together = ~Vec<U>{};
    for (int64_t t = 0; t < n; ++t) {
        const Vec<U> match = part<U>(match_row(block, text[t]), v);
        const Vec<U> open = match & allowed & ~taken;
        flags[t] = reinterpret_cast<Vec<U>>(open != 0);
        taken |= open & (Vec<U>{} - open);
        const S grows = splat(typename Int<U>::type(t)) < reinterpret_cast<S>(window);
        allowed = allowed + allowed - reinterpret_cast<Vec<U>>(grows);
        common -= flags[t];
        if (t < 4) {
            together &= Vec<U>{} - ((match >> int(t)) & 1);
            prefix -= together;
        }
    }
    for (int64_t t = 0; t < n; ++t) {
        const Vec<U> first = taken & (Vec<U>{} - taken) & flags[t];
        const Vec<U> same = part<U>(match_row(block, text[t]), v) & first;
        moved -= flags[t] & reinterpret_cast<Vec<U>>(same == 0);
        taken &= ~first;
    }
    constexpr int W = Simd<U>::W;
    store(lanes.common + v * W, common);
    store(lanes.moved + v * W, moved);
    store(lanes.prefix + v * W, prefix);
}

template <class T, class U>
inline void short_jaro(const TextSpace& s, const Frame<T>& frame, const Panel& panel, int64_t t, int64_t from,
                       int64_t to, char* scratch) {
    constexpr int W = Simd<U>::W;
    const int64_t n = s.x.length(t), half = larger<int64_t>(1, n / 2);
    const int32_t* lengths = s.y_lengths + panel.first;
    const U own = half >= int64_t(8 * sizeof(U)) ? U(-1) : U((uint64_t(1) << half) - 1);
    const MatchBlock block = panel.blocks[0];
    JaroLanes<U> lanes;
    for (int v = 0; v < kParts; ++v) {
        // The wider of the two windows: ones from the lowest bit, as many as half the longer length.
        const Vec<U> starts = part<U>(panel.half, v) | splat(own);
        Vec<U> window = part<U>(panel.window, v);
        const Vec<U> text_window = splat(U(half - 1));
        window = window > text_window ? window : text_window;
        match_lanes<U>(block, starts, window, s.x.text(t), n, v, reinterpret_cast<Vec<U>*>(scratch), lanes);
        if ((v + 1) * W >= to) break;
    }
    for (int64_t l = from; l < to; ++l)
        *frame.at(t, panel.first + l) = T(jaro_winkler(double(lanes.common[l]), double(lanes.moved[l] / 2),
                                                       double(lanes.prefix[l]), double(n), double(lengths[l]),
                                                       s.prefix_weight));
}

// Linear memory and time: heads[c] is the first place of character c in the pattern that is still free, or -1, and
// next[place] the one after it. heads (alphabet,) is -1 before and after.
inline double long_jaro(const TextSpace& s, int64_t t, int64_t j, char* scratch) {
    const uint32_t *text = s.x.text(t), *pattern = s.y.text(j);
    const int64_t n = s.x.length(t), m = s.y.length(j);
    const int64_t window = larger<int64_t>(0, larger(n, m) / 2 - 1);
    int32_t* heads = reinterpret_cast<int32_t*>(scratch);
    int32_t* next = heads + s.alphabet;
    char* text_matched = reinterpret_cast<char*>(next + m);
    char* pattern_matched = text_matched + n;
    for (int64_t c = 0; c < s.alphabet; ++c) heads[c] = -1;
    for (int64_t p = m - 1; p >= 0; --p) next[p] = heads[pattern[p]], heads[pattern[p]] = int32_t(p);
    for (int64_t p = 0; p < m; ++p) pattern_matched[p] = 0;
    int64_t common = 0, moved = 0, prefix = 0;
    for (int64_t p = 0; p < n; ++p) {
        text_matched[p] = 0;
        if (text[p] == kAbsent) continue;
        int32_t& head = heads[text[p]];
        while (head >= 0 && head < p - window) head = next[head];
        if (head < 0 || head > p + window) continue;
        text_matched[p] = pattern_matched[head] = 1;
        head = next[head], ++common;
    }
    for (int64_t p = 0, q = 0; p < n; ++p) {
        if (!text_matched[p]) continue;
        while (!pattern_matched[q]) ++q;
        moved += text[p] != pattern[q++];
    }
    const int64_t most = smaller<int64_t>(4, smaller(n, m));
    while (prefix < most && text[prefix] == pattern[prefix]) ++prefix;
    return jaro_winkler(double(common), double(moved / 2), double(prefix), double(n), double(m), s.prefix_weight);
}

template <class T>
void jaro_winkler_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride,
                       char* scratch) {
    const TextSpace& s = *static_cast<const TextSpace*>(self);
    if (i0 >= i1 || j0 >= j1) return;
    const Frame<T> frame = frame_of(s.symmetric, i0, i1, j0, j1, out, stride);
    each_panel(frame, s.panels, s.panel_of[frame.p0], [&](const Panel& panel, int64_t t, int64_t from, int64_t to) {
        if (panel.n_blocks > 1 || s.x.length(t) > kShortText) {
            for (int64_t l = from; l < to; ++l)
                *frame.at(t, panel.first + l) = T(long_jaro(s, t, panel.first + l, scratch));
        } else if (panel.bits == 8) short_jaro<T, uint8_t>(s, frame, panel, t, from, to, scratch);
        else if (panel.bits == 16) short_jaro<T, uint16_t>(s, frame, panel, t, from, to, scratch);
        else if (panel.bits == 32) short_jaro<T, uint32_t>(s, frame, panel, t, from, to, scratch);
        else short_jaro<T, uint64_t>(s, frame, panel, t, from, to, scratch);
    });
}

}  // namespace ganglion::GANGLION_NAMESPACE
