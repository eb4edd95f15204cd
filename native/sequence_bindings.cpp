// Thin: see bindings.cpp.
#include "bound_pairs.hpp"

namespace ganglion {

void bind_sequences(nb::module_&) {}

}  // namespace ganglion
