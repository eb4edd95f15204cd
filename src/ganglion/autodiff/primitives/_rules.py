"""How a row of the table becomes a primitive: elementwise, flat, linear, or with rules of its own.

A rule is written in operators and NumPy functions, so that it takes plain values and variables alike: a pass over
plain values computes a derivative, and a pass over variables records how it is computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias, cast

import numpy as np

from ..graph import PRIMITIVES, Options, Primitive, Rule, Value, Variable

Axis: TypeAlias = int | tuple[int, ...] | None
Forward: TypeAlias = Callable[[Value], Value] | Rule
# A derivative by one argument: a number, or a function of the result y and the arguments.
Slope: TypeAlias = (
    float
    | Callable[[Value, Value], Value]
    | Callable[[Value, Value, Value], Value]
    | Callable[[Value, Value, Value, Value], Value]
)


def register(primitive: Primitive) -> Primitive:
    """Put a primitive into the table under its name."""
    if primitive.name in PRIMITIVES:
        raise ValueError(f"two primitives are called {primitive.name!r}")
    PRIMITIVES[primitive.name] = primitive
    return primitive


def raw(value: Value) -> Value:
    """Return a value without its history, for decisions and masks."""
    return value.value if type(value) is Variable else value


def unbroadcast(share: Value, argument: Value) -> Value:
    """Sum a gradient over the axes along which its argument was stretched."""
    shape = argument.shape
    if share.shape == shape:
        return share
    extra = share.ndim - len(shape)
    if (
        extra == 1 and type(share) is np.ndarray and share.shape[1:] == shape
    ):  # a bias, for every row
        return np.add.reduce(share, axis=0)
    axes = tuple(range(extra)) + tuple(
        extra + axis
        for axis, size in enumerate(shape)
        if size == 1 and share.shape[extra + axis] != 1
    )
    total = (
        PRIMITIVES["sum"](share, axis=axes)
        if type(share) is Variable
        else np.add.reduce(share, axis=axes)
    )
    return total if total.shape == shape else np.reshape(total, shape)


def stretch(share: Value, shape: tuple[int, ...]) -> Value:
    """Broadcast to a shape, where it is not there already."""
    return share if share.shape == shape else np.broadcast_to(share, shape)


def expand(reduced: Value, axis: Axis, keepdims: bool) -> Value:
    """Give a reduced array its axes back, with length 1, so that it broadcasts against what was reduced."""
    return reduced if keepdims or axis is None else np.expand_dims(reduced, axis)


def count(x: Value, axis: Axis) -> int:
    """Return how many elements of x make one element of its reduction."""
    if axis is None:
        return x.size
    return math.prod(x.shape[a] for a in (axis if isinstance(axis, tuple) else (axis,)))


def divide_or_zero(a: Value, b: Value) -> Value:
    """Return a / b, and 0 where b is 0: the slope of a norm at its kink."""
    zero = raw(b) == 0
    if not np.any(zero):
        return a / b
    return np.where(zero, 0.0, a / np.where(zero, 1.0, b))


def elementwise(
    name: str,
    forward: Forward,
    *slopes: Slope,
    formula: str,
    latex: str = "",
    says: tuple[str, ...] = (),
) -> Primitive:
    """Register a broadcasting function with its slope by each argument: a number, or a function of (y, *arguments)."""

    rules = cast("tuple[Any, ...]", slopes)

    def local(position: int, y: Value, arguments: Any) -> Value:
        slope = rules[position]
        value: Any = slope(y, *arguments) if callable(slope) else slope
        return value.astype(y.dtype) if getattr(value, "dtype", None) == np.bool_ else value

    def scaled(position: int, value: Value, y: Value, arguments: Any) -> Value:
        slope = rules[position]
        if callable(slope):
            return value * slope(y, *arguments)
        return value if slope == 1 else value * slope

    def pull(position: int, upstream: Value, y: Value, arguments: Any, options: Options) -> Value:
        share = scaled(position, upstream, y, arguments)
        argument = arguments[position]
        return share if share.shape == argument.shape else unbroadcast(share, argument)

    def push(position: int, tangent: Value, y: Value, arguments: Any, options: Options) -> Value:
        return stretch(scaled(position, tangent, y, arguments), y.shape)

    return register(
        Primitive(
            name,
            forward,
            pull=pull,
            push=push,
            local=local,
            formula=formula,
            latex=latex,
            slopes=says,
        )
    )


def flat(name: str, forward: Forward, *, formula: str, latex: str = "") -> Primitive:
    """Register an elementwise function that is constant almost everywhere: its derivative is 0."""

    def local(position: int, y: Value, arguments: Any) -> Value:
        return 0.0

    return register(
        Primitive(
            name,
            forward,
            pull=None,
            push=None,
            local=local,
            formula=formula,
            latex=latex,
            slopes=("0", "0"),
        )
    )


def linear(name: str, forward: Rule, *adjoints: Rule, formula: str, latex: str = "") -> Primitive:
    """Register a function that is linear in each argument, with `adjoint(upstream, y, *arguments, **options)` for each.

    The change of the result is the function itself, with the tangent in the argument's place.
    """

    def pull(position: int, upstream: Value, y: Value, arguments: Any, options: Options) -> Value:
        return adjoints[position](upstream, y, *arguments, **options)

    def push(position: int, tangent: Value, y: Value, arguments: Any, options: Options) -> Value:
        return primitive(*arguments[:position], tangent, *arguments[position + 1 :], **options)

    primitive = register(
        Primitive(name, forward, pull=pull, push=push, formula=formula, latex=latex)
    )
    return primitive


def special(
    name: str, forward: Rule, pull: Rule, push: Rule, *, formula: str, latex: str = ""
) -> Primitive:
    """Register a function of one array with `pull(upstream, y, x, **options)` and `push(tangent, y, x, **options)`."""

    def pull_first(
        position: int, upstream: Value, y: Value, arguments: Any, options: Options
    ) -> Value:
        return pull(upstream, y, *arguments, **options)

    def push_first(
        position: int, tangent: Value, y: Value, arguments: Any, options: Options
    ) -> Value:
        return push(tangent, y, *arguments, **options)

    return register(
        Primitive(name, forward, pull=pull_first, push=push_first, formula=formula, latex=latex)
    )
