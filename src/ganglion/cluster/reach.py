"""How far the rows of a clustering lie from their own clusters, in few numbers: what is too far to belong to any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._arrays import Labels
from .._errors import ParameterError

Floats = NDArray[np.float64]

LEVELS: Floats = np.r_[np.arange(99) / 100, np.arange(990, 1001) / 1000]
"""The shares of its rows at which a cluster's distances are kept: whole percents, and tenths of one in the last."""

_BLOCK_VALUES = 2**20


def own_distances(X: Floats, centers: Floats, labels: NDArray[np.integer]) -> Floats:
    """Measure how far each row is from the centre of its own cluster.

    Parameters
    ----------
    X : ndarray of shape (n, d), float64
        The rows, finite.
    centers : ndarray of shape (k, d), float64
        The centres.
    labels : ndarray of shape (n,), integer
        The cluster of each row, from 0.

    Returns
    -------
    ndarray of shape (n,), float64
        Euclidean distances, from differences; infinity where a distance is beyond float64.

    Notes
    -----
    Each row's differences are divided by the largest of them before they are squared: no square overflows or vanishes.
    Time O(n d), memory of a block of rows.
    """
    n, d = X.shape
    found = np.empty(n)
    step = max(1, _BLOCK_VALUES // max(d, 1))
    with np.errstate(over="ignore"):
        for start in range(0, n, step):
            part = slice(start, start + step)
            gaps = np.abs(X[part] - centers[labels[part]])
            most = gaps.max(axis=1, initial=0.0)
            unit = np.where((most > 0) & np.isfinite(most), most, 1.0)
            ratios = np.minimum(gaps / unit[:, None], 1.0)
            found[part] = most * np.sqrt((ratios * ratios).sum(axis=1))
    return found


def reach_of(distances: Floats, labels: Labels, k: int) -> Floats:
    """Sum up the distances of each cluster's rows.

    Parameters
    ----------
    distances : ndarray of shape (n,)
        How far each row is from its own centre or medoid.
    labels : ndarray of shape (n,), int32
        The cluster of each row.
    k : int
        Number of clusters.

    Returns
    -------
    ndarray of shape (k, 110), float64
        Quantiles of the distances in each cluster at the `LEVELS`; 0 for a cluster without rows.
    """
    reach = np.zeros((k, len(LEVELS)))
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(k + 1))
    for at in range(k):
        own = distances[order[bounds[at] : bounds[at + 1]]]
        if len(own):
            # of rows, not between them: the difference of huge distances need not be a number
            reach[at] = np.quantile(own, LEVELS, method="inverted_cdf")
    return reach


def limits_of(reach: Floats, share: float) -> Floats:
    """Find the distance beyond which a share of each cluster's rows lies.

    Parameters
    ----------
    reach : ndarray of shape (k, 110)
        As `reach_of` gives it.
    share : float
        From 0 (no row is farther: the largest distance) to below 1.

    Returns
    -------
    ndarray of shape (k,)
        A distance for each cluster; at most `share` of its rows are farther.

    Raises
    ------
    ParameterError
        A share below 0, or 1 and more.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.cluster.reach import limits_of, reach_of
    >>> reach = reach_of(np.arange(1.0, 101.0), np.zeros(100, dtype=np.int32), 1)
    >>> float(limits_of(reach, 0.05)[0]), float(limits_of(reach, 0.0)[0])
    (95.0, 100.0)
    """
    if not 0 <= share < 1:
        raise ParameterError(
            f"The share of rows to reject must be at least 0 and below 1; got {share!r}. Say 0.05 for 5 %."
        )
    # rounded up: between two levels fewer rows are rejected, not more
    return reach[:, int(np.searchsorted(LEVELS, 1 - share - 1e-9))]


def checked_reach(reach: Floats, k: int) -> Floats:
    """Look whether quantiles fit k clusters.

    Parameters
    ----------
    reach : ndarray
        What should be quantiles of distances.
    k : int
        Number of clusters.

    Returns
    -------
    ndarray of shape (k, 110)
        The same.

    Raises
    ------
    ParameterError
        Another shape, NaN, a distance below 0 or quantiles that fall.
    """
    if reach.shape != (k, len(LEVELS)) or reach.dtype != np.float64:
        raise ParameterError(
            f"reach must be float64 of shape ({k}, {len(LEVELS)}); got {reach.dtype} of {reach.shape}. "
            "Pass what reach_of returned."
        )
    rising = bool((reach[:, 1:] >= reach[:, :-1]).all())  # false for NaN too
    if not rising or not bool((reach[:, 0] >= 0).all()):
        raise ParameterError(
            "reach must hold distances that do not fall from one level to the next; got others. "
            "Pass what reach_of returned."
        )
    return reach
