// Compiled without contraction: see canonical.hpp.
#include "canonical.hpp"

#include "isa.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> void distances8(const T* const* x, const T* const* c, int64_t d, double* out) {
    double s[kChains] = {};
    const T *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3], *x4 = x[4], *x5 = x[5], *x6 = x[6], *x7 = x[7];
    const T *c0 = c[0], *c1 = c[1], *c2 = c[2], *c3 = c[3], *c4 = c[4], *c5 = c[5], *c6 = c[6], *c7 = c[7];
    for (int64_t f = 0; f < d; ++f) {
        const double e0 = double(x0[f]) - double(c0[f]), e1 = double(x1[f]) - double(c1[f]);
        const double e2 = double(x2[f]) - double(c2[f]), e3 = double(x3[f]) - double(c3[f]);
        const double e4 = double(x4[f]) - double(c4[f]), e5 = double(x5[f]) - double(c5[f]);
        const double e6 = double(x6[f]) - double(c6[f]), e7 = double(x7[f]) - double(c7[f]);
        s[0] += e0 * e0;
        s[1] += e1 * e1;
        s[2] += e2 * e2;
        s[3] += e3 * e3;
        s[4] += e4 * e4;
        s[5] += e5 * e5;
        s[6] += e6 * e6;
        s[7] += e7 * e7;
    }
    for (int i = 0; i < kChains; ++i) out[i] = s[i];
}

template <class T> const T* dense_row(const Rows<T>& rows, int64_t i, T* out) {
    if (!rows.sparse()) return rows.values + i * rows.d;
    for (int64_t f = 0; f < rows.d; ++f) out[f] = 0;
    for (int64_t e = rows.indptr[i]; e < rows.indptr[i + 1]; ++e) out[rows.columns[e]] = rows.values[e];
    return out;
}

template <class T>
int32_t nearest_of(const T* x, const T* centers, int64_t d, const int32_t* which, int64_t n_which, double* best) {
    int32_t winner = -1;
    double least = 0;
    const T *xs[kChains], *cs[kChains];
    double out[kChains];
    for (int i = 0; i < kChains; ++i) xs[i] = x;
    for (int64_t j = 0; j < n_which; j += kChains) {
        const int64_t m = smaller<int64_t>(kChains, n_which - j);
        for (int64_t i = 0; i < kChains; ++i) {
            const int64_t at = j + smaller(i, m - 1);
            cs[i] = centers + (which ? which[at] : at) * d;
        }
        distances8(xs, cs, d, out);
        for (int64_t i = 0; i < m; ++i)
            if (winner < 0 || out[i] < least) least = out[i], winner = which ? which[j + i] : int32_t(j + i);
    }
    if (best) *best = least;
    return winner;
}

// Adding 1.5 * 2^52 to |t| < 2^51 leaves rint(t) in the low bits of the sum: no conversion instruction needed, and the
// rounding is the same everywhere.
constexpr double kMagic = 6755399441055744.0;

static inline int64_t bits(double v) {
    int64_t b;
    __builtin_memcpy(&b, &v, 8);
    return b;
}

static inline int64_t to_grid(double t) { return bits(t + kMagic) - bits(kMagic); }

// The two integers of one value, added to its column's sums. Zeros add nothing: sparse rows need only their entries.
template <class T>
static inline void add_value(T x, double scale, double unit, int64_t times, int64_t& whole_sum, int64_t& rest_sum) {
    const double value = double(x) * scale, whole = (value + kMagic) - kMagic;
    whole_sum += times * to_grid(whole);
    rest_sum += times * to_grid((value - whole) * unit);
}

template <class T>
static inline void add_weighted(T x, double w, double scale, double unit, int64_t sign, int64_t& whole_sum,
                                int64_t& rest_sum) {
    const double on_grid = double(x) * scale, value = w * on_grid, whole = (value + kMagic) - kMagic;
    whole_sum += sign * to_grid(whole);
    rest_sum += sign * to_grid(((value - whole) + __builtin_fma(w, on_grid, -value)) * unit);
}

