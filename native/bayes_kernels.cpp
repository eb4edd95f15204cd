// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "bayes_kernels.hpp"

#include "bayes_draws.hpp"
#include "bayes_special.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const BayesKernels kBayesKernels;
const BayesKernels kBayesKernels{true};

}  // namespace ganglion::GANGLION_NAMESPACE
