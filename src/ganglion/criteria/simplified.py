"""The simplified silhouette: centres in the place of clusters, so that time is linear in the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import Samples, Sparse, check_samples, check_weights
from .._errors import ParameterError
from .._native import core
from ..distances.items import Items, as_items
from . import _from_moments
from ._cluster_moments import cluster_moments, own_and_next
from ._judged import rows_or_sparse
from ._labels import label_codes
from ._moments import Floats

# Distances of items to centres that are there at once.
_BLOCK_VALUES = 2**20


def simplified_silhouette_samples(
    X: Any,
    labels: ArrayLike,
    *,
    centers: Any = None,
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
    sample_weight: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Judge each item by how much nearer its own centre is than the next one.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items: whatever the metric is between.
    labels : array-like of shape (n,)
        The cluster of each item: any integers, from 2 to n - 1 different ones.
    centers : like X, optional
        One for each label, in ascending order of the labels: centres, or medoids. The means by default, for rows of
        numbers; for any other items they are needed.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative, of the means.

    Returns
    -------
    ndarray of shape (n,)
        From -1 (nearer to another centre) to 1; 0 for an item alone in its cluster.

    Raises
    ------
    ParameterError
        Where labels are not n integers, or of fewer than 2 or more than n - 1 clusters, or centers are not one for
        each.
    DataError
        Where X is not what the metric is between.

    Notes
    -----
    With a(i) the distance of item i to the centre of its cluster and b(i) that to the nearest other centre,

        s(i) = (b(i) - a(i)) / max(a(i), b(i)),

    and 0 where both are 0 [1]_. Euclidean distances are computed by their definition in float64; the centres are looked
    through in the order of their distance to the own one, until the triangle inequality rules out the rest. At most
    O(n k d) time, O(n) memory.

    References
    ----------
    .. [1] E. R. Hruschka, R. J. G. B. Campello, L. N. de Castro, "Evolving clusters in gene-expression data",
       Information Sciences 176(13), 2006, doi:10.1016/j.ins.2005.07.015: section 2, the simplified silhouette.

    Examples
    --------
    >>> from ganglion.criteria import simplified_silhouette_samples
    >>> simplified_silhouette_samples([[0.0], [2.0], [7.0], [7.0]], [0, 0, 1, 1]).round(4).tolist()
    [0.8571, 0.8, 1.0, 1.0]
    """
    return _samples(X, labels, centers, (metric, metric_params), sample_weight)[0]


