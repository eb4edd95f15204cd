// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "medoid_kernels.hpp"

#include "medoid_split.hpp"
#include "medoid_swap.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> constexpr MedoidKernelsOf<T> kernels_of() {
    return {swap_gains<T>, gains<T>,      swap_moments<T>, add_members<T>,
            move_members<T>, sum_row<T>, largest_of<T>,   farthest<T>};
}

extern const MedoidKernels kMedoidKernels;
const MedoidKernels kMedoidKernels{most_apart, kernels_of<float>(), kernels_of<double>()};

}  // namespace ganglion::GANGLION_NAMESPACE
