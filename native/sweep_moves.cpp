#include "sweep_moves.hpp"

namespace ganglion {

namespace {

constexpr int kRounds = 5;  // as many as Jain and Neal's restricted scans
constexpr double kInfinity = std::numeric_limits<double>::infinity();

int64_t tiles_in(const std::vector<int32_t>& order) { return int64_t(order.size()) / kTileRows; }
int64_t blocks_of(int64_t tiles) { return (tiles + kSegmentTiles - 1) / kSegmentTiles; }

}  // namespace

bool SweepMoves::gather(Members& members, const SweepRunner& run) {
    members.n_rows = int64_t(members.order.size());
    members.order.resize(size_t((members.n_rows + kTileRows - 1) / kTileRows * kTileRows), -1);
    members.tiles.resize(members.order.size() * size_t(model_.n_lines));
    members.anchors.resize(size_t(2 * model_.n_lines));
    members.statistics.resize(size_t(2 * model_.n_statistics));
    members.parameters.resize(size_t(2 * model_.n_parameters));
    members.coefficients.resize(size_t(model_.n_features * kSumLanes));
    const int64_t tiles = tiles_in(members.order);
    return run(blocks_of(tiles), [&](int64_t block, int) {
        isa().sweeps->store_tiles(model_, members.order.data(), block * kSegmentTiles,
                                  std::min(tiles, (block + 1) * kSegmentTiles), members.tiles.data());
    });
}

bool SweepMoves::sum_halves(Members& members, const SweepRunner& run) {
    const int64_t tiles = tiles_in(members.order), blocks = blocks_of(tiles), size = 2 * model_.n_statistics;
    std::vector<double> partial(size_t(blocks * size), 0.0);
    chain_.scratch_.reserve(run.workers(), model_.n_statistics * kSumLanes + (model_.n_lines + 1) * kTileRows);
    const SweepRows rows{members.tiles.data(), members.order.data(), nullptr};
    const bool finished = run(blocks, [&](int64_t block, int worker) {
        isa().sweeps->collect(model_, rows, half_.data(), members.anchors.data(), block * kSegmentTiles,
                              std::min(tiles, (block + 1) * kSegmentTiles), chain_.scratch_[worker],
                              partial.data() + block * size);
    });
    std::fill(members.statistics.begin(), members.statistics.end(), 0.0);
    for (int64_t block = 0; block < blocks; ++block)
        for (int64_t s = 0; s < size; ++s) members.statistics[size_t(s)] += partial[size_t(block * size + s)];
    members.counts[0] = members.counts[1] = 0;
    for (int64_t at = 0; at < members.n_rows; ++at) ++members.counts[half_[size_t(members.order[size_t(at)])]];
    return finished;
}

SweepCluster SweepMoves::half(const Members& members, int side) const {
    return {members.counts[side], members.anchors.data() + side * model_.n_lines,
            members.statistics.data() + side * model_.n_statistics};
}

void SweepMoves::draw_halves(Members& members, double shift) {
    const SweepKernels& kernels = *isa().sweeps;
    for (int side = 0; side < 2; ++side) {
        double* parameters = members.parameters.data() + side * model_.n_parameters;
        const double shape = std::max(members.counts[side] + shift, 0.5);
        members.starts[side] = kernels.log_gamma_draw(chain_.random_, shape) +
                               kernels.draw(model_, half(members, side), chain_.random_, chain_.draw_scratch(), parameters);
        for (int64_t f = 0; f < model_.n_features; ++f)
            members.coefficients[size_t(f * kSumLanes + side)] = parameters[model_.n_parameters - model_.n_features + f];
    }
}

bool SweepMoves::assign_halves(Members& members, const int32_t (&fixed)[2], bool is_given, const SweepRunner& run, double& log_q) {
    const int64_t tiles = tiles_in(members.order), blocks = blocks_of(tiles);
    const SweepHalves halves{{members.tiles.data(), members.order.data(), nullptr}, members.parameters.data(),
                             {members.starts[0], members.starts[1]},
                             model_.n_features ? members.coefficients.data() : nullptr,
                             isa().sweeps->word(chain_.random_), {fixed[0], fixed[1]}, is_given};
    std::vector<double> sums(size_t(blocks), 0.0);
    chain_.scratch_.reserve(run.workers(), (kTileRows + 1) * kSumLanes);
    const bool finished = run(blocks, [&](int64_t block, int worker) {
        sums[size_t(block)] = isa().sweeps->halve(model_, halves, block * kSegmentTiles,
                                                  std::min(tiles, (block + 1) * kSegmentTiles), chain_.scratch_[worker],
                                                  half_.data());
    });
    log_q = 0;
    for (double sum : sums) log_q += sum;
    return finished;
}

// From the two rows alone to parameters of two halves of all members. The halves that were there are lost.
bool SweepMoves::launch(Members& members, const int32_t (&fixed)[2], double shift, const SweepRunner& run) {
    double log_q;
    for (int side = 0; side < 2; ++side) {
        std::copy_n(model_.lines + fixed[side] * model_.n_lines, model_.n_lines, members.anchors.data() + side * model_.n_lines);
        single_statistics(model_, fixed[side], members.statistics.data() + side * model_.n_statistics);
        members.counts[side] = 1;
        half_[size_t(fixed[side])] = side;
    }
    draw_halves(members, shift);
    for (int round = 0; round < kRounds; ++round) {
        if (!assign_halves(members, fixed, false, run, log_q) || !sum_halves(members, run)) return false;
        draw_halves(members, shift);
    }
    return true;
}

double SweepMoves::log_marginal(const SweepCluster& cluster) {
    return isa().sweeps->log_marginal(model_, cluster, chain_.draw_scratch());
}

double SweepMoves::log_weight(const SweepTable& table, double count) const {
    return isa().sweeps->log_gamma(count + table.shift) - isa().sweeps->log_gamma(1 + table.shift);
}

double SweepMoves::log_split(const SweepTable& table, int64_t t, const SweepCluster& a, const SweepCluster& b, const SweepCluster& both) {
    if (!(table.at(t + 1) > -kInfinity)) return -kInfinity;
    return table.at(t + 1) - table.at(t) + log_weight(table, a.count) + log_weight(table, b.count) -
           log_weight(table, both.count) + log_marginal(a) + log_marginal(b) - log_marginal(both);
}

bool SweepMoves::split_or_merge(const SweepTable& table, const SweepRunner& run) {
    const SweepKernels& kernels = *isa().sweeps;
    const int64_t n = model_.n, t = chain_.n_clusters();
    if (n < 2 || !(table.at(t) > -kInfinity)) return true;
    int32_t fixed[2] = {int32_t(kernels.below(chain_.random_, n)), int32_t(kernels.below(chain_.random_, n - 1))};
    fixed[1] += fixed[1] >= fixed[0];
    const int32_t a = chain_.labels_[size_t(fixed[0])], b = chain_.labels_[size_t(fixed[1])];
    const int64_t count = chain_.clusters_.count[size_t(a)] + (a == b ? 0 : chain_.clusters_.count[size_t(b)]);
    // A large union is tried less often, so that moves cost less than sweeps; it is the same union on the way back.
    if (kernels.uniform(chain_.random_) * 8 * double(count) >= double(n)) return true;
    Members members;
    for (int64_t i = 0; i < n; ++i)
        if (chain_.labels_[size_t(i)] == a || chain_.labels_[size_t(i)] == b) members.order.push_back(int32_t(i));
    half_.resize(size_t(n), 0);
    if (!gather(members, run) || !launch(members, fixed, table.shift, run)) return false;
    if (a != b)
        for (int64_t at = 0; at < members.n_rows; ++at) {
            const size_t row = size_t(members.order[size_t(at)]);
            half_[row] = chain_.labels_[row] == b;
        }
    double log_q;
    if (!assign_halves(members, fixed, a != b, run, log_q) || !sum_halves(members, run)) return false;
    std::vector<double> whole(static_cast<size_t>(model_.n_statistics));
    merged(half(members, 0), half(members, 1), whole.data());
    const SweepCluster both{double(count), members.anchors.data(), whole.data()};
    const double log_ratio = a == b ? log_split(table, t, half(members, 0), half(members, 1), both) - log_q
                                    : log_q - log_split(table, t - 1, half(members, 0), half(members, 1), both);
    if (!(kernels.log(1 - kernels.uniform(chain_.random_)) < log_ratio)) return true;
    for (int64_t at = 0; at < members.n_rows; ++at) {
        const size_t row = size_t(members.order[size_t(at)]);
        if (a != b) chain_.labels_[row] = std::min(a, b);
        else if (half_[row]) chain_.labels_[row] = int32_t(t);
    }
    if (a != b)
        for (int32_t& label : chain_.labels_) label -= label > std::max(a, b);
    ++n_accepted_;
    chain_.is_counted_ = false;
    chain_.peak_ = std::max(chain_.peak_, t + (a == b));
    return chain_.count(run);
}

// Statistics of both together about the anchor of a.
void SweepMoves::merged(const SweepCluster& a, const SweepCluster& b, double* out) const {
    for (int64_t s = 0; s < model_.n_statistics; ++s) out[s] = a.statistics[s] + b.statistics[s];
    for (int64_t block = 0; block < model_.n_blocks; ++block) {
        const SweepBlock& at = model_.blocks[block];
        const double* sums = b.statistics + at.statistic;
        double *shifted = out + at.statistic, *products = shifted + at.d;
        const auto by = [&](int64_t j) { return b.anchor[at.first + j] - a.anchor[at.first + j]; };
        if (at.kind == SweepKind::normal) {
            for (int64_t i = 0; i < at.d; ++i)
                for (int64_t j = 0; j <= i; ++j) *products++ += by(i) * sums[j] + sums[i] * by(j) + b.count * (by(i) * by(j));
            for (int64_t i = 0; i < at.d; ++i) shifted[i] += b.count * by(i);
        } else if (at.kind == SweepKind::diagonal_normal) {
            for (int64_t j = 0; j < at.d; ++j) {
                const double count = at.n_lines == 2 * at.d ? sums[2 * at.d + j] : b.count;
                products[j] += by(j) * (2 * sums[j] + count * by(j));
                shifted[j] += count * by(j);
            }
        }
    }
}

}  // namespace ganglion
