// Whole sweeps over many rows: the table of kernels of one instruction set. Defined in sweep_problem.hpp.
#pragma once

namespace ganglion {

struct SweepKernels;

}  // namespace ganglion
