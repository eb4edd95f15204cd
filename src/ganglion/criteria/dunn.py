"""The Dunn index: the smallest gap between two clusters over the largest diameter of one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._grouped import at_least_two, extremes, grouped


def dunn_index(
    X: Any,
    labels: ArrayLike,
    *,
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
) -> float:
    """Return the smallest distance between items of two clusters over the largest within one.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items: whatever the metric is between; a matrix of distances for ``metric="precomputed"``.
    labels : array-like of shape (n,)
        The cluster of each item: at least 2 different integers.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.

    Returns
    -------
    float
        From 0 upwards; inf where every cluster is of equal items, 0 where two equal items are in different clusters.

    Raises
    ------
    ParameterError
        Where labels are not n integers, or of one cluster.
    DataError
        Where X is not what the metric is between.
    MemoryPlanError
        Where the distances between clusters do not fit into memory.

    Notes
    -----
    D = min_{a != b} min_{i in a, j in b} d(i, j) / max_a max_{i, j in a} d(i, j) [1]_. Higher is better; above 1 the
    clusters are compact and well separated in Dunn's sense: every item is nearer to all of its own than to any other.
    It misleads because two pairs of items decide: one outlier makes any clustering bad. Time O(n^2) distances, each
    computed once, on all threads; memory O(k^2).

    References
    ----------
    .. [1] J. C. Dunn, "Well-separated clusters and optimal fuzzy partitions", Journal of Cybernetics 4(1), 1974,
       doi:10.1080/01969727408546059: the index of compact, well separated clusters.

    Examples
    --------
    >>> from ganglion.criteria import dunn_index
    >>> dunn_index([[0.0], [2.0], [6.0], [7.0]], [0, 0, 1, 1])  # 4 / 2
    2.0
    """
    groups = grouped(X, labels, metric, metric_params)
    at_least_two(groups.k, "The Dunn index")
    nearest, farthest = extremes(groups.items.pairs(), groups.starts, "The nearest pairs")
    diameter = max(0.0, float(np.diagonal(farthest).max()))
    np.fill_diagonal(nearest, np.inf)
    gap = float(nearest.min())
    if gap == 0:
        return 0.0
    return gap / diameter if diameter > 0 else math.inf
