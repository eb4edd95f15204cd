// What the criteria compute row by row: the table of kernels of one instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

constexpr int kCriteriaLanes = 16;   // rows that look through the centres together
constexpr int kFeatureLanes = 8;     // features that are summed together; the sums are joined by halves

// Rows of one cluster, and the other centres in the order of their distance to its own.
struct NextCenters {
    const double* centers;   // (k, d)
    int64_t d;
    int64_t own;             // the cluster of the rows
    const int32_t* others;   // (count,)
    const double* gaps;      // (count,) ascending: a little less than the distance from the own centre to each of them
    int64_t count;
};

// Rows of many clusters, and the centres that have mass, ascending.
struct HeldCenters {
    const double* centers;  // (k, d)
    int64_t d;
    const int32_t* held;    // (count,)
    int64_t count;
};

// What a panel's rows see: (kCriteriaLanes,) each.
struct Seen {
    double* own;         // squared distance to the own centre
    double* next;        // and to the nearest other one; inf where there is none
    int32_t* which;      // that one, the lowest index where they tie; -1 where there is none
    double* silhouette;  // (b - a) / max(a, b) of the two distances; 0 where both are 0, or there is no other
};

// Rows in clusters, with zeros up to a multiple of kFeatureLanes features.
struct ClusteredRows {
    const double* y;         // (n, d)
    const int32_t* codes;    // (n,)
    const double* weights;   // (n,), or null: 1 each
    const double* centers;   // (k, d)
    int64_t n, d;
};

struct CriteriaKernels {
    // panel (d, kCriteriaLanes): a lane is a row. Squared distances to the own centre and to the nearest other one, and
    // which that is, the lowest index where they tie.
    void (*next_centers)(const NextCenters& job, const double* panel, double* own, double* next, int32_t* which);
    // The same for rows of any clusters, codes (kCriteriaLanes,): all centres are looked through.
    void (*nearest_two)(const HeldCenters& job, const double* panel, const int32_t* codes, const Seen& seen);
    // Adds w (y - c) to sums (k, d), w to mass (k,).
    void (*add_residuals)(const ClusteredRows& rows, double* sums, double* mass);
    // Adds w |y - c|^2 and w |y - c| to spread (k, 2).
    void (*add_spreads)(const ClusteredRows& rows, double* spread);
};

}  // namespace ganglion
