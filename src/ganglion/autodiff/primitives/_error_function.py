"""The error function and its complement by rational approximation, to the last digit or two.

References
----------
W. J. Cody, Rational Chebyshev approximations for the error function, Mathematics of Computation 23 (1969), 631-637,
doi:10.1090/S0025-5718-1969-0247736-4. Coefficients of the author's program CALERF.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# |x| <= 0.46875: erf(x) = x P(x^2) / Q(x^2). Highest power first, as everywhere here.
SMALL_P = (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
           3.20937758913846947e3)  # fmt: skip
SMALL_Q = (
    1.0,
    2.36012909523441209e1,
    2.44024637934444173e2,
    1.28261652607737228e3,
    2.84423683343917062e3,
)
# 0.46875 < x <= 4: erfc(x) = exp(-x^2) P(x) / Q(x).
MIDDLE_P = (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
            2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
            1.23033935479799725e3)  # fmt: skip
MIDDLE_Q = (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
            3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3)  # fmt: skip
# x > 4: erfc(x) = exp(-x^2) / x (1 / sqrt(pi) - R(x^-2) / x^2).
LARGE_P = (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
           1.60837851487422766e-2, 6.58749161529837803e-4)  # fmt: skip
LARGE_Q = (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
           2.33520497626869185e-3)  # fmt: skip

ONE_OVER_ROOT_PI = 1 / math.sqrt(math.pi)
SMALL, LARGE, VANISHED = (
    0.46875,
    4.0,
    27.3,
)  # erfc is below the smallest positive number from 27.3 on


def erf(x: Any) -> Any:
    """Return the error function of a number or an array, in its precision."""
    if np.ndim(x) == 0:
        return _as_given(math.erf(x), x)
    values, size = _prepared(x)
    y = np.where(np.isnan(values), np.nan, 1 - _complement(size))
    y = np.copysign(y, values)
    small = size <= SMALL
    y[small] = _small(values[small])
    return y.astype(_dtype(x), copy=False)


def erfc(x: Any) -> Any:
    """Return 1 - erf(x) without cancellation, of a number or an array, in its precision."""
    if np.ndim(x) == 0:
        return _as_given(math.erfc(x), x)
    values, size = _prepared(x)
    y = np.where(np.isnan(values), np.nan, _complement(size))
    y = np.where(values < 0, 2 - y, y)
    small = size <= SMALL
    y[small] = 1 - _small(values[small])
    return y.astype(_dtype(x), copy=False)


def _dtype(x: Any) -> Any:
    """The precision of the result: float64, or float32 where x has it."""
    return np.float32 if getattr(x, "dtype", None) == np.float32 else np.float64


def _as_given(y: float, x: Any) -> Any:
    """A number in the precision of x."""
    return _dtype(x)(y)


def _prepared(x: Any) -> tuple[Floats, Floats]:
    """The values in float64 and their magnitudes."""
    values = np.asarray(x, np.float64)
    return values, np.abs(values)


def _small(x: Floats) -> Floats:
    """erf(x) for |x| <= 0.46875."""
    square = x * x
    return x * _ratio(SMALL_P, SMALL_Q, square)


def _complement(size: Floats) -> Floats:
    """erfc(size) for size > 0.46875; anything below."""
    y = np.zeros_like(size)
    middle = size <= LARGE
    x = np.maximum(size[middle], SMALL)
    y[middle] = _bell(x) * _ratio(MIDDLE_P, MIDDLE_Q, x)
    large = (size > LARGE) & (size < VANISHED)
    x = size[large]
    inverse = 1 / (x * x)
    y[large] = _bell(x) * (ONE_OVER_ROOT_PI - inverse * _ratio(LARGE_P, LARGE_Q, inverse)) / x
    return y


def _bell(x: Floats) -> Floats:
    """exp(-x^2), where x is split so that the rounding of x^2 is not magnified."""
    coarse = np.trunc(x * 16) / 16
    return np.exp(-coarse * coarse) * np.exp(-(x - coarse) * (x + coarse))


def _ratio(above: tuple[float, ...], below: tuple[float, ...], x: Floats) -> Floats:
    """P(x) / Q(x) by Horner's rule."""
    p, q = np.full_like(x, above[0]), np.full_like(x, below[0])
    for a, b in zip(above[1:], below[1:], strict=True):
        p = p * x + a
        q = q * x + b
    return p / q
