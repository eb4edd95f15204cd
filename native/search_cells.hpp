// Good centres for every number of clusters at once. The rows are divided into small cells once; on the cells hundreds of
// starts cost what a few cost on the rows. Starts of one number lead to its neighbours: joined, and with one more.
#pragma once
#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "refit_path.hpp"

namespace ganglion {

// Small clusters that stand for the rows: centres (m, d) and their weights.
struct Cells {
    std::vector<double> centers, weights;

    void divide(const RefitRows& rows, int64_t m, int64_t steps, uint64_t seed) {
        Refit fit;
        RefitRandom random{seed};
        fit.plus_plus(rows, m, 1, random);
        fit.iterate(rows, m, {1, steps, 0.0});
        fit.move(rows, m);
        for (int64_t j = 0; j < m; ++j) {
            if (!(fit.counts()[j] > 0)) continue;
            weights.push_back(fit.counts()[j]);
            centers.insert(centers.end(), fit.centers() + j * rows.d, fit.centers() + (j + 1) * rows.d);
        }
    }
};

struct CenterSearchJob {
    RefitRows rows;
    const double* cells;     // (m, d)
    const double* weights;   // (m,)
    const int64_t* merges;   // (m - 1, 2) of Ward's tree over the cells: m + i is what merge i made
    int64_t m;
    const int64_t* numbers;  // (n_numbers,) ascending
    int64_t n_numbers;
    const uint64_t* seeds;   // (n_numbers,)
    int64_t draws;           // of k-means++ on the cells, for each number
    RefitSettings on_cells, on_rows;
};

class CenterSearch {
public:
    explicit CenterSearch(const CenterSearchJob& job) : job_(job), found_(size_t(job.n_numbers) * kKept) {
        panels_.fill(job.cells, job.weights, job.m, job.rows.d);
    }

    // False when a signal ended it.
    bool run(int threads) {
        cut_tree();
        std::vector<Refit> fits(static_cast<size_t>(threads));
        auto starts = [&](int64_t block, int worker) { start(job_.n_numbers - 1 - block, fits[size_t(worker)]); };
        if (!parallel(job_.n_numbers, threads, starts)) return false;
        if (!parallel(1, 1, [&](int64_t, int) { pass_on(fits[0]); })) return false;
        auto polished = [&](int64_t block, int worker) { polish(job_.n_numbers - 1 - block, fits[size_t(worker)]); };
        return parallel(job_.n_numbers, threads, polished);
    }

    const FoundCenters& best(int64_t number) const { return found_[size_t(number) * kKept]; }

private:
    static constexpr int64_t kKept = 2;         // for each number, whose order the rows decide
    static constexpr int64_t kFewClusters = 20;  // fewer get more draws: all of them together cost what this many cost
    static constexpr int64_t kSeedings = 4;     // of which one is followed: iterations cost more than seeds
    static constexpr int64_t kWideners = 32;    // cells that may become one more centre

    int64_t d() const { return job_.rows.d; }

    // What Ward's tree leaves for each number: the centres of its clusters, as starts.
    void cut_tree() {
        const int64_t m = job_.m;
        std::vector<std::vector<double>> sums(size_t(2 * m - 1));
        std::vector<double> mass(size_t(2 * m - 1));
        std::vector<int64_t> active(static_cast<size_t>(m));
        std::iota(active.begin(), active.end(), 0);
        for (int64_t i = 0; i < m; ++i) {
            mass[size_t(i)] = job_.weights[i];
            for (int64_t f = 0; f < d(); ++f) sums[size_t(i)].push_back(job_.weights[i] * job_.cells[i * d() + f]);
        }
        int64_t number = job_.n_numbers - 1;
        for (int64_t i = 0; i < m; ++i) {
            while (number >= 0 && job_.numbers[number] >= m - i) take_cut(number--, active, sums, mass);
            if (i == m - 1) break;
            const int64_t a = job_.merges[2 * i], b = job_.merges[2 * i + 1], c = m + i;
            sums[size_t(c)].swap(sums[size_t(a)]);
            for (int64_t f = 0; f < d(); ++f) sums[size_t(c)][size_t(f)] += sums[size_t(b)][size_t(f)];
            mass[size_t(c)] = mass[size_t(a)] + mass[size_t(b)];
            *std::find(active.begin(), active.end(), a) = c;
            active.erase(std::find(active.begin(), active.end(), b));
        }
    }

    void take_cut(int64_t number, const std::vector<int64_t>& active, const std::vector<std::vector<double>>& sums,
                  const std::vector<double>& mass) {
        FoundCenters& first = found_[size_t(number) * kKept];
        for (int64_t j : active) {
            first.counts.push_back(mass[size_t(j)]);
            for (double sum : sums[size_t(j)]) first.centers.push_back(sum / mass[size_t(j)]);
        }
    }

