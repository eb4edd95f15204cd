"""Conjugate families as mean-field inference sees them: features of rows, and what is expected given their sums.

The density of a row is ``h(x) exp(<eta, t(x)> - A(eta))`` in every family. A factor q(eta) that is conjugate to it is
fixed by the sums of t over the cluster's rows, each with its responsibility; what is asked of it is ``E eta`` (weights
of features), ``-E A`` (a constant), and the log ratio of normalisers: the log marginal density, at fractional counts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .._components.component import Component
from .._densities.normals import cholesky, in_order, log_determinants
from .._rows import Rows
from .._special import digamma, log_gamma, log_rising

Floats = NDArray[np.float64]
Pairs = list[tuple[int, int]]
"""A feature is a column of z, (j, -1), or a product of two."""
_LOG_TAU = float(np.log(2 * np.pi))


class MeanField(ABC):
    """One part of a component, with its own rows.

    Attributes
    ----------
    z : ndarray of shape (n, q)
        What features are made of.
    pairs : list of (int, int)
        The p features.
    base : float
        Sum over the rows of log h(x).
    """

    z: Floats
    pairs: Pairs
    base: float = 0.0

    @abstractmethod
    def expected(self, counts: Floats, sums: Floats) -> tuple[Floats, Floats]:
        """Weights (K, p) and constants (K,), given counts (K,) and sums of features (K, p)."""

    @abstractmethod
    def log_marginals(self, counts: Floats, sums: Floats) -> Floats:
        """Log ratios (K,) of the normalisers after and before the rows."""


class NormalField(MeanField):
    """The normal-inverse-Wishart family: rows less the prior mean, and products of their columns."""

    def __init__(self, component: Any, rows: Rows) -> None:
        self.kappa, self.dof, self.scale = component.kappa, component.dof, component.scale
        self.z = rows.dense - component.mean
        d = self.z.shape[1]
        self.lower = np.tril_indices(d)
        self.pairs = [(j, -1) for j in range(d)]
        self.pairs += [(int(i), int(j)) for i, j in zip(*self.lower, strict=True)]
        self.log_scale = float(log_determinants(self.scale[None])[0])

    def _posterior(self, counts: Floats, sums: Floats) -> tuple[Floats, Floats, Floats]:
        """Kappa (K,), mean (K, d), scale (K, d, d)."""
        d = self.z.shape[1]
        kappa = self.kappa + counts
        mean = sums[:, :d] / kappa[:, None]
        scale = np.empty((len(counts), d, d))
        i, j = self.lower
        packed = self.scale[i, j] + sums[:, d:] - kappa[:, None] * mean[:, i] * mean[:, j]
        scale[:, i, j] = scale[:, j, i] = packed
        return kappa, mean, scale

    def expected(self, counts: Floats, sums: Floats) -> tuple[Floats, Floats]:
        kappa, mean, scale = self._posterior(counts, sums)
        d, dof = mean.shape[1], self.dof + counts
        factor = cholesky(scale)
        root = _inverse(factor)  # E precision = dof root' root
        precision = np.zeros_like(scale)
        for i in range(d):
            precision += root[:, i, :, None] * root[:, i, None, :]
        precision *= dof[:, None, None]
        slope = np.zeros_like(mean)
        for j in range(d):
            slope += precision[:, :, j] * mean[:, j, None]
        i, j = self.lower
        squares = -np.where(i == j, 0.5, 1.0) * precision[:, i, j]
        constant = d * np.log(2.0) - 2 * in_order(np.log(np.diagonal(factor, axis1=1, axis2=2)))
        constant += in_order(digamma(0.5 * (dof[:, None] - np.arange(d, dtype=np.float64))))
        constant = 0.5 * (constant - d * _LOG_TAU - d / kappa - in_order(slope * mean))
        return np.hstack([slope, squares]), constant

    def log_marginals(self, counts: Floats, sums: Floats) -> Floats:
        kappa, mean, scale = self._posterior(counts, sums)
        d, dof = mean.shape[1], self.dof + counts
        total = 0.5 * self.dof * self.log_scale - 0.5 * dof * log_determinants(scale)
        total -= 0.5 * counts * d * np.log(np.pi) + 0.5 * d * np.log(kappa / self.kappa)
        freedom = np.broadcast_to(
            0.5 * (self.dof - np.arange(d, dtype=np.float64)), (len(counts), d)
        )
        return total + in_order(log_rising(freedom, 0.5 * counts[:, None]))


class ColumnField(MeanField):
    """A family with independent columns; where cells are missing, a column of z says which are there."""

    def __init__(self, x: Floats) -> None:
        there = np.isfinite(x)
        self.filled = np.where(there, x, 0.0)
        self.gaps = np.flatnonzero(~there.all(axis=0))
        self.d = x.shape[1]
        self.z = np.hstack([self.filled, there[:, self.gaps].astype(np.float64)])
        self.pairs = [(j, -1) for j in range(self.z.shape[1])]

    def cells(self, counts: Floats, sums: Floats) -> Floats:
        """Cells (K, d) that are there."""
        cells = np.repeat(counts[:, None], self.d, axis=1)
        cells[:, self.gaps] = sums[:, self.d : self.d + len(self.gaps)]
        return cells

    def placed(self, slope: Floats, constant: Floats, *more: Floats) -> tuple[Floats, Floats]:
        """Weights and constants: the constant (K, d) of a column with gaps counts for the cells that are there."""
        whole = np.delete(constant, self.gaps, axis=1)
        return np.hstack([slope, constant[:, self.gaps], *more]), in_order(whole)


class DiagonalField(ColumnField):
    """The normal-gamma family, column by column: rows less the prior mean, and their squares."""

    def __init__(self, component: Any, rows: Rows) -> None:
        super().__init__(rows.dense - component.mean)
        self.kappa, self.shape, self.rate = component.kappa, component.shape, component.rate
        self.pairs += [(j, j) for j in range(self.d)]

    def _posterior(self, counts: Floats, sums: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Cells, mean, shape, rate (K, d)."""
        cells, squares = self.cells(counts, sums), sums[:, -self.d :]
        kappa = self.kappa + cells
        mean = sums[:, : self.d] / kappa
        # Not negative but for rounding, where a cluster is tight and far from the prior mean.
        rate = self.rate + 0.5 * np.maximum(squares - kappa * mean**2, 0.0)
        return cells, mean, self.shape + 0.5 * cells, rate

    def expected(self, counts: Floats, sums: Floats) -> tuple[Floats, Floats]:
        cells, mean, shape, rate = self._posterior(counts, sums)
        precision = shape / rate
        constant = digamma(shape) - np.log(rate) - _LOG_TAU - 1 / (self.kappa + cells)
        constant = 0.5 * (constant - precision * mean**2)
        return self.placed(precision * mean, constant, -0.5 * precision)

    def log_marginals(self, counts: Floats, sums: Floats) -> Floats:
        cells, _, shape, rate = self._posterior(counts, sums)
        terms = -0.5 * cells * np.log(2 * np.pi * self.rate) - 0.5 * np.log1p(cells / self.kappa)
        terms += log_rising(np.broadcast_to(self.shape, cells.shape), 0.5 * cells)
        return in_order(terms - shape * np.log(rate / self.rate))


