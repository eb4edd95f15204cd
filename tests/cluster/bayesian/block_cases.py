"""Families with hyperparameters of every size, rows of theirs, and the statistics of their clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ganglion._native import core
from ganglion.cluster.bayesian import components
from ganglion.cluster.bayesian._chains.native_blocks import NativeBlock, native_block

KINDS = ("diagonal_normal", "bernoulli", "poisson", "multinomial", "categorical")
WITH_GAPS = tuple(kind for kind in KINDS if kind != "multinomial")


@dataclass(frozen=True)
class Case:
    """Rows of one family: as an array, as lists (None where missing), and prepared for the kernels."""

    kind: str
    family: dict[str, Any]
    X: np.ndarray
    rows: list[list[float | None]]
    block: NativeBlock

    def statistics(self, capacity):
        """Clusters without members."""
        b = self.block
        return core.ColumnStatistics(b.kind, b.n, b.x, b.numbers, b.sizes, b.csr, capacity)

    def model(self):
        """What chains run on."""
        b = self.block
        model = core.BayesModel(b.n)
        model.add_block(b.kind, b.x, b.numbers, b.sizes, b.csr)
        return model

    def scores(self, statistics, k, own=None):
        """Log densities (n, k); `own` names the cluster that a row is left out of."""
        n = len(self.X)
        own = np.full(n, -1, np.int32) if own is None else np.ascontiguousarray(own, np.int32)
        out = np.empty((n, -(-k // 16) * 16))
        statistics.score_rows(0, k, own, out)
        return out[:, :k]

    def clusters(self, labels, capacity):
        """The statistics of these clusters, each from its members at once."""
        statistics = self.statistics(capacity)
        for c in range(capacity):
            statistics.rebuild(c, np.flatnonzero(labels == c).astype(np.int32))
        return statistics


def make_case(kind, n, d, *, missing=0.0, seed=0):
    """Rows under a family with its own hyperparameters in every column."""
    rng = np.random.default_rng([n, d, seed, KINDS.index(kind)])

    def numbers():
        return np.exp(rng.uniform(-1.5, 1.5, d))

    if kind == "diagonal_normal":
        shape = numbers() if seed % 2 else np.full(d, 1.7)
        family = {"mean": rng.normal(size=d), "kappa": numbers(), "shape": shape, "rate": numbers()}
        X = rng.normal(size=(n, d)) * 3
    elif kind == "bernoulli":
        family = {"a": numbers(), "b": numbers()}
        X = (rng.random((n, d)) < rng.random(d)).astype(float)
    elif kind == "categorical":
        alphas = [np.exp(rng.uniform(-1.5, 1.5, rng.integers(1, 6))) for _ in range(d)]
        family = {"alpha": alphas}
        X = np.column_stack([rng.integers(0, len(a), n) for a in alphas]).astype(float)
    else:
        family = (
            {"alpha": numbers()}
            if kind == "multinomial"
            else {"shape": numbers(), "rate": numbers()}
        )
        # Zeros, ones, counts that are multiplied out and counts that are not.
        X = rng.poisson(rng.gamma(0.4, 12, size=(n, d))).astype(float)
    if missing:
        X[rng.random(X.shape) < missing] = np.nan
    return case_of(kind, family, X)


def case_of(kind, family, X):
    """The case of these rows."""
    names = {"diagonal_normal": "DiagonalNormal"}
    given = family if kind == "multinomial" else family | {"allow_missing": True}
    component = getattr(components, names.get(kind, kind.capitalize()))(**given).resolve(X)
    rows = [[None if np.isnan(value) else float(value) for value in row] for row in X]
    return Case(kind, family, X, rows, native_block(component.check(X), component))