def simplified_silhouette_score(
    X: Any,
    labels: ArrayLike,
    *,
    centers: Any = None,
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the mean simplified silhouette.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items: whatever the metric is between.
    labels : array-like of shape (n,)
        The cluster of each item: any integers, from 2 to n - 1 different ones.
    centers : like X, optional
        One for each label, in ascending order of the labels; see `simplified_silhouette_samples`.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative, of the means and of the items' silhouettes.

    Returns
    -------
    float
        From -1 to 1.

    Raises
    ------
    ParameterError
        Where labels are not n integers, or of fewer than 2 or more than n - 1 clusters, or centers are not one for
        each.
    DataError
        Where X is not what the metric is between.

    Notes
    -----
    Higher is better. It judges a cluster by its centre alone: long and bent clusters look bad, and of two overlapping
    ones it sees less than the silhouette, which it mostly exceeds. Like that it is not defined for k = 1. At most O(n k
    d) time, O(n) memory.

    References
    ----------
    .. [1] L. Vendramin, R. J. G. B. Campello, E. R. Hruschka, "Relative clustering validity criteria: a comparative
       overview", Statistical Analysis and Data Mining 3(4), 2010, doi:10.1002/sam.10080: section 2.4.

    Examples
    --------
    >>> from ganglion.criteria import simplified_silhouette_score
    >>> words = ["cat", "cats", "hat", "banana", "bananas"]
    >>> score = simplified_silhouette_score(words, [0, 0, 0, 1, 1], centers=["cat", "banana"], metric="levenshtein")
    >>> round(score, 4)
    0.8867
    """
    values, weight = _samples(X, labels, centers, (metric, metric_params), sample_weight)
    return _from_moments.mean_and_error(values, weight)[0]


def _samples(
    X: Any,
    labels: ArrayLike,
    centers: Any,
    measured: tuple[Any, Mapping[str, Any] | None],
    sample_weight: ArrayLike | None,
) -> tuple[Floats, Floats | None]:
    """The silhouettes, and the weights."""
    metric, parameters = measured
    if isinstance(metric, str) and metric in ("euclidean", "l2") and not isinstance(X, Items):
        data = rows_or_sparse(X)
        codes, sizes = _checked_labels(labels, data.shape[0])
        weight = check_weights(sample_weight, data.shape[0])
        return _around_centers(data, codes, sizes, weight, centers), weight
    items = as_items(X, metric, metric_params=parameters)
    codes, sizes = _checked_labels(labels, items.n)
    weight = check_weights(sample_weight, items.n)
    if centers is None:
        centers = _means(items, codes, len(sizes), weight)
    around = as_items(centers, name="centers", like=items)
    _check_number(around.n, len(sizes))
    return _by_distances(items, around, codes, sizes), weight


def _around_centers(
    data: Samples | Sparse,
    codes: NDArray[np.intp],
    sizes: NDArray[np.int64],
    weight: Floats | None,
    centers: Any,
) -> Floats:
    """Rows around means or given centres."""
    moments = cluster_moments(data, codes, len(sizes), weight)
    means = moments.centers
    if centers is not None:
        given = check_samples(centers, name="centers")
        _check_number(len(given), len(sizes))
        if given.shape[1] != data.shape[1]:
            raise ParameterError(
                f"centers must have the {data.shape[1]} features of X; got {given.shape[1]}."
            )
        means = moments.scaled_rows(given)
    there = np.flatnonzero(moments.mass > 0) if centers is None else np.arange(len(sizes))
    if len(there) == len(sizes):
        found = own_and_next(data, codes, means, moments.origin, moments.scale)
        return _from_moments.simplified_silhouettes(found, codes, sizes)
    rows = np.flatnonzero(moments.mass[codes] > 0)  # a cluster without weight has no mean
    own = np.searchsorted(there, codes[rows])
    found = own_and_next(_taken(data, rows), own, means[there], moments.origin, moments.scale)
    values = np.zeros(data.shape[0])
    values[rows] = _from_moments.simplified_silhouettes(found, own, sizes[there])
    return values


def _taken(data: Samples | Sparse, rows: NDArray[np.intp]) -> Samples | Sparse:
    """Some of the rows."""
    if not isinstance(data, Sparse):
        return data[rows]
    counts = np.diff(data.indptr)[rows]
    at = np.concatenate([np.arange(int(data.indptr[i]), int(data.indptr[i + 1])) for i in rows])
    indptr = np.r_[0, np.cumsum(counts)].astype(np.int64)
    return Sparse(data.values[at], indptr, data.columns[at], (len(rows), data.shape[1]))


def _means(items: Items, codes: NDArray[np.intp], k: int, weight: Floats | None) -> Floats:
    """The means of rows of numbers in their units."""
    vectors = items.vectors
    if vectors is None:
        raise ParameterError(
            f"Items under metric={items.metric!r} have no mean. Pass centers, for example the medoids of the clusters."
        )
    moments = cluster_moments(vectors, codes, k, weight)
    return moments.centers / moments.scale + moments.origin


def _by_distances(
    items: Items, around: Items, codes: NDArray[np.intp], sizes: NDArray[np.int64]
) -> Floats:
    """Silhouettes from the distances of all items to all centres, block by block."""
    n, k = items.n, len(sizes)
    values = np.empty(n)
    step = max(1, _BLOCK_VALUES // k)
    for start in range(0, n, step):
        rows = np.arange(start, min(start + step, n))
        distances = np.empty((len(rows), k))
        pairs: Any = items.take(rows).pairs(around, dtype=np.float64)
        core.fill_square(pairs, distances, 0, len(rows))
        at = np.arange(len(rows)), codes[rows]
        own = distances[at]
        distances[at] = np.inf
        following = distances.min(axis=1)
        larger = np.maximum(own, following)
        judged = (sizes[codes[rows]] > 1) & (larger > 0)
        values[rows] = np.divide(following - own, larger, out=np.zeros(len(rows)), where=judged)
    return values


def _checked_labels(labels: ArrayLike, n: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    codes, k = label_codes(labels, n)
    if not 2 <= k <= n - 1:
        raise ParameterError(
            f"A silhouette needs from 2 to n - 1 clusters; labels hold {k} for {n} items. "
            f"Choose {'more' if k < 2 else 'fewer'} clusters."
        )
    return codes, np.bincount(codes, minlength=k).astype(np.int64)


def _check_number(given: int, k: int) -> None:
    if given != k:
        raise ParameterError(
            f"centers must hold one centre for each of the {k} labels, in ascending order of the labels; got {given}."
        )
