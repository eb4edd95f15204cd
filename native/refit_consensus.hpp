// How often pairs of rows are together in subsamples, and the weight of the pairs of which that leaves a doubt.
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

// Whether 0.1 < joined / both < 0.9, in whole numbers.
inline bool in_doubt(int64_t joined, int64_t both) { return 10 * joined > both && 10 * joined < 9 * both; }

// out[0] += the weight of the pairs (row, j > row) in doubt over all samples, out[1] += that of all pairs that a sample
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
            if (in_doubt(all_joined, all_both)) out[0] += weight;
        }
        for (int64_t g = 0; g < job.groups; ++g) {
            const int64_t joined = all_joined - counts[2 * g], both = all_both - counts[2 * g + 1];
            if (both == 0) continue;
            out[3 + 2 * g] += weight;
            if (in_doubt(joined, both)) out[2 + 2 * g] += weight;
        }
    }
}

}  // namespace ganglion
