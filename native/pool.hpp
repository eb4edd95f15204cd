// A small pool of threads that computes numbered blocks. Who computes a block never shows in a result.
#pragma once
#include <cstdint>
#include <type_traits>

namespace ganglion {

// One block of work: `block` in [0, n_blocks), `worker` in [0, pool size). No exceptions.
using BlockFn = void (*)(void* context, int64_t block, int worker);

int get_num_threads();
void set_num_threads(int n);

// Computes every block once, on the caller's thread and the pool's, without the GIL. Returns false when a Python signal
// handler raised: the error is then set and the remaining blocks were not computed. Safe after a fork and from several
// threads at once (a second caller works alone).
// `max_workers` is how many workers the caller is prepared for; a larger pool is left aside.
bool run_blocks(int64_t n_blocks, int max_workers, BlockFn fn, void* context);

// For blocks that may take longer than some 20 ms (a single pair of very long texts does): whether the job has been
// given up, looked up at every call on the caller's thread 20 times a second. A block that sees true returns as soon as
// it can, with whatever it has: nobody looks at it.
bool interrupted();

// As above for a callable `f(block, worker)`.
template <class F>
bool parallel(int64_t n_blocks, int max_workers, F&& f) {
    using Callable = std::remove_reference_t<F>;
    auto call = [](void* context, int64_t block, int worker) { (*static_cast<Callable*>(context))(block, worker); };
    return run_blocks(n_blocks, max_workers, call, &f);
}

}  // namespace ganglion
