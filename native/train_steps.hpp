// What an optimiser's step needs beside the batch: numbers that follow from how many steps were made, and how far a
// gradient is shortened.
#pragma once
#include <cmath>
#include <limits>

#include "train_problem.hpp"

namespace ganglion {

struct Optimiser {
    Rule rule;
    double momentum, beta_1, beta_2, epsilon;
    double decay;  // decoupled: p *= 1 - rate * decay
    double l2;     // penalty l2 / 2 * |weights|^2 / (weight of the batch), biases left out
    const double* rates;  // one, or one for each batch
    int64_t n_rates;
    int64_t steps;        // made before
    uint64_t seed;        // of dropout
    double momentum_decay;  // nadam
    double clip_norm;       // of the gradient of all parameters; 0 for none
    double clip_value;      // of each number in it, before its norm is taken; 0 for none
    double average;         // share of the running average that stays at each step; below 0 for none

    bool clips() const { return clip_norm > 0 || clip_value > 0; }
    bool averages() const { return average >= 0; }
};

inline bool remembers_squares(Rule rule) {
    return rule == Rule::rmsprop || rule == Rule::adam || rule == Rule::nadam;
}

// The product mu_1 mu_2 ... mu_t of nadam's momenta. It follows from t alone, and goes on from where it was.
class Momenta {
  public:
    static double at(const Optimiser& o, double t) {
        return o.beta_1 * (1 - 0.5 * std::pow(0.96, t * o.momentum_decay));
    }

    double product(const Optimiser& o, int64_t t) {
        if (t < counted_ || o.beta_1 != beta_ || o.momentum_decay != decay_) {
            product_ = 1, counted_ = 0, beta_ = o.beta_1, decay_ = o.momentum_decay;
        }
        // What is this small changes no bit of 1 - product.
        for (; counted_ < t && product_ > 1e-30; ++counted_) product_ *= at(o, double(counted_ + 1));
        counted_ = t;
        return product_;
    }

  private:
    double product_ = 1, beta_ = -1, decay_ = -1;
    int64_t counted_ = 0;
};

// The part of a step that torch's NAdam adds to Adam; `rate` is the learning rate, t the step from 1.
template <class T> void look_ahead(Step<T>& step, Momenta& momenta, const Optimiser& o, double rate, int64_t t) {
    const double product = momenta.product(o, t), next = Momenta::at(o, double(t + 1));
    step.own_rate = T(rate * (1 - Momenta::at(o, double(t))) / (1 - product));
    step.rate = T(rate * next / (1 - product * next));
}

// As torch.nn.utils.clip_grad_norm_: the gradient is multiplied with most / (norm + 1e-6) where that is below 1.
inline double gain_of(double squares, double most) {
    const double share = most / (std::sqrt(squares) + 1e-6);
    return share > 1 ? 1 : share;
}

inline double bound_of(const Optimiser& o) {
    return o.clip_value > 0 ? o.clip_value : std::numeric_limits<double>::infinity();
}

}  // namespace ganglion
