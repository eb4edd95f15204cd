// Partitions of the same items: losses, searches, similarities: the table of kernels of one instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

struct PartitionKernels {
    bool present;
};

}  // namespace ganglion
