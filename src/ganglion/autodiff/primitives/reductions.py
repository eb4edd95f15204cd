"""Sums, means, spreads, extremes and norms along axes."""

from __future__ import annotations

import math

import numpy as np

from ..graph import Value
from ._rules import Axis, count, divide_or_zero, expand, linear, raw, special, stretch

__all__: list[str] = []  # the rows enter themselves into PRIMITIVES


def sum_value(x: Value, *, axis: Axis = None, keepdims: bool = False) -> Value:
    """The sum, without np.sum's own overhead of some microseconds."""
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


def mean_value(x: Value, *, axis: Axis = None, keepdims: bool = False) -> Value:
    """The sum over the number of elements: the same bits as np.mean."""
    total = np.add.reduce(x, axis=axis, keepdims=keepdims)
    return total / count(np.asarray(x), axis)


def sum_adjoint(
    g: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False
) -> Value:
    """Every element of the sum gets the upstream gradient."""
    if y.shape == x.shape:  # of a number, too, which NumPy lets have an axis
        return g
    return stretch(expand(g, axis, keepdims), x.shape)


def mean_adjoint(
    g: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False
) -> Value:
    """Every element of the mean gets its part of the upstream gradient."""
    return stretch(expand(g / max(count(x, axis), 1), axis, keepdims), x.shape)


def deviations(x: Value, axis: Axis, ddof: float) -> Value:
    """(x - mean) / (n - ddof)."""
    freedom = count(x, axis) - ddof
    return (x - np.mean(x, axis=axis, keepdims=True)) / (freedom if freedom > 0 else math.nan)


def var_pull(
    g: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False, ddof: float = 0
) -> Value:
    """2 (x - mean) / (n - ddof)."""
    return expand(2 * g, axis, keepdims) * deviations(x, axis, ddof)


def var_push(
    t: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False, ddof: float = 0
) -> Value:
    """The mean's own change drops out: the deviations add up to 0."""
    return np.sum(2 * deviations(x, axis, ddof) * t, axis=axis, keepdims=keepdims)


def std_pull(
    g: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False, ddof: float = 0
) -> Value:
    """(x - mean) / ((n - ddof) y), and 0 where all x are equal."""
    return expand(g, axis, keepdims) * divide_or_zero(
        deviations(x, axis, ddof), expand(y, axis, keepdims)
    )


def std_push(
    t: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False, ddof: float = 0
) -> Value:
    """The same slopes along a tangent."""
    slope = divide_or_zero(deviations(x, axis, ddof), expand(y, axis, keepdims))
    return np.sum(slope * t, axis=axis, keepdims=keepdims)


def norm_value(x: Value, *, axis: Axis = None, keepdims: bool = False) -> Value:
    """Root of the sum of squares, of all elements or along axes."""
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def norm_pull(g: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False) -> Value:
    """x / y, and 0 where all x are 0."""
    return expand(g, axis, keepdims) * divide_or_zero(x, expand(y, axis, keepdims))


def norm_push(t: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False) -> Value:
    """The same slopes along a tangent."""
    return np.sum(divide_or_zero(x, expand(y, axis, keepdims)) * t, axis=axis, keepdims=keepdims)


def shares(y: Value, x: Value, axis: Axis, keepdims: bool) -> Value:
    """1 at the largest (or smallest) element, equal shares at ties, and at NaN."""
    values = raw(x)
    hit = (values == expand(raw(y), axis, keepdims)) | np.isnan(values)
    return np.divide(hit, np.sum(hit, axis=axis, keepdims=True), dtype=values.dtype)


def extreme_pull(
    g: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False
) -> Value:
    """The gradient goes to the extreme elements."""
    return expand(g, axis, keepdims) * shares(y, x, axis, keepdims)


def extreme_push(
    t: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False
) -> Value:
    """The result moves with the extreme elements."""
    return np.sum(t * shares(y, x, axis, keepdims), axis=axis, keepdims=keepdims)


def others(x: Value) -> Value:
    """Product of all other elements along the last axis, in O(n) and without a division: 0 is no trouble."""
    n = x.shape[-1]
    if n <= 1:
        return np.ones(x.shape, x.dtype)
    half = n // 2
    left, right = x[..., :half], x[..., half : 2 * half]
    pairs = left * right
    if n % 2:
        pairs = np.concatenate([pairs, x[..., -1:]], axis=-1)
    rest = others(pairs)
    parts = [rest[..., :half] * right, rest[..., :half] * left]
    return np.concatenate([*parts, rest[..., half:]] if n % 2 else parts, axis=-1)


def prod_slope(x: Value, axis: Axis) -> Value:
    """Derivative of a product by every factor: the product of the others."""
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    reduced = [a % x.ndim for a in axes] if x.ndim else []
    kept = [a for a in range(x.ndim) if a not in reduced]
    forth = (*kept, *reduced)
    moved = np.transpose(x, forth)
    n = math.prod(x.shape[a] for a in reduced)
    slope = np.reshape(others(np.reshape(moved, (*(x.shape[a] for a in kept), n))), moved.shape)
    return np.transpose(slope, np.argsort(forth))


def prod_pull(g: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False) -> Value:
    """The product of the other factors."""
    return expand(g, axis, keepdims) * prod_slope(x, axis)


def prod_push(t: Value, y: Value, x: Value, *, axis: Axis = None, keepdims: bool = False) -> Value:
    """The same slopes along a tangent."""
    return np.sum(t * prod_slope(x, axis), axis=axis, keepdims=keepdims)


# fmt: off
linear("sum", sum_value, sum_adjoint, formula="sum({0})", latex=r"\textstyle\sum #1")
linear("mean", mean_value, mean_adjoint, formula="mean({0})", latex=r"\overline{#1}")
special("var", np.var, var_pull, var_push, formula="var({0})", latex=r"\operatorname{var}(#1)")
special("std", np.std, std_pull, std_push, formula="std({0})", latex=r"\operatorname{std}(#1)")
special("prod", np.prod, prod_pull, prod_push, formula="prod({0})", latex=r"\textstyle\prod #1")
special("max", np.max, extreme_pull, extreme_push, formula="max({0})", latex=r"\max #1")
special("min", np.min, extreme_pull, extreme_push, formula="min({0})", latex=r"\min #1")
special("norm", norm_value, norm_pull, norm_push, formula="norm({0})", latex=r"\left\| #1 \right\|")
# fmt: on
