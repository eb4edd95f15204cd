"""Weights of clusters under mean-field inference: sticks of a process, or shares of a finite mixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._errors import ParameterError
from .._priors.components_prior import log_probabilities
from .._priors.partition_prior import PartitionPrior
from .._special import digamma, log_gamma, log_rising
from ..hyperpriors import Gamma
from ..priors import DirichletProcess, MixtureOfFiniteMixtures, PitmanYor

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weighing:
    """What is expected of the weights of K clusters, in their order.

    Attributes
    ----------
    log_weights : ndarray of shape (K,)
        ``E log pi_k``.
    bound : float
        What weights and memberships add to the evidence bound, without the entropy of the memberships.
    concentration : float
        Its mean under q, or the number that was given; gamma of a finite mixture.
    """

    log_weights: Floats
    bound: float
    concentration: float


def weigh(prior: PartitionPrior, counts: Floats, at: float | None = None) -> Weighing:
    """Fit the weights to sums (K,) of responsibilities; `at` is the concentration to start from."""
    if isinstance(prior, MixtureOfFiniteMixtures):
        return _shares(prior, counts)
    if isinstance(prior, DirichletProcess):
        free = prior.concentration
        if isinstance(free, Gamma):
            return _free_sticks(free, counts, free.mean if at is None else at)
        return _sticks(0.0, float(free), counts)
    assert isinstance(prior, PitmanYor)
    number: Any = prior
    return _sticks(float(number.discount), float(number.concentration), counts)


def at_concentration(prior: PartitionPrior, concentration: float | None) -> PartitionPrior:
    """The prior with a free concentration held where it is: what a few rows or one merge can tell of it is little."""
    if prior.free and concentration is not None:
        return DirichletProcess(concentration=concentration)
    return prior


def check_prior(prior: Any) -> None:
    """Mean-field inference needs hyperparameters that are fixed, but for the concentration of a Dirichlet process."""
    if not isinstance(prior, DirichletProcess | PitmanYor | MixtureOfFiniteMixtures):
        raise ParameterError(
            f"prior must be a DirichletProcess, PitmanYor or MixtureOfFiniteMixtures; got {prior!r}."
        )
    if prior.free and not isinstance(prior, DirichletProcess):
        name = next(iter(prior.free))
        raise ParameterError(
            f"Variational inference needs a number for {name}; got {prior.free[name]!r}. Give it one, or use a "
            'DirichletProcess with a Gamma, or algorithm="gibbs".'
        )


def _sticks(discount: float, concentration: float, counts: Floats) -> Weighing:
    """q(v_k) = Beta(1 - discount + N_k, concentration + k discount + N_k+1 + ...) (Blei and Jordan 2006, equation 18).

    All sticks are random, those beyond the last cluster as in the prior, so that bounds of different K compare.
    """
    a, b, tail = _beta_numbers(discount, concentration, counts)
    slopes = digamma(np.stack([a, b, a + b]))
    stick, rest = slopes[0] - slopes[2], slopes[1] - slopes[2]
    log_weights = stick + np.concatenate([[0.0], np.cumsum(rest)[:-1]])
    first, second = a - counts, b - tail
    starts, added = (
        np.stack([first, second, first + second]),
        np.stack([counts, tail, counts + tail]),
    )
    bound = np.array([1.0, 1.0, -1.0]) @ log_rising(starts, added).sum(axis=1)
    return Weighing(log_weights, float(bound), concentration)


def _free_sticks(hyperprior: Gamma, counts: Floats, start: float) -> Weighing:
    """q(concentration) = Gamma(shape + K, rate - sum E log(1 - v_k)) (Blei and Jordan 2006, section 5).

    A few steps between it and the sticks, which end with the sticks: the bound is right wherever they end.
    """
    mean, rate = start, hyperprior.rate
    shape = hyperprior.shape + len(counts)
    for _ in range(4):
        a, b, _ = _beta_numbers(0.0, mean, counts)
        rest = digamma(np.stack([b, a + b]))
        rate = hyperprior.rate - float(np.sum(rest[0] - rest[1]))
        mean = shape / rate
    fitted = _sticks(0.0, mean, counts)
    log_mean = float(digamma(shape)) - np.log(rate)
    bound = fitted.bound + len(counts) * (log_mean - np.log(mean))
    bound += hyperprior.shape * np.log(hyperprior.rate) - float(log_gamma(hyperprior.shape))
    bound += (hyperprior.shape - 1) * log_mean - hyperprior.rate * mean
    entropy = shape - np.log(rate) + float(log_gamma(shape)) + (1 - shape) * float(digamma(shape))
    return Weighing(fitted.log_weights, float(bound + entropy), mean)


def _shares(prior: MixtureOfFiniteMixtures, counts: Floats) -> Weighing:
    """Given K components: q = Dirichlet(gamma + N); the bound includes log P(K), and is one of all K together."""
    number: Any = prior
    gamma, k = float(number.gamma), len(counts)
    log_weights = digamma(gamma + counts) - digamma(k * gamma + counts.sum())
    bound = np.sum(log_rising(np.full(k, gamma), counts)) - log_rising(k * gamma, counts.sum())
    log_k = float(log_probabilities(number.n_components_prior, k, k + 1)[0])
    return Weighing(log_weights, float(bound) + log_k, gamma)


def _beta_numbers(
    discount: float, concentration: float, counts: Floats
) -> tuple[Floats, Floats, Floats]:
    """Parameters (K,) of the sticks, and the sums of all later counts."""
    tail: Floats = np.concatenate([np.cumsum(counts[::-1])[::-1][1:], [0.0]])
    later: Floats = concentration + discount * np.arange(1.0, len(counts) + 1)
    return 1 - discount + counts, later + tail, tail
