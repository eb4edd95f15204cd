// Centroid and median linkage: a merge can bring two clusters closer, so pairs are merged strictly one after the other,
// the closest first (the generic algorithm of Müllner 2011). Each cluster knows its nearest among those of a higher
// number, or a lower bound on how near that is; the smallest bound is made exact until it is one.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "centers.hpp"
#include "isa.hpp"
#include "linkage_memory.hpp"
#include "pool.hpp"

namespace ganglion {

constexpr double kFar = std::numeric_limits<double>::infinity();

// Squared distances between centroids of vectors, computed when they are asked for: O(n d) memory.
class CentroidStore {
  public:
    template <class T> CentroidStore(Linkage rule, const T* x, int64_t n, int64_t d, const double* mass)
        : rule_(rule), d_(d), m_(n) {
        const int64_t slots = (n + kCentroidLanes - 1) / kCentroidLanes * kCentroidLanes;
        exact_.assign(size_t(slots * d), kFar);
        for (int64_t i = 0; i < n; ++i)
            for (int64_t f = 0; f < d; ++f) at(i, f) = double(x[i * d + f]);
        mass_.assign(size_t(n), 1.0);
        if (mass) std::copy_n(mass, n, mass_.begin());
    }
    // out[k] for all k, a panel at a time; infinity where there is no cluster any more. Several threads where it pays.
    bool distances(int64_t i, double* out) {
        constexpr int64_t kChunk = 1 << 16;  // doubles of coordinates
        std::vector<double> x(static_cast<size_t>(d_));
        for (int64_t f = 0; f < d_; ++f) x[size_t(f)] = at(i, f);
        const int64_t panels = (m_ + kCentroidLanes - 1) / kCentroidLanes;
        const int64_t chunk = std::max<int64_t>(1, kChunk / (d_ * kCentroidLanes));
        const auto some = [&](int64_t b) {
            isa().linkage->square_distances(exact_.data(), x.data(), d_, b * chunk, std::min(panels, (b + 1) * chunk), out);
        };
        const int64_t blocks = (panels + chunk - 1) / chunk;
        if (blocks >= 4) return parallel(blocks, get_num_threads(), [&](int64_t b, int) { some(b); });
        for (int64_t b = 0; b < blocks; ++b) some(b);
        return true;
    }
    void join(int64_t i, int64_t j, double*) {
        const double a = mass_[size_t(i)], b = mass_[size_t(j)];
        const bool middle = rule_ == Linkage::median;
        const double p = middle ? 0.5 : a / (a + b), q = middle ? 0.5 : b / (a + b);
        for (int64_t f = 0; f < d_; ++f) {
            at(i, f) = p * at(i, f) + q * at(j, f);
            at(j, f) = kFar;
        }
        mass_[size_t(i)] = a + b;
    }
    void close_gaps(const std::vector<int64_t>& number, int64_t m) {
        for (int64_t i = 0; i < m_; ++i) {
            const int64_t to = number[size_t(i)];
            if (to < 0 || to == i) continue;
            for (int64_t f = 0; f < d_; ++f) at(to, f) = at(i, f);
            mass_[size_t(to)] = mass_[size_t(i)];
        }
        const int64_t end = (m + kCentroidLanes - 1) / kCentroidLanes * kCentroidLanes;
        for (int64_t i = m; i < end; ++i)
            for (int64_t f = 0; f < d_; ++f) at(i, f) = kFar;
        m_ = m;
    }

  private:
    double& at(int64_t i, int64_t f) {
        return exact_[size_t((i / kCentroidLanes * d_ + f) * kCentroidLanes + i % kCentroidLanes)];
    }
    Linkage rule_;
    int64_t d_, m_;
    std::vector<double> exact_, mass_;
};

// The same for distances that were given: squared, in a matrix, kept up to date by Lance and Williams' formula.
class SquareStore {
  public:
    SquareStore(Linkage rule, int64_t n, const double* mass) : rule_(rule), m_(n), stride_(n), values_(n * n) {
        mass_.assign(size_t(n), 1.0);
        if (mass) std::copy_n(mass, n, mass_.begin());
        row_.resize(size_t(n));
        for (int64_t i = 0; i < n; ++i) row_[size_t(i)] = i;
    }
    template <class T> bool fill(const Pairs<T>& pairs) {
        Scratch scratch;
        const int workers = get_num_threads();
        scratch.reserve(workers, m_ * int64_t(sizeof(T)) + 64 + pairs.scratch_bytes);
        return parallel(m_, workers, [&](int64_t i, int w) {
            T* x = reinterpret_cast<T*>(scratch[w] + (pairs.scratch_bytes + 63) / 64 * 64);
            pairs.tile(pairs.self, i, i + 1, 0, m_, x, m_, scratch[w]);
            for (int64_t j = 0; j < m_; ++j) row(i)[j] = double(x[j]) * double(x[j]);
            row(i)[i] = kFar;
        });
    }
    bool distances(int64_t i, double* out) {
        std::copy_n(row(i), m_, out);
        return true;
    }
    void join(int64_t i, int64_t j, double* value) {
        double *a = row(i), *b = row(j);
        isa().linkage->merge_rows(rule_, a, b, mass_.data(), {mass_[size_t(i)], mass_[size_t(j)], *value}, m_);
        a[i] = a[j] = kFar;
        for (int64_t k = 0; k < m_; ++k) {
            if (!(a[k] < kFar)) a[k] = kFar;  // where there is no cluster any more infinities met
            row(k)[i] = a[k];
            row(k)[j] = b[k] = kFar;
        }
        mass_[size_t(i)] += mass_[size_t(j)];
    }
    void close_gaps(const std::vector<int64_t>& number, int64_t m) {
        for (int64_t i = 0; i < m_; ++i) {
            const int64_t to = number[size_t(i)];
            if (to < 0) continue;
            double* x = row(i);
            for (int64_t k = 0; k < m_; ++k)
                if (number[size_t(k)] >= 0) x[number[size_t(k)]] = x[k];
            row_[size_t(to)] = row_[size_t(i)];
            mass_[size_t(to)] = mass_[size_t(i)];
        }
        m_ = m;
    }

