"""The activations in ONNX's operators. What float64 lacks is put together from others, to the last digits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from math import pi, sqrt
from types import MappingProxyType
from typing import Any

import numpy as np

from ...autodiff.primitives import _error_function as cody

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


class Writer(ABC):
    """What an activation is written with: nodes and constants, each known by the name of its output."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype

    @property
    def is_double(self) -> bool:
        """Whether the network computes in float64."""
        return self.dtype == np.float64

    @abstractmethod
    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Write a node with one output and return the output's name."""

    @abstractmethod
    def constant(self, value: float) -> str:
        """Return the name of a constant number in the network's dtype."""


def _sigmoid(write: Writer, z: str) -> str:
    """The operator; in float64 (1 or e) / (1 + e) with e = exp(-|z|): onnxruntime's kernel loses small values."""
    if not write.is_double:
        return write.add("Sigmoid", z)
    one = write.constant(1.0)
    e = write.add("Exp", write.add("Neg", write.add("Abs", z)))
    above = write.add("Where", write.add("Less", z, write.constant(0.0)), e, one)
    return write.add("Div", above, write.add("Add", e, one))


def _leaky_relu(write: Writer, z: str) -> str:
    if write.is_double:
        return write.add("Max", z, write.add("Mul", z, write.constant(0.01)))
    return write.add("LeakyRelu", z, alpha=0.01)


def _step(write: Writer, z: str) -> str:
    """NaN stays NaN: only what is compared becomes 0 or 1."""
    zero, one = write.constant(0.0), write.constant(1.0)
    up = write.add("Where", write.add("GreaterOrEqual", z, zero), one, z)
    return write.add("Where", write.add("Less", z, zero), zero, up)


def _below(write: Writer, z: str) -> str:
    """exp(z) - 1 where z is negative, else 0: 2 t / (1 - t) with t = tanh(z / 2), which cancels nothing."""
    low = write.add("Min", z, write.constant(0.0))
    t = write.add("Tanh", write.add("Mul", low, write.constant(0.5)))
    return write.add("Div", write.add("Add", t, t), write.add("Sub", write.constant(1.0), t))


def _elu(write: Writer, z: str) -> str:
    return write.add("Add", write.add("Relu", z), _below(write, z))


def _selu(write: Writer, z: str) -> str:
    low = write.add("Mul", _below(write, z), write.constant(SELU_ALPHA))
    scale = write.constant(SELU_SCALE)
    return write.add("Mul", write.add("Add", write.add("Relu", z), low), scale)


def _gelu(write: Writer, z: str) -> str:
    """z (1 + erf(z / sqrt 2)) / 2; in float64 z erfc(-z / sqrt 2) / 2 by Cody's approximations."""
    x = write.add("Mul", z, write.constant(sqrt(0.5)))
    if not write.is_double:
        twice = write.add("Add", write.add("Erf", x), write.constant(1.0))
        return write.add("Mul", z, write.add("Mul", twice, write.constant(0.5)))
    half = write.add("Mul", _complement(write, write.add("Neg", x)), write.constant(0.5))
    return write.add("Mul", z, half)


def _complement(write: Writer, x: str) -> str:
    """erfc(x) = 1 - erf(x): three ratios of polynomials, each used where it holds and kept finite elsewhere."""
    size = write.add("Abs", x)
    bell = write.add("Exp", write.add("Neg", write.add("Mul", x, x)))
    small_x = write.add("Min", size, write.constant(cody.SMALL))
    square = write.add("Mul", small_x, small_x)
    small = write.add("Mul", small_x, _ratio(write, cody.SMALL_P, cody.SMALL_Q, square))
    small = write.add("Sub", write.constant(1.0), small)
    middle_x = write.add("Min", size, write.constant(cody.LARGE))
    middle = write.add("Mul", bell, _ratio(write, cody.MIDDLE_P, cody.MIDDLE_Q, middle_x))
    large_x = write.add("Max", size, write.constant(cody.LARGE))
    inverse = write.add("Div", write.constant(1.0), write.add("Mul", large_x, large_x))
    rest = write.add("Mul", inverse, _ratio(write, cody.LARGE_P, cody.LARGE_Q, inverse))
    rest = write.add("Sub", write.constant(1 / sqrt(pi)), rest)
    large = write.add("Div", write.add("Mul", bell, rest), large_x)
    beyond = write.add(
        "Where", write.add("Greater", size, write.constant(cody.LARGE)), large, middle
    )
    y = write.add("Where", write.add("Greater", size, write.constant(cody.SMALL)), beyond, small)
    mirrored = write.add("Sub", write.constant(2.0), y)
    return write.add("Where", write.add("Less", x, write.constant(0.0)), mirrored, y)


def _ratio(write: Writer, above: tuple[float, ...], below: tuple[float, ...], x: str) -> str:
    """P(x) / Q(x) by Horner's rule, the highest power first."""
    values: list[str] = []
    for terms in (above, below):
        value = write.constant(terms[0])
        for term in terms[1:]:
            value = write.add("Add", write.add("Mul", value, x), write.constant(term))
        values.append(value)
    return write.add("Div", *values)


def _softplus(write: Writer, z: str) -> str:
    """max(z, 0) + log(1 + e), e = exp(-|z|); the logarithm is e log(u) / (u - 1) with u = 1 + e rounded (Kahan)."""
    one = write.constant(1.0)
    e = write.add("Exp", write.add("Neg", write.add("Abs", z)))
    u = write.add("Add", e, one)
    is_lost = write.add("Equal", u, one)
    # Where u is 1, the ratio would be 0 / 0; there log(1 + e) is e.
    gained = write.add("Where", is_lost, one, write.add("Sub", u, one))
    ratio = write.add("Div", write.add("Log", u), gained)
    log1p = write.add("Where", is_lost, e, write.add("Mul", e, ratio))
    return write.add("Add", write.add("Relu", z), log1p)


def _silu(write: Writer, z: str) -> str:
    return write.add("Mul", z, _sigmoid(write, z))


def _mish(write: Writer, z: str) -> str:
    return write.add("Mul", z, write.add("Tanh", _softplus(write, z)))


ACTIVATIONS: Mapping[str, Callable[[Writer, str], str]] = MappingProxyType(
    {
        "identity": lambda write, z: z,
        "sigmoid": _sigmoid,
        "tanh": lambda write, z: write.add("Tanh", z),
        "relu": lambda write, z: write.add("Relu", z),
        "leaky_relu": _leaky_relu,
        "step": _step,
        "elu": _elu,
        "selu": _selu,
        "gelu": _gelu,
        "silu": _silu,
        "mish": _mish,
        "softplus": _softplus,
        "softmax": lambda write, z: write.add("Softmax", z, axis=-1),
    }
)
"""Write the nodes of an activation: from the name of the weighted sums to the name of the outputs."""
