#include "sweep_moves.hpp"

namespace ganglion {

namespace {

constexpr int64_t kAllPairs = 48;      // up to as many clusters, each is offered to each other as a merge
constexpr double kStartAgain = 0.5;    // how often sub-clusters that were refused are looked for anew
constexpr int64_t kSampled = 2048;      // rows among which sub-clusters are looked for

}  // namespace

// Parameters of two halves of a cluster: those of its sub-clusters, or, where it has none, of two that are found among
// some of its rows, which is quick in a cluster of any size.
bool SweepMoves::draw_subclusters(Members& members, double shift, const SweepRunner& run) {
    const SweepKernels& kernels = *isa().sweeps;
    int64_t second = 0;
    for (int64_t at = 0; at < members.n_rows; ++at) second += half_[size_t(members.order[size_t(at)])];
    if (second > 0 && second < members.n_rows) {
        for (int side = 0; side < 2; ++side)
            std::copy_n(model_.lines + members.order[0] * model_.n_lines, model_.n_lines,
                        members.anchors.data() + side * model_.n_lines);
        if (!sum_halves(members, run)) return false;
        draw_halves(members, shift);
        return true;
    }
    Members some;
    const int64_t stride = (members.n_rows + kSampled - 1) / kSampled;
    for (int64_t at = kernels.below(chain_.random_, stride); at < members.n_rows; at += stride)
        some.order.push_back(members.order[size_t(at)]);
    if (some.order.size() < 2) some.order.assign(members.order.begin(), members.order.begin() + members.n_rows);
    const int64_t count = int64_t(some.order.size());
    int64_t one = kernels.below(chain_.random_, count), other = kernels.below(chain_.random_, count - 1);
    other += other >= one;
    const int32_t rows[2] = {some.order[size_t(one)], some.order[size_t(other)]};
    if (!gather(some, run) || !launch(some, rows, shift, run)) return false;
    members.anchors = some.anchors, members.parameters = some.parameters, members.coefficients = some.coefficients;
    std::copy_n(some.starts, 2, members.starts);
    return true;
}

// One round of the sub-clusters of one cluster, and their offer as its split.
bool SweepMoves::split_cluster(const SweepTable& table, std::vector<int32_t> rows, const SweepRunner& run) {
    const SweepKernels& kernels = *isa().sweeps;
    if (rows.size() < 2) return true;
    Members members;
    members.order = std::move(rows);
    const int32_t none[2] = {-1, -1};
    if (!gather(members, run) || !draw_subclusters(members, table.shift, run)) return false;
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
    std::vector<std::vector<int32_t>> rows(static_cast<size_t>(t));
    for (int64_t i = 0; i < model_.n; ++i) rows[size_t(chain_.labels_[size_t(i)])].push_back(int32_t(i));
    for (size_t label = 0; label < rows.size() && finished; ++label) finished = split_cluster(table, std::move(rows[label]), run);
    if (!finished || !chain_.count(run)) return false;
    chain_.peak_ = std::max(chain_.peak_, chain_.n_clusters());
    return !merge_clusters(table) || chain_.count(run);
}

}  // namespace ganglion
