"""NumPy's functions that move, join, split and repeat elements, made of a few primitives."""

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import NotDifferentiableError
from . import functions
from .graph import PRIMITIVES, Value
from .reductions import Axis


def _tuple(axis: int | Sequence[int]) -> tuple[int, ...]:
    """One axis or several, as a tuple."""
    return (axis,) if isinstance(axis, int | np.integer) else tuple(axis)  # pyright: ignore[reportReturnType]


def axes_of(axis: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    """One axis or several, counted from the front; NumPy's error for one that is not there, or there twice."""
    axes = _tuple(axis)
    for d in axes:
        if not -ndim <= d < ndim:
            raise np.exceptions.AxisError(d, ndim)
    counted = tuple(d % ndim for d in axes)
    if len(set(counted)) < len(counted):
        raise ValueError("repeated axis")
    return counted


def _only_c(name: str, order: str) -> None:
    """Refuse orders of elements other than NumPy's default."""
    if order not in ("C", "K", "A"):
        raise NotDifferentiableError(
            f"{name} with order={order!r} has no rule here. Transpose before and after."
        )


# --- axes ---


def reshape(a: Value, shape: Any = None, order: str = "C") -> Value:
    """NumPy's reshape."""
    _only_c("reshape", order)
    return functions.reshape(a, tuple(shape) if isinstance(shape, list) else shape)


def ravel(a: Value, order: str = "C") -> Value:
    """NumPy's ravel."""
    _only_c("ravel", order)
    return functions.reshape(a, (-1,))


def squeeze(a: Value, axis: Axis = None) -> Value:
    """NumPy's squeeze."""
    return functions.reshape(a, np.squeeze(np.empty(np.shape(a), bool), axis).shape)


def expand_dims(a: Value, axis: int | Sequence[int]) -> Value:
    """NumPy's expand_dims."""
    ndim = np.ndim(a) + len(_tuple(axis))
    places = axes_of(axis, ndim)
    rest = iter(np.shape(a))
    return functions.reshape(a, tuple(1 if d in places else next(rest) for d in range(ndim)))


def swapaxes(a: Value, axis1: int, axis2: int) -> Value:
    """NumPy's swapaxes."""
    axes = list(range(np.ndim(a)))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return functions.transpose(a, axes)


def moveaxis(a: Value, source: int | Sequence[int], destination: int | Sequence[int]) -> Value:
    """NumPy's moveaxis."""
    ndim = np.ndim(a)
    places = dict(zip(axes_of(destination, ndim), axes_of(source, ndim), strict=True))
    rest = iter(d for d in range(ndim) if d not in places.values())
    return functions.transpose(a, [places[d] if d in places else next(rest) for d in range(ndim)])


def rollaxis(a: Value, axis: int, start: int = 0) -> Value:
    """NumPy's rollaxis."""
    (axis,) = axes_of(axis, np.ndim(a))
    start = start + np.ndim(a) if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


def atleast_1d(*arrays: Value) -> Any:
    """NumPy's atleast_1d."""
    raised = tuple(functions.reshape(a, (1,)) if np.ndim(a) == 0 else a for a in arrays)
    return raised[0] if len(raised) == 1 else raised


def atleast_2d(*arrays: Value) -> Any:
    """NumPy's atleast_2d."""
    raised = tuple(functions.reshape(a, (1, -1)) if np.ndim(a) < 2 else a for a in arrays)
    return raised[0] if len(raised) == 1 else raised


def broadcast_arrays(*arrays: Value) -> tuple[Value, ...]:
    """NumPy's broadcast_arrays."""
    shape = np.broadcast_shapes(*(np.shape(a) for a in arrays))
    return tuple(functions.broadcast_to(a, shape) for a in arrays)


# --- joining and splitting ---


def vstack(tup: Sequence[Value]) -> Value:
    """NumPy's vstack."""
    return functions.concatenate([atleast_2d(a) for a in tup])


def hstack(tup: Sequence[Value]) -> Value:
    """NumPy's hstack."""
    raised = [atleast_1d(a) for a in tup]
    return functions.concatenate(raised, 0 if np.ndim(raised[0]) == 1 else 1)


def dstack(tup: Sequence[Value]) -> Value:
    """NumPy's dstack."""
    raised = [atleast_2d(a) for a in tup]
    return functions.concatenate([expand_dims(a, 2) if np.ndim(a) == 2 else a for a in raised], 2)


def column_stack(tup: Sequence[Value]) -> Value:
    """NumPy's column_stack."""
    return functions.concatenate(
        [functions.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in tup], 1
    )


def append(arr: Value, values: Value, axis: int | None = None) -> Value:
    """NumPy's append."""
    return functions.concatenate([arr, values], axis)


def array_split(ary: Value, indices_or_sections: Any, axis: int = 0) -> list[Value]:
    """NumPy's array_split."""
    positions = np.array_split(np.arange(np.shape(ary)[axis]), indices_or_sections)
    before = (slice(None),) * (axis % np.ndim(ary))
    ends = np.cumsum([len(p) for p in positions])
    if not isinstance(
        indices_or_sections, int
    ):  # pieces may overlap or be empty: where they start is not a sum
        starts = [int(p[0]) if len(p) else 0 for p in positions]
        return [
            ary[(*before, slice(s, s + len(p)))] for s, p in zip(starts, positions, strict=True)
        ]
    return [
        ary[(*before, slice(int(e) - len(p), int(e)))] for e, p in zip(ends, positions, strict=True)
    ]


def split(ary: Value, indices_or_sections: Any, axis: int = 0) -> list[Value]:
    """NumPy's split."""
    if np.ndim(indices_or_sections) == 0 and np.shape(ary)[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


def vsplit(ary: Value, indices_or_sections: Any) -> list[Value]:
    """NumPy's vsplit."""
    return split(ary, indices_or_sections, 0)


def hsplit(ary: Value, indices_or_sections: Any) -> list[Value]:
    """NumPy's hsplit."""
    return split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


# --- order and repetition ---


def flip(m: Value, axis: Axis = None) -> Value:
    """NumPy's flip."""
    ndim = np.ndim(m)
    flipped = axes_of(range(ndim) if axis is None else axis, ndim)
    return m[tuple(slice(None, None, -1) if d in flipped else slice(None) for d in range(ndim))]


def flipud(m: Value) -> Value:
    """NumPy's flipud."""
    return flip(m, 0)


def fliplr(m: Value) -> Value:
    """NumPy's fliplr."""
    return flip(m, 1)


def roll(a: Value, shift: int | Sequence[int], axis: Axis = None) -> Value:
    """NumPy's roll along axes or of the flattened array."""
    positions = np.roll(np.arange(np.size(a)).reshape(np.shape(a)), shift, axis)
    return functions.reshape(a, (-1,))[positions]


def rot90(m: Value, k: int = 1) -> Value:
    """NumPy's rot90 of the first two axes."""
    turned = m
    for _ in range(k % 4):
        turned = flip(swapaxes(turned, 0, 1), 0)
    return turned


def tile(A: Value, reps: int | Sequence[int]) -> Value:
    """NumPy's tile: stretched along new axes, which are then merged."""
    counts = _tuple(reps)
    ndim = max(len(counts), np.ndim(A))
    counts = (1,) * (ndim - len(counts)) + counts
    shape = (1,) * (ndim - np.ndim(A)) + tuple(np.shape(A))
    apart = functions.reshape(A, tuple(n for size in shape for n in (1, size)))
    pairs = list(zip(counts, shape, strict=True))
    stretched = functions.broadcast_to(apart, tuple(n for pair in pairs for n in pair))
    return functions.reshape(stretched, tuple(c * size for c, size in pairs))


def repeat(a: Value, repeats: Any, axis: int | None = None) -> Value:
    """NumPy's repeat."""
    if axis is None:
        return repeat(functions.reshape(a, (-1,)), repeats, 0)
    return take(a, np.repeat(np.arange(np.shape(a)[axis]), repeats), axis)


def take(a: Value, indices: Any, axis: int | None = None) -> Value:
    """NumPy's take."""
    if axis is None:
        return functions.reshape(a, (-1,))[np.asarray(indices)]
    before = (slice(None),) * axes_of(axis, np.ndim(a))[0]
    return a[(*before, np.asarray(indices))]


def take_along_axis(arr: Value, indices: Any, axis: int | None = -1) -> Value:
    """NumPy's take_along_axis."""
    if axis is None:
        return functions.reshape(arr, (-1,))[indices]
    ndim = np.ndim(arr)
    grid = [
        np.arange(n).reshape(*(-1 if b == d else 1 for b in range(ndim)))
        for d, n in enumerate(np.shape(arr))
    ]
    grid[axis] = np.asarray(indices)
    return arr[tuple(grid)]


def delete(arr: Value, obj: Any, axis: int | None = None) -> Value:
    """NumPy's delete."""
    if axis is None:
        return delete(functions.reshape(arr, (-1,)), obj, 0)
    return take(arr, np.delete(np.arange(np.shape(arr)[axis]), obj), axis)


def diff(a: Value, n: int = 1, axis: int = -1) -> Value:
    """NumPy's diff."""
    before = (slice(None),) * axes_of(axis, np.ndim(a))[0]
    for _ in range(n):
        a = a[(*before, slice(1, None))] - a[(*before, slice(None, -1))]
    return a


def diag(v: Value, k: int = 0) -> Value:
    """NumPy's diag: the diagonal of a matrix, or a matrix with that diagonal."""
    if np.ndim(v) == 2:
        return functions.diagonal(v, k)
    n = np.shape(v)[0]
    rows = np.arange(n) + max(-k, 0)
    return PRIMITIVES["scatter_add"](v, index=(rows, rows + k), shape=(n + abs(k), n + abs(k)))
