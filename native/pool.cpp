#include "pool.hpp"

#include <Python.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace ganglion {
namespace {

using Clock = std::chrono::steady_clock;
// A tenth of the 0.5 s within which an interrupt must give control back.
constexpr auto kPoll = std::chrono::milliseconds(50);

// Runs pending Python signal handlers now and then; true from the time when one of them raised.
struct SignalPoll {
    Clock::time_point last = Clock::now();
    bool raised = false;
    bool operator()() {
        const auto now = raised ? last : Clock::now();
        if (now - last < kPoll) return raised;
        last = now;
        PyGILState_STATE gil = PyGILState_Ensure();
        raised = PyErr_CheckSignals() != 0;
        PyGILState_Release(gil);
        return raised;
    }
};

// What a block on this thread asks whether it is still wanted; blocks may run blocks of their own.
struct Asked {
    SignalPoll* poll;
    std::atomic<bool>* cancelled;
};
thread_local Asked asked{nullptr, nullptr};

struct Asking {
    explicit Asking(Asked now) : before(asked) { asked = now; }
    ~Asking() { asked = before; }
    const Asked before;
};

struct Pool {
    explicit Pool(int n_threads) : pid(getpid()), size(n_threads) {}

    const pid_t pid;
    const int size;
    std::mutex in_use;  // held by the one caller that the workers serve
    std::mutex mutex;
    std::condition_variable wake, done;
    std::vector<std::thread> threads;
    uint64_t generation = 0;
    int working = 0;    // workers that have taken up the present job
    bool open = false;  // whether a worker that wakes now may still take it up
    bool closing = false;

    BlockFn fn = nullptr;
    void* context = nullptr;
    int64_t n_blocks = 0;
    std::atomic<int64_t> next{0};
    std::atomic<bool> cancelled{false};

    void start() {
        for (int worker = 1; worker < size; ++worker) threads.emplace_back([this, worker] { serve(worker); });
    }

    void serve(int worker) {
        const Asking asking({nullptr, &cancelled});
        uint64_t seen = 0;
        for (;;) {
            {
                std::unique_lock lock(mutex);
                wake.wait(lock, [&] { return closing || generation != seen; });
                if (closing) return;
                seen = generation;
                if (!open) continue;  // woke too late: nobody waits for it
                ++working;
            }
            for (int64_t b; !cancelled && (b = next++) < n_blocks;) fn(context, b, worker);
            std::lock_guard lock(mutex);
            if (--working == 0) done.notify_one();
        }
    }

    void close() {
        {
            std::lock_guard lock(mutex);
            closing = true;
        }
        wake.notify_all();
        for (auto& t : threads) t.join();
    }
};

std::mutex registry;
Pool* current = nullptr;
std::atomic<int> wanted{1};

// The registry's mutex may be held by another thread at the moment of a fork: the child gets a fresh one.
void reset_after_fork() {
    new (&registry) std::mutex;
    current = nullptr;  // the parent's pool is left as it is: its threads do not exist here
}

Pool* acquire(int max_workers) {
    static const int hook = pthread_atfork(nullptr, nullptr, reset_after_fork);
    (void)hook;
    std::lock_guard lock(registry);
    const int size = wanted;
    if (size <= 1 || size > max_workers) return nullptr;
    if (current && current->size != size) {
        if (!current->in_use.try_lock()) return nullptr;
        current->in_use.unlock();
        current->close();
        delete current;
        current = nullptr;
    }
    if (!current) {
        current = new Pool(size);
        current->start();
    }
    return current->in_use.try_lock() ? current : nullptr;
}

bool run_alone(int64_t n_blocks, BlockFn fn, void* context) {
    SignalPoll poll;
    const Asking asking({&poll, nullptr});
    for (int64_t b = 0; b < n_blocks; ++b) {
        fn(context, b, 0);
        if (poll()) return false;
    }
    return true;
}

bool run_shared(Pool& pool, int64_t n_blocks, BlockFn fn, void* context) {
    {
        std::lock_guard lock(pool.mutex);
        pool.fn = fn;
        pool.context = context;
        pool.n_blocks = n_blocks;
        pool.next = 0;
        pool.cancelled = false;
        pool.open = true;
        ++pool.generation;
    }
    pool.wake.notify_all();
    SignalPoll poll;
    const Asking asking({&poll, &pool.cancelled});
    bool raised = false;
    for (int64_t b; !raised && (b = pool.next++) < n_blocks;) {
        fn(context, b, 0);
        raised = poll();
    }
    if (raised) pool.cancelled = true;
    std::unique_lock lock(pool.mutex);
    pool.open = false;
    while (!pool.done.wait_for(lock, kPoll, [&] { return pool.working == 0; })) {
        lock.unlock();
        if (!raised && poll()) pool.cancelled = raised = true;
        lock.lock();
    }
    return !raised;
}

}  // namespace

int get_num_threads() { return wanted; }
void set_num_threads(int n) { wanted = n < 1 ? 1 : n; }

bool interrupted() {
    if (asked.cancelled && *asked.cancelled) return true;
    if (!asked.poll || !(*asked.poll)()) return false;
    if (asked.cancelled) *asked.cancelled = true;
    return true;
}

bool run_blocks(int64_t n_blocks, int max_workers, BlockFn fn, void* context) {
    PyThreadState* released = PyEval_SaveThread();
    Pool* pool = n_blocks > 1 && max_workers > 1 ? acquire(max_workers) : nullptr;
    bool finished;
    if (pool) {
        finished = run_shared(*pool, n_blocks, fn, context);
        pool->in_use.unlock();
    } else {
        finished = run_alone(n_blocks, fn, context);
    }
    PyEval_RestoreThread(released);
    return finished;
}

}  // namespace ganglion
