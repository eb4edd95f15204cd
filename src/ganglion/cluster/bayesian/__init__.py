"""The posterior over all partitions: priors, components, samplers, and what one partition can say for all of them."""

from __future__ import annotations

from ._log_prior import log_prior
from ._partition_prior import PartitionPrior, PriorTable
from .components import (
    Bernoulli,
    Categorical,
    Component,
    DiagonalNormal,
    Mixed,
    Multinomial,
    Normal,
    Poisson,
    SemiConjugateNormal,
    component_from_state,
    log_marginal,
)
from .hyperpriors import Beta, Gamma
from .posterior import ChainHistory, PosteriorSample
from .priors import DirichletProcess, MixtureOfFiniteMixtures, PitmanYor, prior_from_state

__all__ = [
    "Bernoulli",
    "Beta",
    "Categorical",
    "ChainHistory",
    "Component",
    "DiagonalNormal",
    "DirichletProcess",
    "Gamma",
    "Mixed",
    "MixtureOfFiniteMixtures",
    "Multinomial",
    "Normal",
    "PartitionPrior",
    "PitmanYor",
    "Poisson",
    "PosteriorSample",
    "PriorTable",
    "SemiConjugateNormal",
    "component_from_state",
    "log_marginal",
    "log_prior",
    "prior_from_state",
]
