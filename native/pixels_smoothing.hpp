// Labels of neighbours that agree: iterated conditional modes of a Potts model on a graph.
#pragma once
#include <cstdint>
#include <vector>

#include "pool.hpp"

namespace ganglion {

// Nodes i with costs (n, k) of each label, and neighbours indptr[i]..indptr[i + 1] with what a difference costs.
struct PottsGraph {
    const double* costs;
    int64_t n, k;
    const int64_t* indptr;
    const int32_t* neighbors;
    const double* weights;
};

// One sweep over the nodes in their order: each takes the label that costs least given its neighbours' labels, and keeps
// its own where none is cheaper. Returns how many changed, or -1 where a signal ended it.
inline int64_t potts_sweep(const PottsGraph& graph, int32_t* labels) {
    std::vector<double> agreed(static_cast<size_t>(graph.k));
    int64_t changed = 0;
    for (int64_t i = 0; i < graph.n; ++i) {
        if (i % 4096 == 0 && interrupted()) return -1;
        const double* cost = graph.costs + i * graph.k;
        for (double& weight : agreed) weight = 0;
        for (int64_t at = graph.indptr[i]; at < graph.indptr[i + 1]; ++at)
            agreed[size_t(labels[graph.neighbors[at]])] += graph.weights[at];
        int64_t best = labels[i];
        double least = cost[best] - agreed[size_t(best)];
        for (int64_t c = 0; c < graph.k; ++c)
            if (cost[c] - agreed[size_t(c)] < least) least = cost[c] - agreed[size_t(c)], best = c;
        changed += best != labels[i];
        labels[i] = int32_t(best);
    }
    return changed;
}

}  // namespace ganglion
