// A model as its blocks, and a chain as its memory: what the kernels of a sweep work on.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "isa.hpp"
#include "pool.hpp"
#include "train_memory.hpp"

namespace ganglion {

// The kernels of one kind of block, on the instruction set in use.
inline const BlockOps* ops_of(BlockKind kind) {
    const BlockOps* ops = isa().bayes->ops(kind);
    return ops ? ops : isa().columns->ops(kind);
}

// By the name of the component's kind.
inline BlockKind kind_of(const std::string& name) {
    constexpr const char* names[] = {"normal",  "diagonal_normal", "multinomial",          "bernoulli",
                                     "poisson", "categorical",     "semi_conjugate_normal"};
    for (int kind = 0; kind < int(std::size(names)); ++kind)
        if (name == names[kind]) return BlockKind(kind);
    throw std::invalid_argument("no family of components has the name " + name);
}

// What a family computes once from its hyperparameters stands in `derived`.
inline void prepare_block(BlockKind kind, BlockData& data, std::vector<double>& derived) {
    if (kind != BlockKind::normal) return;
    derived.resize(size_t(data.d * (data.d + 1) / 2));
    isa().bayes->prepare_normal(data.d, data.numbers[2], derived.data());
    data.numbers[3] = derived.data();
}

class BayesModel {
  public:
    explicit BayesModel(int64_t n) : n_(n), log_empty_(size_t(n), 0.0) {}

    int64_t n() const { return n_; }
    int64_t n_blocks() const { return int64_t(data_.size()); }
    const BlockData& data(int64_t b) const { return data_[size_t(b)]; }
    BlockKind kind(int64_t b) const { return kinds_[size_t(b)]; }

    // Returns false when a signal handler raised.
    bool add(BlockKind kind, BlockData data) {
        derived_.emplace_back();
        prepare_block(kind, data, derived_.back());
        kinds_.push_back(kind);
        data_.push_back(data);
        return ops_of(kind)->draw ? true : add_empty_scores(data, *ops_of(kind));
    }

    // What the kernels of the set in use take; valid while this object and `Arrays` are.
    struct Arrays {
        std::vector<const BlockOps*> ops;
        std::vector<int64_t> numbers;
    };
    ModelView view(Arrays& arrays) const {
        bool has_parameters = false;
        for (int64_t b = 0; b < n_blocks(); ++b) {
            arrays.ops.push_back(ops_of(kind(b)));
            arrays.numbers.push_back(arrays.ops.back()->n_numbers(data(b)));
            has_parameters |= arrays.ops.back()->draw != nullptr;
        }
        return {n_, n_blocks(), data_.data(), arrays.ops.data(), arrays.numbers.data(), log_empty_.data(), has_parameters};
    }

  private:
    bool add_empty_scores(const BlockData& data, const BlockOps& ops) {
        constexpr int64_t kRows = 1024;
        const int workers = get_num_threads();
        const int64_t panel = ops.n_numbers(data) * kClusterLanes;
        Numbers<double> panels(workers * panel);
        return parallel((n_ + kRows - 1) / kRows, workers, [&](int64_t block, int worker) {
            const int64_t begin = block * kRows, end = std::min(n_, begin + kRows);
            isa().bayes->score_empty(data, ops, panels.data() + worker * panel, begin, end, log_empty_.data() + begin);
        });
    }

    int64_t n_;
    std::vector<BlockKind> kinds_;
    std::vector<BlockData> data_;
    std::vector<std::vector<double>> derived_;
    std::vector<double> log_empty_;
};

}  // namespace ganglion
