#include "train_team.hpp"

#include <Python.h>

#include <chrono>
#include <thread>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace ganglion {
namespace {

constexpr int kSpins = 2000;            // some 30 microseconds, then the processor is offered to others
constexpr int kYields = 500;            // then the member sleeps
constexpr double kPollCycles = 2e6;     // the clock is read no more often
constexpr int64_t kPollNanoseconds = 50'000'000;

inline void pause() {
#if defined(__SSE2__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

struct Patience {
    int waits = 0;
    void wait() {
        if (++waits < kSpins) pause();
        else std::this_thread::yield();
    }
    bool is_over() const { return waits >= kSpins + kYields; }
};

int64_t nanoseconds() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

uint64_t float_mode() {
#if defined(__SSE2__)
    return _mm_getcsr();
#elif defined(__aarch64__)
    uint64_t mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
#else
    return 0;
#endif
}

void set_float_mode([[maybe_unused]] uint64_t mode) {
#if defined(__SSE2__)
    _mm_setcsr(uint32_t(mode));
#elif defined(__aarch64__)
    asm volatile("msr fpcr, %0" : : "r"(mode));
#endif
}

#if defined(__SSE2__)
constexpr uint64_t kFlush = 0x8040;  // results and operands
#else
constexpr uint64_t kFlush = uint64_t(1) << 24;
#endif

}  // namespace

FlushSubnormals::FlushSubnormals() : before_(float_mode()) { set_float_mode(before_ | kFlush); }
FlushSubnormals::~FlushSubnormals() { set_float_mode(before_); }

bool Team::interrupted(double cost) {
    since_poll_ += cost;
    if (since_poll_ < kPollCycles) return false;
    since_poll_ = 0;
    const int64_t now = nanoseconds();
    if (now - last_poll_ < kPollNanoseconds) return false;
    last_poll_ = now;
    const uint64_t mode = float_mode();
    set_float_mode(mode & ~kFlush);  // the handler is Python code
    PyGILState_STATE gil = PyGILState_Ensure();
    const bool raised = PyErr_CheckSignals() != 0;
    PyGILState_Release(gil);
    set_float_mode(mode);
    return raised;
}

bool Team::run_alone(int64_t n, double cost, bool may_stop, ItemFn fn, void* context) {
    for (int64_t i = 0; i < n; ++i) {
        fn(context, i, 0);
        if (may_stop && interrupted(cost)) return false;
    }
    return true;
}

bool Team::take(int worker) {
    uint64_t ticket = ticket_.load(std::memory_order_acquire);
    const uint64_t left = ticket & 0xffffffffu;
    if (left == 0) return false;
    // The phase in the ticket keeps a late member from taking an item of a phase that it has not seen.
    if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel)) return true;
    fn_(context_, n_ - int64_t(left), worker);
    done_.fetch_add(1, std::memory_order_release);
    return true;
}

bool Team::run_items(int64_t n, double cost, bool may_stop, ItemFn fn, void* context) {
    if (alone_ || n == 1) return run_alone(n, cost, may_stop, fn, context);
    fn_ = fn;
    context_ = context;
    n_ = n;
    done_.store(0, std::memory_order_relaxed);
    ticket_.store(++phase_ << 32 | uint64_t(n));
    if (sleepers_.load() > 0) wake();
    int64_t wanted = n;
    bool stopped = false;
    while (!stopped && take(0))
        if (may_stop && interrupted(cost)) stopped = true;
    if (stopped) wanted -= int64_t(ticket_.exchange(phase_ << 32, std::memory_order_acq_rel) & 0xffffffffu);
    Patience patience;
    while (done_.load(std::memory_order_acquire) < wanted) patience.wait();
    return !stopped;
}

void Team::wake() {
    gate_.fetch_add(1);
    gate_.notify_all();
}

void Team::close() {
    closed_.store(true);
    wake();
}

void Team::serve(int worker) {
    Patience patience;
    while (!closed_.load(std::memory_order_acquire)) {
        if (take(worker)) {
            patience.waits = 0;
        } else if (!patience.is_over()) {
            patience.wait();
        } else {
            // The leader looks for sleepers after it has opened a phase: either it sees this one, or this one the phase.
            const int32_t gate = gate_.load();
            sleepers_.fetch_add(1);
            if (!closed_.load() && uint32_t(ticket_.load()) == 0) gate_.wait(gate);
            sleepers_.fetch_sub(1);
            patience.waits = 0;
        }
    }
}

}  // namespace ganglion
