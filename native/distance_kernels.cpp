// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "distance_kernels.hpp"

#include "distance_passes.hpp"
#include "distance_tiles.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> constexpr DistanceKernelsOf<T> distance_kernels_of{
    {
        vector_tile<T, Euclidean<T>>,
        vector_tile<T, SquaredEuclidean<T>>,
        vector_tile<T, Manhattan<T>>,
        vector_tile<T, Cosine<T>>,
    },
    stream<T>,
    turn<T>,
    find_below<T>,
    add_to<T>,
};

extern const DistanceKernels kDistanceKernels;
const DistanceKernels kDistanceKernels{distance_kernels_of<float>, distance_kernels_of<double>};

}  // namespace ganglion::GANGLION_NAMESPACE
