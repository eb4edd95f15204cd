// Moves of whole clusters between sweeps.
//
// split_or_merge: Jain and Neal, "A split-merge Markov chain Monte Carlo procedure for the Dirichlet process mixture
// model", 2004. Where they launch from a partition found by restricted Gibbs scans, this launches from parameters of the
// two halves, found by a few rounds of (parameters given the halves | halves given the parameters) from the two chosen
// rows alone. Neither depends on how the rows are divided now, and given the parameters rows are independent, so that
// a whole split is one pass over the rows and its probability a product. Exact.
//
// propose_subclusters: Chang and Fisher, "Parallel sampling of DP mixture models using sub-cluster splits", 2013. Every
// cluster carries two sub-clusters, which are offered as its split; pairs of clusters are offered as merges. The
// probability of proposing the way back is left out, as in their published program: quick, and not exact.
#pragma once
#include "sweep_chain.hpp"

namespace ganglion {

class SweepMoves {
public:
    explicit SweepMoves(SweepChain& chain) : chain_(chain), model_(chain.model_) {}
    SweepMoves(const SweepMoves&) = delete;

    // Both leave the chain counted; false where the work was interrupted, the labels then being as they were.
    bool split_or_merge(const SweepTable& table, const SweepRunner& run);
    bool propose_subclusters(const SweepTable& table, const SweepRunner& run);

    std::vector<int32_t>& halves() { return half_; }
    int64_t n_accepted() const { return n_accepted_; }

private:
    // Rows of one cluster, or of two, in tiles of their own; how they are divided is in half_.
    struct Members {
        std::vector<int32_t> order;
        std::vector<double> tiles, anchors, statistics, parameters, coefficients;
        int64_t n_rows = 0;
        double starts[2] = {0, 0}, counts[2] = {0, 0};
    };

    bool gather(Members& members, const SweepRunner& run);
    bool sum_halves(Members& members, const SweepRunner& run);
    void draw_halves(Members& members, double shift);
    bool assign_halves(Members& members, const int32_t (&fixed)[2], bool is_given, const SweepRunner& run, double& log_q);
    bool launch(Members& members, const int32_t (&fixed)[2], double shift, const SweepRunner& run);
    SweepCluster half(const Members& members, int side) const;
    double log_marginal(const SweepCluster& cluster);
    // Of clusters with these statistics as two instead of one: the change of the log posterior.
    double log_split(const SweepTable& table, int64_t t, const SweepCluster& a, const SweepCluster& b, const SweepCluster& both);
    double log_weight(const SweepTable& table, double count) const;
    void merged(const SweepCluster& a, const SweepCluster& b, double* statistics) const;
    bool draw_subclusters(Members& members, double shift, const SweepRunner& run);
    bool split_cluster(const SweepTable& table, std::vector<int32_t> rows, const SweepRunner& run);
    bool merge_clusters(const SweepTable& table);

    SweepChain& chain_;
    const SweepModel& model_;
    std::vector<int32_t> half_;
    int64_t n_accepted_ = 0;
};

}  // namespace ganglion
