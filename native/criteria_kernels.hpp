// The two centres that a simplified silhouette compares: the table of kernels of one instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

constexpr int kCriteriaLanes = 16;  // rows of one cluster that look through the centres together

// Rows of one cluster, and the other centres in the order of their distance to its own.
struct NextCenters {
    const double* centers;   // (k, d)
    int64_t d;
    int64_t own;             // the cluster of the rows
    const int32_t* others;   // (count,)
    const double* gaps;      // (count,) ascending: a little less than the distance from the own centre to each of them
    int64_t count;
};

struct CriteriaKernels {
    // panel (d, kCriteriaLanes): a lane is a row. Squared distances to the own centre and to the nearest other one, and
    // which that is, the lowest index where they tie.
    void (*next_centers)(const NextCenters& job, const double* panel, double* own, double* next, int32_t* which);
};

}  // namespace ganglion
