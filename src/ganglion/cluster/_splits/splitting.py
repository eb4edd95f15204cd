"""Splitting from the top: the loop that all divisive methods share, when it stops, and its tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Samples
from ...progress import Progress, Step

Members = NDArray[np.integer]


@dataclass(frozen=True)
class Split:
    """A split that a criterion is asked about.

    Attributes
    ----------
    left, right : ndarray of int64
        The items of the two parts, in ascending order.
    height : float
        The diameter of the cluster, its WSS, or the edge that is cut: what the method measures.
    n_clusters : int
        How many clusters there are before the split.
    vectors : ndarray of shape (n_samples, n_features) or None
        All rows, where the items are rows of numbers.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    height: float
    n_clusters: int
    vectors: Samples | None


class Splitter(Protocol):
    """One method: it numbers clusters from 0, the whole, and a split's parts with the next two numbers."""

    def largest(self) -> int:
        """The open cluster that is to be split next; -1 when there is none."""
        ...

    def height(self, cluster: int) -> float:
        """What the method measures of a cluster; no part has more."""
        ...

    def size(self, cluster: int) -> int:
        """How many items it has."""
        ...

    def split(self) -> int:
        """Split the largest and return the first part's number; -1 where it cannot be split and is closed."""
        ...

    def close(self) -> None:
        """Leave the largest as it is."""
        ...

    def members(self, cluster: int) -> Members:
        """The items of a cluster."""
        ...


@dataclass(frozen=True)
class Stops:
    """When splitting ends."""

    n_clusters: int
    height: float
    min_size: int
    criterion: Callable[[Split], bool] | None
    progress: Progress | None
    vectors: Samples | None

    def accepts(self, splitter: Splitter, first: int, height: float, n_clusters: int) -> bool:
        """Whether the criterion, if any, wants the split into clusters `first` and `first + 1`."""
        if self.criterion is None:
            return True
        left, right = (np.sort(splitter.members(first + part)).astype(np.int64) for part in (0, 1))
        return bool(self.criterion(Split(left, right, height, n_clusters, self.vectors)))

    def is_stopped(self, n_clusters: int, height: float) -> bool:
        """Tell the caller of one split; whether the caller asks to stop."""
        if self.progress is None:
            return False
        return self.progress(Step("divide", n_clusters - 1, self.n_clusters - 1, height)) is True


@dataclass(frozen=True)
class Splits:
    """The splits in the order they were made: which cluster, its first part (the second is the next), its height."""

    clusters: list[int]
    firsts: list[int]
    heights: list[float]
    leaves: NDArray[np.int64]
    """(n,): the number of the final cluster of each item."""


def split_down(splitter: Splitter, n: int, stops: Stops) -> Splits:
    """Split the largest cluster again and again, until a rule stops it or nothing is left to split."""
    clusters: list[int] = []
    firsts: list[int] = []
    heights: list[float] = []
    refused: set[int] = set()
    while len(clusters) + 1 < stops.n_clusters and (cluster := splitter.largest()) >= 0:
        height = splitter.height(cluster)
        is_small = splitter.size(cluster) < max(2, stops.min_size)
        if cluster in refused or is_small or height <= stops.height:
            splitter.close()
            continue
        first = splitter.split()
        if first < 0:
            continue
        if not stops.accepts(splitter, first, height, len(clusters) + 1):
            refused |= {first, first + 1}
            continue
        clusters.append(cluster)
        firsts.append(first)
        heights.append(height)
        if stops.is_stopped(len(clusters) + 1, height):
            break
    leaves = np.zeros(n, dtype=np.int64)
    for first in firsts:  # a part that was split further is overwritten by its own parts
        leaves[splitter.members(first)] = first
        leaves[splitter.members(first + 1)] = first + 1
    return Splits(clusters, firsts, heights, leaves)


def merges_of(splits: Splits) -> NDArray[np.float64]:
    """The splits from the last to the first as merges (n - 1, 4).

    The items of a final cluster are joined at height 0, in the order of their indices. A height is at least that of
    every later split, so that a cut gives the clusters in the order in which they were split.
    """
    n = len(splits.leaves)
    merges = np.empty((n - 1, 4))
    order = np.argsort(splits.leaves, kind="stable")
    leaf, start, size = np.unique(splits.leaves[order], return_index=True, return_counts=True)
    place = np.arange(n) - np.repeat(start, size)
    later = np.flatnonzero(place > 0)
    row = np.arange(len(later))
    chain = np.where(place[later] == 1, order[later - 1], n + row - 1)
    merges[: len(later)] = np.column_stack([chain, order[later], 0 * row, place[later] + 1])
    node = {int(c): int(order[s]) for c, s in zip(leaf, start, strict=True)}
    count = {int(c): int(s) for c, s in zip(leaf, size, strict=True)}
    last = np.cumsum(size - 1) - 1
    node |= {int(c): n + int(r) for c, r, s in zip(leaf, last, size, strict=True) if s > 1}
    at, height = len(later), 0.0
    for s in reversed(range(len(splits.clusters))):
        cluster, first = splits.clusters[s], splits.firsts[s]
        height = max(height, splits.heights[s])
        count[cluster] = count[first] + count[first + 1]
        merges[at] = node[first], node[first + 1], height, count[cluster]
        node[cluster] = n + at
        at += 1
    return merges
