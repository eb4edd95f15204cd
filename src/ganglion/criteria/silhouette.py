"""The silhouette: how much nearer each item is to its own cluster than to the next one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from .._memory import check_memory
from .._native import core
from .._random import RandomState, generator
from .._values import is_integer, is_real
from ..distances.items import Items, as_items
from ._labels import label_codes


class SilhouetteScore(float):
    """A mean silhouette: a number, and how sure it is.

    Parameters
    ----------
    value : float
        The mean over the items that were judged.
    standard_error : float
        Standard deviation of the mean over samples of this size; 0 where every item was judged.
    n_judged : int
        How many items were judged.

    Attributes
    ----------
    standard_error : float
        About two times in three the mean over all items lies within one of it.
    n_judged : int
        How many items were judged.
    """

    standard_error: float
    n_judged: int

    def __new__(cls, value: float, standard_error: float, n_judged: int) -> SilhouetteScore:
        """Make the number that carries its error."""
        score = super().__new__(cls, value)
        score.standard_error = standard_error
        score.n_judged = n_judged
        return score

    def confidence_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return where the mean over all items lies, by the normal approximation.

        Parameters
        ----------
        level : float, default=0.95
            The share of samples whose interval holds it, between 0 and 1.

        Returns
        -------
        low : float
            At least -1.
        high : float
            At most 1; `low` and `high` are the score where every item was judged.

        Raises
        ------
        ParameterError
            Where the level is not between 0 and 1.

        Notes
        -----
        The score and its standard error, times the quantile of the normal distribution. Silhouettes are skewed: of
        nominal intervals of 95 % on three blobs, 91 % held the mean over all items with 50 judged items, and 94 % with
        100 or more.
        """
        if not is_real(level) or not 0 < float(level) < 1:
            raise ParameterError(f"level must be a number between 0 and 1; got {level!r}.")
        reach = NormalDist().inv_cdf(0.5 + 0.5 * float(level)) * self.standard_error
        return max(-1.0, float(self) - reach), min(1.0, float(self) + reach)

    def __reduce__(self) -> tuple[type[SilhouetteScore], tuple[float, float, int]]:
        return SilhouetteScore, (float(self), self.standard_error, self.n_judged)

    def __repr__(self) -> str:
        value = float.__repr__(self)
        return value if self.standard_error == 0 else f"{value} +- {self.standard_error:.2g}"


def silhouette_samples(
    X: Any,
    labels: ArrayLike,
    *,
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
    memory_limit: float | str | None = None,
) -> NDArray[np.float64]:
    """Judge each item by how much nearer its own cluster is than the next one.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items: whatever the metric is between; a matrix of distances for ``metric="precomputed"``.
    labels : array-like of shape (n,)
        The cluster of each item: any integers, from 2 to n - 1 different ones.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    memory_limit : int or str, optional
        The most bytes that the sums, one for each item and cluster, may take.

    Returns
    -------
    ndarray of shape (n,)
        From -1 (nearer to another cluster) to 1; 0 for an item alone in its cluster.

    Raises
    ------
    ParameterError
        Where labels are not n integers, or of fewer than 2 or more than n - 1 clusters.
    DataError
        Where X is not what the metric is between.
    MemoryPlanError
        Where the sums do not fit into memory.

    Notes
    -----
    With a(i) the mean distance of item i to the others of its cluster and b(i) the smallest mean distance to the items
    of another cluster,

        s(i) = (b(i) - a(i)) / max(a(i), b(i)),

    and 0 where both are 0 [1]_. Sums are kept in float64. Time O(n^2) distances, each computed once and added to two
    sums on all threads, memory O(n k); the matrix of distances is never made.

    References
    ----------
    .. [1] P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis",
       Journal of Computational and Applied Mathematics 20, 1987, doi:10.1016/0377-0427(87)90125-7: section 2.

    Examples
    --------
    >>> from ganglion.criteria import silhouette_samples
    >>> silhouette_samples([[0.0], [1.0], [5.0]], [0, 0, 1]).tolist()
    [0.8, 0.75, 0.0]
    """
    items, codes, sizes = _judged(X, labels, metric, metric_params)
    return _silhouettes(items, None, codes, sizes, memory_limit)


