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
    Found (*scan_row)(Linkage rule, const double* row, const double* aux, double mass, int64_t m);
    void (*merge_rows)(Linkage rule, double* a, const double* b, const double* mass, Update update, int64_t m);
    Found (*contract_row)(Linkage rule, const double* a, const double* b, const Contraction& to, int64_t i, double* out);
    LinkageTiles<float> f32;
    LinkageTiles<double> f64;
};

}  // namespace ganglion
