// Many partitions of the same rows together: their moments, and what the rows near their boundaries say.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "criteria_rows.hpp"

namespace ganglion {

// Partitions of dense rows y = scale (x - origin), each with clusters of its own; all clusters stand in one list.
template <class T> struct Partitions {
    const T* x;  // (n, d)
    int64_t n, d;
    const double* weights;  // null: 1 each
    const double* origin;   // (d,)
    double scale;
    std::vector<const int32_t*> codes;  // of each partition, (n,)
    const int64_t* first;               // where the clusters of each begin in the list; one more: their number

    int64_t count() const { return int64_t(codes.size()); }
    int64_t clusters() const { return first[count()]; }
    int64_t clusters(int64_t run) const { return first[run + 1] - first[run]; }
    double y(int64_t i, int64_t f) const { return scale * (double(x[i * d + f]) - origin[f]); }
};

// The features of a row with zeros up to whole vectors.
inline int64_t padded(int64_t d) { return (d + kFeatureLanes - 1) / kFeatureLanes * kFeatureLanes; }

inline std::vector<double> with_zeros(const double* rows, int64_t n, int64_t d) {
    std::vector<double> out(size_t(n * padded(d)), 0.0);
    for (int64_t i = 0; i < n; ++i) std::copy_n(rows + i * d, d, out.data() + i * padded(d));
    return out;
}

// Some partitions that a block goes through with rows that were scaled once.
struct Together {
    int64_t begin, end;
};

template <class T> class MomentsOfPartitions {
  public:
    explicit MomentsOfPartitions(const Partitions<T>& of) : of_(of), d_(padded(of.d)) {
        constexpr int64_t kClusters = 512;  // whose centres and sums stay in the second cache while rows pass
        for (int64_t run = 0; run < of.count();) {
            const int64_t begin = run++;
            while (run < of.count() && of.first[run + 1] - of.first[begin] <= kClusters) ++run;
            together_.push_back({begin, run});
        }
    }

    // sums (clusters, d): of w (y - c) over each cluster's rows; mass (clusters,): of w. c: centers (clusters, d).
    bool residuals(const double* centers, double* sums, double* mass) {
        const std::vector<double> about = with_zeros(centers, of_.clusters(), of_.d);
        std::vector<double> out(size_t(of_.clusters() * (d_ + 1)));
        const bool finished = add(d_ + 1, about.data(), out.data(), [&](const ClusteredRows& rows, int64_t k, double* part) {
            isa().criteria->add_residuals(rows, part, part + k * d_);
        });
        for (int64_t run = 0; run < of_.count(); ++run) {
            const int64_t at = of_.first[run], k = of_.clusters(run);
            const double* own = out.data() + at * (d_ + 1);
            for (int64_t j = 0; j < k; ++j) std::copy_n(own + j * d_, of_.d, sums + (at + j) * of_.d);
            std::copy_n(own + k * d_, k, mass + at);
        }
        return finished;
    }

    // spread (clusters, 2): sums of w |y - c|^2 and of w |y - c|.
    bool spreads(const double* centers, double* spread) {
        const std::vector<double> about = with_zeros(centers, of_.clusters(), of_.d);
        return add(2, about.data(), spread, [&](const ClusteredRows& rows, int64_t, double* part) {
            isa().criteria->add_spreads(rows, part);
        });
    }

  private:
    // out (clusters, size): what f adds to zeros for each partition, block after block of rows.
    template <class F> bool add(int64_t size, const double* centers, double* out, F&& f) const {
        const int64_t total = of_.clusters() * size, rows = block_of(total);
        const int64_t n_blocks = (of_.n + rows - 1) / rows, groups = int64_t(together_.size());
        std::vector<double> parts(size_t(n_blocks * total), 0.0);
        const int workers = double(of_.n) * double(d_ * of_.count()) < kFewValues ? 1 : get_num_threads();
        const bool finished = parallel(n_blocks * groups, workers, [&](int64_t item, int) {
            const int64_t block = item / groups;
            pass(together_[size_t(item % groups)], block * rows, std::min(of_.n, (block + 1) * rows), centers,
                 parts.data() + block * total, size, f);
        });
        std::fill(out, out + total, 0.0);
        for (int64_t block = 0; finished && block < n_blocks; ++block)
            for (int64_t i = 0; i < total; ++i) out[i] += parts[size_t(block * total + i)];
        return finished;
    }

    // Blocks depend on the data alone; what they leave, `total` numbers each, comes to 32 MB or to that of one block.
    int64_t block_of(int64_t total) const {
        return std::max<int64_t>(4096, int64_t(double(of_.n) * double(total) / double(1 << 22)));
    }

    // Some rows of a block are scaled, then all partitions take them while they are in the first cache.
    template <class F>
    void pass(const Together& runs, int64_t begin, int64_t end, const double* centers, double* part, int64_t size,
              F&& f) const {
        const int64_t step = std::clamp<int64_t>(4096 / d_, 16, 512);
        std::vector<double> y(size_t(step * d_), 0.0);
        for (int64_t at = begin; at < end && !interrupted(); at += step) {
            const int64_t m = std::min(step, end - at);
            for (int64_t i = 0; i < m; ++i)
                for (int64_t j = 0; j < of_.d; ++j) y[size_t(i * d_ + j)] = of_.y(at + i, j);
            for (int64_t run = runs.begin; run < runs.end; ++run) {
                const int64_t first = of_.first[run];
                f(ClusteredRows{y.data(), of_.codes[size_t(run)] + at, of_.weights ? of_.weights + at : nullptr,
                                centers + first * d_, m, d_},
                  of_.clusters(run), part + first * size);
            }
        }
    }

    const Partitions<T>& of_;
    const int64_t d_;
    std::vector<Together> together_;
};

// Which rows are judged, and by what.
struct Judging {
    const int64_t* rows;    // (m,)
    int64_t m;
    const double* weights;  // (m,), or null: 1 each
    const double* centers;  // (clusters, d), as y
    const double* mass;     // (clusters,); a cluster without any is nobody's neighbour
    const int64_t* n_rows;  // (clusters,)
    double band;            // half the width of the bands in which rows are counted
    double least;           // pairs of clusters with less weight between them are left out
};

// What the judged rows of one partition see, and the lists that they are counted in.
struct SeenByRun {
    std::vector<double> own, next, silhouette;
    std::vector<int32_t> codes, which;

