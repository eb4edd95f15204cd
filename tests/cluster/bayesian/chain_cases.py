"""Small data under small models, and chains on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ganglion._native import core
from ganglion.cluster.bayesian import DirichletProcess, MixtureOfFiniteMixtures, PitmanYor
from ganglion.cluster.bayesian._chains.collapsed import ChainOptions, GibbsChains
from ganglion.cluster.bayesian._chains.native_model import build_model
from oracles.bayesian_chains import normal_marginal
from oracles.bayesian_components import clusters_of

PRIORS = {
    "dp": DirichletProcess(concentration=0.8),
    "py": PitmanYor(discount=0.4, concentration=0.5),
    "mfm": MixtureOfFiniteMixtures(gamma=0.7, n_components_prior=[0.1, 0.3, 0.2, 0.2, 0.1, 0.1]),
    "bounded": MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.5, 0.5]),
}


@dataclass(frozen=True)
class NormalCase:
    """Rows under a normal-inverse-Wishart prior; no rows stand for a likelihood of 1."""

    X: np.ndarray
    mean: np.ndarray
    kappa: float
    dof: float
    scale: np.ndarray

    def model(self) -> core.BayesModel:
        """Return the compiled model."""
        model = core.BayesModel(len(self.X))
        model.add_block("normal", self.X, self.numbers, [])
        return model

    @property
    def numbers(self) -> list[np.ndarray]:
        """What the kernels take."""
        return [self.mean, np.array([self.kappa, self.dof]), self.scale]

    def marginal(self):
        """Return the naive log marginal of a list of rows, remembered."""

        @cache
        def of(members: tuple[int, ...]) -> float:
            return normal_marginal(self.X[list(members)], self) if members else 0.0

        return lambda members: of(tuple(members))

    def log_likelihood(self, labels) -> float:
        """Of a whole partition."""
        marginal = self.marginal()
        return sum(marginal(members) for members in clusters_of(labels))


def normal_case(n: int, d: int, seed: int = 0, spread: float = 2.0, copies: int = 0) -> NormalCase:
    """Rows round three places; the last `copies` of them equal the first one."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(3, d))[rng.integers(0, 3, n)] * spread + rng.normal(size=(n, d))
    X[n - copies :] = X[0]
    root = rng.normal(size=(d, d)) / np.sqrt(d)
    scale = root @ root.T + np.eye(
        d
    )  # a nearly singular one would cost both sides their last digits
    return NormalCase(X, rng.normal(size=d), 0.3, d + 1.5, scale)


def words(n_chains: int, seed: int = 0) -> np.ndarray:
    """First states of streams."""
    return np.random.default_rng(seed).integers(1, 2**63, size=(n_chains, 4)).astype(np.uint64)


def chains(case, labels, seed: int = 0, **options) -> GibbsChains:
    """Chains of a case from these starts (n_chains, n)."""
    labels = np.atleast_2d(labels)
    return GibbsChains(case.model(), words(len(labels), seed), labels, ChainOptions(**options))


def chains_on(X, component, labels, **options) -> GibbsChains:
    """Chains on rows under a resolved component from these starts (n_chains, n)."""
    model = build_model(component.check(X), component)
    return GibbsChains(model, words(len(labels)), labels, ChainOptions(**options))
