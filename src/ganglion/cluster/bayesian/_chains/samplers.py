"""Which algorithm moves the chains: a table of what there is, and a choice by what pays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Labels
from ...._errors import ParameterError
from .._components.component import Component
from .._components.semi_conjugate import SemiConjugateNormal
from .._rows import Rows
from .collapsed import GibbsChains
from .driving import Sampler
from .hybrid import hybrid_chains
from .native_model import build_model
from .sweep_model import can_sweep

ALGORITHMS = ("auto", "gibbs", "hybrid", "subcluster", "variational")

# Rows from which the hybrid sampler pays. In 8 columns with 20 clusters its sweeps take a half of the time at 5,000
# rows, a third at 20,000, a sixth at 100,000; the collapsed sampler needs fewer of them where clusters overlap.
_MANY = 10_000


def choose_algorithm(algorithm: str, rows: Rows, component: Component) -> str:
    """The algorithm that "auto" stands for, or an error where a component does not go with the one that was asked for.

    It depends on the shape of the data and on the model alone, so that a seed means the same everywhere.
    """
    n, d = rows.shape
    possible = can_sweep(component, d)
    if algorithm == "auto":
        return "hybrid" if possible and n >= _MANY else "gibbs"
    if algorithm != "gibbs" and not possible:
        raise ParameterError(
            f'algorithm="{algorithm}" needs components whose posterior has a closed form; got {component!r}. Use '
            'algorithm="gibbs", which goes with every component.'
        )
    return algorithm


def build_sampler(
    algorithm: str,
    rows: Rows,
    component: Component,
    starts: Labels,
    seeds: NDArray[np.uint64],
    n_burn_in: int,
) -> Sampler:
    """Chains at their starts; those for many rows may spend two thirds of their burn-in finding clusters quickly."""
    if algorithm == "gibbs":
        return GibbsChains(build_model(rows, component), seeds, starts)
    return hybrid_chains(
        rows, component, seeds, starts, algorithm == "subcluster", n_start=2 * n_burn_in // 3
    )


def drawn_by(sampler: Any, rows: Rows, component: Component) -> dict[str, NDArray[np.float64]]:
    """What chains draw for their component (n_chains,), by name: free rates of SemiConjugateNormal."""
    found: dict[str, NDArray[np.float64]] = {}
    for block, (columns, part) in enumerate(component.parts(rows.shape[1])):
        if isinstance(part, SemiConjugateNormal) and part.is_rate_free:
            own = np.array(columns)
            has_gaps = np.isnan(rows.dense[:, own]).any(axis=0)
            rates = sampler.shared(block)  # complete columns first, as the kernels have them
            for at, column in enumerate(own[np.argsort(has_gaps, kind="stable")].tolist()):
                found[f"rate[{column}]"] = rates[:, at]
    return found
