// Agglomerative clustering: the table of kernels of one instruction set.
#pragma once
#include "linkage_problem.hpp"
#include "pairs.hpp"

namespace ganglion {

template <class T> struct LinkageTiles {
    void (*reduce)(Linkage rule, const Arranged& all, const GroupTile<T>& tile);
    void (*offer)(Linkage rule, const Arranged& all, const GroupTile<T>& tile, const NearestClusters& best);
};

struct LinkageKernels {
    Closest (*scan_row)(Linkage rule, const double* row, const double* aux, double mass, int64_t m);
    void (*merge_rows)(Linkage rule, double* a, const double* b, const double* mass, LanceWilliams update, int64_t m);
    Closest (*contract_row)(Linkage rule, const double* a, const double* b, const Contraction& to, int64_t i, double* out);
    void (*search_centroids)(const CentroidPanels& all, CentroidQueries& q, int64_t begin, int64_t end);
    void (*square_distances)(const double* exact, const double* x, int64_t d, int64_t begin, int64_t end, double* out);
    Closest (*minimax_radius)(const double* a, const double* b, const int32_t* items, int64_t count, Closest best);
    LinkageTiles<float> f32;
    LinkageTiles<double> f64;
};

}  // namespace ganglion
