"""The decomposition of scatter: TSS = BSS + WSS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import Sparse, check_weights
from .._errors import DataError
from ._cluster_moments import ClusterMoments, cluster_moments
from ._judged import rows_or_sparse
from ._labels import codes_and_labels


@dataclass(frozen=True, eq=False)
class Scatter:
    """How the squared distances to the mean divide between and within the clusters.

    Attributes
    ----------
    tss : float
        Total sum of squares: sum over points of w_i |x_i - mean|^2.
    bss : float
        Between the clusters: sum over clusters of W_j |mean_j - mean|^2.
    wss : float
        Within the clusters: sum over points of w_i |x_i - mean_j(i)|^2.
    labels : ndarray of shape (k,)
        The clusters, in ascending order of their labels: that of the arrays that follow.
    mass : ndarray of shape (k,)
        W_j, the weight of the points of each cluster; their number without weights.
    wss_of : ndarray of shape (k,)
        The WSS of each cluster.
    bss_of : ndarray of shape (k,)
        What each cluster adds to the BSS.
    """

    tss: float
    bss: float
    wss: float
    labels: NDArray[Any]
    mass: NDArray[np.float64]
    wss_of: NDArray[np.float64]
    bss_of: NDArray[np.float64]

    @property
    def explained(self) -> float:
        """BSS / TSS, the share of the scatter that the clusters explain; NaN where all points are equal."""
        return self.bss / self.tss if self.tss > 0 else float("nan")


def scatter(X: Any, labels: ArrayLike, *, sample_weight: ArrayLike | None = None) -> Scatter:
    """Divide the total scatter of X into the part between the clusters and the part within them.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, d)
        The points.
    labels : array-like of shape (n,)
        The cluster of each point: any integers, equal ones for one cluster.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; the weight 2 counts a point twice. None gives every point the weight 1.

    Returns
    -------
    Scatter
        The three sums, `tss`, `bss` and `wss`, the latter two for each cluster too.

    Raises
    ------
    ParameterError
        Where labels are not n integers.
    DataError
        Where the squares do not fit into float64.

    Notes
    -----
    With weights w_i, cluster weights W_j, means m_j of the clusters and the mean m of all,

        sum_i w_i |x_i - m|^2  =  sum_j W_j |m_j - m|^2  +  sum_i w_i |x_i - m_j(i)|^2 .

    Each sum is computed from its own definition, in float64, from differences, about a mean that is corrected by the
    residuals which rounding has left [1]_, so that the identity holds to 1e-12 relative even where all points are far
    from the origin. A cluster whose weight is 0 contributes nothing. The WSS falls with every further cluster, down to
    0 for single points: it compares clusterings of one k only. Time O(n d), memory O(k d); the same bits at any number
    of threads.

    References
    ----------
    .. [1] T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance: analysis and
       recommendations", The American Statistician 37(3), 1983, doi:10.1080/00031305.1983.10483115: the corrected
       two-pass algorithm.

    Examples
    --------
    >>> from ganglion.criteria import scatter
    >>> parts = scatter([[0.0], [2.0], [6.0], [8.0]], [0, 0, 1, 1])
    >>> parts.tss, parts.bss, parts.wss
    (40.0, 36.0, 4.0)
    >>> parts.wss_of.tolist(), round(parts.explained, 2)
    ([2.0, 2.0], 0.9)
    """
    data = rows_or_sparse(X)
    codes, names = codes_and_labels(labels, data.shape[0])
    weight = check_weights(sample_weight, data.shape[0])
    parts = _in_units(cluster_moments(data, codes, len(names), weight), names)
    values = data.values if isinstance(data, Sparse) else data
    if not np.isfinite((parts.tss, parts.bss, parts.wss)).all():
        raise DataError(
            "scatter needs squared distances that float64 can hold (below 1.8e308); the values of X reach "
            f"{np.abs(values).max():.3g}. Divide X by a power of ten."
        )
    return parts


def _in_units(moments: ClusterMoments, names: NDArray[Any]) -> Scatter:
    """The sums in squared units of X."""
    between, within = moments.unscaled(moments.between), moments.unscaled(moments.within)
    return Scatter(
        tss=float(moments.unscaled(moments.total)),
        bss=float(between.sum()),
        wss=float(within.sum()),
        labels=names,
        mass=moments.mass,
        wss_of=within,
        bss_of=between,
    )
