// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "linkage_kernels.hpp"

#include "linkage_matrix.hpp"
#include "linkage_tiles.hpp"
#include "linkage_ward.hpp"

namespace ganglion::GANGLION_NAMESPACE {

extern const LinkageKernels kLinkageKernels;
const LinkageKernels kLinkageKernels{
    scan_row,
    merge_rows,
    contract_row,
    search_centroids,
    square_distances,
    minimax_radius,
    {reduce_tile<float>, offer_tile<float>},
    {reduce_tile<double>, offer_tile<double>},
};

}  // namespace ganglion::GANGLION_NAMESPACE
