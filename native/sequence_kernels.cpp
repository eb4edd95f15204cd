// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "sequence_kernels.hpp"

#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const SequenceKernels kSequenceKernels;
const SequenceKernels kSequenceKernels{};

}  // namespace ganglion::GANGLION_NAMESPACE
