"""Rearranging, taking and joining: every element of the result is one of the arguments' (or a sum of them)."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from typing import Any

import numpy as np

from ..._errors import NotDifferentiableError
from ..graph import Options, Primitive, Value
from ._rules import linear, register, special, unbroadcast

__all__ = ["pad", "scatter_add"]

Index = Any
Pair = tuple[int, int]


def reshape_value(x: Value, *, shape: int | tuple[int, ...]) -> Value:
    """The elements in their order, in another shape."""
    return np.reshape(x, shape)


def transpose_adjoint(
    g: Value, y: Value, x: Value, *, axes: tuple[int, ...] | None = None
) -> Value:
    """The axes back in their places."""
    return np.transpose(g, None if axes is None else np.argsort([a % x.ndim for a in axes]))


def is_basic(index: Index) -> bool:
    """Whether an index takes every element at most once: integers, slices, None, an ellipsis, one boolean mask."""
    parts: tuple[Any, ...] = index if isinstance(index, tuple) else (index,)
    if len(parts) == 1 and getattr(parts[0], "dtype", None) == np.bool_:
        return True
    return all(
        p is None or p is Ellipsis or type(p) is int or isinstance(p, slice | np.integer)
        for p in parts
    )


def scatter_add_value(g: Value, *, index: Index, shape: tuple[int, ...]) -> Value:
    """Zeros to which g is added at an index: what indexing takes apart, put back; repeats add up."""
    y = np.zeros(shape, g.dtype)
    if is_basic(index):
        y[index] = g
    else:
        np.add.at(y, index, g)
    return y


def along(order: Value, axis: int) -> Index:
    """The index that takes elements along one axis in an order of its own for every row."""
    ndim = order.ndim
    index: list[Value] = list(np.ogrid[tuple(slice(n) for n in order.shape)])
    index[axis % ndim] = order
    return tuple(index)


def sort_order(x: Value, axis: int) -> Value:
    """The stable permutation that sorts x."""
    return np.argsort(x, axis=axis, kind="stable")


def sort_pull(g: Value, y: Value, x: Value, *, axis: int = -1) -> Value:
    """Every gradient goes back to where its element came from."""
    return g[along(np.argsort(sort_order(x, axis), axis=axis), axis)]


def sort_push(t: Value, y: Value, x: Value, *, axis: int = -1) -> Value:
    """Every tangent goes where its element goes."""
    return t[along(sort_order(x, axis), axis)]


def part(position: int, arguments: tuple[Value, ...], axis: int) -> Index:
    """The index of one argument within the concatenation."""
    start = sum(np.shape(a)[axis] for a in arguments[:position])
    length, ndim = np.shape(arguments[position])[axis], np.ndim(arguments[position])
    return (slice(None),) * (axis % ndim) + (slice(start, start + length),)


def concatenate_value(*arrays: Value, axis: int = 0) -> Value:
    """The arrays one behind the other."""
    return np.concatenate(arrays, axis)


def concatenate_pull(
    position: int, g: Value, y: Value, arguments: tuple[Value, ...], options: Options
) -> Value:
    """The argument's own piece of the gradient."""
    return g[part(position, arguments, options.get("axis", 0))]


def concatenate_push(
    position: int, t: Value, y: Value, arguments: tuple[Value, ...], options: Options
) -> Value:
    """The tangent at the argument's place among zeros."""
    return scatter_add(t, index=part(position, arguments, options.get("axis", 0)), shape=y.shape)


def stack_value(*arrays: Value, axis: int = 0) -> Value:
    """The arrays along a new axis."""
    return np.stack(arrays, axis)


def stack_pull(
    position: int, g: Value, y: Value, arguments: tuple[Value, ...], options: Options
) -> Value:
    """The argument's own piece of the gradient."""
    return g[(slice(None),) * (options.get("axis", 0) % y.ndim) + (position,)]


def stack_push(
    position: int, t: Value, y: Value, arguments: tuple[Value, ...], options: Options
) -> Value:
    """The tangent at the argument's place among zeros."""
    index = (slice(None),) * (options.get("axis", 0) % y.ndim) + (position,)
    return scatter_add(t, index=index, shape=y.shape)


