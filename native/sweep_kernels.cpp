// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "sweep_kernels.hpp"

#include "train_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const SweepKernels kSweepKernels;
const SweepKernels kSweepKernels{true};

}  // namespace ganglion::GANGLION_NAMESPACE
