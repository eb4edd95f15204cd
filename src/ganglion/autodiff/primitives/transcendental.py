"""Exponentials, logarithms, circular and hyperbolic functions, and the error function, with their slopes."""

from __future__ import annotations

import math

import numpy as np

from ..graph import Value
from ._error_function import erf as erf_value
from ._error_function import erfc as erfc_value
from ._rules import elementwise

__all__ = ["erf", "erfc"]

LOG_2 = math.log(2)
LOG_10 = math.log(10)
TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


def bell(x: Value) -> Value:
    """exp(-x^2); it is 0 beyond 30, where the square of x could overflow."""
    near = np.clip(x, -30, 30)
    return np.exp(-near * near)


def log_add(a: Value, b: Value) -> Value:
    """NumPy's logaddexp; where a - b is infinite, the larger is right."""
    with np.errstate(over="ignore"):
        return np.logaddexp(a, b)


def log_add_slope(y: Value, a: Value) -> Value:
    """exp(a - y); where a - y is minus infinity, 0 is right."""
    with np.errstate(over="ignore"):
        return np.exp(a - y)


# fmt: off
elementwise("exp", np.exp, lambda y, x: y,
            formula="exp({0})", latex="e^{#1}", says=("y",))
elementwise("exp2", np.exp2, lambda y, x: y * LOG_2,
            formula="exp2({0})", latex="2^{#1}", says=("y log(2)",))
elementwise("expm1", np.expm1, lambda y, x: y + 1,
            formula="expm1({0})", latex="e^{#1} - 1", says=("y + 1",))
elementwise("log", np.log, lambda y, x: 1 / x,
            formula="log({0})", latex=r"\ln #1", says=("1 / x",))
elementwise("log2", np.log2, lambda y, x: (1 / LOG_2) / x,
            formula="log2({0})", latex=r"\log_2 #1", says=("1 / (x log(2))",))
elementwise("log10", np.log10, lambda y, x: (1 / LOG_10) / x,
            formula="log10({0})", latex=r"\log_{10} #1", says=("1 / (x log(10))",))
elementwise("log1p", np.log1p, lambda y, x: 1 / (1 + x),
            formula="log1p({0})", latex=r"\ln(1 + #1)", says=("1 / (1 + x)",))
elementwise("logaddexp", log_add, lambda y, a, b: log_add_slope(y, a), lambda y, a, b: log_add_slope(y, b),
            formula="logaddexp({0}, {1})", latex=r"\ln(e^{#1} + e^{#2})", says=("exp(a - y)", "exp(b - y)"))
elementwise("logaddexp2", np.logaddexp2, lambda y, a, b: np.exp2(a - y), lambda y, a, b: np.exp2(b - y),
            formula="logaddexp2({0}, {1})", latex=r"\log_2(2^{#1} + 2^{#2})", says=("exp2(a - y)", "exp2(b - y)"))

elementwise("sin", np.sin, lambda y, x: np.cos(x),
            formula="sin({0})", latex=r"\sin #1", says=("cos(x)",))
elementwise("cos", np.cos, lambda y, x: -np.sin(x),
            formula="cos({0})", latex=r"\cos #1", says=("-sin(x)",))
elementwise("tan", np.tan, lambda y, x: 1 + y * y,
            formula="tan({0})", latex=r"\tan #1", says=("1 + y^2",))
elementwise("arcsin", np.arcsin, lambda y, x: 1 / np.sqrt((1 - x) * (1 + x)),
            formula="arcsin({0})", latex=r"\arcsin #1", says=("1 / sqrt(1 - x^2)",))
elementwise("arccos", np.arccos, lambda y, x: -1 / np.sqrt((1 - x) * (1 + x)),
            formula="arccos({0})", latex=r"\arccos #1", says=("-1 / sqrt(1 - x^2)",))
elementwise("arctan", np.arctan, lambda y, x: 1 / (1 + x * x),
            formula="arctan({0})", latex=r"\arctan #1", says=("1 / (1 + x^2)",))
elementwise("arctan2", np.arctan2, lambda y, a, b: b / (a * a + b * b), lambda y, a, b: -a / (a * a + b * b),
            formula="arctan2({0}, {1})", latex=r"\operatorname{atan2}(#1, #2)",
            says=("b / (a^2 + b^2)", "-a / (a^2 + b^2)"))

elementwise("sinh", np.sinh, lambda y, x: np.cosh(x),
            formula="sinh({0})", latex=r"\sinh #1", says=("cosh(x)",))
elementwise("cosh", np.cosh, lambda y, x: np.sinh(x),
            formula="cosh({0})", latex=r"\cosh #1", says=("sinh(x)",))
elementwise("tanh", np.tanh, lambda y, x: 1 - y * y,
            formula="tanh({0})", latex=r"\tanh #1", says=("1 - y^2",))
elementwise("arcsinh", np.arcsinh, lambda y, x: 1 / np.hypot(1, x),
            formula="arcsinh({0})", latex=r"\operatorname{arsinh} #1", says=("1 / sqrt(1 + x^2)",))
elementwise("arccosh", np.arccosh, lambda y, x: 1 / np.sqrt((x - 1) * (x + 1)),
            formula="arccosh({0})", latex=r"\operatorname{arcosh} #1", says=("1 / sqrt(x^2 - 1)",))
elementwise("arctanh", np.arctanh, lambda y, x: 1 / ((1 - x) * (1 + x)),
            formula="arctanh({0})", latex=r"\operatorname{artanh} #1", says=("1 / (1 - x^2)",))

erf = elementwise("erf", erf_value, lambda y, x: TWO_OVER_ROOT_PI * bell(x),
                  formula="erf({0})", latex=r"\operatorname{erf} #1", says=("2 exp(-x^2) / sqrt(pi)",))
erfc = elementwise("erfc", erfc_value, lambda y, x: -TWO_OVER_ROOT_PI * bell(x),
                   formula="erfc({0})", latex=r"\operatorname{erfc} #1", says=("-2 exp(-x^2) / sqrt(pi)",))
# fmt: on
