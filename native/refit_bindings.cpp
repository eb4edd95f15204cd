// Thin: see bindings.cpp.
#include <algorithm>
#include <vector>

#include "bound_pairs.hpp"
#include "refit_consensus.hpp"
#include "refit_path.hpp"

namespace ganglion {
namespace {

struct Worker {
    RefitPanels sample;
    RefitPath path;
    std::vector<double> nearest;
};

// labels (samples, numbers, n): for each row of `weights` (samples, n) and each number of clusters the nearest centre of
// every row of x (n, d), with or without weight there. A block is one sample, and no sample knows of another.
void refits(In<double> x, In<double> weights, In<int64_t> numbers, In<uint64_t> seeds, int64_t n_init, int64_t max_iter,
            double tol, Out<int32_t> labels) {
    const int64_t n = int64_t(x.shape(0)), d = int64_t(x.shape(1)), n_numbers = int64_t(numbers.shape(0));
    const RefitSettings settings{n_init, max_iter, tol};
    const int threads = get_num_threads();
    const RefitKernels& kernels = *isa().refits;
    const std::vector<int64_t> all(numbers.data(), numbers.data() + n_numbers);
    RefitPanels whole;
    whole.fill(x.data(), nullptr, n, d);
    std::vector<Worker> workers(static_cast<size_t>(threads));
    check_finished(parallel(int64_t(weights.shape(0)), threads, [&](int64_t sample, int worker) {
        Worker& own = workers[size_t(worker)];
        own.sample.fill(x.data(), weights.data() + sample * n, n, d);
        own.nearest.resize(size_t(whole.rows.panels * kRefitRows));
        own.path.run(own.sample.rows, all, seeds.data() + sample * n_numbers, settings);
        for (int64_t i = 0; i < n_numbers && !interrupted(); ++i) {
            const FoundCenters& best = own.path.best(size_t(i));
            kernels.assign(whole.rows, best.centers.data(), best.k(), labels.data() + (sample * n_numbers + i) * n,
                           own.nearest.data());
        }
    }));
}

// Sums of `add_pairs_of` over all rows, in their order: sums (2 + 2 groups).
void consensus(In<uint8_t> labels, In<int64_t> starts, In<double> weights, Out<double> sums) {
    const int64_t groups = int64_t(starts.shape(0)) - 1, width = 2 + 2 * groups;
    const ConsensusJob job{int64_t(labels.shape(0)), int64_t(labels.shape(1)), groups, labels.data(), starts.data(),
                           weights.data()};
    const int threads = get_num_threads();
    std::vector<double> parts(size_t(job.n * width), 0.0);
    std::vector<std::vector<int64_t>> counts(size_t(threads), std::vector<int64_t>(size_t(2 * groups)));
    check_finished(parallel(job.n, threads, [&](int64_t row, int worker) {
        add_pairs_of(job, row, counts[size_t(worker)].data(), parts.data() + row * width);
    }));
    std::fill_n(sums.data(), width, 0.0);
    for (int64_t row = 0; row < job.n; ++row)
        for (int64_t at = 0; at < width; ++at) sums.data()[at] += parts[size_t(row * width + at)];
}

}  // namespace

void bind_refits(nb::module_& m) {
    m.def("consensus", &consensus, nb::arg("labels"), nb::arg("starts"), nb::arg("weights"), nb::arg("sums"));
    m.def("refits", &refits, nb::arg("x"), nb::arg("weights"), nb::arg("numbers"), nb::arg("seeds"), nb::arg("n_init"),
          nb::arg("max_iter"), nb::arg("tol"), nb::arg("labels"));
}

}  // namespace ganglion
