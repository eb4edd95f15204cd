"""What every sampler is run on: a few rows for each family of components, and priors of each kind."""

from __future__ import annotations

import numpy as np
from scipy import stats

from ganglion.cluster.bayesian import (
    Bernoulli,
    Beta,
    Categorical,
    DiagonalNormal,
    DirichletProcess,
    Gamma,
    Mixed,
    MixtureOfFiniteMixtures,
    Multinomial,
    Normal,
    PitmanYor,
    Poisson,
    SemiConjugateNormal,
)

ALGORITHMS = ("gibbs", "hybrid")  # those that leave the posterior invariant

PRIORS = {
    "dp": DirichletProcess(concentration=1.0),
    "py": PitmanYor(discount=0.4, concentration=-0.1),
    "mfm": MixtureOfFiniteMixtures(gamma=0.8, n_components_prior=[0.1, 0.2, 0.3, 0.4]),
    "mfm, three": MixtureOfFiniteMixtures(gamma=1.5, n_components_prior=[0.3, 0.3, 0.4]),
    "mfm, function": MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=stats.geom(0.2).logpmf),
}
FREE = {
    "dp": DirichletProcess(concentration=Gamma(shape=1, rate=1)),
    "py": PitmanYor(discount=Beta(a=1, b=2), concentration=Gamma(shape=1, rate=1)),
    "mfm": MixtureOfFiniteMixtures(
        gamma=Gamma(shape=2, rate=2), n_components_prior=[0.2, 0.2, 0.2, 0.2, 0.2]
    ),
}

_rng = np.random.default_rng(3)
REAL = np.array([[-2.1, 0.5], [-1.9, 0.1], [-0.3, -1.2], [0.2, 1.4], [1.8, 0.9]])
COUNTS = _rng.poisson(2.0, size=(5, 3)).astype(float)
HOLES = REAL.copy()
HOLES[1, 0] = HOLES[4, 1] = np.nan
CODES = np.minimum(COUNTS, 2)
CODES_WITH_HOLES = CODES.copy()
CODES_WITH_HOLES[0, 1] = np.nan
BOTH = np.column_stack([REAL[:, 0], COUNTS[:, :2], CODES[:, 2]])

COMPONENTS = {
    "normal": (REAL, Normal()),
    "normal, dof below 2": (REAL, Normal(mean=0.3, kappa=0.2, dof=1.2, scale=[[1, 0.4], [0.4, 2]])),
    "diagonal": (REAL, DiagonalNormal()),
    "diagonal, holes": (HOLES, DiagonalNormal(allow_missing=True)),
    "multinomial": (COUNTS, Multinomial(alpha=0.5)),
    "bernoulli": ((COUNTS > 1).astype(float), Bernoulli(a=0.5, b=0.7)),
    "poisson": (COUNTS, Poisson()),
    "categorical": (CODES, Categorical(alpha=0.4)),
    "categorical, holes": (CODES_WITH_HOLES, Categorical(alpha=0.4, allow_missing=True)),
    "mixed": (BOTH, Mixed({(0,): DiagonalNormal(), (1, 2): Poisson(), (3,): Categorical()})),
    "semi-conjugate": (REAL, SemiConjugateNormal()),
    "semi-conjugate, rate free": (
        REAL[:, :1],
        SemiConjugateNormal(rate=Gamma(shape=0.5, rate=1.0)),
    ),
}


def goes_with(algorithm: str, name: str) -> bool:
    """Whether an algorithm has a kernel for a component: only the collapsed sampler goes without conjugacy."""
    return algorithm == "gibbs" or not name.startswith("semi-conjugate")
