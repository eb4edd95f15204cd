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

// A pixel whose neighbours have not changed since it last chose would choose the same again: `open` marks the others.
// Threads mark neighbours of their pixels, none of which is read in the same phase.
inline void open_around(const Refining& job, PixelPlace p, uint8_t* open) {
    for (int64_t y = std::max<int64_t>(p.y - 1, 0); y <= std::min(p.y + 1, job.height - 1); ++y)
        for (int64_t x = std::max<int64_t>(p.x - 1, 0); x <= std::min(p.x + 1, job.planes.width - 1); ++x)
            if (y != p.y || x != p.x) __atomic_store_n(open + y * job.planes.width + x, uint8_t(1), __ATOMIC_RELAXED);
}

inline bool touches_another(const Refining& job, PixelPlace p) {
    const int64_t width = job.planes.width, at = p.at(width);
    const int32_t* labels = job.labels;
    return (p.y > 0 && labels[at - width] != labels[at]) || (p.y + 1 < job.height && labels[at + width] != labels[at]) ||
           (p.x > 0 && labels[at - 1] != labels[at]) || (p.x + 1 < width && labels[at + 1] != labels[at]);
}

// Whether eight marks from x on hold none at every second place; rows of marks are mostly empty.
inline bool all_closed(const uint8_t* marks) {
    static constexpr uint8_t kSecond[8] = {1, 0, 1, 0, 1, 0, 1, 0};
    uint64_t word, second;
    __builtin_memcpy(&word, marks, 8), __builtin_memcpy(&second, kSecond, 8);
    return (word & second) == 0;
}

// Open pixels of every second row from `first_row`, every second column from `first_column`: none is another's neighbour,
// so they choose side by side. Only where a neighbour by a side differs. Returns how many changed.
inline int64_t refine_rows(const Refining& job, int32_t* labels, uint8_t* open, PixelPlace first, int64_t end_row) {
    const int64_t width = job.planes.width;
    int64_t changed = 0;
    for (int64_t y = first.y; y < end_row && !interrupted(); y += 2) {
        uint8_t* marks = open + y * width;
        for (int64_t x = first.x; x < width; x += 2) {
            while (x + 8 <= width && all_closed(marks + x)) x += 8;
            if (x >= width || !marks[x]) continue;
            marks[x] = 0;
            if (!touches_another(job, {y, x})) continue;
            const int32_t best = best_label(job, {y, x});
            if (best == labels[y * width + x]) continue;
            labels[y * width + x] = best, ++changed;
            open_around(job, {y, x}, open);
        }
    }
    return changed;
}

}  // namespace ganglion
