// Agglomerative clustering: the table of kernels of one instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

struct LinkageKernels {};

}  // namespace ganglion
