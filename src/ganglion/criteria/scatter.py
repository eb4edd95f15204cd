"""The decomposition of scatter: TSS = BSS + WSS."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import Samples, check_samples, check_weights
from .._errors import DataError
from ._labels import label_codes
from ._moments import Floats, blocks, exact_scale, mean


@dataclass(frozen=True)
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
    """

    tss: float
    bss: float
    wss: float


def scatter(X: ArrayLike, labels: ArrayLike, *, sample_weight: ArrayLike | None = None) -> Scatter:
    """Divide the total scatter of X into the part between the clusters and the part within them.

    Parameters
    ----------
    X : array-like of shape (n, d)
        The points.
    labels : array-like of shape (n,)
        The cluster of each point: any integers, equal ones for one cluster.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; the weight 2 counts a point twice. None gives every point the weight 1.

    Returns
    -------
    Scatter
        The three sums, `tss`, `bss` and `wss`.

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
    from the origin. A cluster whose weight is 0 contributes nothing. Time O(n d), memory O(k d) and a block of rows.

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
    """
    data = check_samples(X)
    codes, n_clusters = label_codes(labels, len(data))
    given = check_weights(sample_weight, len(data))
    weight = np.ones(len(data)) if given is None else given
    with np.errstate(over="ignore", invalid="ignore"):
        parts = _parts(data, codes, n_clusters, weight)
    if not np.isfinite((parts.tss, parts.bss, parts.wss)).all():
        raise DataError(
            "scatter needs squared distances that float64 can hold (below 1.8e308); the values of X reach "
            f"{np.abs(data).max():.3g}. Divide X by a power of ten."
        )
    return parts


def _parts(X: Samples, codes: NDArray[np.intp], k: int, weight: Floats) -> Scatter:
    """Return the three sums by two passes: means about a rough one, then residuals about these means."""
    n, d = X.shape
    rough = mean(X, weight)
    mass = np.bincount(codes, weights=weight, minlength=k)
    scale = exact_scale(X, rough)
    sums = np.zeros((k, d))
    for rows in blocks(n, d):
        _add_by_code(sums, scale * (X[rows] - rough) * weight[rows, None], codes[rows])
    held = np.where(mass > 0, mass, 1.0)[:, None]
    centers, middle = sums / held, sums.sum(axis=0) / mass.sum()

    total: list[float] = []
    within: list[float] = []
    residual, residuals = np.zeros(d), np.zeros((k, d))
    for rows in blocks(n, d):
        y, w = scale * (X[rows] - rough), weight[rows, None]
        about_middle, about_center = y - middle, y - centers[codes[rows]]
        total.append(float((w * about_middle**2).sum()))
        within.append(float((w * about_center**2).sum()))
        residual += (w * about_middle).sum(axis=0)
        _add_by_code(residuals, w * about_center, codes[rows])
    middle += residual / mass.sum()
    centers += residuals / held
    parts = (
        fsum(total) - float((residual**2).sum() / mass.sum()),
        float((mass[:, None] * (centers - middle) ** 2).sum()),
        fsum(within) - float((residuals**2 / held).sum()),
    )
    return Scatter(*(part / scale / scale for part in parts))


def _add_by_code(sums: Floats, values: Floats, codes: NDArray[np.intp]) -> None:
    """Add the rows of values to the row of sums that codes names."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sums[ordered[starts]] += np.add.reduceat(values[order], starts, axis=0)
