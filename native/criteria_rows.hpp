// What the criteria read from rows: moments of clusters, and for every row the distance to its own centre and the next.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "isa.hpp"
#include "pool.hpp"

namespace ganglion {

// Rows y = scale (x - origin) in float64, one cluster each.
template <class T> struct GroupedRows {
    Rows<T> rows;  // dense or CSR
    int64_t k;
    const int32_t* codes;
    const double* weights;  // null: 1 each
    const double* origin;   // (d,)
    double scale;

    int64_t n() const { return rows.n; }
    int64_t d() const { return rows.d; }
    double weight(int64_t i) const { return weights ? weights[i] : 1.0; }
    std::vector<T> scratch() const { return std::vector<T>(rows.sparse() ? size_t(rows.d) : 0); }
    // y (d,) of row i, a feature after the other.
    template <class F> void each(int64_t i, std::vector<T>& own, F&& f) const {
        const T* x = definitions<T>().dense_row(rows, i, own.data());
        for (int64_t j = 0; j < rows.d; ++j) f(j, scale * (double(x[j]) - origin[j]));
    }
};

// Blocks depend on the data alone; what a block leaves, `size` numbers, is at most an eighth of its rows where these are
// dense, and a quarter of a gigabyte in all.
inline int64_t criteria_block(int64_t n, int64_t k, int64_t size) {
    return std::max<int64_t>({4096, 8 * k, int64_t(double(n) * double(size) / double(1 << 25))});
}

// Fewer values than this are summed before another thread is awake.
constexpr double kFewValues = 1 << 20;

// out (size,) is the sum of what f(block's begin, its end, its own part) adds to zeros, in the order of the blocks.
template <class F> bool sum_blocks(int64_t n, int64_t k, int64_t d, int64_t size, double* out, F&& f) {
    const int64_t rows = criteria_block(n, k, size);
    const int64_t n_blocks = (n + rows - 1) / rows;
    std::vector<double> parts(size_t(n_blocks * size), 0.0);
    const int workers = double(n) * double(d) < kFewValues ? 1 : get_num_threads();
    const bool finished = parallel(n_blocks, workers, [&](int64_t b, int) {
        f(b * rows, std::min(n, (b + 1) * rows), parts.data() + b * size);
    });
    std::fill(out, out + size, 0.0);
    for (int64_t b = 0; finished && b < n_blocks; ++b)
        for (int64_t i = 0; i < size; ++i) out[i] += parts[size_t(b * size + i)];
    return finished;
}

// out (k, d + 1): sums of w y, and of w.
template <class T> bool group_sums(const GroupedRows<T>& rows, double* out) {
    const int64_t d = rows.d();
    return sum_blocks(rows.n(), rows.k, d, rows.k * (d + 1), out, [&](int64_t begin, int64_t end, double* part) {
        std::vector<T> own = rows.scratch();
        for (int64_t i = begin; i < end; ++i) {
            if (i % 256 == 0 && interrupted()) return;
            double* sum = part + rows.codes[i] * (d + 1);
            const double w = rows.weight(i);
            rows.each(i, own, [&](int64_t f, double y) { sum[f] += w * y; });
            sum[d] += w;
        }
    });
}

// out (k, d + 3): sums of w (y - c), of w |y - c|^2, of w |y - c|, and of w |y - middle|^2, over each cluster's rows.
template <class T>
bool group_spread(const GroupedRows<T>& rows, const double* centers, const double* middle, double* out) {
    const int64_t d = rows.d();
    return sum_blocks(rows.n(), rows.k, d, rows.k * (d + 3), out, [&](int64_t begin, int64_t end, double* part) {
        std::vector<T> own = rows.scratch();
        for (int64_t i = begin; i < end; ++i) {
            if (i % 256 == 0 && interrupted()) return;
            double* sum = part + rows.codes[i] * (d + 3);
            const double *center = centers + rows.codes[i] * d, w = rows.weight(i);
            double within = 0, total = 0;
            rows.each(i, own, [&](int64_t f, double y) {
                const double e = y - center[f], t = y - middle[f];
                sum[f] += w * e;
                within += e * e;
                total += t * t;
            });
            sum[d] += w * within;
            sum[d + 1] += w * std::sqrt(within);
            sum[d + 2] += w * total;
        }
    });
}

// Rows of one cluster after the other, in pieces: `order` lists the rows by cluster, those of j from starts[j] on.
struct Stretch {
    int64_t cluster, begin, end;
};

inline std::vector<Stretch> stretches_of(const int64_t* starts, int64_t k, int64_t most) {
    std::vector<Stretch> pieces;
    for (int64_t j = 0; j < k; ++j)
        for (int64_t begin = starts[j]; begin < starts[j + 1]; begin += most)
            pieces.push_back({j, begin, std::min(starts[j + 1], begin + most)});
    return pieces;
}

// The centres that are not `own` and have rows, the nearest to it first.
struct Others {
    std::vector<int32_t> index;
    std::vector<double> gaps;

