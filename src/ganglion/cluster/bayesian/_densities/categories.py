"""Densities of categories: columns of 0 and 1 under beta priors, of codes under Dirichlet priors."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .._components.categories import Bernoulli, Categorical
from .._rows import Rows
from .._special import log_rising
from .counts import dirichlet
from .groups import Groups
from .normals import in_order

Floats = NDArray[np.float64]


def bernoulli_log_marginals(component: Bernoulli, rows: Rows, groups: Groups) -> Floats:
    """The log density (K,) of each cluster's rows, missing cells integrated out."""
    a, b = _numbers(component)
    counts, ones = _bernoulli_sums(rows, groups)
    terms = log_rising(np.broadcast_to(a, ones.shape), ones)
    terms += log_rising(np.broadcast_to(b, ones.shape), counts - ones)
    terms -= log_rising(np.broadcast_to(a + b, ones.shape), counts)
    return in_order(terms)


def bernoulli_predictives(component: Bernoulli, new: Rows, rows: Rows, groups: Groups) -> Floats:
    """Log densities (m, K + 1) of new rows given each cluster, and none."""
    a, b = _numbers(component)
    counts, ones = _bernoulli_sums(rows, groups)
    total = np.log(np.vstack([a + b + counts, a + b]))
    one = np.log(np.vstack([a + ones, a])) - total
    zero = np.log(np.vstack([b + counts - ones, b])) - total
    out = np.zeros((new.shape[0], len(groups) + 1))
    for j, column in enumerate(new.dense.T):
        density = np.where(column[:, None] == 1, one[:, j], zero[:, j])
        out += np.where(np.isfinite(column)[:, None], density, 0.0)
    return out


def bernoulli_draw(
    component: Bernoulli, m: int, rng: np.random.Generator, given: Rows, shared: bool
) -> Floats:
    """m rows (m, d) of a cluster with members `given`: of one draw of its shares, or of one each."""
    a, b = _numbers(component)
    ones, zeros = (given.dense == 1).sum(axis=0), (given.dense == 0).sum(axis=0)
    shares = rng.beta(a + ones, b + zeros, size=(1 if shared else m, len(a)))
    return (rng.random((m, len(a))) < shares).astype(np.float64)


def categorical_log_marginals(component: Categorical, rows: Rows, groups: Groups) -> Floats:
    """The log density (K,) of each cluster's rows, missing cells integrated out."""
    out = np.zeros(len(groups))
    for column, alpha in zip(rows.dense.T, _alphas(component), strict=True):
        counts = _category_counts(column, groups, len(alpha))
        terms = log_rising(np.broadcast_to(alpha, counts.shape), counts)
        out += in_order(terms) - log_rising(alpha.sum(), in_order(counts))
    return out


def categorical_predictives(
    component: Categorical, new: Rows, rows: Rows, groups: Groups
) -> Floats:
    """Log densities (m, K + 1) of new rows given each cluster, and none."""
    out = np.zeros((new.shape[0], len(groups) + 1))
    for j, alpha in enumerate(_alphas(component)):
        counts = _category_counts(rows.dense[:, j], groups, len(alpha))
        weights = np.vstack([alpha + counts, alpha])
        table = np.log(weights) - np.log(in_order(weights))[:, None]
        there = np.isfinite(new.dense[:, j])
        codes = np.where(there, new.dense[:, j], 0).astype(np.intp)
        out += np.where(there[:, None], table.T[codes], 0.0)
    return out


def categorical_draw(
    component: Categorical, m: int, rng: np.random.Generator, given: Rows, shared: bool
) -> Floats:
    """m rows (m, d) of a cluster with members `given`: of one draw of its shares, or of one each."""
    out = np.empty((m, given.shape[1]))
    for j, alpha in enumerate(_alphas(component)):
        column = given.dense[:, j]
        codes = column[np.isfinite(column)].astype(np.intp)
        weights = alpha + np.bincount(codes, minlength=len(alpha))
        edges = np.cumsum(dirichlet(weights, 1 if shared else m, rng), axis=1)
        edges[:, -1] = 1.0  # the sum may end below a draw
        out[:, j] = (rng.random((m, 1)) >= edges).sum(axis=1)
    return out


def _category_counts(column: Floats, groups: Groups, v: int) -> Floats:
    """Members (K, v) of each cluster with each category in one column."""
    there = np.isfinite(column)
    keys = groups.labels[there].astype(np.int64) * v + column[there].astype(np.int64)
    return np.bincount(keys, minlength=len(groups) * v).reshape(len(groups), v).astype(np.float64)


def _bernoulli_sums(rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
    """Cells that are there, and ones among them (K, d)."""
    return groups.sums(np.isfinite(rows.dense)), groups.sums(rows.dense == 1)


def _numbers(component: Bernoulli) -> tuple[Floats, Floats]:
    number: Any = component
    return number.a, number.b


def _alphas(component: Categorical) -> tuple[Floats, ...]:
    return cast("tuple[Floats, ...]", component.alpha)
