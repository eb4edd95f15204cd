// How often pairs of rows are together in subsamples, and how much doubt that leaves.
#pragma once
#include <cstdint>

namespace ganglion {

constexpr uint8_t kLeftOut = 255;

struct ConsensusJob {
    int64_t n, samples, groups;
    const uint8_t* labels;    // (n, samples): the cluster of a row in a sample, or kLeftOut
    const int64_t* starts;    // (groups + 1): samples of a group lie together
    const double* weights;    // (n)
};

// 4 M (1 - M) for the consensus M = joined / both: 1 where a pair is together in half of the samples.
inline double doubt(int64_t joined, int64_t both) { return 4.0 * double(joined * (both - joined)) / double(both * both); }

// out[0] += weight times doubt of the pairs (row, j > row) over all samples, out[1] += the weight of those that a sample
// holds; out[2 + 2 g], out[3 + 2 g] the same without group g. `counts` has room for 2 * groups.
inline void add_pairs_of(const ConsensusJob& job, int64_t row, int64_t* counts, double* out) {
    const uint8_t* a = job.labels + row * job.samples;
    for (int64_t j = row + 1; j < job.n; ++j) {
        const uint8_t* b = job.labels + j * job.samples;
        int64_t all_joined = 0, all_both = 0;
        for (int64_t g = 0; g < job.groups; ++g) {
            int joined = 0, both = 0;
            for (int64_t s = job.starts[g]; s < job.starts[g + 1]; ++s) {
                const int held = (a[s] != kLeftOut) & (b[s] != kLeftOut);
                both += held;
                joined += held & (a[s] == b[s]);
            }
            counts[2 * g] = joined, counts[2 * g + 1] = both;
            all_joined += joined, all_both += both;
        }
        const double weight = job.weights[row] * job.weights[j];
        if (all_both > 0) {
            out[1] += weight;
            out[0] += weight * doubt(all_joined, all_both);
        }
        for (int64_t g = 0; g < job.groups; ++g) {
            const int64_t joined = all_joined - counts[2 * g], both = all_both - counts[2 * g + 1];
            if (both == 0) continue;
            out[3 + 2 * g] += weight;
            out[2 + 2 * g] += weight * doubt(joined, both);
        }
    }
}

}  // namespace ganglion
