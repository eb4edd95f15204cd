"""Criteria that need no row again: from masses, means and scatter of the clusters alone. O(k^2 d) at most."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .._native import core
from ._cluster_moments import ClusterMoments, NextCenters
from ._moments import Floats

# Rows of the matrix of distances between centres that are there at once: 8 MB for a thousand centres.
_CENTER_VALUES = 2**20


def calinski_harabasz(moments: ClusterMoments) -> float:
    """BSS / (k - 1) / (WSS / (n - k)); inf for clusters of equal rows, NaN where k is 1 or n, or all rows are equal."""
    held = int(np.count_nonzero(moments.mass > 0))
    between, within = float(moments.between.sum()), float(moments.within.sum())
    freedom = float(moments.mass.sum()) - held
    if held < 2 or freedom <= 0 or (between == 0 and within == 0):
        return math.nan
    return math.inf if within == 0 else between / (held - 1) / (within / freedom)


def davies_bouldin(moments: ClusterMoments) -> float:
    """Mean over clusters of the largest (S_i + S_j) / |c_i - c_j|; inf where two centres coincide, NaN where k is 1."""
    held = moments.mass > 0
    spread = moments.mean_distance[held]
    if len(spread) < 2:
        return math.nan
    worst = np.zeros(len(spread))
    for rows, squared in center_distances(moments.centers[held]):
        both = spread[rows, None] + spread
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = both / np.sqrt(squared)
        ratio[np.isnan(ratio)] = np.inf  # two clusters on one point are one cluster
        ratio[np.arange(len(ratio)), np.arange(rows.start, rows.stop)] = 0.0
        worst[rows] = ratio.max(axis=1)
    return float(worst.mean())


def xie_beni(moments: ClusterMoments) -> float:
    """WSS / (n min |c_i - c_j|^2); inf where two centres coincide, NaN where k is 1."""
    held = moments.mass > 0
    if np.count_nonzero(held) < 2:
        return math.nan
    nearest = math.inf
    for rows, squared in center_distances(moments.centers[held]):
        squared[np.arange(len(squared)), np.arange(rows.start, rows.stop)] = np.inf
        nearest = min(nearest, float(squared.min()))
    if nearest == 0:
        return math.inf
    return float(moments.within.sum()) / float(moments.mass.sum()) / nearest


def spherical_likelihood(
    moments: ClusterMoments, *, tied: bool = True, unbiased: bool = False
) -> float:
    """Classification log-likelihood sum_i w_i log(pi_a(i) N(x_i; m_a(i), sigma^2 I)) in the units of X.

    `tied` is one sigma for all clusters, of WSS / (n d), or, `unbiased` as in X-means, of WSS / ((n - k) d). inf where
    there is no spread.
    """
    held = moments.mass > 0
    mass, d = moments.mass[held], moments.d
    within, n = moments.within[held], float(mass.sum())
    if tied:
        freedom = np.array([n - len(mass) if unbiased else n])
        within, rows = np.array([within.sum()]), np.array([n])
    else:
        freedom, rows = mass - 1 if unbiased else mass, mass
    if np.any(within <= 0) or np.any(freedom <= 0):
        return math.inf
    log_variance = np.log(within / (freedom * d)) - 2.0 * math.log(moments.scale)
    gaussian = -0.5 * d * (rows * (math.log(2.0 * math.pi) + log_variance) + freedom)
    return float(gaussian.sum() + (mass * np.log(mass / n)).sum())


def spherical_bic(moments: ClusterMoments, *, tied: bool = True, unbiased: bool = False) -> float:
    """-2 log L + p log n of `spherical_likelihood`: lower is better; -inf without spread.

    p counts k - 1 shares, k d means and the variances. With `tied` and `unbiased` it is -2 times the BIC of X-means.
    """
    held = int(np.count_nonzero(moments.mass > 0))
    p = held - 1 + held * moments.d + (1 if tied else held)
    log_likelihood = spherical_likelihood(moments, tied=tied, unbiased=unbiased)
    return -2.0 * log_likelihood + p * math.log(float(moments.mass.sum()))


def simplified_silhouettes(
    found: NextCenters, codes: NDArray[np.integer], n_rows: NDArray[np.int64]
) -> Floats:
    """(b - a) / max(a, b) of the distances a to the own and b to the next centre: (n,); 0 for a single row or k = 1."""
    own, following = np.sqrt(found.own), np.sqrt(found.next)
    larger = np.maximum(own, following)
    judged = (n_rows[codes] > 1) & (larger > 0) & np.isfinite(following)
    return np.divide(following - own, larger, out=np.zeros(len(own)), where=judged)


def mean_and_error(values: Floats, weight: Floats | None = None) -> tuple[float, float]:
    """The (weighted) mean of independent values, and its standard error with Kish's effective number of them."""
    if weight is None:
        n = len(values)
        return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    total = float(weight.sum())
    middle = float((weight * values).sum()) / total
    effective = total**2 / float((weight**2).sum())
    if effective <= 1:
        return middle, math.nan
    variance = float((weight * (values - middle) ** 2).sum()) / total * effective / (effective - 1)
    return middle, math.sqrt(variance / effective)


def center_distances(centers: Floats) -> Iterator[tuple[slice, Floats]]:
    """Squared distances between centres, some rows (m, k) at a time."""
    k = len(centers)
    given = np.ascontiguousarray(centers)
    step = max(1, _CENTER_VALUES // k)
    for start in range(0, k, step):
        rows = slice(start, min(start + step, k))
        squared = np.empty((rows.stop - start, k))
        core.all_distances64(core.Rows64.dense(np.ascontiguousarray(given[rows])), given, squared)
        yield rows, squared
