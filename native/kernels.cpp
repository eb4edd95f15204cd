// One translation unit of tiles per instruction set. Multiply and add may be fused here: see canonical.hpp.
#include "assign.hpp"
#include "isa.hpp"
#include "seeding.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> constexpr TilesOf<T> tiles_of{
    Simd<T>::W, scratch_bytes<T>, samples_are_lanes, group_panels<T>, centers_apart<T>, pack_centers<T>,
    assign_block<T>, label_block<T>, seed_scratch_bytes<T>, row_squares<T>, find_hopeful<T>, seed_gains<T>,
    sketch_scratch_bytes<T>, sketch_block<T>, absorb_block<T>, seed_apart<T>,
};

extern const Tiles kTiles{tiles_of<float>, tiles_of<double>};

}  // namespace ganglion::GANGLION_NAMESPACE
