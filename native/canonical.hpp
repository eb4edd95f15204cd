// The definitions: what every instruction set must compute with the same bits. Sums run in feature order in float64,
// multiply and add unfused. Everything faster is only a filter in front of these.
#pragma once
#include "problem.hpp"
#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr int kChains = 8;  // independent sums side by side hide the latency of one

// out[i] = sum_f (x[i][f] - c[i][f])^2 for eight pairs of rows.
template <class T> void distances8(const T* const* x, const T* const* c, int64_t d, double* out);

// Copies a row (dense or CSR) into out (d,), or returns where it stands if it is dense already.
template <class T> const T* dense_row(const Rows<T>& rows, int64_t i, T* out);

// Squared distance of one dense row to the centres listed in `which` (all k where null); the lowest index wins a tie.
template <class T>
int32_t nearest_of(const T* x, const T* centers, int64_t d, const int32_t* which, int64_t n_which, double* best);

// sums (2, d) += sign * (row i on the grid), count (2,) += sign * weight.
template <class T>
void add_to_sums(const Rows<T>& rows, int64_t i, const Grid& grid, const double* weight, int64_t sign, int64_t* sums,
                 int64_t* count);

}  // namespace ganglion::GANGLION_NAMESPACE
