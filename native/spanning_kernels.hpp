// Spanning trees, and what is read off a tree of merges: the table of kernels of one instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

struct SpanningKernels {};

}  // namespace ganglion
