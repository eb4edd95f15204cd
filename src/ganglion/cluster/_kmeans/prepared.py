"""Samples made ready for k-means: one pass over the data that every restart shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._arrays import Real, Samples, Sparse, Weights, raw_rows, refuse_not_finite, suffix_of
from ..._errors import DataError
from ..._native import core

_SANE = 2.0**50
"""Ranges beyond this (or below its inverse) are brought to about 1 by a power of two: float32 squares stay finite."""
_HUGE = 2.0**400
_GRID_BITS = 50
_MOST_UNEVEN = 2.0**60
"""The largest value of a column over a typical one: beyond this the small ones drown in its sums."""


@dataclass(frozen=True)
class Prepared:
    """What k-means knows about the samples before it starts.

    Attributes
    ----------
    rows : the samples as the kernels take them; scaled by 2**exponent
    samples : the same as arrays
    weights : (n,) scaled by 2**-weight_exponent, or None
    mean, second_moment : (d,) weighted mean and sum of squared deviations of each column
    shift : (d,) the mean in the samples' dtype, subtracted inside products; zero for sparse samples
    scale, bits : the grid of the cluster sums, see native/problem.hpp
    integer_weights : whether the weights, if any, are integers
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
    scale: npt.NDArray[np.float64]
    bits: int
    integer_weights: bool

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
            what = "sample_weight" if abs(self.weight_exponent) > 2 * abs(self.exponent) else "X"
            advice = -self.weight_exponent if what == "sample_weight" else self.exponent
            raise DataError(
                f"{what} is too {size} in scale: a weighted sum of squared distances leaves float64. "
                f"Multiply {what} by about 2.0**{advice} first."
            )
        return value


def prepare(
    samples: Samples | Sparse, weights: Weights | None, names: Sequence[str] | None = None
) -> Prepared:
    """Scale where float arithmetic could overflow or underflow, find mean and range, and lay the grid of the sums."""
    weights, weight_exponent = _normalised(weights)
    integer_weights = weights is None or _are_integers(weights)
    rows = raw_rows(samples)
    moments = _moments(rows, samples, weights, names)
    _refuse_uneven(samples, moments, names)
    exponent = _power_of_two(moments)
    if exponent:
        samples = _scaled(samples, exponent)
        rows = raw_rows(samples)
        moments = _moments(rows, samples, weights, names)
    total = (
        moments.total_weight
        if integer_weights
        else max(moments.total_weight, float(samples.shape[0]))
    )
    is_sparse = isinstance(samples, Sparse)
    bits = min(_GRID_BITS, 61 - max(0, math.ceil(math.log2(total))))
    return Prepared(
        rows=rows,
        samples=samples,
        weights=weights,
        exponent=exponent,
        weight_exponent=weight_exponent,
        total_weight=moments.total_weight,
        mean=moments.mean,
        second_moment=moments.second,
        shift=np.zeros_like(moments.mean, samples.dtype)
        if is_sparse
        else moments.mean.astype(samples.dtype),
        scale=_grid_scale(moments, bits),
        bits=bits,
        integer_weights=integer_weights,
    )


@dataclass(frozen=True)
class _Moments:
    """Minimum, maximum, mean and sum of squared deviations (d,) of the columns, and the total weight."""

    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    second: npt.NDArray[np.float64]
    total_weight: float

    @property
    def size(self) -> npt.NDArray[np.float64]:
        """The largest absolute value of each column."""
        return np.maximum(np.abs(self.low), np.abs(self.high))


def _moments(
    rows: Any, samples: Samples | Sparse, weights: Weights | None, names: Sequence[str] | None
) -> _Moments:
    out = np.empty((4, samples.shape[1]))
    total = getattr(core, "column_moments" + suffix_of(samples))(rows, weights, out)
    if total < 0:
        assert not isinstance(samples, Sparse)
        refuse_not_finite(samples, names=names)
    low, high, mean, second = out
    constant = low == high  # exactly, where a mean of many equal values would be off by a rounding
    return _Moments(
        low, high, np.where(constant, low, mean), np.where(constant, 0.0, second), total
    )


def _refuse_uneven(
    samples: Samples | Sparse, moments: _Moments, names: Sequence[str] | None
) -> None:
    """A fill value such as 9.97e36 among ordinary numbers would drown them: no float64 holds both in one sum."""
    if isinstance(samples, Sparse):
        picked = np.abs(samples.values[:: max(1, len(samples.values) // 4096)]).astype(np.float64)
        picked = np.broadcast_to(picked[:, None], (len(picked), 1))
        largest = np.array([np.max(moments.size)])
    else:
        picked = np.abs(samples[:: max(1, len(samples) // 64)]).astype(np.float64)
        largest = moments.size
    positive = picked[picked > 0]
    if not positive.size or np.max(largest) / _MOST_UNEVEN < positive.min():
        return
    ordered = np.sort(picked, axis=0)
    n_zero = np.count_nonzero(ordered == 0, axis=0)
    middle = np.minimum(n_zero + (len(ordered) - n_zero) // 2, len(ordered) - 1)
    typical = ordered[middle, np.arange(ordered.shape[1])]
    uneven = (typical > 0) & (largest / _MOST_UNEVEN > typical)
    if not np.any(uneven):
        return
    f = int(np.argmax(uneven))
    where = (
        "X"
        if isinstance(samples, Sparse)
        else f"column {names[f]!r}"
        if names is not None
        else f"column {f} of X"
    )
    raise DataError(
        f"The range of {where} must fit one float64 sum: it holds {largest[f]:.3g} where a typical value is "
        f"{typical[f]:.3g}. If that is a fill value for missing data, drop those rows; otherwise rescale the column."
    )


def _power_of_two(moments: _Moments) -> int:
    """The exponent that brings the data to about 1, or 0 where they are fit to compute with."""
    half_range = float(np.max(moments.high / 2 - moments.low / 2))
    size = float(np.max(moments.size))
    if size == 0 or (size < _HUGE and 1 / _SANE <= half_range <= _SANE):
        return 0
    if half_range == 0 and 1 / _HUGE < size < _HUGE:
        return 0
    return -math.frexp(half_range if half_range > 0 and size < _HUGE else size)[1]


def _scaled(samples: Samples | Sparse, exponent: int) -> Samples | Sparse:
    """The samples times 2**exponent: exact, but for values so small beside the largest that they vanish."""
    if isinstance(samples, Sparse):
        return Sparse(
            np.ldexp(samples.values, exponent), samples.indptr, samples.columns, samples.shape
        )
    return np.ldexp(samples, exponent)


def _normalised(weights: Weights | None) -> tuple[Weights | None, int]:
    """Weights of at most 1, scaled by a power of two; integers stay as they are: they must equal repetition exactly."""
    if weights is None or _are_integers(weights):
        return weights, 0
    exponent = math.frexp(float(weights.max()))[1]
    return np.ldexp(weights, -exponent), exponent


def _are_integers(weights: Weights) -> bool:
    return bool(
        weights.max() < 2**30 and weights.sum() < 2**40 and np.all(weights == np.floor(weights))
    )


def _grid_scale(moments: _Moments, bits: int) -> npt.NDArray[np.float64]:
    """Powers of two with which the largest value of a column takes `bits` bits."""
    _, exponents = np.frexp(moments.size)
    return np.where(moments.size > 0, np.ldexp(1.0, bits - exponents), 1.0)
