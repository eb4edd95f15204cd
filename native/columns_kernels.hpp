// Component families whose columns are independent: the table of kernels of one instruction set.
#pragma once
#include "bayes_block.hpp"

namespace ganglion {

struct ColumnsKernels {
    const BlockOps* (*ops)(BlockKind kind);  // null for a kind of another table
};

}  // namespace ganglion
