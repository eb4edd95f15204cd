// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "medoid_kernels.hpp"

#include "medoid_swap.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const MedoidKernels kMedoidKernels;
const MedoidKernels kMedoidKernels{medoid_kernels_of<float>(), medoid_kernels_of<double>()};

}  // namespace ganglion::GANGLION_NAMESPACE