template <class T>
void add_to_sums(const Rows<T>& rows, int64_t i, const Grid& grid, const double* weight, int64_t sign, int64_t* sums,
                 int64_t* count) {
    const int64_t d = rows.d;
    const double unit = double(int64_t(1) << grid.bits);
    const int64_t times = grid.integer_weights && weight ? sign * int64_t(*weight) : sign;
    if (rows.sparse()) {
        for (int64_t e = rows.indptr[i]; e < rows.indptr[i + 1]; ++e) {
            const int64_t f = rows.columns[e];
            if (grid.integer_weights) add_value(rows.values[e], grid.scale[f], unit, times, sums[f], sums[d + f]);
            else add_weighted(rows.values[e], *weight, grid.scale[f], unit, sign, sums[f], sums[d + f]);
        }
    } else {
        const T* x = rows.values + i * d;
        if (grid.integer_weights)
            for (int64_t f = 0; f < d; ++f) add_value(x[f], grid.scale[f], unit, times, sums[f], sums[d + f]);
        else
            for (int64_t f = 0; f < d; ++f) add_weighted(x[f], *weight, grid.scale[f], unit, sign, sums[f], sums[d + f]);
    }
    if (grid.integer_weights) {
        count[0] += times;
    } else {
        const double scaled = *weight * unit, whole = (scaled + kMagic) - kMagic;  // a weight is at most 1
        count[0] += sign * to_grid(whole);
        count[1] += sign * to_grid((scaled - whole) * unit);
    }
}

// Squared distance of each row of a block to its own centre; returns the weighted sum in row order.
template <class T>
double own_distances(const Rows<T>& rows, const T* centers, const int32_t* labels, const double* weights, int64_t begin,
                     int64_t end, T* scratch, double* out) {
    double sum = 0;
    const T *xs[kChains], *cs[kChains];
    double squared[kChains];
    for (int64_t i = begin; i < end; i += kChains) {
        const int64_t m = smaller<int64_t>(kChains, end - i);
        for (int64_t e = 0; e < kChains; ++e) {
            const int64_t at = i + smaller(e, m - 1);
            xs[e] = dense_row(rows, at, scratch + e * rows.d);
            cs[e] = centers + (labels ? labels[at] : 0) * rows.d;
        }
        distances8(xs, cs, rows.d, squared);
        for (int64_t e = 0; e < m; ++e) {
            sum += weights ? weights[i + e] * squared[e] : squared[e];
            if (out) out[i + e] = squared[e];
        }
    }
    return sum;
}

// Distances of a block's rows to every centre, out (n, k), squared.
template <class T>
void all_distances(const Rows<T>& rows, const T* centers, int64_t k, int64_t begin, int64_t end, T* scratch,
                   double* out) {
    const T *xs[kChains], *cs[kChains];
    double squared[kChains];
    for (int64_t i = begin; i < end; ++i) {
        const T* x = dense_row(rows, i, scratch);
        for (int e = 0; e < kChains; ++e) xs[e] = x;
        for (int64_t j = 0; j < k; j += kChains) {
            const int64_t m = smaller<int64_t>(kChains, k - j);
            for (int64_t e = 0; e < kChains; ++e) cs[e] = centers + (j + smaller(e, m - 1)) * rows.d;
            distances8(xs, cs, rows.d, squared);
            for (int64_t e = 0; e < m; ++e) out[i * k + j + e] = squared[e];
        }
    }
}

// Weighted mean and second moment of each column over one block, merged piece by piece (Chan, Golub, LeVeque 1983):
// a piece stays in the second cache for its two passes. Minimum and maximum are over rows with weight. out: min, max, mean, m2, each (d,); returns the block's weight,
// or -1 - i where row i is the first that holds a NaN or an infinity.
template <class T>
double column_moments(const Rows<T>& rows, const double* weights, int64_t begin, int64_t end, T* dense, double* out) {
    const int64_t d = rows.d;
    double *lo = out, *hi = out + d, *mean = out + 2 * d, *m2 = out + 3 * d;
    double *part = out + 4 * d, *spread = out + 5 * d;
    const int64_t piece = larger<int64_t>(1, 32768 / larger<int64_t>(1, d));
    double total = 0;
    for (int64_t f = 0; f < d; ++f) lo[f] = __DBL_MAX__, hi[f] = -__DBL_MAX__, mean[f] = m2[f] = 0;
    for (int64_t p = begin; p < end; p += piece) {
        const int64_t stop = smaller(end, p + piece);
        double weight = 0;
        for (int64_t f = 0; f < d; ++f) part[f] = spread[f] = 0;
        for (int64_t i = p; i < stop; ++i) {
            const double w = weights ? weights[i] : 1.0;
            const T* row = dense_row(rows, i, dense);
            int64_t bad = 0;
            for (int64_t f = 0; f < d; ++f) {
                const double v = row[f];
                bad += !(__builtin_fabs(v) <= __DBL_MAX__);
                part[f] += w * v;
            }
            if (bad) return -1.0 - double(i);
            if (w > 0)
                for (int64_t f = 0; f < d; ++f) {
                    const double v = row[f];
                    lo[f] = v < lo[f] ? v : lo[f];
                    hi[f] = v > hi[f] ? v : hi[f];
                }
            weight += w;
        }
        if (weight <= 0) continue;
        for (int64_t f = 0; f < d; ++f) part[f] /= weight;
        for (int64_t i = p; i < stop; ++i) {
            const double w = weights ? weights[i] : 1.0;
            const T* row = dense_row(rows, i, dense);
            for (int64_t f = 0; f < d; ++f) {
                const double e = double(row[f]) - part[f];
                spread[f] += w * (e * e);
            }
        }
        const double both = total + weight;
        for (int64_t f = 0; f < d; ++f) {
            const double e = part[f] - mean[f];
            mean[f] += e * (weight / both);
            m2[f] += spread[f] + e * e * (total * weight / both);
        }
        total = both;
    }
    return total;
}

