"""What given centres say about samples: labels, distances, the objective. By definition, at any scale of the data."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import Labels, Real, Samples, Sparse, Weights, raw_rows, refuse_not_finite, suffix_of
from .._errors import DataError
from .._native import core
from ._kmeans.directions import unit_rows, zero_rows
from ._kmeans.nearest import assign, inertia_of, squared_distances

_SMALLEST = {"float32": 2.0**-50, "float64": 2.0**-400}
"""Below this half range of the values squares of differences may vanish: in the filter for float32, else at all."""
_LARGEST = {"float32": 2.0**56, "float64": 2.0**500}
"""Above this size they may overflow."""


def nearest_centers(X: Samples | Sparse, centers: Real, *, metric: str = "euclidean") -> Labels:
    """Find the nearest centre of each checked sample.

    Parameters
    ----------
    X : ndarray or Sparse of shape (n_samples, n_features)
        Samples that went through the gate for arrays.
    centers : ndarray of shape (n_clusters, n_features)
        The centres; for ``metric="cosine"`` of length 1, or zero.
    metric : {"euclidean", "cosine"}
        As in `kmeans`.

    Returns
    -------
    ndarray of shape (n_samples,), int32
        The lowest index wins a tie, such as that of a zero vector under ``"cosine"``. The labels of a run of `kmeans`
        are these, for its centres and samples.
    """
    samples, scaled, _ = _matched(X, centers, metric)
    return _labels(samples, scaled, metric)


def distances_to_centers(
    X: Samples | Sparse, centers: Real, *, metric: str = "euclidean"
) -> npt.NDArray[np.float64]:
    """Measure how far each checked sample is from each centre.

    Parameters
    ----------
    X : ndarray or Sparse of shape (n_samples, n_features)
        Samples that went through the gate for arrays.
    centers : ndarray of shape (n_clusters, n_features)
        The centres.
    metric : {"euclidean", "cosine"}
        ``"euclidean"`` gives lengths, not squares. A zero vector is at cosine distance 1 from every other vector and
        0 from a zero vector.

    Returns
    -------
    ndarray of shape (n_samples, n_clusters), float64
        From differences of coordinates, in float64.
    """
    samples, scaled, exponent = _matched(X, centers, metric)
    squares = squared_distances(samples, scaled)
    if metric == "cosine":
        squares /= 2  # between unit vectors
        zero = zero_rows(samples)
        squares[:, zero_rows(scaled)] = 1
        squares[zero] = np.any(scaled, axis=1)
        return squares
    np.sqrt(squares, out=squares)
    return np.ldexp(squares, -exponent) if exponent else squares


def nearest_and_inertia(
    X: Samples | Sparse, centers: Real, weights: Weights | None, *, metric: str = "euclidean"
) -> tuple[Labels, float]:
    """Find the nearest centre of each checked sample, and what `kmeans` minimises.

    Parameters
    ----------
    X : ndarray or Sparse of shape (n_samples, n_features)
        Samples that went through the gate for arrays.
    centers : ndarray of shape (n_clusters, n_features)
        The centres; for ``metric="cosine"`` of length 1, or zero.
    weights : ndarray of shape (n_samples,) or None
        Weights that went through the gate for weights.
    metric : {"euclidean", "cosine"}
        As in `kmeans`.

    Returns
    -------
    labels : ndarray of shape (n_samples,), int32
        As from `nearest_centers`.
    inertia : float
        Weighted sum of squared Euclidean distances, or of cosine distances, to the nearest centres.

    Raises
    ------
    DataError
        When the sum leaves float64.
    """
    samples, scaled, exponent = _matched(X, centers, metric)
    labels = _labels(samples, scaled, metric)
    if metric == "cosine":
        return labels, _cosine_inertia(samples, scaled, labels, weights)
    total = inertia_of(samples, scaled, labels, weights)
    with np.errstate(over="ignore"):
        inertia = float(np.ldexp(total, -2 * exponent))
    if np.isinf(inertia) or inertia == 0 < total:
        size = "large" if np.isinf(inertia) else "small"
        raise DataError(
            f"X is too {size} in scale: a sum of squared distances leaves float64. "
            f"Multiply X by about 2**{exponent} first."
        )
    return labels, inertia


def _labels(samples: Samples | Sparse, centers: Real, metric: str) -> Labels:
    """The nearest centres (n,) of matched samples; a zero vector is as far from one direction as from another."""
    labels = assign(samples, centers)
    if metric == "cosine":
        labels[zero_rows(samples)] = 0
    return labels


def _cosine_inertia(
    samples: Samples | Sparse, centers: Real, labels: Labels, weights: Weights | None
) -> float:
    """Half the squared distances of unit vectors; a zero vector counts 1, or 0 where its centre is zero too."""
    zero = zero_rows(samples)
    aside = 0.0
    if len(zero):
        others = np.ones(samples.shape[0]) if weights is None else weights.copy()
        aside = float(others[zero].sum()) if np.any(centers[0]) else 0.0
        others[zero] = 0
        weights = others
    return inertia_of(samples, centers, labels, weights) / 2 + aside


def _matched(X: Samples | Sparse, centers: Real, metric: str) -> tuple[Samples | Sparse, Real, int]:
    """Samples and centres in one dtype and one unit, 2**-exponent of the caller's, in which squares are safe.

    Labels do not depend on it: a power of two and a wider type are exact, and the definition is float64 anyway.
    """
    low, high = _column_range(X)  # says where a NaN is
    if metric == "cosine":
        return unit_rows(X), centers, 0  # every length is 0 or 1
    low, high = np.minimum(low, centers.min(axis=0)), np.maximum(high, centers.max(axis=0))
    size = max(float(np.max(high)), -float(np.min(low)))
    is_wide = X.dtype != centers.dtype or size > _LARGEST[str(X.dtype)]
    dtype = np.dtype(np.float64) if is_wide else X.dtype
    exponent = _exponent(float(np.max(high / 2 - low / 2)), size, str(dtype))
    if exponent == 0 and not is_wide:
        return X, centers, 0
    scaled = np.ldexp(centers.astype(dtype, copy=False), exponent)
    values = np.ldexp(
        (X.values if isinstance(X, Sparse) else X).astype(dtype, copy=False), exponent
    )
    return (replace(X, values=values) if isinstance(X, Sparse) else values), scaled, exponent


def _exponent(half_range: float, size: float, dtype: str) -> int:
    """0 where values of this range and size are safe, or what brings them to about 1."""
    if size > _LARGEST[dtype]:
        return -math.frexp(size)[1]
    if 0 < half_range < _SMALLEST[dtype]:
        return min(-math.frexp(half_range)[1], math.frexp(_LARGEST[dtype])[1] - math.frexp(size)[1])
    return 0


def _column_range(X: Samples | Sparse) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The smallest and the largest value (d,) of each column."""
    out = np.empty((4, X.shape[1]))
    if getattr(core, "column_moments" + suffix_of(X))(
        raw_rows(X), None, out
    ) < 0 and not isinstance(X, Sparse):
        refuse_not_finite(X)
    return out[0], out[1]
