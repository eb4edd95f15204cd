"""Densities under a normal component without conjugacy, by integrals over one precision for each cluster and one rate.

In one column, with ``t = 1 / sigma^2`` and a cluster of n cells, mean m and scatter S, its mean integrates out:

    L(t) = (t / 2 pi)^(n/2) (1 + n t v)^(-1/2) exp(-t S/2 - n t (m - m0)^2 / (2 (1 + n t v)))

where N(m0, v) is the prior of the mean. What is left, ``int L(t) Gamma(t; a, b) dt`` for each cluster and then
``int Gamma(b; g, h) prod_c (...) db``, are integrals of functions that are analytic and vanish fast in log t and log b:
there the trapezoidal rule converges exponentially (Trefethen and Weideman 2014, DOI 10.1137/130932132, section 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._errors import DataError
from .._components.semi_conjugate import SemiConjugateNormal
from .._rows import Rows
from .._special import log_gamma, log_sum_exp
from .groups import Groups

Floats = NDArray[np.float64]
_NEGLIGIBLE = 45.0
"""Terms smaller than exp(-45) of the largest do not change a sum of thousands in float64."""
_LOG_TAU = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class ColumnPrior:
    """The hyperparameters of one column; g = h = 0 where the rate is the number b."""

    mean: float
    variance: float
    shape: float
    rate: float
    g: float
    h: float


@dataclass(frozen=True)
class ColumnCluster:
    """A cluster in one column: cells that are there, their mean, and the sum of squares round it."""

    n: float
    mean: float
    scatter: float


def column_priors(component: SemiConjugateNormal) -> list[ColumnPrior]:
    """The hyperparameters, column by column."""
    number: Any = component
    g, h = component.rate_numbers()
    rate = np.zeros(len(g)) if component.is_rate_free else number.rate
    columns = zip(number.mean, number.variance, number.shape, rate, g, h, strict=True)
    return [ColumnPrior(*(float(value) for value in each)) for each in columns]


def column_clusters(column: Floats, groups: Groups) -> list[ColumnCluster]:
    """The clusters in one column (n,), missing cells left out."""
    there = np.isfinite(column)
    base = float(column[there][0]) if there.any() else 0.0
    cells = np.where(there, column - base, 0.0)
    counts = groups.sums(there)
    means = groups.sums(cells) / np.maximum(counts, 1)
    left = np.where(there, cells - means[groups.labels], 0.0)
    scatter = groups.sums(left**2)
    scatter[scatter <= counts * (8 * np.finfo(np.float64).eps * means) ** 2] = 0.0  # equal cells
    numbers = zip(counts, base + means, scatter, strict=True)
    return [ColumnCluster(*(float(value) for value in each)) for each in numbers]


def semi_conjugate_log_marginal(
    component: SemiConjugateNormal, rows: Rows, groups: Groups
) -> float:
    """The log density of all rows: rates tie the clusters together, columns stay apart."""
    total = 0.0
    for column, prior in zip(rows.dense.T, column_priors(component), strict=True):
        clusters = [each for each in column_clusters(column, groups) if each.n > 0]
        _, log_weights = rate_posterior(prior, clusters)
        total += float(log_sum_exp(log_weights))
    return total


def semi_conjugate_predictives(
    component: SemiConjugateNormal, new: Rows, rows: Rows, groups: Groups
) -> Floats:
    """Log densities (m, K + 1) of new rows given the partition: mixtures of normals over precisions and rates."""
    out = np.zeros((new.shape[0], len(groups) + 1))
    for j, prior in enumerate(column_priors(component)):
        x = new.dense[:, j]
        there = np.isfinite(x)
        clusters = column_clusters(rows.dense[:, j], groups)
        rates, log_weights = rate_posterior(prior, [each for each in clusters if each.n > 0])
        for c, cluster in enumerate([*clusters, ColumnCluster(0.0, prior.mean, 0.0)]):
            mean, variance, log_share = _mixture(prior, cluster, rates, log_weights)
            z = np.where(there, x, prior.mean)[:, None] - mean
            terms = log_share - 0.5 * (_LOG_TAU + np.log(variance) + z**2 / variance)
            out[:, c] += np.where(there, log_sum_exp(terms, axis=1), 0.0)
    return out


def semi_conjugate_draw(
    component: SemiConjugateNormal, m: int, rng: np.random.Generator, given: Rows, shared: bool
) -> Floats:
    """m rows (m, d) of a cluster with members `given`: of one draw of its parameters, or of one each.

    Without members this is exact. With them, log precisions are drawn from the integral's nodes and spread evenly
    between these; rates are the posterior's given this cluster alone.
    """
    out = np.empty((m, given.shape[1]))
    draws = 1 if shared else m
    for j, prior in enumerate(column_priors(component)):
        if not given.shape[0]:
            rate = rng.gamma(prior.g, size=draws) / prior.h if prior.g else prior.rate
            precision = rng.gamma(prior.shape, size=draws) / rate
            mean = prior.mean + np.sqrt(prior.variance) * rng.standard_normal(draws)
        else:
            one = Groups(
                np.zeros(given.shape[0], np.int32),
                np.arange(given.shape[0]),
                np.array([0, given.shape[0]], dtype=np.intp),
            )
            cluster = column_clusters(given.dense[:, j], one)[0]
            rates, log_weights = rate_posterior(prior, [cluster] if cluster.n else [])
            u, log_shares = _precision_posterior(prior, cluster, rates, log_weights)
            chosen = rng.choice(len(u), size=draws, p=np.exp(log_shares))
            step = u[1] - u[0]
            precision = np.exp(u[chosen] + step * (rng.random(draws) - 0.5))
            weight = cluster.n * precision * prior.variance
            mean = (prior.mean + weight * cluster.mean) / (1 + weight)
            mean += np.sqrt(prior.variance / (1 + weight)) * rng.standard_normal(draws)
        out[:, j] = mean + rng.standard_normal(m) / np.sqrt(precision)
    return out


def rate_posterior(prior: ColumnPrior, clusters: list[ColumnCluster]) -> tuple[Floats, Floats]:
    """Log rates (B,), and the log of what each adds to the integral over the rate."""
    if not prior.g:
        log_rates = np.array([np.log(prior.rate)])
        return log_rates, _log_clusters(prior, clusters, log_rates)
    _refuse_infinite(prior, clusters)
    step = min(0.2, 0.6 / np.sqrt(prior.g + prior.shape * len(clusters)))
    # log b = centre + s - exp(-s): the tail to the left, exp(g log b) at its slowest, then falls double-exponentially.
    low, high = -np.log(_NEGLIGIBLE / min(prior.g, 1.0)) - 0.5, np.log(_NEGLIGIBLE / prior.h)
    centre = _centre(prior, clusters, high)
    s = np.arange(low, high - centre + 1.5 + step, step)
    log_rates = centre + s - np.exp(-s)
    with np.errstate(over="ignore"):
        density = prior.g * (np.log(prior.h) + log_rates) - prior.h * np.exp(log_rates)
    density -= float(log_gamma(prior.g))
    terms = density + _log_clusters(prior, clusters, log_rates) + np.log1p(np.exp(-s))
    return log_rates, terms + np.log(step)


def _refuse_infinite(prior: ColumnPrior, clusters: list[ColumnCluster]) -> None:
    """As b goes to 0 a cluster of n equal cells grows like b^-(n - 1)/2, one with scatter falls like b^a."""
    equal = sum(0.5 * (each.n - 1) for each in clusters if each.scatter == 0)
    apart = sum(prior.shape for each in clusters if each.scatter > 0)
    if prior.g + apart <= equal:
        raise DataError(
            "SemiConjugateNormal has no finite density where clusters hold equal values only and the rate may come as "
            "close to 0 as it likes. Pass a number for rate=."
        )


def _centre(prior: ColumnPrior, clusters: list[ColumnCluster], high: float) -> float:
    """Near the largest term, from a coarse look; s = 2 stands there."""
    coarse = high - np.arange(0.0, 60.0, 1.0)
    height = prior.g * coarse - prior.h * np.exp(coarse) + _log_clusters(prior, clusters, coarse)
    return float(coarse[int(np.argmax(height))]) - 2.0


def _log_clusters(prior: ColumnPrior, clusters: list[ColumnCluster], log_rates: Floats) -> Floats:
    """log prod_c int L_c(t) Gamma(t; a, b) dt for rates b (B,)."""
    total = np.zeros(len(log_rates))
    for cluster in clusters:
        _, terms = _precision_terms(prior, cluster, log_rates)
        total += log_sum_exp(terms, axis=1)
    return total


def _precision_terms(
    prior: ColumnPrior, cluster: ColumnCluster, log_rates: Floats
) -> tuple[Floats, Floats]:
    """Log precisions (U,), and log of what each adds to the integral (B, U) for each rate."""
    n, a = cluster.n, prior.shape
    offset = (cluster.mean - prior.mean) ** 2
    freedom = a + 0.5 * max(n - 1, 0)  # the mean may take half a degree of freedom, or none
    beyond = np.sqrt(2 * _NEGLIGIBLE / freedom)
    largest, least = np.exp(np.max(log_rates)), np.exp(np.min(log_rates))
    low = np.log((a + 0.5 * n) / (largest + 0.5 * (cluster.scatter + n * offset)))
    low -= beyond + _NEGLIGIBLE / freedom
    high = np.log(a + 0.5 * n) - np.log(max(least + 0.5 * cluster.scatter, 1e-300))
    high += beyond + np.log1p(_NEGLIGIBLE / freedom)
    step = min(0.25, 0.6 / np.sqrt(a + 0.5 * n))
    u = np.arange(low, high + step, step)
    with np.errstate(over="ignore"):
        t = np.exp(u)
    weight = 1 + n * t * prior.variance
    terms = 0.5 * n * (u - _LOG_TAU) - 0.5 * np.log(weight) + a * u - float(log_gamma(a))
    terms -= 0.5 * t * cluster.scatter + 0.5 * n * t * offset / weight
    return u, terms + a * log_rates[:, None] - np.exp(log_rates[:, None] + u) + np.log(step)


def _precision_posterior(
    prior: ColumnPrior, cluster: ColumnCluster, log_rates: Floats, log_weights: Floats
) -> tuple[Floats, Floats]:
    """Log precisions (U,) of a cluster and the log of their shares, over the posterior of the rate."""
    kept = log_weights > np.max(log_weights) - _NEGLIGIBLE
    log_rates, log_weights = log_rates[kept], log_weights[kept]
    u, terms = _precision_terms(prior, cluster, log_rates)
    inner = terms - log_sum_exp(terms, axis=1)[:, None]
    mixed = log_sum_exp(inner + log_weights[:, None], axis=0)
    return u, mixed - log_sum_exp(mixed)


def _mixture(
    prior: ColumnPrior, cluster: ColumnCluster, log_rates: Floats, log_weights: Floats
) -> tuple[Floats, Floats, Floats]:
    """Means, variances and log shares (U,) of the normals that a new cell's density is a mixture of."""
    u, log_shares = _precision_posterior(prior, cluster, log_rates, log_weights)
    kept = log_shares > -_NEGLIGIBLE
    t, log_shares = np.exp(u[kept]), log_shares[kept]
    weight = cluster.n * t * prior.variance
    mean = (prior.mean + weight * cluster.mean) / (1 + weight)
    return mean, 1 / t + prior.variance / (1 + weight), log_shares
