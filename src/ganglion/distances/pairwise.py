"""All distances: between two collections, or within one as its upper triangle."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import Real
from .._errors import ParameterError
from .._native import core
from ..progress import Progress, Step
from ._content import AnyPairs
from ._functions import Objects
from ._matrix import condensed_index
from ._outputs import output, remove_unfinished
from .items import Items, as_items
from .plan import natural_dtype

# Distances between two reports of progress: some tenths of a second.
_PAIRS_A_STEP = 2**26


def pairwise(
    X: Any,
    Y: Any = None,
    metric: Any = "euclidean",
    *,
    metric_params: Mapping[str, Any] | None = None,
    out: Any = None,
    memory_limit: float | str | None = None,
    progress: Progress | None = None,
) -> Real:
    """Compute the distance from each item of X to each item of Y.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items: rows of numbers, texts, sets, series, rows of a table; see `METRICS`.
    Y : like X, optional
        m items; X itself by default, and then the matrix is symmetric to the bit with zeros on its diagonal.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `METRICS`, or a function of two items that returns their distance.
    metric_params : dict, optional
        Parameters of the metric, such as ``{"p": 3}``; keyword arguments of a function.
    out : ndarray of shape (n, m), or path ending with .npy, optional
        Where to write: an array or memory map of float32 or float64, or a new file.
    memory_limit : int or str, optional
        The most bytes that a new array may take, such as ``"2GB"``; what is available by default.
    progress : callable, optional
        Called with a `ganglion.progress.Step` now and then; returns True to stop, and the rest is NaN.

    Returns
    -------
    ndarray of shape (n, m)
        The distances: `out` if it was given (a memory map for a path). float32 for float32 vectors and for counts of
        edits, which it holds exactly; else float64.

    Raises
    ------
    ParameterError
        The metric, one of its parameters or `out` is not what it must be.
    DataError
        A collection is not what the metric is between.
    MemoryPlanError
        The matrix does not fit; the message says what would.

    Notes
    -----
    Distances between vectors are computed from differences, so that near points keep their digits however far they are
    from the origin. Time O(n m) distances, half as many for one collection, on all threads; every number of threads
    gives the same bits. Memory beyond the result is a tile for each thread. A Python function is asked once for each
    pair, and a few times more to see that it is symmetric.

    Examples
    --------
    >>> from ganglion.distances import pairwise
    >>> pairwise([[0.0, 0.0], [3.0, 4.0]])
    array([[0., 5.],
           [5., 0.]])
    >>> pairwise(["Main Street", "High Street"], ["Main St"], metric="levenshtein")
    array([[4.],
           [8.]], dtype=float32)
    """
    x = as_items(X, metric, metric_params=metric_params)
    y = None if Y is None else as_items(Y, name="Y", like=x)
    shape = (x.n, x.n if y is None else y.n)
    dtype = natural_dtype(x, y)
    made = output(out, shape, dtype, memory_limit)
    with remove_unfinished(out):
        _fill(x, y, made, _square, progress)
    return _finished(made, out)


def condensed(
    X: Any,
    metric: Any = "euclidean",
    *,
    metric_params: Mapping[str, Any] | None = None,
    out: Any = None,
    memory_limit: float | str | None = None,
    progress: Progress | None = None,
) -> Real:
    """Compute the distances within one collection, each pair once.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items; see `pairwise`.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    out : ndarray of shape (n (n - 1) / 2,), or path ending with .npy, optional
        Where to write: an array or memory map of float32 or float64, or a new file.
    memory_limit : int or str, optional
        The most bytes that a new array may take.
    progress : callable, optional
        Called with a `ganglion.progress.Step` now and then; returns True to stop, and the rest is NaN.

    Returns
    -------
    ndarray of shape (n (n - 1) / 2,)
        The upper triangle row by row, as `scipy.spatial.distance.pdist` gives it.

    Raises
    ------
    ParameterError
        The metric, one of its parameters or `out` is not what it must be.
    DataError
        X is not what the metric is between.
    MemoryPlanError
        The distances do not fit; the message says what would.

    Notes
    -----
    d(i, j), i < j, stands at ``i n - i (i + 1) / 2 + j - i - 1``. Time O(n^2) distances on all threads.

    Examples
    --------
    >>> from ganglion.distances import condensed
    >>> condensed([{"a", "b"}, {"b"}, set()], "jaccard")
    array([0.5, 1. , 1. ])
    """
    x = as_items(X, metric, metric_params=metric_params)
    shape = (x.n * (x.n - 1) // 2,)
    made = output(out, shape, natural_dtype(x, None), memory_limit)
    with remove_unfinished(out):
        _fill(x, None, made, _triangle, progress)
    return _finished(made, out)


def square_form(values: ArrayLike, *, memory_limit: float | str | None = None) -> Real:
    """Turn condensed distances into the square matrix, and a square matrix into the condensed ones.

    Parameters
    ----------
    values : array-like of shape (n (n - 1) / 2,) or (n, n)
        Distances; a matrix must be symmetric with zeros on its diagonal.
    memory_limit : int or str, optional
        The most bytes that the result may take.

    Returns
    -------
    ndarray of shape (n, n) or (n (n - 1) / 2,)
        The other form, of the same dtype.

    Raises
    ------
    DataError
        The values are no distances: the place and the value are named.
    MemoryPlanError
        The result does not fit.

    Examples
    --------
    >>> from ganglion.distances import square_form
    >>> square_form([1.0, 2.0, 3.0])
    array([[0., 1., 2.],
           [1., 0., 3.],
           [2., 3., 0.]])
    """
    items = as_items(values, "precomputed", name="values")
    given: Any = getattr(items.content, "values")  # noqa: B009
    pairs = items.pairs()
    if given.ndim == 2:
        made = output(None, (items.n * (items.n - 1) // 2,), given.dtype, memory_limit)
        _triangle(pairs, made, 0, items.n)
    else:
        made = output(None, (items.n, items.n), given.dtype, memory_limit)
        _square(pairs, made, 0, items.n)
    return made


def _square(pairs: AnyPairs, out: Any, row0: int, row1: int) -> None:
    core.fill_square(pairs, out, row0, row1)  # pyright: ignore[reportArgumentType, reportCallIssue]


def _triangle(pairs: AnyPairs, out: Any, row0: int, row1: int) -> None:
    core.fill_condensed(pairs, out, row0, row1)  # pyright: ignore[reportArgumentType, reportCallIssue]


def _fill(
    x: Items,
    y: Items | None,
    out: NDArray[Any],
    fill: Callable[[AnyPairs, Any, int, int], None],
    progress: Progress | None,
) -> None:
    """Fill `out`, in one go or with reports in between; what is not reached becomes NaN."""
    n, m = x.n, x.n if y is None else y.n
    if progress is not None and not callable(progress):
        raise ParameterError(f"progress must be callable with one Step, or None; got {progress!r}.")

    def told(done: int) -> bool | None:
        assert progress is not None
        return progress(Step("distances", done, n, math.nan, f"{done:,} of {n:,} rows"))

    if isinstance(x.content, Objects):
        others = cast("Objects | None", None if y is None else y.content)
        x.content.fill(out, others, x.parameters, None if progress is None else told)
        return
    pairs = x.pairs(y, dtype=out.dtype)
    if progress is None:
        fill(pairs, out, 0, n)
        return
    rows = max(1, _PAIRS_A_STEP // max(1, m))
    for start in range(0, n, rows):
        done = min(n, start + rows)
        fill(pairs, out, start, done)
        if told(done) and done < n:
            out[done if out.ndim == 2 else int(condensed_index(n, done, done + 1)) :] = np.nan
            return


def _finished(made: NDArray[Any], out: Any) -> Real:
    if isinstance(made, np.memmap) and isinstance(out, str | os.PathLike):
        made.flush()
    return cast("Real", made)