    void list(const double* centers, int64_t d, const int64_t* starts, int64_t k, int64_t own) {
        std::vector<std::pair<double, int32_t>> found;
        for (int64_t j = 0; j < k; ++j) {
            if (j == own || starts[j] == starts[j + 1]) continue;
            double squared = 0;
            for (int64_t f = 0; f < d; ++f) {
                const double e = centers[j * d + f] - centers[own * d + f];
                squared += e * e;
            }
            found.push_back({squared, int32_t(j)});
        }
        std::sort(found.begin(), found.end());
        index.clear(), gaps.clear();
        for (const auto& [squared, j] : found) {
            index.push_back(j);
            gaps.push_back(std::sqrt(squared) * (1 - 0x1p-30));  // rounding never makes it too long
        }
    }
};

// Squared distances (n,) of every row to its own centre and to the nearest other one, and which that is (n,); inf and -1
// where there is no other. Centres are looked through in the order of their distance to the own one, until the triangle
// inequality rules out the rest.
template <class T>
bool own_and_next(const GroupedRows<T>& rows, const double* centers, const int64_t* order, const int64_t* starts,
                  double* own, double* next, int32_t* which) {
    constexpr int64_t kMost = 1024;  // rows: finding the others costs as much as 10 or 20 of them
    const std::vector<Stretch> pieces = stretches_of(starts, rows.k, kMost);
    const int workers = get_num_threads();
    const int64_t d = rows.d();
    std::vector<Others> others(static_cast<size_t>(workers));
    std::vector<std::vector<double>> panels(static_cast<size_t>(workers));
    return parallel(int64_t(pieces.size()), workers, [&](int64_t p, int worker) {
        const Stretch& piece = pieces[size_t(p)];
        Others& mine = others[size_t(worker)];
        mine.list(centers, d, starts, rows.k, piece.cluster);
        std::vector<double>& panel = panels[size_t(worker)];
        panel.resize(size_t(d * kCriteriaLanes));
        std::vector<T> dense = rows.scratch();
        const NextCenters job{centers, d, piece.cluster, mine.index.data(), mine.gaps.data(), int64_t(mine.index.size())};
        for (int64_t begin = piece.begin; begin < piece.end && !interrupted(); begin += kCriteriaLanes) {
            const int64_t m = std::min<int64_t>(kCriteriaLanes, piece.end - begin);
            for (int64_t l = 0; l < kCriteriaLanes; ++l) {
                const int64_t i = order[begin + std::min(l, m - 1)];
                rows.each(i, dense, [&](int64_t f, double y) { panel[size_t(f * kCriteriaLanes + l)] = y; });
            }
            double a[kCriteriaLanes], b[kCriteriaLanes];
            int32_t j[kCriteriaLanes];
            isa().criteria->next_centers(job, panel.data(), a, b, j);
            for (int64_t l = 0; l < m; ++l) {
                const int64_t i = order[begin + l];
                own[i] = a[l], next[i] = b[l], which[i] = j[l];
            }
        }
    });
}

}  // namespace ganglion
