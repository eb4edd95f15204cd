// A model as its blocks, and a chain as its memory: what the kernels of a sweep work on.
#pragma once
#include <algorithm>
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

class BayesModel {
  public:
    explicit BayesModel(int64_t n) : n_(n), log_empty_(size_t(n), 0.0) {}

    int64_t n() const { return n_; }
    int64_t n_blocks() const { return int64_t(data_.size()); }
    const BlockData& data(int64_t b) const { return data_[size_t(b)]; }
    BlockKind kind(int64_t b) const { return kinds_[size_t(b)]; }

    // Returns false when a signal handler raised.
    bool add(BlockKind kind, BlockData data) {
        if (kind == BlockKind::normal) {
            factors_.emplace_back(size_t(data.d * (data.d + 1) / 2));
            isa().bayes->prepare_normal(data.d, data.numbers[2], factors_.back().data());
            data.numbers[3] = factors_.back().data();
        }
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
    std::vector<std::vector<double>> factors_;
    std::vector<double> log_empty_;
};

}  // namespace ganglion
