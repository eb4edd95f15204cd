// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "sequence_kernels.hpp"

#include "sequence_damerau.hpp"
#include "sequence_jaro.hpp"
#include "sequence_sets.hpp"
#include "sequence_warping.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> constexpr SequenceKernelsOf<T> sequence_kernels_of{
    levenshtein_tile<T>, damerau_tile<T>, jaro_winkler_tile<T>, sets_tile<T>, series_tile<T>,
};

extern const SequenceKernels kSequenceKernels;
const SequenceKernels kSequenceKernels{sequence_kernels_of<float>, sequence_kernels_of<double>};

}  // namespace ganglion::GANGLION_NAMESPACE
