// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "columns_kernels.hpp"

#include "bayes_draws.hpp"
#include "bayes_special.hpp"

namespace ganglion::GANGLION_NAMESPACE {

const BlockOps* columns_ops(BlockKind) { return nullptr; }

extern const ColumnsKernels kColumnsKernels;
const ColumnsKernels kColumnsKernels{columns_ops};

}  // namespace ganglion::GANGLION_NAMESPACE
