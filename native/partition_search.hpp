// SALSO (Dahl, Johnson and Mueller 2022): starts, sweetening scans and zealous updates, for one run.
#pragma once
#include "partition_state.hpp"

namespace ganglion {

// SplitMix64: a stream of its own for each run, whoever computes it.
class Stream {
  public:
    Stream(uint64_t seed, uint64_t run) : state_(seed) {
        state_ = next() ^ (run * 0x9e3779b97f4a7c15ull + 0x632be59bd9b4e019ull);
    }
    uint64_t next() {
        uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }
    int64_t below(int64_t bound) { return int64_t((unsigned __int128)(next()) * uint64_t(bound) >> 64); }
    void shuffle(std::vector<int64_t>& values) {
        for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[size_t(below(int64_t(i)))]);
    }

  private:
    uint64_t state_;
};

struct SearchLimits {
    int64_t max_scans;
    int64_t max_zealous;
};

template <class T> class PartitionSearch {
  public:
    PartitionSearch(const PartitionProblem<T>& problem, const SearchLimits& limits)
        : p_(problem), limits_(limits), state_(problem), order_(size_t(problem.n_atoms)) {}

    // From the start of labels (n_atoms,), or, where that is null, one atom after the other in random order.
    // Returns the objective; gives up early where the job is interrupted.
    double run(const int32_t* start, Stream& random) {
        if (start) {
            state_.set(start);
        } else {
            state_.clear();
            for (int64_t i = 0; i < p_.n_atoms; ++i) order_[size_t(i)] = i;
            allocate(order_, random);
        }
        sweeten(random);
        double objective = state_.objective();
        for (int64_t done = 0; done < limits_.max_zealous && !interrupted(); ++done)
            if (!dissolve(random, objective)) break;
        return objective;
    }

    const std::vector<int32_t>& labels() const { return state_.labels(); }
    int64_t n_scans() const { return n_scans_; }

  private:
    void allocate(std::vector<int64_t>& items, Stream& random) {
        random.shuffle(items);
        for (const int64_t i : items) {
            if (interrupted()) return;
            state_.put(i, state_.best_cluster(i));
        }
    }

    // Scans in random order until no atom moves.
    void sweeten(Stream& random) {
        for (int64_t i = 0; i < p_.n_atoms; ++i) order_[size_t(i)] = i;
        for (int64_t scan = 0; scan < limits_.max_scans; ++scan) {
            random.shuffle(order_);
            bool moved = false;
            for (const int64_t i : order_) {
                if (interrupted()) return;
                const int64_t own = state_.labels()[size_t(i)], best = state_.best_cluster(i);
                if (best == own) continue;
                state_.take(i);
                state_.put(i, best);
                moved = true;
            }
            ++n_scans_;
            if (!moved) return;
        }
    }

    // A zealous update: dissolves a random cluster of more than one atom, allocates its atoms one after the other and
    // sweetens; undone unless the objective falls by more than rounding. False where no cluster can be dissolved.
    bool dissolve(Stream& random, double& objective) {
        before_ = state_.labels();
        std::vector<int64_t> candidates, count(size_t(state_.lanes()));
        for (const int32_t c : before_) ++count[size_t(c)];
        for (size_t c = 0; c < count.size(); ++c)
            if (count[c] > 1) candidates.push_back(int64_t(c));
        if (candidates.empty()) return false;
        const int64_t chosen = candidates[size_t(random.below(int64_t(candidates.size())))];
        std::vector<int64_t> items;
        for (int64_t i = 0; i < p_.n_atoms; ++i)
            if (before_[size_t(i)] == chosen) items.push_back(i);
        for (const int64_t i : items) state_.take(i);
        allocate(items, random);
        if (interrupted()) return false;
        sweeten(random);
        const double found = state_.objective();
        if (found < objective - state_.rounding()) objective = found;
        else restore();
        return true;
    }

    void restore() {
        for (int64_t i = 0; i < p_.n_atoms; ++i)
            if (state_.labels()[size_t(i)] != before_[size_t(i)]) state_.take(i);
        for (int64_t i = 0; i < p_.n_atoms; ++i)
            if (state_.labels()[size_t(i)] < 0) state_.put(i, before_[size_t(i)]);
    }

    PartitionProblem<T> p_;
    SearchLimits limits_;
    PartitionState<T> state_;
    std::vector<int64_t> order_;
    std::vector<int32_t> before_;
    int64_t n_scans_ = 0;
};

}  // namespace ganglion
