"""Cohesion and separation: how near the items of a cluster are to it, and how far clusters are from each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from .._native import core
from ..distances.items import Items, as_items
from ._cluster_moments import cluster_moments
from ._grouped import GroupedItems, at_least_two, extremes, grouped, row_sums
from ._moments import Floats


def cohesion(
    X: Any,
    labels: ArrayLike,
    *,
    to: str = "centroid",
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
    sample_weight: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Measure how near the items of each cluster are to its middle, or to each other.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items: whatever the metric is between.
    labels : array-like of shape (n,)
        The cluster of each item: any integers, equal ones for one cluster.
    to : {"centroid", "medoid", "pairs"}
        What the distances of the items are to: the mean of the cluster (rows of numbers only), the item of the least
        sum of distances, or all other items of the cluster.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.

    Returns
    -------
    ndarray of shape (k,)
        The weighted mean of these distances for each cluster, in ascending order of the labels; 0 for single items.

    Raises
    ------
    ParameterError
        Where labels are not n integers, `to` is unknown, or items have no mean.
    DataError
        Where X is not what the metric is between.

    Notes
    -----
    Lower is better: 0 for equal items. It falls with every further cluster, so it compares clusterings of one k only,
    and is in the units of the metric. ``"pairs"`` is the mean of w_i w_j d(i, j) over pairs of different items, by w_i
    w_j; the medoid's own distance 0 is part of its mean. ``"centroid"`` takes O(n) distances, the others O(sum of
    n_j^2), never kept at once.

    References
    ----------
    .. [1] L. Kaufman, P. J. Rousseeuw, "Finding Groups in Data", Wiley, 1990, doi:10.1002/9780470316801: chapter 2, the
       average distance to the medoid.

    Examples
    --------
    >>> from ganglion.criteria import cohesion
    >>> cohesion([[0.0], [2.0], [6.0], [9.0], [9.0]], [0, 0, 1, 1, 1], to="medoid").tolist()
    [1.0, 1.0]
    """
    rule = _chosen(to, _COHESIONS, "to")
    groups = grouped(X, labels, metric, metric_params, sample_weight)
    return rule(groups)


