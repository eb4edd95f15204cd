"""Which cluster of a linkage a new item joins, and at what height: the nearest one, by the rule that merged them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ..._native import core
from ...distances import Items
from ...distances._vectors import Vectors
from .membership import CENTRAL, Floats, Membership, blocks, by_cluster, distances_between


@dataclass(frozen=True, eq=False)
class Joins:
    """Where new items belong.

    Attributes
    ----------
    labels : ndarray of shape (m,), int32
        The cluster of each.
    heights : ndarray of shape (m,), float64
        How far each is from its cluster: the height at which a tree would merge the two.
    """

    labels: Labels
    heights: Floats


def join(known: Membership, items: Items | None, new: Items) -> Labels:
    """Find the cluster (m,) that each new item joins; the arguments are those of `joins`."""
    if known.n_clusters == 1:
        return np.zeros(new.n, dtype=np.int32)
    return joins(known, items, new).labels


def joins(known: Membership, items: Items | None, new: Items) -> Joins:
    """Find the cluster that each new item joins, and the height at which it does.

    Parameters
    ----------
    known : Membership
        The clusters.
    items : Items or None
        The items that were clustered; None where there are centres.
    new : Items of m items
        Measured as the first ones are.

    Returns
    -------
    Joins
        The cluster at the least distance; the lowest number wins a tie.
    """
    if known.centers is not None:
        return _by_centers(known, known.centers, new)
    assert items is not None
    order, starts = by_cluster(known.labels, known.n_clusters)
    ordered = items.take(order)
    if known.method == "single":
        nearest, distances = nearest_item(new, ordered)
        return Joins(known.labels[order][nearest], distances)
    found = Joins(np.empty(new.n, dtype=np.int32), np.empty(new.n))
    equal = bool(np.all(known.shares == (1 / known.masses)[known.labels]))
    for rows in blocks(new.n, known.n_clusters if equal else items.n):
        part = new.take(rows)
        if known.method == "average" and equal:
            sums = np.empty((part.n, known.n_clusters))
            core.cluster_sums(part.pairs(items), known.labels, known.n_clusters, sums)
            _take_least(found, rows, sums / known.masses)
        else:
            scores = _scores(known, distances_between(part, ordered), order, starts)
            _take_least(found, rows, scores)
    return Joins(found.labels, height_of_squares(known, found.heights))


def _take_least(found: Joins, rows: NDArray[np.intp], scores: NDArray[Any]) -> None:
    """Write the least of the scores (m, k) of some rows, and whose it is."""
    labels = np.argmin(scores, axis=1)
    found.labels[rows] = labels
    found.heights[rows] = scores[np.arange(len(rows)), labels]


def _scores(
    known: Membership, distances: NDArray[Any], order: NDArray[np.intp], starts: NDArray[np.intp]
) -> NDArray[Any]:
    """What grows with the distance (m, k) of new items to clusters, from distances (m, n) to their items."""
    if known.method == "complete":
        return np.maximum.reduceat(distances, starts, axis=1)
    if known.method == "minimax":
        around_new = np.maximum.reduceat(distances, starts, axis=1)
        around_old = np.minimum.reduceat(np.maximum(distances, known.inner[order]), starts, axis=1)
        return np.minimum(around_new, around_old)
    shares = known.shares[order]
    if known.method in ("average", "weighted"):
        return np.add.reduceat(distances * shares, starts, axis=1)
    # The mean square of the distances to the items is that to the centre plus that of the items to it (Huygens).
    squares = distances.astype(np.float64) ** 2
    to_center = np.add.reduceat(squares * shares, starts, axis=1) - known.inner
    return to_center * growth(known.method, known.masses)


def growth(method: str, masses: Floats) -> Floats:
    """What the squared distance to a centre of so many items is multiplied by: ward weighs it with the WSS it adds."""
    return masses / (masses + 1) if method == "ward" else np.ones(len(masses))


def height_of_squares(known: Membership, scores: Floats) -> Floats:
    """Heights of scores: of squares to centres their roots, and for ward, whose height is sqrt(2 x WSS), more."""
    if known.method not in CENTRAL:
        return scores
    doubled = 2.0 if known.method == "ward" else 1.0
    return np.sqrt(doubled * np.maximum(scores, 0.0))


def _by_centers(known: Membership, centers: Floats, new: Items) -> Joins:
    """Joins by the distances to centres (k, d) alone."""
    against = Items(new.metric, new.parameters, Vectors(centers))
    if known.method != "ward":
        nearest, distances = nearest_item(new, against)
        return Joins(nearest.astype(np.int32), distances)
    found = Joins(np.empty(new.n, dtype=np.int32), np.empty(new.n))
    # of distances: their squares might underflow
    factors = np.sqrt(growth("ward", known.masses))
    for rows in blocks(new.n, known.n_clusters):
        _take_least(found, rows, distances_between(new.take(rows), against) * factors)
    return Joins(found.labels, np.sqrt(2.0) * found.heights)


def nearest_item(new: Items, items: Items) -> tuple[NDArray[np.int64], Floats]:
    """The nearest item of each new one (m,), the lowest index of several, and how far it is (m,)."""
    found, near = np.empty(new.n, dtype=np.int64), np.empty(new.n)
    for rows in blocks(new.n, items.n):
        pairs = new.take(rows).pairs(items)
        dtype = np.float32 if isinstance(pairs, core.Pairs32) else np.float64
        indices, distances = np.empty((len(rows), 1), np.int64), np.empty((len(rows), 1), dtype)
        core.k_nearest(cast("Any", pairs), 1, indices, cast("Any", distances), False)
        found[rows], near[rows] = indices[:, 0], distances[:, 0]
    return found, near
