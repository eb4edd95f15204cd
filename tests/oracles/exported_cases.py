"""Networks to be stored and exported: every layer, activation and dtype, with numbers that look trained; and rows."""

from __future__ import annotations

import numpy as np

from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Network, Residual, activations

DTYPES = ("float64", "float32")

# name: layers from 4 numbers on.
LAYERS = {
    "one layer": [Dense(4, 3)],
    "one number": [Dense(4, 1, "sigmoid")],
    "no bias": [Dense(4, 6, "tanh", bias=False), Dense(6, 3, bias=False)],
    "dropout": [Dense(4, 6, "relu"), Dropout(0.5), Dense(6, 3, "softmax")],
    "a batch norm behind sums": [Dense(4, 6), BatchNorm(6, "relu"), Dense(6, 3)],
    "a batch norm behind sums without bias": [Dense(4, 6, bias=False), BatchNorm(6), Dense(6, 3)],
    "a batch norm at the start": [BatchNorm(4), Dense(4, 3, "tanh")],
    "a batch norm behind an activation": [Dense(4, 6, "tanh"), BatchNorm(6), Dense(6, 3)],
    "a batch norm at the end": [Dense(4, 3), BatchNorm(3, "softmax")],
    "a batch norm alone": [BatchNorm(4, "elu")],
    "a layer norm at the start": [LayerNorm(4), Dense(4, 3)],
    "a layer norm between": [Dense(4, 6, "gelu"), LayerNorm(6, "silu", epsilon=1e-3), Dense(6, 3)],
    "a layer norm alone": [LayerNorm(4, "softmax")],
    "a residual at the start": [Residual([Dense(4, 7, "relu"), Dense(7, 4)]), Dense(4, 3)],
    "a residual alone": [Residual([Dense(4, 7, "relu"), Dense(7, 4, "tanh")])],
    "a residual at the end": [Dense(4, 5), Residual([LayerNorm(5), Dense(5, 5, "mish")])],
    "a residual of norms": [Dense(4, 5), Residual([BatchNorm(5, "relu"), LayerNorm(5)])],
    "a batch norm that a residual looks behind": [
        Dense(4, 5), Residual([BatchNorm(5), Dense(5, 5, "relu"), Dropout(0.1)]), Dense(5, 3),
    ],
    "two residuals": [
        Dense(4, 5, "tanh"),
        Residual([Dense(5, 8, bias=False), BatchNorm(8, "relu"), Dense(8, 5)]),
        Residual([LayerNorm(5), Dense(5, 2, "selu"), Dense(2, 5)]),
        BatchNorm(5, "softplus"),
        Dense(5, 3, "softmax"),
    ],
}  # fmt: skip


def lively(network: Network, seed: int = 0) -> Network:
    """The network with drawn numbers in the place of all zeros and ones."""
    rng = np.random.default_rng(seed)
    parameters = {
        name: value + 0.3 * rng.normal(size=value.shape)
        for name, value in network.parameters.items()
    }
    running = {
        name: rng.normal(size=value.shape)
        if name.startswith("mean")
        else rng.gamma(2.0, 0.5, value.shape)
        for name, value in network.running.items()
    }
    network.set_parameters(parameters)
    network.set_running(running)
    return network


def network_of(name: str, dtype: str = "float64") -> Network:
    """A network of `LAYERS`, or one with the activation of that name."""
    if name in LAYERS:
        return lively(Network(LAYERS[name], random_state=1, dtype=dtype))
    inside = "identity" if name == "softmax" else name
    layers = [Dense(4, 9, inside), Dense(9, 5, inside), Dense(5, 3, name)]
    return lively(Network(layers, random_state=1, dtype=dtype))


NAMES = [*LAYERS, *activations]


def rows(n: int = 40, dtype: str = "float64") -> np.ndarray:
    """Rows of 4 numbers of different sizes."""
    rng = np.random.default_rng(3)
    return (rng.normal(size=(n, 4)) * [1.0, 3.0, 0.1, 1.0] + [0.0, 1.0, 0.0, -2.0]).astype(dtype)
