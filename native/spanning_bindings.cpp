// Thin: see bindings.cpp.
#include "bound_pairs.hpp"

namespace ganglion {

void bind_spanning(nb::module_&) {}

}  // namespace ganglion
