"""What sets two partitions apart, in words: which clusters are one in the other, which are divided, who moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError

MOST_PARTS = 6


@dataclass(frozen=True)
class PartitionDifference:
    """How another partition differs from one.

    Attributes
    ----------
    joined : tuple of tuple of int
        Clusters most of whose points are in one cluster of the other.
    divided : tuple of (int, tuple of int)
        A cluster, and how many of its points each of the clusters has that consist mostly of them, the largest first.
    n_moved : int
        Points that neither a joined nor a divided cluster accounts for.
    """

    joined: tuple[tuple[int, ...], ...]
    divided: tuple[tuple[int, tuple[int, ...]], ...]
    n_moved: int

    def sentence(self, noun: str = "row") -> str:
        """Return the difference in one line.

        Parameters
        ----------
        noun : str
            What a point is called.

        Returns
        -------
        str
            Such as "clusters 0 and 2 are one; cluster 1 falls into 30 and 12 rows; 3 other rows move".
        """
        parts = [
            f"clusters {_listed(map(str, group))} are one" for group in self.joined[:MOST_PARTS]
        ]
        for cluster, sizes in self.divided[: MOST_PARTS - len(parts)]:
            told = [f"{size:,}" for size in sizes[:MOST_PARTS]]
            more = sum(sizes[MOST_PARTS:])
            told += [f"smaller parts with {more:,}"] if more else []
            parts.append(f"cluster {cluster} falls into {_listed(told)} {noun}s")
        rest = len(self.joined) + len(self.divided) - len(parts)
        if rest:
            parts.append(f"{rest} more clusters differ")
        if self.n_moved:
            other = "other " if parts else ""
            parts.append(
                f"1 {other}{noun} moves"
                if self.n_moved == 1
                else f"{self.n_moved:,} {other}{noun}s move"
            )
        return "; ".join(parts) if parts else "the same partition"


def compare_partitions(labels: ArrayLike, other: ArrayLike) -> PartitionDifference:
    """Say how another partition of the same points differs from one.

    Parameters
    ----------
    labels : array-like of int, shape (n,)
        One partition, labels 0, 1, ...
    other : array-like of int, shape (n,)
        Another one; any integers.

    Returns
    -------
    PartitionDifference
        Clusters that are joined or divided, and how many points move.

    Raises
    ------
    DataError
        They are not partitions of the same points.

    Notes
    -----
    Every cluster of `labels` goes to the cluster of `other` that holds most of it, and every cluster of `other` comes
    from the one that it holds most of. Two that go to one are joined; one that two come from is divided. A single point
    is a part of its own only where it is a whole cluster. Time O(n).

    Examples
    --------
    >>> from ganglion.explain.partitions import compare_partitions
    >>> found = compare_partitions([0, 0, 0, 0, 1, 1, 2, 2], [5, 5, 7, 7, 3, 3, 3, 3])
    >>> found.sentence()
    'clusters 1 and 2 are one; cluster 0 falls into 2 and 2 rows'
    """
    first, second = _codes(labels, "labels"), _codes(other, "other")
    if first.shape != second.shape:
        raise DataError(
            f"Two partitions must be of the same points; got {len(first)} and {len(second)} labels."
        )
    width = int(second.max()) + 1
    pairs, shared = np.unique(first * width + second, return_counts=True)
    old, new = pairs // width, pairs % width
    goes, comes = _mostly(old, new, shared), _mostly(new, old, shared)
    explained = (goes[old] == new) | (comes[new] == old)
    joined = [tuple(np.flatnonzero(goes == j).tolist()) for j in range(width)]
    divided: list[tuple[int, tuple[int, ...]]] = []
    for cluster in range(len(goes)):
        inside = (old == cluster) & (comes[new] == cluster)
        if np.count_nonzero(inside) > 1:
            sizes = sorted(shared[inside].tolist(), reverse=True)
            divided.append((cluster, tuple(sizes)))
    return PartitionDifference(
        joined=tuple(sorted(group for group in joined if len(group) > 1)),
        divided=tuple(divided),
        n_moved=int(shared[~explained].sum()),
    )


def _codes(labels: ArrayLike, name: str) -> NDArray[np.int64]:
    """Labels as 0, 1, ... in the order of their numbers."""
    given: NDArray[Any] = np.asarray(labels)
    if given.ndim != 1 or given.size == 0 or given.dtype.kind not in "iu":
        raise DataError(
            f"{name} must hold an integer for each point; got shape {given.shape} of {given.dtype}."
        )
    return np.unique(given, return_inverse=True)[1].astype(np.int64)


def _mostly(
    source: NDArray[np.int64], target: NDArray[np.int64], shared: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each source the target with which it shares most points, the lowest among equals."""
    order = np.lexsort((-target, shared))
    most = np.empty(int(source.max()) + 1, dtype=np.int64)
    most[source[order]] = target[order]  # the last one written stands
    return most


def _listed(words: Any) -> str:
    """Words as running text has them: a, b and c."""
    *first, last = list(words)
    return f"{', '.join(first)} and {last}" if first else last
