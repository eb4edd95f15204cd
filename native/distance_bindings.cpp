// Thin: see bindings.cpp.
#include "bound_pairs.hpp"

namespace ganglion {

void bind_distances(nb::module_&) {}

}  // namespace ganglion