    explicit SeenByRun(int64_t m) : own(size_t(m)), next(own), silhouette(own), codes(size_t(m)), which(codes) {}
    Seen at(int64_t i) { return {own.data() + i, next.data() + i, which.data() + i, silhouette.data() + i}; }
};

// Rows between neighbouring clusters and about their centres, pair after pair; see `valleys` in Python.
class ValleyCounts {
  public:
    ValleyCounts(const Judging& job, const double* centers, const int64_t* n_rows, int64_t d, int64_t k)
        : job_(job), centers_(centers), n_rows_(n_rows), d_(d), k_(k), left_out_(size_t(k)) {
        for (int64_t j = 0; j < k; ++j) {
            const double size = double(n_rows[j]), more = size / (size - 1.0);
            left_out_[size_t(j)] = more * more;
        }
        const int64_t pairs = std::min(job.m, k * (k - 1) / 2);
        while ((int64_t(1) << bits_) < 2 * pairs) ++bits_;
        slot_.assign(size_t(1) << bits_, -1);
    }

    void count(const SeenByRun& seen, double* middle, double* side) {
        for (int64_t i = 0; i < job_.m; ++i)
            if (seen.which[size_t(i)] >= 0 && n_rows_[seen.codes[size_t(i)]] > 1) take(seen, size_t(i));
        std::sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) { return a.key < b.key; });
        *middle = *side = 0;
        for (const Pair& pair : pairs_) {
            if (pair.all < job_.least) continue;
            const double both = pair.at_low + pair.at_high;
            *middle += pair.between;
            *side += both > 0 ? 2.0 * pair.at_low * pair.at_high / both : 0.0;
        }
    }

  private:
    struct Pair {
        int64_t key;  // low k + high
        double gap, all, between, at_low, at_high;
    };

    void take(const SeenByRun& seen, size_t i) {
        const int32_t code = seen.codes[i], which = seen.which[i];
        Pair& pair = find(std::min(code, which), std::max(code, which));
        const double w = job_.weights ? job_.weights[i] : 1.0;
        const double without = seen.own[i] * left_out_[size_t(code)];
        const double place = pair.gap > 0 ? (seen.next[i] - without) / pair.gap : 0.0;
        const double about = std::fabs(place - 1.0) < job_.band ? w : 0.0;
        pair.all += w;
        pair.between += std::fabs(place) < job_.band ? w : 0.0;
        pair.at_low += code < which ? about : 0.0;
        pair.at_high += code < which ? 0.0 : about;
    }

    // The place of a pair, by open addressing: at most half of the slots are taken.
    Pair& find(int64_t low, int64_t high) {
        const int64_t key = low * k_ + high;
        const size_t last = slot_.size() - 1;
        size_t at = bits_ == 0 ? 0 : size_t((uint64_t(key) * 0x9E3779B97F4A7C15u) >> (64 - bits_));
        while (slot_[at] >= 0 && pairs_[size_t(slot_[at])].key != key) at = (at + 1) & last;
        if (slot_[at] < 0) {
            slot_[at] = int32_t(pairs_.size());
            pairs_.push_back({key, gap(low, high), 0, 0, 0, 0});
        }
        return pairs_[size_t(slot_[at])];
    }

    double gap(int64_t a, int64_t b) const {
        double squared = 0;
        for (int64_t f = 0; f < d_; ++f) {
            const double e = centers_[a * d_ + f] - centers_[b * d_ + f];
            squared += e * e;
        }
        return squared;
    }

    const Judging& job_;
    const double* centers_;
    const int64_t* n_rows_;
    const int64_t d_, k_;
    int bits_ = 0;
    std::vector<double> left_out_;  // what a squared distance to a mean is multiplied with, to be that without the row
    std::vector<int32_t> slot_;
    std::vector<Pair> pairs_;
};

