// One chain of the hybrid sampler (Lomeli, Favaro and Teh, "A hybrid sampler for Poisson-Kingman mixture models", 2015):
// the clusters that have rows have weights and parameters, all others are integrated out.
//
// A sweep draws weights and parameters given the labels, then every label in turn. With w the weights, which sum to 1,
// t clusters without the row and s the prior's shift, the row joins cluster j with probability proportional to
// w_j f(x | j), and a new one with exp(log_v[t + 1] - log_v[t]) / (n - 1 + t s) times its density alone; a new cluster
// takes a share v ~ Beta(1 + s, n - 1 + t s) of all weights. That is a Gibbs step on (labels, weights, parameters) whose
// distribution is the posterior of the labels times Dirichlet(n_c + s) times the posteriors of the parameters.
//
// Rows move in their order, and still side by side: only a birth, a death, or a change of which clusters hold one row
// changes the probabilities of later rows. All rows of a window are drawn as if none of this happened; the first row
// where it did is where the next window begins. The same numbers are drawn for a row again, so windows do not show.
#pragma once
#include <algorithm>
#include <cmath>

#include "sweep_data.hpp"

namespace ganglion {

class SweepChain {
public:
    SweepChain(const SweepModel& model, const double* alone, double constant) : model_(model), alone_of_(alone), constant_(constant) {}

    // A partition, the order in which rows are stored, or null, and the stream. Labels 0 .. t - 1, each in use.
    void start(const int32_t* labels, const int32_t* order, const Random& random, int64_t moved) {
        labels_.assign(labels, labels + model_.n);
        random_ = random;
        moved_ = order ? moved : model_.n;  // rows that were never sorted are so after the first sweep
        const int64_t places = (model_.n + kTileRows - 1) / kTileRows * kTileRows;
        order_.assign(size_t(places), -1);
        is_sorted_ = false;
        for (int64_t i = 0; i < model_.n; ++i) {
            order_[size_t(i)] = order ? order[i] : int32_t(i);
            is_sorted_ = is_sorted_ || order_[size_t(i)] != i;
        }
        drawn_.assign(size_t(model_.n), 0);
        is_stored_ = is_counted_ = false;
    }

    bool sweep(const SweepTable& table, const SweepRunner& run) {
        if (!count(run)) return false;
        draw_parameters(table);
        leave_impossible(table);
        reach();
        peak_ = n_clusters();
        n_events_ = 0;
        key_ = isa().sweeps->word(random_);
        bool finished = true;
        for (int64_t row = 0; row < model_.n && model_.n > 1 && finished;) {
            const int64_t end = std::min(model_.n, row + window_);
            finished = draw_labels(table, row, end, run);
            if (finished) row = commit(table, row, end);
        }
        window_ = std::max<int64_t>(kTileRows, model_.n / (1 + n_events_));
        compact();
        return finished && settle(run);
    }

    // Statistics of all clusters, if labels have changed since they were taken.
    bool count(const SweepRunner& run);

    int64_t n_clusters() const { return int64_t(clusters_.alive.size()); }
    int64_t peak() const { return peak_; }
    int64_t moved() const { return moved_; }
    const std::vector<int32_t>& labels() const { return labels_; }
    const std::vector<int32_t>& order() const { return order_; }
    const Random& random() const { return random_; }

    double log_likelihood() {
        double sum = constant_;
        const double* scratch = draw_scratch();
        for (int32_t label : clusters_.alive)
            sum += isa().sweeps->log_marginal(model_, clusters_.of(model_, label), const_cast<double*>(scratch));
        return sum;
    }

private:
    friend class SweepMoves;

    double* draw_scratch() {
        draw_scratch_.resize(size_t(isa().sweeps->draw_scratch(model_)));
        return draw_scratch_.data();
    }

    void draw_cluster(int64_t label) {
        const size_t l = size_t(label);
        clusters_.constant[l] = isa().sweeps->draw(model_, clusters_.of(model_, label), random_, draw_scratch(),
                                                   clusters_.parameters.data() + label * model_.n_parameters);
    }

    void draw_parameters(const SweepTable& table) {
        double top = -std::numeric_limits<double>::infinity();
        for (int32_t label : clusters_.alive) {
            const size_t l = size_t(label);
            clusters_.log_weight[l] = isa().sweeps->log_gamma_draw(random_, double(clusters_.count[l]) + table.shift);
            top = std::max(top, clusters_.log_weight[l]);
            draw_cluster(label);
        }
        normalise(top);
    }

    // A start may have more clusters than the prior allows: rows leave the smallest ones.
    void leave_impossible(const SweepTable& table) {
        int64_t allowed = n_clusters();
        while (allowed > 1 && !(table.at(allowed) > -std::numeric_limits<double>::infinity())) --allowed;
        if (allowed == n_clusters()) return;
        std::vector<int32_t> by_size(clusters_.alive);
        std::stable_sort(by_size.begin(), by_size.end(), [&](int32_t a, int32_t b) {
            return clusters_.count[size_t(a)] > clusters_.count[size_t(b)];
        });
        for (size_t at = size_t(allowed); at < by_size.size(); ++at)
            clusters_.log_weight[size_t(by_size[at])] = -1e300;
    }

