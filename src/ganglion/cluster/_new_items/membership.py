"""The clusters of a linkage as new items see them: what the rule that merged them needs to know of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels, Weights
from ..._native import core
from ...distances import Items
from .._trees.cutting import Joined, labels_of, largest_below
from ..tree import Tree

_BLOCK_VALUES = 2**22  # 32 MB of distances at a time
CENTRAL = ("ward", "centroid", "median")
_HALVING = ("weighted", "median")  # both parts of a merge count alike, whatever their sizes

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Membership:
    """What is known of k clusters of n items, so that new items can be told where they belong.

    Attributes
    ----------
    method : str
        The linkage.
    labels : ndarray of shape (n,), int32
        The cluster of each item.
    shares : ndarray of shape (n,), float64
        What part of its cluster an item is; those of a cluster sum to 1.
    masses : ndarray of shape (k,), float64
        How many items a cluster has, or their weight.
    inner : ndarray of shape (k,) or (n,), float64
        Of each cluster the mean square of the distances to its centre, where there are no centres; with "minimax" of
        each item the largest distance to another one of its cluster; else zeros.
    centers : ndarray of shape (k, d), float64, or None
        The centres for "ward", "centroid" and "median" of rows of numbers; the items are not needed then.
    """

    method: str
    labels: Labels
    shares: Floats
    masses: Floats
    inner: Floats
    centers: Floats | None

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return len(self.masses)


def membership_of(tree: Tree, items: Items, joined: Joined, weights: Weights | None) -> Membership:
    """Describe the clusters that some merges of a tree leave.

    Parameters
    ----------
    tree : Tree
        As `linkage` returns it.
    items : Items
        Its leaves.
    joined : ndarray of shape (n - 1,), uint8
        Which merges are made.
    weights : ndarray of shape (n,) or None
        Weights of the items; None for 1 each.

    Returns
    -------
    Membership
        Its labels are numbered from the heaviest cluster on, of equally heavy ones by first appearance: the order of
        the items does not matter otherwise.
    """
    found, tops = labels_of(tree.merges, joined)
    k, method = len(tops), tree.method
    mass = np.ones(tree.n_leaves) if weights is None else weights.astype(np.float64)
    labels, heaviest = by_mass(found, mass, k)
    nodes, masses = tops[heaviest], _sums(labels, mass, k)
    shares = _halved(tree, labels, nodes) if method in _HALVING else mass / masses[labels]
    inner, centers = np.zeros(k), None
    if method in CENTRAL:
        vectors = items.vectors if items.metric == "euclidean" else None
        if vectors is None:
            inner = _mean_squares(tree, labels, nodes, joined, mass)
        else:
            order, starts = by_cluster(labels, k)
            rows = vectors[order].astype(np.float64) * shares[order, None]
            centers = np.add.reduceat(rows, starts, axis=0)
    elif method == "minimax":
        inner = farthest_others(items, labels, k)
    return Membership(method, labels, shares, masses, inner, centers)


def by_mass(labels: Labels, mass: Floats, k: int) -> tuple[Labels, NDArray[np.intp]]:
    """Number clusters from the heaviest on; the new labels, and the old label of each new one."""
    heaviest = np.argsort(-_sums(labels, mass, k), kind="stable")
    place = np.empty(k, dtype=np.int32)
    place[heaviest] = np.arange(k)
    return place[labels], heaviest


def distances_between(new: Items, items: Items) -> NDArray[Any]:
    """The distances (m, n) of one block."""
    pairs: Any = new.pairs(items)
    dtype = np.float32 if isinstance(pairs, core.Pairs32) else np.float64
    out: Any = np.empty((new.n, items.n), dtype=dtype)
    core.fill_square(pairs, out, 0, new.n)
    return out


def blocks(n: int, width: int) -> Iterator[NDArray[np.intp]]:
    """The indices from 0 to n - 1, so many at a time that a block of distances stays small."""
    step = max(1, _BLOCK_VALUES // max(1, width))
    for start in range(0, n, step):
        yield np.arange(start, min(start + step, n))


def by_cluster(labels: Labels, k: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The items in the order of their clusters, and where each cluster begins."""
    order = np.argsort(labels, kind="stable")
    return order, np.searchsorted(labels[order], np.arange(k))


