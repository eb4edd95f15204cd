// The rules by which optimisers change parameters, with torch's formulas; one row segment at a time.
#pragma once
#include "train_lanes.hpp"
#include "train_problem.hpp"

namespace ganglion::GANGLION_NAMESPACE {

template <class T> struct Moments {
    Vec<T> first, second;
};

// The parameter p after the step, given its gradient; the moments are those before and become those after.
template <class T, Rule R> inline Vec<T> stepped(Vec<T> p, Vec<T> g, Moments<T>& m, const Step<T>& s) {
    const Vec<T> rate = splat(s.rate);
    p = p * s.shrink;
    if constexpr (R == Rule::sgd) return fma(-rate, g, p);
    if constexpr (R == Rule::momentum || R == Rule::nesterov) {
        m.first = fma(m.first, splat(s.momentum), g);
        return fma(-rate, R == Rule::nesterov ? fma(m.first, splat(s.momentum), g) : m.first, p);
    }
    m.second = fma(g * s.rest_2, g, m.second * s.decay_2);
    const Vec<T> size = fma(square_root(m.second), splat(s.root_scale), splat(s.epsilon));
    if constexpr (R == Rule::rmsprop) return fma(-rate, g / size, p);
    m.first = fma(splat(s.rest_1), g - m.first, m.first);
    if constexpr (R == Rule::nadam) return p - fma(rate, m.first, g * s.own_rate) / size;
    return fma(-rate, m.first / size, p);
}

// Where a tile of parameters stands: `rows` rows of `lanes` values (whole vectors), `stride` apart in the flat vectors,
// kPanel apart in `gradient`.
template <class T> struct Target {
    T *parameters, *first, *second;
    int64_t rows, lanes, stride;
};

// Steps and sums are inlined into the tile they belong to by order: its number of rows is then a constant. Left to the
// compiler, they are not since more than one kernel steps, and an epoch of a small net takes 3 % longer.
//
// Steps a tile; adds the squares of the parameters before the step to squares (kPanel,), lane by lane in row order.
template <class T, Rule R>
inline __attribute__((always_inline)) void update(const Target<T>& at, const T* gradient, const Step<T>& step, T l2, T* squares) {
    constexpr bool has_first = R != Rule::sgd && R != Rule::rmsprop;
    constexpr bool has_second = R == Rule::rmsprop || R == Rule::adam || R == Rule::nadam;
    const Vec<T> pull = splat(l2);
    for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
        Vec<T> sum = load(squares + l);
        for (int64_t r = 0; r < at.rows; ++r) {
            const int64_t i = r * at.stride + l;
            const Vec<T> p = load(at.parameters + i), g = fma(pull, p, load(gradient + r * kPanel<T> + l));
            Moments<T> m;
            if (has_first) m.first = load(at.first + i);
            if (has_second) m.second = load(at.second + i);
            store(at.parameters + i, stepped<T, R>(p, g, m, step));
            if (has_first) store(at.first + i, m.first);
            if (has_second) store(at.second + i, m.second);
            sum = fma(p, p, sum);
        }
        store(squares + l, sum);
    }
}

template <class T>
inline __attribute__((always_inline)) void update(const Target<T>& at, const T* gradient, const Step<T>& step, T l2,
                                                  T* squares) {
    switch (step.rule) {
        case Rule::sgd: return update<T, Rule::sgd>(at, gradient, step, l2, squares);
        case Rule::momentum: return update<T, Rule::momentum>(at, gradient, step, l2, squares);
        case Rule::nesterov: return update<T, Rule::nesterov>(at, gradient, step, l2, squares);
        case Rule::rmsprop: return update<T, Rule::rmsprop>(at, gradient, step, l2, squares);
        case Rule::adam: return update<T, Rule::adam>(at, gradient, step, l2, squares);
        case Rule::nadam: return update<T, Rule::nadam>(at, gradient, step, l2, squares);
    }
}

// The running average of a tile follows its parameters; the first time it is a copy.
template <class T> __attribute__((noinline)) void follow(const Target<T>& at, T rest, T* average) {
    for (int64_t r = 0; r < at.rows; ++r)
        for (int64_t l = 0; l < at.lanes; l += Simd<T>::W) {
            T* mean = average + r * at.stride + l;
            const Vec<T> p = load(at.parameters + r * at.stride + l), before = load(mean);
            store(mean, rest == T(1) ? p : fma(splat(rest), p - before, before));
        }
}

// sums[lane] += value * value in double.
inline void add_squares(Vec<double> v, double* sums) { store(sums, load(sums) + v * v); }

inline void add_squares(Vec<float> v, double* sums) {
    typedef float Half __attribute__((vector_size(kBytes / 2)));
    constexpr int W = Simd<double>::W;
    Half halves[2];
    __builtin_memcpy(halves, &v, sizeof v);
    for (int i = 0; i < 2; ++i) add_squares(__builtin_convertvector(halves[i], Vec<double>), sums + i * W);
}

// The gradient with the penalty's pull, each value cut to the bound. NaN stays NaN.
template <class T> inline Vec<T> cut(Vec<T> gradient, Vec<T> p, T l2, T bound) {
    const Vec<T> g = fma(splat(l2), p, gradient), most = splat(bound);
    return g > most ? most : g < -most ? -most : g;
}

}  // namespace ganglion::GANGLION_NAMESPACE
