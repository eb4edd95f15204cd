// Small weighted k-means for several numbers of clusters of the same rows: each number also tries the centres of the next
// smaller one with another centre, and those of the next larger one, joined.
#pragma once
#include <limits>
#include <utility>
#include <vector>

#include "refit_search.hpp"

namespace ganglion {

constexpr int64_t kNeighbors = 4;  // numbers farther from each other than this have only their own starts

// Centres of some number of clusters, and what they leave.
struct FoundCenters {
    double wss = std::numeric_limits<double>::infinity();
    std::vector<double> centers, counts;
    int64_t k() const { return int64_t(counts.size()); }
};

inline double squared_distance(const double* a, const double* b, int64_t d) {
    double sum = 0;
    for (int64_t f = 0; f < d; ++f) sum += (a[f] - b[f]) * (a[f] - b[f]);
    return sum;
}

// Joins the two clusters whose union raises the WSS least (Ward 1963).
inline void join_nearest(FoundCenters& all, int64_t d) {
    int64_t first = 0, second = 1;
    double least = std::numeric_limits<double>::infinity();
    for (int64_t a = 0; a < all.k(); ++a)
        for (int64_t b = a + 1; b < all.k(); ++b) {
            const double both = all.counts[size_t(a)] + all.counts[size_t(b)];
            const double part = both > 0 ? all.counts[size_t(a)] * all.counts[size_t(b)] / both : 0.0;
            const double rise = part * squared_distance(&all.centers[size_t(a * d)], &all.centers[size_t(b * d)], d);
            if (rise < least) least = rise, first = a, second = b;
        }
    const double a = all.counts[size_t(first)], b = all.counts[size_t(second)];
    for (int64_t f = 0; f < d && a + b > 0; ++f) {
        double& value = all.centers[size_t(first * d + f)];
        value = (a * value + b * all.centers[size_t(second * d + f)]) / (a + b);
    }
    all.counts[size_t(first)] = a + b;
    all.counts.erase(all.counts.begin() + second);
    all.centers.erase(all.centers.begin() + second * d, all.centers.begin() + (second + 1) * d);
}

class RefitPath {
public:
    // For each of `numbers`, ascending, the best of its own `n_init` starts (more where none of the smaller ones is
    // near) and of its neighbours'; `seeds` has one for each number.
    void run(const RefitRows& rows, const std::vector<int64_t>& numbers, const uint64_t* seeds, const RefitSettings& settings) {
        found_.assign(numbers.size(), {});
        for (size_t i = 0; i < numbers.size() && !interrupted(); ++i) start(rows, numbers, i, seeds[i], settings);
        for (size_t i = numbers.size(); i-- > 1 && !interrupted();) {
            if (numbers[i] - numbers[i - 1] > kNeighbors) continue;
            FoundCenters larger = found_[i];
            while (larger.k() > numbers[i - 1]) join_nearest(larger, rows.d);
            fit_.start(rows, larger.k(), larger.centers.data());
            keep(found_[i - 1], rows, larger.k(), settings);
        }
    }

    const FoundCenters& best(size_t number) const { return found_[number]; }

private:
    static constexpr int64_t kAlone = 4;     // times as many starts for a number that follows no other
    static constexpr int64_t kWideners = 8;  // candidates for one more centre: few beside the iterations that follow

    void start(const RefitRows& rows, const std::vector<int64_t>& numbers, size_t i, uint64_t seed, const RefitSettings& settings) {
        const int64_t k = numbers[i];
        RefitRandom random{seed};
        const bool follows = i > 0 && k - numbers[i - 1] <= kNeighbors;
        const int64_t draws = follows ? settings.n_init : kAlone * settings.n_init;
        for (int64_t draw = 0; draw < draws && !interrupted(); ++draw) {
            fit_.plus_plus(rows, k, greedy_trials(k), random);
            keep(found_[i], rows, k, settings);
        }
        if (!follows) return;
        const FoundCenters& before = found_[i - 1];
        fit_.widen(rows, before.k(), before.centers.data(), k, kWideners, random);
        keep(found_[i], rows, k, settings);
    }

    // Follows the fit's centres, and keeps where they lead if that is better.
    void keep(FoundCenters& best, const RefitRows& rows, int64_t k, const RefitSettings& settings) {
        const double wss = fit_.iterate(rows, k, settings);
        if (best.k() > 0 && !(wss < best.wss)) return;
        best.wss = wss;
        best.centers.assign(fit_.centers(), fit_.centers() + k * rows.d);
        best.counts.assign(fit_.counts(), fit_.counts() + k);
    }

    Refit fit_;
    std::vector<FoundCenters> found_;  // (numbers,)
};

}  // namespace ganglion