  private:
    double* row(int64_t i) const { return values_.data() + row_[size_t(i)] * stride_; }
    Linkage rule_;
    int64_t m_, stride_;
    Doubles values_;
    std::vector<double> mass_;
    std::vector<int64_t> row_;
};

template <class Store> class GenericClusters {
  public:
    GenericClusters(Store&& store, int64_t n) : store_(std::move(store)), m_(n), live_(n) {
        lowest_.resize(size_t(n));
        for (int64_t i = 0; i < n; ++i) lowest_[size_t(i)] = int32_t(i);
        least_.assign(size_t(n), -kFar);
        nearest_.assign(size_t(n), -1);  // -1: only a bound
        row_.resize(size_t(n) + kCentroidLanes);
        zeros_.assign(size_t(n), 0.0);
        least_[size_t(n) - 1] = kFar;  // nothing has a higher number
    }
    Store& store() { return store_; }
    int64_t n_clusters() const { return live_; }
    std::vector<Merge> merges;

    // Up to `most` merges or searches. False when interrupted.
    bool run(int64_t most) {
        for (int64_t step = 0; step < most && live_ > 1; ++step) {
            if (2 * live_ < m_ && m_ > 4 * kCentroidLanes) compact();
            const int64_t i = isa().linkage->scan_row(Linkage::complete, least_.data(), zeros_.data(), 0, m_).index;
            if (nearest_[size_t(i)] < 0) {
                if (!store_.distances(i, row_.data())) return false;
                search(i);
            } else if (!join(i, nearest_[size_t(i)])) {
                return false;
            }
        }
        return true;
    }

  private:
    // The nearest cluster above i, its distances being in row_.
    void search(int64_t i) {
        const Closest found =
            isa().linkage->scan_row(Linkage::complete, row_.data() + i + 1, zeros_.data(), 0, m_ - i - 1);
        least_[size_t(i)] = found.index < 0 ? kFar : found.value;
        nearest_[size_t(i)] = found.index < 0 ? -1 : found.index + i + 1;
    }

    bool join(int64_t i, int64_t j) {
        double value = least_[size_t(i)];
        merges.push_back({lowest_[size_t(i)], lowest_[size_t(j)], std::sqrt(std::max(value, 0.0))});
        store_.join(i, j, &value);
        --live_;
        least_[size_t(j)] = kFar;
        nearest_[size_t(j)] = -1;
        if (!store_.distances(i, row_.data())) return false;
        row_[size_t(i)] = kFar;
        for (int64_t k = 0; k < i; ++k) {
            const double v = row_[size_t(k)];
            int64_t& near = nearest_[size_t(k)];
            if (v < least_[size_t(k)] || (v == least_[size_t(k)] && v < kFar && i <= near)) least_[size_t(k)] = v, near = i;
            else if (near == i || near == j) near = -1;
        }
        for (int64_t k = i + 1; k < j; ++k)
            if (nearest_[size_t(k)] == j) nearest_[size_t(k)] = -1;
        search(i);
        return true;
    }

    void compact() {
        std::vector<int64_t> number(size_t(m_), -1);
        int64_t at = 0;
        for (const Merge& merge : merges) dead_.push_back(merge.b);
        std::sort(dead_.begin(), dead_.end());
        for (int64_t i = 0; i < m_; ++i)
            if (!std::binary_search(dead_.begin(), dead_.end(), lowest_[size_t(i)])) number[size_t(i)] = at++;
        dead_.clear();
        for (int64_t i = 0; i < m_; ++i) {
            const int64_t to = number[size_t(i)];
            if (to < 0) continue;
            lowest_[size_t(to)] = lowest_[size_t(i)];
            least_[size_t(to)] = least_[size_t(i)];
            const int64_t near = nearest_[size_t(i)];
            nearest_[size_t(to)] = near < 0 ? -1 : number[size_t(near)];
        }
        store_.close_gaps(number, at);
        m_ = at;
    }

    Store store_;
    int64_t m_, live_;
    std::vector<int32_t> lowest_, dead_;
    std::vector<double> least_, row_, zeros_;
    std::vector<int64_t> nearest_;
};

}  // namespace ganglion
