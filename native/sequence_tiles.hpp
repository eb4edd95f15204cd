// What all kernels of texts and series share: which items are patterns, and where a distance goes.
#pragma once
#include "sequence_spaces.hpp"
#include "simd.hpp"

namespace ganglion {
bool interrupted();  // pool.hpp, which kernels do not include: it is full of the standard library
}

namespace ganglion::GANGLION_NAMESPACE {

// Asks whether the work is still wanted, once in about a tenth of a millisecond: a pair of very long items takes
// seconds.
struct Patience {
    int64_t steps = 0;
    bool ends_after(int64_t more) {
        steps += more;
        if (steps < 1 << 15) return false;
        steps = 0;
        return interrupted();
    }
};

// Texts [t0, t1) against patterns [p0, p1): D of text t and pattern p goes to
// out[(t - t0) * text_step + (p - p0) * pattern_step].
template <class T> struct Frame {
    int64_t t0, t1, p0, p1;
    T* out;
    int64_t text_step, pattern_step;
    T* at(int64_t t, int64_t p) const { return out + (t - t0) * text_step + (p - p0) * pattern_step; }
};

// A vector computes all its lanes whether or not they are asked for, so a symmetric tile lies with its longer side
// along the patterns.
template <class T>
inline Frame<T> frame_of(bool symmetric, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride) {
    if (symmetric && j1 - j0 < i1 - i0) return {j0, j1, i0, i1, out, 1, stride};
    return {i0, i1, j0, j1, out, stride, 1};
}

constexpr int64_t kTexts = 64;  // texts that run over a panel before the next: 64 rows of output stay in the TLB

// Calls f(panel, t0, t1, from, to) for all texts and panels of a frame; lanes [from, to) of the panel are asked for.
template <class T, class P, class F>
inline void each_block(const Frame<T>& frame, const P* panels, int64_t panel, F&& f) {
    for (int64_t t0 = frame.t0; t0 < frame.t1; t0 += kTexts) {
        const int64_t t1 = smaller(frame.t1, t0 + kTexts);
        for (const P* p = panels + panel; p->first < frame.p1; ++p) {
            const int64_t from = larger<int64_t>(0, frame.p0 - p->first);
            const int64_t to = smaller(p->count, frame.p1 - p->first);
            f(*p, t0, t1, from, to);
            if (interrupted()) return;
        }
    }
}

// The same, text by text: f(panel, text, from, to).
template <class T, class P, class F> inline void each_panel(const Frame<T>& frame, const P* panels, int64_t panel, F&& f) {
    each_block(frame, panels, panel, [&](const P& p, int64_t t0, int64_t t1, int64_t from, int64_t to) {
        for (int64_t t = t0; t < t1; ++t) f(p, t, from, to);
    });
}

// Whole distances of text t to the patterns from `first` on, of which [from, to) are asked for.
template <class T>
inline void write_edits(const TextSpace& s, const Frame<T>& frame, int64_t first, int64_t t, int64_t from,
                        int64_t to, const int32_t* edits) {
    T* out = frame.at(t, first + from);
    if (s.normalized) {
        const int32_t n = int32_t(s.x.length(t)), *lengths = s.y_lengths + first;
        for (int64_t l = from; l < to; ++l) {
            const int32_t longer = larger(larger(n, lengths[l]), 1);
            out[(l - from) * frame.pattern_step] = T(edits[l]) / T(longer);
        }
    } else if (frame.pattern_step == 1) {
        for (int64_t l = from; l < to; ++l) out[l - from] = T(edits[l]);
    } else {
        for (int64_t l = from; l < to; ++l) out[(l - from) * frame.pattern_step] = T(edits[l]);
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
