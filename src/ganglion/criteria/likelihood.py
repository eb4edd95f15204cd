"""BIC and ICL: the likelihood of a mixture of normal distributions, less what its parameters cost."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .._values import check_choice, check_not_negative
from ._gaussians import Gaussians, gaussians, mixture_log_likelihood
from ._judged import judged

_COVARIANCES = ("tied_spherical", "spherical", "diagonal", "tied", "full")


def bic_score(
    X: ArrayLike,
    labels: ArrayLike,
    *,
    covariance: str = "spherical",
    regularization: float = 0.0,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the BIC of the normal mixture that a partition describes.

    Parameters
    ----------
    X : array-like of shape (n, d)
        The points.
    labels : array-like of shape (n,)
        The cluster of each point: any integers, from 1 to n - 1 different ones.
    covariance : {"spherical", "tied_spherical", "diagonal", "tied", "full"}
        What a component's covariance may be: a variance of its own, one variance for all (the model of k-means), a
        variance for each feature, one matrix for all, or a matrix of its own.
    regularization : float, default=0
        Added to all variances, in squared units of X; not negative.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; the weight 2 counts a point twice.

    Returns
    -------
    float
        Any number; differences count.

    Raises
    ------
    ParameterError
        Where labels are not n integers or of n clusters, the covariance is unknown, or a component has no spread: its
        likelihood would be infinite.
    DataError
        Where X is not numeric and finite.

    Notes
    -----
    With shares pi_j = n_j / n, the means and the (maximum likelihood) covariances of the clusters,

        BIC = -2 sum_i w_i log sum_j pi_j N(x_i; m_j, Sigma_j) + p log n  [1]_,

    p the number of free parameters: k - 1 shares, k d means and the covariances'. The parameters are one step of EM
    from the labels, not the maximum of the likelihood: for that, fit a mixture. Lower is better (scikit-learn's sign;
    mclust has the other), also between covariances and with k = 1. It misleads where clusters are not normal: a bent
    one is made up of several; and where few points stand against many parameters. Time O(n k d), with matrices O(n k
    d^2); memory O(k d^2).

    References
    ----------
    .. [1] G. Schwarz, "Estimating the dimension of a model", Annals of Statistics 6(2), 1978,
       doi:10.1214/aos/1176344136.
    .. [2] C. Fraley, A. E. Raftery, "Model-based clustering, discriminant analysis, and density estimation", Journal of
       the American Statistical Association 97(458), 2002, doi:10.1198/016214502760047131: section 2.4.

    Examples
    --------
    >>> from ganglion.criteria import bic_score
    >>> X = [[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]]
    >>> bic_score(X, [0, 0, 0, 1, 1, 1]) < bic_score(X, [0, 0, 0, 0, 0, 0])
    True
    """
    model = _fitted(X, labels, covariance, regularization, sample_weight)
    return -2.0 * mixture_log_likelihood(model) + model.n_parameters * math.log(model.n)


def icl_score(
    X: ArrayLike,
    labels: ArrayLike,
    *,
    covariance: str = "spherical",
    regularization: float = 0.0,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the integrated complete-data likelihood (ICL) of a partition under normal components.

    Parameters
    ----------
    X : array-like of shape (n, d)
        The points.
    labels : array-like of shape (n,)
        The cluster of each point: any integers, from 1 to n - 1 different ones.
    covariance : {"spherical", "tied_spherical", "diagonal", "tied", "full"}
        What a component's covariance may be; see `bic_score`.
    regularization : float, default=0
        Added to all variances, in squared units of X; not negative.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; the weight 2 counts a point twice.

    Returns
    -------
    float
        Any number, never below `bic_score`; differences count.

    Raises
    ------
    ParameterError
        Where labels are not n integers or of n clusters, the covariance is unknown, or a component has no spread: its
        likelihood would be infinite.
    DataError
        Where X is not numeric and finite.

    Notes
    -----
    The BIC with the likelihood of points *and* labels a_i [1]_:

        ICL = -2 sum_i w_i log(pi_a(i) N(x_i; m_a(i), Sigma_a(i))) + p log n .

    Lower is better. What it adds to the BIC is the uncertainty of the labels, so that overlapping components count as
    one cluster. It misleads where clusters do overlap, and finds too few. With ``"tied_spherical"`` it is the criterion
    of X-means, but for the sign and that one's unbiased variance. Time O(n d), with matrices O(n d^2 + k d^3); memory
    O(k d^2).

    References
    ----------
    .. [1] C. Biernacki, G. Celeux, G. Govaert, "Assessing a mixture model for clustering with the integrated completed
       likelihood", IEEE Transactions on Pattern Analysis and Machine Intelligence 22(7), 2000, doi:10.1109/34.865189:
       equation 9.

    Examples
    --------
    >>> from ganglion.criteria import bic_score, icl_score
    >>> X, labels = [[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]], [0, 0, 0, 1, 1, 1]
    >>> icl_score(X, labels) >= bic_score(X, labels)
    True
    """
    model = _fitted(X, labels, covariance, regularization, sample_weight)
    return -2.0 * model.log_likelihood + model.n_parameters * math.log(model.n)


def _fitted(
    X: ArrayLike,
    labels: ArrayLike,
    covariance: str,
    regularization: float,
    sample_weight: ArrayLike | None,
) -> Gaussians:
    check_choice("covariance", covariance, _COVARIANCES)
    added = check_not_negative("regularization", regularization)
    rows = judged(X, labels, sample_weight, "The likelihood of a mixture", fewest=1)
    names = np.unique(np.asarray(labels))
    return gaussians(rows, covariance, added, names)
