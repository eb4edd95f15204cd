// Thin: see bindings.cpp.
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "bound_pairs.hpp"
#include "isa.hpp"
#include "pixels_merging.hpp"
#include "pixels_refining.hpp"
#include "pixels_smoothing.hpp"

namespace ganglion {
namespace {

constexpr int64_t kSums = 6;  // count, three planes, column, row

using Plane = In<int16_t>;

LabPlanes planes_of(const Plane& l, const Plane& a, const Plane& b) {
    return {l.data(), a.data(), b.data(), int64_t(l.shape(1))};
}

template <class T> nb::ndarray<nb::numpy, T> owned(std::vector<T>&& values, std::initializer_list<size_t> shape) {
    auto* kept = new std::vector<T>(std::move(values));
    nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    return nb::ndarray<nb::numpy, T>(kept->data(), shape, owner);
}

void lab(In<uint8_t> rgb, In<float> linear, Out<int16_t> l, Out<int16_t> a, Out<int16_t> b) {
    const int64_t n = int64_t(l.size()), block = 1 << 15;
    check_finished(parallel((n + block - 1) / block, get_num_threads(), [&](int64_t i, int) {
        const int64_t at = i * block;
        isa().pixels->lab(rgb.data() + 3 * at, std::min(block, n - at), linear.data(), l.data() + at, a.data() + at,
                          b.data() + at);
    }));
}

// The grid of first centres: a cell has the pixels that choose among the centres of it and of the cells around it.
struct Grid {
    int64_t height, width, rows, columns;
    int64_t row(int64_t i) const { return i * height / rows; }
    int64_t column(int64_t j) const { return j * width / columns; }
};

struct Assigning {
    LabPlanes planes;
    Grid grid;
    const double* centers;  // (rows * columns, 5): l, a, b, x, y
    double unit;            // of a pixel's distance, in units of colour
    int32_t* labels;
};

// Centres for one cell: those of up to nine cells, in the order of their labels.
std::vector<PixelCenter> candidates(const Assigning& job, int64_t i, int64_t j) {
    std::vector<PixelCenter> found;
    for (int64_t p = std::max<int64_t>(i - 1, 0); p < std::min(i + 2, job.grid.rows); ++p)
        for (int64_t q = std::max<int64_t>(j - 1, 0); q < std::min(j + 2, job.grid.columns); ++q) {
            const int64_t label = p * job.grid.columns + q;
            const double* c = job.centers + 5 * label;
            found.push_back({float(c[0]), float(c[1]), float(c[2]), float(c[3] * job.unit), 0, int32_t(label)});
        }
    return found;
}

// Adds a span to the sums of its labels, which begin at label `first`; runs of one label go there at once.
void add_span(const PixelSpan& span, const int32_t* row, int64_t first, int64_t* sums) {
    const int64_t at = span.y * span.planes.width;
    for (int64_t x = span.begin; x < span.end;) {
        const int32_t label = row[x];
        int64_t count = 0, l = 0, a = 0, b = 0, columns = 0;
        for (; x < span.end && row[x] == label; ++x, ++count)
            l += span.planes.l[at + x], a += span.planes.a[at + x], b += span.planes.b[at + x], columns += x;
        int64_t* sum = sums + (label - first) * kSums;
        sum[0] += count, sum[1] += l, sum[2] += a, sum[3] += b, sum[4] += columns, sum[5] += count * span.y;
    }
}

// One row of cells; `sums` is of the labels of three rows of cells, from `first` on.
void assign_cells(const Assigning& job, int64_t i, int64_t first, int64_t* sums) {
    std::vector<std::vector<PixelCenter>> cells;
    for (int64_t j = 0; j < job.grid.columns; ++j) cells.push_back(candidates(job, i, j));
    const auto& nearest = isa().pixels->nearest;
    for (int64_t y = job.grid.row(i); y < job.grid.row(i + 1) && !interrupted(); ++y)
        for (int64_t j = 0; j < job.grid.columns; ++j) {
            for (PixelCenter& c : cells[size_t(j)]) {
                const double rows = (double(y) - job.centers[5 * c.label + 4]) * job.unit;
                c.rows = float(rows * rows);
            }
            const PixelSpan span{job.planes, y, job.grid.column(j), job.grid.column(j + 1), cells[size_t(j)].data(),
                                 int64_t(cells[size_t(j)].size()), float(job.unit)};
            int32_t* row = job.labels + y * job.planes.width;
            nearest(span, row);
            add_span(span, row, first, sums);
        }
}

void assign(Plane l, Plane a, Plane b, In<double> centers, std::tuple<int64_t, int64_t> cells, double unit,
            Out<int32_t> labels, Out<int64_t> sums) {
    const Grid grid{int64_t(l.shape(0)), int64_t(l.shape(1)), std::get<0>(cells), std::get<1>(cells)};
    const Assigning job{planes_of(l, a, b), grid, centers.data(), unit, labels.data()};
    const int64_t in_row = grid.columns * kSums;
    std::vector<std::vector<int64_t>> parts(static_cast<size_t>(grid.rows));
    check_finished(parallel(grid.rows, get_num_threads(), [&](int64_t i, int) {
        parts[size_t(i)].assign(size_t(3 * in_row), 0);
        assign_cells(job, i, (i - 1) * grid.columns, parts[size_t(i)].data());
    }));
    std::fill_n(sums.data(), grid.rows * in_row, 0);
    for (int64_t i = 0; i < grid.rows; ++i)
        for (int64_t at = 0; at < 3 * in_row; ++at) {
            const int64_t to = (i - 1) * in_row + at;
            if (to >= 0 && to < grid.rows * in_row) sums.data()[to] += parts[size_t(i)][size_t(at)];
        }
}

void paint(const Runs& runs, const std::vector<int32_t>& region, int32_t* labels) {
    for (int64_t y = 0; y < runs.height; ++y)
        for (int64_t r = runs.first[size_t(y)]; r < runs.first[size_t(y + 1)]; ++r)
            std::fill(labels + y * runs.width + runs.begin[size_t(r)], labels + y * runs.width + runs.end(r, y),
                      region[size_t(r)]);
}

// Without the GIL: one block of the pool, which hears of signals.
template <class F> void alone(F&& f) {
    bool finished = true;
    check_finished(parallel(1, 1, [&](int64_t, int) { finished = f(); }) && finished);
}

// Crumbs join their neighbours. With `keep`, labels stay and crumbs get those of what they join; without, each region
// gets a number of its own. Returns how many regions there are.
int64_t connect(Plane l, Plane a, Plane b, int64_t least, bool keep, Out<int32_t> labels) {
    int64_t n = 0;
    Runs runs;
    check_finished(find_runs(labels.data(), int64_t(l.shape(0)), int64_t(l.shape(1)), runs));
    alone([&] {
        std::vector<int32_t> region, names;
        n = CrumbMerger(runs, planes_of(l, a, b), least).merge(region, names);
        if (n >= 0 && keep)
            for (int32_t& r : region) r = names[size_t(r)];
        if (n >= 0) paint(runs, region, labels.data());
        return n >= 0;
    });
    return n;
}

// Sums (n, 7) of labels 0..n-1: count, l, a, b, column, row, and the squares of colour.
void moments(Plane l, Plane a, Plane b, In<int32_t> labels, Out<int64_t> sums) {
    const LabPlanes planes = planes_of(l, a, b);
    const int64_t height = int64_t(l.shape(0)), n = int64_t(sums.shape(0)), width = planes.width;
    const int64_t n_strips = (height + kStripRows - 1) / kStripRows;
    const int workers = get_num_threads();
    std::vector<std::vector<int64_t>> parts(static_cast<size_t>(workers));
    for (auto& part : parts) part.assign(size_t(7 * n), 0);
    check_finished(parallel(n_strips, workers, [&](int64_t strip, int worker) {
        const int64_t stop = std::min(height, (strip + 1) * kStripRows);
        for (int64_t y = strip * kStripRows; y < stop && !interrupted(); ++y)
            for (int64_t x = 0; x < width;) {
                const int32_t label = labels.data()[y * width + x];
                int64_t count = 0, sl = 0, sa = 0, sb = 0, columns = 0, squares = 0;
                for (; x < width && labels.data()[y * width + x] == label; ++x, ++count) {
                    const int64_t at = y * width + x, vl = planes.l[at], va = planes.a[at], vb = planes.b[at];
                    sl += vl, sa += va, sb += vb, columns += x;
                    squares += vl * vl + va * va + vb * vb;
                }
                int64_t* sum = parts[size_t(worker)].data() + 7 * label;
                sum[0] += count, sum[1] += sl, sum[2] += sa, sum[3] += sb, sum[4] += columns, sum[5] += count * y;
                sum[6] += squares;
            }
    }));
    std::fill_n(sums.data(), 7 * n, 0);
    for (const auto& part : parts)
        for (size_t at = 0; at < part.size(); ++at) sums.data()[at] += part[at];
}

// Pairs (m, 2) of labels that adjoin, in order, and the lengths of their borders.
auto borders(In<int32_t> labels) {
    Runs runs;
    check_finished(find_runs(labels.data(), int64_t(labels.shape(0)), int64_t(labels.shape(1)), runs));
    std::vector<int32_t> pairs;
    std::vector<int64_t> lengths;
    alone([&] {
        Borders found;
        if (!find_borders(runs, runs.label, found, [](int32_t, int32_t) { return true; })) return false;
        for (const auto& [key, length] : found.sorted()) {
            pairs.push_back(int32_t(key >> 32)), pairs.push_back(int32_t(uint32_t(key)));
            lengths.push_back(length);
        }
        return true;
    });
    const size_t m = lengths.size();
    return std::tuple(owned(std::move(pairs), {m, 2}), owned(std::move(lengths), {m}));
}

// The label and the number of pixels of each connected region, by first pixels.
auto regions(In<int32_t> labels) {
    Runs runs;
    check_finished(find_runs(labels.data(), int64_t(labels.shape(0)), int64_t(labels.shape(1)), runs));
    std::vector<int32_t> names;
    std::vector<int64_t> sizes;
    alone([&] {
        std::vector<int32_t> region;
        const int64_t n = find_regions(runs, region);
        if (n < 0) return false;
        names.assign(size_t(n), 0), sizes.assign(size_t(n), 0);
        for (int64_t y = 0; y < runs.height; ++y)
            for (int64_t r = runs.first[size_t(y)]; r < runs.first[size_t(y + 1)]; ++r) {
                names[size_t(region[size_t(r)])] = runs.label[size_t(r)];
                sizes[size_t(region[size_t(r)])] += runs.end(r, y) - runs.begin[size_t(r)];
            }
        return true;
    });
    const size_t n = names.size();
    return std::tuple(owned(std::move(names), {n}), owned(std::move(sizes), {n}));
}

int64_t smooth(In<double> costs, In<int64_t> indptr, In<int32_t> neighbors, In<double> weights, Out<int32_t> labels) {
    const PottsGraph graph{costs.data(),   int64_t(costs.shape(0)), int64_t(costs.shape(1)),
                           indptr.data(), neighbors.data(),        weights.data()};
    int64_t changed = 0;
    alone([&] { return (changed = potts_sweep(graph, labels.data())) >= 0; });
    return changed;
}

// One pass over the open pixels that touch another label, in four phases of pixels that are no neighbours of each other.
// `costs`: of a pixel's side, of a border, and the contrast that halves it.
int64_t refine(Plane l, Plane a, Plane b, In<double> centers, std::tuple<double, double, double> costs,
               Out<int32_t> labels, Out<uint8_t> open) {
    const auto [place, border, contrast] = costs;
    const Refining job{planes_of(l, a, b), int64_t(l.shape(0)), centers.data(), place, border, contrast, labels.data()};
    const int64_t n_strips = (job.height + kStripRows - 1) / kStripRows;  // an even number of rows each
    std::vector<int64_t> changed(static_cast<size_t>(n_strips), 0);
    for (int64_t phase = 0; phase < 4; ++phase)
        check_finished(parallel(n_strips, get_num_threads(), [&](int64_t s, int) {
            changed[size_t(s)] += refine_rows(job, labels.data(), open.data(), {s * kStripRows + phase / 2, phase % 2},
                                              std::min(job.height, (s + 1) * kStripRows));
        }));
    int64_t sum = 0;
    for (int64_t part : changed) sum += part;
    return sum;
}

}  // namespace

void bind_pixels(nb::module_& m) {
    m.def("pixels_lab", &lab);
    m.def("pixels_assign", &assign);
    m.def("pixels_connect", &connect);
    m.def("pixels_moments", &moments);
    m.def("pixels_borders", &borders);
    m.def("pixels_regions", &regions);
    m.def("pixels_smooth", &smooth);
    m.def("pixels_refine", &refine);
}

}  // namespace ganglion
