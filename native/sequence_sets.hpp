// Jaccard and dice distances between sets, by inverted lists: an element of x counts one for every set of y that holds
// it, so a pair costs its common elements and its output, whatever the sizes of the sets and of the universe.
#pragma once
#include "sequence_tiles.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int64_t kCounted = 4096;  // sets of y counted at a time: 16 KiB stay in the first cache

// The first place in the ascending items [begin, end) that is not below `item`.
inline const int32_t* first_from(const int32_t* begin, const int32_t* end, int64_t item) {
    while (begin < end) {
        const int32_t* middle = begin + (end - begin) / 2;
        if (*middle < item) begin = middle + 1;
        else end = middle;
    }
    return begin;
}

// 1 - common / either and 1 - 2 common / (a + b), each rounded once; two empty sets are equal.
template <class T> inline T set_distance(bool dice, int32_t a, int32_t b, int32_t common) {
    const int32_t apart = a + b - 2 * common, either = a + b - (dice ? 0 : common);
    return either ? T(apart) / T(either) : T(0);
}

template <class T>
void sets_tile(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride,
               char* scratch) {
    const SetSpace& s = *static_cast<const SetSpace*>(self);
    const Frame<T> frame = frame_of(s.symmetric, i0, i1, j0, j1, out, stride);
    int32_t* counts = reinterpret_cast<int32_t*>(scratch);
    for (int64_t p0 = frame.p0; p0 < frame.p1; p0 += kCounted) {
        const int64_t p1 = smaller(frame.p1, p0 + kCounted);
        for (int64_t t = frame.t0; t < frame.t1; ++t) {
            for (int64_t p = 0; p < p1 - p0; ++p) counts[p] = 0;
            for (int64_t e = s.x.offsets[t]; e < s.x.offsets[t + 1]; ++e) {
                const int32_t* holders = s.holders + s.holder_offsets[s.x.ids[e]];
                const int32_t* end = s.holders + s.holder_offsets[s.x.ids[e] + 1];
                for (holders = first_from(holders, end, p0); holders < end && *holders < p1; ++holders)
                    ++counts[*holders - p0];
            }
            const int32_t size = s.x_sizes[t];
            T* row = frame.at(t, p0);
            if (frame.pattern_step == 1)
                for (int64_t p = 0; p < p1 - p0; ++p)
                    row[p] = set_distance<T>(s.dice, size, s.y_sizes[p0 + p], counts[p]);
            else
                for (int64_t p = 0; p < p1 - p0; ++p)
                    row[p * frame.pattern_step] = set_distance<T>(s.dice, size, s.y_sizes[p0 + p], counts[p]);
        }
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
