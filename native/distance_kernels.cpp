// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "distance_kernels.hpp"

#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const DistanceKernels kDistanceKernels;
const DistanceKernels kDistanceKernels{};

}  // namespace ganglion::GANGLION_NAMESPACE
