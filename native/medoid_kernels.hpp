// Medoids, and splits of one cluster: the table of kernels of one instruction set.
#pragma once
#include "pairs.hpp"

namespace ganglion {

// Sums over items are kept in this many lanes whatever the width of a vector: item j belongs to lane j % 16.
constexpr int64_t kMedoidLanes = 16;

// How many of its farthest fellows DIANA keeps of each item: the diameter of what a split leaves is then mostly known.
constexpr int kFarthest = 4;

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
    void (*swap_moments)(const T* row, const MedoidView<T>& view, int64_t n, double* lanes, double* change,
                         double* squares);
    // For DIANA, over the members of a cluster: distances are counted on a grid of 1 / scale.
    void (*add_members)(const T* row, const int32_t* members, int64_t count, double scale, int64_t* sums);
    void (*move_members)(const T* row, const int32_t* members, int64_t count, double scale, int64_t* from, int64_t* to);
    int64_t (*sum_row)(const T* row, int64_t count, double scale);
    T (*largest_of)(const T* row, int64_t count);
    void (*farthest)(const T* row, const int32_t* members, int64_t count, T* distances, int32_t* ids);
};

struct MedoidKernels {
    int64_t (*most_apart)(const int64_t* from, const int64_t* to, const int32_t* members, int64_t count, double n_from,
                          double n_to);
    MedoidKernelsOf<float> f32;
    MedoidKernelsOf<double> f64;
};

}  // namespace ganglion
