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
    const T* targets;  // (n_targets, kPanel)
    const T* slopes;   // where the last layer keeps them, else null
    const T* scales;   // (lanes,) what each row counts
    T* losses;         // (lanes,) out, unscaled
    const double* numbers;  // of the loss, at least one; see Net
    int64_t n_numbers, n_targets;
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

// exp(x), infinite where it is too large for a number: a loss that says so.
template <class T> inline Vec<T> exp_or_infinity(Vec<T> x) {
    constexpr T most = sizeof(T) == 4 ? T(88) : T(709);
    return x > most ? splat(T(__builtin_inf())) : exp_bounded<T>(x);
}

// The loss of one output and its derivative by it; `number` is huber's delta or the quantile's level.
template <class T, Loss L> inline Vec<T> output_loss(Vec<T> output, Vec<T> target, Vec<T> number, Vec<T>& derivative) {
    const Vec<T> zero{}, one = splat(T(1)), r = output - target, size = magnitude<T>(r);
    if constexpr (L == Loss::squared) {
        derivative = r;
        return T(0.5) * r * r;
    } else if constexpr (L == Loss::mse) {
        derivative = r + r;
        return r * r;
    } else if constexpr (L == Loss::mae) {
        derivative = r > zero ? one : r < zero ? -one : r;
        return size;
    } else if constexpr (L == Loss::quantile) {
        const Vec<T> rest = one - number;
        derivative = r > zero ? rest : r < zero ? -number : r;
        return size * (r > zero ? rest : number);
    } else if constexpr (L == Loss::poisson) {
        const Vec<T> rate = exp_or_infinity<T>(output);
        derivative = rate - target;
        return fma(-target, output, rate);
    } else {  // huber
        const Vec<T> inner = size > number ? number : size;
        derivative = with_sign_of<T>(inner, r);
        return inner * fma(splat(T(-0.5)), inner, size);
    }
}

// Which target and which number an output has: its own and the first; with several levels for each target, one after
// the other.
template <Loss L> struct Place {
    int64_t target = 0, number = 0;
    void next(int64_t n_numbers) {
        if constexpr (L != Loss::quantile) ++target;
        else if (++number == n_numbers) number = 0, ++target;
    }
};

// (v + r^2 / exp(v)) / 2 for r = mean - target and v = log(least + exp(s)) = log least + softplus(s - log least), the
// logarithm of the variance; and its derivatives.
template <class T>
inline Vec<T> normal_loss(Vec<T> mean, Vec<T> s, Vec<T> target, Vec<T> log_least, Vec<T>& by_mean, Vec<T>& by_s) {
    const Vec<T> zero{}, one = splat(T(1)), above = s - log_least, e = exp_bounded<T>(-magnitude<T>(above));
    const Vec<T> v = (above > zero ? s : above < zero ? log_least : s) + log1p_of_unit<T>(e);
    const Vec<T> share = (above < zero ? e : one) / (T(1) + e), r = mean - target;
    by_mean = r * exp_bounded<T>(-v);
    by_s = T(0.5) * share * fma(-r, by_mean, one);
    return T(0.5) * fma(r, by_mean, v);
}

// A mean and, n_targets rows behind it, the logarithm of a variance: the loss counts with the mean.
template <class T, class F> inline void for_moments(const LastLayer<T>& at, int64_t l, F&& f) {
    for (int64_t j = 0; j < at.n_targets; ++j) {
        const int64_t mean = j * kPanel<T> + l, s = mean + at.n_targets * kPanel<T>;
        Vec<T> by_mean, by_s;
        const Vec<T> loss = normal_loss<T>(load(at.deltas + mean), load(at.deltas + s), load(at.targets + mean),
                                           splat(T(at.numbers[0])), by_mean, by_s);
        f(mean, loss, by_mean);
        f(s, Vec<T>{}, by_s);
    }
}

// f(index of the output, loss of it, derivative by it) for every output of the samples from lane l on.
template <class T, Loss L, class F> inline void for_outputs(const LastLayer<T>& at, int64_t l, F&& f) {
    if constexpr (L == Loss::gaussian) return for_moments(at, l, f);
    Place<L> place;
    Vec<T> number = splat(T(at.numbers[0])), derivative;
    for (int64_t j = 0; j < at.n_out; ++j) {
        const int64_t i = j * kPanel<T> + l;
        if constexpr (L == Loss::quantile) number = splat(T(at.numbers[place.number]));
        const Vec<T> target = load(at.targets + place.target * kPanel<T> + l);
        const Vec<T> loss = output_loss<T, L>(load(at.deltas + i), target, number, derivative);
        f(i, loss, derivative);
        place.next(at.n_numbers);
    }
}

template <class T, Activation A> inline Vec<T> last_slope(const LastLayer<T>& at, int64_t i) {
    return at.slopes ? load(at.slopes + i) : slope_of_output<T, A>(load(at.deltas + i));
}

template <class T, Loss L, Activation A> void elementwise(const LastLayer<T>& at) {
    for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
        Vec<T> sum{};
        const Vec<T> scale = load(at.scales + l);
        for_outputs<T, L>(at, l, [&](int64_t i, Vec<T> loss, Vec<T> derivative) {
            sum += loss;
            store(at.deltas + i, scale * derivative * last_slope<T, A>(at, i));
        });
        store(at.losses + l, sum);
    }
}

// Behind softmax the derivative by sum j is output_j (d_j - sum_i output_i d_i).
template <class T, Loss L> void behind_softmax(const LastLayer<T>& at) {
    for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
        Vec<T> sum{}, mean{};
        const Vec<T> scale = load(at.scales + l);
        for_outputs<T, L>(at, l, [&](int64_t i, Vec<T> loss, Vec<T> derivative) {
            sum += loss;
            mean = fma(load(at.deltas + i), derivative, mean);
        });
        for_outputs<T, L>(at, l, [&](int64_t i, Vec<T>, Vec<T> derivative) {
            store(at.deltas + i, scale * load(at.deltas + i) * (derivative - mean));
        });
        store(at.losses + l, sum);
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
        case Loss::poisson: return with_activation<T, Loss::poisson>(a, at);
        case Loss::quantile: return with_activation<T, Loss::quantile>(a, at);
        case Loss::gaussian: return with_activation<T, Loss::gaussian>(a, at);
    }
}

}  // namespace ganglion::GANGLION_NAMESPACE
