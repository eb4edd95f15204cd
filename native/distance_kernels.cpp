// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "distance_kernels.hpp"

#include "distance_bits.hpp"
#include "distance_passes.hpp"
#include "distance_sparse.hpp"
#include "distance_sphere.hpp"
#include "distance_tiles.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> constexpr decltype(Pairs<T>::tile) haversine_of = nullptr;
template <> constexpr decltype(Pairs<double>::tile) haversine_of<double> = vector_tile<double, Haversine>;

template <class T> constexpr DistanceKernelsOf<T> distance_kernels_of{
    {
        vector_tile<T, Euclidean<T>>,
        vector_tile<T, SquaredEuclidean<T>>,
        vector_tile<T, Manhattan<T>>,
        vector_tile<T, Cosine<T>>,
        vector_tile<T, Chebyshev<T>>,
        vector_tile<T, Canberra<T>>,
        vector_tile<T, BrayCurtis<T>>,
        vector_tile<T, Hamming<T>>,
        vector_tile<T, Minkowski<T>>,
        vector_tile<T, MinkowskiHalves<T>>,
        vector_tile<T, Gower<T>>,
    },
    {
        vector_tile_to_rows<T, Euclidean<T>>,
        vector_tile_to_rows<T, SquaredEuclidean<T>>,
        vector_tile_to_rows<T, Manhattan<T>>,
        vector_tile_to_rows<T, Cosine<T>>,
        vector_tile_to_rows<T, Chebyshev<T>>,
        vector_tile_to_rows<T, Canberra<T>>,
        vector_tile_to_rows<T, BrayCurtis<T>>,
        vector_tile_to_rows<T, Hamming<T>>,
        vector_tile_to_rows<T, Minkowski<T>>,
        vector_tile_to_rows<T, MinkowskiHalves<T>>,
        vector_tile_to_rows<T, Gower<T>>,
    },
    {
        sparse_tile<T, Euclidean<T>>,
        sparse_tile<T, SquaredEuclidean<T>>,
        sparse_tile<T, Manhattan<T>>,
        sparse_tile<T, Cosine<T>>,
    },
    {bit_tile<T, BitMetric::jaccard>, bit_tile<T, BitMetric::dice>, bit_tile<T, BitMetric::hamming>},
    {counted_bit_tile<T, BitMetric::jaccard>, counted_bit_tile<T, BitMetric::dice>,
     counted_bit_tile<T, BitMetric::hamming>},
    haversine_of<T>,
    stream<T>,
    turn<T>,
    find_below<T>,
    add_to<T>,
};

extern const DistanceKernels kDistanceKernels;
const DistanceKernels kDistanceKernels{distance_kernels_of<float>, distance_kernels_of<double>};

}  // namespace ganglion::GANGLION_NAMESPACE
