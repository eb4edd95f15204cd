// Adds the trainer's classes to the module.
#pragma once
#include <nanobind/nanobind.h>

namespace ganglion {

void bind_training(nanobind::module_& m);

}  // namespace ganglion