// The simplified silhouettes of the judged rows and the counts of valleys, for each partition.
template <class T> class JudgedPartitions {
  public:
    JudgedPartitions(const Partitions<T>& of, const Judging& job)
        : of_(of), job_(job), panels_((job.m + kCriteriaLanes - 1) / kCriteriaLanes),
          y_(size_t(panels_ * of.d * kCriteriaLanes)), held_(size_t(of.count())) {
        for (int64_t run = 0; run < of.count(); ++run)
            for (int64_t j = 0; j < of.clusters(run); ++j)
                if (job.mass[of.first[run] + j] > 0) held_[size_t(run)].push_back(int32_t(j));
    }

    // silhouettes (partitions, m); counts (partitions, 2): between and about.
    bool run(double* silhouettes, double* counts) {
        constexpr int64_t kStretch = 64;  // panels
        constexpr int64_t kWave = 8;      // partitions whose distances are there at once: a megabyte of 5,000 rows
        const int64_t stretches = (panels_ + kStretch - 1) / kStretch;
        const int workers = double(job_.m) * double(of_.d * of_.clusters()) < kFewValues ? 1 : get_num_threads();
        bool finished = parallel(stretches, workers, [&](int64_t s, int) { fill(s * kStretch, (s + 1) * kStretch); });
        std::vector<SeenByRun> seen(size_t(std::min(kWave, of_.count())), SeenByRun(panels_ * kCriteriaLanes));
        for (int64_t begin = 0; begin < of_.count() && finished; begin += kWave) {
            const int64_t wave = std::min(kWave, of_.count() - begin);
            finished = parallel(wave * stretches, workers, [&](int64_t item, int) {
                const int64_t run = item / stretches, s = item % stretches;
                look(begin + run, s * kStretch, (s + 1) * kStretch, seen[size_t(run)]);
            });
            if (!finished) break;
            finished = parallel(wave, workers, [&](int64_t run, int) {
                finish(begin + run, seen[size_t(run)], silhouettes, counts);
            });
        }
        return finished;
    }

  private:
    // Panels (d, lanes); the last one repeats its last row.
    void fill(int64_t begin, int64_t end) {
        for (int64_t p = begin; p < std::min(end, panels_); ++p) {
            double* panel = y_.data() + p * of_.d * kCriteriaLanes;
            for (int64_t l = 0; l < kCriteriaLanes; ++l) {
                const int64_t i = job_.rows[std::min(p * kCriteriaLanes + l, job_.m - 1)];
                for (int64_t f = 0; f < of_.d; ++f) panel[f * kCriteriaLanes + l] = of_.y(i, f);
            }
        }
    }

    void look(int64_t run, int64_t begin, int64_t end, SeenByRun& seen) const {
        const std::vector<int32_t>& held = held_[size_t(run)];
        const HeldCenters centers{job_.centers + of_.first[run] * of_.d, of_.d, held.data(), int64_t(held.size())};
        for (int64_t p = begin; p < std::min(end, panels_); ++p) {
            if (p % 8 == 0 && interrupted()) return;
            const int64_t at = p * kCriteriaLanes;
            int32_t* codes = seen.codes.data() + at;
            for (int64_t l = 0; l < kCriteriaLanes; ++l)
                codes[l] = of_.codes[size_t(run)][job_.rows[std::min(at + l, job_.m - 1)]];
            isa().criteria->nearest_two(centers, y_.data() + at * of_.d, codes, seen.at(at));
        }
    }

    void finish(int64_t run, const SeenByRun& seen, double* silhouettes, double* counts) const {
        const int64_t first = of_.first[run];
        const int64_t* n_rows = job_.n_rows + first;
        double* out = silhouettes + run * job_.m;
        for (int64_t i = 0; i < job_.m; ++i)
            out[i] = n_rows[seen.codes[size_t(i)]] > 1 ? seen.silhouette[size_t(i)] : 0.0;
        ValleyCounts valleys(job_, job_.centers + first * of_.d, n_rows, of_.d, of_.clusters(run));
        valleys.count(seen, counts + 2 * run, counts + 2 * run + 1);
    }

    const Partitions<T>& of_;
    const Judging& job_;
    const int64_t panels_;
    std::vector<double> y_;
    std::vector<std::vector<int32_t>> held_;
};

