// Centres made ready for the kernels, and the memory that workers compute in.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "isa.hpp"

namespace ganglion {

// Rows in a block: a function of the data's shape alone. About 2^26 products, so that a signal is never far away, and
// eight blocks of few rows, so that every thread has one.
inline int64_t block_rows(int64_t n, int64_t d, int64_t k) {
    const int64_t work = std::max<int64_t>(1, d * k), even = std::clamp<int64_t>((n / 8 + 63) / 64 * 64, 256, 4096);
    return std::clamp<int64_t>((int64_t(1) << 26) / work / 64 * 64, 64, even);
}

inline int64_t n_blocks(int64_t n, int64_t block) { return (n + block - 1) / block; }

// Scratch memory, one cache-aligned piece a worker.
class Scratch {
  public:
    Scratch() = default;
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    void reserve(int workers, int64_t bytes) {
        if (int(pieces_.size()) >= workers && bytes <= bytes_) return;
        bytes_ = std::max(bytes, bytes_);
        pieces_.clear();
        aligned_.clear();
        for (int w = 0; w < workers; ++w) {
            pieces_.emplace_back(new char[size_t(bytes_) + 64]());
            aligned_.push_back(pieces_.back().get() + (64 - reinterpret_cast<uintptr_t>(pieces_.back().get()) % 64));
        }
    }
    char** data() { return aligned_.data(); }
    char* operator[](int worker) { return aligned_[size_t(worker)]; }

  private:
    int64_t bytes_ = 0;
    std::vector<std::unique_ptr<char[]>> pieces_;
    std::vector<char*> aligned_;
};

// Owns the packed form of a set of centres.
template <class T> class PackedCenters {
  public:
    // `order` (a multiple of the lanes, -1 for padding) places the centres in panels; empty: as they come.
    const Centers<T>& pack(const T* raw, const T* shift, int64_t k, int64_t d, const std::vector<int32_t>& order = {},
                           int64_t group_panels = 0) {
        return pack_for(tiles<T>(), raw, shift, k, d, order, group_panels);
    }

    const Centers<T>& pack_for(const TilesOf<T>& kernels, const T* raw, const T* shift, int64_t k, int64_t d,
                               const std::vector<int32_t>& order = {}, int64_t group_panels = 0) {
        const int64_t lanes = kernels.lanes, padded = (k + lanes - 1) / lanes * lanes;
        const int64_t line = 64 / int64_t(sizeof(T));
        if (order.empty()) {
            natural_.assign(size_t(padded), -1);
            for (int64_t j = 0; j < k; ++j) natural_[size_t(j)] = int32_t(j);
        }
        c_.order = order.empty() ? natural_.data() : order.data();
        c_.group_panels = group_panels ? group_panels : padded / lanes;
        c_.groups = int((padded / lanes + c_.group_panels - 1) / c_.group_panels);
        c_.stride = (((d + line - 1) / line) | 1) * line;
        rows_.resize(size_t((k + 16) * c_.stride));
        panels_.resize(size_t(padded * d));
        norms_.resize(size_t(padded));
        panel_norms_.resize(size_t(padded));
        c_.raw = raw, c_.shift = shift, c_.k = k, c_.d = d;
        c_.rows = rows_.data(), c_.panels = panels_.data();
        c_.norms = norms_.data(), c_.panel_norms = panel_norms_.data();
        kernels.pack_centers(c_);
        return c_;
    }

  private:
    Centers<T> c_{};
    std::vector<int32_t> natural_;
    std::vector<T> rows_, panels_, norms_, panel_norms_;
};

// Places centres into groups of `slots` so that a group's centres lie together: halves along the line through the
// centre farthest from the mean and the one farthest from that, as balanced as whole groups allow.
template <class T> class Grouping {
  public:
    Grouping(const T* centers, int64_t k, int64_t d, int64_t slots) : centers_(centers), d_(d), slots_(slots) {
        order.resize(size_t(k));
        for (int64_t j = 0; j < k; ++j) order[size_t(j)] = int32_t(j);
        split(0, k);
    }

    std::vector<int32_t> order;

  private:
    double squared(const double* a, int32_t j) const {
        double s = 0;
        for (int64_t f = 0; f < d_; ++f) {
            const double e = a[f] - double(centers_[j * d_ + f]);
            s += e * e;
        }
        return s;
    }

    std::vector<double> farthest(const std::vector<double>& from, int64_t begin, int64_t end) const {
        int32_t winner = order[size_t(begin)];
        double most = -1;
        for (int64_t e = begin; e < end; ++e) {
            const double s = squared(from.data(), order[size_t(e)]);
            if (s > most) most = s, winner = order[size_t(e)];
        }
        return {centers_ + winner * d_, centers_ + (winner + 1) * d_};
    }

    void split(int64_t begin, int64_t end) {
        const int64_t parts = (end - begin + slots_ - 1) / slots_;
        if (parts <= 1) return;
        std::vector<double> mean(size_t(d_), 0.0);
        for (int64_t e = begin; e < end; ++e)
            for (int64_t f = 0; f < d_; ++f)
                mean[size_t(f)] += double(centers_[order[size_t(e)] * d_ + f]) / double(end - begin);
        const std::vector<double> a = farthest(mean, begin, end), b = farthest(a, begin, end);
        std::vector<std::pair<double, int32_t>> along;
        for (int64_t e = begin; e < end; ++e) {
            const int32_t j = order[size_t(e)];
            along.emplace_back(squared(a.data(), j) - squared(b.data(), j), j);
        }
        std::sort(along.begin(), along.end());
        for (int64_t e = begin; e < end; ++e) order[size_t(e)] = along[size_t(e - begin)].second;
        const int64_t middle = begin + (parts + 1) / 2 * slots_;
        split(begin, middle);
        split(middle, end);
    }

    const T* centers_;
    int64_t d_, slots_;
};

}  // namespace ganglion
