// Whole sweeps over many rows: slice sampling, sub-clusters, variational updates: the table of kernels of one instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

struct SweepKernels {
    bool present;
};

}  // namespace ganglion
