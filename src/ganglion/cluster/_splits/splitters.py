"""The divisive methods: how each chooses a cluster and splits it."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Samples
from ..._native import core
from .splitting import Members, Split

Parts = tuple[NDArray[np.int64], NDArray[np.int64]]


class DianaSplitter:
    """The largest diameter; splinter groups (native/medoid_diana.hpp)."""

    def __init__(self, pairs: Any) -> None:
        kernel: Any = core.Diana32 if isinstance(pairs, core.Pairs32) else core.Diana64
        self._kernel = kernel(pairs)

    def largest(self) -> int:
        """See Splitter."""
        return self._kernel.largest()

    def height(self, cluster: int) -> float:
        """The diameter."""
        return self._kernel.diameter(cluster)

    def size(self, cluster: int) -> int:
        """See Splitter."""
        return self._kernel.size(cluster)

    def split(self) -> int:
        """See Splitter."""
        return self._kernel.split()

    def close(self) -> None:
        """See Splitter."""
        self._kernel.close()

    def members(self, cluster: int) -> Members:
        """See Splitter."""
        return self._kernel.members(cluster)


class VectorSplitter:
    """Clusters of rows, split by a function of their rows; the next is that of the largest size, or else WSS."""

    def __init__(
        self,
        n: int,
        split_rows: Callable[[NDArray[np.int64]], Parts | None],
        measure: Callable[[NDArray[np.int64]], float],
        *,
        size: Callable[[NDArray[np.int64]], float] | None,
    ) -> None:
        self._split_rows, self._measure, self._size = split_rows, measure, size
        self._members: list[NDArray[np.int64]] = []
        self._heights: list[float] = []
        self._open: list[tuple[float, int, int]] = []
        self._add(np.arange(n), math.inf)

    def largest(self) -> int:
        """See Splitter."""
        return self._open[0][2] if self._open else -1

    def height(self, cluster: int) -> float:
        """The WSS."""
        return self._heights[cluster]

    def size(self, cluster: int) -> int:
        """See Splitter."""
        return len(self._members[cluster])

    def split(self) -> int:
        """See Splitter."""
        cluster = self.largest()
        self.close()
        parts = self._split_rows(self._members[cluster])
        if parts is None or min(map(len, parts)) == 0:
            return -1
        for part in parts:
            self._add(part, self._heights[cluster])
        return len(self._members) - 2

    def close(self) -> None:
        """See Splitter."""
        heapq.heappop(self._open)

    def members(self, cluster: int) -> Members:
        """See Splitter."""
        return self._members[cluster]

    def _add(self, members: NDArray[np.int64], bound: float) -> None:
        """Number one more cluster; rounding leaves no part with more WSS than the whole."""
        wss = min(bound, self._measure(members))
        self._members.append(members)
        self._heights.append(wss)
        if len(members) > 1 and wss > 0:
            weight = wss if self._size is None else self._size(members)
            heapq.heappush(self._open, (-weight, int(members[0]), len(self._members) - 1))


def wss_of(X: Samples, members: NDArray[Any]) -> float:
    """Sum of ||x - mean||^2 over some rows, about the first of them: equal rows have exactly 0."""
    rows = X[members].astype(np.float64) - X[members[0]].astype(np.float64)
    return float(np.sum((rows - rows.mean(axis=0)) ** 2))


def raises_bic(split: Split) -> bool:
    """Whether two spherical normal clusters have a larger BIC than one (Pelleg and Moore 2000, section 3.2)."""
    assert split.vectors is not None
    d, sizes = split.vectors.shape[1], np.array([len(split.left), len(split.right)])
    n = int(sizes.sum())
    apart = wss_of(split.vectors, split.left) + wss_of(split.vectors, split.right)
    together = wss_of(split.vectors, np.concatenate([split.left, split.right]))
    if n <= 2 or together == 0:
        return False
    if apart == 0:
        return True

    def bic(k: int, wss: float, entropy: float) -> float:
        variance = wss / (d * (n - k))
        likelihood = entropy - n * d / 2 * math.log(2 * math.pi * variance) - d * (n - k) / 2
        return likelihood - (k - 1 + k * d + 1) / 2 * math.log(n)

    return bic(2, apart, float(np.sum(sizes * np.log(sizes / n)))) > bic(1, together, 0.0)


def principal_direction_split(X: Samples, members: NDArray[np.int64]) -> Parts:
    """Rows on the two sides of the mean along the first principal direction (Boley 1998, section 2)."""
    rows = X[members].astype(np.float64)
    is_above = above(rows, *principal_direction(rows))
    return members[~is_above], members[is_above]


def principal_direction(
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """The mean of rows, the largest difference from it, and the direction in which they vary most."""
    mean = rows.mean(axis=0)
    rows = rows - mean
    largest = float(np.abs(rows).max())
    if largest > 0:
        rows /= largest  # squares of tiny or huge rows stay among the finite numbers
    narrow = rows.shape[1] <= rows.shape[0]
    gram = rows.T @ rows if narrow else rows @ rows.T
    first = np.linalg.eigh(gram)[1][:, -1]
    direction = first if narrow else rows.T @ first
    if direction[np.argmax(np.abs(direction))] < 0:
        direction = -direction
    return mean, largest, direction


def above(
    rows: NDArray[np.float64], mean: NDArray[np.float64], largest: float, direction: NDArray[Any]
) -> NDArray[np.bool_]:
    """Which rows are beyond the mean in a direction, on the scale of `principal_direction`."""
    rows = rows - mean
    if largest > 0:
        rows /= largest
    return np.einsum("nd,d->n", rows, direction) > 0


class EdgeSplitter:
    """Clusters of a tree of merges, split where it joins them last: for single linkage, the longest edge is cut."""

    def __init__(self, merges: NDArray[np.float64], order: NDArray[np.int64]) -> None:
        n = len(order)
        self._merges, self._order, self._n = merges, order, n
        self._sizes = np.concatenate([np.ones(n, np.int64), merges[:, 3].astype(np.int64)])
        self._starts = np.empty(
            2 * n - 1, dtype=np.int64
        )  # where each node's leaves begin in `order`
        self._starts[order] = np.arange(n)
        for at, (one, other) in enumerate(merges[:, :2].astype(np.int64)):
            self._starts[n + at] = min(self._starts[one], self._starts[other])
        self._nodes: list[int] = []
        self._open: list[tuple[int, int]] = []
        self._add(2 * n - 2)

    def largest(self) -> int:
        """See Splitter."""
        return self._open[0][1] if self._open else -1

    def height(self, cluster: int) -> float:
        """The longest edge."""
        return float(self._merges[self._nodes[cluster] - self._n, 2])

    def size(self, cluster: int) -> int:
        """See Splitter."""
        return int(self._sizes[self._nodes[cluster]])

    def split(self) -> int:
        """See Splitter."""
        node = self._nodes[self.largest()]
        self.close()
        for child in self._merges[node - self._n, :2]:
            self._add(int(child))
        return len(self._nodes) - 2

    def close(self) -> None:
        """See Splitter."""
        heapq.heappop(self._open)

    def members(self, cluster: int) -> Members:
        """See Splitter."""
        start = self._starts[self._nodes[cluster]]
        return self._order[start : start + self.size(cluster)]

    def _add(self, node: int) -> None:
        """Number one more cluster; the last merge is the longest edge, and goes first."""
        self._nodes.append(node)
        if node >= self._n:
            heapq.heappush(self._open, (-node, len(self._nodes) - 1))
