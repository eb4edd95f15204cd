// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "meanfield_kernels.hpp"

#include "pool.hpp"
#include "train_math.hpp"

namespace ganglion::GANGLION_NAMESPACE {

namespace {

constexpr int kW = Simd<double>::W;
// Responsibilities below 2^-56 are 0: they would change neither an entropy nor a sum, and most are.
constexpr double kLeast = 0x1p-56;
// Rows and vectors of clusters whose sums are in registers together: 8 accumulators hide the latency of fma.
constexpr int kRowsAtOnce = 4, kVectorsAtOnce = 2;
static_assert(kMeanFieldRows % kRowsAtOnce == 0 && kMeanFieldLanes % (kVectorsAtOnce * 1) == 0);

// Features (rows, p) of consecutive rows.
void features_of(const MeanFieldJob& job, int64_t begin, int64_t rows, double* f) {
    for (int64_t i = 0; i < rows; ++i) {
        const double* z = job.z + (begin + i) * job.q;
        double* row = f + i * job.p;
        for (int64_t j = 0; j < job.p; ++j) {
            const int32_t first = job.pairs[2 * j], second = job.pairs[2 * j + 1];
            row[j] = second < 0 ? z[first] : z[first] * z[second];
        }
    }
}

// Expected log densities of ROWS rows under VECTORS vectors of clusters, the features added in their order.
template <int ROWS, int VECTORS>
void score_tile(const MeanFieldJob& job, const double* f, int64_t first, double* out) {
    Vec<double> sum[ROWS][VECTORS];
    for (int r = 0; r < ROWS; ++r)
        for (int v = 0; v < VECTORS; ++v) sum[r][v] = load(job.constants + first + v * kW);
    const double* weights = job.weights + first;
    for (int64_t j = 0; j < job.p; ++j, weights += job.stride) {
        Vec<double> weight[VECTORS];
        for (int v = 0; v < VECTORS; ++v) weight[v] = load(weights + v * kW);
        for (int r = 0; r < ROWS; ++r) {
            const Vec<double> feature = splat(f[r * job.p + j]);
            for (int v = 0; v < VECTORS; ++v) sum[r][v] = fma(feature, weight[v], sum[r][v]);
        }
    }
    for (int r = 0; r < ROWS; ++r)
        for (int v = 0; v < VECTORS; ++v) store(out + r * job.stride + first + v * kW, sum[r][v]);
}

// Expected log densities (rows, stride).
void score_rows(const MeanFieldJob& job, const double* f, int64_t rows, double* out) {
    const int64_t n_vectors = job.stride / kW;
    int64_t i = 0;
    for (; i + kRowsAtOnce <= rows; i += kRowsAtOnce) {
        int64_t v = 0;
        for (; v + kVectorsAtOnce <= n_vectors; v += kVectorsAtOnce)
            score_tile<kRowsAtOnce, kVectorsAtOnce>(job, f + i * job.p, v * kW, out + i * job.stride);
        for (; v < n_vectors; ++v) score_tile<kRowsAtOnce, 1>(job, f + i * job.p, v * kW, out + i * job.stride);
    }
    for (; i < rows; ++i)
        for (int64_t v = 0; v < n_vectors; ++v) score_tile<1, 1>(job, f + i * job.p, v * kW, out + i * job.stride);
}

// The sum of kMeanFieldLanes values by halves.
double folded(double* lanes) {
    for (int64_t half = kMeanFieldLanes / 2; half > 0; half /= 2)
        for (int64_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
    return lanes[0];
}

// From expected log densities to responsibilities r, in place, and r log r; returns the sum of the latter.
double share_row(const MeanFieldJob& job, double* row, double* products, int32_t* label) {
    double largest = row[0];
    int64_t best = 0;
    for (int64_t c = 1; c < job.k; ++c)
        if (row[c] > largest) largest = row[c], best = c;
    *label = int32_t(best);
    double total[kMeanFieldLanes] = {}, sum[kMeanFieldLanes] = {};
    for (int64_t c = 0; c < job.stride; c += kW) {
        const Vec<double> share = exp_bounded<double>(load(row + c) - largest);
        store(products + c, share);
        double* lanes = total + c % kMeanFieldLanes;
        store(lanes, load(lanes) + share);
    }
    const double inverse = 1 / folded(total), log_total = log_normal<double>(splat(total[0]))[0];
    for (int64_t c = 0; c < job.stride; c += kW) {
        Vec<double> share = load(products + c) * inverse;
        share = share < kLeast ? Vec<double>{} : share;
        // Where a share is 0 its logarithm may be -inf.
        const Vec<double> log_share = share > 0.0 ? load(row + c) - (largest + log_total) : Vec<double>{};
        store(row + c, share);
        store(products + c, share * log_share);
        double* lanes = sum + c % kMeanFieldLanes;
        store(lanes, load(lanes) + share * log_share);
    }
    return folded(sum);
}

// sums[c] += r_c f for the clusters that have a share in the row; how many these are.
int64_t add_row(const MeanFieldJob& job, const double* f, const double* row, const MeanFieldSums& out, int32_t* present) {
    int64_t count = 0;
    for (int64_t c = 0; c < job.k; ++c) {
        if (row[c] == 0) continue;
        present[count++] = int32_t(c);
        const Vec<double> share = splat(row[c]);
        double* sums = out.sums + c * job.p;
        int64_t j = 0;
        for (; j + kW <= job.p; j += kW) store(sums + j, fma(share, load(f + j), load(sums + j)));
        for (; j < job.p; ++j) sums[j] = __builtin_fma(row[c], f[j], sums[j]);
    }
    for (int64_t c = 0; c < job.stride; c += kW) store(out.counts + c, load(out.counts + c) + load(row + c));
    return count;
}

// overlaps[a, b] += r_a log r_a + r_b log r_b - (r_a + r_b) log(r_a + r_b) for all pairs that share the row.
void add_overlaps(const MeanFieldJob& job, const double* row, const double* products, const int32_t* present,
                  int64_t count, double* overlaps) {
    for (int64_t at = 0; at < count; ++at) {
        const int64_t a = present[at];
        double* out = overlaps + a * job.stride;
        for (int64_t c = 0; c < job.stride; c += kW) {
            const Vec<double> share = load(row + c), both = share + row[a];
            const Vec<double> change = load(products + c) + products[a] - both * log_normal<double>(both);
            store(out + c, load(out + c) + (share > 0.0 ? change : Vec<double>{}));
        }
    }
}

int64_t scratch_size(const MeanFieldJob& job) {
    return kMeanFieldRows * (job.p + job.stride) + 2 * job.stride;
}

void sweep(const MeanFieldJob& job, int64_t begin, int64_t end, const MeanFieldSums& out, double* scratch) {
    double *f = scratch, *shares = f + kMeanFieldRows * job.p, *products = shares + kMeanFieldRows * job.stride;
    int32_t* present = reinterpret_cast<int32_t*>(products + job.stride);
    for (int64_t first = begin; first < end && !interrupted(); first += kMeanFieldRows) {
        const int64_t rows = smaller(kMeanFieldRows, end - first);
        features_of(job, first, rows, f);
        score_rows(job, f, rows, shares);
        for (int64_t i = 0; i < rows; ++i) {
            double* row = shares + i * job.stride;
            int32_t label;
            const double sum = share_row(job, row, products, &label);
            if (out.labels) out.labels[first - begin + i] = label;
            if (out.responsibilities)
                for (int64_t c = 0; c < job.k; ++c) out.responsibilities[(first - begin + i) * job.k + c] = row[c];
            if (!out.sums) continue;
            *out.entropy -= sum;
            const int64_t count = add_row(job, f + i * job.p, row, out, present);
            if (out.overlaps && count > 1) add_overlaps(job, row, products, present, count, out.overlaps);
        }
    }
}

}  // namespace

extern const MeanFieldKernels kMeanFieldKernels;
const MeanFieldKernels kMeanFieldKernels{scratch_size, sweep};

}  // namespace ganglion::GANGLION_NAMESPACE
