// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "linkage_kernels.hpp"

#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const LinkageKernels kLinkageKernels;
const LinkageKernels kLinkageKernels{};

}  // namespace ganglion::GANGLION_NAMESPACE
