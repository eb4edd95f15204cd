// Component families whose columns are independent: the table of kernels of one instruction set.
#pragma once
#include "bayes_block.hpp"

namespace ganglion {

struct ColumnsKernels {
    bool present;
};

}  // namespace ganglion
