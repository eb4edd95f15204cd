#include "sweep_chain.hpp"

namespace ganglion {

namespace {

int64_t tiles_of(int64_t rows) { return (rows + kTileRows - 1) / kTileRows; }

// As many tiles as take some milliseconds, judged by the operations for a row and a cluster.
int64_t tiles_of_block(const SweepModel& model, int64_t n_clusters) {
    const double row = double(n_clusters) * (20 + double(model.n_parameters)), tile = double(kTileRows) * row;
    return std::clamp<int64_t>(int64_t(4e6 / tile), 1, kSegmentTiles);
}

}  // namespace

// Rows side by side in the order of their clusters, within each segment; or as they come.
void SweepChain::sort(bool by_cluster) {
    is_stored_ = is_counted_ = false;
    is_sorted_ = by_cluster;
    if (!by_cluster) {
        for (int64_t i = 0; i < model_.n; ++i) order_[size_t(i)] = int32_t(i);
        return;
    }
    std::vector<int64_t> begin(size_t(n_clusters()) + 1);
    for (int64_t first = 0; first < model_.n; first += kSegmentRows) {
        const int64_t last = std::min(model_.n, first + kSegmentRows);
        std::fill(begin.begin(), begin.end(), 0);
        for (int64_t i = first; i < last; ++i) ++begin[size_t(labels_[size_t(i)]) + 1];
        for (size_t c = 1; c < begin.size(); ++c) begin[c] += begin[c - 1];
        for (int64_t i = first; i < last; ++i)
            order_[size_t(first + begin[size_t(labels_[size_t(i)])]++)] = int32_t(i);
    }
    moved_ = 0;
}

// Distances between clusters, where they cost little beside a sweep: t^2 d^3 / 3 against n t d^2 / 2 operations.
void SweepChain::reach() {
    const int64_t t = n_clusters();
    distance_.clear();
    if (t < 3 || model_.n_blocks != 1 || 16 * t * model_.blocks[0].d > model_.n) return;
    distance_.resize(size_t(t * t));
    stretch_.resize(size_t(t * t));
    reach_scratch_.resize(size_t(isa().sweeps->reach_scratch(model_, t)));
    if (!isa().sweeps->reach(model_, clusters_.parameters.data(), t, reach_scratch_.data(), distance_.data(), stretch_.data()))
        distance_.clear();
    n_reached_ = t;
}

bool SweepChain::store(const SweepRunner& run) {
    if (is_stored_) return true;
    const int64_t tiles = int64_t(order_.size()) / kTileRows;
    tiles_.resize(size_t(tiles * kTileRows * model_.n_lines));
    alone_.resize(order_.size());
    place_of_.resize(size_t(model_.n));
    const auto kernel = isa().sweeps->store_tiles;
    is_stored_ = run((tiles + kSegmentTiles - 1) / kSegmentTiles, [&](int64_t block, int) {
        const int64_t begin = block * kSegmentTiles, end = std::min(tiles, begin + kSegmentTiles);
        kernel(model_, order_.data(), begin, end, tiles_.data());
        for (int64_t place = begin * kTileRows; place < end * kTileRows; ++place) {
            const int32_t row = order_[size_t(place)];
            alone_[size_t(place)] = row < 0 ? 0 : alone_of_[row];
            if (row >= 0) place_of_[size_t(row)] = place;
        }
    });
    return is_stored_;
}

bool SweepChain::count(const SweepRunner& run) {
    if (is_counted_) return true;
    if (!store(run)) return false;
    const int64_t t = 1 + *std::max_element(labels_.begin(), labels_.end());
    clusters_ = {};
    clusters_.resize(model_, size_t(t));
    for (int64_t i = 0; i < model_.n; ++i) {
        const size_t label = size_t(labels_[size_t(i)]);
        if (clusters_.count[label]++ == 0)
            std::copy_n(model_.lines + i * model_.n_lines, model_.n_lines, clusters_.anchors.data() + int64_t(label) * model_.n_lines);
        clusters_.row_sum[label] += i;
    }
    for (int64_t label = 0; label < t; ++label) clusters_.alive.push_back(int32_t(label));
    // Sums of at most 64 runs of tiles, whose number depends on the rows alone, combined in their order.
    const int64_t tiles = int64_t(order_.size()) / kTileRows, run_tiles = std::max<int64_t>(kSegmentTiles, (tiles + 63) / 64);
    const int64_t runs = (tiles + run_tiles - 1) / run_tiles, size = t * model_.n_statistics;
    partial_.assign(size_t(runs * size), 0.0);
    scratch_.reserve(run.workers(), model_.n_statistics * kSumLanes + (model_.n_lines + 1) * kTileRows);
    const SweepRows rows{tiles_.data(), order_.data(), alone_.data()};
    is_counted_ = run(runs, [&](int64_t block, int worker) {
        isa().sweeps->collect(model_, rows, labels_.data(), clusters_.anchors.data(), block * run_tiles,
                              std::min(tiles, (block + 1) * run_tiles), scratch_[worker], partial_.data() + block * size);
    });
    for (int64_t block = 0; block < runs; ++block)
        for (int64_t s = 0; s < size; ++s) clusters_.statistics[size_t(s)] += partial_[size_t(block * size + s)];
    return is_counted_;
}

bool SweepChain::draw_labels(const SweepTable& table, int64_t begin, int64_t end, const SweepRunner& run) {
    const int64_t t = n_clusters(), labels = int64_t(clusters_.count.size());
    index_of_.assign(size_t(labels), 0);
    starts_.assign(size_t(labels), 0);
    single_place_.assign(size_t(labels), -1);
    single_new_.assign(size_t(labels), 0);
    const double log_new = table.log_new(t, model_.n), log_new_alone = table.log_new(t - 1, model_.n);
    bool has_single = false;
    for (int64_t at = 0; at < t; ++at) {
        const int32_t label = clusters_.alive[size_t(at)];
        const size_t l = size_t(label);
        index_of_[l] = int32_t(at);
        starts_[l] = clusters_.log_weight[l] + clusters_.constant[l];
        if (clusters_.count[l] != 1) continue;
        has_single = true;
        single_place_[l] = place_of_[size_t(clusters_.row_sum[l])];
        single_new_[l] = log_new_alone + log_others(label);
    }
    const int64_t width = (t + kSumLanes - 1) / kSumLanes * kSumLanes;
    if (model_.n_features) {
        const int64_t dense = model_.n_parameters - model_.n_features;
        coefficients_.assign(size_t(model_.n_features * width), 0.0);
        for (int64_t at = 0; at < t; ++at)
            for (int64_t f = 0; f < model_.n_features; ++f)
                coefficients_[size_t(f * width + at)] =
                    clusters_.parameters[size_t(clusters_.alive[size_t(at)] * model_.n_parameters + dense + f)];
    }
    const SweepPass pass{{tiles_.data(), order_.data(), alone_.data()}, labels_.data(), t, clusters_.alive.data(),
                         index_of_.data(), clusters_.parameters.data(), starts_.data(),
                         model_.n_features ? coefficients_.data() : nullptr, width,
                         distance_.empty() ? nullptr : distance_.data(), stretch_.data(), n_reached_, has_single, log_new, single_place_.data(),
                         single_new_.data(), key_, drawn_.data()};
    // Whole segments where rows are sorted: within one, they are stored in any order.
    const int64_t unit = is_sorted_ ? kSegmentTiles : 1;
    const int64_t first = begin / (unit * kTileRows) * unit;
    const int64_t last = std::min(tiles_of(model_.n), (end + unit * kTileRows - 1) / (unit * kTileRows) * unit);
    const int64_t step = tiles_of_block(model_, t);
    scratch_.reserve(run.workers(), isa().sweeps->scratch(t));
    return run((last - first + step - 1) / step, [&](int64_t block, int worker) {
        const int64_t tile = first + block * step;
        isa().sweeps->assign(model_, pass, tile, std::min(last, tile + step), scratch_[worker]);
    });
}

}  // namespace ganglion
