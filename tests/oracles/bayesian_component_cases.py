"""One table of rows for each component: numbers far from the origin, missing cells where they are allowed."""

from __future__ import annotations

import numpy as np

from ganglion.cluster.bayesian import (
    Bernoulli,
    Categorical,
    DiagonalNormal,
    Mixed,
    Multinomial,
    Normal,
    Poisson,
)

INDEPENDENT = ("diagonal_normal", "bernoulli", "poisson", "categorical")
FAMILIES = ("normal", "multinomial", *INDEPENDENT, "mixed")


def rows_of(kind, n, d, rng, *, missing=0.0):
    """Rows (n, d) that the family describes; a share of the cells is NaN."""
    x = {
        "normal": lambda: rng.normal(size=(n, d)) * 10.0 ** np.arange(d) + 1000,
        "diagonal_normal": lambda: rng.normal(size=(n, d)) * 10.0 ** np.arange(d) - 1000,
        "multinomial": lambda: rng.poisson(1.5, size=(n, d)).astype(float),
        "bernoulli": lambda: rng.integers(0, 2, size=(n, d)).astype(float),
        "poisson": lambda: rng.poisson(3.0, size=(n, d)).astype(float),
        "categorical": lambda: rng.integers(0, 4, size=(n, d)).astype(float),
    }[kind]()
    x[rng.random((n, d)) < missing] = np.nan
    return x


def component_of(kind, d, *, missing=False):
    """A component of the family with hyperparameters that differ from column to column."""
    step = 1.0 + 0.25 * np.arange(d)
    root = np.eye(d) + 0.3 * np.tri(d, k=-1)
    return {
        "normal": lambda: Normal(mean=1000.0, kappa=0.3, dof=d + 0.7, scale=2.0 * root @ root.T),
        "diagonal_normal": lambda: DiagonalNormal(
            mean=-1000.0, kappa=0.2 * step, shape=step, rate=3.0, allow_missing=missing
        ),
        "multinomial": lambda: Multinomial(alpha=0.4 * step),
        "bernoulli": lambda: Bernoulli(a=0.5 * step, b=1.5, allow_missing=missing),
        "poisson": lambda: Poisson(shape=2.0, rate=0.7 * step, allow_missing=missing),
        "categorical": lambda: Categorical(
            alpha=[0.5 * step[j] * np.arange(1, 5) for j in range(d)], allow_missing=missing
        ),
    }[kind]()


def case(kind, n, d, seed, *, missing=0.0):
    """A resolved component and rows that it describes; "mixed" has d columns of three families."""
    rng = np.random.default_rng(seed)
    if kind != "mixed":
        X = rows_of(kind, n, d, rng, missing=missing)
        return component_of(kind, d, missing=missing > 0).resolve(X), X
    kinds = ("categorical", "diagonal_normal", "poisson")
    columns = {tuple(range(i, 3 * d, 3)): kind for i, kind in enumerate(kinds)}
    X = np.empty((n, 3 * d))
    for places, one in columns.items():
        X[:, places] = rows_of(one, n, d, rng, missing=missing)
    parts = {places: component_of(one, d) for places, one in columns.items()}
    return Mixed(parts, allow_missing=missing > 0).resolve(X), X
