// Medoids, and splits of one cluster: the table of kernels of one instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

struct MedoidKernels {};

}  // namespace ganglion
