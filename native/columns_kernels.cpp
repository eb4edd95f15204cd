// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "columns_kernels.hpp"

#include "train_lanes.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const ColumnsKernels kColumnsKernels;
const ColumnsKernels kColumnsKernels{true};

}  // namespace ganglion::GANGLION_NAMESPACE
