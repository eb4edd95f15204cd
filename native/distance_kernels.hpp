// Distances between vectors: the table of kernels of one instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

struct DistanceKernels {};

}  // namespace ganglion
