"""Samples made ready for k-means: one pass over the data that every restart shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import Real, Samples, Sparse, Weights, raw_rows, refuse_not_finite, suffix_of
from .._errors import DataError
from .._native import core

_SANE = 2.0**50
"""Ranges beyond this (or below its inverse) are brought to about 1 by a power of two: float32 squares stay finite."""
_HUGE = 2.0**400
_GRID_BITS = 50


@dataclass(frozen=True)
class Prepared:
    """What k-means knows about the samples before it starts.

    Attributes
    ----------
    rows : the samples as the kernels take them; scaled by 2**exponent
    samples : the same as arrays
    weights : (n,) scaled by 2**-weight_exponent, or None
    mean, second_moment : (d,) weighted mean and sum of squared deviations of each column
    shift : (d,) the mean in the samples' dtype: subtracted inside products
    origin, scale : (d,) the grid of the cluster sums, see native/problem.hpp
    parts : 2 where weights are not integers, 1 otherwise
    """

    rows: Any
    samples: Samples | Sparse
    weights: Weights | None
    exponent: int
    weight_exponent: int
    total_weight: float
    mean: npt.NDArray[np.float64]
    second_moment: npt.NDArray[np.float64]
    shift: Real
    origin: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    parts: int

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return self.samples.shape[0]

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.samples.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self.samples.dtype

    def kernel(self, name: str) -> Any:
        """The kernel `name` for the samples' dtype."""
        return getattr(core, name + suffix_of(self.samples))

    def unscaled(self, squared: float) -> float:
        """A weighted sum of squares in the caller's units."""
        try:
            value = math.ldexp(squared, self.weight_exponent - 2 * self.exponent)
        except OverflowError:
            value = math.inf
        if math.isinf(value) or (value == 0 < squared):
            size = "large" if math.isinf(value) else "small"
            raise DataError(
                f"X is too {size} in scale: a sum of squared distances leaves float64. "
                f"Multiply X by about 2**{self.exponent} first."
            )
        return value


def prepare(samples: Samples | Sparse, weights: Weights | None) -> Prepared:
    """Scale where float arithmetic could overflow or underflow, find mean and range, and lay the grid of the sums."""
    low, high, mean, second, total = _moments(samples, weights)
    size = max(float(np.max(np.abs(low))), float(np.max(np.abs(high))))
    exponent = _power_of_two(float(np.max(high / 2 - low / 2)), size)
    if exponent:
        samples = _scaled(samples, exponent)
    weights, weight_exponent = _normalised(weights)
    if exponent or weight_exponent:
        low, high, mean, second, total = _moments(samples, weights)
    origin = low / 2 + high / 2
    return Prepared(
        rows=raw_rows(samples),
        samples=samples,
        weights=weights,
        exponent=exponent,
        weight_exponent=weight_exponent,
        total_weight=total,
        mean=mean,
        second_moment=second,
        shift=mean.astype(samples.dtype),
        origin=origin,
        scale=_grid_scale(high / 2 - low / 2, total),
        parts=1 if weights is None or _are_integers(weights) else 2,
    )


def _moments(samples: Samples | Sparse, weights: Weights | None) -> tuple[Any, Any, Any, Any, float]:
    """Minimum, maximum, mean and second moment (d,) of the columns, and the total weight."""
    if isinstance(samples, Sparse):
        return _sparse_moments(samples, weights)
    out = np.empty((4, samples.shape[1]))
    with np.errstate(all="ignore"):
        total = getattr(core, "column_moments" + suffix_of(samples))(samples, weights, out)
    if total < 0:
        refuse_not_finite(samples)
    return out[0], out[1], out[2], out[3], total


def _sparse_moments(samples: Sparse, weights: Weights | None) -> tuple[Any, Any, Any, Any, float]:
    n, d = samples.shape
    values = samples.values.astype(np.float64)
    rows = np.repeat(np.arange(n), np.diff(samples.indptr))
    weight_of = np.ones(n) if weights is None else weights
    low, high = np.zeros(d), np.zeros(d)
    counts = weight_of[rows] > 0
    stored = np.bincount(samples.columns[counts], minlength=d)
    full = stored == np.count_nonzero(weight_of > 0)
    low[full], high[full] = np.inf, -np.inf
    np.minimum.at(low, samples.columns[counts], values[counts])
    np.maximum.at(high, samples.columns[counts], values[counts])
    total = float(weight_of.sum())
    stored_weight = np.bincount(samples.columns, weights=weight_of[rows], minlength=d)
    with np.errstate(all="ignore"):
        mean = np.bincount(samples.columns, weights=weight_of[rows] * values, minlength=d) / total
        spread = weight_of[rows] * (values - mean[samples.columns]) ** 2
        second = np.bincount(samples.columns, weights=spread, minlength=d) + (total - stored_weight) * mean**2
    return low, high, mean, second, total


def _power_of_two(half_range: float, size: float) -> int:
    """The exponent that brings the data to about 1, or 0 where they are fit to compute with."""
    if 1 / _SANE <= half_range <= _SANE and size < _HUGE:
        return 0
    if half_range == 0 and 1 / _HUGE < size < _HUGE:
        return 0
    reference = half_range if half_range > 0 and size < _HUGE else size
    return 0 if reference == 0 else -math.frexp(reference)[1]


def _scaled(samples: Samples | Sparse, exponent: int) -> Samples | Sparse:
    """The samples times 2**exponent: exact, but for values so small beside the largest that they vanish."""
    if isinstance(samples, Sparse):
        return Sparse(np.ldexp(samples.values, exponent), samples.indptr, samples.columns, samples.shape)
    return np.ldexp(samples, exponent)


def _normalised(weights: Weights | None) -> tuple[Weights | None, int]:
    """Weights of at most 1, scaled by a power of two; integers stay as they are: they must equal repetition exactly."""
    if weights is None or _are_integers(weights):
        return weights, 0
    exponent = math.frexp(float(weights.max()))[1]
    return np.ldexp(weights, -exponent), exponent


def _are_integers(weights: Weights) -> bool:
    return bool(weights.sum() < 2**40 and np.all(weights == np.floor(weights)))


def _grid_scale(half_range: npt.NDArray[np.float64], total_weight: float) -> npt.NDArray[np.float64]:
    """Powers of two that use the 62 bits of a cluster sum and the 51 of a value, and overflow neither."""
    bits = min(_GRID_BITS, 61 - max(0, math.ceil(math.log2(total_weight))))
    _, exponents = np.frexp(half_range)
    return np.where(half_range > 0, np.ldexp(1.0, bits - exponents), 1.0)
