// Distances between texts, sets and series: the table of kernels of one instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

template <class T>
using TileOf = void (*)(const void* self, int64_t i0, int64_t i1, int64_t j0, int64_t j1, T* out, int64_t stride,
                        char* scratch);

template <class T> struct SequenceKernelsOf {
    TileOf<T> levenshtein, damerau_levenshtein, jaro_winkler, sets, series;
};

struct SequenceKernels {
    SequenceKernelsOf<float> f32;
    SequenceKernelsOf<double> f64;
};

}  // namespace ganglion
