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
    int64_t most_bytes;  // of dense contingency tables
};

template <class T> class PartitionSearch {
  public:
    PartitionSearch(const PartitionProblem<T>& problem, const SearchLimits& limits)
        : p_(problem), limits_(limits), state_(problem, limits.most_bytes), order_(size_t(problem.n_atoms)) {}

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
        if (interrupted()) return 0;
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
            state_.judge(&i, 1);
            state_.put(i, state_.choose(0));
        }
    }

    // Scans in random order until no atom moves.
    void sweeten(Stream& random) {
        for (int64_t i = 0; i < p_.n_atoms; ++i) order_[size_t(i)] = i;
        bool moved = true;
        for (int64_t scan = 0; scan < limits_.max_scans && moved; ++scan) {
            random.shuffle(order_);
            moved = scan_once();
            ++n_scans_;
        }
    }

    // One atom after the other. Batches are judged side by side against one partition; the first atom that moves is moved
    // and those after it are judged again, so the answer is that of one after the other.
    bool scan_once() {
        bool moved = false;
        int64_t at = 0, batch = 1;
        while (at < p_.n_atoms && !interrupted()) {
            const int64_t count = std::min({batch, state_.batch(), p_.n_atoms - at});
            state_.judge(order_.data() + at, count);
            int64_t done = 0, best = -1;
            for (; done < count && best < 0; ++done) {
                const int64_t i = order_[size_t(at + done)], found = state_.choose(done);
                if (found != state_.labels()[size_t(i)]) best = found;
            }
            at += done;
            batch = best < 0 ? std::min(2 * batch, p_.n_atoms) : std::max<int64_t>(1, batch / 4);
            if (best < 0) continue;
            state_.take(order_[size_t(at - 1)]);
            state_.put(order_[size_t(at - 1)], best);
            moved = true;
        }
        return moved;
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
        for (const int64_t i : items) {
            if (interrupted()) return false;
            state_.take(i);
        }
        allocate(items, random);
        if (interrupted()) return false;
        if (is_still_one(items, chosen)) return true;  // and no other atom has a reason to move
        sweeten(random);
        if (interrupted()) return false;  // going back can take long, and nobody asks where the run stands
        const double found = state_.objective();
        if (found < objective - state_.rounding()) objective = found;
        else restore();
        return true;
    }

    // Whether the atoms of a dissolved cluster have come together again, and nobody with them.
    bool is_still_one(const std::vector<int64_t>& items, int64_t chosen) {
        const int32_t c = state_.labels()[size_t(items[0])];
        for (const int64_t i : items)
            if (state_.labels()[size_t(i)] != c) return false;
        return c == chosen || std::count(before_.begin(), before_.end(), c) == 0;
    }

    void restore() {
        for (int64_t i = 0; i < p_.n_atoms && !interrupted(); ++i)
            if (state_.labels()[size_t(i)] != before_[size_t(i)]) state_.take(i);
        for (int64_t i = 0; i < p_.n_atoms && !interrupted(); ++i)
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
