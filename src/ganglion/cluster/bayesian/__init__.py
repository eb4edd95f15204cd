"""The posterior over all partitions: priors, components, samplers, and what one partition can say for all of them."""

from __future__ import annotations

from ._partition_prior import PartitionPrior, PriorTable, log_prior
from .hyperpriors import Beta, Gamma
from .posterior import ChainHistory, PosteriorSample
from .priors import DirichletProcess, MixtureOfFiniteMixtures, PitmanYor, prior_from_state

__all__ = [
    "Beta",
    "ChainHistory",
    "DirichletProcess",
    "Gamma",
    "MixtureOfFiniteMixtures",
    "PartitionPrior",
    "PitmanYor",
    "PosteriorSample",
    "PriorTable",
    "log_prior",
    "prior_from_state",
]
