"""Densities of counts: rows of them under Dirichlet-multinomial components, columns under gamma-Poisson ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Sparse
from .._components.counts import Multinomial, Poisson
from .._rows import Rows
from .._special import log_gamma, log_rising
from .groups import Groups
from .normals import in_order

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of n rows that are not 0, row by row: values, rows, columns; and the total of each row (n,)."""

    values: Floats
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    totals: Floats


def multinomial_log_marginals(component: Multinomial, rows: Rows, groups: Groups) -> Floats:
    """The log density (K,) of each cluster's rows, their coefficients included (Madsen et al. 2005, equation 2)."""
    alpha = cast("Floats", component.alpha)
    cells = cells_of(rows)
    clusters, columns, counts = _cluster_counts(cells, groups, len(alpha))
    out = groups.sums(_coefficients(cells)) - log_rising(alpha.sum(), groups.sums(cells.totals))
    np.add.at(out, clusters, log_rising(alpha[columns], counts))
    return out


def multinomial_predictives(
    component: Multinomial, new: Rows, rows: Rows, groups: Groups
) -> Floats:
    """Log densities (m, K + 1) of new rows given each cluster, and none: ratios of marginals."""
    alpha = cast("Floats", component.alpha)
    cells, fresh = cells_of(rows), cells_of(new)
    clusters, columns, counts = _cluster_counts(cells, groups, len(alpha))
    totals = np.append(groups.sums(cells.totals), 0.0)
    starts = np.searchsorted(clusters, np.arange(len(groups) + 2))
    coefficient = _coefficients(fresh)
    out = np.empty((len(fresh.totals), len(groups) + 1))
    for c in range(len(groups) + 1):
        known = slice(starts[c], starts[c + 1])
        weights = np.array(alpha)
        weights[columns[known]] += counts[known]
        terms = log_rising(weights[fresh.columns], fresh.values)
        out[:, c] = coefficient - log_rising(alpha.sum() + totals[c], fresh.totals)
        np.add.at(out[:, c], fresh.rows, terms)
    return out


def multinomial_draw(
    component: Multinomial,
    totals: NDArray[np.int64],
    rng: np.random.Generator,
    given: Rows,
    shared: bool,
) -> Floats:
    """Rows (m, d) with these totals of a cluster with members `given`: of one draw of its shares, or of one each."""
    alpha = cast("Floats", component.alpha)
    weights = np.array(alpha)
    cells = cells_of(given)
    np.add.at(weights, cells.columns, cells.values)
    draws = 1 if shared else len(totals)
    shares = np.broadcast_to(dirichlet(weights, draws, rng), (len(totals), len(alpha)))
    return rng.multinomial(totals, shares).astype(np.float64)


def poisson_log_marginals(component: Poisson, rows: Rows, groups: Groups) -> Floats:
    """The log density (K,) of each cluster's rows, missing cells integrated out."""
    shape, rate = _numbers(component)
    counts, sums, factorials = _poisson_sums(rows, groups)
    terms = log_rising(np.broadcast_to(shape, sums.shape), sums) - shape * np.log1p(counts / rate)
    terms -= sums * np.log(rate + counts) + factorials
    return in_order(terms)


def poisson_predictives(component: Poisson, new: Rows, rows: Rows, groups: Groups) -> Floats:
    """Log densities (m, K + 1) of new rows given each cluster, and none: negative binomial."""
    shape, rate = _numbers(component)
    counts, sums, _ = _poisson_sums(rows, groups)
    a, b = np.vstack([shape + sums, shape]), np.vstack([rate + counts, rate])
    out = np.zeros((new.shape[0], len(groups) + 1))
    for j, column in enumerate(new.dense.T):
        values, codes = np.unique(column, return_inverse=True)  # counts repeat
        there = np.isfinite(values)[:, None]
        x = np.where(there, values[:, None], 0.0)
        density = log_rising(np.broadcast_to(a[:, j], (len(x), len(a))), x) - log_gamma(x + 1)
        density -= a[:, j] * np.log1p(1 / b[:, j]) + x * np.log1p(b[:, j])
        out += np.where(there, density, 0.0)[codes.reshape(-1)]
    return out


def poisson_draw(
    component: Poisson, m: int, rng: np.random.Generator, given: Rows, shared: bool
) -> Floats:
    """m rows (m, d) of a cluster with members `given`: of one draw of its means, or of one each."""
    shape, rate = _numbers(component)
    there = np.isfinite(given.dense)
    a = shape + np.where(there, given.dense, 0.0).sum(axis=0)
    b = rate + there.sum(axis=0)
    means = rng.gamma(a, size=(1 if shared else m, len(a))) / b
    return rng.poisson(np.broadcast_to(means, (m, len(a)))).astype(np.float64)


def cells_of(rows: Rows) -> Cells:
    """The cells that are not 0, of sparse or dense rows."""
    n = rows.shape[0]
    if isinstance(rows.values, Sparse):
        at = np.repeat(np.arange(n), np.diff(rows.values.indptr))
        kept = rows.values.values != 0
        values = rows.values.values[kept].astype(np.float64, copy=False)
        at, columns = at[kept], rows.values.columns[kept].astype(np.int64)
    else:
        at, columns = np.nonzero(rows.values)
        values = rows.values[at, columns]
    totals = np.zeros(n)
    np.add.at(totals, at, values)
    return Cells(values, at, columns, totals)


def _cluster_counts(
    cells: Cells, groups: Groups, d: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Clusters, columns and counts of every pair that has any, cluster by cluster."""
    keys = groups.labels[cells.rows].astype(np.int64) * d + cells.columns
    pairs, codes = np.unique(keys, return_inverse=True)
    counts = np.zeros(len(pairs))
    np.add.at(counts, codes.reshape(-1), cells.values)
    return pairs // d, pairs % d, counts


def _coefficients(cells: Cells) -> Floats:
    """log of the multinomial coefficient of each row."""
    out = log_gamma(cells.totals + 1)
    np.subtract.at(out, cells.rows, log_gamma(cells.values + 1))
    return out


def _poisson_sums(rows: Rows, groups: Groups) -> tuple[Floats, Floats, Floats]:
    """Cells that are there, their sums and their log factorials (K, d)."""
    there = np.isfinite(rows.dense)
    x = np.where(there, rows.dense, 0.0)
    return groups.sums(there), groups.sums(x), groups.sums(log_gamma(x + 1))


def dirichlet(weights: Floats, m: int, rng: np.random.Generator) -> Floats:
    """m draws (m, d); by gammas on their logarithm, so that small weights do not all come out as 0 / 0."""
    # Gamma(w) = Gamma(w + 1) U^(1/w) (Stuart 1962)
    log_draws = np.log(rng.gamma(weights + 1, size=(m, len(weights))))
    log_draws += np.log(1 - rng.random((m, len(weights)))) / weights
    shares = np.exp(log_draws - log_draws.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _numbers(component: Poisson) -> tuple[Floats, Floats]:
    number: Any = component
    return number.shape, number.rate
