"""Random networks with data for them: every activation, every loss, both reductions, with weights and without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import ganglion as gl

HIDDEN = [name for name in gl.nn.activations if name != "softmax"]
SMOOTH = ["identity", "sigmoid", "tanh", "gelu", "silu", "mish", "softplus"]


@dataclass
class Case:
    """A network and what it is asked to compute on; `rows` are the targets as numbers (n, k)."""

    network: gl.nn.Network
    X: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    weights: np.ndarray | None

    @property
    def data(self) -> tuple[Any, ...]:
        """The arguments of `loss` and `gradients`."""
        return (self.X, self.y, self.weights)

    @property
    def layers(self) -> list[tuple[Any, Any, str]]:
        """The network as the oracle takes it."""
        numbers = self.network.parameters
        return [
            (
                numbers[f"W{i}"].tolist(),
                numbers[f"b{i}"].tolist() if layer.bias else None,
                layer.activation,
            )
            for i, layer in enumerate(self.network.layers, 1)
        ]


def record_of(loss: str | gl.nn.Loss) -> gl.nn.Loss:
    """The record of a loss that is given by its name or by itself."""
    return gl.nn.losses[loss] if isinstance(loss, str) else loss


def last_activation(loss: str | gl.nn.Loss, rng: np.random.Generator, names: list[str]) -> str:
    """The activation that the loss needs, otherwise any."""
    return record_of(loss).behind or str(rng.choice([*names, "softmax"]))


def targets(
    loss: str | gl.nn.Loss, n: int, k: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Targets for k outputs as a caller gives them, and as numbers; (n, k) where each has one output."""
    k = record_of(loss).n_targets(k)
    loss = record_of(loss).name
    if loss == "cross_entropy":
        if rng.random() < 0.5:
            labels = rng.integers(0, k, size=n)
            return labels, np.eye(k)[labels]
        rows = rng.dirichlet(np.ones(k), size=n)
        return rows, rows
    if loss == "binary_cross_entropy":
        rows = (
            rng.random((n, k)) if rng.random() < 0.5 else rng.integers(0, 2, (n, k)).astype(float)
        )
    elif loss == "poisson":
        rows = rng.poisson(2.0, size=(n, k)).astype(float)
    else:
        rows = rng.normal(size=(n, k))
    return (rows[:, 0] if k == 1 and rng.random() < 0.5 else rows), rows


def random_case(
    seed: int,
    *,
    names: list[str] = HIDDEN,
    losses: list[Any] | None = None,
    dtype: str = "float64",
    largest: tuple[int, int, int] = (5, 20, 30),
) -> Case:
    """A network of at most `largest` = (depth, width, rows) with data."""
    rng = np.random.default_rng(seed)
    depth, width, n_rows = (int(rng.integers(1, most + 1)) for most in largest)
    sizes = [int(size) for size in rng.integers(1, width + 1, size=depth + 1)]
    known = list(losses or gl.nn.losses)
    loss = known[seed % len(known)]
    sizes[-1] += -sizes[-1] % record_of(loss).outputs_per_target
    activations = [str(name) for name in rng.choice(names, size=depth - 1)]
    activations.append(last_activation(loss, rng, names))
    layers = [
        gl.nn.Dense(n_in, n_out, activation, bias=bool(rng.random() < 0.8))
        for n_in, n_out, activation in zip(sizes, sizes[1:], activations, strict=False)
    ]
    reduction = str(rng.choice(["mean", "sum"]))
    network = gl.nn.Network(layers, loss, reduction=reduction, random_state=rng, dtype=dtype)
    drawn = {
        name: rng.normal(size=value.shape) / np.sqrt(len(value))
        for name, value in network.parameters.items()
    }
    network.set_parameters(drawn)
    X = rng.normal(size=(n_rows, sizes[0]))
    y, rows = targets(loss, n_rows, sizes[-1], rng)
    weights = rng.random(n_rows) + 0.1 if rng.random() < 0.5 else None
    return Case(network, X, y, rows, weights)
