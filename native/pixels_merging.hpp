// Superpixels that hang together: what a clustering of pixels left as crumbs joins the neighbour of the nearest colour.
#pragma once
#include "pixels_kernels.hpp"
#include "pixels_regions.hpp"

namespace ganglion {

// Count and sums of the three planes.
struct ColorSums {
    int64_t count = 0, l = 0, a = 0, b = 0;
    void add(const ColorSums& other) { count += other.count, l += other.l, a += other.a, b += other.b; }
    double squared_distance(const ColorSums& other) const {
        const double n = double(count), m = double(other.count);
        const double dl = double(l) / n - double(other.l) / m, da = double(a) / n - double(other.a) / m,
                     db = double(b) / n - double(other.b) / m;
        return dl * dl + da * da + db * db;
    }
};

inline ColorSums sums_of_run(const LabPlanes& planes, int64_t y, int64_t begin, int64_t end) {
    const int64_t at = y * planes.width;
    ColorSums sums;
    sums.count = end - begin;
    for (int64_t x = at + begin; x < at + end; ++x)
        sums.l += planes.l[x], sums.a += planes.a[x], sums.b += planes.b[x];
    return sums;
}

class CrumbMerger {
  public:
    CrumbMerger(const Runs& runs, const LabPlanes& planes, int64_t least) : runs_(runs), planes_(planes), least_(least) {}

    // The region of each run after crumbs have joined others, numbered by first pixels; how many there are, or -1 where a
    // signal ended it. `names` gets the label that the largest piece of each region had.
    int64_t merge(std::vector<int32_t>& region, std::vector<int32_t>& names) {
        const int64_t n = find_regions(runs_, region);
        if (n < 0 || !add_up(region, n)) return -1;
        if (!find_borders(runs_, region, borders_, [&](int32_t i, int32_t j) { return is_crumb(i) || is_crumb(j); }))
            return -1;
        list_neighbors(n);
        std::vector<int32_t> label(static_cast<size_t>(n));
        for (size_t r = 0; r < region.size(); ++r) label[size_t(region[r])] = runs_.label[r];
        std::vector<int64_t> before(static_cast<size_t>(n));
        for (size_t i = 0; i < before.size(); ++i) before[i] = sums_[i].count;
        LowestSets sets(n);
        for (int32_t crumb : crumbs_by_size(n)) {
            if (interrupted()) return -1;
            join_nearest(sets, crumb);
        }
        const std::vector<int32_t> number = numbers(sets, n);
        std::vector<int64_t> largest;
        for (size_t i = 0; i < number.size(); ++i) {
            const size_t to = size_t(number[i]);
            if (to == names.size()) names.push_back(label[i]), largest.push_back(before[i]);
            if (before[i] > largest[to]) names[to] = label[i], largest[to] = before[i];
        }
        for (int32_t& r : region) r = number[size_t(r)];
        return int64_t(names.size());
    }

  private:
    bool is_crumb(int32_t i) const { return sums_[size_t(i)].count < least_; }

    bool add_up(const std::vector<int32_t>& region, int64_t n) {
        sums_.assign(size_t(n), {});
        for (int64_t y = 0; y < runs_.height; ++y) {
            if (interrupted()) return false;
            for (int64_t r = runs_.first[size_t(y)]; r < runs_.first[size_t(y + 1)]; ++r)
                sums_[size_t(region[size_t(r)])].add(sums_of_run(planes_, y, runs_.begin[size_t(r)], runs_.end(r, y)));
        }
        return true;
    }

    void list_neighbors(int64_t n) {
        const auto pairs = borders_.sorted();
        start_.assign(size_t(n) + 1, 0);
        for (const auto& [key, length] : pairs) ++start_[size_t(key >> 32) + 1], ++start_[size_t(uint32_t(key)) + 1];
        for (size_t i = 1; i < start_.size(); ++i) start_[i] += start_[i - 1];
        neighbor_.resize(2 * pairs.size());
        std::vector<int64_t> at(start_.begin(), start_.end() - 1);
        for (const auto& [key, length] : pairs) {
            const int32_t i = int32_t(key >> 32), j = int32_t(uint32_t(key));
            neighbor_[size_t(at[size_t(i)]++)] = j;
            neighbor_[size_t(at[size_t(j)]++)] = i;
        }
        next_.assign(size_t(n), -1);
        last_.resize(size_t(n));
        for (int64_t i = 0; i < n; ++i) last_[size_t(i)] = int32_t(i);
    }

    std::vector<int32_t> crumbs_by_size(int64_t n) const {
        std::vector<int32_t> crumbs;
        for (int64_t i = 0; i < n; ++i)
            if (is_crumb(int32_t(i))) crumbs.push_back(int32_t(i));
        std::sort(crumbs.begin(), crumbs.end(), [&](int32_t i, int32_t j) {
            return std::pair(sums_[size_t(i)].count, i) < std::pair(sums_[size_t(j)].count, j);
        });
        return crumbs;
    }

    // What the crumb has grown into joins the neighbour of the nearest mean colour, the lowest of equals. Sums of a set
    // stand at its root, its members in a list from there.
    void join_nearest(LowestSets& sets, int32_t crumb) {
        const int32_t self = sets.root(crumb);
        if (!is_crumb(self)) return;
        int32_t best = -1;
        double least = 0;
        for (int32_t member = self; member >= 0; member = next_[size_t(member)])
            for (int64_t at = start_[size_t(member)]; at < start_[size_t(member) + 1]; ++at) {
                const int32_t other = sets.root(neighbor_[size_t(at)]);
                if (other == self) continue;
                const double distance = sums_[size_t(self)].squared_distance(sums_[size_t(other)]);
                if (best < 0 || distance < least || (distance == least && other < best)) best = other, least = distance;
            }
        if (best < 0) return;  // alone in the image
        const int32_t lower = std::min(self, best), higher = std::max(self, best);
        sets.unite(lower, higher);
        sums_[size_t(lower)].add(sums_[size_t(higher)]);
        next_[size_t(last_[size_t(lower)])] = higher;
        last_[size_t(lower)] = last_[size_t(higher)];
    }

    static std::vector<int32_t> numbers(LowestSets& sets, int64_t n) {
        std::vector<int32_t> number(static_cast<size_t>(n));
        int32_t found = 0;
        for (int64_t i = 0; i < n; ++i) {
            const int32_t root = sets.root(int32_t(i));
            number[size_t(i)] = root == i ? found++ : number[size_t(root)];
        }
        return number;
    }

    const Runs& runs_;
    const LabPlanes& planes_;
    int64_t least_;
    std::vector<ColorSums> sums_;
    Borders borders_;
    std::vector<int64_t> start_;
    std::vector<int32_t> neighbor_, next_, last_;
};

}  // namespace ganglion
