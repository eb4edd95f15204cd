"""Networks from the formulas, in loops over single numbers: no arrays, no engine.

A network is a list of (W, b, activation) with W[i][j] from input i to neuron j and b None where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, erfc, exp, expm1, log, log1p, pi, sqrt, tanh

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def sigmoid(v):
    return 1 / (1 + exp(-v)) if v >= 0 else exp(v) / (1 + exp(v))


def softplus(v):
    return max(v, 0.0) + log1p(exp(-abs(v)))


def mish_slope(v):
    t = tanh(softplus(v))
    return t + v * (1 - t * t) * sigmoid(v)


# name: value and derivative at one number (lecture item N4, and the usual others).
ACTIVATIONS = {
    "identity": (lambda v: v, lambda v: 1.0),
    "sigmoid": (sigmoid, lambda v: sigmoid(v) * (1 - sigmoid(v))),
    "tanh": (tanh, lambda v: 1 - tanh(v) ** 2),
    "relu": (lambda v: max(v, 0.0), lambda v: 1.0 if v > 0 else 0.0),
    "leaky_relu": (lambda v: v if v > 0 else 0.01 * v, lambda v: 1.0 if v > 0 else 0.01),
    "step": (lambda v: 1.0 if v >= 0 else 0.0, lambda v: 0.0),
    "elu": (lambda v: v if v > 0 else expm1(v), lambda v: 1.0 if v > 0 else exp(v)),
    "selu": (
        lambda v: SELU_SCALE * (v if v > 0 else SELU_ALPHA * expm1(v)),
        lambda v: SELU_SCALE * (1.0 if v > 0 else SELU_ALPHA * exp(v)),
    ),
    "gelu": (
        lambda v: v * (1 + erf(v / sqrt(2))) / 2,
        lambda v: (1 + erf(v / sqrt(2))) / 2 + v * exp(-v * v / 2) / sqrt(2 * pi),
    ),
    "silu": (lambda v: v * sigmoid(v), lambda v: sigmoid(v) * (1 + v * (1 - sigmoid(v)))),
    "mish": (lambda v: v * tanh(softplus(v)), mish_slope),
    "softplus": (softplus, sigmoid),
}


def activation_value(name, v):
    """An activation at one number, precisely: the formula of gelu cancels below 0, erfc does not."""
    return v * (erfc(-v * sqrt(0.5)) / 2) if name == "gelu" else ACTIVATIONS[name][0](v)


def softmax(z):
    top = max(z)
    powers = [exp(v - top) for v in z]
    return [p / sum(powers) for p in powers]


def activated(name, rows):
    """Rows of numbers through an activation; softmax takes a row together."""
    if name == "softmax":
        return [softmax(row) for row in rows]
    return [[ACTIVATIONS[name][0](v) for v in row] for row in rows]


def log_softmax(z):
    top = max(z)
    rest = log(sum(exp(v - top) for v in z))
    return [v - top - rest for v in z]


def huber(delta):
    return (
        lambda a, y: (
            0.5 * (a - y) ** 2 if abs(a - y) <= delta else delta * (abs(a - y) - 0.5 * delta)
        ),
        lambda a, y: max(-delta, min(delta, a - y)),
    )


def pinball(level):
    return (
        lambda a, y: level * (y - a) if y > a else (1 - level) * (a - y),
        lambda a, y: (1 - level) * float(a > y) - level * float(a < y),
    )


# name: loss of one output and its derivative by that output (N5); the losses of several numbers at once are below.
LOSSES = {
    "squared": (lambda a, y: 0.5 * (a - y) ** 2, lambda a, y: a - y),
    "mse": (lambda a, y: (a - y) ** 2, lambda a, y: 2 * (a - y)),
    "mae": (lambda a, y: abs(a - y), lambda a, y: float(a > y) - float(a < y)),
    "huber": huber(1.0),
    "poisson": (lambda a, y: exp(a) - y * a, lambda a, y: exp(a) - y),
    "quantile": pinball(0.5),
}


def gaussian(outputs, targets, epsilon):
    """Means and then logarithms of variances: the loss of the row and its derivatives, mean by mean, s by s."""
    n = len(targets)
    J, by_mean, by_s = 0.0, [], []
    for mean, s, y in zip(outputs[:n], outputs[n:], targets, strict=True):
        variance = epsilon + exp(s)
        J += 0.5 * (log(variance) + (y - mean) ** 2 / variance)
        by_mean.append((mean - y) / variance)
        by_s.append(0.5 * exp(s) / variance * (1 - (y - mean) ** 2 / variance))
    return J, by_mean + by_s


def loss_and_slopes(loss, z, a, y):
    """The loss of one row and its derivative by the last outputs, or by the last weighted sums: (J, dJ/da, dJ/dz).

    `loss` is a name, or a name and numbers: huber's delta, the quantile's levels, the gaussian's least variance, the
    smoothing of cross_entropy.
    """
    loss, numbers = (loss, ()) if isinstance(loss, str) else loss
    if loss == "cross_entropy":
        share = numbers[0] if numbers else 0.0
        y = [(1 - share) * t + share / len(y) for t in y]
        J = -sum(t * logarithm for t, logarithm in zip(y, log_softmax(z), strict=True))
        return J, None, [p * sum(y) - t for p, t in zip(softmax(z), y, strict=True)]
    if loss == "binary_cross_entropy":
        J = sum(t * softplus(-v) + (1 - t) * softplus(v) for v, t in zip(z, y, strict=True))
        return J, None, [sigmoid(v) - t for v, t in zip(z, y, strict=True)]
    if loss == "gaussian":
        return *gaussian(a, y, numbers[0] if numbers else 1e-6), None
    if loss == "quantile" and numbers:
        rules = [(pinball(level), t) for t in y for level in numbers]
        slopes = [rule[1](v, t) for v, (rule, t) in zip(a, rules, strict=True)]
        return sum(rule[0](v, t) for v, (rule, t) in zip(a, rules, strict=True)), slopes, None
    value, slope = huber(numbers[0]) if loss == "huber" and numbers else LOSSES[loss]
    pairs = list(zip(a, y, strict=True))
    return sum(value(*pair) for pair in pairs), [slope(*pair) for pair in pairs], None


@dataclass
class Pass:
    """What one row did: inputs, weighted sums and outputs of every layer."""

    inputs: list
    sums: list
    outputs: list


def forward(layers, x):
    """Layer by layer: z_j = sum_i W[i][j] a_i + b_j, a_j = g(z_j) (N1)."""
    run = Pass([], [], [])
    a = list(x)
    for W, b, activation in layers:
        run.inputs.append(a)
        n_out = len(W[0])
        z = [sum(W[i][j] * a[i] for i in range(len(a))) for j in range(n_out)]
        if b is not None:
            z = [z[j] + b[j] for j in range(n_out)]
        a = softmax(z) if activation == "softmax" else [ACTIVATIONS[activation][0](v) for v in z]
        run.sums.append(z)
        run.outputs.append(a)
    return run


def back_through(activation, z, a, da):
    """dJ/dz from dJ/da."""
    if activation == "softmax":
        mean = sum(p * d for p, d in zip(a, da, strict=True))
        return [p * (d - mean) for p, d in zip(a, da, strict=True)]
    return [d * ACTIVATIONS[activation][1](v) for d, v in zip(da, z, strict=True)]


def row_gradients(layers, loss, x, y):
    """The loss of one row and, for each layer, (dJ/dW, dJ/db): the chain rule from the last layer to the first (N9)."""
    run = forward(layers, x)
    J, da, dz = loss_and_slopes(loss, run.sums[-1], run.outputs[-1], y)
    found = []
    for number in reversed(range(len(layers))):
        W, _, activation = layers[number]
        if dz is None:
            dz = back_through(activation, run.sums[number], run.outputs[number], da)
        a = run.inputs[number]
        found.append(([[a_i * d for d in dz] for a_i in a], list(dz)))
        da = [sum(W[i][j] * dz[j] for j in range(len(dz))) for i in range(len(a))]
        dz = None
    return J, found[::-1]


def loss_and_gradients(layers, loss, X, Y, *, weights=None, reduction="mean"):
    """The loss over rows and its gradients {W1, b1, ...} as nested lists."""
    weights = [1.0] * len(X) if weights is None else list(weights)
    scale = 1 / sum(weights) if reduction == "mean" else 1.0
    total, sums = 0.0, {}
    for x, y, weight in zip(X, Y, weights, strict=True):
        J, found = row_gradients(layers, loss, x, y)
        total += scale * weight * J
        for number, (dW, db) in enumerate(found, 1):
            add(sums, f"W{number}", dW, scale * weight)
            if layers[number - 1][1] is not None:
                add(sums, f"b{number}", [db], scale * weight)
    return total, {name: g if name[0] == "W" else g[0] for name, g in sums.items()}


def add(sums, name, values, factor):
    """sums[name] += factor * values, for a table of numbers."""
    known = sums.setdefault(name, [[0.0] * len(row) for row in values])
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            known[i][j] += factor * value
