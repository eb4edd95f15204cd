"""Agglomerative clustering: start from single items and merge the two closest clusters until one is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import Real, Weights, check_weights
from .._errors import DataError, ParameterError
from .._memory import read_memory_limit
from .._values import check_choice
from ..distances import Items, as_items
from ..progress import Progress
from ._linkages.agglomeration import agglomerate
from ._linkages.equal_items import find_copies
from ._linkages.one_by_one import centroid_or_median, minimax
from ._linkages.spanning import single_linkage
from ._linkages.structured import structured
from ._linkages.ward import ward
from ._parameters import check_progress
from .tree import Tree

METHODS = (
    "single",
    "complete",
    "average",
    "weighted",
    "centroid",
    "median",
    "ward",
    "minimax",
)
EUCLIDEAN = ("centroid", "median", "ward")
_WEIGHTED = ("average", "centroid", "ward")  # the others come out the same for copies of an item
_LARGEST_TO_SQUARE = 1e150
_MOST_TIMES_HEAVIER = 1e12  # what is lighter is lost in the rounding of a mean


def linkage(
    X: Any,
    method: str = "ward",
    metric: Any = "euclidean",
    *,
    metric_params: Mapping[str, Any] | None = None,
    sample_weight: npt.ArrayLike | None = None,
    connectivity: Any = None,
    memory_limit: float | str | None = None,
    progress: Progress | None = None,
) -> Tree:
    """Merge the two closest clusters again and again, from single items to one cluster.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), or any collection that `metric` is between
        What is clustered: see `ganglion.distances`. With ``metric="precomputed"`` a square matrix of distances, or its
        condensed upper triangle.
    method : {"single", "complete", "average", "weighted", "centroid", "median", "ward", "minimax"}
        How far apart two clusters are; see Notes.
    metric : str or callable, default="euclidean"
        The distance between items. ``"centroid"``, ``"median"`` and ``"ward"`` need ``"euclidean"``, or precomputed
        distances that are Euclidean, which is taken on trust.
    metric_params : dict, optional
        Parameters of the metric.
    sample_weight : array-like of shape (n_samples,), optional
        Positive, and within a factor of 1e12 of each other. A weight of w counts as w equal samples;
        the sizes in the tree still count samples.
    connectivity : array-like or sparse matrix of shape (n_samples, n_samples), optional
        Which items are neighbours: what is not 0, in either direction. Only neighbouring clusters are merged then, and
        complete, average and single look at the distances along edges alone, as in scikit-learn.
    memory_limit : float or str, optional
        The most bytes that a matrix of clusters may take, as a number or as ``"2GB"``; half of the memory that is there
        by default.
    progress : callable, optional
        Called with a `ganglion.progress.Step` now and then. What it returns is not asked for: half a tree is none.

    Returns
    -------
    Tree
        The merges, by height where the method is monotone and in the order they were made for ``"centroid"`` and
        ``"median"``; with ``"minimax"`` also a prototype for each merge.

    Raises
    ------
    ParameterError
        A parameter is unknown or out of range, or the method needs another metric.
    DataError
        X or `sample_weight` holds something that has no distance, or too large a number.
    MemoryPlanError
        A matrix is needed and does not fit.

    Warns
    -----
    GanglionWarning
        The graph of `connectivity` falls into parts, which are joined.

    Notes
    -----
    With d between items, clusters A and B, of weights a and b, are at distance

    - single, complete, average: ``min``, ``max`` and mean of ``d(x, y)`` over x in A, y in B;
    - weighted (WPGMA): as average, the two parts that a cluster was merged from counting alike;
    - centroid: between their means; median: between their centres, the centre of a union being the middle of two;
    - ward: ``sqrt(2 a b / (a + b))`` times the distance between their means;
    - minimax: ``min over x in A u B of max over y in A u B of d(x, y)``; that x is the prototype.

    The closest pair is merged first; of several the one whose clusters have the lowest items. For all but centroid and
    median (which can go down: inversions) a pair that is each other's nearest can be merged at any time, so whole
    rounds of such pairs are merged at once. Complete, average and weighted compute distances between items again in
    the first rounds, until the matrix of the clusters that are left is less than half as large as the condensed
    distances; then rounds contract that matrix, and chains of nearest neighbours finish it. Ward does the same on
    centroids, ruled out in float32 and decided in float64, without any matrix. All heights are computed in float64, in
    an order that depends on the data alone.

    Time is ``O(n^2)`` distances for all methods on data without much symmetry, and always for single and for a chain;
    centroid and median ``O(n^2 d)`` in practice and ``O(n^3 d)`` at worst, minimax ``O(n^2)`` to ``O(n^3)``. Memory:
    ``O(n d)`` for single, ward, centroid and median on vectors; at most ``2 n^2`` bytes or so for complete, average and
    weighted on vectors (``8 n^2`` where distances are dear or given, or many are tied), ``8 n^2`` for minimax.

    References
    ----------
    .. [1] G. N. Lance, W. T. Williams, "A general theory of classificatory sorting strategies: 1. Hierarchical
       systems", The Computer Journal 9(4), 1967. DOI 10.1093/comjnl/9.4.373. The update formula.
    .. [2] F. Murtagh, "A survey of recent advances in hierarchical clustering algorithms", The Computer Journal 26(4),
       1983. DOI 10.1093/comjnl/26.4.354. Chains of nearest neighbours.
    .. [3] D. Müllner, "Modern hierarchical, agglomerative clustering algorithms", arXiv:1109.2378, 2011. The generic
       algorithm, for centroid and median.
    .. [4] J. Bien, R. Tibshirani, "Hierarchical clustering with prototypes via minimax linkage", Journal of the
       American Statistical Association 106(495), 2011. DOI 10.1198/jasa.2011.tm10183.

    Examples
    --------
    >>> import ganglion as gl
    >>> tree = gl.linkage([[0.0], [1.0], [5.0]], "complete")
    >>> tree.merges.tolist()
    [[0.0, 1.0, 1.0, 2.0], [2.0, 3.0, 5.0, 3.0]]
    >>> tree.cut(n_clusters=2).tolist()
    [0, 0, 1]
    """
    check_choice("method", method, METHODS)
    check_progress(progress)
    read_memory_limit(memory_limit)
    items = as_items(X, metric, metric_params=metric_params)
    _check_metric(method, items)
    mass, unit = _check_mass(sample_weight, items.n)
    prototypes = None
    if items.n == 1:
        merges = np.empty((0, 4))
        prototypes = np.empty(0, dtype=np.int64) if method == "minimax" else None
    elif connectivity is not None:
        merges = structured(items, method, connectivity, _used(mass, method), progress)
    elif method == "single":
        merges = single_linkage(items)
    elif method == "minimax":
        merges, prototypes = minimax(items, memory_limit, progress)
    elif method in ("centroid", "median"):
        merges = centroid_or_median(items, method, _used(mass, method), memory_limit, progress)
    else:
        merges = _reducible(items, method, _used(mass, method), memory_limit, progress)
    if method == "ward":
        merges[:, 2] *= unit
    return Tree(
        merges=merges, method=method, metric=items.metric, prototypes=prototypes, items=items
    )


def _reducible(
    items: Items,
    method: str,
    mass: Weights | None,
    memory_limit: float | str | None,
    progress: Progress | None,
) -> npt.NDArray[np.float64]:
    """Complete, average, weighted or ward: copies first, then what is left without them."""
    copies = find_copies(items)
    kept = copies.kept
    rest = items if len(kept) == items.n else items.take(kept)
    weight = copies.mass(mass)
    if method not in _WEIGHTED:
        weight = None
    if len(kept) == 1:
        return copies.tree(np.empty((0, 2), dtype=np.int32), np.empty(0))
    if method == "ward" and rest.metric == "euclidean" and rest.vectors is not None:
        return copies.tree(*ward(rest.vectors, weight, progress))
    return copies.tree(
        *agglomerate(rest, method, weight, memory_limit=memory_limit, progress=progress)
    )


def _used(mass: Weights | None, method: str) -> Weights | None:
    return mass if method in _WEIGHTED else None


def _check_metric(method: str, items: Items) -> None:
    if method not in EUCLIDEAN:
        return
    if items.metric not in ("euclidean", "precomputed"):
        found = "a function" if items.metric == "callable" else f'metric="{items.metric}"'
        raise ParameterError(
            f'method="{method}" needs Euclidean distances; got {found}. Use method="average", or metric="euclidean".'
        )
    values: Real | None = getattr(items.content, "values", None)
    largest = 0.0 if values is None or not values.size else float(np.abs(values).max())
    if largest > _LARGEST_TO_SQUARE:
        raise DataError(
            f'method="{method}" squares distances, so X must stay below {_LARGEST_TO_SQUARE:g}; got '
            f"{largest:g}. Scale X down."
        )
    if 0 < largest < 1 / _LARGEST_TO_SQUARE:
        raise DataError(
            f'method="{method}" squares distances, so the largest value of X must be 0, or {1 / _LARGEST_TO_SQUARE:g} '
            f"at least; got {largest:g}. Scale X up."
        )


def _check_mass(sample_weight: npt.ArrayLike | None, n: int) -> tuple[Weights | None, float]:
    """Weights that are at most 1, and what Ward's heights are then multiplied by.

    The first screen works in float32, so neither weights nor their reciprocals may leave it. The factor is a power of
    two whose square the weights are divided by: nothing is rounded.
    """
    mass = check_weights(sample_weight, n)
    if mass is None:
        return None, 1.0
    least, most = float(mass.min()), float(mass.max())
    if least == 0:
        raise DataError(
            f"sample_weight must be positive here; got 0 at row {int(np.argmin(mass))}. Leave those rows out."
        )
    if least < most / _MOST_TIMES_HEAVIER:
        raise DataError(
            f"sample_weight must not differ by more than a factor of {_MOST_TIMES_HEAVIER:g}; got {least:g} at row "
            f"{int(np.argmin(mass))} and {most:g} at row {int(np.argmax(mass))}. Leave out the lightest rows."
        )
    half = -(-int(np.frexp(most)[1]) // 2)
    return np.ldexp(mass, -2 * half), float(np.ldexp(1.0, half))
