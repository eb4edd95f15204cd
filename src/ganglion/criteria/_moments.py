"""Means and covariances in float64 from differences, block by block: far from the origin they keep their digits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .._arrays import Samples
from .._errors import DataError

Floats = NDArray[np.float64]

# 2 MiB of float64, which stays in the second-level cache through the passes over a block.
BLOCK_VALUES = 2**18
MIN_BLOCK_ROWS = 64


def blocks(n_samples: int, n_features: int) -> Iterator[slice]:
    """Yield slices of rows; their size depends on the shape alone."""
    rows = max(MIN_BLOCK_ROWS, BLOCK_VALUES // max(1, n_features))
    for start in range(0, n_samples, rows):
        yield slice(start, min(start + rows, n_samples))


def mean(X: Samples, weight: Floats | None = None) -> Floats:
    """Return the (weighted) mean of the rows.

    Differences to the first row are averaged instead of the rows, so that an offset common to all rows costs no digits.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Finite rows.
    weight : ndarray of shape (n,), optional
        Not negative, with a positive sum; None counts every row once.

    Returns
    -------
    ndarray of shape (d,)
        The mean, in float64.
    """
    n, d = X.shape
    origin = X[0].astype(np.float64)
    total = np.zeros(d)
    with np.errstate(over="ignore", invalid="ignore"):  # `exact_scale` refuses what overflows here
        for rows in blocks(n, d):
            difference = X[rows] - origin
            total += (difference if weight is None else difference * weight[rows, None]).sum(axis=0)
    return origin + total / (n if weight is None else weight.sum())


def covariance(
    X: Samples, weight: Floats | None = None, *, scale: float = 1.0, middle: Floats | None = None
) -> Floats:
    """Return the (weighted) covariance of the columns of scale * X, divided by the total weight.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Finite rows.
    weight : ndarray of shape (n,), optional
        Not negative, with a positive sum; None counts every row once.
    scale : float, default 1
        A power of two that keeps the squares of very large or small values inside the range.
    middle : ndarray of shape (d,), optional
        The mean, where it is known.

    Returns
    -------
    ndarray of shape (d, d)
        The covariance, in float64.

    Notes
    -----
    Time O(n d^2), memory O(d^2) and a block. The products are the BLAS's: the last bits may depend on its threads.
    """
    n, d = X.shape
    middle = mean(X, weight) if middle is None else middle
    total = np.zeros((d, d))
    for rows in blocks(n, d):
        centered = X[rows] - middle
        centered *= scale
        weighted = centered if weight is None else centered * weight[rows, None]
        total += weighted.T @ centered
    return total / (n if weight is None else weight.sum())


def exact_scale(X: Samples, middle: Floats) -> float:
    """Return the power of two that brings the largest difference of X to `middle` into [0.5, 1).

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Finite rows.
    middle : ndarray of shape (d,)
        Their mean, or another point among them.

    Returns
    -------
    float
        The factor; 1 where X equals `middle`. Multiplying by it rounds nothing, and the squares then fit.

    Raises
    ------
    DataError
        Where a difference itself does not fit into float64.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        largest = max(_largest(X[rows] - middle) for rows in blocks(*X.shape))
    if not np.isfinite(largest):
        raise DataError(
            "The differences between the rows of X must fit into float64 (below 1.8e308); the values of X reach "
            f"{np.abs(X).max():.3g}. Divide X by a power of ten."
        )
    return float(np.ldexp(1.0, min(-int(np.frexp(largest)[1]), 1023)))  # of subnormal ones too


def _largest(values: Floats) -> float:
    """Return the largest magnitude, without a copy of the values."""
    return max(float(values.max()), -float(values.min()))


def below_one(weight: Floats) -> Floats:
    """Return the weights (n,) times the power of two that brings the largest below 1: their squares then fit."""
    return np.ldexp(weight, -int(np.frexp(weight.max())[1]))


def effective_number(weight: Floats) -> float:
    """Return Kish's effective number of points, (sum w)^2 / sum w^2."""
    scaled = below_one(weight)
    return float(scaled.sum() ** 2 / (scaled**2).sum())
