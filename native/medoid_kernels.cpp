// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "medoid_kernels.hpp"

#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const MedoidKernels kMedoidKernels;
const MedoidKernels kMedoidKernels{};

}  // namespace ganglion::GANGLION_NAMESPACE
