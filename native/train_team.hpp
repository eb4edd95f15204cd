// Workers that stay together for many short phases of numbered items: one dispatch of the pool for a whole epoch, then
// a counter that everybody takes items from. Who computes an item never shows in a result.
//
// A member that comes late, or not at all because the pool serves somebody else, costs time and nothing else: items
// belong to whoever takes them, and the leader takes them like everybody.
#pragma once
#include <atomic>
#include <cstdint>

#include "pool.hpp"

namespace ganglion {

// Numbers below the normal range count as zero: a mean of gradients that fades away would else slow every operation.
class FlushSubnormals {
  public:
    FlushSubnormals();
    ~FlushSubnormals();
    FlushSubnormals(const FlushSubnormals&) = delete;
    FlushSubnormals& operator=(const FlushSubnormals&) = delete;

  private:
    uint64_t before_;
};

class Team {
  public:
    using ItemFn = void (*)(void* context, int64_t item, int worker);

    explicit Team(bool alone) : alone_(alone) {}

    // Leader: f(item, worker) once for every item in [0, n); `cost` of one item in cycles, roughly. Returns false, with
    // some items not computed, when a signal handler raised and `may_stop`.
    template <class F> bool run(int64_t n, double cost, bool may_stop, F&& f) {
        auto call = [](void* context, int64_t item, int worker) { (*static_cast<F*>(context))(item, worker); };
        return run_items(n, cost, may_stop, call, &f);
    }

    bool is_alone() const { return alone_; }

    // Leader: no more phases. Members leave.
    void close();

    // Member: takes items until the team is closed.
    void serve(int worker);

  private:
    bool run_items(int64_t n, double cost, bool may_stop, ItemFn fn, void* context);
    bool run_alone(int64_t n, double cost, bool may_stop, ItemFn fn, void* context);
    bool take(int worker);
    bool interrupted(double cost);
    void wake();

    const bool alone_;
    double since_poll_ = 0;  // cycles of work
    int64_t last_poll_ = 0;  // nanoseconds
    ItemFn fn_ = nullptr;
    void* context_ = nullptr;
    int64_t n_ = 0;
    uint64_t phase_ = 0;
    alignas(64) std::atomic<uint64_t> ticket_{0};  // phase in the high half, items that are left in the low one
    alignas(64) std::atomic<int64_t> done_{0};
    std::atomic<bool> closed_{false};
    std::atomic<int32_t> sleepers_{0}, gate_{0};
};

// Calls lead(team) on this thread while the pool's workers serve, all without the GIL. Returns false when a signal
// handler raised.
template <class F> bool with_team(int workers, F&& lead) {
    Team team(workers == 1);
    bool led = false;
    return parallel(workers, workers, [&](int64_t, int worker) {
        const FlushSubnormals flush;
        if (worker > 0) return team.serve(worker);
        if (led) return;
        led = true;
        lead(team);
        team.close();
    });
}

}  // namespace ganglion
