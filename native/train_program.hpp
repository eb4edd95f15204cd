// A network as a flat program: one vector of parameters, buffers made before the first row, and epochs that allocate
// nothing. Small nets run on one thread; where the work of a batch pays, a team shares its rows, then its parameters.
//
// The gradient is a sum over fixed blocks of rows, in their order; the sum of a block runs over its rows in their
// order. Blocks depend on the network alone, so neither threads nor the schedule show in a result.
#pragma once
#include <algorithm>
#include <cmath>
#include <optional>

#include "isa.hpp"
#include "train_memory.hpp"
#include "train_team.hpp"

namespace ganglion {

// The rows that are learned from, as the caller has them.
template <class T> struct Learning {
    const T* x;             // (n, n_in)
    const T* targets;       // (n, n_out), or null
    const int32_t* labels;  // (n,), or null
    const double* weights;  // (n,), or null
    const int64_t* order;   // (rows,) which rows, in this order, or null for all as they stand
    int64_t rows;
    bool mean;              // over the rows of a batch, else their sum
};

struct Optimiser {
    Rule rule;
    double momentum, beta_1, beta_2, epsilon;
    double decay;  // decoupled: p *= 1 - rate * decay
    double l2;     // penalty l2 / 2 * |weights|^2 / (weight of the batch), biases left out
    const double* rates;  // one, or one for each batch
    int64_t n_rates;
    int64_t steps;        // made before
    uint64_t seed;        // of dropout
};

enum class Outcome : int { finished = 0, interrupted = 1, loss_not_finite = 2 };

struct Epoch {
    double loss = 0;     // sum over the rows of weight * loss
    double weight = 0;   // of all rows
    double penalty = 0;  // sum over the batches of l2 / 2 * |weights|^2
    int64_t batches = 0; // that were learned from
    Outcome outcome = Outcome::finished;
};

template <class T> const TrainKernelsOf<T>& train_kernels();
template <> inline const TrainKernelsOf<float>& train_kernels() { return isa().training->f32; }
template <> inline const TrainKernelsOf<double>& train_kernels() { return isa().training->f64; }

template <class T> class Program {
  public:
    Program(std::vector<Layer> layers, Loss loss, double delta, double smoothing) : layers_(std::move(layers)) {
        int64_t size = 0, per_row = 0;
        for (Layer& layer : layers_) {
            layer.stride = stride_of(layer.n_out);
            layer.weights = size;
            layer.biases = size + layer.n_in * layer.stride;
            size = layer.biases + layer.stride;
            layer.keeps_slope = layer.dropout > 0 || !slope_follows_from_output(layer.activation);
            products_ += double(layer.n_in) * double(layer.n_out);
            per_row += (layer.n_in + layer.n_out) * int64_t(sizeof(T));
        }
        net_ = {layers_.data(), int64_t(layers_.size()), size, loss, delta, smoothing};
        parameters_.resize(size);
        block_rows_ = std::clamp(kBlockBytes / per_row / kPanel<T> * kPanel<T>, kLeastBlock, kMostBlock);
        int64_t widest = 0;
        for (const Layer& layer : layers_) widest = std::max(widest, layer.n_in + layer.n_out);
        group_ = std::clamp<int64_t>(kGroupBytes / (widest * kPanel<T> * int64_t(sizeof(T))), 1, kMostGroup);
        cut_pieces();
    }
    Program(const Program&) = delete;

    const std::vector<Layer>& layers() const { return layers_; }
    const Net& net() const { return net_; }
    T* parameters() { return parameters_.data(); }
    // Moments are zero until they are written.
    T* first() { return first_.resize(net_.size), first_.data(); }
    T* second() { return second_.resize(net_.size), second_.data(); }
    bool has_first() const { return first_.size() > 0; }
    bool has_second() const { return second_.size() > 0; }
    const T* gradient() const { return gradient_.data(); }

    // Steps the parameters once for each batch of `batch_size` rows. Stops before the step that would follow a loss
    // that is not finite, or when a signal handler raised: the parameters are then those after Epoch::batches steps.
    Epoch learn(const Learning<T>& data, int64_t batch_size, const Optimiser& optimiser) {
        return run(data, std::min(batch_size, data.rows), &optimiser);
    }

    // The gradient of the loss over all rows, in gradient().
    Epoch differentiate(const Learning<T>& data) { return run(data, data.rows, nullptr); }

    // out (n, n_out); false when a signal handler raised.
    bool predict(const T* x, int64_t n, T* out) {
        const int64_t rows = group_ * kPanel<T>, n_out = layers_.back().n_out;
        const int64_t n_items = (n + rows - 1) / rows;
        const int workers = double(n) * products_ > 2e6 ? get_num_threads() : 1;
        while (int(predicting_.size()) < workers) predicting_.emplace_back(net_, group_, rows);
        const Batch<T> batch{x, nullptr, nullptr, nullptr, nullptr, 0, n, 1.0, 0};
        return parallel(n_items, workers, [&](int64_t item, int worker) {
            const FlushSubnormals flush;
            auto& memory = predicting_[size_t(worker)];
            const int64_t begin = item * rows;
            train_kernels<T>().predict_block(net_, parameters_.data(), batch,
                                             memory.block.block(begin, std::min(rows, n - begin), rows, nullptr),
                                             memory.worker.scratch, out + begin * n_out);
        });
    }

    void predict_row(const T* x, T* out) {
        const FlushSubnormals flush;
        if (row_.size() == 0) {
            int64_t widest = 0;
            for (const Layer& layer : layers_) widest = std::max(widest, layer.stride);
            row_.resize(2 * widest);
        }
        T* buffers[2] = {row_.data(), row_.data() + row_.size() / 2};
        train_kernels<T>().predict_row(net_, parameters_.data(), x, buffers, out);
    }

  private:
    static constexpr int64_t kBlockBytes = 256 << 10, kLeastBlock = 256, kMostBlock = 512;
    static constexpr int64_t kGroupBytes = 768 << 10, kMostGroup = 16;  // a group's two layers stay in the L2 cache
    static constexpr double kRowPasses = 1.8;       // forward and back, the first layer only forward
    static constexpr double kTeamCycles = 1e5;      // a batch with less is not worth sharing
    static constexpr double kLongItem = 2e7;        // cycles; a signal waits for the items that are under way
    static constexpr int64_t kScatterBytes = 64 << 20;  // gradients of blocks side by side

    struct Predicting {
        BlockMemory<T> block;
        WorkerMemory<T> worker;
        Predicting(const Net& net, int64_t group, int64_t rows) : block(net, rows, false), worker(net, group, false) {}
    };

    // Whole lines, and an odd number of them where there are many: columns would else share few sets of the cache.
    static int64_t stride_of(int64_t n_out) {
        const int64_t per_line = kLine / int64_t(sizeof(T));
        int64_t lines = (n_out + per_line - 1) / per_line;
        if (lines >= 8 && lines % 2 == 0) ++lines;
        return lines * per_line;
    }

    // The costliest pieces come first, so that workers finish together.
    void cut_pieces() {
        for (int64_t l = 0; l < net_.n_layers; ++l)
            for (int64_t strip = 0; strip * kPanel<T> < layers_[size_t(l)].n_out; ++strip)
                for (int64_t k = 0; k < layers_[size_t(l)].n_in; k += kItemRows)
                    pieces_.push_back({l, strip, k, std::min(k + kItemRows, layers_[size_t(l)].n_in)});
        const auto cost = [&](const Piece& p) {
            return (p.end - p.begin) * std::min(kPanel<T>, layers_[size_t(p.layer)].n_out - p.strip * kPanel<T>);
        };
        std::stable_sort(pieces_.begin(), pieces_.end(),
                         [&](const Piece& a, const Piece& b) { return cost(a) > cost(b); });
        squares_.assign(pieces_.size(), 0.0);
    }

    double cycles(int64_t rows) const { return double(rows) * products_ * double(sizeof(T)) / 64; }

    // Everything that an epoch needs is here before it starts.
    void prepare(int64_t batch_size, int workers) {
        const int64_t n_blocks = (batch_size + block_rows_ - 1) / block_rows_;
        // A batch of one block needs no more than its own rows.
        capacity_ = n_blocks == 1 ? whole(batch_size, kPanel<T>) : block_rows_;
        losses_.resize(n_blocks * capacity_);
        scatters_ = workers > 1 && n_blocks > 1 && n_blocks * net_.size * int64_t(sizeof(T)) <= kScatterBytes;
        if (scatters_) parts_.resize(n_blocks * net_.size);
        gradient_.resize(net_.size);
        const size_t n_memories = scatters_ ? size_t(workers) : 1;
        if (made_for_ != capacity_) blocks_.clear();
        made_for_ = capacity_;
        while (blocks_.size() < n_memories) blocks_.emplace_back(net_, capacity_, true);
        while (workers_.size() < size_t(workers)) workers_.emplace_back(net_, group_, true);
    }

    Epoch run(const Learning<T>& data, int64_t batch_size, const Optimiser* optimiser) {
        const int workers = cycles(batch_size) * (kRowPasses + 1) > kTeamCycles ? get_num_threads() : 1;
        prepare(batch_size, workers);
        if (optimiser && optimiser->rule != Rule::sgd && optimiser->rule != Rule::rmsprop) first();
        if (optimiser && (optimiser->rule == Rule::adam || optimiser->rule == Rule::rmsprop)) second();
        Epoch epoch;
        const bool quiet = with_team(workers, [&](Team& team) {
            for (int64_t begin = 0; begin < data.rows && epoch.outcome == Outcome::finished; begin += batch_size)
                run_batch(team, data, begin, std::min(batch_size, data.rows - begin), optimiser, epoch);
        });
        if (!quiet) epoch.outcome = Outcome::interrupted;
        return epoch;
    }

    void run_batch(Team& team, const Learning<T>& data, int64_t begin, int64_t rows, const Optimiser* optimiser,
                   Epoch& epoch) {
        Batch<T> batch{data.x, data.targets, data.labels, data.weights, data.order ? data.order + begin : nullptr,
                       begin, rows, 1.0, 0};
        double weight = double(rows);
        if (data.weights) {
            weight = 0;
            for (int64_t i = 0; i < rows; ++i) weight += data.weights[batch.order ? batch.order[i] : begin + i];
        }
        if (data.mean) batch.scale = weight > 0 ? 1 / weight : 0;
        Step<T> step{};
        if (optimiser) {
            step = step_of(*optimiser, epoch.batches, data.mean ? weight : 1.0);
            batch.dropout_key = key_of(optimiser->seed, uint64_t(optimiser->steps + epoch.batches));
        }
        const Work work{team, batch, step, optimiser != nullptr};
        if (!(scatters_ ? scatter(work, epoch) : in_turn(work, epoch))) return;
        epoch.weight += weight;
        ++epoch.batches;
        if (optimiser && optimiser->l2 > 0) {
            double squares = 0;
            for (double s : squares_) squares += s;
            epoch.penalty += 0.5 * optimiser->l2 * squares;
        }
    }

    struct Work {
        Team& team;
        const Batch<T>& batch;
        const Step<T>& step;
        bool learns;
    };

    Flat<T> flat(T* gradient) { return {parameters_.data(), first_.data(), second_.data(), gradient}; }

    // Block after block, each shared by the team: first its rows, then the parameters.
    bool in_turn(const Work& work, Epoch& epoch) {
        for (int64_t begin = 0; begin < work.batch.rows; begin += block_rows_) {
            const int64_t rows = std::min(block_rows_, work.batch.rows - begin);
            const bool last = begin + rows == work.batch.rows;
            const Block<T> block = blocks_[0].block(begin, rows, capacity_, losses_.data() + begin);
            if (!share_rows(work, block)) return stop(epoch, Outcome::interrupted);
            if (last && !add_losses(work.batch, epoch)) return stop(epoch, Outcome::loss_not_finite);
            if (!share_pieces(work, block, {begin > 0, last && work.learns})) return stop(epoch, Outcome::interrupted);
        }
        return true;
    }

    bool share_rows(const Work& work, const Block<T>& block) {
        const int64_t halves = halves_of(block.rows), share = share_of(halves, work.team);
        const double cost = cycles(share * kHalf<T>) * kRowPasses;
        return work.team.run((halves + share - 1) / share, cost, true, [&](int64_t item, int worker) {
            train_kernels<T>().pass_rows(net_, parameters_.data(), work.batch, block, workers_[size_t(worker)].scratch,
                                         item * share, std::min(halves, (item + 1) * share));
        });
    }

    // A step is made in all pieces or in none.
    bool share_pieces(const Work& work, const Block<T>& block, Ending ending) {
        const Flat<T> all = flat(gradient_.data());
        const double cost = cycles(block.rows) / double(pieces_.size());
        return work.team.run(int64_t(pieces_.size()), cost, !ending.updates, [&](int64_t item, int) {
            squares_[size_t(item)] =
                train_kernels<T>().learn_piece(net_, block, all, work.step, pieces_[size_t(item)], ending);
        });
    }

    // Blocks side by side, one a worker: for small nets and large batches.
    bool scatter(const Work& work, Epoch& epoch) {
        const auto& kernels = train_kernels<T>();
        const int64_t n_blocks = (work.batch.rows + block_rows_ - 1) / block_rows_;
        const double cost = cycles(block_rows_) * (kRowPasses + 1);
        const bool passed = work.team.run(n_blocks, cost, true, [&](int64_t item, int worker) {
            const int64_t begin = item * block_rows_, rows = std::min(block_rows_, work.batch.rows - begin);
            const Block<T> block = blocks_[size_t(worker)].block(begin, rows, capacity_, losses_.data() + begin);
            kernels.pass_rows(net_, parameters_.data(), work.batch, block, workers_[size_t(worker)].scratch, 0,
                              halves_of(rows));
            const Flat<T> own = flat(parts_.data() + item * net_.size);
            for (const Piece& piece : pieces_)
                kernels.learn_piece(net_, block, own, work.step, piece, {false, false});
        });
        if (!passed) return stop(epoch, Outcome::interrupted);
        if (!add_losses(work.batch, epoch)) return stop(epoch, Outcome::loss_not_finite);
        const Flat<T> all = flat(gradient_.data());
        return work.team.run(int64_t(pieces_.size()), double(n_blocks), false, [&](int64_t item, int) {
            squares_[size_t(item)] = kernels.combine_piece(net_, parts_.data(), n_blocks, all, work.step,
                                                           pieces_[size_t(item)], {false, work.learns});
        });
    }

    static int64_t halves_of(int64_t rows) { return (rows + kHalf<T> - 1) / kHalf<T>; }

    // Halves of panels in one item. Alone: everything at once, unless a signal would have to wait for long.
    int64_t share_of(int64_t halves, const Team& team) const {
        const int64_t bound = std::max<int64_t>(2, int64_t(kLongItem / (cycles(kHalf<T>) * kRowPasses)) / 2 * 2);
        if (team.is_alone()) return std::min(halves, bound);
        const int64_t even = (halves + get_num_threads() - 1) / get_num_threads();
        return std::min(even, bound);
    }

    bool add_losses(const Batch<T>& batch, Epoch& epoch) const {
        double sum = 0;
        for (int64_t i = 0; i < batch.rows; ++i) {
            const double loss = double(losses_.data()[i]);
            sum += batch.weights ? batch.weights[batch.order ? batch.order[i] : batch.first + i] * loss : loss;
        }
        if (!std::isfinite(sum)) return false;
        epoch.loss += sum;
        return true;
    }

    static bool stop(Epoch& epoch, Outcome why) { return epoch.outcome = why, false; }

    static uint64_t key_of(uint64_t seed, uint64_t step) {  // splitmix64
        uint64_t z = seed + (step + 1) * 0x9e3779b97f4a7c15ull;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }

    static Step<T> step_of(const Optimiser& o, int64_t batch, double weight) {
        const double rate = o.rates[o.n_rates > 1 ? batch : 0], t = double(o.steps + batch + 1);
        const bool adam = o.rule == Rule::adam;
        Step<T> s;
        s.rule = o.rule;
        s.rate = T(adam ? rate / (1 - std::pow(o.beta_1, t)) : rate);
        s.momentum = T(o.momentum);
        s.decay_1 = T(o.beta_1), s.rest_1 = T(1 - o.beta_1);
        s.decay_2 = T(o.beta_2), s.rest_2 = T(1 - o.beta_2);
        s.root_scale = T(adam ? 1 / std::sqrt(1 - std::pow(o.beta_2, t)) : 1.0);
        s.epsilon = T(o.epsilon);
        s.shrink = T(1 - rate * o.decay);
        s.l2 = T(weight > 0 ? o.l2 / weight : 0);
        return s;
    }

    std::vector<Layer> layers_;
    Net net_{};
    double products_ = 0;  // multiply-adds of a row, forward
    int64_t block_rows_ = 0, group_ = 1, capacity_ = 0, made_for_ = 0;
    bool scatters_ = false;
    Numbers<T> parameters_, first_, second_, gradient_, parts_, losses_, row_;
    std::vector<Piece> pieces_;
    std::vector<double> squares_;  // of each piece
    std::vector<BlockMemory<T>> blocks_;
    std::vector<WorkerMemory<T>> workers_;
    std::vector<Predicting> predicting_;
};

}  // namespace ganglion
