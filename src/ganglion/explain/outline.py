"""What is drawn of a tree: its upper merges, the branches below them as one end each, and where all of them stand.

A drawing has room for some hundred branches, a tree may have a million leaves. The outline is the part between: made
from the merges alone, by array operations but for one short loop over the merges that are shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SEVERAL = -1
"""The cluster of a node that holds members of several."""


@dataclass(frozen=True, eq=False)
class Outline:
    """The upper part of a tree. Its e ends come first, in the order of drawing, then its e - 1 joins, children first.

    Attributes
    ----------
    children : ndarray of shape (e - 1, 2), int64
        The two nodes that each join merges, the one drawn first in front. A node below e is an end, others are joins.
    height : ndarray of shape (2 e - 1,)
        At which each node was merged; 0 for a leaf.
    start, size : ndarray of shape (2 e - 1,), int64
        The leaves of each node: the places start ... start + size - 1 of `order`.
    count : ndarray of shape (2 e - 1,)
        The same in rows, where a leaf stands for several of them.
    cluster : ndarray of shape (2 e - 1,), int64
        The cluster of each node, -1 where it holds several; all -1 where no cut was asked for.
    node : ndarray of shape (e,), int64
        What each end is in the tree: a leaf, or n + the number of a merge.
    order : ndarray of shape (n,), int64
        All leaves in the order of drawing.
    """

    children: Integers
    height: Floats
    start: Integers
    size: Integers
    count: Floats
    cluster: Integers
    node: Integers
    order: Integers

    @property
    def n_ends(self) -> int:
        """How many ends are drawn."""
        return len(self.node)

    @property
    def n_leaves(self) -> int:
        """How many leaves the tree has."""
        return len(self.order)

    def places(self, *, by_leaves: bool = False) -> Floats:
        """Return where each node stands across the drawing.

        Parameters
        ----------
        by_leaves : bool
            Give each end the room of its leaves, so that the drawing fits beside a matrix; else one step for each end.

        Returns
        -------
        ndarray of shape (2 e - 1,)
            Ends at 0, 1, 2, ... or at the middle of their leaves; a join halfway between its children.
        """
        e = self.n_ends
        ends = self.start[:e] + (self.size[:e] - 1) / 2 if by_leaves else np.arange(e)
        places: list[float] = ends.astype(np.float64).tolist()
        pairs: list[list[int]] = self.children.tolist()
        for first, second in pairs:
            places.append((places[first] + places[second]) / 2)
        return np.array(places)

    def parents(self) -> Integers:
        """Return the join above each node.

        Returns
        -------
        ndarray of shape (2 e - 1,)
            A node; -1 above the root.
        """
        above = np.full(len(self.height), -1, dtype=np.int64)
        above[self.children.ravel()] = np.repeat(np.arange(self.n_ends, len(above)), 2)
        return above

    def roots(self) -> Integers:
        """Return the node that holds all of each cluster, where one is drawn.

        Returns
        -------
        ndarray of shape (at most k,)
            Nodes in the order of drawing.
        """
        above = self.parents()
        inside = self.cluster != SEVERAL
        top = inside & ((above < 0) | ~inside[above])
        found = np.flatnonzero(top)
        return found[np.argsort(self.start[found], kind="stable")]

    def cut(self) -> tuple[float, float] | None:
        """Return between which heights a level line separates the clusters.

        Returns
        -------
        pair of float or None
            The highest merge inside a cluster and the lowest between clusters; None where no level does, or where
            clusters lie inside an end or in several branches.
        """
        inside = self.cluster != SEVERAL
        if not inside[: self.n_ends].all() or inside.all():
            return None
        roots = self.roots()
        if len(roots) > len(np.unique(self.cluster[roots])):
            return None
        low, high = float(self.height[inside].max()), float(self.height[~inside].min())
        return (low, high) if low < high else None


def outline(
    merges: ArrayLike,
    order: ArrayLike,
    *,
    n_ends: int | None = None,
    levels: int | None = None,
    clusters: ArrayLike | None = None,
    counts: ArrayLike | None = None,
) -> Outline:
    """Reduce a tree to what a drawing shows.

    Parameters
    ----------
    merges : array-like of shape (n - 1, 4)
        The merges, as in `Tree.merges`.
    order : array-like of int, shape (n,)
        The leaves in the order of drawing, as from `Tree.leaf_order`.
    n_ends : int, optional
        The most ends: the ``n_ends - 1`` highest merges are shown. None for all.
    levels : int, optional
        The most joins between the root and an end. None for all.
    clusters : array-like of int, shape (n,), optional
        The cluster of each leaf; each must be a branch of the tree to be shown in one piece.
    counts : array-like of shape (n,), optional
        How many rows each leaf stands for; 1 by default.

    Returns
    -------
    Outline
        The ends, the joins, and where they stand.

    Raises
    ------
    ParameterError
        The order or the clusters are not those of the tree, or `n_ends` or `levels` is below 1.

    Notes
    -----
    Time O(n) in a few array operations and O(e) in a loop over the joins that are shown, memory O(n).

    Examples
    --------
    >>> from ganglion.explain.outline import outline
    >>> merges = [[0, 1, 1.0, 2], [2, 3, 2.0, 2], [4, 5, 6.0, 4]]
    >>> found = outline(merges, [0, 1, 2, 3], n_ends=2)
    >>> found.size.tolist(), found.height.tolist()
    ([2, 2, 4], [1.0, 2.0, 6.0])
    """
    rows = np.asarray(merges, dtype=np.float64).reshape(-1, 4)
    n = len(rows) + 1
    placed = _checked_order(order, n)
    kept = _kept(rows, n_ends, levels)
    pairs = rows[kept, :2].astype(np.int64)
    rank = np.empty(n, dtype=np.int64)
    rank[placed] = np.arange(n)
    children = _drawn_first(rows, pairs, rank)
    ends = _ends(children, kept, n)
    ids = np.concatenate((ends, kept + n))
    size = _sizes(rows, ids)
    index = _numbered(children, ends, kept, n)
    start = _starts(index, size, len(ends))
    height = np.zeros(len(ids))
    height[ids >= n] = rows[ids[ids >= n] - n, 2]
    # The ends are in the order in which they were found; now in that of drawing.
    sorted_ends = np.argsort(start[: len(ends)], kind="stable")
    moved = np.concatenate((sorted_ends, np.arange(len(ends), len(ids))))
    back = np.empty(len(ids), dtype=np.int64)
    back[moved] = np.arange(len(ids))
    start, size = start[moved], size[moved]
    return Outline(
        children=back[index].reshape(-1, 2),
        height=height[moved],
        start=start,
        size=size,
        count=_counted(counts, placed, start, size),
        cluster=_clusters(clusters, placed, start, size),
        node=ends[sorted_ends],
        order=placed,
    )


def _checked_order(order: ArrayLike, n: int) -> Integers:
    """Return the order (n,) as integers; it names each leaf once."""
    placed = np.asarray(order, dtype=np.int64)
    if placed.shape != (n,) or not np.array_equal(np.bincount(placed, minlength=n), np.ones(n)):
        raise ParameterError(
            f"order must name each of the {n} leaves once; got shape {placed.shape}. Pass tree.leaf_order()."
        )
    return placed


def _kept(rows: Floats, n_ends: int | None, levels: int | None) -> Integers:
    """Return the merges that are shown, ascending: with each one all that are above it."""
    for name, value in (("n_ends", n_ends), ("levels", levels)):
        if value is not None and value < 1:
            raise ParameterError(
                f"{name} must be at least 1; got {value}. Leave it out to show all."
            )
    m = len(rows)
    upper = _upper(rows, m if n_ends is None else min(m, n_ends - 1))
    if levels is None:
        return upper
    is_upper = np.zeros(m, dtype=np.bool_)
    is_upper[upper] = True
    found = [upper[:0]]
    level = upper[-1:]
    for _ in range(levels):
        found.append(level)
        below = rows[level, :2].astype(np.int64).ravel() - (m + 1)
        below = below[below >= 0]
        level = below[is_upper[below]]
        if len(level) == 0:
            break
    return np.sort(np.concatenate(found))


def _upper(rows: Floats, most: int) -> Integers:
    """Return the `most` highest merges, ascending by number; the last ones where inversions tear the highest apart."""
    m = len(rows)
    last = np.arange(m - most, m)
    heights = rows[:, 2]
    if most in (0, m) or np.all(heights[1:] >= heights[:-1]):
        return last
    highest = np.sort(np.argsort(heights, kind="stable")[m - most :])
    shown = np.zeros(m, dtype=np.bool_)
    shown[highest] = True
    below = rows[~shown, :2].astype(np.int64) - (m + 1)
    return last if shown[below[below >= 0]].any() else highest


def _drawn_first(rows: Floats, pairs: Integers, rank: Integers) -> Integers:
    """Return the pairs of children, in each the one in front whose leaves come first in the order."""
    n = len(rank)
    first = rows[:, 0].astype(np.int64)
    leaf = pairs.copy()
    while (inner := leaf >= n).any():
        leaf[inner] = first[leaf[inner] - n]
    swapped = rank[leaf[:, 0]] > rank[leaf[:, 1]]
    return np.where(swapped[:, None], pairs[:, ::-1], pairs)


def _ends(children: Integers, kept: Integers, n: int) -> Integers:
    """Return the nodes of the tree that are not taken apart: children that are no shown merge."""
    if len(kept) == 0:
        return np.array([2 * n - 2], dtype=np.int64)
    shown = np.zeros(2 * n - 1, dtype=np.bool_)
    shown[kept + n] = True
    nodes = children.ravel()
    return nodes[~shown[nodes]]


def _sizes(rows: Floats, ids: Integers) -> Integers:
    """Return how many leaves each node of the tree has."""
    n = len(rows) + 1
    size = np.ones(len(ids), dtype=np.int64)
    size[ids >= n] = rows[ids[ids >= n] - n, 3].astype(np.int64)
    return size


def _numbered(children: Integers, ends: Integers, kept: Integers, n: int) -> Integers:
    """Return the children as numbers of the outline: ends first, then joins."""
    number = np.empty(2 * n - 1, dtype=np.int64)
    number[ends] = np.arange(len(ends))
    number[kept + n] = np.arange(len(ends), len(ends) + len(kept))
    return number[children]


def _starts(index: Integers, size: Integers, e: int) -> Integers:
    """Return the first place of each node, from the root down."""
    sizes: list[int] = size.tolist()
    starts = [0] * len(sizes)
    pairs: list[list[int]] = index.tolist()
    for join in range(len(pairs) - 1, -1, -1):
        first, second = pairs[join]
        starts[first] = starts[e + join]
        starts[second] = starts[e + join] + sizes[first]
    return np.array(starts, dtype=np.int64)


def _counted(counts: ArrayLike | None, order: Integers, start: Integers, size: Integers) -> Floats:
    """Return how many rows each node stands for."""
    if counts is None:
        return size.astype(np.float64)
    given = np.asarray(counts, dtype=np.float64)
    total = np.concatenate(([0.0], np.cumsum(given[order])))
    return total[start + size] - total[start]


def _clusters(
    clusters: ArrayLike | None, order: Integers, start: Integers, size: Integers
) -> Integers:
    """Return the cluster of each node, or SEVERAL: along its places the cluster must not change."""
    if clusters is None:
        return np.full(len(start), SEVERAL, dtype=np.int64)
    given = np.asarray(clusters)
    if given.shape != order.shape or given.dtype.kind not in "iu":
        raise ParameterError(
            f"clusters must hold one integer for each of the {len(order)} leaves; got shape {given.shape} and dtype "
            f"{given.dtype}. Pass the labels of these leaves, such as tree.cut(n_clusters=3)."
        )
    along = given[order].astype(np.int64)
    changes = np.concatenate(([0], np.cumsum(along[1:] != along[:-1])))
    pure = changes[start] == changes[start + size - 1]
    return np.where(pure, along[start], SEVERAL)
