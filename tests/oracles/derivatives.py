"""Derivatives by central differences, extrapolated twice (Richardson): slow, and independent of any rule."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

STEP = 2.0**-10  # the smallest that is taken


def directional(f: Callable[[float], Any], step: float = 8 * STEP) -> np.ndarray:
    """Derivative of f at 0, from differences over the steps h, h/2, h/4 and h/8.

    A central difference errs by c2 h^2 + c4 h^4 + c6 h^6 + ...; three extrapolations leave terms of order h^8, 1e-17
    times the 9th derivative here. What remains is rounding: about 8 epsilon |f| / h.
    """
    table = []
    for i in range(4):
        h = step / 2**i
        table.append((np.asarray(f(h), float) - np.asarray(f(-h), float)) / (2 * h))
    for order in (4.0, 16.0, 64.0):
        table = [(order * fine - coarse) / (order - 1) for coarse, fine in pairwise(table)]
    return table[0]


def along(
    f: Callable[..., Any], values: list[np.ndarray], directions: list[np.ndarray]
) -> np.ndarray:
    """Derivative of f(*values) when the values move along the directions together."""
    return directional(lambda h: f(*(v + h * d for v, d in zip(values, directions, strict=True))))


def gradient(f: Callable[[np.ndarray], float], x: np.ndarray) -> np.ndarray:
    """Gradient of a number by every element of x."""
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = 1.0
        result[index] = along(f, [x], [unit])
    return result
