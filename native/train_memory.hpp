// Memory of the trainer: everything is allocated before an epoch starts, on whole lines.
#pragma once
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "train_problem.hpp"

namespace ganglion {

constexpr int64_t kLine = 64;

// Zeros, aligned to lines. The pages of large ones are the system's until they are written to: while signals are heard.
template <class T> class Numbers {
  public:
    Numbers() = default;
    explicit Numbers(int64_t n) { resize(n); }

    // Contents are zero afterwards; keeps what it has where the size stays.
    void resize(int64_t n) {
        if (n == n_) return;
        memory_.reset(std::calloc(size_t(n) * sizeof(T) + 2 * kLine, 1));
        if (!memory_) throw std::bad_alloc();
        data_ = reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(memory_.get()) + kLine - 1) / kLine * kLine);
        n_ = n;
    }
    T* data() { return data_; }
    const T* data() const { return data_; }
    int64_t size() const { return n_; }

  private:
    struct Free {
        void operator()(void* p) const { std::free(p); }
    };
    std::unique_ptr<void, Free> memory_;
    T* data_ = nullptr;
    int64_t n_ = 0;
};

inline int64_t whole(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

// One piece of memory, given out in parts that start on lines.
template <class T> class Store {
  public:
    // Call twice with the same parts: first to count, then, after `allocate`, to get them.
    T* part(int64_t n) {
        T* here = memory_.data() ? memory_.data() + used_ : nullptr;
        used_ += whole(n, kLine / int64_t(sizeof(T)));
        return here;
    }
    void allocate() {
        memory_.resize(used_);
        used_ = 0;
    }

  private:
    Numbers<T> memory_;
    int64_t used_ = 0;
};

// How many numbers each array of a block holds for one stage; see Block.
struct BlockParts {
    int64_t outputs, deltas, slopes, norms, sums;
    int64_t all() const { return outputs + deltas + slopes + norms + sums; }
};

template <class T> inline BlockParts parts_of(const Net& net, const Layer& layer, int64_t capacity) {
    BlockParts parts{layer.n_in * capacity, 0, 0, 0, 0};
    if (layer.kind == Kind::dense) parts.deltas = whole(layer.n_out, kPanel<T>) * capacity;
    if (layer.kind == Kind::batch_norm || layer.kind == Kind::sum) parts.deltas = layer.n_out * capacity;
    if (net.waits && layer.keeps_slope) parts.slopes = layer.n_out * capacity;
    if (layer.kind == Kind::layer_norm) parts.norms = 2 * capacity;
    if (layer.kind == Kind::batch_norm) parts.norms = kBatchNumbers * layer.stride;
    if (is_norm(layer.kind)) parts.sums = capacity / kHalf<T> * kHalfSums * layer.stride;
    return parts;
}

// The activations of `capacity` rows; see Block.
template <class T> struct BlockMemory {
    Store<T> store;
    std::vector<T*> outputs, deltas, slopes, norms, sums;

    BlockMemory(const Net& net, int64_t capacity, bool for_training) {
        for (int round = 0; round < 2; ++round) {
            for (auto* parts : {&outputs, &deltas, &slopes, &norms, &sums}) parts->clear();
            for (int64_t l = 0; l < net.n_layers; ++l) {
                const BlockParts parts = parts_of<T>(net, net.layers[l], capacity);
                outputs.push_back(store.part(parts.outputs));
                const auto trained = [&](int64_t n) { return for_training && n > 0 ? store.part(n) : nullptr; };
                deltas.push_back(trained(parts.deltas));
                slopes.push_back(trained(parts.slopes));
                norms.push_back(trained(parts.norms));
                sums.push_back(trained(parts.sums));
            }
            if (round == 0) store.allocate();
        }
    }

    Block<T> block(int64_t begin, int64_t rows, int64_t capacity, T* losses) {
        return {begin, rows, capacity, outputs.data(), deltas.data(), losses, slopes.data(), norms.data(), sums.data()};
    }

    // Rows [begin, begin + rows) of a block that holds the whole batch; begin is a whole panel. The pointers stand in
    // `parts`, which has room for them.
    Block<T> rows_of(const Net& net, int64_t begin, int64_t rows, int64_t capacity, std::vector<T*>& parts) const {
        T **inputs = parts.data(), **turned = inputs + net.n_layers, **halves = turned + net.n_layers;
        for (int64_t l = 0; l < net.n_layers; ++l) {
            const Layer& layer = net.layers[l];
            inputs[l] = outputs[l] + begin * layer.n_in;
            turned[l] = layer.kind == Kind::dense ? deltas[l] + begin * kPanel<T> : nullptr;
            halves[l] = is_norm(layer.kind) ? sums[l] + begin / kHalf<T> * kHalfSums * layer.stride : nullptr;
        }
        return {begin, rows, capacity, inputs, turned, nullptr, nullptr, nullptr, halves};
    }
};

// Where the outputs of one row stand: in turns, or each by itself where a sum may ask for them again.
template <class T> class RowMemory {
  public:
    RowMemory(const Net& net, int64_t n_inputs) {
        int64_t widest = 0;
        bool plain = true;
        for (int64_t l = 0; l < net.n_layers; ++l) {
            widest = widest > net.layers[l].stride ? widest : net.layers[l].stride;
            plain &= net.layers[l].kind == Kind::dense;
        }
        const int64_t inputs = plain ? 0 : n_inputs, places = plain ? 2 : net.n_layers;
        memory_.resize(inputs + places * widest);
        inputs_ = plain ? nullptr : memory_.data();
        for (int64_t l = 0; l < net.n_layers; ++l) outputs_.push_back(memory_.data() + inputs + l % places * widest);
    }
    RowBuffers<T> buffers(T** norms) { return {outputs_.data(), inputs_, norms}; }

  private:
    Numbers<T> memory_;
    T* inputs_ = nullptr;
    std::vector<T*> outputs_;
};

// What one worker needs beside the block; see RowScratch.
template <class T> struct WorkerMemory {
    Store<T> store;
    std::vector<T*> slopes;
    RowScratch<T> scratch{};

    WorkerMemory(const Net& net, int64_t group, bool for_training) {
        int64_t widest = 0;
        for (int64_t l = 0; l < net.n_layers; ++l) widest = widest > net.layers[l].n_out ? widest : net.layers[l].n_out;
        const Layer& last = net.layers[net.n_layers - 1];
        const int64_t n_zeros = net.layers[0].n_in > last.n_out ? net.layers[0].n_in : last.n_out;
        for (int round = 0; round < 2; ++round) {
            slopes.clear();
            scratch.group = group;
            for (auto& deltas : scratch.deltas) deltas = store.part(group * widest * kPanel<T>);
            for (int64_t l = 0; l < net.n_layers; ++l) {
                const bool kept = for_training && net.layers[l].keeps_slope && !net.waits;
                slopes.push_back(kept ? store.part(group * net.layers[l].n_out * kPanel<T>) : nullptr);
            }
            scratch.targets = store.part(last.n_out * kPanel<T>);
            scratch.zeros = store.part(n_zeros);
            if (round == 0) store.allocate();
        }
        scratch.slopes = slopes.data();
    }
    WorkerMemory(WorkerMemory&&) = default;
};

}  // namespace ganglion
