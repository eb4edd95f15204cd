// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "spanning_search.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const SpanningKernels kSpanningKernels;
const SpanningKernels kSpanningKernels{nearest_points_of, nearest_outside_of};

}  // namespace ganglion::GANGLION_NAMESPACE
