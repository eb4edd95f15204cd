"""What given centres say about samples: labels, distances, the objective. By definition, at any scale of the data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import Labels, Real, Samples, Sparse, Weights, refuse_not_finite, suffix_of
from .._errors import DataError
from .._native import core
from .kmeans import assign, inertia_of, squared_distances, unit_rows
from .prepared import prepare


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
        The lowest index wins a tie. The labels of a run of `kmeans` are these, for its centres and samples.
    """
    samples, scaled, _ = _matched(X, centers, metric)
    return assign(samples, scaled)


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
        differ = _zero_rows(samples)[:, None] != _zero_rows(scaled)[None, :]
        squares += differ
        squares /= 2
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
    labels = assign(samples, scaled)
    total = inertia_of(samples, scaled, labels, weights)
    if metric == "cosine":
        differ = _zero_rows(samples) != _zero_rows(scaled)[labels]
        return labels, total / 2 + float(np.count_nonzero(differ) if weights is None else weights[differ].sum()) / 2
    with np.errstate(over="ignore"):
        inertia = float(np.ldexp(total, -2 * exponent))
    if np.isinf(inertia) or inertia == 0 < total:
        size = "large" if np.isinf(inertia) else "small"
        raise DataError(
            f"X is too {size} in scale: a sum of squared distances leaves float64. "
            f"Multiply X by about 2**{exponent} first."
        )
    return labels, inertia


def _matched(X: Samples | Sparse, centers: Real, metric: str) -> tuple[Samples | Sparse, Real, int]:
    """Samples and centres in one unit, 2**-exponent of the caller's, in which no square overflows or vanishes."""
    if metric == "cosine":
        return unit_rows(X), centers, 0  # every length is 0 or 1
    exponent = _common_exponent(X, centers)
    if exponent == 0:
        return X, centers, 0
    if isinstance(X, Sparse):
        return replace(X, values=np.ldexp(X.values, exponent)), np.ldexp(centers, exponent), exponent
    return np.ldexp(X, exponent), np.ldexp(centers, exponent), exponent


def _common_exponent(X: Samples | Sparse, centers: Real) -> int:
    """The scale at which `kmeans` would compute on samples and centres together.

    Centres lie between the samples that they are means of, so for those samples it is the scale of that very run.
    """
    low, high = _column_range(X)
    corners = np.empty((2, X.shape[1]))
    np.minimum(low, centers.min(axis=0), out=corners[0])
    np.maximum(high, centers.max(axis=0), out=corners[1])
    return prepare(corners, None).exponent


def _column_range(X: Samples | Sparse) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The smallest and the largest value (d,) of each column."""
    if isinstance(X, Sparse):
        low, high = np.zeros(X.shape[1]), np.zeros(X.shape[1])
        np.minimum.at(low, X.columns, X.values)
        np.maximum.at(high, X.columns, X.values)
        return low, high
    out = np.empty((4, X.shape[1]))
    if getattr(core, "column_moments" + suffix_of(X))(X, None, out) < 0:
        refuse_not_finite(X)
    return out[0], out[1]


def _zero_rows(rows: Samples | Sparse) -> npt.NDArray[np.bool_]:
    """Which rows (n,) are zero vectors."""
    if isinstance(rows, Sparse):
        row_of = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        return np.bincount(row_of, weights=rows.values != 0, minlength=rows.shape[0]) == 0
    return ~np.any(rows, axis=1)
