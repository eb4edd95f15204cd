// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "criteria_kernels.hpp"

#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

namespace {

constexpr int kW = Simd<double>::W;
constexpr int kVectors = kCriteriaLanes / kW;
// Centres whose sums are in registers together: at least 8 chains of additions hide their latency.
constexpr int kTogether = kVectors >= 8 ? 1 : 8 / kVectors;

// out (CENTERS, lanes): squared distances of a panel's rows to some centres, in feature order.
template <int CENTERS>
void squared_distances(const double* panel, int64_t d, const double* const* centers, double* out) {
    Vec<double> sum[CENTERS][kVectors];
    for (int c = 0; c < CENTERS; ++c)
        for (int v = 0; v < kVectors; ++v) sum[c][v] = Vec<double>{};
    for (int64_t f = 0; f < d; ++f) {
        const double* row = panel + f * kCriteriaLanes;
        for (int c = 0; c < CENTERS; ++c) {
            const Vec<double> center = splat(centers[c][f]);
            for (int v = 0; v < kVectors; ++v) {
                const Vec<double> e = load(row + v * kW) - center;
                sum[c][v] += e * e;
            }
        }
    }
    for (int c = 0; c < CENTERS; ++c)
        for (int v = 0; v < kVectors; ++v) store(out + c * kCriteriaLanes + v * kW, sum[c][v]);
}

// Whether no row of the panel can be nearer to a centre that is `gap` from their own than it is to its next one.
bool is_beyond(double gap, const double* own_length, const double* next) {
    for (int l = 0; l < kCriteriaLanes; ++l) {
        const double least = gap - own_length[l];
        if (!(least > 0 && least * least > next[l])) return false;
    }
    return true;
}

void next_centers(const NextCenters& job, const double* panel, double* own, double* next, int32_t* which) {
    const double* center = job.centers + job.own * job.d;
    squared_distances<1>(panel, job.d, &center, own);
    double length[kCriteriaLanes];
    for (int l = 0; l < kCriteriaLanes; ++l) {
        length[l] = __builtin_sqrt(own[l]) * (1 + 0x1p-30);
        next[l] = __builtin_inf();
        which[l] = -1;
    }
    const double* centers[kTogether];
    double squared[kTogether * kCriteriaLanes];
    for (int64_t j = 0; j < job.count; j += kTogether) {
        if (is_beyond(job.gaps[j], length, next)) return;
        const int64_t m = smaller<int64_t>(kTogether, job.count - j);
        for (int64_t c = 0; c < kTogether; ++c)
            centers[c] = job.centers + job.others[j + smaller<int64_t>(c, m - 1)] * job.d;
        squared_distances<kTogether>(panel, job.d, centers, squared);
        for (int64_t c = 0; c < m; ++c) {
            const int32_t index = job.others[j + c];
            for (int l = 0; l < kCriteriaLanes; ++l) {
                const double s = squared[c * kCriteriaLanes + l];
                const bool nearer = s < next[l] || (s == next[l] && index < which[l]);
                next[l] = nearer ? s : next[l];
                which[l] = nearer ? index : which[l];
            }
        }
    }
}

// own, next, which of a panel: a centre after the other, so that of equal ones the first stays.
void nearest_two(const HeldCenters& job, const double* panel, const int32_t* codes, const Seen& seen) {
    const Vec<double> none = splat(__builtin_inf());
    Vec<double> code[kVectors], own[kVectors], next[kVectors], which[kVectors];
    double lanes[kCriteriaLanes];
    for (int l = 0; l < kCriteriaLanes; ++l) lanes[l] = double(codes[l]);
    for (int v = 0; v < kVectors; ++v)
        code[v] = load(lanes + v * kW), own[v] = Vec<double>{}, next[v] = none, which[v] = splat(-1.0);
    const double* centers[kTogether];
    double squared[kTogether * kCriteriaLanes];
    for (int64_t j = 0; j < job.count; j += kTogether) {
        const int64_t m = smaller<int64_t>(kTogether, job.count - j);
        for (int64_t c = 0; c < kTogether; ++c)
            centers[c] = job.centers + job.held[j + smaller<int64_t>(c, m - 1)] * job.d;
        squared_distances<kTogether>(panel, job.d, centers, squared);
        for (int64_t c = 0; c < m; ++c) {
            const Vec<double> index = splat(double(job.held[j + c]));
            for (int v = 0; v < kVectors; ++v) {
                const Vec<double> s = load(squared + c * kCriteriaLanes + v * kW);
                const auto is_own = code[v] == index;
                own[v] = is_own ? s : own[v];
                const Vec<double> other = is_own ? none : s;
                which[v] = other < next[v] ? index : which[v];
                next[v] = vmin(other, next[v]);
            }
        }
    }
    for (int v = 0; v < kVectors; ++v) {
        store(seen.own + v * kW, own[v]), store(seen.next + v * kW, next[v]);
        store(lanes + v * kW, which[v]);
    }
    for (int l = 0; l < kCriteriaLanes; ++l) seen.which[l] = int32_t(lanes[l]);
    for (int l = 0; l < kCriteriaLanes; ++l) {
        const double a = __builtin_sqrt(seen.own[l]), b = __builtin_sqrt(seen.next[l]), most = larger(a, b);
        const double share = (b - a) / (most > 0 ? most : 1.0);
        seen.silhouette[l] = b < __builtin_inf() ? share : 0.0;
    }
}

void add_residuals(const ClusteredRows& rows, double* sums, double* mass) {
    for (int64_t i = 0; i < rows.n; ++i) {
        const int64_t at = rows.codes[i] * rows.d;
        const double w = rows.weights ? rows.weights[i] : 1.0, *y = rows.y + i * rows.d, *center = rows.centers + at;
        const Vec<double> weight = splat(w);
        double* sum = sums + at;
        for (int64_t f = 0; f < rows.d; f += kW) store(sum + f, load(sum + f) + weight * (load(y + f) - load(center + f)));
        mass[rows.codes[i]] += w;
    }
}

// |y - c|^2: feature f is added in lane f % kFeatureLanes, and the lanes by halves, whatever the width of a vector is.
double squared_length(const double* y, const double* center, int64_t d) {
    constexpr int kParts = kFeatureLanes / kW;
    Vec<double> sum[kParts];
    for (int v = 0; v < kParts; ++v) sum[v] = Vec<double>{};
    for (int64_t f = 0; f < d; f += kFeatureLanes)
        for (int v = 0; v < kParts; ++v) {
            const Vec<double> e = load(y + f + v * kW) - load(center + f + v * kW);
            sum[v] += e * e;
        }
    for (int half = kParts / 2; half > 0; half /= 2)
        for (int v = 0; v < half; ++v) sum[v] += sum[v + half];
    return sum_lanes<double>(sum[0]);
}

void add_spreads(const ClusteredRows& rows, double* spread) {
    constexpr int kMany = 64;  // roots that are taken together: a vector of them takes little longer than one
    double squared[kMany], length[kMany];
    for (int64_t begin = 0; begin < rows.n; begin += kMany) {
        const int64_t m = smaller<int64_t>(kMany, rows.n - begin);
        for (int64_t i = 0; i < m; ++i)
            squared[i] = squared_length(rows.y + (begin + i) * rows.d, rows.centers + rows.codes[begin + i] * rows.d, rows.d);
        for (int64_t i = m; i < kMany; ++i) squared[i] = 0;
        for (int i = 0; i < kMany; ++i) length[i] = __builtin_sqrt(squared[i]);
        for (int64_t i = 0; i < m; ++i) {
            const double w = rows.weights ? rows.weights[begin + i] : 1.0;
            double* sum = spread + 2 * rows.codes[begin + i];
            sum[0] += w * squared[i];
            sum[1] += w * length[i];
        }
    }
}

}  // namespace

extern const CriteriaKernels kCriteriaKernels;
const CriteriaKernels kCriteriaKernels{next_centers, nearest_two, add_residuals, add_spreads};

}  // namespace ganglion::GANGLION_NAMESPACE
