#include "sweep_moves.hpp"

namespace ganglion {

namespace {

constexpr int64_t kAllPairs = 48;      // up to as many clusters, each is offered to each other as a merge
constexpr double kStartAgain = 0.2;    // how often sub-clusters that were refused are looked for anew

}  // namespace

// One round of the sub-clusters of one cluster, and their offer as its split.
bool SweepMoves::split_cluster(const SweepTable& table, int32_t label, const SweepRunner& run) {
    const SweepKernels& kernels = *isa().sweeps;
    Members members;
    for (int64_t i = 0; i < model_.n; ++i)
        if (chain_.labels_[size_t(i)] == label) members.order.push_back(int32_t(i));
    if (members.order.size() < 2) return true;
    if (!gather(members, run)) return false;
    const int32_t none[2] = {-1, -1};
    int64_t second = 0;
    for (int64_t at = 0; at < members.n_rows; ++at) second += half_[size_t(members.order[size_t(at)])];
    if (second == 0 || second == members.n_rows) {
        int64_t one = kernels.below(chain_.random_, members.n_rows), other = kernels.below(chain_.random_, members.n_rows - 1);
        other += other >= one;
        const int32_t rows[2] = {members.order[size_t(one)], members.order[size_t(other)]};
        if (!launch(members, rows, table.shift, run)) return false;
    } else {
        for (int side = 0; side < 2; ++side)
            std::copy_n(model_.lines + members.order[0] * model_.n_lines, model_.n_lines,
                        members.anchors.data() + side * model_.n_lines);
        if (!sum_halves(members, run)) return false;
        draw_halves(members, table.shift);
    }
    double log_q;
    if (!assign_halves(members, none, false, run, log_q) || !sum_halves(members, run)) return false;
    bool again = kernels.uniform(chain_.random_) < kStartAgain;
    if (members.counts[0] > 0 && members.counts[1] > 0) {
        std::vector<double> whole(size_t(model_.n_statistics));
        merged(half(members, 0), half(members, 1), whole.data());
        const SweepCluster both{double(members.n_rows), members.anchors.data(), whole.data()};
        const double log_ratio = log_split(table, chain_.n_clusters(), half(members, 0), half(members, 1), both);
        if (kernels.log(1 - kernels.uniform(chain_.random_)) < log_ratio) {
            const int32_t fresh = int32_t(chain_.n_clusters());
            for (int64_t at = 0; at < members.n_rows; ++at) {
                const size_t row = size_t(members.order[size_t(at)]);
                if (half_[row]) chain_.labels_[row] = fresh;
            }
            chain_.clusters_.alive.push_back(fresh);  // counted anew when all clusters have had their turn
            chain_.is_counted_ = false;
            again = true;
            ++n_accepted_;
        }
    }
    if (again)
        for (int64_t at = 0; at < members.n_rows; ++at) half_[size_t(members.order[size_t(at)])] = 0;
    return true;
}

// Offers pairs of clusters as one, each cluster at most once; both become the sub-clusters of the one.
bool SweepMoves::merge_clusters(const SweepTable& table) {
    const SweepKernels& kernels = *isa().sweeps;
    const int64_t t = chain_.n_clusters();
    std::vector<int32_t> turn(static_cast<size_t>(t)), into(static_cast<size_t>(t));
    for (int64_t c = 0; c < t; ++c) turn[size_t(c)] = into[size_t(c)] = int32_t(c);
    for (int64_t c = t - 1; c > 0; --c) std::swap(turn[size_t(c)], turn[size_t(kernels.below(chain_.random_, c + 1))]);
    std::vector<double> whole(size_t(model_.n_statistics));
    std::vector<char> taken(static_cast<size_t>(t), 0);
    int64_t now = t;
    for (int64_t i = 0; i < t; ++i)
        for (int64_t j = i + 1; j < (t <= kAllPairs ? t : std::min(t, i + 2)); ++j) {
            const int32_t a = std::min(turn[size_t(i)], turn[size_t(j)]), b = std::max(turn[size_t(i)], turn[size_t(j)]);
            if (taken[size_t(a)] || taken[size_t(b)]) continue;
            const SweepCluster first = chain_.clusters_.of(model_, a), second = chain_.clusters_.of(model_, b);
            merged(first, second, whole.data());
            const SweepCluster both{first.count + second.count, first.anchor, whole.data()};
            const double log_ratio = -log_split(table, now - 1, first, second, both);
            if (!(kernels.log(1 - kernels.uniform(chain_.random_)) < log_ratio)) continue;
            taken[size_t(a)] = taken[size_t(b)] = 1;
            into[size_t(b)] = a;
            --now;
        }
    if (now == t) return false;
    std::vector<int32_t> place(static_cast<size_t>(t), 0);
    for (int64_t c = 0, next = 0; c < t; ++c)
        if (into[size_t(c)] == c) place[size_t(c)] = int32_t(next++);
    for (int64_t i = 0; i < model_.n; ++i) {
        int32_t& label = chain_.labels_[size_t(i)];
        if (taken[size_t(label)]) half_[size_t(i)] = into[size_t(label)] != label;
        label = place[size_t(into[size_t(label)])];
    }
    n_accepted_ += t - now;
    chain_.is_counted_ = false;
    return true;
}

bool SweepMoves::propose_subclusters(const SweepTable& table, const SweepRunner& run) {
    half_.resize(size_t(model_.n), 0);
    const int64_t t = chain_.n_clusters();
    if (!(table.at(t) > -std::numeric_limits<double>::infinity())) return true;
    bool finished = true;
    for (int32_t label = 0; label < t && finished; ++label) finished = split_cluster(table, label, run);
    if (!finished || !chain_.count(run)) return false;
    chain_.peak_ = std::max(chain_.peak_, chain_.n_clusters());
    return !merge_clusters(table) || chain_.count(run);
}

}  // namespace ganglion
