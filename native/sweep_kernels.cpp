// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "sweep_kernels.hpp"

#include "sweep_labels.hpp"
#include "sweep_reach.hpp"
#include "sweep_sums.hpp"

namespace ganglion::GANGLION_NAMESPACE {

static void store_tiles(const SweepModel& model, const int32_t* order, int64_t begin, int64_t end, double* tiles) {
    const int64_t lines = model.n_lines;
    for (int64_t t = begin; t < end; ++t) {
        double* tile = tiles + t * kTileRows * lines;
        for (int64_t r = 0; r < kTileRows; ++r) {
            const int32_t row = order[t * kTileRows + r];
            const double* x = model.lines + row * lines;
            for (int64_t l = 0; l < lines; ++l) tile[l * kTileRows + r] = row < 0 ? 0 : x[l];
        }
    }
}

static int64_t assign_scratch(int64_t n_clusters) {
    const int64_t width = (n_clusters + kSumLanes - 1) / kSumLanes * kSumLanes;
    return n_clusters * (kTileRows + 2) + width * (kTileRows + 1) + kSumLanes;
}

static void assign(const SweepModel& model, const SweepPass& pass, int64_t begin, int64_t end, double* scratch) {
    bool gaps = false;
    for (int64_t b = 0; b < model.n_blocks; ++b)
        gaps |= model.blocks[b].kind == SweepKind::diagonal_normal && has_missing(model.blocks[b]);
    double* linear = scratch + pass.n_clusters * (kTileRows + 2);
    auto* which = reinterpret_cast<int32_t*>(scratch + pass.n_clusters * (kTileRows + 1));
    for (int64_t t = begin; t < end; ++t) {
        const int64_t place = t * kTileRows;
        if (pass.coefficients)
            score_features(model, pass.coefficients, pass.width, pass.rows.order + place,
                           linear + pass.width * kTileRows, linear);
        TileDraw tile{model, pass, pass.rows.tiles + place * model.n_lines, pass.coefficients ? linear : nullptr, place,
                      scratch, reinterpret_cast<int32_t*>(scratch + pass.n_clusters * kTileRows), !gaps};
        // Of the whole tile: how many rows a strip has, which the instruction set decides, must not show.
        const int64_t home = pass.index_of[pass.labels[pass.rows.order[place]]];
        const int64_t count = tile.candidates(home, which);
        for (int64_t at = 0; at < kTileRows && pass.rows.order[place + at] >= 0; at += TileDraw::kStrip)
            tile.strip(at, which, count);
    }
}

static int64_t reach_scratch(const SweepModel& model, int64_t labels) {
    const int64_t d = model.n_blocks == 1 ? model.blocks[0].d : 0;
    return (labels + 1) * (d * d + d) + d;
}

static bool reach(const SweepModel& model, const double* parameters, int64_t labels, double* scratch, double* distance,
                  double* stretch) {
    if (model.n_blocks != 1 || model.n_features) return false;
    const SweepBlock& block = model.blocks[0];
    const int64_t d = block.d, size = d * d + d;
    if (block.kind == SweepKind::diagonal_normal) {
        if (has_missing(block)) return false;
        for (int64_t h = 0; h < labels; ++h)
            for (int64_t c = 0; c < labels; ++c)
                reach_diagonal(parameters + c * model.n_parameters, parameters + h * model.n_parameters, d,
                               distance[h * labels + c], stretch[h * labels + c]);
        return true;
    }
    double *inverse = scratch + labels * size, *columns = inverse + size;
    for (int64_t c = 0; c < labels; ++c)
        unpack(parameters + c * model.n_parameters, d, scratch + c * size, scratch + c * size + d * d);
    for (int64_t h = 0; h < labels; ++h) {
        for (int64_t e = 0; e < d * d; ++e) inverse[e] = scratch[h * size + e];
        invert(inverse, d);
        for (int64_t c = 0; c < labels; ++c)
            reach_normal(scratch + c * size, scratch + c * size + d * d, inverse, scratch + h * size + d * d, d, columns,
                         distance[h * labels + c], stretch[h * labels + c]);
    }
    return true;
}

static double halve(const SweepModel& model, const SweepHalves& halves, int64_t begin, int64_t end, double* scratch,
                    int32_t* half) {
    const int32_t both[2] = {0, 1};
    SweepPass pass{};
    pass.clusters = both, pass.parameters = halves.parameters, pass.starts = halves.starts;
    double sum = 0;
    for (int64_t t = begin; t < end; ++t) {
        const int32_t* order = halves.rows.order + t * kTileRows;
        double* linear = scratch;
        if (halves.coefficients)
            score_features(model, halves.coefficients, kSumLanes, order, linear + kSumLanes * kTileRows, linear);
        TileDraw tile{model, pass, halves.rows.tiles + t * kTileRows * model.n_lines, halves.coefficients ? linear : nullptr,
                      0, nullptr, nullptr, false};
        for (int64_t at = 0; at < kTileRows && order[at] >= 0; at += TileDraw::kStrip)
            sum += tile.halve(halves, order + at, at, half);
    }
    return sum;
}

static void collect(const SweepModel& model, const SweepRows& rows, const int32_t* labels, const double* anchors,
                    int64_t begin, int64_t end, double* lanes, double* sums) {
    TileSums into{model, anchors, lanes, sums};
    const int64_t dense = model.n_statistics - model.n_features;
    for (int64_t t = begin; t < end; ++t) {
        const int32_t* order = rows.order + t * kTileRows;
        int32_t own[kTileRows];
        for (int64_t r = 0; r < kTileRows; ++r) own[r] = order[r] < 0 ? -1 : labels[order[r]];
        if (dense > 0) into.tile(rows.tiles + t * kTileRows * model.n_lines, own);
        for (int64_t r = 0; r < kTileRows && model.n_features; ++r)
            if (own[r] >= 0) into.features(order[r], own[r], dense);
    }
    into.flush();
}

static int64_t draw_scratch(const SweepModel& model) {
    int64_t most = 1;
    for (int64_t b = 0; b < model.n_blocks; ++b)
        if (model.blocks[b].kind == SweepKind::normal && normal_scratch(model.blocks[b].d) > most)
            most = normal_scratch(model.blocks[b].d);
    return most;
}

static double draw_block(const SweepBlock& block, const SweepCluster& c, Random& random, double* scratch, double* out) {
    switch (block.kind) {
        case SweepKind::normal: return draw_normal(block, c, random, scratch, out);
        case SweepKind::diagonal_normal: return draw_diagonal(block, c, random, out);
        case SweepKind::bernoulli: return draw_bernoulli(block, c, random, out);
        case SweepKind::poisson: return draw_poisson(block, c, random, out);
        case SweepKind::multinomial:
            draw_shares(block.numbers[0], c.statistics + block.statistic, block.d, random, out);
            return 0;
        default: draw_categorical(block, c, random, out); return 0;
    }
}

static double draw(const SweepModel& model, const SweepCluster& cluster, Random& random, double* scratch, double* parameters) {
    double constant = 0;
    for (int64_t b = 0; b < model.n_blocks; ++b)
        constant += draw_block(model.blocks[b], cluster, random, scratch, parameters + model.blocks[b].parameter);
    return constant;
}

static double log_marginal_block(const SweepBlock& block, const SweepCluster& c, double* scratch) {
    switch (block.kind) {
        case SweepKind::normal: return log_marginal_normal(block, c, scratch);
        case SweepKind::diagonal_normal: return log_marginal_diagonal(block, c);
        case SweepKind::bernoulli: return log_marginal_bernoulli(block, c);
        case SweepKind::poisson: return log_marginal_poisson(block, c);
        case SweepKind::multinomial: return log_shares(block.numbers[0], c.statistics + block.statistic, block.d);
        default: return log_marginal_categorical(block, c);
    }
}

static double log_marginal(const SweepModel& model, const SweepCluster& cluster, double* scratch) {
    double sum = 0;
    for (int64_t b = 0; b < model.n_blocks; ++b) sum += log_marginal_block(model.blocks[b], cluster, scratch);
    return sum;
}

static double uniform_of(Random& random) { return uniform(random); }
static uint64_t word_of(Random& random) { return next(random); }

extern const SweepKernels kSweepKernels;
const SweepKernels kSweepKernels{store_tiles, assign_scratch, assign, reach_scratch, reach, halve, collect, draw,   draw_scratch, log_marginal,
                                 uniform_of, log_gamma_draw, word_of, below,   log_of, exp_of,       log_gamma_of};

}  // namespace ganglion::GANGLION_NAMESPACE
