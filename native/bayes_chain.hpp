// One Markov chain over partitions: its memory, and the order of the steps in a sweep. Between sweeps labels are canonical
// (0, 1, ... by first appearance) and the statistics of every cluster are those of its members, afresh: labels, stream
// and explicit parameters are the whole state.
#pragma once
#include <cstring>

#include "bayes_model.hpp"

namespace ganglion {

struct ChainOptions {
    int64_t n_split_merge, n_scans, n_auxiliary;
};

class BayesChain {
  public:
    // `labels` are canonical; the prior's table comes with each call of advance.
    BayesChain(const BayesModel& model, const int32_t* labels, const uint64_t* words, ChainOptions options)
        : model_(&model), options_(options), labels_(size_t(model.n())), members_(size_t(4 * model.n())) {
        chain_.n_auxiliary = options.n_auxiliary;
        chain_.n_scans = options.n_scans;
        allocate();
        BayesModel::Arrays arrays;
        const ModelView view = model_->view(arrays);
        for (int64_t b = 0; b < view.n_blocks; ++b)
            if (view.ops[b]->draw) view.ops[b]->start_shared(view.data[b], chain_.shared[b]);
        restore(labels, words);
        if (view.has_parameters) isa().bayes->draw_parameters(view, chain_);
    }

    // Explicit parameters come after this: see write_parameters.
    void restore(const int32_t* labels, const uint64_t* words) {
        std::copy(labels, labels + model_->n(), labels_.begin());
        std::memcpy(chain_.random.words, words, sizeof(chain_.random.words));
        int64_t n_clusters = 0;
        for (const int32_t label : labels_) n_clusters = std::max(n_clusters, int64_t(label) + 1);
        const int64_t needed = whole(n_clusters + options_.n_auxiliary + 1, kClusterLanes);
        if (needed > chain_.capacity) resize(needed);
        std::fill(sizes_.begin(), sizes_.end(), 0);
        for (const int32_t label : labels_) ++sizes_[size_t(label)];
        chain_.n_clusters = chain_.peak = n_clusters;
        chain_.top = std::max(chain_.top, n_clusters);  // what stands above them is to be cleared
        chain_.row = stage_ = 0;
        started_ = false;
        BayesModel::Arrays arrays;
        isa().bayes->rebuild(model_->view(arrays), chain_);
        chain_.top = n_clusters;
    }

    // Sweeps until `n_sweeps` are done, or the table is too short for what may come next, or a signal has been raised.
    // Returns the whole sweeps that were done; one that has begun is taken up by the next call.
    int64_t advance(const PriorTable& prior, int64_t n_sweeps) {
        BayesModel::Arrays arrays;
        const ModelView model = model_->view(arrays);
        chain_.prior = prior;
        chain_.peak = chain_.n_clusters;
        for (int64_t c = 0; c < chain_.capacity; ++c)
            weights_.data()[c] = sizes_[size_t(c)] ? double(sizes_[size_t(c)]) + prior.shift : 0;
        for (int64_t done = 0; done < n_sweeps;) {
            const Pause pause = step(model);
            if (pause == Pause::capacity) grow();
            else if (pause == Pause::table) return chain_.peak = prior.t_max + 1, done;
            else if (pause == Pause::interrupted) return settle(), done;
            else if (stage_ == 0) ++done;
        }
        return n_sweeps;
    }

    // Ends a sweep where it stands: any moment of it is a state of the chain.
    void settle() {
        if (!started_) return;
        BayesModel::Arrays arrays;
        finish(model_->view(arrays));
    }

    double log_likelihood() {
        settle();
        BayesModel::Arrays arrays;
        const ModelView model = model_->view(arrays);
        double sum = 0;
        for (int64_t c = 0; c < chain_.n_clusters; ++c)
            sum += isa().bayes->log_marginal(model, chain_.states, c, chain_.shared);
        return sum;
    }

    // Numbers that a sweep reads, roughly.
    int64_t work() const {
        int64_t numbers = 8;
        for (int64_t b = 0; b < model_->n_blocks(); ++b) numbers += n_numbers(b);
        return model_->n() * numbers * whole(chain_.top + 1, kClusterLanes);
    }

    const ChainView& view() const { return chain_; }
    const std::vector<int32_t>& labels() const { return labels_; }
    const std::vector<int64_t>& sizes() const { return sizes_; }
    bool has_parameters(int64_t b) const { return ops_of(model_->kind(b))->draw != nullptr; }
    int64_t n_numbers(int64_t b) const { return ops_of(model_->kind(b))->n_numbers(model_->data(b)); }
    int64_t n_shared(int64_t b) const {
        return has_parameters(b) ? ops_of(model_->kind(b))->n_shared(model_->data(b)) : 0;
    }

    // The numbers of all clusters of a block (n_clusters, n_numbers), and what they share, out of the chain or into it.
    void read_parameters(int64_t b, double* numbers, double* shared) const { exchange<true>(b, numbers, shared); }
    void write_parameters(int64_t b, const double* numbers, const double* shared) {
        exchange<false>(b, const_cast<double*>(numbers), const_cast<double*>(shared));
    }

  private:
    // Stages of a sweep: retreat, each split or merge, the Gibbs rows.
    Pause step(const ModelView& model) {
        const BayesKernels& kernels = *isa().bayes;
        const int64_t proposals = model.has_parameters ? 0 : options_.n_split_merge;
        Pause pause;
        started_ = true;
        if (stage_ == 0) pause = kernels.retreat(model, chain_);
        else if (stage_ <= proposals) pause = kernels.split_merge(model, chain_);
        else pause = kernels.gibbs(model, chain_);
        if (pause != Pause::none) return pause;
        if (++stage_ == proposals + 2) {
            finish(model);
            if (model.has_parameters) kernels.draw_parameters(model, chain_);
        }
        return pause;
    }

