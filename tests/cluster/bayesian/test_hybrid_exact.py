"""Chains for many rows visit partitions as often as the enumerated posterior says, for every prior and component."""

import numpy as np
import pytest

from ganglion.cluster.bayesian import (
    Bernoulli,
    Categorical,
    DiagonalNormal,
    DirichletProcess,
    Mixed,
    MixtureOfFiniteMixtures,
    Multinomial,
    Normal,
    PitmanYor,
    Poisson,
    log_marginal,
    log_prior,
)
from ganglion.cluster.bayesian._chains.hybrid import hybrid_chains, prior_chains

PRIORS = {
    "dp": DirichletProcess(concentration=1.0),
    "py": PitmanYor(discount=0.4, concentration=0.5),
    "py, negative concentration": PitmanYor(discount=0.5, concentration=-0.2),
    "mfm": MixtureOfFiniteMixtures(gamma=0.7, n_components_prior=[0.2, 0.3, 0.3, 0.2]),
}
RNG = np.random.default_rng(5)
GAPS = RNG.normal(size=(5, 2))
GAPS[1, 0] = GAPS[3, 1] = GAPS[4, 1] = np.nan
CODES = np.array([[0, 1], [0, 0], [1, 2], [2, np.nan], [1, 2.0]])
CASES = {
    "normal": (np.array([[-2.1], [-1.9], [-0.3], [0.2], [1.8]]), Normal(kappa=0.1, dof=4.0)),
    "normal, d=2": (RNG.normal(size=(5, 2)), Normal()),
    "normal, d=3": (RNG.normal(size=(5, 3)) * [1, 10, 0.1] + 100, Normal(kappa=0.5)),
    "diagonal": (RNG.normal(size=(5, 3)), DiagonalNormal()),
    "diagonal, missing": (GAPS, DiagonalNormal(allow_missing=True)),
    "bernoulli": (np.array([[1, 0], [1, 0], [0, 1], [0, 0], [0, 1.0]]), Bernoulli(a=0.5, b=0.7)),
    "poisson": (np.array([[3.0], [4], [0], [11], [9]]), Poisson(shape=1.5, rate=0.3)),
    "multinomial": (np.array([[3.0, 1], [2, 0], [0, 5], [0, 0], [1, 3]]), Multinomial(alpha=0.6)),
    "categorical, missing": (CODES, Categorical(alpha=0.4, allow_missing=True)),
    "mixed": (
        np.column_stack([GAPS[:, 1], RNG.normal(size=(5, 2)), CODES[:, 1], [1, 2, 0, 6, 3]]),
        Mixed(
            {
                (1, 2): Normal(),
                0: DiagonalNormal(),
                3: Categorical(alpha=0.5),
                4: Poisson(shape=1.0, rate=0.5),
            },
            allow_missing=True,
        ),
    ),
}


def partitions(n):
    """All partitions of n points, canonical."""
    grown = [(0,)]
    for _ in range(n - 1):
        grown = [(*p, c) for p in grown for c in range(max(p) + 2)]
    return grown


def canonical(labels):
    seen = {}
    return tuple(seen.setdefault(label, len(seen)) for label in labels.tolist())


def visits(chains, prior, n, n_sweeps):
    """How often each partition was seen after a sweep (n_batches, n_partitions): batches of chains and times."""
    every = {p: i for i, p in enumerate(partitions(n))}
    tables = [prior.table(n)] * chains.n_chains
    seen = np.zeros((10 * chains.n_chains, len(every)))
    for sweep in range(n_sweeps):
        chains.advance(tables, 1)
        for chain, labels in enumerate(chains.labels):
            seen[chain * 10 + sweep * 10 // n_sweeps, every[canonical(labels)]] += 1
    return seen / seen.sum(axis=1, keepdims=True)


def assert_same_distribution(seen, expected):
    """Total variation within three times what batches of the same run say of its error."""
    mean = seen.mean(axis=0)
    error = seen.std(axis=0, ddof=1) / np.sqrt(len(seen))
    independent = np.sqrt(expected * (1 - expected) / (len(seen) * 100))
    distance = 0.5 * np.abs(mean - expected).sum()
    allowed = 0.5 * np.sqrt(2 / np.pi) * np.maximum(error, 0.05 * independent).sum()
    assert distance < 3 * allowed, (distance, allowed)


def posterior(n, prior, log_likelihood):
    log_p = np.array([log_prior(p, prior) + log_likelihood(p) for p in partitions(n)])
    p = np.exp(log_p - log_p.max())
    return p / p.sum()


def streams(n_chains, n, seed=0):
    seeds = np.random.default_rng(seed).integers(0, 2**63, (n_chains, 4)).astype(np.uint64)
    starts = np.zeros((n_chains, n), int)
    starts[1::2] = np.arange(n)
    return seeds, starts


@pytest.mark.parametrize("prior", PRIORS)
def test_without_a_likelihood_partitions_follow_the_prior(prior):
    chains = prior_chains(*streams(4, 5))
    seen = visits(chains, PRIORS[prior], 5, 3000)
    assert_same_distribution(seen, posterior(5, PRIORS[prior], lambda p: 0.0))


# In every run each component with one prior, in turn, and the first with all.
COVER = {(case, list(PRIORS)[at % len(PRIORS)]) for at, case in enumerate(CASES)}
COVER |= {(next(iter(CASES)), prior) for prior in PRIORS}


@pytest.mark.parametrize(
    ("case", "prior"),
    [
        pytest.param(case, prior, marks=() if (case, prior) in COVER else pytest.mark.heavy)
        for case in CASES
        for prior in PRIORS
    ],
)
def test_partitions_follow_the_enumerated_posterior(case, prior):
    X, component = CASES[case]
    component = component.resolve(X)
    chains = hybrid_chains(component.check(X), component, *streams(4, len(X)))
    seen = visits(chains, PRIORS[prior], len(X), 2500)
    exact = posterior(len(X), PRIORS[prior], lambda p: log_marginal(X, p, component))
    assert_same_distribution(seen, exact)
    for chain, labels in enumerate(chains.labels):
        direct = log_marginal(X, labels, component)
        np.testing.assert_allclose(chains.log_likelihood[chain], direct, rtol=1e-11)


@pytest.mark.heavy
@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("case", CASES)
def test_partitions_of_six_follow_the_enumerated_posterior_closely(case, prior):
    X, component = CASES[case]
    X = np.vstack([X, X[2]])
    component = component.resolve(X)
    chains = hybrid_chains(component.check(X), component, *streams(4, 6, seed=3))
    seen = visits(chains, PRIORS[prior], 6, 40_000)
    assert_same_distribution(
        seen, posterior(6, PRIORS[prior], lambda p: log_marginal(X, p, component))
    )
