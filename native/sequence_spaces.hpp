// Sets and series as the kernels see them: plain structs, the same for every instruction set.
#pragma once
#include "sequence_texts.hpp"

namespace ganglion {

// n sets of numbers of elements, ascending in each.
struct Sets {
    const int32_t* ids = nullptr;
    const int64_t* offsets = nullptr;  // (n + 1,)
    int64_t n = 0;
};

struct SetSpace {
    Sets x;
    int64_t m = 0;
    const int32_t *x_sizes = nullptr, *y_sizes = nullptr;
    const int64_t* holder_offsets = nullptr;  // (universe + 1,)
    const int32_t* holders = nullptr;         // for each element the sets of y that hold it, ascending
    bool symmetric = false, dice = false;
};

// n series of `channels` values a step, one behind the other.
template <class T> struct SeriesOf {
    const T* values = nullptr;         // (total, channels)
    const int64_t* offsets = nullptr;  // (n + 1,)
    int64_t n = 0;
};

constexpr int64_t kWarpRows = 4;  // rows of a table of alignments that are computed in one sweep

// Consecutive series side by side, 64 bytes of lanes: (longest + 2 kWarpRows, channels, lanes). The first kWarpRows
// steps are infinite, as far as can be from everything; what follows a series is zero and never looked at.
template <class T> struct SeriesPanel {
    int64_t first, count, longest;
    const T* values;
};

template <class T> struct SeriesSpace {
    SeriesOf<T> x;
    int64_t m = 0, channels = 1;
    const int32_t* y_lengths = nullptr;
    const SeriesPanel<T>* panels = nullptr;
    bool symmetric = false, absolute = false;
    int64_t band = -1;   // steps beside the diagonal; -1: any
    double share = -1;   // the same as a share of the longer series; -1: none
};

}  // namespace ganglion
