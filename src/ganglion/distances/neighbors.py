"""The nearest items, and all items within a radius, without the matrix of all distances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arrays import Real
from .._errors import ParameterError
from .._memory import check_memory
from .._native import core
from ._content import AnyPairs
from ._parameters import is_number
from .items import Items, as_items
from .plan import natural_dtype

# Pairs searched between two looks at the memory: at most half a gigabyte of findings.
_PAIRS_A_BLOCK = 2**25


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The nearest items of each item.

    Attributes
    ----------
    indices : ndarray of shape (n, k), int64
        Which items are nearest, the nearest first; equal distances by the lower index.
    distances : ndarray of shape (n, k)
        How far they are.
    """

    indices: NDArray[np.int64]
    distances: Real


@dataclass(frozen=True, eq=False)
class Neighborhoods:
    """The items within a radius of each item, row after row.

    Attributes
    ----------
    indptr : ndarray of shape (n + 1,), int64
        Those of item i stand from ``indptr[i]`` to ``indptr[i + 1]``.
    indices : ndarray of shape (total,), int64
        Which items, ascending within a row.
    distances : ndarray of shape (total,)
        How far they are.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    distances: Real

    def of(self, item: int) -> tuple[NDArray[np.int64], Real]:
        """Return the neighbours of one item and their distances.

        Parameters
        ----------
        item : int
            Which one, from 0.

        Returns
        -------
        indices : ndarray of shape (count,)
            The items within the radius.
        distances : ndarray of shape (count,)
            How far they are.
        """
        row = slice(int(self.indptr[item]), int(self.indptr[item + 1]))
        return self.indices[row], self.distances[row]


def nearest(
    X: Any,
    Y: Any = None,
    k: int = 1,
    metric: Any = "euclidean",
    *,
    metric_params: Mapping[str, Any] | None = None,
    memory_limit: float | str | None = None,
) -> Neighbors:
    """Find the k nearest items of Y for each item of X.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items; see `pairwise`.
    Y : like X, optional
        m items to search. X itself by default: then an item is not its own neighbour.
    k : int, default=1
        How many, from 1 to m (m - 1 where Y is X).
    metric : str, callable or C function pointer, default="euclidean"
        A name in `METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    memory_limit : int or str, optional
        The most bytes that the result may take.

    Returns
    -------
    Neighbors
        Indices and distances, the nearest first.

    Raises
    ------
    ParameterError
        k is out of its range; the metric or one of its parameters is not what it must be.
    DataError
        A collection is not what the metric is between.
    MemoryPlanError
        The result does not fit.

    Notes
    -----
    Exact: every distance is computed, tile by tile. Time O(n m) distances, memory O(n k).

    Examples
    --------
    >>> from ganglion.distances import nearest
    >>> found = nearest(["anna", "hannah", "bob"], metric="levenshtein")
    >>> found.indices.ravel().tolist(), found.distances.ravel().tolist()
    ([1, 0, 0], [2.0, 2.0, 4.0])
    """
    x = as_items(X, metric, metric_params=metric_params)
    y = None if Y is None else as_items(Y, name="Y", like=x)
    most = x.n - 1 if y is None else y.n
    if isinstance(k, bool) or not isinstance(k, Integral) or not 1 <= k <= most:
        where = "X without the item itself" if y is None else "Y"
        raise ParameterError(
            f"k must be an integer from 1 to {most}, the number of items in {where}; got {k!r}."
        )
    dtype = natural_dtype(x, y)
    count = int(k)
    check_memory(
        float(x.n) * count * (8 + dtype.itemsize),
        f"The {count:,} nearest of {x.n:,} items",
        "Lower k, or pass X in parts.",
        memory_limit,
    )
    indices = np.empty((x.n, count), dtype=np.int64)
    distances: Any = np.empty((x.n, count), dtype=dtype)
    pairs: Any = x.pairs(y, dtype=dtype)
    core.k_nearest(pairs, count, indices, distances, y is None)
    return Neighbors(indices, distances)


def within(
    X: Any,
    Y: Any = None,
    radius: float = 1.0,
    metric: Any = "euclidean",
    *,
    metric_params: Mapping[str, Any] | None = None,
    memory_limit: float | str | None = None,
) -> Neighborhoods:
    """Find all items of Y within a radius of each item of X.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items; see `pairwise`.
    Y : like X, optional
        m items to search. X itself by default: then an item is not its own neighbour.
    radius : float, default=1.0
        The largest distance that counts, itself included; not negative.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    memory_limit : int or str, optional
        The most bytes that the result may take.

    Returns
    -------
    Neighborhoods
        Indices and distances in compressed rows.

    Raises
    ------
    ParameterError
        The radius is out of its range; the metric or one of its parameters is not what it must be.
    DataError
        A collection is not what the metric is between.
    MemoryPlanError
        The result does not fit.

    Notes
    -----
    Exact: every distance is computed, tile by tile. Time O(n m) distances, memory O(n) and what is found, which is
    kept in blocks of rows of X until all are known.

    Examples
    --------
    >>> from ganglion.distances import within
    >>> found = within([[0.0], [1.0], [5.0]], radius=2.0)
    >>> found.indptr.tolist(), found.indices.tolist(), found.distances.tolist()
    ([0, 1, 2, 2], [1, 0], [1.0, 1.0])
    """
    x = as_items(X, metric, metric_params=metric_params)
    y = None if Y is None else as_items(Y, name="Y", like=x)
    if not is_number(radius) or not radius >= 0:
        raise ParameterError(f"radius must be a number of at least 0; got {radius!r}.")
    found = _within(x, y, float(radius), memory_limit)
    return Neighborhoods(*found)


def _found(
    pairs: AnyPairs, radius: float, *, without_self: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], Real]:
    found: Any = core.within(pairs, radius, without_self)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return found


def _within(
    x: Items, y: Items | None, radius: float, memory_limit: float | str | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], Real]:
    """Search block by block of rows, and look at the memory after each."""
    searched = x if y is None else y
    dtype = natural_dtype(x, y)
    rows = max(1, _PAIRS_A_BLOCK // max(1, searched.n))
    if rows >= x.n:
        return _found(x.pairs(y, dtype=dtype), radius, without_self=y is None)
    counts = [np.zeros(1, dtype=np.int64)]
    parts: list[tuple[NDArray[np.int64], Any]] = []
    held = 0
    for start in range(0, x.n, rows):
        block = np.arange(start, min(start + rows, x.n))
        pairs = x.take(block).pairs(searched, dtype=dtype)
        indptr, indices, distances = _found(pairs, radius, without_self=False)
        count = np.diff(indptr)
        if y is None:
            owner = np.repeat(block, count)
            other = indices != owner
            count = np.bincount(owner[other] - start, minlength=len(block)).astype(np.int64)
            indices, distances = indices[other], distances[other]
        held += indices.nbytes + distances.nbytes
        check_memory(
            2.0 * held,  # the parts, and the whole that they become
            f"What lies within {radius:g} of the first {int(block[-1]) + 1:,} of {x.n:,} items",
            "Lower the radius, pass X in parts, or ask for the nearest only.",
            memory_limit,
        )
        counts.append(count)
        parts.append((indices, distances))
    return (
        np.cumsum(np.concatenate(counts)),
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
    )
