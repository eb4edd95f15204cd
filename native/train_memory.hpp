// Memory of the trainer: everything is allocated before an epoch starts, on whole lines.
#pragma once
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "train_problem.hpp"

namespace ganglion {

constexpr int64_t kLine = 64;

// Zeros, aligned to lines.
template <class T> class Numbers {
  public:
    Numbers() = default;
    explicit Numbers(int64_t n) { resize(n); }

    // Contents are zero afterwards; keeps what it has where the size stays.
    void resize(int64_t n) {
        if (n == n_) return;
        data_.reset(static_cast<T*>(::operator new[](size_t(n) * sizeof(T) + kLine, std::align_val_t(kLine))));
        n_ = n;
        clear();
    }
    void clear() { std::memset(data_.get(), 0, size_t(n_) * sizeof(T)); }
    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    int64_t size() const { return n_; }

  private:
    struct Free {
        void operator()(T* p) const { ::operator delete[](p, std::align_val_t(kLine)); }
    };
    std::unique_ptr<T[], Free> data_;
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

// The activations of `capacity` rows; see Block.
template <class T> struct BlockMemory {
    Store<T> store;
    std::vector<T*> outputs, deltas;

    BlockMemory(const Net& net, int64_t capacity, bool for_training) {
        for (int round = 0; round < 2; ++round) {
            outputs.clear();
            deltas.clear();
            for (int64_t l = 0; l < net.n_layers; ++l) {
                outputs.push_back(store.part(net.layers[l].n_in * capacity));
                deltas.push_back(for_training ? store.part(whole(net.layers[l].n_out, kPanel<T>) * capacity) : nullptr);
            }
            if (round == 0) store.allocate();
        }
    }

    Block<T> block(int64_t begin, int64_t rows, int64_t capacity, T* losses) {
        return {begin, rows, capacity, outputs.data(), deltas.data(), losses};
    }
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
                const bool kept = for_training && net.layers[l].keeps_slope;
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
