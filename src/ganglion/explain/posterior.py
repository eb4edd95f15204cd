"""A posterior in few words and numbers: which counts are likely, and who is with whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError
from ..cluster.agglomerative import linkage
from ..cluster.bayesian.estimating import similarity
from .blocks import block_edges, block_means

MOST_POINTS = 2_000  # their similarities take 32 MB, and the tree over them half a second
MOST_CELLS = 400
MOST_OPTIMAL = 500


def likely_range(shares: ArrayLike, level: float = 0.95) -> tuple[int, int]:
    """Return the shortest range of numbers that holds at least `level` of the probability.

    Parameters
    ----------
    shares : array-like of shape (m,)
        The probabilities of 0, 1, ..., m - 1; they add up to 1.
    level : float
        How much the range must hold.

    Returns
    -------
    pair of int
        Its ends; of equally short ranges the one that holds most, and of equals the lower one.

    Raises
    ------
    DataError
        What holds no probabilities.

    Examples
    --------
    >>> from ganglion.explain.posterior import likely_range
    >>> likely_range([0.0, 0.01, 0.60, 0.37, 0.02])
    (2, 3)
    """
    given = np.asarray(shares, dtype=np.float64)
    if given.ndim != 1 or given.size == 0 or not (given >= 0).all() or abs(given.sum() - 1) > 1e-6:
        raise DataError(
            f"shares must be probabilities that add up to 1; got shape {given.shape} and a sum of {given.sum():g}."
        )
    total = np.concatenate(([0.0], np.cumsum(given)))
    for width in range(1, len(given) + 1):
        inside = total[width:] - total[:-width]
        low = int(np.argmax(inside))
        if inside[low] >= level - 1e-12:
            return low, low + width - 1
    return 0, len(given) - 1


@dataclass(frozen=True, eq=False)
class Together:
    """Who is with whom, in an order that shows it.

    Attributes
    ----------
    points : ndarray of shape (m,), int64
        The points in that order: all, or every so-manieth of many.
    edges : ndarray of shape (b + 1,), int64
        The first place of each block of neighbours, and m.
    shares : ndarray of shape (b, b)
        In how many of the draws two points of two blocks are in one cluster, on average, from 0 to 1; within a block
        those of a point with itself are left out where there are others.
    """

    points: NDArray[np.int64]
    edges: NDArray[np.int64]
    shares: NDArray[np.float64]


def together(
    draws: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    max_points: int = MOST_POINTS,
    max_cells: int = MOST_CELLS,
) -> Together:
    """Order points so that those that are often together are neighbours, and say how often they are.

    Parameters
    ----------
    draws : array-like of int, shape (n_draws, n) or (n_chains, n_draws, n)
        Draws from the posterior.
    labels : array-like of int, shape (n,), optional
        A partition whose clusters stay in one piece.
    max_points : int
        Of more points every so-manieth is taken.
    max_cells : int
        The most blocks along a side.

    Returns
    -------
    Together
        The order, and the shares in it.

    Notes
    -----
    The order is that of the leaves of a tree by average linkage, with 1 - share as the distance, and 1 more between
    points of different clusters of `labels`; it is the optimal one of up to 500 points. Time O(m^2 B) for m points and
    B draws, memory O(m^2).

    Examples
    --------
    >>> from ganglion.explain.posterior import together
    >>> found = together([[0, 1, 0, 1], [0, 1, 0, 0]])
    >>> found.points.tolist()
    [1, 3, 2, 0]
    >>> found.shares[3].tolist()
    [0.0, 0.5, 1.0, 0.0]
    """
    given = np.asarray(draws)
    n = given.shape[-1]
    chosen = np.arange(0, n, -(-n // max(max_points, 1)), dtype=np.int64)
    shares = similarity(given, rows=chosen, columns=chosen)
    order = _tree_order(shares, None if labels is None else np.asarray(labels)[chosen])
    edges = block_edges(len(chosen), max_cells)
    np.fill_diagonal(shares, 0.0)  # of a point with itself, which counts in no mean
    return Together(chosen[order], edges, block_means(shares, order, edges))


def _tree_order(shares: NDArray[np.float64], labels: NDArray[Any] | None) -> NDArray[np.int64]:
    """The order of the leaves of a tree over shares (m, m)."""
    m = len(shares)
    if m < 2:
        return np.arange(m, dtype=np.int64)
    apart = 1.0 - shares
    if labels is not None:
        apart += labels[:, None] != labels
    condensed = apart[np.triu_indices(m, 1)]
    tree = linkage(condensed, "average", "precomputed")
    if m > MOST_OPTIMAL:
        return tree.leaf_order()
    return tree.leaf_order(optimal=True, distances=condensed)
