// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "partition_kernels.hpp"

#include "partition_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> constexpr PartitionKernelsOf<T> kernels_of() { return {sum_gains<T>, count_equal<T>}; }

extern const PartitionKernels kPartitionKernels;
const PartitionKernels kPartitionKernels{entropy_table, kernels_of<uint8_t>(), kernels_of<uint16_t>(),
                                         kernels_of<int32_t>()};

}  // namespace ganglion::GANGLION_NAMESPACE
