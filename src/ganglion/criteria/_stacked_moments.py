"""Moments of many partitions of the same rows, taken together: what a curve over k is read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._arrays import Samples
from .._native import core
from ._cluster_moments import ClusterMoments, bounded
from ._moments import Floats


@dataclass(frozen=True, eq=False)
class StackedMoments:
    """The moments of m partitions, the clusters of one after those of the other: K in all.

    Attributes
    ----------
    starts : ndarray of shape (m + 1,), int64
        Where the clusters of each partition begin; last, K.
    mass : ndarray of shape (K,)
        See `ClusterMoments`; so are the others.
    n_rows : ndarray of shape (K,), int64
        How many rows each cluster has.
    centers : ndarray of shape (K, d)
        Means, 0 where the mass is 0.
    within : ndarray of shape (K,)
        Sum of w |y - center|^2.
    mean_distance : ndarray of shape (K,)
        Weighted mean of |y - center|.
    middle : ndarray of shape (d,)
        Mean of all rows.
    origin : ndarray of shape (d,)
        The point that is 0 in y.
    scale : float
        A power of two.
    """

    starts: NDArray[np.int64]
    mass: Floats
    n_rows: NDArray[np.int64]
    centers: Floats
    within: Floats
    mean_distance: Floats
    middle: Floats
    origin: Floats
    scale: float

    @classmethod
    def alone(cls, moments: ClusterMoments) -> StackedMoments:
        """Return the moments of one partition as a stack of one."""
        return cls(
            np.array([0, moments.k]),
            moments.mass,
            moments.n_rows,
            moments.centers,
            moments.within,
            moments.mean_distance,
            moments.middle,
            moments.origin,
            moments.scale,
        )

    @property
    def d(self) -> int:
        """How many features the rows have."""
        return len(self.origin)

    @property
    def n_held(self) -> NDArray[np.int64]:
        """How many clusters of each partition have mass: (m,)."""
        return np.add.reduceat((self.mass > 0).astype(np.int64), self.starts[:-1])

    def added(self, values: Floats) -> Floats:
        """Sum what there is for each cluster (K,) over those of each partition: (m,)."""
        return np.add.reduceat(values, self.starts[:-1])

    def of(self, partition: int) -> slice:
        """Where the clusters of a partition stand."""
        return slice(int(self.starts[partition]), int(self.starts[partition + 1]))


def stacked_moments(
    X: Samples,
    labels: Sequence[NDArray[np.int32]],
    centers: Sequence[Samples],
    weight: Floats | None,
    units: tuple[Floats, float],
) -> StackedMoments:
    """Take the moments of many partitions in two passes over the rows.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Finite rows, float32 or float64.
    labels : sequence of m ndarrays of shape (n,), int32
        The cluster of each row in each partition.
    centers : sequence of m ndarrays of shape (k, d)
        For each partition points among the rows of its clusters, near their means.
    weight : ndarray of shape (n,) or None
        Not negative, with a positive sum; None counts every row once.
    units : tuple of ndarray of shape (d,) and float
        Origin and scale, as in `ClusterMoments`.

    Returns
    -------
    StackedMoments
        The same bits at any number of threads and on every instruction set.

    Notes
    -----
    The first pass adds differences to the points given, so that the means of clusters far from the origin keep their
    digits; the second adds squares about the means. Rows are read once in each pass, whatever m is. Time O(n m d),
    memory O(K d).
    """
    origin, scale = units
    codes = [np.ascontiguousarray(each, dtype=np.int32) for each in labels]
    sizes = [len(each) for each in centers]
    starts: NDArray[np.int64] = np.r_[0, np.cumsum(sizes)].astype(np.int64)
    weight, unit = bounded(weight)
    means = scale * (np.concatenate(centers).astype(np.float64) - origin)
    sums, mass = np.empty_like(means), np.empty(len(means))
    core.partition_residuals(X, weight, origin, scale, codes, starts, means, sums, mass)
    held = np.where(mass > 0, mass, 1.0)
    means += sums / held[:, None]
    means[mass == 0] = 0.0
    spread = np.empty((len(means), 2))
    core.partition_spreads(X, weight, origin, scale, codes, starts, means, spread)
    first = slice(0, sizes[0])
    with np.errstate(over="ignore"):  # what leaves float64 is inf: the callers refuse it
        return StackedMoments(
            starts=starts,
            mass=mass / unit,
            n_rows=mass.astype(np.int64) if weight is None else _counted(codes, sizes),
            centers=means,
            within=spread[:, 0] / unit,
            mean_distance=spread[:, 1] / held,
            middle=mass[first] @ means[first] / mass[first].sum(),
            origin=origin,
            scale=scale,
        )


def _counted(codes: Sequence[NDArray[np.int32]], sizes: Sequence[int]) -> NDArray[np.int64]:
    """Count the rows of each cluster, those without weight too: (K,)."""
    return np.concatenate(
        [np.bincount(own, minlength=k) for own, k in zip(codes, sizes, strict=True)]
    )
