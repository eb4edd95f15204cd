"""Chains over rows of the column-independent families visit every partition of a few rows as often as they should."""

import math
from collections import Counter

import numpy as np
import pytest
from cluster.bayesian.block_cases import KINDS, WITH_GAPS, make_case

from ganglion.cluster.bayesian import DirichletProcess, Gamma, SemiConjugateNormal, log_prior
from ganglion.cluster.bayesian import log_marginal as log_marginal_of
from ganglion.cluster.bayesian._chains.collapsed import ChainOptions, GibbsChains
from ganglion.cluster.bayesian._chains.native_model import build_model
from oracles import bayesian_columns as oracle
from oracles.bayesian_priors import all_partitions

N, N_CHAINS, N_KEPT = 4, 64, 200
PRIOR = DirichletProcess(concentration=1.0)


def posterior(log_likelihood):
    """Partition -> probability, by listing all of them."""
    logs = {tuple(p): log_prior(p, PRIOR) + log_likelihood(p) for p in all_partitions(N)}
    total = math.fsum(math.exp(value) for value in logs.values())
    return {labels: math.exp(value) / total for labels, value in logs.items()}


def assert_visits(model, exact, options=None):
    """Total variation within three times what half as many independent draws would have."""
    seeds = np.random.default_rng(0).integers(1, 2**63, (N_CHAINS, 4), dtype=np.uint64)
    starts = np.array([[0] * N, list(range(N))] * (N_CHAINS // 2))
    sampler, seen = GibbsChains(model, seeds, starts, options), Counter()
    tables = [PRIOR.table(N)] * N_CHAINS
    sampler.advance(tables, 20)
    for _ in range(N_KEPT):
        sampler.advance(tables, 3)
        seen.update(map(tuple, sampler.labels.tolist()))
    draws = N_CHAINS * N_KEPT
    apart = 0.5 * sum(abs(seen[labels] / draws - p) for labels, p in exact.items())
    expected = sum(math.sqrt(p * (1 - p) / (math.pi * draws)) for p in exact.values())
    assert apart < 3 * expected


@pytest.mark.parametrize(
    ("kind", "missing"), [(k, 0.0) for k in KINDS] + [(k, 0.35) for k in WITH_GAPS]
)
@pytest.mark.parametrize("n_split_merge", [0, 2])
def test_chains_visit_what_the_listed_posterior_says(kind, missing, n_split_merge):
    case = make_case(kind, N, 3, missing=missing, seed=4)

    def log_likelihood(labels):
        clusters = [[case.rows[i] for i in range(N) if labels[i] == c] for c in set(labels)]
        return sum(oracle.log_marginal(kind, case.family, members) for members in clusters)

    options = ChainOptions(n_split_merge=n_split_merge)
    assert_visits(case.model(), posterior(log_likelihood), options)


@pytest.mark.parametrize("rate", [0.8, Gamma(shape=1.0, rate=2.0)])
def test_chains_with_explicit_parameters_do_so_with_missing_cells(rate):
    X = np.array([[-2.0, np.nan], [-1.5, 1.0], [np.nan, 0.0], [1.9, 3.0]])
    component = SemiConjugateNormal(mean=0, variance=4.0, shape=2.0, rate=rate, allow_missing=True)
    component = component.resolve(X)
    exact = posterior(lambda labels: log_marginal_of(X, labels, component))
    assert_visits(build_model(component.check(X), component), exact)
