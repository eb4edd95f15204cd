// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "partition_kernels.hpp"

#include "train_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const PartitionKernels kPartitionKernels;
const PartitionKernels kPartitionKernels{true};

}  // namespace ganglion::GANGLION_NAMESPACE
