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
#include "train_running.hpp"
#include "train_steps.hpp"
#include "train_team.hpp"

namespace ganglion {

// The rows that are learned from, as the caller has them.
template <class T> struct Learning {
    const T* x;             // (n, n_in)
    const T* targets;       // (n, n_targets), or null
    const int32_t* labels;  // (n,), or null
    const double* weights;  // (n,), or null
    const int64_t* order;   // (rows,) which rows, in this order, or null for all as they stand
    int64_t rows;
    bool mean;              // over the rows of a batch, else their sum
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
    // numbers: of the loss, see Net.
    Program(std::vector<Layer> layers, Loss loss, std::vector<double> numbers, double smoothing)
        : layers_(std::move(layers)), numbers_(std::move(numbers)) {
        int64_t size = 0, per_row = 0;
        bool waits = false;
        for (Layer& layer : layers_) {
            const bool is_dense = layer.kind == Kind::dense;
            layer.stride = stride_of(layer.n_out);
            layer.rows = is_dense ? layer.n_in : is_norm(layer.kind) ? 1 : 0;
            layer.weights = size;
            layer.biases = size + layer.rows * layer.stride;
            size = layer.biases + (layer.kind == Kind::sum ? 0 : layer.stride);
            layer.keeps_slope = layer.dropout > 0 || !slope_follows_from_output(layer.activation);
            products_ += (is_dense ? double(layer.n_in) : kNormWork) * double(layer.n_out);
            per_row += (layer.n_in + layer.n_out) * int64_t(sizeof(T));
            waits |= layer.kind == Kind::batch_norm;
            if (layer.kind == Kind::sum) layers_[size_t(layer.adds)].is_added = true;
        }
        const int64_t per_target = loss == Loss::quantile ? int64_t(numbers_.size()) : loss == Loss::gaussian ? 2 : 1;
        const int64_t n_targets = layers_.back().n_out / per_target;
        if (numbers_.empty()) numbers_.push_back(0);
        if (loss == Loss::gaussian) numbers_[0] = std::log(numbers_[0]);
        net_ = {layers_.data(), int64_t(layers_.size()), size, waits, loss, numbers_.data(), int64_t(numbers_.size()),
                n_targets, smoothing};
        running_.emplace(net_);
        parts_of_block_.resize(3 * layers_.size());
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
    // Whoever asks may write into them.
    T* parameters() { return running_->changed(), parameters_.data(); }
    Running<T>& running() { return *running_; }
    // Moments are zero until they are written.
    T* first() { return first_.resize(net_.size), first_.data(); }
    T* second() { return second_.resize(net_.size), second_.data(); }
    bool has_first() const { return first_.size() > 0; }
    bool has_second() const { return second_.size() > 0; }
    // The running average of the parameters; the first step after `has_average` is false copies them.
    T* average() { return average_.resize(net_.size), average_.data(); }
    bool has_average() const { return has_average_; }
    void set_has_average(bool has) { has_average_ = has; }
    const T* gradient() const { return gradient_.data(); }

    // Steps the parameters once for each batch of `batch_size` rows. Stops before the step that would follow a loss
    // that is not finite, or when a signal handler raised: the parameters are then those after Epoch::batches steps.
    Epoch learn(const Learning<T>& data, int64_t batch_size, const Optimiser& optimiser) {
        return run(data, std::min(batch_size, data.rows), &optimiser);
    }

    // The gradient of the loss over all rows, in gradient().
    Epoch differentiate(const Learning<T>& data) { return run(data, data.rows, nullptr); }

    // Bytes of the block that a batch needs; many only where its rows wait for each other.
    double block_bytes(int64_t batch_size) const {
        const int64_t all = whole(batch_size, kPanel<T>), rows = net_.waits ? all : std::min(all, block_rows_);
        double n = double(all);
        for (const Layer& layer : layers_) n += double(parts_of<T>(net_, layer, rows).all());
        return n * sizeof(T);
    }

    // out (n, n_out); false when a signal handler raised.
    bool predict(const T* x, int64_t n, T* out) {
        const int64_t rows = group_ * kPanel<T>, n_out = layers_.back().n_out;
        const int64_t n_items = (n + rows - 1) / rows;
        const int workers = double(n) * products_ > 2e6 ? get_num_threads() : 1;
        while (int(predicting_.size()) < workers) predicting_.emplace_back(net_, group_, rows);
        const Batch<T> batch{x, nullptr, nullptr, nullptr, nullptr, 0, n, 1.0, 0};
        T** norms = running_->folded(parameters_.data());
        return parallel(n_items, workers, [&](int64_t item, int worker) {
            const FlushSubnormals flush;
            auto& memory = predicting_[size_t(worker)];
            const int64_t begin = item * rows;
            Block<T> block = memory.block.block(begin, std::min(rows, n - begin), rows, nullptr);
            block.norms = norms;
            train_kernels<T>().predict_block(net_, parameters_.data(), batch, block, memory.worker.scratch,
                                             out + begin * n_out);
        });
    }

    void predict_row(const T* x, T* out) {
        const FlushSubnormals flush;
        if (!row_) row_.emplace(net_, stride_of(layers_[0].n_in));
        const RowBuffers<T> buffers = row_->buffers(running_->folded(parameters_.data()));
        train_kernels<T>().predict_row(net_, parameters_.data(), x, buffers, out);
    }

  private:
    static constexpr int64_t kBlockBytes = 256 << 10, kLeastBlock = 256, kMostBlock = 512;
    static constexpr int64_t kGroupBytes = 768 << 10, kMostGroup = 16;  // a group's two layers stay in the L2 cache
    static constexpr double kRowPasses = 1.8;       // forward and back, the first layer only forward
    static constexpr double kNormWork = 8;          // operations on a neuron of a norm, in products
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
                for (int64_t k = 0; k < layers_[size_t(l)].rows; k += kItemRows)
                    pieces_.push_back({l, strip, k, std::min(k + kItemRows, layers_[size_t(l)].rows)});
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
        // A batch of one block needs no more than its own rows; rows that wait for each other are all in one.
        const int64_t n_blocks = net_.waits ? 1 : (batch_size + block_rows_ - 1) / block_rows_;
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
        if (optimiser && remembers_squares(optimiser->rule)) second();
        if (optimiser && optimiser->averages()) average();
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
        const bool clips = optimiser && optimiser->clips();
        const Work work{team, batch, step, optimiser && !clips, clips && optimiser->clip_norm > 0};
        if (!(scatters_ ? scatter(work, epoch) : in_turn(work, epoch))) return;
        if (clips) step_clipped(work, optimiser->clip_norm);
        if (optimiser && optimiser->averages()) has_average_ = true;
        if (optimiser) running_->move(rows);
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
        bool steps, measures;  // at the end of the batch, the first or the second
    };

    Flat<T> flat(T* gradient) {
        return {parameters_.data(), first_.data(), second_.data(), gradient, average_.data()};
    }

    // Block after block, each shared by the team: first its rows, then the parameters.
    bool in_turn(const Work& work, Epoch& epoch) {
        if (net_.waits && !pass_in_legs(work, epoch)) return false;
        for (int64_t begin = 0; begin < work.batch.rows; begin += block_rows_) {
            const int64_t rows = std::min(block_rows_, work.batch.rows - begin);
            const bool last = begin + rows == work.batch.rows;
            const Block<T> block = net_.waits
                                       ? blocks_[0].rows_of(net_, begin, rows, capacity_, parts_of_block_)
                                       : blocks_[0].block(begin, rows, capacity_, losses_.data() + begin);
            if (!net_.waits && !share_rows(work, block, whole_way())) return stop(epoch, Outcome::interrupted);
            if (last && !add_losses(work.batch, epoch)) return stop(epoch, Outcome::loss_not_finite);
            if (!share_pieces(work, block, {begin > 0, last && work.steps, last && work.measures})) return stop(epoch, Outcome::interrupted);
        }
        return true;
    }

    Leg whole_way() const { return {0, net_.n_layers, false}; }

    // All rows of the batch forward to each batch norm, then back from each, with its statistics in between.
    bool pass_in_legs(const Work& work, Epoch& epoch) {
        const Block<T> block = blocks_[0].block(0, work.batch.rows, capacity_, losses_.data());
        const std::vector<int64_t>& stages = running_->stages();
        bool goes_on = true;
        int64_t first = 0;
        for (size_t i = 0; i < stages.size() && goes_on; first = stages[i++])
            goes_on = share_rows(work, block, {first, stages[i], false}) && share_norm(work, block, stages[i], false);
        goes_on = goes_on && share_rows(work, block, {first, net_.n_layers, false});
        for (size_t i = stages.size(); i-- > 0 && stages[i] > 0 && goes_on;)
            goes_on = share_norm(work, block, stages[i], true) &&
                      share_rows(work, block, {i > 0 ? stages[i - 1] : 0, stages[i], true});
        return goes_on || stop(epoch, Outcome::interrupted);
    }

    bool share_norm(const Work& work, const Block<T>& block, int64_t l, bool is_back) {
        const int64_t strips = (layers_[size_t(l)].n_out + kPanel<T> - 1) / kPanel<T>;
        const double cost = double(halves_of(block.rows)) * double(kPanel<T>);
        return work.team.run(strips, cost, true, [&](int64_t strip, int) {
            train_kernels<T>().combine_norm(net_, parameters_.data(), block, l, strip, is_back,
                                            running_->measured(l));
        });
    }

    bool share_rows(const Work& work, const Block<T>& block, const Leg& leg) {
        const int64_t halves = halves_of(block.rows), share = share_of(halves, work.team);
        const double cost = cycles(share * kHalf<T>) * kRowPasses;
        return work.team.run((halves + share - 1) / share, cost, true, [&](int64_t item, int worker) {
            const RowScratch<T>& scratch = workers_[size_t(worker)].scratch;
            train_kernels<T>().pass_rows(net_, parameters_.data(), work.batch, block, scratch, leg, item * share,
                                          std::min(halves, (item + 1) * share));
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
            kernels.pass_rows(net_, parameters_.data(), work.batch, block, workers_[size_t(worker)].scratch,
                              whole_way(), 0, halves_of(rows));
            const Flat<T> own = flat(parts_.data() + item * net_.size);
            for (const Piece& piece : pieces_)
                kernels.learn_piece(net_, block, own, work.step, piece, {false, false});
        });
        if (!passed) return stop(epoch, Outcome::interrupted);
        if (!add_losses(work.batch, epoch)) return stop(epoch, Outcome::loss_not_finite);
        const Flat<T> all = flat(gradient_.data());
        const Ending ending{false, work.steps, work.measures};
        return work.team.run(int64_t(pieces_.size()), double(n_blocks), false, [&](int64_t item, int) {
            squares_[size_t(item)] =
                kernels.combine_piece(net_, parts_.data(), n_blocks, all, work.step, pieces_[size_t(item)], ending);
        });
    }

    // The step along a gradient that had to be whole before: its norm is in the squares of the pieces, in their order.
    void step_clipped(const Work& work, double most) {
        double squares = 0;
        for (double s : squares_) squares += s;
        Step<T> step = work.step;
        step.gain = T(most > 0 ? gain_of(squares, most) : 1.0);
        const Flat<T> all = flat(gradient_.data());
        work.team.run(int64_t(pieces_.size()), 1.0, false, [&](int64_t item, int) {
            squares_[size_t(item)] = train_kernels<T>().step_piece(net_, all, step, pieces_[size_t(item)]);
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

    Step<T> step_of(const Optimiser& o, int64_t batch, double weight) {
        const double rate = o.rates[o.n_rates > 1 ? batch : 0], t = double(o.steps + batch + 1);
        const bool adam = o.rule == Rule::adam || o.rule == Rule::nadam;
        Step<T> s{};
        s.rule = o.rule;
        s.rate = T(adam ? rate / (1 - std::pow(o.beta_1, t)) : rate);
        s.momentum = T(o.momentum);
        s.decay_1 = T(o.beta_1), s.rest_1 = T(1 - o.beta_1);
        s.decay_2 = T(o.beta_2), s.rest_2 = T(1 - o.beta_2);
        s.root_scale = T(adam ? 1 / std::sqrt(1 - std::pow(o.beta_2, t)) : 1.0);
        s.epsilon = T(o.epsilon);
        s.shrink = T(1 - rate * o.decay);
        s.l2 = T(weight > 0 ? o.l2 / weight : 0);
        if (o.rule == Rule::nadam) look_ahead(s, momenta_, o, rate, o.steps + batch + 1);
        s.bound = T(bound_of(o));
        s.gain = 1;
        if (o.averages()) s.average_rest = T(has_average_ ? 1 - o.average : 1.0);
        return s;
    }

    std::vector<Layer> layers_;
    Net net_{};
    double products_ = 0;  // multiply-adds of a row, forward
    int64_t block_rows_ = 0, group_ = 1, capacity_ = 0, made_for_ = 0;
    bool scatters_ = false;
    Numbers<T> parameters_, first_, second_, gradient_, average_, parts_, losses_;
    std::vector<double> numbers_;
    Momenta momenta_;
    bool has_average_ = false;
    std::vector<Piece> pieces_;
    std::vector<double> squares_;  // of each piece
    std::vector<BlockMemory<T>> blocks_;
    std::vector<WorkerMemory<T>> workers_;
    std::vector<Predicting> predicting_;
    std::optional<Running<T>> running_;
    std::optional<RowMemory<T>> row_;
    std::vector<T*> parts_of_block_;
};

}  // namespace ganglion
