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

// The grid on which cluster sums are exact. A value x of column f is kept as two integers, the nearest to
// x * scale[f] and the remainder in units of 2^-bits: together about 100 bits, more than a float64 has, so that the mean
// of equal values is that value.
struct Grid {
    const double* scale;    // (d,) powers of two
    int bits;
    bool integer_weights;   // or no weights: the integers are multiplied exactly
};

constexpr int kMostGroups = 7;  // 28 of the 40 bytes that a sample may cost

// A set of centres packed for the product kernel. `shift` is subtracted from samples and centres before products, so
// that a far-away origin costs no precision; it is zero for sparse samples, which would lose their zeros. The centres stand in groups of whole panels: `order[slot]` is the centre
// in a lane, -1 for padding.
template <class T> struct Centers {
    const T* raw;             // (k, d)
    const T* shift;           // (d,)
    int64_t k = 0;
    int64_t d = 0;
    int64_t stride = 0;       // of `rows`, at least d
    int groups = 1;
    int64_t group_panels = 0; // panels in a group, the last group may have fewer
    const int32_t* order = nullptr;  // (padded k,)
    T* rows = nullptr;        // (padded k, stride): -2 (c - shift) in their own order, for samples as lanes
    T* panels = nullptr;      // [padded k / lanes][d][lanes] of the same in `order`, for centres as lanes
    T* norms = nullptr;       // (padded k,): |c - shift|^2, own order
    T* panel_norms = nullptr; // (padded k,): the same in `order`, huge for padding
    double reach = 0;         // max |c - shift|
};

// What is known about each sample, and what moved since it was learnt. All totals grow from step to step; a bound is
// stored with the total of its time added, and is read by subtracting the total of now.
//
// A sample keeps its label without being looked at while gap > threshold[label]: gap is the lower bound on the second
// nearest centre minus the upper bound on the nearest.
struct Bounds {
    int32_t* labels;         // (n,) -1 before the first assignment
    float* gap;              // (n,) plus threshold[label]
    float* upper;            // (n,) upper bound on the distance to the own centre, minus own[label]
    float* lower;            // (n, groups) lower bounds on the nearest centre of a group, the own centre left out;
                             // plus mates[label] in the own group, plus moved[group] in the others
    const float* threshold;  // (k,) own + others, rounded up
    const double* own;       // (k,) total move of each centre
    const double* others;    // (k,) total of the largest move among the other centres
    const double* mates;     // (k,) total of the largest move among the other centres of its group
    const double* moved;     // (groups,) total of the largest move in the group
    const int32_t* group;    // (k,) group of a centre
    const float* apart;      // (k, groups) lower bound on the distance to the nearest other centre of a group, or null
    int groups;
    bool active;             // false: nothing is known yet
    bool look;               // the distance to the own centre is computed before any other
};

// A few features that tell the centres apart, for a guess at the nearest centre; null panels: no guessing.
constexpr int kProbeFeatures = 16;
template <class T> struct Probe {
    const T* panels = nullptr;          // [padded k / lanes][kProbeFeatures][lanes] of -2 (c - shift), in `order`
    const T* norms = nullptr;           // (padded k,) over these features, huge for padding
    int32_t features[kProbeFeatures] = {};
    const float* nearest_other = nullptr;  // (k,) lower bound on the distance to the nearest other centre
};

// One assignment step over fixed blocks of rows.
template <class T> struct Assignment {
    Rows<T> rows;
    Centers<T> centers;
    Bounds bounds;
    Probe<T> probe;
    Grid grid;
    const double* weights = nullptr;  // (n,) or null
    int64_t block = 0;                // rows in a block
    int64_t** sums = nullptr;         // per worker (k, 2, d), on the grid
    int64_t** counts = nullptr;       // per worker (k, 2); changes are accumulated
    int64_t* changed = nullptr;       // per worker
    char** scratch = nullptr;         // per worker
};

constexpr int kMostCandidates = 16;  // in one step of seeding: the bits of a row's hopes

// A map of the rows to a few small integers that brings no two rows farther apart: what is far there is far.
// With u = x - middle and P the directions, the coordinates are P'u and, where `residual`, |u - P P'u| - level; in
// units, cut off at 127 and rounded.
constexpr int kSketch = 16;      // coordinates
constexpr int kSketchRows = 16;  // rows in a group: [kSketch / 4][kSketchRows][4] bytes
constexpr float kFarthestSketch = 1 << 21;  // no two sketches are at this squared distance, 16 x 254^2
inline int64_t sketch_row(int64_t i) { return i / kSketchRows * (kSketch * kSketchRows) + i % kSketchRows * 4; }
inline int64_t sketch_place(int64_t f) { return f / 4 * (kSketchRows * 4) + f % 4; }  // of a coordinate, in its row
template <class T> struct SketchMap {
    const T* middle = nullptr;  // (d,)
    const T* panels = nullptr;  // [kSketch / lanes][d][lanes] the directions as lanes, zero where there is none
    int directions = 0;
    bool residual = false;      // then directions < kSketch
    double skew = 0;            // bound on the norm of P'P - 1
    double level = 0;
    double unit = 1;
};

// What the sketches of rows are compared with: null rows, and nothing is excluded by them.
struct SketchTest {
    const int8_t* rows = nullptr;
    int32_t candidates[kMostCandidates][kSketch / 2];  // coordinates 4 f and 4 f + 2, then 4 f + 1 and 4 f + 3
    int32_t half_squares[kMostCandidates];             // of the candidates' sketches, rounded down
    float stretch = 0;  // units in a distance of 1, rounded up
    float margin = 0;   // units by which two sketches may be too far apart
};

// One step of seeding: what every row would gain from each of a few candidates, given its nearest seed so far.
template <class T> struct Seeding {
    Rows<T> rows;
    Centers<T> candidates;     // at most kMostCandidates
    const double* nearest;     // (n,) squared distance to the nearest seed, by definition
    const int32_t* owner;      // (n,) that seed
    const T* apart;            // (seeds,) squared half distance from a seed to the closest candidate, rounded down
    const T* squares;          // (n,) |x - shift|^2
    bool unshifted = false;    // dense, and the shift is zero: rows can be used where they stand
    const double* weights = nullptr;
    int64_t block = 0;
    const SketchTest* sketch = nullptr;
    uint8_t* idle = nullptr;   // (blocks,) for how many steps the sketches of the block are left alone
    double* gains = nullptr;   // (blocks, kMostCandidates) how much each candidate would lower the potential
    double* slack = nullptr;   // (blocks, kMostCandidates) bound on the error of the gain
    uint16_t* hopes = nullptr; // (n,) bit c: candidate c may be nearer than the nearest seed
    uint16_t* any_hopes = nullptr;  // (blocks,) the bits of all rows of a block
};

// Errors are bounded by factor * (|x| + reach)^2 on a squared distance: d products and sums, the shifts and |x|^2.
template <class T> inline double error_factor(int64_t d);
template <> inline double error_factor<float>(int64_t d) { return (double(d) + 12) * 1.2 * 5.9604644775390625e-08; }
template <> inline double error_factor<double>(int64_t d) {
    // Twice: the definition itself rounds in float64 as well.
    return 2 * (double(d) + 12) * 1.2 * 1.1102230246251565e-16;
}

}  // namespace ganglion
