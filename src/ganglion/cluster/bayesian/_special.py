"""The logarithms of gamma functions, of arrays, without the cancellation that differences of them suffer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SHIFT = 16
# Stirling's series: B_2k / (2k (2k - 1)), k = 1 .. 7. From x = 16 on, what is left out is below 3e-20.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)


def log_gamma(x: ArrayLike) -> NDArray[np.float64]:
    """log Gamma(x) for x > 0, element by element."""
    x = np.asarray(x, dtype=np.float64)
    small = x < _SHIFT
    above = np.where(small, x + _SHIFT, x)
    found = (above - 0.5) * np.log(above) - above + _HALF_LOG_TAU + _remainder(above)
    return found - np.where(small, _below(np.minimum(x, _SHIFT)), 0.0)


def log_rising(a: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    """log of the rising factorial Gamma(a + n) / Gamma(a), for a > 0 and n >= 0: right also where a is far above n."""
    a, n = np.asarray(a, dtype=np.float64), np.asarray(n, dtype=np.float64)
    low = a + _SHIFT
    grown = n * np.log(low) + (low + n - 0.5) * np.log1p(n / low) - n
    grown += _remainder(low + n) - _remainder(low)
    for i in range(1, _SHIFT):
        grown -= np.log1p(n / (a + i))
    near = np.minimum(a, 1.0)  # where n / a may overflow
    first = np.where(a < 1, np.log(near + n) - np.log(near), np.log1p(n / np.maximum(a, 1.0)))
    return grown - first


def log_sum_exp(values: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    """log of the sum of exponentials along an axis; -inf where all are."""
    largest = np.max(values, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        total = np.log(np.sum(np.exp(values - largest), axis=axis))
    return total + np.squeeze(largest, axis=axis)


_HALF_LOG_TAU = 0.5 * float(np.log(2 * np.pi))


def _remainder(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """What log Gamma(x) has above (x - 1/2) log x - x + log(2 pi) / 2."""
    inverse = 1 / x
    square = inverse * inverse
    total = np.zeros_like(x)
    for coefficient in reversed(_STIRLING):
        total = total * square + coefficient
    return total * inverse


def _below(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """log of x (x + 1) ... (x + _SHIFT - 1), in two products that stay finite."""
    low, high = np.ones_like(x), np.ones_like(x)
    for i in range(_SHIFT // 2):
        low *= x + i
        high *= x + _SHIFT // 2 + i
    return np.log(low) + np.log(high)
