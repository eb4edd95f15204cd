// Batch norm, layer norm and residual sums on panels. Neurons stand kPanel apart, samples are lanes.
#pragma once
#include "train_halves.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> inline Vec<T> positive(Vec<T> v, bool relu) {
    if (relu) v = v < Vec<T>{} ? Vec<T>{} : v;
    return v;
}

// outputs = inputs + others.
template <class T> void add_panels(Patch<T> at, const T* inputs, const T* others, T* outputs, bool relu) {
    for (int64_t i = 0; i < at.rows * kPanel<T>; i += kPanel<T>)
        for (int64_t l = i; l < i + at.lanes; l += Simd<T>::W)
            store(outputs + l, positive<T>(load(inputs + l) + load(others + l), relu));
}

// A norm of n neurons: gamma and beta (n,); of a batch norm the numbers (kBatchNumbers, stride).
template <class T> struct Norm {
    int64_t n, stride;
    const T *gamma, *beta, *numbers;
    T epsilon;
    bool relu;

    Norm(const Layer& layer, const T* parameters, const T* kept)
        : n(layer.n_in), stride(layer.stride), gamma(parameters + layer.weights), beta(parameters + layer.biases),
          numbers(kept), epsilon(T(layer.epsilon)), relu(layer.activation == Activation::relu) {}
    Vec<T> number(int which, int64_t j) const { return splat(numbers[which * stride + j]); }
};

template <class T> void scale_batch(const Norm<T>& norm, int64_t lanes, const T* inputs, T* outputs) {
    for (int64_t j = 0; j < norm.n; ++j) {
        const Vec<T> center = norm.number(kCenter, j), scale = norm.number(kScale, j), beta = splat(norm.beta[j]);
        for (int64_t l = j * kPanel<T>; l < j * kPanel<T> + lanes; l += Simd<T>::W)
            store(outputs + l, positive<T>(fma(load(inputs + l) - center, scale, beta), norm.relu));
    }
}

// below = scale * (delta - mean of delta - xhat * mean of delta * xhat), the means being those over the batch.
template <class T>
void scale_batch_back(const Norm<T>& norm, int64_t lanes, const T* inputs, const T* deltas, T* below) {
    for (int64_t j = 0; j < norm.n; ++j) {
        const Vec<T> center = norm.number(kCenter, j), scale = norm.number(kScale, j);
        const Vec<T> pull = norm.number(kPull, j), shift = norm.number(kShift, j);
        for (int64_t l = j * kPanel<T>; l < j * kPanel<T> + lanes; l += Simd<T>::W)
            store(below + l, fma(load(deltas + l), scale, fma(load(inputs + l) - center, pull, shift)));
    }
}

// value(0) + ... + value(n - 1), every fourth by itself, then those in pairs: one row alone has the same sum.
template <class T, int NV, class F> inline void sum_in_fours(int64_t n, F&& value, Vec<T> (&sum)[NV]) {
    Vec<T> part[4][NV] = {};
    for (int64_t j = 0; j < n; j += 4)
#pragma GCC unroll 4
        for (int q = 0; q < 4; ++q)
            if (j + q < n)
                for (int v = 0; v < NV; ++v) part[q][v] += value(j + q, v);
    for (int v = 0; v < NV; ++v) sum[v] = (part[0][v] + part[1][v]) + (part[2][v] + part[3][v]);
}

// Standardises NV vectors of samples over their neurons; keeps mean and 1 / deviation in moments[0] and [kPanel].
template <class T, int NV>
void standardise(const Norm<T>& norm, const T* inputs, T* outputs, T* moments) {
    constexpr int W = Simd<T>::W;
    const auto x = [&](int64_t j, int v) { return load(inputs + j * kPanel<T> + v * W); };
    Vec<T> mean[NV], inverse[NV];
    sum_in_fours<T, NV>(norm.n, x, mean);
    for (int v = 0; v < NV; ++v) mean[v] /= T(norm.n);
    const auto square = [&](int64_t j, int v) { return (x(j, v) - mean[v]) * (x(j, v) - mean[v]); };
    sum_in_fours<T, NV>(norm.n, square, inverse);
    for (int v = 0; v < NV; ++v) {
        inverse[v] = T(1) / square_root(inverse[v] / T(norm.n) + norm.epsilon);
        if (!moments) continue;
        store(moments + v * W, mean[v]);
        store(moments + kPanel<T> + v * W, inverse[v]);
    }
    for (int64_t j = 0; j < norm.n; ++j)
        for (int v = 0; v < NV; ++v) {
            const Vec<T> y = fma((x(j, v) - mean[v]) * inverse[v], splat(norm.gamma[j]), splat(norm.beta[j]));
            store(outputs + j * kPanel<T> + v * W, positive<T>(y, norm.relu));
        }
}

// below = (g - mean of g - xhat * mean of g * xhat) / deviation with g = gamma * delta, the means over the neurons.
template <class T, int NV>
void standardise_back(const Norm<T>& norm, const T* inputs, const T* moments, const T* deltas, T* below) {
    constexpr int W = Simd<T>::W;
    Vec<T> mean[NV], inverse[NV], level[NV], tilt[NV];
    for (int v = 0; v < NV; ++v) mean[v] = load(moments + v * W), inverse[v] = load(moments + kPanel<T> + v * W);
    const auto g = [&](int64_t j, int v) { return norm.gamma[j] * load(deltas + j * kPanel<T> + v * W); };
    const auto xhat = [&](int64_t j, int v) {
        return (load(inputs + j * kPanel<T> + v * W) - mean[v]) * inverse[v];
    };
    sum_in_fours<T, NV>(norm.n, g, level);
    sum_in_fours<T, NV>(norm.n, [&](int64_t j, int v) { return g(j, v) * xhat(j, v); }, tilt);
    for (int v = 0; v < NV; ++v) level[v] /= T(norm.n), tilt[v] /= -T(norm.n);
    for (int64_t j = 0; j < norm.n; ++j)
        for (int v = 0; v < NV; ++v)
            store(below + j * kPanel<T> + v * W, inverse[v] * fma(xhat(j, v), tilt[v], g(j, v) - level[v]));
}

}  // namespace ganglion::GANGLION_NAMESPACE
