// Collapsed samplers of partitions: the table of kernels of one instruction set.
#pragma once
#include "bayes_block.hpp"

namespace ganglion {

struct BayesKernels {
    bool present;
};

}  // namespace ganglion
