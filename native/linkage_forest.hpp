// Clusters that grow out of items: who belongs to whom, in which order the items stand, and what was merged.
#pragma once
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "linkage_problem.hpp"

namespace ganglion {

// Clusters are numbered by their lowest item: cluster 0 holds item 0. That number decides ties.
class Forest {
  public:
    // `mass` (n,) is the weight of each item, or null.
    Forest(Linkage rule, int64_t n, const double* mass) : rule_(rule), start_(size_t(n) + 1), member_(static_cast<size_t>(n)) {
        mass_.assign(size_t(n), 1.0);
        if (mass) std::copy_n(mass, n, mass_.begin());
        if (rule == Linkage::weighted) weight_.assign(size_t(n), 1.0);
        if (rule == Linkage::average && mass) weight_ = mass_;
        for (int64_t i = 0; i < n; ++i) {
            start_[size_t(i)] = i;
            member_[size_t(i)] = int32_t(i);
        }
        start_[size_t(n)] = n;
        nearest.assign(size_t(n), -1);
        least.assign(size_t(n), std::numeric_limits<double>::infinity());
    }

    Linkage rule() const { return rule_; }
    int64_t n_items() const { return int64_t(member_.size()); }
    int64_t n_clusters() const { return int64_t(mass_.size()); }
    int32_t lowest(int64_t cluster) const { return lowest_of(cluster); }
    const std::vector<double>& mass() const { return mass_; }
    std::vector<Merge> merges;

    // Merges pairs of clusters, first[i] < second[i]. By reducibility a cluster whose nearest was not merged keeps it;
    // the others, and those that are new, have no nearest until the next round.
    void merge(const std::vector<int64_t>& first, const std::vector<int64_t>& second, const std::vector<double>& height) {
        const size_t m = mass_.size();
        std::vector<int64_t> into;
        std::vector<int64_t> other(m, -1);
        std::vector<bool> joins(m, false);
        into.assign(m, -1);
        for (size_t p = 0; p < first.size(); ++p) {
            merges.push_back({lowest_of(first[p]), lowest_of(second[p]), height[p]});
            other[size_t(first[p])] = second[p];
            joins[size_t(second[p])] = true;
        }
        std::vector<int64_t> start{0};
        std::vector<int32_t> member;
        std::vector<double> mass;
        member.reserve(member_.size());
        for (size_t i = 0; i < m; ++i) {
            if (joins[i]) continue;
            into[i] = int64_t(mass.size());
            double total = mass_[i];
            const bool joined = other[i] >= 0;
            take(i, joined, member);
            if (joined) {
                into[size_t(other[i])] = into[i];
                total += mass_[size_t(other[i])];
                take(size_t(other[i]), true, member);
            }
            mass.push_back(total);
            start.push_back(int64_t(member.size()));
        }
        std::vector<int64_t> near(mass.size(), -1);
        std::vector<double> value(mass.size(), std::numeric_limits<double>::infinity());
        for (size_t i = 0; i < m; ++i) {
            const int64_t j = nearest[i];
            if (joins[i] || other[i] >= 0 || j < 0 || joins[size_t(j)] || other[size_t(j)] >= 0) continue;
            near[size_t(into[i])] = into[size_t(j)];
            value[size_t(into[i])] = least[i];
        }
        nearest.swap(near);
        least.swap(value);
        start_.swap(start);
        member_.swap(member);
        mass_.swap(mass);
    }

    // Groups of clusters of one size, interleaved, in blocks of about `block_items` items; the clusters that have no
    // nearest come first. The items' order changes nothing in the clusters.
    void arrange(int64_t block_items) {
        const size_t m = mass_.size();
        std::vector<int32_t> by_size(m);
        for (size_t i = 0; i < m; ++i) by_size[i] = int32_t(i);
        const auto kind = [&](int32_t c) { return std::pair(nearest[size_t(c)] >= 0, size(c)); };
        std::stable_sort(by_size.begin(), by_size.end(), [&](int32_t a, int32_t b) { return kind(a) < kind(b); });
        wanted_blocks = -1;
        groups.clear();
        blocks.assign(1, 0);
        order.clear();
        arranged_weight.clear();
        arranged_mass.clear();
        rank.clear();
        int64_t in_block = 0;
        for (size_t c = 0; c < m;) {
            const int64_t s = size(by_size[c]), most = s > 2 * kInterleaved ? 1 : kInterleaved;
            size_t end = c;
            while (end < m && int64_t(end - c) < most && kind(by_size[end]) == kind(by_size[c])) ++end;
            const int64_t items = s * int64_t(end - c);
            const bool known = nearest[size_t(by_size[c])] >= 0, first_known = known && wanted_blocks < 0;
            if (in_block && (first_known || in_block + items > block_items)) blocks.push_back(int64_t(groups.size())), in_block = 0;
            if (first_known) wanted_blocks = int64_t(blocks.size()) - 1;
            groups.push_back({int64_t(order.size()), int64_t(c), int32_t(s), int32_t(end - c)});
            for (int64_t k = 0; k < s; ++k)
                for (size_t i = c; i < end; ++i) {
                    const int32_t item = member_[size_t(start_[size_t(by_size[i])] + k)];
                    order.push_back(item);
                    if (!weight_.empty()) arranged_weight.push_back(weight_[size_t(item)]);
                }
            for (; c < end; ++c) {
                arranged_mass.push_back(mass_[size_t(by_size[c])]);
                rank.push_back(double(by_size[c]));
            }
            in_block += items;
        }
        blocks.push_back(int64_t(groups.size()));
        if (wanted_blocks < 0) wanted_blocks = int64_t(blocks.size()) - 1;
    }

    Arranged arranged() const {
        return {groups.data(), arranged_weight.empty() ? nullptr : arranged_weight.data(), arranged_mass.data(),
                rank.data()};
    }

    std::vector<Group> groups;
    std::vector<int64_t> blocks;  // first group of each block, and the end
    int64_t wanted_blocks = 0;    // so many of them hold the clusters that have no nearest
    std::vector<int64_t> nearest; // (n_clusters,) or -1
    std::vector<double> least;    // (n_clusters,) how far it is
    std::vector<int32_t> order;   // (n_items,) the items as the groups have them
    std::vector<double> arranged_weight, arranged_mass, rank;

  private:
    int64_t size(int32_t cluster) const { return start_[size_t(cluster) + 1] - start_[size_t(cluster)]; }
    int32_t lowest_of(int64_t cluster) const { return member_[size_t(start_[size_t(cluster)])]; }
    void take(size_t cluster, bool joined, std::vector<int32_t>& member) {
        for (int64_t at = start_[cluster]; at < start_[cluster + 1]; ++at) {
            member.push_back(member_[size_t(at)]);
            if (joined && rule_ == Linkage::weighted) weight_[size_t(member_[size_t(at)])] *= 0.5;
        }
    }

    Linkage rule_;
    std::vector<double> mass_, weight_;
    std::vector<int64_t> start_;  // members of cluster c: member_[start_[c]] ..., the lowest first
    std::vector<int32_t> member_;
};

}  // namespace ganglion
