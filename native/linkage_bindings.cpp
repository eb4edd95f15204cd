// Thin: see bindings.cpp.
#include "bound_pairs.hpp"

namespace ganglion {

void bind_linkage(nb::module_&) {}

}  // namespace ganglion
