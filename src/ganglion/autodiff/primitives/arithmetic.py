"""Arithmetic: value, and slope by each argument as a function of the result y and the arguments."""

from __future__ import annotations

import math

import numpy as np

from ..graph import Options, Primitive, Value
from ._rules import divide_or_zero, elementwise, flat, raw, register, unbroadcast

__all__: list[str] = []  # the rows enter themselves into PRIMITIVES


def itself(x: Value) -> Value:
    """The value as it is."""
    return x


def over(b: Value) -> Value:
    """1 / b, with NumPy's infinity for a plain Python 0 too."""
    return 1 / b if type(b) is not int and type(b) is not float else float(np.float64(1) / b)


def power_slope(y: Value, a: Value, b: Value) -> Value:
    """Derivative of a^b by a: b a^(b - 1), which is 0 for b = 0 also where a is 0."""
    if type(b) is int or type(b) is float:
        if b == 2:
            return 2 * a
        return b * a ** (b - 1) if b != 0 else 0.0
    zero = raw(b) == 0
    if not np.any(zero):
        return b * a ** (b - 1)
    return np.where(zero, 0.0, b * a ** np.where(zero, 1.0, b - 1))


def exponent_slope(y: Value, a: Value, b: Value) -> Value:
    """Derivative of a^b by b: a^b log a, which is 0 where a is 0 and b is not negative."""
    if (type(a) is int or type(a) is float) and a > 0:
        return y * math.log(a)
    zero = (raw(a) == 0) & (raw(b) >= 0)
    return y * np.log(np.where(zero, 1.0, a) if np.any(zero) else a)


def wins(a: Value, b: Value) -> Value:
    """Share of `maximum(a, b)` that is a's: 1 where a is larger, a half at ties, 1 for NaN."""
    first, second = raw(a), raw(b)
    tie = first == second
    won = ~(first < second)
    if not np.any(tie):
        return won
    dtype = np.result_type(first, second)
    return np.subtract(won, np.multiply(tie, 0.5, dtype=dtype), dtype=dtype)


def where_pull(
    position: int, upstream: Value, y: Value, arguments: tuple[Value, ...], options: Options
) -> Value:
    """The gradient goes to the argument that was taken."""
    condition = raw(arguments[0])
    taken = (
        np.where(condition, upstream, 0.0) if position == 1 else np.where(condition, 0.0, upstream)
    )
    return unbroadcast(taken, arguments[position])


def where_push(
    position: int, tangent: Value, y: Value, arguments: tuple[Value, ...], options: Options
) -> Value:
    """The result moves with the argument that was taken."""
    zero = np.zeros(y.shape, y.dtype)
    return np.where(raw(arguments[0]), *((tangent, zero) if position == 1 else (zero, tangent)))


def where_local(position: int, y: Value, arguments: tuple[Value, ...]) -> Value:
    """1 where the argument was taken."""
    return np.where(raw(arguments[0]), *((1.0, 0.0) if position == 1 else (0.0, 1.0)))


def inside(x: Value, low: Value, high: Value) -> Value:
    """Whether x is between the bounds, these included."""
    return (raw(x) >= raw(low)) & (raw(x) <= raw(high))


# fmt: off
elementwise("identity", itself, 1, formula="{0}", latex="#1", says=("1",))
flat("stop_gradient", itself, formula="stop_gradient({0})")

elementwise("add", np.add, 1, 1,
            formula="{0} + {1}", latex="#1 + #2", says=("1", "1"))
elementwise("subtract", np.subtract, 1, -1,
            formula="{0} - {1}", latex="#1 - #2", says=("1", "-1"))
elementwise("multiply", np.multiply, lambda y, a, b: b, lambda y, a, b: a,
            formula="{0} * {1}", latex=r"#1 \, #2", says=("b", "a"))
elementwise("divide", np.divide, lambda y, a, b: over(b), lambda y, a, b: -y / b,
            formula="{0} / {1}", latex=r"\frac{#1}{#2}", says=("1 / b", "-y / b"))
elementwise("remainder", np.remainder, 1, lambda y, a, b: -np.floor(a / b),
            formula="{0} % {1}", latex=r"#1 \bmod #2", says=("1", "-floor(a / b)"))
flat("floor_divide", np.floor_divide,
     formula="{0} // {1}", latex=r"\left\lfloor \frac{#1}{#2} \right\rfloor")
elementwise("power", np.power, power_slope, exponent_slope,
            formula="{0} ** {1}", latex="{#1}^{#2}", says=("b a^(b - 1)", "y log(a)"))
elementwise("negative", np.negative, -1,
            formula="-{0}", latex="-#1", says=("-1",))
elementwise("reciprocal", np.reciprocal, lambda y, x: -y * y,
            formula="reciprocal({0})", latex=r"\frac{1}{#1}", says=("-y^2",))
elementwise("square", np.square, lambda y, x: 2 * x,
            formula="square({0})", latex="{#1}^2", says=("2 x",))
elementwise("sqrt", np.sqrt, lambda y, x: 0.5 / y,
            formula="sqrt({0})", latex=r"\sqrt{#1}", says=("1 / (2 y)",))
elementwise("cbrt", np.cbrt, lambda y, x: 1 / (3 * y * y),
            formula="cbrt({0})", latex=r"\sqrt[3]{#1}", says=("1 / (3 y^2)",))
elementwise("hypot", np.hypot, lambda y, a, b: divide_or_zero(a, y), lambda y, a, b: divide_or_zero(b, y),
            formula="hypot({0}, {1})", latex=r"\sqrt{{#1}^2 + {#2}^2}", says=("a / y", "b / y"))
elementwise("absolute", np.absolute, lambda y, x: np.sign(x),
            formula="abs({0})", latex=r"\left| #1 \right|", says=("sign(x)",))
elementwise("maximum", np.maximum, lambda y, a, b: wins(a, b), lambda y, a, b: wins(b, a),
            formula="maximum({0}, {1})", latex=r"\max(#1, #2)", says=("a > b", "b > a"))
elementwise("minimum", np.minimum, lambda y, a, b: wins(b, a), lambda y, a, b: wins(a, b),
            formula="minimum({0}, {1})", latex=r"\min(#1, #2)", says=("a < b", "b < a"))
elementwise("clip", np.clip, lambda y, x, low, high: inside(x, low, high),
            lambda y, x, low, high: raw(x) < raw(low), lambda y, x, low, high: raw(x) > raw(high),
            formula="clip({0}, {1}, {2})", latex=r"\operatorname{clip}(#1, #2, #3)",
            says=("a <= x <= b", "x < a", "x > b"))

flat("sign", np.sign, formula="sign({0})", latex=r"\operatorname{sign} #1")
flat("floor", np.floor, formula="floor({0})", latex=r"\lfloor #1 \rfloor")
flat("ceil", np.ceil, formula="ceil({0})", latex=r"\lceil #1 \rceil")
flat("rint", np.rint, formula="rint({0})", latex=r"\operatorname{rint} #1")
flat("trunc", np.trunc, formula="trunc({0})", latex=r"\operatorname{trunc} #1")
flat("round", np.round, formula="round({0})", latex=r"\operatorname{round} #1")

register(Primitive("where", np.where, pull=where_pull, push=where_push, local=where_local, constant=(0,),
                   formula="where({0}, {1}, {2})", latex=r"(#1 \,?\, #2 : #3)", slopes=("", "c", "not c")))
# fmt: on
