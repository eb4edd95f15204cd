"""The Bayesian information criterion of round normal clusters, as X-means has it."""

from __future__ import annotations

from math import inf, log, nan

import numpy as np

from ..criteria._from_moments import spherical_bic
from ..criteria._moments import Floats
from ..criteria._stacked_moments import StackedMoments
from ._reading import number_word
from ._sweep import Sweep
from .verdict import Verdict

# A cluster of fewer rows has no variance to speak of: its likelihood would win by itself.
LEAST_ROWS = 5


def bic(sweep: Sweep) -> Verdict:
    """Name the k of the lowest Bayesian information criterion of spherical normal clusters.

    Parameters
    ----------
    sweep : Sweep
        The clusterings over k.

    Returns
    -------
    Verdict
        The k of the lowest value, 1 included; None where points coincide with their centres, so that the likelihood
        has no bound. Columns "bic" (one variance for all clusters, the formula of X-means) and "bic_by_cluster" (a
        variance for each cluster, NaN where one has fewer than 5 points); the lower of the two counts.

    Notes
    -----
    BIC(k) = -2 log L + p log n, where L is the classification likelihood sum_i log(pi_j N(x_i; c_j, sigma_j^2 I)) at
    the labels of k-means, with p = k - 1 + k d + 1 parameters, or + k where each cluster has its own variance [1]_.
    Where one normal cluster with a full covariance has a lower value than all k, the answer is 1: a long cloud is no
    row of round ones. Time O(n d) for each k and O(n d^2) once. The rule takes the model at its word: several clusters
    that are long, or skewed, are cut into round pieces.

    References
    ----------
    .. [1] D. Pelleg, A. Moore, "X-means: extending k-means with efficient estimation of the number of clusters", ICML
       2000: section 3.2.
    """
    tied = spherical_bic(sweep.moments, tied=True, unbiased=True)
    own = _by_cluster(sweep.moments)
    columns = {"bic": tuple(tied.tolist()), "bic_by_cluster": tuple(own.tolist())}
    lowest = np.fmin(
        np.where(np.isfinite(tied), tied, np.nan), np.where(np.isfinite(own), own, np.nan)
    )
    without_spread = np.isneginf(tied) | np.isneginf(own)
    if without_spread.any() or np.isnan(lowest).all():
        return Verdict(
            None,
            "Points coincide with their centres: the likelihood of normal clusters has no bound.",
            columns,
        )
    k = sweep.k[int(np.nanargmin(lowest))]
    one = _one_normal(sweep)
    if k > 1 and one < np.nanmin(lowest):
        return Verdict(
            1,
            "The Bayesian information criterion is lower for one normal cluster of any shape than for any number of "
            "round ones.",
            columns,
        )
    return Verdict(
        k,
        f"The Bayesian information criterion of round normal clusters is lowest for {number_word(k)}.",
        columns,
    )


def _by_cluster(moments: StackedMoments) -> Floats:
    """Return the BIC with a variance for each cluster; NaN where one has too few rows to tell it."""
    rows = np.where(moments.mass > 0, moments.n_rows, LEAST_ROWS)
    fewest = np.minimum.reduceat(rows, moments.starts[:-1])
    values = spherical_bic(moments, tied=False)
    return np.where((fewest >= LEAST_ROWS) & np.isfinite(values), values, nan)


def _one_normal(sweep: Sweep) -> float:
    """Return the BIC of one normal distribution with a full covariance; inf where a column repeats others."""
    share = sweep.spectrum
    n, d = sweep.n_effective, sweep.X.shape[1]
    total = float(sweep.moments.mass[sweep.moments.of(0)].sum())
    if len(share) < d or n <= d + 1:
        return inf
    variances = share * (sweep.tss / total)
    deviance = total * float(np.sum(np.log(2.0 * np.pi * variances) + 1.0))
    return deviance + (d + d * (d + 1) / 2.0) * log(total)