class BernoulliField(ColumnField):
    """The beta-Bernoulli family: the ones are the features."""

    def __init__(self, component: Any, rows: Rows) -> None:
        super().__init__(rows.dense)
        self.a, self.b = component.a, component.b

    def expected(self, counts: Floats, sums: Floats) -> tuple[Floats, Floats]:
        cells, ones = self.cells(counts, sums), sums[:, : self.d]
        zero = digamma(self.b + np.maximum(cells - ones, 0.0))
        return self.placed(digamma(self.a + ones) - zero, zero - digamma(self.a + self.b + cells))

    def log_marginals(self, counts: Floats, sums: Floats) -> Floats:
        cells, ones = self.cells(counts, sums), sums[:, : self.d]
        terms = _rising(self.a, ones) + _rising(self.b, np.maximum(cells - ones, 0.0))
        return in_order(terms - _rising(self.a + self.b, cells))


class PoissonField(ColumnField):
    """The gamma-Poisson family: the counts are the features."""

    def __init__(self, component: Any, rows: Rows) -> None:
        super().__init__(rows.dense)
        self.shape, self.rate = component.shape, component.rate
        self.base = -float(np.sum(log_gamma(self.filled + 1)))

    def expected(self, counts: Floats, sums: Floats) -> tuple[Floats, Floats]:
        rate, shape = self.rate + self.cells(counts, sums), self.shape + sums[:, : self.d]
        return self.placed(digamma(shape) - np.log(rate), -shape / rate)

    def log_marginals(self, counts: Floats, sums: Floats) -> Floats:
        cells, events = self.cells(counts, sums), sums[:, : self.d]
        terms = _rising(self.shape, events) - self.shape * np.log1p(cells / self.rate)
        return in_order(terms - events * np.log(self.rate + cells))


