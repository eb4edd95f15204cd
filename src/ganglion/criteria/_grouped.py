"""Items cluster after cluster, and what is asked of the distances between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import check_weights
from .._errors import ParameterError
from .._memory import check_memory
from .._native import core
from .._threads import get_num_threads
from ..distances.items import Items, as_items
from ._labels import label_codes
from ._moments import Floats

# Distances of a block of items to their cluster that are there at once: 16 MB.
_BLOCK_VALUES = 2**21


@dataclass(frozen=True, eq=False)
class GroupedItems:
    """Items in the order of their clusters.

    Attributes
    ----------
    items : Items
        All items, those of cluster j from starts[j] to starts[j + 1].
    order : ndarray of shape (n,)
        Where each stood among the items that were given.
    starts : ndarray of shape (k + 1,), int64
        Where the clusters begin.
    weight : ndarray of shape (n,) or None
        The weights, in the order of the items here.
    """

    items: Items
    order: NDArray[np.intp]
    starts: NDArray[np.int64]
    weight: Floats | None

    @property
    def k(self) -> int:
        """How many clusters there are."""
        return len(self.starts) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many items each cluster has: (k,)."""
        return np.diff(self.starts)

    def members(self, cluster: int) -> Items:
        """The items of a cluster."""
        at = np.arange(int(self.starts[cluster]), int(self.starts[cluster + 1]))
        return self.items.take(at)

    def weights_of(self, cluster: int) -> Floats | None:
        """Their weights."""
        if self.weight is None:
            return None
        return self.weight[self.starts[cluster] : self.starts[cluster + 1]]


def grouped(
    X: Any,
    labels: ArrayLike,
    metric: Any,
    metric_params: Mapping[str, Any] | None,
    sample_weight: ArrayLike | None = None,
) -> GroupedItems:
    """Check items, labels and weights, and put the items in the order of their clusters."""
    items = as_items(X, metric, metric_params=metric_params)
    codes, k = label_codes(labels, items.n)
    weight = check_weights(sample_weight, items.n)
    order = np.argsort(codes, kind="stable")
    starts = np.r_[0, np.cumsum(np.bincount(codes, minlength=k))].astype(np.int64)
    return GroupedItems(items.take(order), order, starts, None if weight is None else weight[order])


def at_least_two(k: int, what: str) -> None:
    """Refuse a single cluster."""
    if k < 2:
        raise ParameterError(
            f"{what} compares clusters and needs at least 2; labels hold {k}. Choose more clusters."
        )


def row_sums(items: Items, weight: Floats | None) -> Floats:
    """The (weighted) sum of each item's distances to all of a collection: (n,)."""
    n = items.n
    if weight is None:
        sums = np.empty((n, 1))
        pairs: Any = items.pairs()
        core.cluster_sums(pairs, np.zeros(n, dtype=np.int32), 1, sums)
        return sums[:, 0]
    found = np.empty(n)
    for rows, distances in distance_rows(items):
        found[rows] = (distances * weight).sum(axis=1)
    return found


def distance_rows(items: Items) -> Iterator[tuple[NDArray[np.intp], Floats]]:
    """Some items at a time, and their distances to all: (m, n) in float64."""
    step = max(1, _BLOCK_VALUES // items.n)
    for start in range(0, items.n, step):
        rows = np.arange(start, min(start + step, items.n))
        distances = np.empty((len(rows), items.n))
        pairs: Any = items.take(rows).pairs(items, dtype=np.float64)
        core.fill_square(pairs, distances, 0, len(rows))
        yield rows, distances


def extremes(pairs: Any, starts: NDArray[np.int64], what: str) -> tuple[Floats, Floats]:
    """The distances of the nearest and of the farthest pair of items of each two clusters: (k, k) each.

    On the diagonal two different items of one cluster; inf and -inf where there is no pair.
    """
    k = len(starts) - 1
    check_memory(
        16.0 * k * k * (1 + get_num_threads()),
        f"{what} of {k:,} clusters",
        "Choose fewer clusters.",
    )
    nearest, farthest = np.empty((k, k)), np.empty((k, k))
    core.cluster_extremes(pairs, starts, nearest, farthest)
    return nearest, farthest
