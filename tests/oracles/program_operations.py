"""The elementwise operations of random programs: as written, as a function of ours, and as torch's.

Arguments are at most 4 in size; constants keep them in the domain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import ganglion as gl

ad = gl.autodiff
F = torch.nn.functional
SMOOTH: dict[str, tuple[Any, Any]] = {
    "-{0}": (lambda x: -x, lambda x: -x),
    "1.5 - {0}": (lambda x: 1.5 - x, lambda x: 1.5 - x),
    "{0} / 3.0": (lambda x: x / 3.0, lambda x: x / 3.0),
    "2.0 / (1.5 + {0} ** 2)": (lambda x: 2.0 / (1.5 + x**2), lambda x: 2.0 / (1.5 + x**2)),
    "{0} ** 3": (lambda x: x**3, lambda x: x**3),
    "1.7 ** {0}": (lambda x: 1.7**x, lambda x: 1.7**x),
    "np.square({0})": (np.square, torch.square),
    "np.exp({0})": (np.exp, torch.exp),
    "np.exp2({0})": (np.exp2, torch.exp2),
    "np.expm1({0})": (np.expm1, torch.expm1),
    "np.log(0.5 + np.square({0}))": (
        lambda x: np.log(0.5 + np.square(x)),
        lambda x: torch.log(0.5 + torch.square(x)),
    ),
    "np.log2(5.0 + {0})": (lambda x: np.log2(5.0 + x), lambda x: torch.log2(5.0 + x)),
    "np.log10(5.0 + {0})": (lambda x: np.log10(5.0 + x), lambda x: torch.log10(5.0 + x)),
    "np.log1p(np.exp({0}))": (lambda x: np.log1p(np.exp(x)), lambda x: torch.log1p(torch.exp(x))),
    "np.sqrt(5.0 + {0})": (lambda x: np.sqrt(5.0 + x), lambda x: torch.sqrt(5.0 + x)),
    "np.sin({0})": (np.sin, torch.sin),
    "np.cos({0})": (np.cos, torch.cos),
    "np.tan(0.3 * {0})": (lambda x: np.tan(0.3 * x), lambda x: torch.tan(0.3 * x)),
    "np.arcsin(0.2 * {0})": (lambda x: np.arcsin(0.2 * x), lambda x: torch.arcsin(0.2 * x)),
    "np.arccos(0.2 * {0})": (lambda x: np.arccos(0.2 * x), lambda x: torch.arccos(0.2 * x)),
    "np.arctan({0})": (np.arctan, torch.arctan),
    "np.sinh({0})": (np.sinh, torch.sinh),
    "np.cosh({0})": (np.cosh, torch.cosh),
    "np.tanh({0})": (np.tanh, torch.tanh),
    "np.arcsinh({0})": (np.arcsinh, torch.arcsinh),
    "np.arccosh(1.5 + {0} * {0})": (
        lambda x: np.arccosh(1.5 + x * x),
        lambda x: torch.arccosh(1.5 + x * x),
    ),
    "np.arctanh(0.2 * {0})": (lambda x: np.arctanh(0.2 * x), lambda x: torch.arctanh(0.2 * x)),
    "np.reciprocal(6.0 + {0})": (
        lambda x: np.reciprocal(6.0 + x),
        lambda x: torch.reciprocal(6.0 + x),
    ),
    "ad.erf({0})": (ad.erf, torch.erf),
    "ad.erfc({0})": (ad.erfc, torch.erfc),
    "ad.sigmoid({0})": (ad.sigmoid, torch.sigmoid),
    "ad.softplus({0})": (ad.softplus, F.softplus),
    "ad.gelu({0})": (ad.gelu, F.gelu),
    "ad.silu({0})": (ad.silu, F.silu),
    "ad.mish({0})": (ad.mish, F.mish),
}
# With the places where the slope jumps.
KINKED: dict[str, tuple[Any, Any, tuple[float, ...]]] = {
    "np.abs({0})": (np.abs, torch.abs, (0.0,)),
    "ad.relu({0})": (ad.relu, F.relu, (0.0,)),
    "ad.leaky_relu({0})": (ad.leaky_relu, F.leaky_relu, (0.0,)),
    "ad.elu({0})": (ad.elu, F.elu, (0.0,)),
    "ad.selu({0})": (ad.selu, F.selu, (0.0,)),
    "np.sign({0}) * {0}": (lambda x: np.sign(x) * x, lambda x: torch.sign(x) * x, (0.0,)),
    "np.clip({0}, -0.5, 1.5)": (
        lambda x: np.clip(x, -0.5, 1.5),
        lambda x: torch.clip(x, -0.5, 1.5),
        (-0.5, 1.5),
    ),
    "np.where({0} > 0.3, {0}, 0.1)": (
        lambda x: np.where(x > 0.3, x, 0.1),
        lambda x: torch.where(x > 0.3, x, torch.tensor(0.1, dtype=torch.float64)),
        (0.3,),
    ),
}
BINARY: dict[str, tuple[Any, Any]] = {
    "{0} + {1}": (lambda a, b: a + b, lambda a, b: a + b),
    "{0} - {1}": (lambda a, b: a - b, lambda a, b: a - b),
    "{0} * {1}": (lambda a, b: a * b, lambda a, b: a * b),
    "np.multiply({0}, {1})": (np.multiply, torch.multiply),
    "{0} / (1.5 + {1} * {1})": (lambda a, b: a / (1.5 + b * b), lambda a, b: a / (1.5 + b * b)),
    "(5.0 + {0}) ** {1}": (lambda a, b: (5.0 + a) ** b, lambda a, b: (5.0 + a) ** b),
    "np.arctan2({0}, 5.0 + {1})": (
        lambda a, b: np.arctan2(a, 5.0 + b),
        lambda a, b: torch.arctan2(a, 5.0 + b),
    ),
    "np.hypot({0}, 5.0 + {1})": (
        lambda a, b: np.hypot(a, 5.0 + b),
        lambda a, b: torch.hypot(a, 5.0 + b),
    ),
    "np.logaddexp({0}, {1})": (np.logaddexp, torch.logaddexp),
}
# The slope jumps where the two are equal.
CHOICES: dict[str, tuple[Any, Any]] = {
    "np.maximum({0}, {1})": (np.maximum, torch.maximum),
    "np.minimum({0}, {1})": (np.minimum, torch.minimum),
    "np.where({0} > {1}, {0}, 2.0 * {1})": (
        lambda a, b: np.where(a > b, a, 2.0 * b),
        lambda a, b: torch.where(a > b, a, 2.0 * b),
    ),
}
