"""Chains visit every partition as often as its posterior probability says: all of them listed, for a few points."""

import math
from collections import Counter

import numpy as np
import pytest
from cluster.bayesian.chain_cases import PRIORS, chains, chains_on, normal_case, words

from ganglion._native import core
from ganglion.cluster.bayesian import Gamma as GammaPrior
from ganglion.cluster.bayesian import (
    Mixed,
    Normal,
    Poisson,
    SemiConjugateNormal,
    log_marginal,
    log_prior,
)
from ganglion.cluster.bayesian._chains.collapsed import ChainOptions, GibbsChains
from oracles import bayesian_components as oracle
from oracles.bayesian_priors import all_partitions

N_CHAINS, N_KEPT, THIN = 64, 250, 4


def posterior(n, prior, log_likelihood):
    """Partition -> probability, by listing them."""
    logs = {
        tuple(labels): log_prior(labels, prior) + log_likelihood(labels)
        for labels in all_partitions(n)
    }
    most = max(logs.values())
    total = math.fsum(math.exp(value - most) for value in logs.values())
    return {labels: math.exp(value - most) / total for labels, value in logs.items()}


def assert_visits(sampler, prior, exact):
    """Total variation within three times what as many independent draws would have.

    N_CHAINS start anew, so the sum of their autocorrelations is what a few thinned sweeps leave: counted as a factor 2.
    """
    n = len(next(iter(exact)))
    tables, seen = [prior.table(n)] * N_CHAINS, Counter()
    sampler.advance(tables, 20)
    for _ in range(N_KEPT):
        sampler.advance(tables, THIN)
        seen.update(map(tuple, sampler.labels.tolist()))
    draws = N_CHAINS * N_KEPT
    assert set(seen) <= set(exact)
    apart = 0.5 * sum(abs(seen[labels] / draws - p) for labels, p in exact.items())
    expected = sum(math.sqrt(p * (1 - p) / (2 * math.pi * draws / 2)) for p in exact.values())
    assert apart < 3 * expected
    assert expected < 0.06  # the draws are enough to tell


def starts(n):
    """One cluster and all apart, in turns."""
    return np.array([[0] * n, list(range(n))] * (N_CHAINS // 2))


GRID = [
    pytest.param(n, d, prior, proposals, marks=[] if quick else pytest.mark.heavy)
    for n, d in ((6, 1), (5, 2), (4, 9), (4, 40))
    for prior in PRIORS
    for proposals in (0, 2)
    for quick in [(d, prior, proposals) in ((1, "py", 2), (2, "bounded", 0), (9, "mfm", 2))]
]


@pytest.mark.parametrize(("n", "d", "prior", "n_split_merge"), GRID)
def test_chains_draw_from_the_posterior(n, d, prior, n_split_merge):
    case = normal_case(n, d, seed=n, spread=1.0, copies=2)
    exact = posterior(n, PRIORS[prior], case.log_likelihood)
    sampler = chains(case, starts(n), n_split_merge=n_split_merge)
    assert_visits(sampler, PRIORS[prior], exact)


@pytest.mark.parametrize(
    ("prior", "n_split_merge"), [("dp", 0), ("py", 1), ("mfm", 1), ("bounded", 0)]
)
def test_without_data_chains_draw_from_the_prior(prior, n_split_merge):
    n = 6
    exact = posterior(n, PRIORS[prior], lambda labels: 0.0)
    assert math.isclose(sum(exact.values()), 1, rel_tol=1e-12)
    options = ChainOptions(n_split_merge=n_split_merge)
    sampler = GibbsChains(core.BayesModel(n), words(N_CHAINS), starts(n), options)
    assert_visits(sampler, PRIORS[prior], exact)


EXPLICIT = {
    "fixed rate": SemiConjugateNormal(mean=0.5, variance=4.0, shape=2.0, rate=1.0),
    "free rate": SemiConjugateNormal(
        mean=0.0, variance=3.0, shape=2.0, rate=GammaPrior(shape=1.0, rate=2.0)
    ),
}


@pytest.mark.parametrize("n_auxiliary", [1, 3])
@pytest.mark.parametrize("name", EXPLICIT)
def test_algorithm_8_draws_from_the_posterior(name, n_auxiliary):
    X = np.array([[-1.0], [-0.6], [1.5], [1.5]])
    component = EXPLICIT[name].resolve(X)
    prior = PRIORS["dp"]
    exact = posterior(4, prior, lambda labels: log_marginal(X, labels, component))
    sampler = chains_on(X, component, starts(4), n_auxiliary=n_auxiliary)
    assert_visits(sampler, prior, exact)
    rates = sampler.shared(0)
    assert rates.shape == (N_CHAINS, 1)
    assert (len(np.unique(rates)) > 1) == (name == "free rate")


def test_algorithm_8_beside_integrated_columns():
    X = np.array([[0, -1.0, 0.2], [3, 1.0, 0.1], [1, -0.5, -2.0], [4, 1.5, -1.5]])
    component = Mixed(
        {(0,): Poisson(), (1,): EXPLICIT["fixed rate"], (2,): Normal(scale=1.0)}
    ).resolve(X)
    prior = PRIORS["bounded"]
    exact = posterior(4, prior, lambda labels: oracle.log_marginal(X, labels, component))
    sampler = chains_on(X, component, starts(4))
    assert_visits(sampler, prior, exact)


@pytest.mark.parametrize("n_split_merge", [0, 1])
def test_a_start_outside_the_support_is_left_in_one_sweep(n_split_merge):
    # Three places a thousand standard deviations apart, and two clusters at most: no single row would ever move.
    case = normal_case(60, 2, seed=1, spread=1000.0)
    for start in (list(range(60)), np.arange(60) % 3, [0] * 60):
        sampler = chains(case, start, n_split_merge=n_split_merge)
        sampler.advance([PRIORS["bounded"].table(60)], 1)
        assert sampler.n_clusters[0] <= 2
        assert np.isfinite(sampler.log_likelihood[0])


def test_a_table_that_is_too_short_is_told_and_costs_nothing():
    n = 30
    case, prior = normal_case(n, 2, seed=2, spread=5.0), PRIORS["py"]
    whole, short = (chains(case, list(range(n))) for _ in range(2))
    whole.advance([prior.table(n)], 3)
    before = short.state()
    short.advance([prior.table(n, t_max=10)], 3)
    assert short.peak[0] > 10
    short.restore(before)
    short.advance([prior.table(n)], 3)
    assert whole.labels.tolist() == short.labels.tolist()
