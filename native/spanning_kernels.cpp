// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "spanning_kernels.hpp"

#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const SpanningKernels kSpanningKernels;
const SpanningKernels kSpanningKernels{};

}  // namespace ganglion::GANGLION_NAMESPACE
