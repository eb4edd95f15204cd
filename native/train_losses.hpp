// Losses of rows and their derivatives by the weighted sums of the last layer, all samples of a patch at once.
//
// Cross-entropies start from the weighted sums, so that sums of 1e4 are exact; the others from the outputs, times the
// slope of the last activation.
#pragma once
#include "train_activations.hpp"

namespace ganglion::GANGLION_NAMESPACE {

// A patch of the last layer: `lanes` samples from the pointers on, rows kPanel apart.
template <class T> struct LastLayer {
    int64_t n_out, lanes;
    T* deltas;         // in: weighted sums (cross-entropies) or outputs; out: derivatives
    const T* targets;  // (n_out, kPanel)
    const T* slopes;   // where the last layer keeps them, else null
    const T* scales;   // (lanes,) what each row counts
    T* losses;         // (lanes,) out, unscaled
    T delta;
};

// softmax(z) sum(y) - y, and -sum y log softmax(z) = sum y (log sum exp(z - top) - (z - top)).
template <class T> void cross_entropy(const LastLayer<T>& at) {
    for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
        T* z = at.deltas + l;
        const T* y = at.targets + l;
        Vec<T> top = load(z), sum{}, loss{}, total{};
        for (int64_t j = 1; j < at.n_out; ++j) {
            const Vec<T> here = load(z + j * kPanel<T>);
            top = here > top || here != here ? here : top;
        }
        for (int64_t j = 0; j < at.n_out; ++j) {
            const Vec<T> below = load(z + j * kPanel<T>) - top, target = load(y + j * kPanel<T>);
            const Vec<T> e = exp_bounded<T>(below);
            store(z + j * kPanel<T>, e);
            sum += e;
            loss = fma(-target, below, loss);
            total += target;
        }
        store(at.losses + l, fma(total, log_normal<T>(sum), loss));
        const Vec<T> scale = load(at.scales + l), share = total / sum;
        for (int64_t j = 0; j < at.n_out; ++j) {
            const Vec<T> target = load(y + j * kPanel<T>);
            store(z + j * kPanel<T>, scale * fma(load(z + j * kPanel<T>), share, -target));
        }
    }
}

// sum y softplus(-z) + (1 - y) softplus(z); its derivative (1 - y) sigmoid(z) - y sigmoid(-z) cancels nothing.
template <class T> void binary_cross_entropy(const LastLayer<T>& at) {
    const Vec<T> zero{}, one = splat(T(1));
    for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
        Vec<T> loss{};
        const Vec<T> scale = load(at.scales + l);
        for (int64_t j = 0; j < at.n_out; ++j) {
            T* p = at.deltas + j * kPanel<T> + l;
            const Vec<T> z = load(p), y = load(at.targets + j * kPanel<T> + l);
            const Vec<T> e = exp_bounded<T>(-magnitude<T>(z));
            loss += (z > zero ? z * (T(1) - y) : -z * y) + log1p_of_unit<T>(e);
            const Vec<T> inverse = T(1) / (T(1) + e);
            const Vec<T> on = (z < zero ? e : one) * inverse, off = (z < zero ? one : e) * inverse;
            store(p, scale * (on * (T(1) - y) - off * y));
        }
        store(at.losses + l, loss);
    }
}

// The loss of one output, given the residual r = output - target, and its derivative.
template <class T, Loss L> inline Vec<T> residual_loss(Vec<T> r, Vec<T> delta, Vec<T>& derivative) {
    const Vec<T> zero{}, one = splat(T(1)), size = magnitude<T>(r);
    if constexpr (L == Loss::squared) {
        derivative = r;
        return T(0.5) * r * r;
    } else if constexpr (L == Loss::mse) {
        derivative = r + r;
        return r * r;
    } else if constexpr (L == Loss::mae) {
        derivative = r > zero ? one : r < zero ? -one : r;
        return size;
    } else {  // huber
        const Vec<T> inner = size > delta ? delta : size;
        derivative = with_sign_of<T>(inner, r);
        return inner * fma(splat(T(-0.5)), inner, size);
    }
}

template <class T, Loss L, Activation A> void elementwise(const LastLayer<T>& at) {
    for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
        Vec<T> loss{};
        const Vec<T> scale = load(at.scales + l);
        for (int64_t j = 0; j < at.n_out; ++j) {
            const int64_t i = j * kPanel<T> + l;
            const Vec<T> output = load(at.deltas + i);
            Vec<T> derivative;
            loss += residual_loss<T, L>(output - load(at.targets + i), splat(at.delta), derivative);
            const Vec<T> slope = at.slopes ? load(at.slopes + i) : slope_of_output<T, A>(output);
            store(at.deltas + i, scale * derivative * slope);
        }
        store(at.losses + l, loss);
    }
}

// Behind softmax the derivative by sum j is output_j (d_j - sum_i output_i d_i).
template <class T, Loss L> void behind_softmax(const LastLayer<T>& at) {
    for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
        Vec<T> loss{}, mean{}, derivative;
        const Vec<T> scale = load(at.scales + l);
        for (int64_t j = 0; j < at.n_out; ++j) {
            const int64_t i = j * kPanel<T> + l;
            const Vec<T> output = load(at.deltas + i);
            loss += residual_loss<T, L>(output - load(at.targets + i), splat(at.delta), derivative);
            mean = fma(output, derivative, mean);
        }
        for (int64_t j = 0; j < at.n_out; ++j) {
            const int64_t i = j * kPanel<T> + l;
            const Vec<T> output = load(at.deltas + i);
            residual_loss<T, L>(output - load(at.targets + i), splat(at.delta), derivative);
            store(at.deltas + i, scale * output * (derivative - mean));
        }
        store(at.losses + l, loss);
    }
}

template <class T, Loss L> inline void with_activation(Activation a, const LastLayer<T>& at) {
    using A = Activation;
    switch (a) {
        case A::softmax: return behind_softmax<T, L>(at);
        case A::sigmoid: return elementwise<T, L, A::sigmoid>(at);
        case A::tanh: return elementwise<T, L, A::tanh>(at);
        case A::relu: return elementwise<T, L, A::relu>(at);
        case A::leaky_relu: return elementwise<T, L, A::leaky_relu>(at);
        case A::step: return elementwise<T, L, A::step>(at);
        case A::elu: return elementwise<T, L, A::elu>(at);
        case A::selu: return elementwise<T, L, A::selu>(at);
        default: return elementwise<T, L, A::identity>(at);  // or the slopes are stored
    }
}

inline bool starts_from_sums(Loss loss) { return loss == Loss::cross_entropy || loss == Loss::binary_cross_entropy; }

template <class T> inline void loss_and_deltas(const Net& net, const LastLayer<T>& at) {
    const Activation a = net.layers[net.n_layers - 1].activation;
    switch (net.loss) {
        case Loss::squared: return with_activation<T, Loss::squared>(a, at);
        case Loss::mse: return with_activation<T, Loss::mse>(a, at);
        case Loss::mae: return with_activation<T, Loss::mae>(a, at);
        case Loss::huber: return with_activation<T, Loss::huber>(a, at);
        case Loss::cross_entropy: return cross_entropy<T>(at);
        case Loss::binary_cross_entropy: return binary_cross_entropy<T>(at);
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
