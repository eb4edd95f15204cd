// Borders between segments, pixel by pixel: iterated conditional modes of a Potts model on the grid of pixels.
#pragma once
#include <algorithm>
#include <cstdint>

#include "pixels_kernels.hpp"
#include "pool.hpp"

namespace ganglion {

struct Refining {
    LabPlanes planes;
    int64_t height;
    const double* centers;  // (k, 5): l, a, b, x, y, in units of the planes
    double place;           // a pixel's side, in units of the planes
    double border;          // what it costs that two neighbours differ, in squared units
    double contrast;        // neighbours whose colours differ by its root pay half
    const int32_t* labels;
};

struct PixelPlace {
    int64_t y, x;
    int64_t at(int64_t width) const { return y * width + x; }
};

inline double squared_difference(const LabPlanes& planes, int64_t i, int64_t j) {
    const double l = planes.l[i] - planes.l[j], a = planes.a[i] - planes.a[j], b = planes.b[i] - planes.b[j];
    return (l * l + a * a) + b * b;
}

inline double squared_distance(const Refining& job, PixelPlace p, const double* center) {
    const int64_t at = p.at(job.planes.width);
    const double l = job.planes.l[at] - center[0], a = job.planes.a[at] - center[1], b = job.planes.b[at] - center[2];
    const double x = double(p.x) * job.place - center[3], y = double(p.y) * job.place - center[4];
    return ((l * l + a * a) + b * b) + (x * x + y * y);
}

// The label that costs least among those of a pixel's eight neighbours and its own, which wins ties.
inline int32_t best_label(const Refining& job, PixelPlace p) {
    const int64_t width = job.planes.width, at = p.at(width);
    int32_t near[9] = {job.labels[at]};
    double agreed[9] = {};
    int n = 1;
    for (int64_t y = std::max<int64_t>(p.y - 1, 0); y <= std::min(p.y + 1, job.height - 1); ++y)
        for (int64_t x = std::max<int64_t>(p.x - 1, 0); x <= std::min(p.x + 1, width - 1); ++x) {
            const int64_t other = y * width + x;
            if (other == at) continue;
            const double length = y == p.y || x == p.x ? 1.0 : 0.7071067811865476;
            const double weight = length / (1 + squared_difference(job.planes, at, other) / job.contrast);
            const int32_t label = job.labels[other];
            int slot = 0;
            while (slot < n && near[slot] != label) ++slot;
            if (slot == n) near[n++] = label;
            agreed[slot] += weight;
        }
    int32_t best = near[0];
    double least = 0;
    for (int slot = 0; slot < n; ++slot) {
        const double cost = squared_distance(job, p, job.centers + 5 * near[slot]) - job.border * agreed[slot];
        if (slot == 0 || cost < least || (cost == least && near[slot] < best && best != near[0]))
            least = cost, best = near[slot];
    }
    return best;
}

// Pixels of every second row from `first_row`, every second column from `first_column`: none is another's neighbour, so
// they change side by side. Only where a neighbour by a side differs. Returns how many changed.
inline int64_t refine_rows(const Refining& job, int32_t* labels, int64_t first_row, int64_t end_row, int64_t first_column) {
    const int64_t width = job.planes.width;
    int64_t changed = 0;
    for (int64_t y = first_row; y < end_row && !interrupted(); y += 2) {
        const int32_t* row = labels + y * width;
        const int32_t* above = y > 0 ? row - width : row;
        const int32_t* below = y + 1 < job.height ? row + width : row;
        for (int64_t x = first_column; x < width; x += 2) {
            const int32_t own = row[x], left = row[x > 0 ? x - 1 : x], right = row[x + 1 < width ? x + 1 : x];
            if (((above[x] ^ own) | (below[x] ^ own) | (left ^ own) | (right ^ own)) == 0) continue;
            const int32_t best = best_label(job, {y, x});
            if (best != own) labels[y * width + x] = best, ++changed;
        }
    }
    return changed;
}

}  // namespace ganglion
