"""What a partition leaves of its rows: masses, means and scatter of each cluster. Many criteria need nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._arrays import Real, Samples, Sparse
from .._errors import DataError
from .._native import core
from ._moments import Floats, exact_scale, mean

_LEAST_WEIGHT = 2.0**-300


@dataclass(frozen=True, eq=False)
class ClusterMoments:
    """Sums over the rows of each cluster, about an origin among the rows, in units of a power of two.

    A row is y = scale (x - origin): no digits are lost to an offset, and squares neither overflow nor vanish. Ratios of
    sums need no units; `unscaled` gives squares those of X.

    Attributes
    ----------
    mass : ndarray of shape (k,)
        W_j, the weight of the rows of cluster j; their number without weights.
    n_rows : ndarray of shape (k,), int64
        How many rows cluster j has.
    centers : ndarray of shape (k, d)
        Mean of y over cluster j; 0 where the mass is 0.
    within : ndarray of shape (k,)
        Sum of w |y - center_j|^2.
    mean_distance : ndarray of shape (k,)
        Weighted mean of |y - center_j|.
    middle : ndarray of shape (d,)
        Mean of y over all rows.
    total : float
        Sum of w |y - middle|^2.
    origin : ndarray of shape (d,)
        The point that is 0 in y.
    scale : float
        A power of two.
    """

    mass: Floats
    n_rows: NDArray[np.int64]
    centers: Floats
    within: Floats
    mean_distance: Floats
    middle: Floats
    total: float
    origin: Floats
    scale: float

    @property
    def k(self) -> int:
        """How many clusters there are, those without mass too."""
        return len(self.mass)

    @property
    def d(self) -> int:
        """How many features the rows have."""
        return len(self.origin)

    @property
    def between(self) -> Floats:
        """For each cluster W_j |center_j - middle|^2: (k,)."""
        return self.mass * ((self.centers - self.middle) ** 2).sum(axis=1)

    def unscaled(self, squares: float | Floats) -> Floats:
        """Sums of squares in the units of X."""
        with np.errstate(over="ignore"):
            return np.asarray(squares) / self.scale / self.scale

    def scaled_rows(self, rows: Samples) -> Floats:
        """Other points, (m, d) in the units of X, as y."""
        return self.scale * (np.asarray(rows, dtype=np.float64) - self.origin)


def cluster_moments(
    X: Samples | Sparse,
    codes: NDArray[np.integer],
    k: int,
    weight: Floats | None = None,
    *,
    units: tuple[Floats, float] | None = None,
) -> ClusterMoments:
    """Take the moments of k clusters in two passes over the rows.

    Parameters
    ----------
    X : ndarray or Sparse of shape (n, d)
        Finite rows, float32 or float64.
    codes : ndarray of shape (n,)
        The cluster of each row, from 0 to k - 1; some may have no row.
    k : int
        How many clusters.
    weight : ndarray of shape (n,), optional
        Not negative, with a positive sum; None counts every row once.
    units : tuple of ndarray of shape (d,) and float, optional
        Origin and scale where they are known, from the moments of other clusters of the same rows.

    Returns
    -------
    ClusterMoments
        The same bits at any number of threads.

    Raises
    ------
    DataError
        Where the differences between rows, or the sum of the weights, do not fit into float64.

    Notes
    -----
    The corrected two-pass algorithm: means about a rough one, then squares about these means, from which the residual
    that rounding has left in the means is taken away. Time O(n d), memory O(k d). Sparse rows are taken about 0, and
    filled with zeros one at a time.
    """
    d = X.shape[1]
    owner = np.ascontiguousarray(codes, dtype=np.int32)
    values, lists = _parts(X)
    weight, unit = bounded(weight)
    origin, scale = _units(X, weight) if units is None else units
    sums = np.empty((k, d + 1))
    core.group_sums(values, lists, owner, weight, origin, scale, sums)
    mass = np.ascontiguousarray(sums[:, d])
    held = np.where(mass > 0, mass, 1.0)
    centers, middle = sums[:, :d] / held[:, None], sums[:, :d].sum(axis=0) / mass.sum()
    spread = np.empty((k, d + 3))
    core.group_spread(values, lists, owner, weight, origin, scale, centers, middle, spread)
    residual = spread[:, :d]
    centers += residual / held[:, None]
    correction = (mass[:, None] * (centers - middle)).sum(axis=0) / mass.sum()
    with np.errstate(over="ignore"):  # what leaves float64 is inf: the callers refuse it
        return ClusterMoments(
            mass=mass / unit,
            n_rows=np.bincount(owner, minlength=k).astype(np.int64),
            centers=centers,
            within=np.maximum(spread[:, d] - (residual**2).sum(axis=1) / held, 0.0) / unit,
            mean_distance=spread[:, d + 1] / held,
            middle=middle + correction,
            total=max(float(spread[:, d + 2].sum() - mass.sum() * (correction**2).sum()), 0.0)
            / unit,
            origin=origin,
            scale=scale,
        )


@dataclass(frozen=True, eq=False)
class NextCenters:
    """How far each row is from its own centre and from the nearest other one.

    Attributes
    ----------
    own : ndarray of shape (n,)
        Squared distance to the own centre, in units of the scaled rows.
    next : ndarray of shape (n,)
        Squared distance to the nearest other centre that has rows; inf where there is none.
    nearest : ndarray of shape (n,), int32
        Which centre that is, the lowest index where several are; -1 where there is none.
    """

    own: Floats
    next: Floats
    nearest: NDArray[np.int32]


def own_and_next(
    X: Samples | Sparse, codes: NDArray[np.integer], centers: Floats, origin: Floats, scale: float
) -> NextCenters:
    """Measure every row's distance to its own centre and to the nearest other one.

    Parameters
    ----------
    X : ndarray or Sparse of shape (n, d)
        Finite rows, float32 or float64.
    codes : ndarray of shape (n,)
        The cluster of each row, from 0 to k - 1.
    centers : ndarray of shape (k, d)
        Centres in the units of scale * (X - origin), as those of `ClusterMoments`; one without rows is no neighbour.
    origin : ndarray of shape (d,)
        See `ClusterMoments`.
    scale : float
        See `ClusterMoments`.

    Returns
    -------
    NextCenters
        By definition, from differences in float64, in feature order: the same bits on every machine.

    Notes
    -----
    At most n k d operations. The rows of a cluster look through the other centres in the order of their distance to its
    centre, and stop where the triangle inequality rules out the rest. Memory O(n).
    """
    n, k = X.shape[0], len(centers)
    values, lists = _parts(X)
    order = np.argsort(codes, kind="stable").astype(np.int64)
    starts = np.r_[0, np.cumsum(np.bincount(codes, minlength=k))].astype(np.int64)
    own, following = np.empty(n), np.empty(n)
    nearest = np.empty(n, dtype=np.int32)
    given = np.ascontiguousarray(centers, dtype=np.float64)
    core.own_and_next(values, lists, origin, scale, given, order, starts, own, following, nearest)
    return NextCenters(own, following, nearest)


def _parts(X: Samples | Sparse) -> tuple[Real, tuple[NDArray[np.int64], NDArray[np.int32]] | None]:
    """The rows as the kernels take them: values, and where those of a sparse matrix belong."""
    return (X.values, (X.indptr, X.columns)) if isinstance(X, Sparse) else (X, None)


def bounded(weight: Floats | None) -> tuple[Floats | None, float]:
    """Weights times a power of two where their squares would leave float64, and that power."""
    if weight is None:
        return None, 1.0
    largest = float(weight.max())
    if _LEAST_WEIGHT <= largest <= 1.0 / _LEAST_WEIGHT:
        return weight, 1.0
    unit = float(np.ldexp(1.0, min(-int(np.frexp(largest)[1]), 1023)))
    if not float((weight * unit).sum()) / unit < np.inf:
        raise DataError("sample_weight must have a finite sum; divide it by a power of ten.")
    return weight * unit, unit


def _units(X: Samples | Sparse, weight: Floats | None) -> tuple[Floats, float]:
    """The origin among the rows, and the power of two that brings differences to it below 1."""
    if not isinstance(X, Sparse):
        origin = mean(X, weight)
        return origin, exact_scale(X, origin)
    largest = float(np.abs(X.values).max()) if len(X.values) else 0.0
    return np.zeros(X.shape[1]), float(np.ldexp(1.0, min(-int(np.frexp(largest)[1]), 1023)))
