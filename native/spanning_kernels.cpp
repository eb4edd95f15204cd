// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "spanning_min_plus.hpp"
#include "spanning_search.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const SpanningKernels kSpanningKernels;
const SpanningKernels kSpanningKernels{nearest_points_of, nearest_outside_of, min_plus};

}  // namespace ganglion::GANGLION_NAMESPACE
