// How far the clusters of a model with one normal block are from each other, so that a tile need not ask all of them.
#pragma once
#include "sweep_diagonal.hpp"
#include "sweep_normal.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// The matrix (d, d) and b of a cluster, from where the pairs of rows stand.
inline void unpack(const double* p, int64_t d, double* a, double* b) {
    for (int64_t j = 0; j < d; j += 2) {
        for (int64_t i = 0; i < j + 2; ++i, p += 2) {
            if (i < d) a[j * d + i] = p[0];
            if (i < d && j + 1 < d) a[(j + 1) * d + i] = p[1];
        }
        b[j] = *p++;
        if (j + 1 < d) b[j + 1] = *p;
        ++p;
    }
}

// In place of the lower triangular a, its inverse.
inline void invert(double* a, int64_t d) {
    for (int64_t j = 0; j < d; ++j) {
        a[j * d + j] = 1 / a[j * d + j];
        for (int64_t i = j + 1; i < d; ++i) {
            double sum = 0;
            for (int64_t k = j; k < i; ++k) sum += a[i * d + k] * a[k * d + j];
            a[i * d + j] = -sum / a[i * d + i];
        }
    }
}

// With M = A_c A_h^-1: A_c x - b_c = M (A_h x - b_h) + M b_h - b_c, and |M|_2^2 <= |M|_1 |M|_inf.
inline void reach_normal(const double* ac, const double* bc, const double* inverse, const double* bh, int64_t d,
                         double* columns, double& distance, double& stretch) {
    double square = 0, row_most = 0, column_most = 0;
    for (int64_t k = 0; k < d; ++k) columns[k] = 0;
    for (int64_t i = 0; i < d; ++i) {
        double apart = -bc[i], row = 0;
        for (int64_t k = 0; k <= i; ++k) {
            double m = 0;
            for (int64_t l = k; l <= i; ++l) m += ac[i * d + l] * inverse[l * d + k];
            apart += m * bh[k];
            row += __builtin_fabs(m), columns[k] += __builtin_fabs(m);
        }
        square += apart * apart;
        row_most = larger(row_most, row);
    }
    for (int64_t k = 0; k < d; ++k) column_most = larger(column_most, columns[k]);
    distance = __builtin_sqrt(square);
    stretch = __builtin_sqrt(row_most * column_most);
}

inline void reach_diagonal(const double* pc, const double* ph, int64_t d, double& distance, double& stretch) {
    double square = 0, most = 0;
    for (int64_t j = 0; j < d; ++j, pc += 3, ph += 3) {
        const double ratio = pc[0] / ph[0], apart = ratio * ph[1] - pc[1];
        square += apart * apart;
        most = larger(most, ratio);
    }
    distance = __builtin_sqrt(square);
    stretch = most;
}

}  // namespace ganglion::GANGLION_NAMESPACE