// worst (clusters,): max over the other clusters j of a partition of (spread_i + spread_j) / |c_i - c_j|; inf where two
// centres coincide, 0 for one without mass.
struct Overlaps {
    const double* centers;  // (clusters, d)
    const double *mass, *spread;
    int64_t d;

    void of(int64_t begin, int64_t end, int64_t i0, int64_t i1, double* worst) const {
        const int64_t k = end - begin;
        std::vector<double> squared(size_t(i1 - i0) * size_t(k)), scratch(static_cast<size_t>(d));
        const Rows<double> rows{centers + i0 * d, nullptr, nullptr, i1 - i0, d};
        definitions<double>().all_distances(rows, centers + begin * d, k, 0, i1 - i0, scratch.data(), squared.data());
        for (int64_t i = i0; i < i1; ++i) {
            worst[i] = 0;
            for (int64_t j = begin; j < end && mass[i] > 0; ++j) {
                if (j == i || !(mass[j] > 0)) continue;
                const double apart = squared[size_t((i - i0) * k + j - begin)];
                // Two clusters on one point are one cluster.
                worst[i] = std::max(worst[i], apart > 0 ? (spread[i] + spread[j]) / std::sqrt(apart)
                                                        : std::numeric_limits<double>::infinity());
            }
        }
    }
};

inline bool worst_overlaps(const Overlaps& job, const int64_t* first, int64_t count, double* worst) {
    constexpr int64_t kValues = 1 << 22;  // of a piece: milliseconds
    std::vector<Stretch> pieces;
    double values = 0;
    for (int64_t run = 0; run < count; ++run) {
        const int64_t k = first[run + 1] - first[run], step = std::max<int64_t>(1, kValues / std::max<int64_t>(1, k * job.d));
        values += double(k) * double(k * job.d);
        for (int64_t i = first[run]; i < first[run + 1]; i += step)
            pieces.push_back({run, i, std::min(first[run + 1], i + step)});
    }
    const int workers = values < kFewValues ? 1 : get_num_threads();
    return parallel(int64_t(pieces.size()), workers, [&](int64_t p, int) {
        const Stretch& piece = pieces[size_t(p)];
        job.of(first[piece.cluster], first[piece.cluster + 1], piece.begin, piece.end, worst);
    });
}

}  // namespace ganglion
