"""Random networks of every kind of layer with data, as the oracle takes them and as torch builds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import ganglion as gl
from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Residual
from oracles.network_cases import HIDDEN, last_activation, targets

LOSSES = ("squared", "mse", "mae", "huber", "cross_entropy", "binary_cross_entropy")


@dataclass
class StackCase:
    """A network and what it is asked to compute on; `rows` are the targets as numbers (n, k)."""

    network: gl.nn.Network
    X: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    weights: np.ndarray | None

    @property
    def data(self):
        """The arguments of `loss` and `gradients`."""
        return self.X, self.y, self.weights

    @property
    def running(self):
        """Means and variances of the batch norms in order, as lists."""
        held = self.network.running
        names = [name for name in held if name.startswith("mean")]
        return [
            (held[name].tolist(), held["variance" + name.removeprefix("mean")].tolist())
            for name in names
        ]


def block(rng, width, names):
    """A few layers from a width, and the width behind them."""

    def name():
        return str(rng.choice(names))

    kind = rng.integers(6)
    after = int(rng.integers(2, 7))
    if kind == 0:
        return [Dense(width, after, name(), bias=bool(rng.random() < 0.7))], after
    if kind == 1:
        return [Dense(width, after, bias=False), BatchNorm(after, name())], after
    if kind == 2:
        return [LayerNorm(width, name(), epsilon=float(rng.choice([1e-5, 1e-2])))], width
    if kind == 3:
        return [BatchNorm(width, momentum=float(rng.choice([0.1, 0.5, 1.0])))], width
    if kind == 4:
        inside = [LayerNorm(width), Dense(width, after, name()), Dense(after, width)]
        return [Residual(inside)], width
    inside = [Dense(width, after), BatchNorm(after, name()), Dropout(0.25), Dense(after, width)]
    return [Residual(inside), Dropout(0.5)], width


def random_layers(rng, loss, names):
    """Layers from a few inputs to a few outputs that fit the loss."""
    width = n_in = int(rng.integers(2, 6))
    layers = []
    for _ in range(int(rng.integers(1, 4))):
        more, width = block(rng, width, names)
        layers += more
    if rng.random() < 0.2 and gl.nn.losses[loss].behind is None:
        layers = [*layers, Residual([Dense(width, width, "tanh"), Dense(width, width)])]
        return layers, n_in, width
    k = int(rng.integers(2, 5))
    layers.append(Dense(width, k, last_activation(loss, rng, names)))
    return layers, n_in, k


def random_stack(seed, *, names=HIDDEN, losses=LOSSES, dtype="float64", rows=9):
    """A network with drawn parameters and running statistics, and at most so many rows, at least 3."""
    rng = np.random.default_rng(seed)
    loss = losses[seed % len(losses)]
    layers, n_in, k = random_layers(rng, loss, names)
    reduction = str(rng.choice(["mean", "sum"]))
    network = gl.nn.Network(layers, loss, reduction=reduction, random_state=rng, dtype=dtype)
    network.set_parameters(
        {
            name: rng.normal(size=value.shape) / (np.sqrt(len(value)) if name[0] == "W" else 1.0)
            for name, value in network.parameters.items()
        }
    )
    network.set_running(
        {
            name: rng.random(value.shape) + 0.5 if name[0] == "v" else rng.normal(size=value.shape)
            for name, value in network.running.items()
        }
    )
    n = int(rng.integers(3, rows + 1))
    X = rng.normal(size=(n, n_in))
    y, as_rows = targets(loss, n, k, rng)
    weights = rng.random(n) + 0.1 if rng.random() < 0.5 else None
    return StackCase(network, X, y, as_rows, weights)


def as_stages(network):
    """The network as `oracles.stage_networks` takes it."""
    numbers = {name: value.tolist() for name, value in network.parameters.items()}
    count = {"dense": 0, "norm": 0}

    def single(layer):
        if isinstance(layer, Dense):
            count["dense"] += 1
            i = count["dense"]
            return ("dense", (numbers[f"W{i}"], numbers.get(f"b{i}")), layer.activation)
        count["norm"] += 1
        i = count["norm"]
        kind = "batch_norm" if isinstance(layer, BatchNorm) else "layer_norm"
        values = (numbers[f"gamma{i}"], numbers[f"beta{i}"], layer.epsilon)
        return (kind, values, layer.activation)

    stages = []
    for layer in network.layers:
        if isinstance(layer, Residual):
            stages.append(("begin", (), ""))
            stages += [single(one) for one in layer.layers if not isinstance(one, Dropout)]
            stages.append(("end", (), ""))
        elif not isinstance(layer, Dropout):
            stages.append(single(layer))
    return stages
