"""The marginal likelihood of every partition of a few points, from that of every set of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._components.component import Component
from .._components.semi_conjugate import SemiConjugateNormal
from .._densities.partitioned import log_marginal
from .._densities.semi_conjugate import ColumnPrior, column_priors
from .._rows import Rows
from .._special import log_gamma, log_sum_exp

_STEP = 0.25  # of the trapezoidal rule on logarithms; the error is below exp(-2 pi (pi / 2) / step)
_NATS = 45.0  # what lies further below the largest term is left out


def log_marginals(
    partitions: NDArray[np.int8], rows: Rows, component: Component
) -> NDArray[np.float64]:
    """log p(X | partition) for each of some partitions (m, n), with a component that is resolved."""
    sets = _sets(partitions)
    total = np.zeros(len(partitions))
    for columns, family in component.parts(rows.shape[1]):
        x = np.ascontiguousarray(rows.dense[:, list(columns)])
        if isinstance(family, SemiConjugateNormal):
            for column, prior in zip(x.T, column_priors(family), strict=True):
                total += _semi_conjugate(sets, column, prior)
        else:
            total += _together(sets, _of_each_set(x, family))
    return total


def _sets(partitions: NDArray[np.int8]) -> NDArray[np.int64]:
    """The members of each cluster of each partition as the bits of a number (m, n); 0 is no cluster."""
    n = partitions.shape[1]
    bits = np.array([1 << i for i in range(n)], dtype=np.int64)
    members = [(partitions == c).astype(np.int64) @ bits for c in range(n)]
    return np.stack(members, axis=1)


def _together(sets: NDArray[np.int64], of_each_set: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over a partition's clusters, from a table over all sets of points whose entry 0 is 0."""
    return np.sum(of_each_set[sets], axis=1)


def _of_each_set(x: NDArray[np.float64], family: Component) -> NDArray[np.float64]:
    """log m of each of the 2^n sets of rows, as bits."""
    n = len(x)
    table = np.zeros(1 << n)
    for members in range(1, 1 << n):
        chosen = x[[i for i in range(n) if members >> i & 1]]
        table[members] = log_marginal(chosen, np.zeros(len(chosen), np.int64), family)
    return table


def _semi_conjugate(
    sets: NDArray[np.int64], x: NDArray[np.float64], prior: ColumnPrior
) -> NDArray[np.float64]:
    """log p(x | partition) for one column: precisions integrated in each cluster, then the rate that they share."""
    log_rate, weight = np.log([prior.rate or 1.0]), np.zeros(1)
    if prior.g > 0:
        low, high = -_NATS / min(prior.g, 1), np.log(prior.g + 2 * _NATS)
        log_rate = np.arange(low, high, _STEP) - np.log(prior.h)
        weight = prior.g * log_rate - prior.h * np.exp(log_rate)
        kept = weight > weight.max() - _NATS
        log_rate, weight = log_rate[kept], weight[kept]
    low = -log_rate.max() - _NATS / min(prior.shape, 1)
    log_tau = np.arange(low, np.log(prior.shape + 2 * _NATS) - log_rate.min(), _STEP)
    likelihood = _given_precision(x, prior, log_tau)
    tables = _integrated(likelihood, log_tau, log_rate, prior.shape)
    given_rate = np.stack([_together(sets, table) for table in tables])
    return log_sum_exp(given_rate + (weight - log_sum_exp(weight))[:, None], axis=0)


def _given_precision(
    x: NDArray[np.float64], prior: ColumnPrior, log_tau: NDArray[np.float64]
) -> NDArray[np.float64]:
    """log density (2^n, precisions) of each set of points: normal with covariance I / tau + variance 11'."""
    n = x.size
    members = (np.arange(1 << n)[:, None] >> np.arange(n)) & np.isfinite(x)
    left = np.where(np.isfinite(x), x - prior.mean, 0.0)
    count, total = members.sum(axis=1), members @ left
    tau = np.exp(log_tau)
    shrunk = 1 + count[:, None] * tau * prior.variance
    mean = total / np.maximum(count, 1)
    scatter = np.sum(members * (left - mean[:, None]) ** 2, axis=1)
    quadratic = tau * (scatter[:, None] + (count * mean**2)[:, None] / shrunk)
    return 0.5 * (count[:, None] * (log_tau - np.log(2 * np.pi)) - np.log(shrunk) - quadratic)


def _integrated(
    likelihood: NDArray[np.float64],
    log_tau: NDArray[np.float64],
    log_rate: NDArray[np.float64],
    shape: float,
) -> NDArray[np.float64]:
    """log m (rates, 2^n) of each set of points: the trapezoidal rule over the logarithm of the precision."""
    largest = likelihood.max(axis=1)
    scaled = np.exp(likelihood - largest[:, None]).T
    found = np.empty((log_rate.size, likelihood.shape[0]))
    for i, r in enumerate(log_rate):
        log_density = shape * (r + log_tau) - np.exp(r + log_tau) - log_gamma(shape)
        with np.errstate(divide="ignore"):
            found[i] = np.log(np.exp(log_density) @ scaled * _STEP) + largest
    found[:, 0] = 0.0  # no points: no density
    return found
