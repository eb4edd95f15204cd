"""Which cluster of a divisive tree a new item belongs to, and how far it is: down the splits, by the rule of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ..._native import core
from ...distances import Items
from ...distances._vectors import Vectors
from .._splits.splitters import above, principal_direction
from ..reach import own_distances
from ..tree import Tree
from .joining import Joins, nearest_item
from .membership import blocks, by_cluster, by_mass, distances_between

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Descent:
    """The splits that left k clusters of n items, from the top.

    Attributes
    ----------
    method : str
        How the splits were made.
    labels : ndarray of shape (n,), int32
        The cluster of each item, numbered from the largest cluster on, of equally large ones by first appearance.
    children : ndarray of shape (k - 1, 2), int64
        The parts of each split, the last one first: nodes below k are clusters, k + i is row i.
    centers : ndarray of shape (2 k - 1, d), float64, or None
        The mean of each node, for "bisecting" and "pddp".
    directions, scales : ndarray of shape (k - 1, d) and (k - 1,), float64, or None
        For "pddp" the first principal direction of each split, towards its second part, and the largest difference
        from the mean that it was found with.
    """

    method: str
    labels: Labels
    children: NDArray[np.int64]
    centers: Floats | None = None
    directions: Floats | None = None
    scales: Floats | None = None

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return len(self.children) + 1


def descent_of(tree: Tree, items: Items, n_clusters: int) -> Descent:
    """Describe the splits that leave so many clusters.

    Parameters
    ----------
    tree : Tree
        As `divide` returns it.
    items : Items
        Its leaves.
    n_clusters : int
        How many clusters.

    Returns
    -------
    Descent
        With all that `descend` needs, but for the items of "diana" and "mst".
    """
    labels, children = splits_above(tree, n_clusters)
    if tree.method not in ("bisecting", "pddp"):
        return Descent(tree.method, labels, children)
    vectors: Any = items.vectors
    order, starts = by_cluster(labels, n_clusters)
    rows = vectors[order].astype(np.float64)
    sums = [*np.add.reduceat(rows, starts, axis=0)]
    sizes = np.bincount(labels, minlength=n_clusters).tolist()
    for one, other in children.tolist():
        sums.append(sums[one] + sums[other])
        sizes.append(sizes[one] + sizes[other])
    centers = np.array(sums) / np.array(sizes, dtype=np.float64)[:, None]
    if tree.method == "bisecting":
        return Descent("bisecting", labels, children, centers)
    return _principal(Descent("pddp", labels, children, centers), vectors)


def splits_above(tree: Tree, n_clusters: int) -> tuple[Labels, NDArray[np.int64]]:
    """The labels and the children of a `Descent` into so many clusters."""
    upper = tree.collapse(n_clusters)
    labels, largest = by_mass(upper.labels, np.ones(tree.n_leaves), n_clusters)
    number = np.arange(2 * n_clusters - 1)
    number[largest] = np.arange(n_clusters)
    return labels, number[upper.tree.children]


def descend(known: Descent, items: Items | None, new: Items) -> Labels:
    """Find the cluster (m,) of each new item; the arguments are those of `descents`."""
    if known.n_clusters == 1:
        return np.zeros(new.n, dtype=np.int32)
    return descents(known, items, new).labels


def descents(known: Descent, items: Items | None, new: Items) -> Joins:
    """Find the cluster of each new item, and how far the item is from it.

    Parameters
    ----------
    known : Descent
        The splits.
    items : Items or None
        The items that were split; None where there are centres.
    new : Items of m items
        Measured as the first ones are.

    Returns
    -------
    Joins
        The first part of a split wins a tie. Distances are to the mean of the cluster, with "diana" the mean of those
        to its items, with "mst" that to the nearest of them.
    """
    k = known.n_clusters
    if known.method == "mst":
        assert items is not None
        order = by_cluster(known.labels, k)[0]
        nearest, distances = nearest_item(new, items.take(order))
        return Joins(known.labels[order][nearest], distances)
    found = Joins(np.zeros(new.n, dtype=np.int32), np.empty(new.n))
    for rows in blocks(new.n, 2 * k):
        part = new.take(rows)
        nodes = np.full(part.n, 2 * k - 2)
        rule = _Rule(known, items, part)
        for split in range(k - 2, -1, -1):
            at = np.flatnonzero(nodes == k + split)
            if len(at):
                nodes[at] = known.children[split][rule.is_second(split, at).astype(np.intp)]
        found.labels[rows] = nodes
        found.heights[rows] = rule.distances(nodes)
    return found


class _Rule:
    """Which part of a split some new items go to."""

    def __init__(self, known: Descent, items: Items | None, new: Items) -> None:
        self._known = known
        k = known.n_clusters
        if known.method == "diana":
            assert items is not None
            sums, sizes = np.empty((new.n, 2 * k - 1)), np.empty(2 * k - 1)
            of_clusters = np.empty((new.n, k))
            core.cluster_sums(new.pairs(items), known.labels, k, of_clusters)
            sums[:, :k], sizes[:k] = of_clusters, np.bincount(known.labels, minlength=k)
            for split, (one, other) in enumerate(known.children.tolist()):
                sums[:, k + split] = sums[:, one] + sums[:, other]
                sizes[k + split] = sizes[one] + sizes[other]
            self._near = sums / sizes
        elif known.method == "bisecting":
            centers = Items(new.metric, new.parameters, Vectors(_present(known.centers)))
            self._near = distances_between(new, centers)
        else:
            vectors: Any = _dense(new)
            self._rows = vectors.astype(np.float64)

    def is_second(self, split: int, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        known = self._known
        if known.method == "pddp":
            mean = _present(known.centers)[known.n_clusters + split]
            direction = _present(known.directions)[split]
            return above(self._rows[at], mean, float(_present(known.scales)[split]), direction)
        one, other = known.children[split]
        return self._near[at, other] < self._near[at, one]

    def distances(self, clusters: NDArray[np.int64]) -> NDArray[Any]:
        """How far each item is from its cluster (m,)."""
        if self._known.method == "pddp":
            return own_distances(self._rows, _present(self._known.centers), clusters)
        return self._near[np.arange(len(clusters)), clusters]


def _principal(known: Descent, vectors: NDArray[Any]) -> Descent:
    """The same with the directions: those of the members of each split, as `divide` found them."""
    k, d = known.n_clusters, vectors.shape[1]
    centers = _present(known.centers).copy()
    directions, scales = np.empty((k - 1, d)), np.empty(k - 1)
    children = known.children.copy()
    leaves = [np.flatnonzero(known.labels == label).astype(np.int64) for label in range(k)]
    for split in range(k - 1):
        one, other = int(known.children[split, 0]), int(known.children[split, 1])
        members = np.sort(np.concatenate([leaves[one], leaves[other]]))
        rows = vectors[members].astype(np.float64)
        mean, scale, direction = principal_direction(rows)
        if not above(vectors[leaves[other][:1]].astype(np.float64), mean, scale, direction)[0]:
            children[split] = other, one
        centers[k + split], directions[split], scales[split] = mean, direction, scale
        leaves.append(members)
    return Descent("pddp", known.labels, children, centers, directions, scales)


def _dense(items: Items) -> Any:
    content: Any = items.content
    return items.vectors if items.vectors is not None else content.dense().values


def _present(values: Floats | None) -> Floats:
    assert values is not None
    return values
