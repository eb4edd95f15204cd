"""How far two faithful computations of one network may be apart: a running bound on their rounding, row by row.

Every product, sum and function is taken to be off by a few units in the last place; an error that arrives grows by the
sizes of the weights and by the steepest slope of the activation (Higham 2002, section 3.1, in plain arithmetic).
"""

from __future__ import annotations

import numpy as np

# The steepest slope of each activation; a step is steep at 0 alone, and the cases stay away from there.
STEEPEST = {"silu": 1.1, "mish": 1.1, "gelu": 1.13, "selu": 1.7581, "step": 0.0}
FUNCTION = 8  # units in the last place that a function may be off
WIDTHS = 4  # more roundings than a sum over n numbers has beside its n


def bound(network, X):
    """The largest difference (n, n_out) between two computations of the outputs for rows X, in the network's dtype."""
    eps = float(np.finfo(network.dtype).eps)
    arrays = {
        name: value.astype(float)
        for name, value in {**network.parameters, **network.running}.items()
    }
    a, error = np.asarray(X, float), np.zeros(np.shape(X))
    given = []
    for stage in network.stages:
        given.append((a, error))
        z, error = _summed(stage, arrays, given, eps)
        a = _activation(stage.activation)(z)
        error = STEEPEST.get(stage.activation, 1.0) * error + FUNCTION * eps * np.abs(a)
        if stage.activation == "softmax":  # the exponents' errors are relative ones of the outputs
            error = error.max(axis=1, keepdims=True) * a + (FUNCTION + a.shape[1]) * eps * a
    return 2 * error


def _activation(name):
    import ganglion as gl

    return gl.nn.activations[name].value


def _summed(stage, arrays, given, eps):
    """A stage up to its activation, and the bound on its error."""
    (x, error), number = given[-1], stage.number
    if stage.kind == "dense":
        W, b = arrays[f"W{number}"], arrays.get(f"b{number}", 0.0) if stage.bias else 0.0
        sizes = np.abs(x) @ np.abs(W) + np.abs(b)
        return x @ W + b, error @ np.abs(W) + (stage.n_in + WIDTHS) * eps * sizes
    if stage.kind == "sum":
        kept, kept_error = given[stage.adds]
        return x + kept, error + kept_error + WIDTHS * eps * (np.abs(x) + np.abs(kept))
    gamma, beta = arrays[f"gamma{number}"], arrays[f"beta{number}"]
    if stage.kind == "batch_norm":
        mean, variance = arrays[f"mean{number}"], arrays[f"variance{number}"]
        factor = np.abs(gamma) / np.sqrt(variance + stage.epsilon)
        sizes = (np.abs(x) + np.abs(mean)) * factor + np.abs(beta)
        z = (x - mean) / np.sqrt(variance + stage.epsilon) * gamma + beta
        # Inside the weights before it, it also scales what these are summed from.
        before, _ = given[-2] if len(given) > 1 else (x, None)
        folded = np.abs(before).sum(axis=1, keepdims=True) * _largest(arrays) * factor
        return z, error * factor + WIDTHS * eps * (sizes + folded)
    mean = x.mean(axis=1, keepdims=True)
    deviation = np.sqrt(x.var(axis=1, keepdims=True) + stage.epsilon)
    z = (x - mean) / deviation * gamma + beta
    own = (stage.n_in + WIDTHS) * eps * np.abs(x).max(axis=1, keepdims=True)
    arrived = error.max(axis=1, keepdims=True)
    spread = (own + arrived) * (2 + np.abs(x - mean) / deviation) / deviation
    return z, spread * np.abs(gamma) + WIDTHS * eps * (np.abs(z) + np.abs(beta))


def _largest(arrays):
    """The largest weight of all."""
    return max(
        (float(np.abs(value).max()) for name, value in arrays.items() if name[0] == "W"), default=0
    )
