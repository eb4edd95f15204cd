"""A matrix of distances in the order of a tree, small enough to be seen: means over blocks where it is large."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError
from ..distances.items import Items
from ._measured import distances_between

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TILE = 512  # rows that are measured at a time


def block_edges(n: int, n_blocks: int) -> Integers:
    """Return the first place of each block and n behind the last: blocks that differ by one place at most.

    Parameters
    ----------
    n : int
        Number of places.
    n_blocks : int
        The most blocks.

    Returns
    -------
    ndarray of shape (min(n, n_blocks) + 1,)
        Ascending places.
    """
    blocks = min(n, n_blocks)
    return np.arange(blocks + 1, dtype=np.int64) * n // blocks


def block_means(distances: ArrayLike | Items, order: Integers, edges: Integers) -> Floats:
    """Average distances over blocks of neighbours in an order.

    Parameters
    ----------
    distances : array-like of shape (n, n) or (n (n - 1) / 2,), or Items
        The matrix, its upper triangle row by row, or items whose distances are computed here, some rows at a time.
    order : ndarray of shape (n,)
        The items in the order of the picture.
    edges : ndarray of shape (b + 1,)
        As from `block_edges`.

    Returns
    -------
    ndarray of shape (b, b)
        The mean over all pairs of two blocks; of pairs inside a block, those of an item with itself are left out where
        there are others.

    Raises
    ------
    DataError
        There is not one distance for each pair of the n items.

    Notes
    -----
    Time O(n^2), memory O(n) for each of 512 rows, and the result.
    """
    n = len(order)
    block = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
    rows_of = _row_source(distances, n)
    sums = np.zeros((len(edges) - 1, len(edges) - 1))
    for start in range(0, n, TILE):
        places = np.arange(start, min(start + TILE, n))
        tile = rows_of(order[places])[:, order]
        by_block = np.add.reduceat(tile, edges[:-1], axis=1)
        np.add.at(sums, block[places], by_block)
    sizes = np.diff(edges).astype(np.float64)
    pairs = np.outer(sizes, sizes)
    np.fill_diagonal(pairs, np.maximum(sizes * (sizes - 1), 1.0))
    return sums / pairs


def _row_source(distances: ArrayLike | Items, n: int) -> Callable[[Integers], Floats]:
    """Return a function from numbers of items (m,) to their rows of the matrix (m, n), float64."""
    if isinstance(distances, Items):
        return _rows_of_items(distances, n)
    values = np.asarray(distances, dtype=np.float64)
    if values.shape == (n, n):

        def whole(rows: Integers) -> Floats:
            return values[rows]

        return whole
    if values.shape != (n * (n - 1) // 2,):
        raise DataError(
            f"distances must hold one for each pair of the {n} items, as a matrix ({n}, {n}) or condensed "
            f"({n * (n - 1) // 2},); got shape {values.shape}. Pass those of the items of the tree."
        )

    def condensed(rows: Integers) -> Floats:
        low = np.minimum(rows[:, None], np.arange(n))
        high = np.maximum(rows[:, None], np.arange(n))
        place = low * n - low * (low + 1) // 2 + high - low - 1
        found = values[np.where(low == high, 0, place)] if len(values) else np.zeros(place.shape)
        found[low == high] = 0.0
        return found

    return condensed


def _rows_of_items(items: Items, n: int) -> Callable[[Integers], Floats]:
    """Return the same for items: rows are measured when they are asked for."""
    if items.n != n:
        raise DataError(
            f"distances must be of the {n} items of the tree; got {items.n} items. Pass the clustered ones."
        )

    def measured(rows: Integers) -> Floats:
        return distances_between(items, rows)

    return measured
