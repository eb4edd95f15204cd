"""The WSS of data without clusters: what a curve over k is compared with.

A cloud without structure also has a falling, flattening curve, about k^(-2/d). A knee means something only where the
data's curve runs below the one that a cloud of the same covariance would have.
"""

from __future__ import annotations

from functools import cache
from math import log

import numpy as np

from .._arrays import Samples
from ..criteria._moments import Floats, blocks, covariance, exact_scale, mean

# Larger covariances are estimated from as many rows, through the rows' products.
DIRECT_SIZE = 2048
# With more corners than about eleven the simplex gains less again.
WIDEST_SIMPLEX = 20


def spectrum(
    X: Samples, weight: Floats | None = None, units: tuple[Floats, float] | None = None
) -> Floats:
    """Return the eigenvalues of the covariance of X, descending, scaled so that they add up to 1.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Finite rows.
    weight : ndarray of shape (n,), optional
        Weights of the rows; None counts every row once.
    units : tuple of ndarray of shape (d,) and float, optional
        The mean of the rows and their scale, as in `ClusterMoments`, where they are known.

    Returns
    -------
    ndarray of shape (r,)
        The positive eigenvalues; empty where all rows are equal.

    Notes
    -----
    Time O(n d^2), memory O(d^2). Beyond 2048 features, 2048 rows at equal distances stand for all (unweighted).
    """
    n, d = X.shape
    if d > DIRECT_SIZE:
        rows = X[:: -(-n // DIRECT_SIZE)]
        middle, scale = mean(rows), exact_scale(rows, mean(rows))
        matrix = np.zeros((len(rows), len(rows)))
        for columns in blocks(d, len(rows)):
            centered = scale * (rows[:, columns] - middle[columns])
            matrix += centered @ centered.T
    else:
        middle = mean(X, weight) if units is None else units[0]
        scale = exact_scale(X, middle) if units is None else units[1]
        matrix = covariance(X, weight, scale=scale, middle=middle)
    values = np.linalg.eigvalsh(matrix)[::-1].astype(np.float64)
    values = values[values > 1e-13 * max(float(values[0]), 0.0)]
    return values / float(values.sum()) if len(values) else values


def residual_spectra(eigenvalues: Floats, k: Floats) -> Floats:
    """Return what k clusters leave of the variance of a structureless cloud, along each principal axis.

    Parameters
    ----------
    eigenvalues : ndarray of shape (r,)
        Positive variances along the axes, descending.
    k : ndarray of shape (m,)
        Numbers of clusters, at least 1.

    Returns
    -------
    ndarray of shape (m, r)
        min(lambda_j, theta), where theta solves prod_j max(1, lambda_j / theta) = k^2.

    Notes
    -----
    This is the reverse water-filling of the rate-distortion function of a normal distribution at the rate log k
    [1]_. No k centres can leave less of a normal cloud, and a uniform box that is cut into k equal boxes of equal sides
    leaves exactly this. With r equal variances it is lambda k^(-2/r) on each axis.

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd edition, 2006,
       doi:10.1002/047174882X: theorem 10.3.3.
    """
    counts = np.arange(1, len(eigenvalues) + 1)
    spent = np.cumsum(np.log(eigenvalues)) - 2.0 * np.log(k)[:, None]
    levels = np.exp(spent / counts)
    following = np.append(eigenvalues[1:], 0.0)
    active = np.argmax(levels >= following * (1.0 - 1e-12), axis=1)
    return np.minimum(eigenvalues, levels[np.arange(len(k)), active, None])


@cache
def shape_gain(k: int) -> float:
    """Return by how much (in log WSS) a uniform convex cloud in k cells can fall below a uniform box.

    Parameters
    ----------
    k : int
        Number of clusters, at least 1.

    Returns
    -------
    float
        0 up to k = 2, 0.087 for k = 3 (a triangle), 0.132 for k = 4, 0.193 from about k = 10 on.

    Notes
    -----
    Of the uniform clouds in convex bodies the simplex is the widest for its volume (proved in the plane, conjectured in
    general [1]_), and no body gained more in simulations. The simplex with j corners, cut into the cells nearest to
    its corners, leaves 1 - (H_j - 1)^2 (j + 1) / (j - 1)^2 of its variance, H_j = 1 + 1/2 + ... + 1/j, because its
    points have barycentric coordinates with a flat Dirichlet distribution, whose largest has the mean H_j / j. The
    reference leaves j^(-2 / (j - 1)). What is returned is the largest log ratio for j <= k.

    References
    ----------
    .. [1] S. Brazitikos, A. Giannopoulos, P. Valettas, B.-H. Vritsiou, "Geometry of isotropic convex bodies", American
       Mathematical Society, 2014, doi:10.1090/surv/196: the isotropic constant.
    """
    harmonic, most = 1.0, 0.0
    for j in range(2, min(k, WIDEST_SIMPLEX) + 1):
        harmonic += 1.0 / j
        left = 1.0 - (harmonic - 1.0) ** 2 * (j + 1.0) / (j - 1.0) ** 2
        most = max(most, -2.0 / (j - 1.0) * log(j) - log(left))
    return most
