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

}  // namespace

extern const CriteriaKernels kCriteriaKernels;
const CriteriaKernels kCriteriaKernels{next_centers};

}  // namespace ganglion::GANGLION_NAMESPACE