def _halved(tree: Tree, labels: Labels, nodes: NDArray[np.int64]) -> Floats:
    """Shares that halve at each merge from the top of a cluster down to its items."""
    if tree.n_leaves == 1:
        return np.ones(1)
    depths = _depths(tree)
    return _power_of_two(depths[nodes][labels] - depths[: tree.n_leaves])


def _depths(tree: Tree) -> NDArray[np.int64]:
    """How many merges are above each node (2 n - 1,)."""
    depths = np.empty(len(tree.merges), dtype=np.int64)
    core.tree_depths(tree.merges, depths)
    of_leaves = depths[tree.parents[: tree.n_leaves] - tree.n_leaves] + 1
    return np.concatenate([of_leaves, depths])


def _mean_squares(
    tree: Tree, labels: Labels, nodes: NDArray[np.int64], joined: Joined, mass: Floats
) -> Floats:
    """Of each cluster the mean square of the distances to its centre, read off the heights of its merges.

    With a and b the weights of the parts of a merge and c the distance between their centres, the sum of squares
    grows by a b / (a + b) c^2. Ward's height is sqrt(2 a b / (a + b)) c, that of centroid and median is c; for median
    a = b, and shares take the place of weights.
    """
    n, made = tree.n_leaves, np.flatnonzero(joined)
    squares = tree.heights[made] ** 2
    cluster = _cluster_of_merges(tree, labels)[made]
    masses = _sums(labels, mass, len(nodes))
    if tree.method == "ward":
        added = squares / 2 / masses[cluster]
    elif tree.method == "centroid":
        below = _masses_below(tree, mass)
        a, b = below[tree.children[made]].T
        added = a * b / (a + b) * squares / masses[cluster]
    else:
        depths = _depths(tree)
        added = _power_of_two(depths[nodes[cluster]] - depths[n + made]) / 4 * squares
    return _sums(cluster, added, len(nodes))


def _sums(labels: NDArray[Any], values: Floats, k: int) -> Floats:
    """The sum of the values with each label."""
    return np.bincount(labels, weights=values, minlength=k).astype(np.float64, copy=False)


def _power_of_two(exponents: NDArray[np.int64]) -> Floats:
    return np.ldexp(np.ones(len(exponents)), exponents)


def _cluster_of_merges(tree: Tree, labels: Labels) -> NDArray[np.int64]:
    """The highest label below each merge: its cluster, where it is inside of one."""
    own = np.full(2 * tree.n_leaves - 1, -1.0)
    own[: tree.n_leaves] = labels
    return largest_below(tree.merges, own[tree.children].max(axis=1)).astype(np.int64)


def _masses_below(tree: Tree, mass: Floats) -> Floats:
    """The weight below each node (2 n - 1,)."""
    below = mass.tolist()
    for one, other in tree.children.tolist():
        below.append(below[one] + below[other])
    return np.array(below)


def farthest_others(items: Items, labels: Labels, k: int) -> Floats:
    """Of each item the largest distance to another one of its cluster."""
    order, starts = by_cluster(labels, k)
    reaches = np.zeros(items.n)
    for members in np.split(order, starts[1:]):
        cluster = items.take(members)
        for rows in blocks(len(members), len(members)):
            reaches[members[rows]] = distances_between(cluster.take(rows), cluster).max(axis=1)
    return reaches


def to_prototypes(known: Membership, items: Items, new: Items, labels: Labels) -> Floats:
    """Measure how far new items (m,) are from the prototypes of the minimax clusters that they join.

    A cluster's prototype is the item whose farthest other one is nearest, the lowest index of several: no item of the
    cluster is farther from it than the height of the merge (Bien and Tibshirani 2011, section 2).
    """
    order = np.lexsort(
        (known.inner, known.labels)
    )  # stable: the lowest index comes first among equals
    prototypes = order[np.searchsorted(known.labels[order], np.arange(known.n_clusters))]
    joining, starts = by_cluster(labels, known.n_clusters)
    found = np.empty(new.n)
    for prototype, members in zip(prototypes, np.split(joining, starts[1:]), strict=True):
        if len(members):
            found[members] = distances_between(new.take(members), items.take(prototype[None]))[:, 0]
    return found
