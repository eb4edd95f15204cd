"""The formulas of the losses: from outputs and targets to the loss of each row, (n, k) and (n, k) to (n,).

Those with numbers are records that can be called, so that they compare by the numbers and may be pickled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..autodiff import functions as fn
from ..autodiff.graph import Value


@dataclass(frozen=True)
class HuberTerms:
    """Quadratic up to delta, linear beyond: m (|r| - m / 2) with m = min(|r|, delta) is both."""

    delta: float

    def __call__(self, a: Value, y: Value) -> Value:
        size = fn.abs(a - y)
        inner = fn.minimum(size, self.delta)
        return fn.sum(inner * (size - 0.5 * inner), axis=-1)


@dataclass(frozen=True)
class QuantileTerms:
    """(1 - q) (a - y) where the output is too large, q (y - a) where it is too small; the slope is 0 where it fits."""

    levels: tuple[float, ...]

    def __call__(self, a: Value, y: Value) -> Value:
        levels = np.array(self.levels, dtype=y.dtype)
        each = fn.reshape(a, (*y.shape, len(levels))) - y[..., np.newaxis]
        terms = (1 - levels) * fn.relu(each) + levels * fn.relu(-each)
        return fn.sum(terms, axis=(-2, -1))


@dataclass(frozen=True)
class GaussianTerms:
    """(log v + (y - m)^2 / v) / 2, v = epsilon + exp(s): log v is taken from s, 1 / v from log v; neither overflows."""

    epsilon: float

    def __call__(self, a: Value, y: Value) -> Value:
        n, least = y.shape[-1], math.log(self.epsilon)
        log_variance = least + fn.softplus(a[..., n:] - least)
        each = log_variance + fn.square(a[..., :n] - y) * fn.exp(-log_variance)
        return 0.5 * fn.sum(each, axis=-1)


@dataclass(frozen=True)
class CrossEntropyTerms:
    """-sum t log(a), t = (1 - smoothing) y + smoothing / k."""

    smoothing: float

    def __call__(self, a: Value, y: Value) -> Value:
        share = self.smoothing
        return -fn.sum(((1.0 - share) * y + share / y.shape[-1]) * fn.log(a), axis=-1)


@dataclass(frozen=True)
class CrossEntropyOfSums:
    """The same from the sums; y may be labels."""

    smoothing: float

    def __call__(self, z: Value, y: Value) -> Value:
        loss = fn.cross_entropy(z, y, reduction="none")
        if self.smoothing == 0:
            return loss
        even = -fn.mean(fn.log_softmax(z, axis=-1), axis=-1)
        return (1.0 - self.smoothing) * loss + self.smoothing * even


def squared(a: Value, y: Value) -> Value:
    return 0.5 * fn.sum(fn.square(a - y), axis=-1)


def mse(a: Value, y: Value) -> Value:
    return fn.sum(fn.square(a - y), axis=-1)


def mae(a: Value, y: Value) -> Value:
    return fn.sum(fn.abs(a - y), axis=-1)


def poisson(a: Value, y: Value) -> Value:
    return fn.sum(fn.exp(a) - y * a, axis=-1)


def binary_cross_entropy(a: Value, y: Value) -> Value:
    return -fn.sum(y * fn.log(a) + (1.0 - y) * fn.log(1.0 - a), axis=-1)


def binary_cross_entropy_of_sums(z: Value, y: Value) -> Value:
    return fn.sum(y * fn.softplus(-z) + (1.0 - y) * fn.softplus(z), axis=-1)
