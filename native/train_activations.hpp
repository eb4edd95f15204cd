// What a neuron makes of its weighted sum, and the slope of that. One row of the table below for each activation.
#pragma once
#include "train_math.hpp"
#include "train_problem.hpp"

namespace ganglion::GANGLION_NAMESPACE {

constexpr double kSeluScale = 1.0507009873554804934193349852946;
constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
constexpr double kLeak = 0.01;

// `value` gives the output for z and, where `wants_slope`, its derivative. NaN stays NaN everywhere.
template <class T, Activation A, bool wants_slope> inline Vec<T> value(Vec<T> z, Vec<T>& slope) {
    const Vec<T> zero{}, one = splat(T(1));
    if constexpr (A == Activation::sigmoid) {
        const Vec<T> y = sigmoid_of<T>(z);
        if (wants_slope) slope = y * (T(1) - y);
        return y;
    } else if constexpr (A == Activation::tanh) {
        const Vec<T> y = tanh_of<T>(z);
        if (wants_slope) slope = fma(-y, y, one);
        return y;
    } else if constexpr (A == Activation::relu) {
        if (wants_slope) slope = z > zero ? one : zero;
        return z < zero ? zero : z;
    } else if constexpr (A == Activation::leaky_relu) {
        if (wants_slope) slope = z > zero ? one : splat(T(kLeak));
        return z < zero ? z * T(kLeak) : z;
    } else if constexpr (A == Activation::step) {
        if (wants_slope) slope = zero;
        return z < zero ? zero : z != z ? z : one;
    } else if constexpr (A == Activation::elu) {
        const Vec<T> low = expm1_of_negative<T>(z > zero ? zero : z);
        if (wants_slope) slope = z > zero ? one : low + T(1);
        return z > zero ? z : low;
    } else if constexpr (A == Activation::selu) {
        const Vec<T> low = expm1_of_negative<T>(z > zero ? zero : z);
        if (wants_slope) slope = T(kSeluScale) * (z > zero ? one : T(kSeluAlpha) * (low + T(1)));
        return T(kSeluScale) * (z > zero ? z : T(kSeluAlpha) * low);
    } else if constexpr (A == Activation::gelu) {
        Vec<T> bell;
        const Vec<T> tail = normal_tail<T>(z, bell), below = z < zero ? tail : T(1) - tail;
        if (wants_slope) slope = fma(z, T(0.3989422804014327) * bell, below);
        return z * below;
    } else if constexpr (A == Activation::silu) {
        const Vec<T> e = exp_bounded<T>(-magnitude<T>(z)), inverse = T(1) / (T(1) + e);
        const Vec<T> y = (z < zero ? e : one) * inverse, rest = (z < zero ? one : e) * inverse;
        if (wants_slope) slope = y * fma(z, rest, one);
        return z * y;
    } else if constexpr (A == Activation::mish) {
        // z tanh(log(1 + e)) with e = exp(z) is z n / (n + 2), n = e (e + 2); beyond 30 that is z in both types.
        const Vec<T> e = exp_bounded<T>(z > T(30) ? splat(T(30)) : z);
        const Vec<T> n = e * (e + T(2)), inverse = T(1) / (n + T(2)), y = n * inverse;
        if (wants_slope) slope = fma(z * T(4), e * (T(1) + e) * inverse * inverse, y);
        return z * y;
    } else if constexpr (A == Activation::softplus) {
        const Vec<T> e = exp_bounded<T>(-magnitude<T>(z));
        if (wants_slope) slope = (z < zero ? e : one) / (T(1) + e);
        return (z < zero ? zero : z) + log1p_of_unit<T>(e);
    } else {
        if (wants_slope) slope = one;
        return z;
    }
}

// The slope from the output, for the activations that do not keep it.
template <class T, Activation A> inline Vec<T> slope_of_output(Vec<T> y) {
    const Vec<T> zero{}, one = splat(T(1));
    if constexpr (A == Activation::sigmoid) return y * (T(1) - y);
    else if constexpr (A == Activation::tanh) return fma(-y, y, one);
    else if constexpr (A == Activation::relu) return y > zero ? one : zero;
    else if constexpr (A == Activation::leaky_relu) return y > zero ? one : splat(T(kLeak));
    else if constexpr (A == Activation::step) return zero;
    else if constexpr (A == Activation::elu) return y > zero ? one : y + T(1);
    else if constexpr (A == Activation::selu)
        return y > zero ? splat(T(kSeluScale)) : y + T(kSeluScale * kSeluAlpha);
    else return one;
}

// Rows of lanes: `rows` rows, `lanes` values each (whole vectors), kPanel apart.
template <class T> struct Patch {
    int64_t rows, lanes;
};

template <class T, Activation A> void activate(Patch<T> at, T* values, T* slopes) {
    for (int64_t r = 0; r < at.rows; ++r)
        for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
            const int64_t i = r * kPanel<T> + l;
            Vec<T> slope;
            if (slopes) {
                store(values + i, value<T, A, true>(load(values + i), slope));
                store(slopes + i, slope);
            } else {
                store(values + i, value<T, A, false>(load(values + i), slope));
            }
        }
}

// deltas *= slope, from the stored slopes or from the outputs.
template <class T, Activation A> void apply_slope(Patch<T> at, T* deltas, const T* outputs, const T* slopes) {
    for (int64_t r = 0; r < at.rows; ++r)
        for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
            const int64_t i = r * kPanel<T> + l;
            const Vec<T> slope = slopes ? load(slopes + i) : slope_of_output<T, A>(load(outputs + i));
            store(deltas + i, load(deltas + i) * slope);
        }
}

template <class T> struct ActivationKernels {
    void (*activate)(Patch<T> at, T* values, T* slopes);
    void (*apply_slope)(Patch<T> at, T* deltas, const T* outputs, const T* slopes);
};

template <class T, Activation A> constexpr ActivationKernels<T> kernels_of{activate<T, A>, apply_slope<T, A>};

// In the order of the enumeration; softmax is no activation of single neurons and stands here as identity.
template <class T> constexpr ActivationKernels<T> kActivations[] = {
    kernels_of<T, Activation::identity>, kernels_of<T, Activation::sigmoid>,    kernels_of<T, Activation::tanh>,
    kernels_of<T, Activation::relu>,     kernels_of<T, Activation::leaky_relu>, kernels_of<T, Activation::step>,
    kernels_of<T, Activation::elu>,      kernels_of<T, Activation::selu>,       kernels_of<T, Activation::gelu>,
    kernels_of<T, Activation::silu>,     kernels_of<T, Activation::mish>,       kernels_of<T, Activation::softplus>,
    kernels_of<T, Activation::identity>,
};

template <class T> inline const ActivationKernels<T>& activation(const Layer& layer) {
    return kActivations<T>[int(layer.activation)];
}

// Outputs (n_out rows, all lanes) become their softmax. Sums run over the neurons in order.
template <class T> void softmax(Patch<T> at, T* values) {
    for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
        Vec<T> top = load(values + l), sum{};
        for (int64_t r = 1; r < at.rows; ++r) {
            const Vec<T> z = load(values + r * kPanel<T> + l);
            top = z > top || z != z ? z : top;
        }
        for (int64_t r = 0; r < at.rows; ++r) {
            T* z = values + r * kPanel<T> + l;
            const Vec<T> e = exp_bounded<T>(load(z) - top);
            store(z, e);
            sum += e;
        }
        const Vec<T> inverse = T(1) / sum;
        for (int64_t r = 0; r < at.rows; ++r) {
            T* z = values + r * kPanel<T> + l;
            store(z, load(z) * inverse);
        }
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