def separation(
    X: Any,
    labels: ArrayLike,
    *,
    between: str = "centroids",
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
    sample_weight: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Measure how far clusters are from each other.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items: whatever the metric is between.
    labels : array-like of shape (n,)
        The cluster of each item: at least 2 different integers.
    between : {"centroids", "medoids", "nearest", "farthest", "pairs"}
        Between what: the means of the clusters (rows of numbers only), their medoids, the nearest or the farthest pair
        of items, or all pairs on average.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; of means and medoids only.

    Returns
    -------
    ndarray of shape (k, k)
        Distances between clusters, symmetric with 0 on the diagonal, in ascending order of the labels.

    Raises
    ------
    ParameterError
        Where labels are not n integers or of one cluster, `between` is unknown, items have no mean, or weights are
        given for pairs.
    DataError
        Where X is not what the metric is between.
    MemoryPlanError
        Where the distances between clusters do not fit into memory.

    Notes
    -----
    Higher is better. Means hide how far clusters reach; the nearest pair hides everything else, and one stray item
    decides it. ``"centroids"`` takes O(n + k^2) distances, ``"medoids"`` O(sum of n_j^2), the others O(n^2), never kept
    at once.

    Examples
    --------
    >>> from ganglion.criteria import separation
    >>> X, labels = [[0.0], [2.0], [6.0], [9.0]], [0, 0, 1, 1]
    >>> [float(separation(X, labels, between=b)[0, 1]) for b in ("centroids", "nearest", "farthest", "pairs")]
    [6.5, 4.0, 9.0, 6.5]
    """
    rule = _chosen(between, _SEPARATIONS, "between")
    groups = grouped(X, labels, metric, metric_params, sample_weight)
    at_least_two(groups.k, "Separation")
    if groups.weight is not None and between in ("nearest", "farthest", "pairs"):
        raise ParameterError(
            f'sample_weight has no meaning for between="{between}": pairs of items are not weighted. Leave it out.'
        )
    return rule(groups)


def medoids(groups: GroupedItems) -> tuple[NDArray[np.intp], Floats]:
    """Find the medoid of each cluster.

    Parameters
    ----------
    groups : GroupedItems
        The clusters.

    Returns
    -------
    positions : ndarray of shape (k,)
        Where the medoids stand among the grouped items, the first of equals.
    sums : ndarray of shape (k,)
        The (weighted) sums of distances to them.
    """
    at, least = np.empty(groups.k, dtype=np.intp), np.empty(groups.k)
    for j in range(groups.k):
        sums = row_sums(groups.members(j), groups.weights_of(j))
        best = int(np.argmin(sums))
        at[j], least[j] = groups.starts[j] + best, sums[best]
    return at, least


def _to_centroid(groups: GroupedItems) -> Floats:
    centers = as_items(_means(groups), name="centers", like=groups.items)
    found = np.empty(groups.k)
    for j in range(groups.k):
        members = groups.members(j)
        if members.n == 1:
            found[j] = 0.0  # the middle of one item is that item, to the bit
            continue
        distances = np.empty((members.n, 1))
        pairs: Any = members.pairs(centers.take([j]), dtype=np.float64)
        core.fill_square(pairs, distances, 0, members.n)
        weight = groups.weights_of(j)
        found[j] = _mean(distances[:, 0], weight)
    return found


def _to_medoid(groups: GroupedItems) -> Floats:
    return medoids(groups)[1] / _masses(groups)


def _to_each_other(groups: GroupedItems) -> Floats:
    found = np.zeros(groups.k)
    for j in range(groups.k):
        weight = groups.weights_of(j)
        sums = row_sums(groups.members(j), weight)
        if weight is None:
            total, pairs = float(sums.sum()), float(len(sums) * (len(sums) - 1))
        else:
            total = float((weight * sums).sum())
            pairs = float(weight.sum() ** 2 - (weight**2).sum())
        found[j] = total / pairs if pairs > 0 else 0.0
    return found


def _of_centroids(groups: GroupedItems) -> Floats:
    return _square(as_items(_means(groups), name="centers", like=groups.items))


def _of_medoids(groups: GroupedItems) -> Floats:
    return _square(groups.items.take(medoids(groups)[0]))


def _of_nearest(groups: GroupedItems) -> Floats:
    found = extremes(groups.items.pairs(), groups.starts, "The nearest pairs")[0]
    np.fill_diagonal(found, 0.0)
    return found


def _of_farthest(groups: GroupedItems) -> Floats:
    found = extremes(groups.items.pairs(), groups.starts, "The farthest pairs")[1]
    np.fill_diagonal(found, 0.0)
    return found


def _of_pairs(groups: GroupedItems) -> Floats:
    n, k = groups.items.n, groups.k
    codes = np.repeat(np.arange(k, dtype=np.int32), groups.sizes)
    sums = np.empty((n, k))
    pairs: Any = groups.items.pairs()
    core.cluster_sums(pairs, codes, k, sums)
    found = np.add.reduceat(sums, groups.starts[:-1], axis=0)
    found = (found + found.T) / 2 / np.outer(groups.sizes, groups.sizes)
    np.fill_diagonal(found, 0.0)
    return found


def _square(items: Items) -> Floats:
    """All distances between a few items."""
    out = np.empty((items.n, items.n))
    pairs: Any = items.pairs(dtype=np.float64)
    core.fill_square(pairs, out, 0, items.n)
    return out


def _means(groups: GroupedItems) -> Floats:
    """The means of clusters of rows of numbers, in their units: (k, d)."""
    vectors = groups.items.vectors
    if vectors is None:
        raise ParameterError(
            f"Items under metric={groups.items.metric!r} have no mean. Use medoids, or pairs of items."
        )
    codes = np.repeat(np.arange(groups.k), groups.sizes)
    moments = cluster_moments(vectors, codes, groups.k, groups.weight)
    return moments.centers / moments.scale + moments.origin


def _masses(groups: GroupedItems) -> Floats:
    """The weight of each cluster; 1 where it is 0."""
    if groups.weight is None:
        return groups.sizes.astype(np.float64)
    masses = np.add.reduceat(groups.weight, groups.starts[:-1])
    return np.where(masses > 0, masses, 1.0)


def _mean(values: Floats, weight: Floats | None) -> float:
    if weight is None:
        return float(values.mean())
    total = float(weight.sum())
    return float((weight * values).sum()) / total if total > 0 else 0.0


_COHESIONS = {"centroid": _to_centroid, "medoid": _to_medoid, "pairs": _to_each_other}
_SEPARATIONS = {
    "centroids": _of_centroids,
    "medoids": _of_medoids,
    "nearest": _of_nearest,
    "farthest": _of_farthest,
    "pairs": _of_pairs,
}


def _chosen(
    name: str, rules: Mapping[str, Callable[[GroupedItems], Floats]], what: str
) -> Callable[[GroupedItems], Floats]:
    if name not in rules:
        raise ParameterError(f"{what} must be one of {', '.join(map(repr, rules))}; got {name!r}.")
    return rules[name]
