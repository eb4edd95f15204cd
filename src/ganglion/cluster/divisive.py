"""Hierarchies from the top: one cluster is split, and its parts again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real as RealNumber
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arrays import Samples
from .._errors import DataError, ParameterError
from .._memory import check_memory, read_memory_limit
from .._random import RandomState, generator
from .._values import check_choice, check_count
from ..distances import Items, as_items
from ..progress import Progress
from ._linkages.spanning import single_linkage
from ._medoids.pairs import MedoidPairs
from ._parameters import check_progress
from ._splits.splitters import (
    DianaSplitter,
    EdgeSplitter,
    Parts,
    VectorSplitter,
    principal_direction_split,
    raises_bic,
    wss_of,
)
from ._splits.splitting import Split, Splitter, Stops, merges_of, split_down
from ._splits.two_means import TwoMeans
from .tree import Tree

METHODS = ("diana", "bisecting", "pddp", "mst")
_CHOICES = ("wss", "largest")

Criterion = Callable[[Split], bool] | str


def divide(
    X: Any,
    method: str = "diana",
    *,
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
    n_clusters: int | None = None,
    height: float | None = None,
    min_size: int = 1,
    criterion: Criterion | None = None,
    choice: str = "wss",
    random_state: RandomState = None,
    memory_limit: int | float | str | None = None,
    progress: Progress | None = None,
) -> Tree:
    """Split all items into two clusters, the largest of these again, and so on down to a stop.

    Parameters
    ----------
    X : array-like, data frame, or list of strings, sets or series, of n_samples items
        What the metric is between; a square or condensed matrix of distances with ``metric="precomputed"``. For
        ``"bisecting"`` and ``"pddp"`` rows of numbers.
    method : {"diana", "bisecting", "pddp", "mst"}
        DIANA splits off a splinter group; k-means with two centres; the sign along the first principal direction; the
        longest edge of the smallest spanning tree is cut, which is single linkage.
    metric : str or callable, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items; for ``"diana"`` and ``"mst"``.
    metric_params : dict, optional
        Parameters of the metric.
    n_clusters : int, optional
        Stop at this many clusters.
    height : float, optional
        Leave a cluster whole whose height is at most this.
    min_size : int, default=1
        Leave a cluster whole that has fewer items.
    criterion : callable or {"bic"}, optional
        Asked about each split, gets a `Split` and returns whether to make it. "bic" makes a split that raises the
        Bayesian information criterion of spherical normal clusters (for rows of numbers).
    choice : {"wss", "largest"}
        Which cluster ``"bisecting"`` and ``"pddp"`` split next: the one of the largest WSS, or of the most items.
    random_state : int, Generator, RandomState or None
        Seed of ``"bisecting"``.
    memory_limit : int or str, optional
        The most memory to take, in bytes or as ``"2GB"``; by default what is there.
    progress : callable, optional
        Called with a `ganglion.progress.Step` after each split; returns True to stop.

    Returns
    -------
    Tree
        Without a stop, down to single items (equal ones stay together in ``"bisecting"`` and ``"pddp"``).
        ``tree.cut(n_clusters)`` gives the clusters as they were after so many splits. Items of a cluster that was left
        whole are joined at height 0, in the order of their indices: below the stop the tree knows nothing.

    Raises
    ------
    ParameterError
        When a parameter is out of its range, or does not fit the method.
    DataError
        When X is not what the method takes, or a matrix of distances is asymmetric, negative or not finite.
    MemoryPlanError
        When the matrix of distances does not fit into memory.

    Notes
    -----
    DIANA splits the cluster of the largest diameter, the largest distance between two of its items. The item of the
    largest mean distance to the others begins the splinter group; as long as an item is closer to that group, in the
    mean, than to what is left, the one for which the difference is largest moves. Heights are diameters. Sums of
    distances are kept as integers on a grid of 2^-61 of their largest, so they do not drift. Ties, here and elsewhere,
    go to the lowest index.

    Heights of ``"bisecting"`` and ``"pddp"`` are WSS, the sum of squared distances to the mean of the cluster; those of
    ``"mst"`` the lengths of the edges. A height is raised to that of a later split where that is larger, which happens
    with ``choice="largest"`` only.

    DIANA needs a matrix of distances, n_samples^2 numbers. A split costs ``O(members moved)`` of its cluster and its
    splinter group, all splits from ``O(n_samples^2)`` to ``O(n_samples^3)``. A PDDP split costs
    ``O(members n_features^2)``.

    References
    ----------
    .. [1] L. Kaufman, P. J. Rousseeuw, "Finding groups in data", Wiley 1990, chapter 6 (DIANA).
       DOI 10.1002/9780470316801.
    .. [2] D. Boley, "Principal direction divisive partitioning", Data Mining and Knowledge Discovery 2(4), 1998.
       DOI 10.1023/A:1009740529316.
    .. [3] M. Steinbach, G. Karypis, V. Kumar, "A comparison of document clustering techniques", KDD workshop on text
       mining 2000 (bisecting k-means).
    .. [4] D. Pelleg, A. Moore, "X-means: extending k-means with efficient estimation of the number of clusters", ICML
       2000 (the criterion).

    Examples
    --------
    >>> import ganglion as gl
    >>> tree = gl.divide([[0.0], [1.0], [5.0], [7.0]])
    >>> tree.heights.tolist(), tree.cut(n_clusters=2).tolist()
    ([1.0, 2.0, 7.0], [0, 0, 1, 1])
    """
    check_choice("method", method, METHODS)
    check_choice("choice", choice, _CHOICES)
    check_progress(progress)
    on_vectors = method in ("bisecting", "pddp")
    items = as_items(X, metric, metric_params=metric_params)
    if on_vectors and items.metric not in ("euclidean", "sqeuclidean"):
        raise ParameterError(
            f'method={method!r} needs Euclidean distances; got metric={items.metric!r}. Use method="diana".'
        )
    vectors = items.vectors
    if on_vectors and vectors is None:
        raise DataError(f'method={method!r} needs dense rows of numbers. Use method="diana".')
    stops = _stops(items, n_clusters, height, min_size, _Rest(criterion, progress, memory_limit))
    if items.n == 1:
        return Tree(merges=np.empty((0, 4)), method=method, metric=items.metric, items=items)
    rng = generator(random_state)
    if method == "diana":
        splitter: Splitter = DianaSplitter(_matrix(items, memory_limit))
    elif method == "mst":
        splitter = _edges(items)
    else:
        assert vectors is not None
        splitter = _of_rows(method, vectors, choice == "largest", rng)
    splits = split_down(splitter, items.n, stops)
    return Tree(merges=merges_of(splits), method=method, metric=items.metric, items=items)


def divisive_coefficient(tree: Tree) -> float:
    """Measure how clear the structure is that a divisive method found, from 0 (none) to 1.

    Parameters
    ----------
    tree : Tree
        As `divide` returns it, without a stop; any tree without inversions.

    Returns
    -------
    float
        The mean over items i of ``1 - h(i) / h``: h(i) is the height of the last cluster that i was split off from as
        a single item, h that of the whole. 0 where all heights are 0, and for a single item.

    Raises
    ------
    ParameterError
        When `tree` is not a Tree.

    Notes
    -----
    Grows with the number of items; compare it between data sets of one size. Time O(n).

    References
    ----------
    .. [1] L. Kaufman, P. J. Rousseeuw, "Finding groups in data", Wiley 1990, chapter 6, section 2.2.
       DOI 10.1002/9780470316801.

    Examples
    --------
    Items 0 and 1 are parted at 1, items 2 and 3 at 2, all at 7: the mean of 6/7, 6/7, 5/7, 5/7.

    >>> import ganglion as gl
    >>> round(gl.divisive_coefficient(gl.divide([[0.0], [1.0], [5.0], [7.0]])), 6)
    0.785714
    """
    if not isinstance(tree, Tree):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(
            f"tree must be a Tree, as divide returns it; got {type(tree).__name__}."
        )
    if tree.n_leaves == 1 or tree.heights[-1] == 0:
        return 0.0
    own = np.empty(2 * tree.n_leaves - 1)
    own[tree.children] = tree.heights[:, None]
    lasts: NDArray[np.float64] = own[: tree.n_leaves] / tree.heights[-1]
    return float(np.mean(1 - lasts))


@dataclass(frozen=True)
class _Rest:
    """What else stops splitting, and what may be taken for it."""

    criterion: Criterion | None
    progress: Progress | None
    memory_limit: Any


def _stops(
    items: Items, n_clusters: int | None, height: float | None, min_size: int, rest: _Rest
) -> Stops:
    check_count("min_size", min_size)
    read_memory_limit(rest.memory_limit)
    if n_clusters is not None:
        check_count("n_clusters", n_clusters)
        if n_clusters > items.n:
            raise ParameterError(
                f"divide needs n_clusters <= n_samples; got n_clusters={n_clusters} and {items.n} items. "
                "Lower n_clusters or add data."
            )
    if height is not None and (
        isinstance(height, bool)
        or not isinstance(height, RealNumber)
        or not 0 <= height <= sys.float_info.max
    ):
        raise ParameterError(
            f"height must be a finite number of at least 0, or None; got {height!r}."
        )
    criterion = rest.criterion
    if isinstance(criterion, str):
        check_choice("criterion", criterion, ("bic",))
        if items.vectors is None:
            raise ParameterError(
                'criterion="bic" needs dense rows of numbers. Pass a function of a Split instead.'
            )
        criterion = raises_bic
    elif criterion is not None and not callable(criterion):
        raise ParameterError(
            f'criterion must be "bic" or a function of a Split; got {criterion!r}.'
        )
    return Stops(
        n_clusters=items.n if n_clusters is None else int(n_clusters),
        height=-1.0 if height is None else float(height),
        min_size=int(min_size),
        criterion=criterion,
        progress=rest.progress,
        vectors=items.vectors,
    )


def _matrix(items: Items, memory_limit: int | float | str | None) -> Any:
    pairs = MedoidPairs(items, items.pairs(), None)
    if not pairs.is_matrix:
        check_memory(
            float(pairs.dtype.itemsize) * items.n**2,
            f"DIANA's matrix of distances between {items.n:,} items",
            'Use method="bisecting" or "pddp", which need none, or fewer items.',
            memory_limit,
        )
        pairs = pairs.as_matrix()
    return pairs.pairs


def _edges(items: Items) -> Splitter:
    merges = single_linkage(items)
    order: NDArray[np.int64] = Tree(merges=merges).leaf_order()
    return EdgeSplitter(merges, order)


def _of_rows(method: str, X: Samples, by_size: bool, rng: np.random.Generator) -> Splitter:
    def by_direction(members: NDArray[np.int64]) -> Parts:
        return principal_direction_split(X, members)

    by_means = TwoMeans(X, None, rng, {}).split
    split_rows = by_direction if method == "pddp" else by_means
    size = len if by_size else None
    return VectorSplitter(len(X), split_rows, lambda members: wss_of(X, members), size=size)
