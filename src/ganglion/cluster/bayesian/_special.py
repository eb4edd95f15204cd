"""The logarithms of gamma functions, of arrays, without the cancellation that differences of them suffer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Stirling's series, B_2k / (2k (2k - 1)) for k = 1 .. 10, is used from _SHIFT on: what is left out is below 2e-18.
_SHIFT = 8
_STIRLING = (
    *(1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400),
    *(43867 / 244188, -174611 / 125400),
)
_REVERSED = _STIRLING[::-1]
_CHUNK = 1 << 12  # numbers that are taken in hand at once, times _SHIFT


def log_gamma(x: ArrayLike) -> NDArray[np.float64]:
    """log Gamma(x) for x > 0, element by element."""
    x = np.asarray(x, dtype=np.float64)
    small = x < _SHIFT
    above = np.where(small, x + _SHIFT, x)
    found = (above - 0.5) * np.log(above) - above + _HALF_LOG_TAU + _remainder(above)
    return found - np.where(small, _below(np.minimum(x, _SHIFT)), 0.0)


def log_rising(a: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    """log of the rising factorial Gamma(a + n) / Gamma(a), for a > 0 and n >= 0: right also where a is far above n."""
    both = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if both[0].size <= _CHUNK:
        return _log_rising(*both)
    out = np.empty(both[0].shape)
    flat, (a, n) = out.reshape(-1), (each.ravel() for each in both)
    for low in range(0, flat.size, _CHUNK):
        some = slice(low, low + _CHUNK)
        flat[some] = _log_rising(a[some], n[some])
    return out


def _log_rising(a: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    low = a + _SHIFT
    grown = n * np.log(low) + (low + n - 0.5) * np.log1p(n / low) - n
    high, below = _remainder(np.stack([low + n, low]))
    grown += high - below
    near = np.minimum(a, 1.0)  # where n / a may overflow
    first = np.where(a < 1, np.log(near + n) - np.log(near), np.log1p(n / np.maximum(a, 1.0)))
    return grown - first - np.log1p(n[..., None] / (a[..., None] + _STEPS)).sum(axis=-1)


def log_rising_of(a: float, n: float) -> float:
    """`log_rising` of two numbers: what a step of a hyperparameter asks for a hundred times."""
    low = a + _SHIFT
    grown = n * math.log(low) + (low + n - 0.5) * math.log1p(n / low) - n
    for sign, x in ((1, low + n), (-1, low)):
        square, total = 1 / (x * x), 0.0
        for coefficient in _REVERSED:
            total = total * square + coefficient
        grown += sign * total / x
    grown -= math.log(a + n) - math.log(a) if a < 1 else math.log1p(n / a)
    steps = 0.0
    for i in range(1, _SHIFT):
        steps += math.log1p(n / (a + i))
    return grown - steps


def log_sum_exp(values: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    """log of the sum of exponentials along an axis; -inf where all are."""
    largest = np.max(values, axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        total = np.log(np.sum(np.exp(values - largest), axis=axis))
    return total + np.squeeze(largest, axis=axis)


_STEPS = np.arange(1, _SHIFT, dtype=np.float64)
_HALF_LOG_TAU = 0.5 * float(np.log(2 * np.pi))


def _remainder(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """What log Gamma(x) has above (x - 1/2) log x - x + log(2 pi) / 2."""
    inverse = 1 / x
    square = inverse * inverse
    total = np.zeros_like(x)
    for coefficient in _REVERSED:
        total *= square
        total += coefficient
    return total * inverse


def _below(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """log of x (x + 1) ... (x + _SHIFT - 1)."""
    product = x.copy()
    for step in _STEPS:
        product = product * (x + step)
    return np.log(product)


def digamma(x: ArrayLike) -> NDArray[np.float64]:
    """The derivative of log Gamma(x) for x > 0, element by element."""
    x = np.asarray(x, dtype=np.float64)
    above = x + _SHIFT
    inverse = 1 / above
    square = inverse * inverse
    total = np.zeros_like(x)
    for k, coefficient in reversed(list(enumerate(_STIRLING))):  # the derivative of the series
        total = total * square + (2 * k + 1) * coefficient
    total = np.log(above) - 0.5 * inverse - total * square
    return total - np.sum(1 / (x[..., None] + np.arange(_SHIFT)), axis=-1)
