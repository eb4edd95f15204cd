"""How far the items of a cut tree lie from the others of their clusters: what a new item's distance compares with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...distances import Items
from ..reach import own_distances
from ..tree import Tree
from .descent import Descent
from .joining import growth
from .membership import (
    CENTRAL,
    Floats,
    Membership,
    blocks,
    by_cluster,
    distances_between,
    farthest_others,
    to_prototypes,
)


def apart(known: Membership | Descent, tree: Tree, items: Items) -> Floats:
    """Measure each item against its cluster as a new one is measured, without itself.

    Parameters
    ----------
    known : Membership or Descent
        The clusters.
    tree : Tree
        Of which they are a cut.
    items : Items of n items
        Its leaves.

    Returns
    -------
    ndarray of shape (n,), float64
        Distances; 0 where an item is alone.

    Notes
    -----
    An item with share s of its cluster is |x - c| / (1 - s) from the centre of the others, and their mean distance is
    that to all, over 1 - s. With "minimax" the radius of a cluster is one number for all of its items: what tells them
    apart is the distance to the prototype.
    """
    sizes = np.bincount(known.labels, minlength=known.n_clusters)
    if known.method in ("single", "mst"):
        found = _nearest_others(known, tree, items)
    elif known.method == "complete":
        found = farthest_others(items, known.labels, known.n_clusters)
    elif isinstance(known, Membership) and known.method == "minimax":
        found = to_prototypes(known, items, items, known.labels)
    else:
        found = _from_others(known, items, sizes)
    return np.where(sizes[known.labels] > 1, found, 0.0)


def _from_others(known: Membership | Descent, items: Items, sizes: NDArray[np.int64]) -> Floats:
    """From the centre of the others, or the mean distance to them."""
    labels, k = known.labels, known.n_clusters
    masses = known.masses if isinstance(known, Membership) else sizes.astype(np.float64)
    shares = known.shares if isinstance(known, Membership) else (1 / masses)[labels]
    if known.centers is not None:
        vectors: Any = items.vectors
        far = own_distances(vectors.astype(np.float64), known.centers[:k], labels)
    else:
        far = _means(known, items, shares)
    found = np.divide(far, 1 - shares, out=np.zeros(len(far)), where=shares < 1)
    if known.method == "ward":
        others = masses[labels] * (1 - shares)
        found *= np.sqrt(2 * growth("ward", others))
    return found


def _means(known: Membership | Descent, items: Items, shares: Floats) -> Floats:
    """The mean distance of each item to all of its cluster, itself included; for central methods that to the centre."""
    inner = known.inner if isinstance(known, Membership) and known.method in CENTRAL else None
    order, starts = by_cluster(known.labels, known.n_clusters)
    found = np.empty(items.n)
    for members in np.split(order, starts[1:]):
        cluster, own = items.take(members), shares[members]
        for rows in blocks(len(members), len(members)):
            between = distances_between(cluster.take(rows), cluster).astype(np.float64)
            powers = between if inner is None else between**2
            found[members[rows]] = (powers * own).sum(axis=1)
    if inner is None:
        return found
    # the mean square to the items is that to the centre plus that of the items to it (Huygens)
    return np.sqrt(np.maximum(found - inner[known.labels], 0.0))


def _nearest_others(known: Membership | Descent, tree: Tree, items: Items) -> Floats:
    """The distance to the nearest other item of the cluster: the height at which a leaf merges first.

    That height is 0 for equal items, and where splits stopped above it: those are looked at.
    """
    n = tree.n_leaves
    if n == 1:
        return np.zeros(1)
    found = tree.heights[tree.parents[:n] - n].copy()
    order, starts = by_cluster(known.labels, known.n_clusters)
    for members in np.split(order, starts[1:]):
        doubtful = np.flatnonzero(found[members] == 0)
        if len(members) < 2 or not len(doubtful):
            continue
        cluster = items.take(members)
        for part in blocks(len(doubtful), len(members)):
            rows = doubtful[part]
            between = distances_between(cluster.take(rows), cluster).astype(np.float64)
            between[np.arange(len(rows)), rows] = np.inf
            found[members[rows]] = between.min(axis=1)
    return found
