"""Draws from the variational approximation, in the form that draws of chains have."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._errors import ParameterError
from ....progress import Progress, Step
from .._chains.collapsed import GibbsChains
from .._chains.driving import Plan
from .._chains.native_model import build_model
from .._components.component import Component
from .._priors.log_prior import log_priors
from .._priors.partition_prior import PartitionPrior
from .._rows import Rows
from ..posterior import PosteriorSample, StoppedBy
from ..variational import variational

Floats = NDArray[np.float64]

# Partitions whose log likelihoods are computed together: each takes some 20 bytes a row.
_AT_ONCE = 16


def sample_approximation(
    rows: Rows,
    prior: PartitionPrior,
    component: Component,
    plan: Plan,
    *,
    rng: np.random.Generator,
    progress: Progress | None,
    seconds: float | None,
) -> PosteriorSample:
    """Independent draws of memberships from the approximation, as many as chains would have given."""
    ends: list[StoppedBy] = []
    begin = time.monotonic()

    def told(step: Step) -> bool:
        if progress is not None and progress(step) is True:
            ends.append("progress")
        elif seconds is not None and time.monotonic() - begin >= seconds:
            ends.append("time_budget")
        return bool(ends)

    run = variational(
        rows, prior, component, random_state=rng, memory_limit=plan.memory_limit, progress=told
    )
    shape = (plan.n_chains, plan.n_draws)
    plan.check(len(run.sizes))
    draws = run.sample_labels(plan.n_chains * plan.n_draws, rng)
    log_prior = log_priors([np.bincount(labels) for labels in draws], prior)
    log_likelihood = _log_likelihoods(rows, component, draws)
    return PosteriorSample(
        draws.reshape(*shape, plan.n_samples),
        (log_prior + log_likelihood).reshape(shape),
        prior,
        component,
        {name: np.full(shape, run.concentration) for name in prior.free},
        "variational",
        ends[0] if ends else "n_draws",
    )


def refuse_what_needs_chains(**given: Any) -> None:
    """Parameters that only chains have must be left alone; `given` maps a name to whether it is not."""
    for name, is_given in given.items():
        if is_given:
            raise ParameterError(
                f'algorithm="variational" has no chains, so {name} means nothing to it. Leave {name} out, or use '
                'algorithm="gibbs" or "hybrid".'
            )


def _log_likelihoods(rows: Rows, component: Component, draws: NDArray[Any]) -> Floats:
    """The log marginal likelihood (B,) of each partition (B, n), by the samplers' kernels."""
    model = build_model(rows, component)
    seeds = np.ones((_AT_ONCE, 4), np.uint64)  # nothing is drawn
    parts = (draws[at : at + _AT_ONCE] for at in range(0, len(draws), _AT_ONCE))
    found = [GibbsChains(model, seeds[: len(part)], part).log_likelihood for part in parts]
    return np.concatenate(found)