def silhouette_score(
    X: Any,
    labels: ArrayLike,
    *,
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
    sample_size: int | None = None,
    random_state: RandomState = None,
    memory_limit: float | str | None = None,
) -> SilhouetteScore:
    """Return the mean silhouette of all items, or its estimate from a sample with a standard error.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items: whatever the metric is between; a matrix of distances for ``metric="precomputed"``.
    labels : array-like of shape (n,)
        The cluster of each item: any integers, from 2 to n - 1 different ones.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    sample_size : int, optional
        Judge this many items, drawn without replacement, each against all items: from 2 to n; every item by default.
    random_state : int, Generator, RandomState or None
        Seed of the sample.
    memory_limit : int or str, optional
        The most bytes that the sums, one for each judged item and cluster, may take.

    Returns
    -------
    SilhouetteScore
        A float, with `standard_error` and `n_judged`.

    Raises
    ------
    ParameterError
        Where labels are not n integers, or of fewer than 2 or more than n - 1 clusters, or sample_size is out of range.
    DataError
        Where X is not what the metric is between.
    MemoryPlanError
        Where the sums do not fit into memory.

    Notes
    -----
    The items of a sample are judged against *all* items, so that the estimate has no bias; silhouettes within the
    sample alone, as elsewhere, would be those of another, thinner data set. Its standard error is
    sqrt((1 - m / n) / m) times the standard deviation of the m silhouettes (sampling without replacement), and
    `SilhouetteScore.confidence_interval` its interval. Time O(m n) distances.

    Higher is better. It misleads where clusters are long or bent, prefers a few large and round ones, and is not
    defined for k = 1: it always finds at least 2 clusters.

    References
    ----------
    .. [1] P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis",
       Journal of Computational and Applied Mathematics 20, 1987, doi:10.1016/0377-0427(87)90125-7: section 2.

    Examples
    --------
    >>> from ganglion.criteria import silhouette_score
    >>> score = silhouette_score(["cat", "cats", "hat", "banana", "bananas"], [0, 0, 0, 1, 1], metric="levenshtein")
    >>> round(score, 4)
    0.7738
    """
    items, codes, sizes = _judged(X, labels, metric, metric_params)
    n = items.n
    if sample_size is None:
        values = _silhouettes(items, None, codes, sizes, memory_limit)
        return SilhouetteScore(float(values.mean()), 0.0, n)
    if not is_integer(sample_size) or not 2 <= sample_size <= n:
        raise ParameterError(f"sample_size must be an integer from 2 to {n}; got {sample_size!r}.")
    m = int(sample_size)
    sample = np.sort(generator(random_state).choice(n, size=m, replace=False))
    values = _silhouettes(items, sample, codes, sizes, memory_limit)
    error = math.sqrt((1 - m / n) / m) * float(values.std(ddof=1))
    return SilhouetteScore(float(values.mean()), error, m)


def _judged(
    X: Any, labels: ArrayLike, metric: Any, metric_params: Mapping[str, Any] | None
) -> tuple[Items, NDArray[np.int32], NDArray[np.int64]]:
    """The items, the number of each one's cluster from 0 on, and the sizes of the clusters."""
    items = as_items(X, metric, metric_params=metric_params)
    codes, k = label_codes(labels, items.n)
    if not 2 <= k <= items.n - 1:
        raise ParameterError(
            f"A silhouette needs from 2 to n - 1 clusters; labels hold {k} for {items.n} items. "
            f"{'Choose more clusters' if k < 2 else 'Choose fewer clusters'}."
        )
    return items, codes.astype(np.int32), np.bincount(codes, minlength=k)


def _silhouettes(
    items: Items,
    sample: NDArray[Any] | None,
    codes: NDArray[np.int32],
    sizes: NDArray[np.int64],
    memory_limit: float | str | None,
) -> NDArray[np.float64]:
    """The silhouettes of all items, or of a sample of them, from sums of distances to each cluster."""
    m, k = items.n if sample is None else len(sample), len(sizes)
    check_memory(
        8.0 * m * k,
        f"The sums of distances of {m:,} items to {k:,} clusters",
        "Judge a sample with silhouette_score(..., sample_size=1000).",
        memory_limit,
    )
    pairs = items.pairs() if sample is None else items.take(sample).pairs(items)
    sums = np.empty((m, k))
    core.cluster_sums(pairs, codes, k, sums)
    own = codes if sample is None else codes[sample]
    row = np.arange(m)
    others = sizes[own] - 1
    inside = np.divide(sums[row, own], others, out=np.zeros(m), where=others > 0)
    sums /= sizes
    sums[row, own] = np.inf
    outside = sums.min(axis=1)
    larger = np.maximum(inside, outside)
    judged = (others > 0) & (larger > 0)
    return np.divide(outside - inside, larger, out=np.zeros(m), where=judged)
