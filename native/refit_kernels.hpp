// k-means of many small samples: the table of kernels of one instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

// Rows lie in panels of this many: (panels, d, kRefitRows), zeros after the last row. The lanes of a vector are rows, and
// a sum over rows runs in this many lanes, panel after panel, whatever the width of a vector.
constexpr int64_t kRefitRows = 32;

struct RefitRows {
    int64_t n, d, panels;
    const double* values;   // (panels, d, kRefitRows)
    const double* weights;  // (panels * kRefitRows), 0 after the last row
};

struct RefitKernels {
    // out[i] = sum_f (x_if - point_f)^2, in the order of the features.
    void (*distances)(const RefitRows& rows, const double* point, double* out);
    // Sum of w_i min(nearest_i, distances_i).
    double (*potential)(const RefitRows& rows, const double* distances, const double* nearest);
    // nearest_i = min(nearest_i, distances_i); sums[p] = that of w_i nearest_i over panel p.
    void (*absorb)(const RefitRows& rows, const double* distances, double* nearest, double* sums);
    // The nearest of k centres (k, d) to each row, the lowest of equals, and its squared distance; how many labels change.
    int64_t (*assign)(const RefitRows& rows, const double* centers, int64_t k, int32_t* labels, double* nearest);
};

}  // namespace ganglion
