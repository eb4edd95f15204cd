// What batch norms know beside their parameters: running statistics, the moments of the batch under way, and the
// numbers that predictions scale with.
#pragma once
#include <cmath>
#include <vector>

#include "train_memory.hpp"

namespace ganglion {

template <class T> class Running {
  public:
    explicit Running(const Net& net) : net_(net), norms_(size_t(net.n_layers), nullptr) {
        int64_t n = 0;
        for (int64_t l = 0; l < net.n_layers; ++l) {
            offsets_.push_back(n);
            if (net.layers[l].kind != Kind::batch_norm) continue;
            stages_.push_back(l);
            n += net.layers[l].stride;
        }
        statistics_.resize(2 * n);
        folded_.resize(kBatchNumbers * n);
        measured_.resize(2 * n);
        for (int64_t l : stages_) {
            norms_[size_t(l)] = folded_.data() + kBatchNumbers * offsets_[size_t(l)];
            for (int64_t j = 0; j < net.layers[l].n_out; ++j) variances(l)[j] = T(1);
        }
    }
    Running(const Running&) = delete;

    const std::vector<int64_t>& stages() const { return stages_; }
    T* means(int64_t l) { return statistics_.data() + 2 * offsets_[size_t(l)]; }
    T* variances(int64_t l) { return means(l) + net_.layers[l].stride; }
    // All of them, to be kept and to be looked at.
    T* data() { return statistics_.data(); }
    int64_t size() const { return statistics_.size(); }
    // Of the batch under way, (2, stride): mean and variance.
    double* measured(int64_t l) { return measured_.data() + 2 * offsets_[size_t(l)]; }

    // One batch of `rows` rows has been learned from. The variance kept is the unbiased one, as in torch; a single row
    // has none, and leaves it as it is.
    void move(int64_t rows) {
        for (int64_t l : stages_) {
            const int64_t n = net_.layers[l].n_out;
            const double share = net_.layers[l].momentum, unbiased = double(rows) / double(rows - 1);
            const double *mean = measured(l), *variance = mean + net_.layers[l].stride;
            follow(means(l), mean, n, share, 1.0);
            if (rows > 1) follow(variances(l), variance, n, share, unbiased);
        }
        is_folded_ = false;
    }

    // Parameters or statistics are no longer what they were.
    void changed() { is_folded_ = false; }

    // [layer] the numbers of predictions, see Block::norms; null where there is no batch norm.
    T** folded(const T* parameters) {
        if (is_folded_) return norms_.data();
        for (int64_t l : stages_) {
            const Layer& layer = net_.layers[l];
            T* numbers = norms_[size_t(l)];
            for (int64_t j = 0; j < layer.n_out; ++j) {
                const double inverse = 1 / std::sqrt(double(variances(l)[j]) + layer.epsilon);
                numbers[kCenter * layer.stride + j] = means(l)[j];
                numbers[kScale * layer.stride + j] = T(double(parameters[layer.weights + j]) * inverse);
            }
        }
        is_folded_ = true;
        return norms_.data();
    }

  private:
    static void follow(T* statistics, const double* of_batch, int64_t n, double share, double factor) {
        for (int64_t j = 0; j < n; ++j) {
            const double before = double(statistics[j]);
            statistics[j] = T(before + share * (of_batch[j] * factor - before));
        }
    }

    const Net& net_;
    std::vector<int64_t> stages_, offsets_;
    std::vector<T*> norms_;
    Numbers<T> statistics_, folded_;
    Numbers<double> measured_;
    bool is_folded_ = false;
};

}  // namespace ganglion
