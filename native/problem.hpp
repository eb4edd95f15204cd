// What the bindings hand to the kernels: plain structs, the same for every instruction set.
#pragma once
#include <cstdint>

namespace ganglion {

// The samples: dense and C-contiguous (n, d), or CSR where `indptr` is set. `columns` of a CSR row ascend strictly.
template <class T> struct Rows {
    const T* values = nullptr;
    const int64_t* indptr = nullptr;
    const int32_t* columns = nullptr;
    int64_t n = 0;
    int64_t d = 0;
    bool sparse() const { return indptr != nullptr; }
};

// The grid on which cluster sums are exact: a value x of column f is the integer rint((x - origin[f]) * scale[f]).
struct Grid {
    const double* origin;  // (d,)
    const double* scale;   // (d,) powers of two
    double weight_scale;   // a weight w is the integer rint(w * weight_scale)
};

// A set of centres packed for the product kernel. `shift` is subtracted from samples and centres before products, so
// that a far-away origin costs no precision.
template <class T> struct Centers {
    const T* raw;          // (k, d)
    const T* shift;        // (d,)
    int64_t k = 0;
    int64_t d = 0;
    int64_t stride = 0;    // of `rows`, at least d
    T* rows = nullptr;     // (k rounded up, stride): -2 (c - shift), for samples as lanes
    T* panels = nullptr;   // [k / lanes][d][lanes] of the same, for centres as lanes
    T* norms = nullptr;    // (k rounded up,): |c - shift|^2, huge for padding
    double reach = 0;      // max |c - shift|
};

// What is known about each sample, and what moved since it was learnt. A sample keeps its label without being looked
// at while gap > threshold[label]: gap = (lower bound on the second nearest - upper bound on the nearest centre) when
// it was computed, plus threshold[label] at that time; thresholds grow with every move of the centres.
struct Bounds {
    int32_t* labels;         // (n,) -1 before the first assignment
    float* gap;              // (n,)
    float* lower;            // (n,) lower bound on the second nearest, plus others[label] at that time
    const float* threshold;  // (k,) own + others, rounded up
    const double* own;       // (k,) total move of each centre
    const double* others;    // (k,) total of the largest move among the other centres
    bool active;             // false: every sample is computed
    bool tighten;            // look at the own centre first
};

// One assignment step over fixed blocks of rows.
template <class T> struct Assignment {
    Rows<T> rows;
    Centers<T> centers;
    Bounds bounds;
    Grid grid;
    const double* weights = nullptr;  // (n,) or null
    int64_t block = 0;                // rows in a block
    int64_t** sums = nullptr;         // per worker (k, d), on the grid
    int64_t** counts = nullptr;       // per worker (k,), weights on the grid; changes are accumulated
    int64_t* changed = nullptr;       // per worker
    int64_t* computed = nullptr;      // per worker: samples that were compared with all centres
    int64_t* tightened = nullptr;     // per worker: samples kept after a look at their own centre
    char** scratch = nullptr;         // per worker
};

// One step of seeding: what every row would gain from each of a few candidates, given its nearest seed so far.
template <class T> struct Seeding {
    Rows<T> rows;
    Centers<T> candidates;     // at most kMostCandidates
    const double* nearest;     // (n,) squared distance to the nearest seed, by definition
    const int32_t* owner;      // (n,) that seed
    const T* apart;            // (seeds,) squared half distance from a seed to the closest candidate, rounded down
    const double* weights = nullptr;
    int64_t block = 0;
    double* gains = nullptr;   // (blocks, kMostCandidates) how much each candidate would lower the potential
    double* slack = nullptr;   // (blocks, kMostCandidates) bound on the error of the gain
    uint32_t* hopes = nullptr; // (n,) bit c: candidate c may be nearer than the nearest seed
    char** scratch = nullptr;
};
constexpr int kMostCandidates = 32;

// Errors are bounded by factor * (|x| + reach)^2 on a squared distance: d products and sums, the shifts and |x|^2.
template <class T> inline double error_factor(int64_t d);
template <> inline double error_factor<float>(int64_t d) { return (double(d) + 12) * 1.2 * 5.9604644775390625e-08; }
template <> inline double error_factor<double>(int64_t d) {
    // Twice: the definition itself rounds in float64 as well.
    return 2 * (double(d) + 12) * 1.2 * 1.1102230246251565e-16;
}

}  // namespace ganglion
