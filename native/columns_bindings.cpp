// Thin: see bindings.cpp.
#include "bound_pairs.hpp"
#include "isa.hpp"

namespace ganglion {

void bind_columns(nb::module_& m) { (void)m; }

}  // namespace ganglion