class ShareField(MeanField):
    """Dirichlet families: blocks of features whose shares add up to 1, such as words, or categories of a column."""

    def __init__(self, z: Floats, alphas: tuple[Floats, ...], base: float) -> None:
        self.z, self.base, self.alphas = z, base, alphas
        self.pairs = [(j, -1) for j in range(z.shape[1])]
        ends = np.cumsum([len(alpha) for alpha in alphas])
        self.blocks = [slice(int(e) - len(a), int(e)) for a, e in zip(alphas, ends, strict=True)]

    def expected(self, counts: Floats, sums: Floats) -> tuple[Floats, Floats]:
        weights = np.empty_like(sums)
        for alpha, block in zip(self.alphas, self.blocks, strict=True):
            total = alpha.sum() + in_order(sums[:, block])
            weights[:, block] = digamma(alpha + sums[:, block]) - digamma(total)[:, None]
        return weights, np.zeros(len(counts))

    def log_marginals(self, counts: Floats, sums: Floats) -> Floats:
        out = np.zeros(len(counts))
        for alpha, block in zip(self.alphas, self.blocks, strict=True):
            out += in_order(_rising(alpha, sums[:, block]))
            out -= log_rising(alpha.sum(), in_order(sums[:, block]))
        return out


def _multinomial(component: Any, rows: Rows) -> MeanField:
    counts = rows.dense
    base = float(np.sum(log_gamma(counts.sum(axis=1) + 1)) - np.sum(log_gamma(counts + 1)))
    return ShareField(counts, (component.alpha,), base)


def _categorical(component: Any, rows: Rows) -> MeanField:
    alphas = cast("tuple[Floats, ...]", component.alpha)
    codes = [np.arange(len(alpha)) for alpha in alphas]
    hot = [rows.dense[:, [j]] == each for j, each in enumerate(codes)]
    return ShareField(np.hstack(hot).astype(np.float64), alphas, 0.0)


FIELDS: dict[str, Any] = {
    "normal": NormalField,
    "diagonal_normal": DiagonalField,
    "bernoulli": BernoulliField,
    "poisson": PoissonField,
    "multinomial": _multinomial,
    "categorical": _categorical,
}


def mean_field(component: Component, rows: Rows) -> MeanField:
    """One family's part of the rows."""
    return FIELDS[component.kind](component, rows)


def _rising(a: Floats, counts: Floats) -> Floats:
    return log_rising(np.broadcast_to(a, counts.shape), counts)


def _inverse(lower: Floats) -> Floats:
    """Inverses (K, d, d) of lower factors, row by row."""
    out = np.zeros_like(lower)
    for i in range(lower.shape[1]):
        for j in range(i):
            out[:, i] -= lower[:, i, j, None] * out[:, j]
        out[:, i, i] += 1.0
        out[:, i] /= lower[:, i, i, None]
    return out
