// Medoids, and splits of one cluster: the table of kernels of one instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

// Sums over items are kept in this many lanes whatever the width of a vector: item j belongs to lane j % 16.
constexpr int64_t kMedoidLanes = 16;

// What FasterPAM keeps of each item: its nearest medoid, the distance to it, and that to the second nearest.
// `weights` is null where every item counts once.
template <class T> struct MedoidView {
    const T* first;           // (n,)
    const T* second;          // (n,)
    const int32_t* nearest;   // (n,)
    const double* weights;    // (n,) or null
};

template <class T> struct MedoidKernelsOf {
    // For the distances row[j - begin] from one candidate to the items j in [begin, end), begin a multiple of 16:
    // lanes[j % 16] += w_j (min(d, first) - first), and where d < second: change[nearest] += w_j (max(d, first) - second).
    void (*swap_gains)(const T* row, const MedoidView<T>& view, int64_t begin, int64_t end, double* lanes,
                       double* change);
    // lanes[j % 16] += w_j (min(row[j - begin], nearest[j]) - nearest[j]); where `nearest` is null, += w_j row[j - begin].
    void (*gains)(const T* row, const T* nearest, const double* weights, int64_t begin, int64_t end, double* lanes);
    // As swap_gains, and the squares of the same terms: one candidate against a sample of the items.
    void (*swap_moments)(const T* row, const MedoidView<T>& view, int64_t n, double* shared, double* change,
                         double* squares);
};

struct MedoidKernels {
    MedoidKernelsOf<float> f32;
    MedoidKernelsOf<double> f64;
};

}  // namespace ganglion
