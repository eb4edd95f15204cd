"""Networks with norms and residual sums from the formulas, in loops over single numbers: no arrays, no engine.

A network is a list of stages (kind, values, activation): kind "dense" with (W, b) as nested lists, "batch_norm" and
"layer_norm" with (gamma, beta, epsilon), and a pair ("begin", "end") around what is added to its own input. A table is
a list of rows.
"""

from __future__ import annotations

from math import sqrt

from oracles.networks import activated, back_through, loss_and_slopes


def columns(table):
    return [list(column) for column in zip(*table, strict=True)]


def mean_and_variance(values):
    mean = sum(values) / len(values)
    return mean, sum((v - mean) ** 2 for v in values) / len(values)


def dense_forward(values, table):
    W, b = values
    n_out = len(W[0])
    return [
        [sum(a * W[i][j] for i, a in enumerate(row)) + (b[j] if b else 0.0) for j in range(n_out)]
        for row in table
    ]


def dense_backward(values, table, up):
    """Gradients of W and b, and the derivative by the inputs."""
    W, _ = values
    n_in, n_out = len(W), len(W[0])
    pairs = list(zip(table, up, strict=True))
    dW = [[sum(a[i] * d[j] for a, d in pairs) for j in range(n_out)] for i in range(n_in)]
    db = [sum(d[j] for d in up) for j in range(n_out)]
    down = [[sum(d[j] * W[i][j] for j in range(n_out)) for i in range(n_in)] for d in up]
    return [dW, db], down


def normal_values(lists, epsilon):
    """Each list with mean 0 and variance 1, and the deviations it was divided by."""
    found, deviations = [], []
    for values in lists:
        mean, variance = mean_and_variance(values)
        deviations.append(sqrt(variance + epsilon))
        found.append([(v - mean) / deviations[-1] for v in values])
    return found, deviations


def normal_slopes(normal, deviations, up):
    """The derivative by what was normalised, given that by the normal values; list by list."""
    down = []
    for values, deviation, slopes in zip(normal, deviations, up, strict=True):
        n = len(values)
        level = sum(slopes) / n
        tilt = sum(s * v for s, v in zip(slopes, values, strict=True)) / n
        down.append(
            [(s - level - v * tilt) / deviation for s, v in zip(slopes, values, strict=True)]
        )
    return down


def norm_forward(kind, values, table, running):
    """The outputs, and what the way back needs: normal values and deviations, by column where a batch is normal."""
    gamma, beta, epsilon = values
    if kind == "layer_norm":
        normal, deviations = normal_values(table, epsilon)
        rows = normal
    elif running is None:
        normal, deviations = normal_values(columns(table), epsilon)
        rows = columns(normal)
    else:
        means, variances = running
        deviations = [sqrt(v + epsilon) for v in variances]
        rows = [
            [(v - m) / d for v, m, d in zip(row, means, deviations, strict=True)] for row in table
        ]
        normal = columns(rows)
    out = [[g * v + b for g, v, b in zip(gamma, row, beta, strict=True)] for row in rows]
    return out, (rows, normal, deviations)


def norm_backward(kind, values, kept, up, running):
    gamma, _, _ = values
    rows, normal, deviations = kept
    k = len(gamma)
    pairs = list(zip(rows, up, strict=True))
    dgamma = [sum(v[j] * d[j] for v, d in pairs) for j in range(k)]
    dbeta = [sum(d[j] for d in up) for j in range(k)]
    scaled = [[d * g for d, g in zip(row, gamma, strict=True)] for row in up]
    if kind == "layer_norm":
        down = normal_slopes(normal, deviations, scaled)
    elif running is None:
        down = columns(normal_slopes(normal, deviations, columns(scaled)))
    else:
        down = [[d / s for d, s in zip(row, deviations, strict=True)] for row in scaled]
    return [dgamma, dbeta], down


def forward(stages, X, running):
    """Go through the stages; `running` has (means, variances) for each batch norm, or is None in training."""
    table, kept, open_inputs = X, [], []
    statistics = iter(running) if running is not None else None
    for kind, values, activation in stages:
        if kind == "begin":
            open_inputs.append(table)
            kept.append(None)
            continue
        if kind == "end":
            start = open_inputs.pop()
            z = [
                [a + b for a, b in zip(one, other, strict=True)]
                for one, other in zip(table, start, strict=True)
            ]
            table = z
            kept.append(None)
            continue
        own = None
        if kind == "dense":
            z, memory = dense_forward(values, table), table
        else:
            own = next(statistics) if kind == "batch_norm" and statistics is not None else None
            z, memory = norm_forward(kind, values, table, own)
        table = activated(activation, z)
        kept.append((memory, z, table, own))
    return table, kept


def loss_and_gradients(stages, loss, X, Y, *, weights, reduction, running):
    """The loss, and for each stage with parameters its two gradients, in order."""
    outputs, kept = forward(stages, X, running)
    weights = [1.0] * len(X) if weights is None else list(weights)
    scale = 1 / sum(weights) if reduction == "mean" else 1.0
    total, up, from_sums = 0.0, [], False
    last = next(memory for memory in reversed(kept) if memory is not None)
    ends_with_sum = kept[-1] is None
    for row in range(len(X)):
        z = outputs[row] if ends_with_sum else last[1][row]
        J, da, dz = loss_and_slopes(loss, z, outputs[row], Y[row])
        total += scale * weights[row] * J
        from_sums = dz is not None
        up.append([scale * weights[row] * d for d in (dz if from_sums else da)])
    found, waiting = [], []
    for (kind, values, activation), memory in zip(reversed(stages), reversed(kept), strict=True):
        if kind == "end":
            waiting.append(up)
            continue
        if kind == "begin":
            passed = waiting.pop()
            up = [
                [a + b for a, b in zip(one, other, strict=True)]
                for one, other in zip(up, passed, strict=True)
            ]
            continue
        inside, z, a, own = memory
        if not from_sums:
            up = [
                back_through(activation, zs, outs, d) for zs, outs, d in zip(z, a, up, strict=True)
            ]
        from_sums = False
        if kind == "dense":
            gradients, up = dense_backward(values, inside, up)
        else:
            gradients, up = norm_backward(kind, values, inside, up, own)
        found.append(gradients)
    return total, found[::-1]