def pad_value(x: Value, *, widths: tuple[Pair, ...], value: float = 0.0) -> Value:
    """The array within a frame of one value."""
    return np.pad(x, widths, constant_values=value)


def pad_pull(
    g: Value, y: Value, x: Value, *, widths: tuple[Pair, ...], value: float = 0.0
) -> Value:
    """The gradient without the frame."""
    return g[
        tuple(slice(before, before + n) for (before, _), n in zip(widths, x.shape, strict=True))
    ]


def pad_push(
    t: Value, y: Value, x: Value, *, widths: tuple[Pair, ...], value: float = 0.0
) -> Value:
    """The frame does not move."""
    return pad(t, widths=widths)


def cumsum_adjoint(g: Value, y: Value, x: Value, *, axis: int = 0) -> Value:
    """Sum of the gradients from the element on."""
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


def diagonal_adjoint(
    g: Value, y: Value, x: Value, *, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Value:
    """The gradient on the diagonal of zeros."""
    first, second = axis1 % x.ndim, axis2 % x.ndim
    forth = (*(a for a in range(x.ndim) if a not in (first, second)), first, second)
    n: Value = np.arange(y.shape[-1])
    index: Index = (..., n + max(-offset, 0), n + max(offset, 0))
    moved = scatter_add(g, index=index, shape=tuple(x.shape[a] for a in forth))
    return np.transpose(moved, np.argsort(forth))


def trace_adjoint(g: Value, y: Value, x: Value, **options: int) -> Value:
    """The gradient at every element of the diagonal."""
    spread = np.diagonal(np.empty(x.shape, bool), **options)
    stretched = np.broadcast_to(np.expand_dims(g, -1), spread.shape)
    return diagonal_adjoint(stretched, spread, x, **options)


def astype_value(x: Value, *, dtype: Any) -> Value:
    """The values in another precision."""
    if np.dtype(dtype).name not in ("float32", "float64"):
        raise NotDifferentiableError(
            f"astype({np.dtype(dtype)}) would lose the derivative; use float32 or float64."
        )
    return x.astype(dtype)


# fmt: off
linear("reshape", reshape_value, lambda g, y, x, **_: np.reshape(g, x.shape), formula="reshape({0})")
linear("transpose", lambda x, *, axes=None: np.transpose(x, axes), transpose_adjoint,
       formula="transpose({0})", latex="{#1}^T")
linear("broadcast_to", lambda x, *, shape: np.broadcast_to(x, shape), lambda g, y, x, *, shape: unbroadcast(g, x),
       formula="broadcast_to({0})")
linear("getitem", lambda x, *, index: x[index], lambda g, y, x, *, index: scatter_add(g, index=index, shape=x.shape),
       formula="{0}[{index}]", latex=r"{#1}_{\text{part}}")
scatter_add = linear("scatter_add", scatter_add_value, lambda g, y, x, *, index, shape: g[index],
                     formula="scatter_add({0})")
linear("cumsum", lambda x, *, axis=0: np.cumsum(x, axis), cumsum_adjoint, formula="cumsum({0})")
linear("diagonal", np.diagonal, diagonal_adjoint, formula="diagonal({0})", latex=r"\operatorname{diag}(#1)")
linear("trace", np.trace, trace_adjoint, formula="trace({0})", latex=r"\operatorname{tr} #1")
linear("tril", lambda x, *, k=0: np.tril(x, k), lambda g, y, x, *, k=0: np.tril(g, k), formula="tril({0})")
linear("triu", lambda x, *, k=0: np.triu(x, k), lambda g, y, x, *, k=0: np.triu(g, k), formula="triu({0})")
linear("astype", astype_value, lambda g, y, x, *, dtype: g.astype(x.dtype), formula="astype({0})")
special("sort", lambda x, *, axis=-1: np.sort(x, axis, kind="stable"), sort_pull, sort_push, formula="sort({0})")
pad = special("pad", pad_value, pad_pull, pad_push, formula="pad({0})")
register(Primitive("concatenate", concatenate_value, pull=concatenate_pull, push=concatenate_push))
register(Primitive("stack", stack_value, pull=stack_pull, push=stack_push))
# fmt: on
