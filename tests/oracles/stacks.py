"""Networks of dense layers, norms and residual sums from the formulas, in loops over single numbers.

A batch is a list of rows. Stages are those of `ganglion.nn._engine.stages`; parameters are nested lists by name.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from ganglion.nn import BatchNorm, Dense, LayerNorm, Residual
from oracles.networks import activated, back_through, loss_and_slopes

WIDTHS = (1, 7, 8, 9, 15, 16, 17, 33)
SMOOTH = ("identity", "tanh", "gelu", "silu", "sigmoid", "elu", "mish", "relu")


def random_layers(rng, *, widths=WIDTHS, most=5, n_out=3):
    """Some layers of awkward widths with every kind of stage in any order; softmax at the end, of any kind."""

    def pick():
        return str(rng.choice(SMOOTH))

    def norm(width):
        return (BatchNorm if rng.random() < 0.6 else LayerNorm)(width, pick())

    width = first = int(rng.choice(widths))
    layers = [norm(width)] if rng.random() < 0.3 else []
    for _ in range(int(rng.integers(1, most))):
        draw = rng.random()
        if draw < 0.4 or not layers:
            wide = int(rng.choice(widths))
            layers.append(Dense(width, wide, pick(), bias=bool(rng.random() < 0.5)))
            width = wide
        elif draw < 0.7:
            layers.append(norm(width))
        else:
            wide = int(rng.choice(widths))
            inside = [Dense(width, wide, pick()), norm(wide), Dense(wide, width)]
            layers.append(Residual([norm(width), *inside] if rng.random() < 0.5 else inside))
    end = [Dense(width, n_out), BatchNorm(n_out, "softmax")] if rng.random() < 0.2 else None
    return [*layers, *(end or [Dense(width, n_out, "softmax")])], first


def random_numbers(stages, rng):
    """Parameters and running statistics by name."""
    parameters, running = {}, {}
    for stage in stages:
        for name, shape in stage.shapes.items():
            center = 1.0 if name.startswith("gamma") else 0.0
            parameters[name] = center + rng.normal(size=shape) / sqrt(max(shape[0], 4))
        for name in stage.running:
            running[name] = np.full(stage.n_out, float(name.startswith("variance")))
    return parameters, running


def standardised(values, epsilon):
    """(v - mean) / sqrt(variance + epsilon), and the divisor."""
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / len(values)
    deviation = sqrt(variance + epsilon)
    return [(v - mean) / deviation for v in values], deviation


def through_standardised(xhat, deviation, upstream):
    """Upstream times the whole Jacobian: d xhat_i / d v_k = ([i = k] - 1/n - xhat_i xhat_k / n) / deviation."""
    n = len(xhat)
    return [
        sum(upstream[i] * ((i == k) - 1 / n - xhat[i] * xhat[k] / n) for i in range(n)) / deviation
        for k in range(n)
    ]


def columns(rows):
    return [list(column) for column in zip(*rows, strict=True)]


def sums_of(stage, parameters, rows, inputs):
    """What a stage makes of its rows before the activation, and (xhat, deviations) of a norm's lines."""
    number = stage.number
    if stage.kind == "sum":
        return [
            [a + b for a, b in zip(*pair, strict=True)]
            for pair in zip(rows, inputs[stage.adds], strict=True)
        ], None
    if stage.kind == "dense":
        W = parameters[f"W{number}"]
        b = parameters[f"b{number}"] if stage.bias else [0.0] * stage.n_out
        return [
            [sum(x[i] * W[i][j] for i in range(stage.n_in)) + b[j] for j in range(stage.n_out)]
            for x in rows
        ], None
    lines = rows if stage.kind == "layer_norm" else columns(rows)
    pairs = [standardised(line, stage.epsilon) for line in lines]
    xhat = [pair[0] for pair in pairs]
    xhat = xhat if stage.kind == "layer_norm" else columns(xhat)
    gamma, beta = parameters[f"gamma{number}"], parameters[f"beta{number}"]
    z = [[g * v + b for g, v, b in zip(gamma, row, beta, strict=True)] for row in xhat]
    return z, (xhat, [pair[1] for pair in pairs])


def stage_back(stage, parameters, inputs, kept, dz, gradients):
    """Note the gradients of a stage's parameters, and return that of its inputs."""
    number = stage.number
    if stage.kind == "sum":
        return dz
    if stage.kind == "dense":
        W = parameters[f"W{number}"]
        gradients[f"W{number}"] = [
            [sum(x[i] * d[j] for x, d in zip(inputs, dz, strict=True)) for j in range(stage.n_out)]
            for i in range(stage.n_in)
        ]
        if stage.bias:
            gradients[f"b{number}"] = [sum(column) for column in columns(dz)]
        return [
            [sum(W[i][j] * d[j] for j in range(stage.n_out)) for i in range(stage.n_in)] for d in dz
        ]
    xhat, deviations = kept
    gradients[f"gamma{number}"] = [
        sum(d * v for d, v in zip(*pair, strict=True))
        for pair in zip(columns(dz), columns(xhat), strict=True)
    ]
    gradients[f"beta{number}"] = [sum(column) for column in columns(dz)]
    gamma = parameters[f"gamma{number}"]
    upstream = [[g * d for g, d in zip(gamma, row, strict=True)] for row in dz]
    if stage.kind == "layer_norm":
        return [
            through_standardised(*line) for line in zip(xhat, deviations, upstream, strict=True)
        ]
    lines = zip(columns(xhat), deviations, columns(upstream), strict=True)
    return columns([through_standardised(*line) for line in lines])


def loss_and_gradients(stages, parameters, loss, X, Y):
    """The mean loss of a batch, statistics of batch norms being its own, and the gradients by name."""
    inputs, sums, keeps = [[list(x) for x in X]], [], []
    for stage in stages:
        z, kept = sums_of(stage, parameters, inputs[-1], inputs)
        sums.append(z)
        keeps.append(kept)
        inputs.append(activated(stage.activation, z))
    total, da, dz = 0.0, [], []
    for z, a, y in zip(sums[-1], inputs[-1], Y, strict=True):
        J, by_output, by_sum = loss_and_slopes(loss, z, a, y)
        total += J / len(X)
        slopes = by_sum or back_through(stages[-1].activation, z, a, by_output)
        dz.append([d / len(X) for d in slopes])
    gradients, added = {}, {}
    for k in reversed(range(len(stages))):
        if stages[k].kind == "sum":
            added[stages[k].adds] = dz
        da = stage_back(stages[k], parameters, inputs[k], keeps[k], dz, gradients)
        if k in added:
            da = [
                [a + b for a, b in zip(*pair, strict=True)]
                for pair in zip(da, added[k], strict=True)
            ]
        if k:
            below = zip(sums[k - 1], inputs[k], da, strict=True)
            dz = [back_through(stages[k - 1].activation, z, a, d) for z, a, d in below]
    return total, gradients
