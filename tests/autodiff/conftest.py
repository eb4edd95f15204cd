"""Computations to draw: random ones of any size, and networks neuron by neuron."""

from __future__ import annotations

import random

import numpy as np
import pytest

import ganglion as gl
from ganglion import nn


def random_computation(n, *, seed=1):
    """A trace of about n nodes: each operation takes what is not used yet, or something recent."""
    draw = random.Random(seed)
    names = [f"x{i}" for i in range(max(1, n // 6))]
    inputs = {name: draw.uniform(-1, 1) for name in names}
    lines, unused = [], list(names)
    while len(names) + len(unused) < n + 1:
        first = unused.pop(0) if unused and draw.random() < 0.7 else draw.choice(names[-30:])
        second = draw.choice(names[-30:])
        unused = [name for name in unused if name not in (first, second)]
        form = draw.choice(("{} * {}", "{} + {}", "{} - {}", "sin({})", "tanh({})"))
        name = f"h{len(lines)}"
        lines.append(f"{name} = {form.format(first, second)}")
        if "{}" in form and form.count("{}") == 1 and second in inputs and second not in names[:1]:
            unused.append(second)
        names.append(name)
        unused.append(name)
    lines.append(" + ".join(dict.fromkeys(unused or names[-1:])))
    return gl.autodiff.trace("\n".join(lines), **inputs)


def network_trace(*sizes, level="scalar"):
    """The trace of one row through a network of sigmoid neurons."""
    layers = [nn.Dense(a, b, "sigmoid") for a, b in zip(sizes, sizes[1:], strict=False)]
    network = nn.Network(layers, random_state=0)
    draw = np.random.default_rng(0)
    return network.trace(draw.normal(size=sizes[0]), np.eye(sizes[-1])[0], level=level)


@pytest.fixture(name="random_computation", scope="session")
def _random_computation():
    return random_computation


@pytest.fixture(name="network_trace", scope="session")
def _network_trace():
    return network_trace
