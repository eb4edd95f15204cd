// One translation unit per instruction set, compiled without contraction: the same bits on every set.
#include "refit_kernels.hpp"

#include "simd.hpp"

namespace ganglion::GANGLION_NAMESPACE {

namespace {

constexpr int kW = Simd<double>::W;
// Accumulators of a panel that are in registers together; the rest of 16 holds the row and the difference.
constexpr int kVectors = kRefitRows / kW < 8 ? int(kRefitRows) / kW : 8;
constexpr int kLanes = kVectors * kW;
static_assert(kRefitRows % kLanes == 0);

// Squared distances of kLanes rows of a panel to a point.
inline void squares(const double* panel, int64_t d, const double* point, Vec<double>* sum) {
    for (int v = 0; v < kVectors; ++v) sum[v] = Vec<double>{};
    for (int64_t f = 0; f < d; ++f) {
        const Vec<double> c = splat(point[f]);
        for (int v = 0; v < kVectors; ++v) {
            const Vec<double> difference = load(panel + f * kRefitRows + v * kW) - c;
            sum[v] += difference * difference;
        }
    }
}

void distances(const RefitRows& rows, const double* point, double* out) {
    for (int64_t p = 0; p < rows.panels; ++p)
        for (int64_t l = 0; l < kRefitRows; l += kLanes) {
            Vec<double> sum[kVectors];
            squares(rows.values + p * rows.d * kRefitRows + l, rows.d, point, sum);
            for (int v = 0; v < kVectors; ++v) store(out + p * kRefitRows + l + v * kW, sum[v]);
        }
}

// By halves.
double folded(double* lanes) {
    for (int64_t half = kRefitRows / 2; half > 0; half /= 2)
        for (int64_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
    return lanes[0];
}

double potential(const RefitRows& rows, const double* distances, const double* nearest) {
    double lanes[kRefitRows] = {};
    for (int64_t i = 0; i < rows.panels * kRefitRows; i += kRefitRows)
        for (int64_t l = 0; l < kRefitRows; ++l) {
            const double a = distances[i + l], b = nearest[i + l];
            lanes[l] += rows.weights[i + l] * (a < b ? a : b);
        }
    return folded(lanes);
}

void absorb(const RefitRows& rows, const double* distances, double* nearest, double* sums) {
    for (int64_t p = 0; p < rows.panels; ++p) {
        double lanes[kRefitRows];
        for (int64_t l = 0; l < kRefitRows; ++l) {
            const int64_t i = p * kRefitRows + l;
            const double a = distances[i], b = nearest[i], least = a < b ? a : b;
            nearest[i] = least;
            lanes[l] = rows.weights[i] * least;
        }
        sums[p] = folded(lanes);
    }
}

int64_t assign(const RefitRows& rows, const double* centers, int64_t k, int32_t* labels, double* nearest) {
    int64_t changed = 0;
    for (int64_t p = 0; p < rows.panels; ++p)
        for (int64_t l = 0; l < kRefitRows; l += kLanes) {
            const double* panel = rows.values + p * rows.d * kRefitRows + l;
            Vec<double> least[kVectors], sum[kVectors];
            Index<double> label[kVectors];
            squares(panel, rows.d, centers, least);
            for (int v = 0; v < kVectors; ++v) label[v] = Index<double>{};
            for (int64_t j = 1; j < k; ++j) {
                squares(panel, rows.d, centers + j * rows.d, sum);
                for (int v = 0; v < kVectors; ++v) {
                    const auto nearer = sum[v] < least[v];
                    least[v] = nearer ? sum[v] : least[v];
                    label[v] = nearer ? Index<double>{} + j : label[v];
                }
            }
            for (int v = 0; v < kVectors; ++v) {
                const int64_t first = p * kRefitRows + l + v * kW;
                store(nearest + first, least[v]);
                for (int w = 0; w < kW && first + w < rows.n; ++w) {
                    changed += labels[first + w] != int32_t(label[v][w]);
                    labels[first + w] = int32_t(label[v][w]);
                }
            }
        }
    return changed;
}

}  // namespace

extern const RefitKernels kRefitKernels;
const RefitKernels kRefitKernels{distances, potential, absorb, assign};

}  // namespace ganglion::GANGLION_NAMESPACE
