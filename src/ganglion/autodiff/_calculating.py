"""NumPy's functions that compute, made of primitives: NumPy's signatures on the outside, `functions` within."""

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import NotDifferentiableError
from . import functions
from ._arranging import axes_of
from ._einsum import explicit_notation
from .graph import PRIMITIVES, Value
from .reductions import Axis

# --- NumPy's own options ---


def where(condition: Value, x: Value = None, y: Value = None) -> Value:
    """NumPy's where: with one argument the positions, which are plain."""
    if x is None and y is None:
        return np.nonzero(condition)
    return PRIMITIVES["where"](condition, x, y)


def clip(a: Value, a_min: Value = None, a_max: Value = None, **bounds: Value) -> Value:
    """NumPy's clip; the bounds are called `min` and `max` too."""
    return functions.clip(a, bounds.pop("min", a_min), bounds.pop("max", a_max), **bounds)


def sort(a: Value, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Value:
    """NumPy's sort; always the stable one."""
    return functions.sort(a, axis)


def round_to(a: Value, decimals: int = 0) -> Value:
    """NumPy's round, which is constant almost everywhere."""
    return PRIMITIVES["round"](a, decimals=decimals) if decimals else PRIMITIVES["round"](a)


def pad(array: Value, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Value:
    """NumPy's pad, with a constant or with elements of the array."""
    if mode == "constant":
        if np.ndim(constant_values):
            raise NotDifferentiableError(
                "np.pad with several constant_values has no rule here. Pad once for each."
            )
        return functions.pad(array, pad_width, constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise NotDifferentiableError(
            f"np.pad with mode={mode!r} has no rule here. Use concatenate."
        )
    widths = np.broadcast_to(np.asarray(pad_width, int), (np.ndim(array), 2))
    positions = [
        np.pad(np.arange(n), tuple(w), mode=mode)
        for n, w in zip(np.shape(array), widths, strict=True)
    ]  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]
    return array[np.ix_(*positions)]  # pyright: ignore[reportUnknownArgumentType]


def einsum(subscripts: Any, *operands: Value, optimize: Any = None) -> Value:
    """NumPy's einsum with subscripts as text."""
    arrays, explicit = explicit_notation(subscripts, operands)
    return PRIMITIVES["einsum"](*arrays, subscripts=explicit)


def cholesky(a: Value, *, upper: bool = False) -> Value:
    """NumPy's cholesky."""
    lower = functions.cholesky(a)
    return np.swapaxes(lower, -1, -2) if upper else lower


def norm(x: Value, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Value:  # noqa: A002
    """NumPy's norm, without those that need singular values."""
    is_matrix = (axis is None and np.ndim(x) == 2) or isinstance(axis, tuple)
    if ord is None or (ord == "fro" and is_matrix) or (ord == 2 and not is_matrix):
        return functions.norm(x, axis, keepdims=keepdims)
    size = functions.abs(x)
    if is_matrix:
        first, second = axis if isinstance(axis, tuple) else (0, 1)
        if ord not in (1, np.inf):
            raise NotDifferentiableError(
                f"np.linalg.norm with ord={ord!r} of a matrix has no rule here. Use 'fro', 1 or inf."
            )
        summed, other = (first, second) if ord == 1 else (second, first)
        largest = functions.max(functions.sum(size, summed, keepdims=True), other, keepdims=True)
        return largest if keepdims else np.squeeze(largest, (first, second))
    if ord == np.inf:
        return functions.max(size, axis, keepdims=keepdims)
    if ord == -np.inf:
        return functions.min(size, axis, keepdims=keepdims)
    if ord == 1:
        return functions.sum(size, axis, keepdims=keepdims)
    if isinstance(ord, str) or ord == 0:
        raise NotDifferentiableError(
            f"np.linalg.norm with ord={ord!r} has no derivative here. Use a number above 0."
        )
    return functions.sum(size**ord, axis, keepdims=keepdims) ** (1 / ord)


def average(a: Value, axis: Axis = None, weights: Value = None, *, keepdims: bool = False) -> Value:
    """NumPy's average, in which weights may be variables too."""
    if weights is None:
        return functions.mean(a, axis, keepdims=keepdims)
    if np.shape(weights) != np.shape(a):
        if not isinstance(axis, int):
            raise NotDifferentiableError(
                "np.average needs weights of the array's shape, or one axis for them."
            )
        weights = np.reshape(
            weights, tuple(-1 if d == axis % np.ndim(a) else 1 for d in range(np.ndim(a)))
        )
        weights = np.broadcast_to(weights, np.shape(a))
    total = functions.sum(weights, axis, keepdims=keepdims)
    return functions.sum(a * weights, axis, keepdims=keepdims) / total


def ptp(a: Value, axis: Axis = None, *, keepdims: bool = False) -> Value:
    """NumPy's ptp: largest less smallest."""
    return functions.max(a, axis, keepdims=keepdims) - functions.min(a, axis, keepdims=keepdims)


def median(a: Value, axis: int | None = None, *, keepdims: bool = False) -> Value:
    """NumPy's median along one axis or of all."""
    if axis is None:
        flat = functions.reshape(a, (-1,))
        y = median(flat, 0)
        return np.reshape(y, (1,) * np.ndim(a)) if keepdims else y
    if isinstance(axis, tuple):
        raise NotDifferentiableError(
            "np.median along several axes has no rule here. Reshape first."
        )
    ordered = np.moveaxis(functions.sort(a, axis), axis, 0)
    n = ordered.shape[0]
    y = ordered[n // 2] if n % 2 else 0.5 * (ordered[n // 2 - 1] + ordered[n // 2])
    return np.expand_dims(y, axis) if keepdims else y


def cov(m: Value, *, rowvar: bool = True, ddof: int = 1) -> Value:
    """NumPy's cov of one array of observations."""
    x = m if rowvar or np.ndim(m) == 1 else np.transpose(m)
    x = x - functions.mean(x, -1, keepdims=True)
    return x @ np.transpose(x) / (x.shape[-1] - ddof)


# --- products ---


def dot(a: Value, b: Value) -> Value:
    """NumPy's dot."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return PRIMITIVES["multiply"](a, b)
    if np.ndim(b) == 1 or (np.ndim(a) <= 2 and np.ndim(b) == 2):
        return functions.matmul(a, b)
    return tensordot(a, b, ([-1], [-2]))


def vdot(a: Value, b: Value) -> Value:
    """NumPy's vdot of real arrays."""
    return functions.matmul(functions.reshape(a, (-1,)), functions.reshape(b, (-1,)))


def inner(a: Value, b: Value) -> Value:
    """NumPy's inner."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return PRIMITIVES["multiply"](a, b)
    return tensordot(a, b, ([-1], [-1]))


def outer(a: Value, b: Value) -> Value:
    """NumPy's outer."""
    return functions.reshape(a, (-1, 1)) * functions.reshape(b, (1, -1))


def tensordot(a: Value, b: Value, axes: Any = 2) -> Value:
    """NumPy's tensordot: both arrays laid out as matrices, and one product."""
    dims_a, dims_b = np.ndim(a), np.ndim(b)
    if isinstance(axes, int):
        axes = (range(dims_a - axes, dims_a), range(axes))
    left, right = ([x] if isinstance(x, int) else list(x) for x in axes)
    left, right = list(axes_of(left, dims_a)), list(axes_of(right, dims_b))
    free_a = [d for d in range(dims_a) if d not in left]
    free_b = [d for d in range(dims_b) if d not in right]
    shape_a, shape_b = np.shape(a), np.shape(b)
    summed = math.prod(shape_a[d] for d in left)
    matrix_a = np.reshape(
        np.transpose(a, free_a + left), (math.prod(shape_a[d] for d in free_a), summed)
    )
    matrix_b = np.reshape(
        np.transpose(b, right + free_b), (summed, math.prod(shape_b[d] for d in free_b))
    )
    shape = [*(shape_a[d] for d in free_a), *(shape_b[d] for d in free_b)]
    return np.reshape(functions.matmul(matrix_a, matrix_b), tuple(shape))


def kron(a: Value, b: Value) -> Value:
    """NumPy's kron of two matrices or two vectors."""
    if np.ndim(a) != np.ndim(b) or np.ndim(a) not in (1, 2):
        raise NotDifferentiableError(
            "np.kron has a rule here for two vectors or two matrices. Reshape them."
        )
    if np.ndim(a) == 1:
        return functions.reshape(outer(a, b), (-1,))
    (m, n), (p, q) = np.shape(a), np.shape(b)
    return np.reshape(np.reshape(a, (m, 1, n, 1)) * np.reshape(b, (1, p, 1, q)), (m * p, n * q))


def multi_dot(arrays: Sequence[Value]) -> Value:
    """NumPy's multi_dot, from the left."""
    product = arrays[0]
    for array in arrays[1:]:
        product = dot(product, array)
    return product


def matrix_power(a: Value, n: int) -> Value:
    """NumPy's matrix_power, by repeated squaring."""
    if n < 0:
        return matrix_power(functions.inv(a), -n)
    if n == 0:
        return a * 0.0 + np.eye(np.shape(a)[-1])
    half = matrix_power(a, n // 2) if n > 1 else None
    if half is None:
        return a
    return half @ half @ a if n % 2 else half @ half


def radians(x: Value) -> Value:
    """NumPy's radians."""
    return x * (math.pi / 180)


def degrees(x: Value) -> Value:
    """NumPy's degrees."""
    return x * (180 / math.pi)


# --- copies ---


def copy(a: Value) -> Value:
    """The variable itself: nothing changes it."""
    return a


def full_like(a: Value, fill_value: Value) -> Value:
    """NumPy's full_like, in which the value may be a variable."""
    return functions.broadcast_to(fill_value, np.shape(a))