    void normalise(double top) {
        double total = 0;
        for (int32_t label : clusters_.alive) total += isa().sweeps->exp(clusters_.log_weight[size_t(label)] - top);
        const double log_total = top + isa().sweeps->log(total);
        for (int32_t label : clusters_.alive) clusters_.log_weight[size_t(label)] -= log_total;
    }

    // The logarithm of the weight of all clusters but one; the weights sum to 1.
    double log_others(int32_t without) const {
        const double own = isa().sweeps->exp(clusters_.log_weight[size_t(without)]);
        if (own < 0.5) return isa().sweeps->log(1 - own);
        double top = -std::numeric_limits<double>::infinity(), total = 0;
        for (int32_t label : clusters_.alive)
            if (label != without) top = std::max(top, clusters_.log_weight[size_t(label)]);
        for (int32_t label : clusters_.alive)
            if (label != without) total += isa().sweeps->exp(clusters_.log_weight[size_t(label)] - top);
        return total > 0 ? top + isa().sweeps->log(total) : top;
    }

    bool draw_labels(const SweepTable& table, int64_t begin, int64_t end, const SweepRunner& run);

    // Takes over the labels drawn for the rows from `row` on, up to the first that later rows must know of; returns
    // where the next window begins.
    int64_t commit(const SweepTable& table, int64_t row, int64_t end) {
        for (; row < end; ++row) {
            const int32_t from = labels_[size_t(row)], to = drawn_[size_t(row)];
            if (from == to) continue;
            ++moved_;
            const int32_t target = to == kNewCluster ? birth(table, row) : to;
            labels_[size_t(row)] = target;
            const int64_t left = --clusters_.count[size_t(from)], joined = ++clusters_.count[size_t(target)];
            clusters_.row_sum[size_t(from)] -= row;
            clusters_.row_sum[size_t(target)] += row;
            if (left == 0) death(from);
            if (left > 1 && joined > 2) continue;
            ++n_events_;
            return row + 1;
        }
        return end;
    }

    int32_t birth(const SweepTable& table, int64_t row) {
        const int32_t label = int32_t(clusters_.count.size());
        clusters_.resize(model_, size_t(label) + 1);
        const double rest = double(model_.n - 1) + double(n_clusters()) * table.shift;
        const SweepKernels& kernels = *isa().sweeps;
        const double taken = kernels.log_gamma_draw(random_, 1 + table.shift), left = kernels.log_gamma_draw(random_, rest);
        const double top = std::max(taken, left), both = top + kernels.log(kernels.exp(taken - top) + kernels.exp(left - top));
        for (int32_t other : clusters_.alive) clusters_.log_weight[size_t(other)] += left - both;
        clusters_.log_weight.back() = taken - both;
        std::copy_n(model_.lines + row * model_.n_lines, model_.n_lines, clusters_.anchors.end() - model_.n_lines);
        single_statistics(model_, row, clusters_.statistics.data() + label * model_.n_statistics);
        clusters_.count.back() = 1;
        draw_cluster(label);
        clusters_.count.back() = 0;
        clusters_.alive.push_back(label);
        peak_ = std::max(peak_, n_clusters());
        return label;
    }

    void death(int32_t label) {
        const double others = log_others(label);
        std::erase(clusters_.alive, label);
        for (int32_t other : clusters_.alive) clusters_.log_weight[size_t(other)] -= others;
    }

    // Labels 0 .. t - 1 again, in the order that they have.
    void compact() {
        is_counted_ = false;
        const int64_t t = n_clusters();
        if (int64_t(clusters_.count.size()) == t) return;
        std::vector<int32_t> place(clusters_.count.size(), -1);
        for (int64_t at = 0; at < t; ++at) place[size_t(clusters_.alive[size_t(at)])] = int32_t(at);
        for (int32_t& label : labels_) label = place[size_t(label)];
    }

    bool settle(const SweepRunner& run) {
        // Many events make many windows, of few rows each: these must then stand side by side, whatever their clusters.
        const bool by_cluster = n_events_ * kSegmentRows < 4 * model_.n;
        if (model_.n > kTileRows && (by_cluster ? moved_ > model_.n / 8 : is_sorted_)) sort(by_cluster);
        return count(run);
    }

    void reach();
    void sort(bool by_cluster);
    bool store(const SweepRunner& run);

    const SweepModel& model_;
    const double* alone_of_;
    const double constant_;
    std::vector<int32_t> labels_, order_, drawn_;
    std::vector<double> tiles_, alone_, coefficients_, starts_, distance_, stretch_, reach_scratch_, single_new_, partial_, draw_scratch_;
    std::vector<int64_t> single_place_, place_of_;
    std::vector<int32_t> index_of_;
    SweepClusters clusters_;
    SweepScratch scratch_;
    Random random_{};
    uint64_t key_ = 0;
    int64_t window_ = std::numeric_limits<int32_t>::max(), n_events_ = 0, moved_ = 0, peak_ = 0, n_reached_ = 0;
    bool is_stored_ = false, is_counted_ = false, is_sorted_ = false;
};

}  // namespace ganglion
