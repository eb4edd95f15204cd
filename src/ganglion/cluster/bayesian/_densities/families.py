"""One row for each family of components: its densities and its draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._components.component import Component
from .._rows import Rows
from . import categories, counts, normals, semi_conjugate
from .groups import Groups

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Family:
    """What is computed with a resolved component of one family.

    Attributes
    ----------
    log_marginals : (component, rows, groups) -> (K,), or None where clusters do not stand apart
        The log density of each cluster's rows.
    predictives : (component, new, rows, groups) -> (m, K + 1)
        Log densities of new rows given each cluster, and none.
    draw : (component, m, rng, given, shared) -> (m, d)
        Rows of a cluster with members `given`; m are totals (m,) for Multinomial.
    """

    log_marginals: Callable[[Any, Rows, Groups], Floats] | None
    predictives: Callable[[Any, Rows, Rows, Groups], Floats]
    draw: Callable[[Any, Any, np.random.Generator, Rows, bool], Floats]


FAMILIES: dict[str, Family] = {
    "normal": Family(normals.normal_log_marginals, normals.normal_predictives, normals.normal_draw),
    "diagonal_normal": Family(
        normals.diagonal_log_marginals, normals.diagonal_predictives, normals.diagonal_draw
    ),
    "multinomial": Family(
        counts.multinomial_log_marginals, counts.multinomial_predictives, counts.multinomial_draw
    ),
    "poisson": Family(
        counts.poisson_log_marginals, counts.poisson_predictives, counts.poisson_draw
    ),
    "bernoulli": Family(
        categories.bernoulli_log_marginals,
        categories.bernoulli_predictives,
        categories.bernoulli_draw,
    ),
    "categorical": Family(
        categories.categorical_log_marginals,
        categories.categorical_predictives,
        categories.categorical_draw,
    ),
    "semi_conjugate_normal": Family(
        None, semi_conjugate.semi_conjugate_predictives, semi_conjugate.semi_conjugate_draw
    ),
}


def partition_log_density(component: Component, rows: Rows, groups: Groups) -> float:
    """The log density of rows under a partition, of one family."""
    log_marginals = FAMILIES[component.kind].log_marginals
    if log_marginals is None:
        assert isinstance(component, semi_conjugate.SemiConjugateNormal)
        return semi_conjugate.semi_conjugate_log_marginal(component, rows, groups)
    return float(np.sum(log_marginals(component, rows, groups)))
