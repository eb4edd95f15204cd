// What sweeps own: the data of a model, the clusters of a chain, and who computes its blocks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "isa.hpp"
#include "pool.hpp"
#include "sweep_problem.hpp"

namespace ganglion {

// The prior over partitions: log p = log_v[t] + sum_c (log Gamma(n_c + shift) - log Gamma(1 + shift)).
struct SweepTable {
    double shift;
    const double* log_v;
    int64_t size;

    double at(int64_t t) const { return t < size ? log_v[t] : -std::numeric_limits<double>::infinity(); }
    // Log weight of a new cluster beside t others, with n - 1 rows among them, whose weights sum to 1.
    double log_new(int64_t t, int64_t n) const {
        const double after = at(t + 1);
        if (!(after > -std::numeric_limits<double>::infinity())) return after;
        return after - at(t) - isa().sweeps->log(double(n - 1) + double(t) * shift);
    }
};

// Numbered blocks of work: over the pool, or alone where the chains themselves are what runs side by side.
struct SweepRunner {
    bool shared;
    int workers() const { return shared ? get_num_threads() : 1; }
    template <class F> bool operator()(int64_t n_blocks, F&& f) const {
        if (shared) return parallel(n_blocks, get_num_threads(), f);
        for (int64_t block = 0; block < n_blocks; ++block) {
            f(block, 0);
            if (interrupted()) return false;
        }
        return true;
    }
};

struct SweepScratch {
    std::vector<std::vector<double>> of;
    void reserve(int workers, int64_t doubles) {
        if (int64_t(of.size()) < workers) of.resize(size_t(workers));
        for (auto& one : of)
            if (int64_t(one.size()) < doubles) one.resize(size_t(doubles));
    }
    double* operator[](int worker) { return of[size_t(worker)].data(); }
};

// Clusters by label. Labels of clusters that died stay free until the end of a sweep.
struct SweepClusters {
    std::vector<int64_t> count, row_sum;  // of one row, the sum of the rows is that row
    std::vector<double> log_weight, constant, parameters, statistics, anchors;
    std::vector<int32_t> alive;

    void resize(const SweepModel& model, size_t labels) {
        count.resize(labels, 0), row_sum.resize(labels, 0);
        log_weight.resize(labels, 0.0), constant.resize(labels, 0.0);
        parameters.resize(labels * size_t(model.n_parameters), 0.0);
        statistics.resize(labels * size_t(model.n_statistics), 0.0);
        anchors.resize(labels * size_t(model.n_lines), 0.0);
    }
    SweepCluster of(const SweepModel& model, int64_t label) const {
        return {double(count[size_t(label)]), anchors.data() + label * model.n_lines,
                statistics.data() + label * model.n_statistics};
    }
};

// The statistics of one row about itself.
inline void single_statistics(const SweepModel& model, int64_t row, double* out) {
    for (int64_t s = 0; s < model.n_statistics; ++s) out[s] = 0;
    for (int64_t b = 0; b < model.n_blocks; ++b) {
        const SweepBlock& block = model.blocks[b];
        if (block.kind != SweepKind::diagonal_normal || block.n_lines == block.d) continue;
        for (int64_t j = 0; j < block.d; ++j)
            out[block.statistic + 2 * block.d + j] = model.lines[row * model.n_lines + block.first + block.d + j];
    }
    if (!model.n_features) return;
    double* sums = out + model.n_statistics - model.n_features;
    for (int64_t e = model.indptr[row]; e < model.indptr[row + 1]; ++e) sums[model.features[e]] += model.values[e];
}

}  // namespace ganglion