    // Slots in order of first appearance, and all statistics afresh.
    void finish(const ModelView& model) {
        std::vector<int32_t> renumbered(size_t(chain_.capacity), -1);
        int32_t n_clusters = 0;
        for (int32_t& label : labels_) {
            int32_t& now = renumbered[size_t(label)];
            if (now < 0) now = n_clusters++;
            label = now;
        }
        std::vector<int64_t> sizes(size_t(chain_.capacity), 0);
        for (int64_t c = 0; c < chain_.capacity; ++c)
            if (renumbered[size_t(c)] >= 0) sizes[size_t(renumbered[size_t(c)])] = sizes_[size_t(c)];
        std::copy(sizes.begin(), sizes.end(), sizes_.begin());
        chain_.n_clusters = n_clusters;
        chain_.row = stage_ = 0;
        started_ = false;
        for (int64_t b = 0; b < model.n_blocks; ++b)
            if (model.ops[b]->draw) rearrange(b, model.numbers[b], renumbered);
        isa().bayes->rebuild(model, chain_);
        chain_.top = n_clusters;
    }

    void rearrange(int64_t b, int64_t numbers, const std::vector<int32_t>& renumbered) {
        Numbers<double> now(chain_.capacity * numbers);
        clear_lanes(b, now.data(), 0, chain_.capacity);
        for (int64_t c = 0; c < chain_.capacity; ++c) {
            const int64_t to = renumbered[size_t(c)];
            for (int64_t s = 0; to >= 0 && s < numbers; ++s)
                now.data()[place(to, s, numbers)] = state_pointers_[size_t(b)][place(c, s, numbers)];
        }
        states_[size_t(b)] = std::move(now);
        state_pointers_[size_t(b)] = states_[size_t(b)].data();
    }

    static int64_t place(int64_t c, int64_t s, int64_t numbers) {
        return c / kClusterLanes * kClusterLanes * numbers + s * kClusterLanes + c % kClusterLanes;
    }

    void clear_lanes(int64_t b, double* state, int64_t begin, int64_t end) const {
        for (int64_t c = begin; c < end; ++c)
            ops_of(model_->kind(b))->clear(model_->data(b), state + c / kClusterLanes * kClusterLanes * n_numbers(b),
                                           c % kClusterLanes);
    }

    void allocate() {
        const size_t blocks = size_t(model_->n_blocks());
        states_.resize(blocks), pairs_.resize(blocks), shared_.resize(blocks);
        for (size_t b = 0; b < blocks; ++b) {
            pairs_[b].resize(n_numbers(int64_t(b)) * kClusterLanes);
            shared_[b].resize(std::max<int64_t>(1, n_shared(int64_t(b))));
        }
        for (auto& pair : pairs_) pair_pointers_.push_back(pair.data());
        for (auto& shared : shared_) shared_pointers_.push_back(shared.data());
        state_pointers_.resize(blocks);
        chain_.labels = labels_.data();
        chain_.members = members_.data();
        chain_.states = state_pointers_.data();
        chain_.pairs = pair_pointers_.data();
        chain_.shared = shared_pointers_.data();
    }

    void grow() { resize(chain_.capacity + whole(chain_.capacity / 2 + options_.n_auxiliary + 1, kClusterLanes)); }

    // Panels follow each other, so what there is stays where it is.
    void resize(int64_t capacity) {
        for (int64_t b = 0; b < model_->n_blocks(); ++b) {
            const int64_t numbers = n_numbers(b);
            Numbers<double> more(capacity * numbers);
            Numbers<double>& state = states_[size_t(b)];
            if (state.size()) std::memcpy(more.data(), state.data(), size_t(state.size()) * sizeof(double));
            clear_lanes(b, more.data(), chain_.capacity, capacity);
            state = std::move(more);
            state_pointers_[size_t(b)] = state.data();
        }
        Numbers<double> weights(capacity), scores(capacity);
        if (weights_.size()) std::memcpy(weights.data(), weights_.data(), size_t(weights_.size()) * sizeof(double));
        weights_ = std::move(weights), scores_ = std::move(scores);
        sizes_.resize(size_t(capacity), 0);
        chain_.capacity = capacity;
        chain_.weights = weights_.data(), chain_.scores = scores_.data(), chain_.sizes = sizes_.data();
    }

    template <bool READ> void exchange(int64_t b, double* numbers, double* shared) const {
        const auto copy = [](double& outside, double& inside) { READ ? outside = inside : inside = outside; };
        const int64_t each = n_numbers(b);
        for (int64_t c = 0; c < chain_.n_clusters; ++c)
            for (int64_t s = 0; s < each; ++s) copy(numbers[c * each + s], chain_.states[b][place(c, s, each)]);
        for (int64_t s = 0; s < n_shared(b); ++s) copy(shared[s], chain_.shared[b][s]);
    }

    const BayesModel* model_;
    ChainOptions options_;
    ChainView chain_{};
    int64_t stage_ = 0;
    bool started_ = false;  // a sweep has begun and is not yet finished
    std::vector<int32_t> labels_, members_;
    std::vector<int64_t> sizes_;
    Numbers<double> weights_, scores_;
    std::vector<Numbers<double>> states_, pairs_, shared_;
    std::vector<double*> state_pointers_, pair_pointers_, shared_pointers_;
};

}  // namespace ganglion
