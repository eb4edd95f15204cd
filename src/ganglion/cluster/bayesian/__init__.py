"""The posterior over all partitions: priors, components, samplers, and what one partition can say for all of them."""

from __future__ import annotations

from . import check
from ._priors.log_prior import log_prior
from ._priors.partition_prior import PartitionPrior, PriorTable
from .balls import CredibleBall, credible_ball
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
from .diagnostics import Diagnostics, Gap, diagnose
from .estimating import certainty, point_estimate, similarity
from .exporting import to_arviz
from .hyperpriors import Beta, Gamma
from .losses import binder, expected_loss, variation_of_information
from .posterior import ChainHistory, PosteriorSample
from .prediction import Membership, membership
from .priors import DirichletProcess, MixtureOfFiniteMixtures, PitmanYor, prior_from_state
from .sampling import sample_partitions
from .summarising import Summary, wasabi
from .variational import VariationalRun, variational

__all__ = [
    "Bernoulli",
    "Beta",
    "Categorical",
    "ChainHistory",
    "Component",
    "CredibleBall",
    "Diagnostics",
    "DiagonalNormal",
    "DirichletProcess",
    "Gamma",
    "Gap",
    "Membership",
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
    "Summary",
    "VariationalRun",
    "binder",
    "certainty",
    "check",
    "component_from_state",
    "credible_ball",
    "diagnose",
    "expected_loss",
    "log_marginal",
    "log_prior",
    "membership",
    "point_estimate",
    "prior_from_state",
    "sample_partitions",
    "similarity",
    "to_arviz",
    "variation_of_information",
    "variational",
    "wasabi",
]