// Sum of values (times weights) in eight interleaved chains, the same on every instruction set.
double weighted_sum(const double* values, const double* weights, int64_t n) {
    double s[8] = {};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; ++l) s[l] += weights ? weights[i + l] * values[i + l] : values[i + l];
    for (; i < n; ++i) s[i % 8] += weights ? weights[i] * values[i] : values[i];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

// Whether none of four rows has `bit` among its hopes.
static inline bool none_of_four(const uint16_t* hopes, uint32_t bit) {
    uint64_t four;
    __builtin_memcpy(&four, hopes, sizeof four);
    return !(four & (bit * uint64_t(0x0001000100010001)));
}

// Visits the rows of a block that have `bit` among their hopes, with their squared distance to `seed`.
template <class T, class Visit>
static void visit_hopeful(const Rows<T>& rows, const T* seed, const uint16_t* hopes, uint32_t bit, int64_t begin,
                          int64_t end, T* scratch, Visit visit) {
    const T *xs[kChains], *cs[kChains];
    int64_t at[kChains];
    double squared[kChains];
    int m = 0;
    for (int e = 0; e < kChains; ++e) cs[e] = seed;
    for (int64_t i = begin; i <= end; ++i) {
        if (i < end) {
            while (hopes && i + 4 <= end && none_of_four(hopes + i, bit)) i += 4;
            if (i == end) --i;
            if (hopes && !(hopes[i] & bit)) continue;
            at[m] = i;
            xs[m] = dense_row(rows, i, scratch + m * rows.d);
            ++m;
        }
        if (m == kChains || (i == end && m > 0)) {
            for (int e = m; e < kChains; ++e) xs[e] = xs[0];
            distances8(xs, cs, rows.d, squared);
            for (int e = 0; e < m; ++e) visit(at[e], squared[e]);
            m = 0;
        }
    }
}

template <class T>
void update_nearest(const Rows<T>& rows, const T* seed, const uint16_t* hopes, uint32_t bit, int64_t begin,
                    int64_t end, double* nearest, int32_t* owner, int32_t index, T* scratch) {
    visit_hopeful(rows, seed, hopes, bit, begin, end, scratch, [&](int64_t i, double squared) {
        if (squared < nearest[i]) nearest[i] = squared, owner[i] = index;
    });
}

template <class T>
double exact_gain(const Rows<T>& rows, const T* seed, const uint16_t* hopes, uint32_t bit, const double* nearest,
                  const double* weights, int64_t begin, int64_t end, T* scratch) {
    double gain = 0;
    visit_hopeful(rows, seed, hopes, bit, begin, end, scratch, [&](int64_t i, double squared) {
        if (squared < nearest[i]) gain += (weights ? weights[i] : 1.0) * (nearest[i] - squared);
    });
    return gain;
}

template <class T> constexpr DefinitionsOf<T> definitions_of{
    distances8<T>, dense_row<T>, nearest_of<T>, add_to_sums<T>, own_distances<T>,
    all_distances<T>, update_nearest<T>, exact_gain<T>, column_moments<T>,
};

extern const Definitions kDefinitions{weighted_sum, definitions_of<float>, definitions_of<double>};

template void distances8(const float* const*, const float* const*, int64_t, double*);
template void distances8(const double* const*, const double* const*, int64_t, double*);
template const float* dense_row(const Rows<float>&, int64_t, float*);
template const double* dense_row(const Rows<double>&, int64_t, double*);
template int32_t nearest_of(const float*, const float*, int64_t, const int32_t*, int64_t, double*);
template int32_t nearest_of(const double*, const double*, int64_t, const int32_t*, int64_t, double*);
template void add_to_sums(const Rows<float>&, int64_t, const Grid&, const double*, int64_t, int64_t*, int64_t*);
template void add_to_sums(const Rows<double>&, int64_t, const Grid&, const double*, int64_t, int64_t*, int64_t*);

}  // namespace ganglion::GANGLION_NAMESPACE
