// Distances between texts, sets and series: the table of kernels of one instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

struct SequenceKernels {};

}  // namespace ganglion
