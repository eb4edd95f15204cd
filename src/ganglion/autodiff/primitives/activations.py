"""The activations of neural networks, softmax and its relatives, without overflow anywhere."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..graph import Value
from ._rules import elementwise, expand, flat, raw, special
from .transcendental import bell, erfc

__all__ = ["log_softmax", "sigmoid", "softmax", "softplus"]

SELU_SCALE = 1.0507009873554805  # Klambauer and others 2017: they keep mean 0 and variance 1
SELU_ALPHA = 1.6732632423543772
LEAK = 0.01
ROOT_HALF = math.sqrt(0.5)
ONE_OVER_ROOT_TWO_PI = 1 / math.sqrt(2 * math.pi)


def sigmoid_value(x: Value) -> Value:
    """1 / (1 + exp(-x)); where exp(-x) is infinite, 0 is right."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def negative_part(x: Value) -> Value:
    """min(x, 0), whose slope at 0 is the one from the left."""
    return np.where(raw(x) > 0, 0.0, x)


def elu_value(x: Value) -> Value:
    """X above 0, exp(x) - 1 below."""
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def elu_slope(x: Value) -> Value:
    """1 above 0, exp(x) up to 0."""
    return np.exp(negative_part(x))


def selu_value(x: Value) -> Value:
    """SELU_SCALE x above 0, SELU_SCALE SELU_ALPHA (exp(x) - 1) below."""
    return SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0)))


def selu_slope(x: Value) -> Value:
    """SELU_SCALE above 0, SELU_SCALE SELU_ALPHA exp(x) up to 0."""
    return np.where(raw(x) > 0, SELU_SCALE, SELU_SCALE * SELU_ALPHA * np.exp(negative_part(x)))


def normal_below(x: Value) -> Value:
    """Probability that a standard normal number is below x."""
    return 0.5 * erfc(-ROOT_HALF * x)


def silu_slope(y: Value, x: Value) -> Value:
    """s + y (1 - s), with s = sigmoid(x)."""
    s = sigmoid(x)
    return s + y * (1 - s)


def mish_slope(x: Value) -> Value:
    """t + x sigmoid(x) (1 - t^2), with t = tanh(softplus(x)); from 1000 on it is 1, and the second term is gone."""
    x = np.clip(x, -1000, 1000)  # of its derivative's terms, too: their products would overflow
    t = np.tanh(softplus(x))
    return t + x * sigmoid(x) * (1 - t * t)


# fmt: off
sigmoid = elementwise("sigmoid", sigmoid_value, lambda y, x: y * (1 - y),
                      formula="sigmoid({0})", latex=r"\sigma(#1)", says=("y (1 - y)",))
softplus = elementwise("softplus", lambda x: np.logaddexp(x, 0), lambda y, x: sigmoid(x),
                       formula="softplus({0})", latex=r"\ln(1 + e^{#1})", says=("sigmoid(x)",))
elementwise("silu", lambda x: x * sigmoid_value(x), silu_slope,
            formula="silu({0})", latex=r"#1 \, \sigma(#1)", says=("sigmoid(x) + y (1 - sigmoid(x))",))
elementwise("mish", lambda x: x * np.tanh(np.logaddexp(x, 0)), lambda y, x: mish_slope(x),
            formula="mish({0})", latex=r"#1 \tanh \ln(1 + e^{#1})",
            says=("t + x sigmoid(x) (1 - t^2), t = tanh(softplus(x))",))
elementwise("gelu", lambda x: x * normal_below(x),
            lambda y, x: normal_below(x) + x * (ONE_OVER_ROOT_TWO_PI * bell(ROOT_HALF * x)),
            formula="gelu({0})", latex=r"#1 \, \Phi(#1)", says=("Phi(x) + x phi(x)",))
elementwise("relu", lambda x: np.maximum(x, 0), lambda y, x: raw(x) > 0,
            formula="relu({0})", latex=r"\max(0, #1)", says=("x > 0",))
elementwise("leaky_relu", lambda x: np.where(x > 0, x, LEAK * x), lambda y, x: np.where(raw(x) > 0, 1.0, LEAK),
            formula="leaky_relu({0})", latex=r"\max(0.01 #1, #1)", says=("1 if x > 0 else 0.01",))
elementwise("elu", elu_value, lambda y, x: elu_slope(x),
            formula="elu({0})", latex=r"\operatorname{elu}(#1)", says=("1 if x > 0 else exp(x)",))
elementwise("selu", selu_value, lambda y, x: selu_slope(x),
            formula="selu({0})", latex=r"\operatorname{selu}(#1)",
            says=("1.0507 if x > 0 else 1.7581 exp(x)",))
flat("step", lambda x: np.heaviside(x, 1.0), formula="step({0})", latex=r"[#1 \ge 0]")
# fmt: on


def softmax_value(x: Value, *, axis: int = -1) -> Value:
    """exp(x) over its sum along the axis."""
    exponential = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True))
    return exponential / np.add.reduce(exponential, axis=axis, keepdims=True)


def softmax_along(v: Value, y: Value, axis: int) -> Value:
    """y (v - sum(y v)): the Jacobian of softmax is symmetric, so that it carries gradients and tangents alike."""
    return y * (v - np.sum(y * v, axis=axis, keepdims=True))


def log_softmax_value(x: Value, *, axis: int = -1) -> Value:
    """X less the logarithm of the sum of exp(x), along the axis."""
    shifted = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


def logsumexp_value(x: Value, *, axis: Any = None, keepdims: bool = False) -> Value:
    """Logarithm of the sum of exp(x): the largest x is taken out before."""
    largest = np.max(x, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):  # all of them -inf: the logarithm of 0 is right
        y = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    return y if keepdims else np.squeeze(y, axis=axis)[()]


def logsumexp_weights(y: Value, x: Value, axis: Any, keepdims: bool) -> Value:
    """exp(x - y), the softmax of x; 0 where all x are -inf, NaN for one that is inf."""
    y = expand(y, axis, keepdims)
    with np.errstate(invalid="ignore"):
        return np.exp(x - np.where(raw(y) == -np.inf, 0.0, y))


softmax = special(
    "softmax",
    softmax_value,
    lambda g, y, x, *, axis=-1: softmax_along(g, y, axis),
    lambda t, y, x, *, axis=-1: softmax_along(t, y, axis),
    formula="softmax({0})",
    latex=r"\operatorname{softmax}(#1)",
)
log_softmax = special(
    "log_softmax",
    log_softmax_value,
    lambda g, y, x, *, axis=-1: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),
    lambda t, y, x, *, axis=-1: t - np.sum(np.exp(y) * t, axis=axis, keepdims=True),
    formula="log_softmax({0})",
    latex=r"\ln \operatorname{softmax}(#1)",
)
special(
    "logsumexp",
    logsumexp_value,
    lambda g, y, x, *, axis=None, keepdims=False: (
        expand(g, axis, keepdims) * logsumexp_weights(y, x, axis, keepdims)
    ),
    lambda t, y, x, *, axis=None, keepdims=False: np.sum(
        t * logsumexp_weights(y, x, axis, keepdims), axis=axis, keepdims=keepdims
    ),
    formula="logsumexp({0})",
    latex=r"\ln \textstyle\sum e^{#1}",
)