    // The tree's start, and those of k-means++.
    void start(int64_t number, Refit& fit) {
        FoundCenters tree;
        std::swap(tree, found_[size_t(number) * kKept]);
        descend(number, tree.centers, tree.k(), fit);
        const int64_t k = tree.k();
        RefitRandom random{job_.seeds[number]};
        const int64_t draws = job_.draws * std::max<int64_t>(1, kFewClusters / k);
        for (int64_t draw = 0; draw < draws && k > 1 && k < job_.m && !interrupted(); ++draw) {
            std::vector<double> best;
            double least = std::numeric_limits<double>::infinity();
            for (int64_t seeding = 0; seeding < kSeedings; ++seeding) {
                const double wss = fit.plus_plus(panels_.rows, k, 1, random);
                if (wss < least) least = wss, best.assign(fit.centers(), fit.centers() + k * d());
            }
            descend(number, best, k, fit);
        }
    }

    void descend(int64_t number, const std::vector<double>& centers, int64_t k, Refit& fit) {
        fit.start(panels_.rows, k, centers.data());
        keep(number, fit.iterate(panels_.rows, k, job_.on_cells), k, fit);
    }

    // The best kKept that differ, the best first.
    void keep(int64_t number, double wss, int64_t k, const Refit& fit) {
        FoundCenters* kept = &found_[size_t(number) * kKept];
        for (int64_t place = 0; place < kKept; ++place) {
            if (kept[place].k() > 0 && std::abs(wss - kept[place].wss) <= 1e-9 * wss) return;
            if (kept[place].k() > 0 && wss >= kept[place].wss) continue;
            for (int64_t below = kKept - 1; below > place; --below) std::swap(kept[below], kept[below - 1]);
            kept[place].wss = wss;
            kept[place].centers.assign(fit.centers(), fit.centers() + k * d());
            kept[place].counts.assign(fit.counts(), fit.counts() + k);
            return;
        }
    }

    // The centres of the next larger number, joined, down to the smallest; then those of the next smaller, widened.
    void pass_on(Refit& fit) {
        for (int64_t i = job_.n_numbers - 2; i >= 0 && !interrupted(); --i) {
            if (job_.numbers[i + 1] - job_.numbers[i] > kNeighbors) continue;
            FoundCenters larger = found_[size_t(i + 1) * kKept];
            while (larger.k() > job_.numbers[i]) join_nearest(larger, d());
            descend(i, larger.centers, larger.k(), fit);
        }
        for (int64_t i = 1; i < job_.n_numbers && !interrupted(); ++i) {
            if (job_.numbers[i] - job_.numbers[i - 1] > kNeighbors || job_.numbers[i] > job_.m) continue;
            std::vector<double> wider = found_[size_t(i - 1) * kKept].centers;
            int64_t k = found_[size_t(i - 1) * kKept].k();
            while (k < job_.numbers[i]) widen(wider, k++);
            descend(i, wider, k, fit);
        }
    }

    // Adds the cell whose centre lowers the WSS most, of those that leave most.
    void widen(std::vector<double>& centers, int64_t k) {
        const RefitKernels& kernels = *isa().refits;
        const RefitRows& rows = panels_.rows;
        std::vector<double> own(size_t(rows.panels * kRefitRows)), other(own.size());
        std::vector<int32_t> labels(own.size());
        kernels.assign(rows, centers.data(), k, labels.data(), own.data());
        std::vector<int64_t> order(static_cast<size_t>(rows.n));
        std::iota(order.begin(), order.end(), 0);
        const auto leaves_more = [&](int64_t a, int64_t b) {
            const double x = rows.weights[a] * own[size_t(a)], y = rows.weights[b] * own[size_t(b)];
            return x > y || (x == y && a < b);
        };
        const int64_t tried = std::min(kWideners, rows.n);
        std::partial_sort(order.begin(), order.begin() + tried, order.end(), leaves_more);
        std::vector<double> point(static_cast<size_t>(d())), best;
        double least = std::numeric_limits<double>::infinity();
        for (int64_t t = 0; t < tried; ++t) {
            take_row(rows, order[size_t(t)], point.data());
            kernels.distances(rows, point.data(), other.data());
            const double left = kernels.potential(rows, other.data(), own.data());
            if (left < least) least = left, best = point;
        }
        centers.insert(centers.end(), best.begin(), best.end());
    }

    // The rows decide which of the kept comes first; Lloyd's iterations follow from there.
    void polish(int64_t number, Refit& fit) {
        FoundCenters* first = &found_[size_t(number) * kKept];
        for (FoundCenters* each = first; each < first + kKept; ++each)
            if (each->k() > 0) follow(*each, {1, 0, job_.on_rows.tol}, fit);
        std::swap(*first, *std::min_element(first, first + kKept, [](const auto& a, const auto& b) { return a.wss < b.wss; }));
        if (job_.on_rows.max_iter > 0) follow(*first, job_.on_rows, fit);
    }

    void follow(FoundCenters& found, const RefitSettings& settings, Refit& fit) const {
        fit.start(job_.rows, found.k(), found.centers.data());
        found.wss = fit.iterate(job_.rows, found.k(), settings);
        found.centers.assign(fit.centers(), fit.centers() + found.k() * d());
    }

    CenterSearchJob job_;
    RefitPanels panels_;
    std::vector<FoundCenters> found_;  // (n_numbers, kKept)
};

}  // namespace ganglion
