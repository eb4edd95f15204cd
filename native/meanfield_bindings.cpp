// Thin: see bindings.cpp.
#include <nanobind/stl/optional.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "bound_pairs.hpp"
#include "isa.hpp"
#include "pool.hpp"

namespace ganglion {
namespace {

// Blocks depend on the data alone: at most this many, so that their sums stay small beside the rows, of at least so many
// rows that adding them up costs nothing.
constexpr int64_t kMostBlocks = 64, kLeastRows = 1024;

int64_t rows_in_a_block(int64_t n) { return std::max(kLeastRows, (n + kMostBlocks - 1) / kMostBlocks); }

MeanFieldJob job_of(In<double> z, In<int32_t> pairs, In<double> weights, In<double> constants, int64_t k) {
    const MeanFieldJob job{int64_t(z.shape(0)),       int64_t(z.shape(1)), int64_t(pairs.shape(0)), k,
                           int64_t(weights.shape(1)), z.data(),            pairs.data(),            weights.data(),
                           constants.data()};
    if (job.stride % kMeanFieldLanes || job.stride < k || int64_t(weights.shape(0)) != job.p ||
        int64_t(constants.shape(0)) != job.stride)
        throw nb::value_error("weights must be (features, clusters rounded up to 16), constants as long");
    return job;
}

struct Sums {
    std::vector<double> counts, sums, overlaps;
    double entropy = 0;
};

double sweep(In<double> z, In<int32_t> pairs, In<double> weights, In<double> constants, Out<double> counts,
             Out<double> sums, std::optional<Out<double>> overlaps) {
    const MeanFieldJob job = job_of(z, pairs, weights, constants, int64_t(counts.shape(0)));
    const MeanFieldKernels& kernels = *isa().meanfield;
    const int64_t rows = rows_in_a_block(job.n), n_blocks = (job.n + rows - 1) / rows;
    const int threads = get_num_threads();
    std::vector<Sums> blocks(size_t(n_blocks), Sums{});
    std::vector<std::vector<double>> scratch(static_cast<size_t>(threads));
    check_finished(parallel(n_blocks, threads, [&](int64_t block, int worker) {
        Sums& s = blocks[size_t(block)];
        s.counts.assign(size_t(job.stride), 0.0);
        s.sums.assign(size_t(job.k * job.p), 0.0);
        if (overlaps) s.overlaps.assign(size_t(job.k * job.stride), 0.0);
        std::vector<double>& own = scratch[size_t(worker)];
        own.resize(size_t(kernels.scratch_size(job)));
        const MeanFieldSums out{s.counts.data(), s.sums.data(), overlaps ? s.overlaps.data() : nullptr,
                                &s.entropy,      nullptr,       nullptr};
        kernels.sweep(job, block * rows, std::min(job.n, (block + 1) * rows), out, own.data());
    }));
    std::fill_n(counts.data(), job.k, 0.0);
    std::fill_n(sums.data(), job.k * job.p, 0.0);
    if (overlaps) std::fill_n(overlaps->data(), job.k * job.k, 0.0);
    double entropy = 0;
    for (const Sums& s : blocks) {  // in their order
        entropy += s.entropy;
        for (int64_t c = 0; c < job.k; ++c) counts.data()[c] += s.counts[size_t(c)];
        for (size_t at = 0; at < s.sums.size(); ++at) sums.data()[at] += s.sums[at];
        if (!overlaps) continue;
        for (int64_t a = 0; a < job.k; ++a)
            for (int64_t b = 0; b < job.k; ++b) overlaps->data()[a * job.k + b] += s.overlaps[size_t(a * job.stride + b)];
    }
    return entropy;
}

void assign(In<double> z, In<int32_t> pairs, In<double> weights, In<double> constants, int64_t k,
            std::optional<Out<int32_t>> labels, std::optional<Out<double>> responsibilities) {
    const MeanFieldJob job = job_of(z, pairs, weights, constants, k);
    const MeanFieldKernels& kernels = *isa().meanfield;
    const int64_t n_blocks = (job.n + kLeastRows - 1) / kLeastRows;
    const int threads = get_num_threads();
    std::vector<std::vector<double>> scratch(static_cast<size_t>(threads));
    check_finished(parallel(n_blocks, threads, [&](int64_t block, int worker) {
        std::vector<double>& own = scratch[size_t(worker)];
        own.resize(size_t(kernels.scratch_size(job)));
        const int64_t begin = block * kLeastRows;
        MeanFieldSums out{};
        if (labels) out.labels = labels->data() + begin;
        if (responsibilities) out.responsibilities = responsibilities->data() + begin * k;
        kernels.sweep(job, begin, std::min(job.n, begin + kLeastRows), out, own.data());
    }));
}

}  // namespace

void bind_meanfield(nb::module_& m) {
    m.def("meanfield_sweep", &sweep, nb::arg("z"), nb::arg("pairs"), nb::arg("weights"), nb::arg("constants"),
          nb::arg("counts"), nb::arg("sums"), nb::arg("overlaps").none());
    m.def("meanfield_assign", &assign, nb::arg("z"), nb::arg("pairs"), nb::arg("weights"), nb::arg("constants"),
          nb::arg("k"), nb::arg("labels").none(), nb::arg("responsibilities").none());
}

}  // namespace ganglion
