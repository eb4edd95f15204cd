"""Criteria that need no row again: from masses, means and scatter of the clusters alone. O(k^2 d) at most.

Those that a curve over k is read from take many partitions together, and give a value for each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .._native import core
from ._cluster_moments import ClusterMoments, NextCenters
from ._moments import Floats, below_one, effective_number
from ._stacked_moments import StackedMoments

# Rows of the matrix of distances between centres that are there at once: 8 MB for a thousand centres.
_CENTER_VALUES = 2**20


def calinski_harabasz(moments: StackedMoments) -> Floats:
    """BSS / (k - 1) / (WSS / (n - k)): (m,).

    inf for clusters of equal rows, NaN where k is 1 or n, or all rows are equal.
    """
    squares = ((moments.centers - moments.middle) ** 2).sum(axis=1)
    between, within = moments.added(moments.mass * squares), moments.added(moments.within)
    held = moments.n_held
    freedom = moments.added(moments.mass) - held
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = between / (held - 1) / (within / freedom)
    return np.where((held < 2) | (freedom <= 0), np.nan, ratio)


def davies_bouldin(moments: StackedMoments) -> Floats:
    """Mean over clusters of the largest (S_i + S_j) / |c_i - c_j|: (m,).

    inf where two centres coincide, NaN where k is 1.
    """
    worst = np.empty(len(moments.mass))
    centers = np.ascontiguousarray(moments.centers)
    core.worst_overlaps(centers, moments.mass, moments.mean_distance, moments.starts, worst)
    held = moments.n_held
    return np.where(held < 2, np.nan, moments.added(worst) / np.maximum(held, 1))


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
    moments: StackedMoments, *, tied: bool = True, unbiased: bool = False
) -> Floats:
    """Classification log-likelihood sum_i w_i log(pi_a(i) N(x_i; m_a(i), sigma^2 I)) in the units of X: (m,).

    `tied` is one sigma for all clusters, of WSS / (n d), or, `unbiased` as in X-means, of WSS / ((n - k) d). inf where
    there is no spread.
    """
    held, d = moments.mass > 0, moments.d
    n = moments.added(moments.mass)
    if tied:
        within, rows = moments.added(moments.within), n
        freedom = n - moments.n_held if unbiased else n
    else:
        within, rows = moments.within[held], moments.mass[held]
        freedom = rows - 1 if unbiased else rows
    flat = (within <= 0) | (freedom <= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_variance = np.log(within / (freedom * d)) - 2.0 * math.log(moments.scale)
    gaussian = -0.5 * d * (rows * (math.log(2.0 * math.pi) + log_variance) + freedom)
    gaussian[flat] = np.inf
    if not tied:
        gaussian = moments.added(_where(held, gaussian))
    sizes = np.diff(moments.starts)
    mass, whole = moments.mass[held], np.repeat(n, sizes)[held]
    return gaussian + moments.added(_where(held, mass * np.log(mass / whole)))


def spherical_bic(moments: StackedMoments, *, tied: bool = True, unbiased: bool = False) -> Floats:
    """-2 log L + p log n of `spherical_likelihood`: (m,); lower is better; -inf without spread.

    p counts k - 1 shares, k d means and the variances. With `tied` and `unbiased` it is -2 times the BIC of X-means.
    """
    held = moments.n_held
    p = held - 1 + held * moments.d + (1 if tied else held)
    log_likelihood = spherical_likelihood(moments, tied=tied, unbiased=unbiased)
    return -2.0 * log_likelihood + p * np.log(moments.added(moments.mass))


def _where(held: NDArray[np.bool_], values: Floats) -> Floats:
    """Put the values of the clusters that have mass into their places (K,); 0 in the others."""
    out = np.zeros(len(held))
    out[held] = values
    return out


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
    middle, error = means_and_errors(values[None], weight)
    return float(middle[0]), float(error[0])


def means_and_errors(values: Floats, weight: Floats | None = None) -> tuple[Floats, Floats]:
    """The same for each row of values (m, n): (m,) and (m,)."""
    m, n = values.shape
    error = np.full(m, np.nan)
    if weight is None:
        if n > 1:
            np.divide(values.std(axis=1, ddof=1), math.sqrt(n), out=error)
        return values.mean(axis=1), error
    weight, effective = below_one(weight), effective_number(weight)
    total = float(weight.sum())
    middle: Floats = np.sum(weight * values, axis=1) / total
    if effective > 1:
        squares = np.sum(weight * (values - middle[:, None]) ** 2, axis=1)
        np.sqrt(squares / total / (effective - 1), out=error)
    return middle, error


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
