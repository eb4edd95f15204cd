// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "bayes_kernels.hpp"

#include "bayes_membership.hpp"
#include "bayes_normal.hpp"
#include "bayes_split_merge.hpp"
#include "bayes_sweep.hpp"

namespace ganglion::GANGLION_NAMESPACE {

const BlockOps* bayes_ops(BlockKind kind) { return kind == BlockKind::normal ? &kNormalOps : nullptr; }

void score_empty(const BlockData& data, const BlockOps& ops, double* panel, int64_t begin, int64_t end, double* out) {
    double scores[kClusterLanes];
    ops.clear(data, panel, 0);
    for (int64_t i = begin; i < end; ++i) {
        for (double& score : scores) score = 0;
        ops.score(data, panel, 1, i, -1, scores);
        out[i - begin] += scores[0];
    }
}

void log_gammas(const double* x, int64_t n, double* out) {
    for (int64_t i = 0; i < n; ++i) out[i] = log_gamma_of(x[i]);
}

void draws(Random& random, int which, double shape, double* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i)
        out[i] = which == 0 ? uniform(random) : which == 1 ? normal(random) : gamma(random, shape);
}

extern const BayesKernels kBayesKernels;
const BayesKernels kBayesKernels{bayes_ops, prepare_normal,  score_empty,     rebuild,    gibbs, split_merge,
                                 retreat,   draw_parameters, log_marginal_of, membership, log_gammas, draws};

}  // namespace ganglion::GANGLION_NAMESPACE
