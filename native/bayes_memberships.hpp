// Where new rows belong, over many draws side by side. Draws are dealt to a fixed number of slots, whose sums are added in
// order: who computes a draw does not show.
#pragma once
#include <cmath>
#include <limits>

#include "bayes_model.hpp"

namespace ganglion {

class Memberships {
  public:
    static constexpr int64_t kSlots = 32;

    // New rows [begin, end) of those that stand in the model behind the n_known. `reference`: (n_known,) below k.
    Memberships(const BayesModel& model, int64_t n_known, int64_t begin, int64_t end, const int32_t* reference, int64_t k)
        : model_(&model), reference_(reference, reference + n_known), n_known_(n_known), begin_(begin), end_(end), k_(k),
          stride_(whole(k + 1, kClusterLanes)), probabilities_(kSlots * (end - begin) * stride_),
          peak_(kSlots * (end - begin)), sum_(kSlots * (end - begin)) {
        std::fill(peak_.data(), peak_.data() + peak_.size(), -std::numeric_limits<double>::infinity());
    }

    // At most kSlots draws. Returns false when a signal handler raised.
    bool add(const std::vector<DrawView>& draws) {
        BayesModel::Arrays arrays;
        const ModelView model = model_->view(arrays);
        int64_t most = 0;
        for (const DrawView& draw : draws) most = std::max(most, draw.n_clusters);
        const int workers = int(std::min<int64_t>(get_num_threads(), int64_t(draws.size())));
        prepare(model, workers, whole(most + 1, kClusterLanes));
        return parallel(int64_t(draws.size()), workers, [&](int64_t slot, int worker) {
            isa().bayes->membership(model, draws[size_t(slot)], view(slot, scratch_[size_t(worker)]));
        });
    }

    // probabilities (rows, k + 1) and densities' logarithms (rows,), summed over all draws.
    void read(double* probabilities, double* log_density) const {
        const int64_t rows = end_ - begin_;
        for (int64_t i = 0; i < rows; ++i) {
            double peak = -std::numeric_limits<double>::infinity(), sum = 0;
            for (int64_t s = 0; s < kSlots; ++s) peak = std::max(peak, peak_.data()[s * rows + i]);
            for (int64_t s = 0; s < kSlots; ++s)
                if (sum_.data()[s * rows + i] > 0) sum += sum_.data()[s * rows + i] * std::exp(peak_.data()[s * rows + i] - peak);
            log_density[i] = peak + std::log(sum);
            for (int64_t r = 0; r <= k_; ++r) {
                double total = 0;
                for (int64_t s = 0; s < kSlots; ++s) total += probabilities_.data()[(s * rows + i) * stride_ + r];
                probabilities[i * (k_ + 1) + r] = total;
            }
        }
    }

  private:
    struct Scratch {
        std::vector<Numbers<double>> states;
        std::vector<double*> pointers;
        Numbers<double> scores, shares, split;
        std::vector<int32_t> members;
        std::vector<int64_t> starts;
    };

    void prepare(const ModelView& model, int workers, int64_t capacity) {
        if (int(scratch_.size()) < workers) scratch_.resize(size_t(workers)), capacity_ = 0;
        if (capacity <= capacity_) return;
        capacity_ = capacity;
        for (Scratch& each : scratch_) {
            each.states = std::vector<Numbers<double>>(size_t(model.n_blocks));
            each.pointers.clear();
            for (int64_t b = 0; b < model.n_blocks; ++b) {
                each.states[size_t(b)].resize(capacity * model.numbers[b]);
                each.pointers.push_back(each.states[size_t(b)].data());
            }
            each.scores.resize(capacity);
            each.shares.resize(capacity);
            each.split.resize(capacity * stride_);
            each.members.resize(size_t(n_known_));
            each.starts.resize(size_t(capacity + 2));
        }
    }

    MembershipView view(int64_t slot, Scratch& s) {
        const int64_t rows = end_ - begin_;
        return {n_known_, begin_, end_, k_, stride_, reference_.data(), probabilities_.data() + slot * rows * stride_,
                peak_.data() + slot * rows, sum_.data() + slot * rows, s.pointers.data(), s.members.data(),
                s.starts.data(), s.scores.data(), s.shares.data(), s.split.data()};
    }

    const BayesModel* model_;
    std::vector<int32_t> reference_;
    int64_t n_known_, begin_, end_, k_, stride_, capacity_ = 0;
    Numbers<double> probabilities_, peak_, sum_;
    std::vector<Scratch> scratch_;
};

}  // namespace ganglion
