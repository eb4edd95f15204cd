"""Criteria of clusters around centres: Calinski-Harabasz, Davies-Bouldin, Xie-Beni. One look at each row."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from . import _from_moments
from ._judged import finite_or_refused, judged
from ._stacked_moments import StackedMoments


def calinski_harabasz_score(
    X: Any, labels: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the ratio of the scatter between clusters to that within them, each for one degree of freedom.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, d)
        The points.
    labels : array-like of shape (n,)
        The cluster of each point: any integers, from 2 to n - 1 different ones.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; the weight 2 counts a point twice.

    Returns
    -------
    float
        From 0 upwards; inf where every cluster is one point (scikit-learn: 1).

    Raises
    ------
    ParameterError
        Where labels are not n integers, or of fewer than 2 or more than n - 1 clusters.
    DataError
        Where X is not numeric and finite, or all rows are equal.

    Notes
    -----
    CH = (BSS / (k - 1)) / (WSS / (n - k)) [1]_, the F statistic of one-way analysis of variance. Higher is better. It
    misleads where clusters are not round or not equally large: it prefers round, equal parts; on data without clusters
    it prefers k = 2 in few and large k in many dimensions; it is not defined for k = 1. Time O(n d), memory O(k d).

    References
    ----------
    .. [1] T. Calinski, J. Harabasz, "A dendrite method for cluster analysis", Communications in Statistics 3(1), 1974,
       doi:10.1080/03610927408827101: the variance ratio criterion.

    Examples
    --------
    >>> from ganglion.criteria import calinski_harabasz_score
    >>> calinski_harabasz_score([[0.0], [2.0], [6.0], [8.0]], [0, 0, 1, 1])  # (36 / 1) / (4 / 2)
    18.0
    """
    what = "The Calinski-Harabasz score"
    rows = judged(X, labels, sample_weight, what)
    (score,) = _from_moments.calinski_harabasz(StackedMoments.alone(rows.moments())).tolist()
    return finite_or_refused(score, what)


def davies_bouldin_score(
    X: Any, labels: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return how much, on average, a cluster overlaps with the one that it is most alike.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, d)
        The points.
    labels : array-like of shape (n,)
        The cluster of each point: any integers, from 2 to n - 1 different ones.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; the weight 2 counts a point twice.

    Returns
    -------
    float
        From 0 upwards; inf where two centres coincide.

    Raises
    ------
    ParameterError
        Where labels are not n integers, or of fewer than 2 or more than n - 1 clusters.
    DataError
        Where X is not numeric and finite.

    Notes
    -----
    With S_j the mean distance of the points of cluster j to its centre c_j,

        DB = (1 / k) sum_i max_{j != i} (S_i + S_j) / |c_i - c_j|  [1]_ (p = 2, q = 1).

    Lower is better. It misleads where clusters are long or of unequal spread, counts a cluster of ten points as much as
    one of a million, and rewards single points, whose spread is 0. Two clusters with one centre make it inf here;
    scikit-learn leaves such pairs out, which rewards them. Time O(n d + k^2 d), memory O(k d).

    References
    ----------
    .. [1] D. L. Davies, D. W. Bouldin, "A cluster separation measure", IEEE Transactions on Pattern Analysis and
       Machine Intelligence 1(2), 1979, doi:10.1109/TPAMI.1979.4766909: definition 5.

    Examples
    --------
    >>> from ganglion.criteria import davies_bouldin_score
    >>> round(davies_bouldin_score([[0.0], [2.0], [6.0], [8.0]], [0, 0, 1, 1]), 4)  # (1 + 1) / 6
    0.3333
    """
    rows = judged(X, labels, sample_weight, "The Davies-Bouldin score")
    (score,) = _from_moments.davies_bouldin(StackedMoments.alone(rows.moments())).tolist()
    return score


def xie_beni_index(X: Any, labels: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """Return the mean squared distance to the own centre over the least one between two centres.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, d)
        The points.
    labels : array-like of shape (n,)
        The cluster of each point: any integers, from 2 to n - 1 different ones.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; the weight 2 counts a point twice.

    Returns
    -------
    float
        From 0 upwards; inf where two centres coincide.

    Raises
    ------
    ParameterError
        Where labels are not n integers, or of fewer than 2 or more than n - 1 clusters.
    DataError
        Where X is not numeric and finite.

    Notes
    -----
    XB = WSS / (n min_{i != j} |c_i - c_j|^2): the index of Xie and Beni [1]_ for memberships of 0 and 1. Lower is
    better. It misleads because one close pair of centres decides, whatever the rest does, and because it falls towards
    0 as k approaches n. Time O(n d + k^2 d), memory O(k d).

    References
    ----------
    .. [1] X. L. Xie, G. Beni, "A validity measure for fuzzy clustering", IEEE Transactions on Pattern Analysis and
       Machine Intelligence 13(8), 1991, doi:10.1109/34.85677: equation 11, with m = 1.

    Examples
    --------
    >>> from ganglion.criteria import xie_beni_index
    >>> round(xie_beni_index([[0.0], [2.0], [6.0], [8.0]], [0, 0, 1, 1]), 4)  # 4 / (4 * 36)
    0.0278
    """
    rows = judged(X, labels, sample_weight, "The Xie-Beni index")
    return _from_moments.xie_beni(rows.moments())
