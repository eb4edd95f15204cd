"""Chains against the sampler written out with ratios of marginals: the same stream must lead to the same partitions."""

import math

import numpy as np
import pytest
from cluster.bayesian.chain_cases import PRIORS, chains, normal_case, words
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion.cluster.bayesian import DirichletProcess, MixtureOfFiniteMixtures, PitmanYor
from ganglion.cluster.bayesian._chains.collapsed import ChainOptions
from oracles import bayesian_chains as oracle


def follow(case, start, prior, n_sweeps, **options):
    """Both samplers side by side; returns the naive one at the end."""
    n = len(start)
    table = prior.table(n)
    compiled = chains(case, start, **options)
    naive = oracle.Chain(start, words(1)[0], case.marginal(), (table.shift, table.log_v))
    for _ in range(n_sweeps):
        compiled.advance([table], 1)
        expected = naive.sweep(
            options["n_split_merge"], options.get("n_scans", ChainOptions.n_scans)
        )
        assert compiled.labels[0].tolist() == expected
        np.testing.assert_allclose(
            compiled.log_likelihood, case.log_likelihood(expected), rtol=1e-12, atol=1e-9
        )
        assert [int(word) for word in compiled.state()["words"][0]] == naive.stream.s
    return naive


@pytest.mark.parametrize("prior", ["dp", "py", "mfm"])
@pytest.mark.parametrize("d", [1, 2, 3, 5, 8, 9, 40])
def test_gibbs_sweeps_are_neals_algorithm_3(d, prior):
    case = normal_case(14, d, seed=d)
    naive = follow(case, [i % 5 for i in range(14)], PRIORS[prior], 5, n_split_merge=0)
    assert naive.moved > 0


@pytest.mark.parametrize("prior", ["dp", "py", "mfm"])
@pytest.mark.parametrize("n_scans", [0, 1, 5])
def test_splits_and_merges_are_those_of_jain_and_neal(n_scans, prior):
    case = normal_case(12, 2, seed=3)
    follow(case, [0, 1] * 6, PRIORS[prior], 12, n_split_merge=2, n_scans=n_scans)


@pytest.mark.parametrize("d", [1, 3, 12])
def test_more_clusters_than_a_panel_has_lanes(d):
    case = normal_case(37, d, seed=7, spread=6.0)
    prior = type(PRIORS["py"])(discount=0.6, concentration=30.0)
    follow(case, list(range(37)), prior, 3, n_split_merge=1)


def test_a_chain_from_one_cluster_grows_past_its_first_panel():
    case = normal_case(40, 1, seed=11, spread=1.0)
    prior = type(PRIORS["py"])(discount=0.9, concentration=300.0)
    naive = follow(case, [0] * 40, prior, 3, n_split_merge=1)
    assert len(set(naive.labels)) > 16


@pytest.mark.parametrize("d", [1, 4])
def test_equal_points_and_clusters_that_empty(d):
    case = normal_case(12, d, seed=5, copies=8)
    follow(case, list(range(12)), PRIORS["dp"], 8, n_split_merge=1)


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1e6])
def test_a_scale_far_from_the_data_keeps_the_way(size):
    # With a scale of 1e-12 a cluster of fewer rows than columns is nearly singular without one of them.
    case = normal_case(10, 3, seed=6)
    case = type(case)(case.X, case.mean, case.kappa, case.dof, case.scale * size)
    follow(case, [0, 1] * 5, PRIORS["dp"], 6, n_split_merge=1)


def test_two_points_and_one():
    for n in (1, 2):
        follow(normal_case(n, 2), [0] * n, PRIORS["dp"], 10, n_split_merge=1 if n > 1 else 0)


STRANGE = [
    DirichletProcess(concentration=1e-3),
    DirichletProcess(concentration=300.0),
    PitmanYor(discount=0.98, concentration=0.0),
    PitmanYor(discount=0.8, concentration=-0.75),
    MixtureOfFiniteMixtures(gamma=50.0, n_components_prior=[0.5, 0.3, 0.2]),
    MixtureOfFiniteMixtures(gamma=0.02, n_components_prior=lambda k: -k * math.log(2)),
]


@given(
    n=st.integers(2, 14),
    d=st.integers(1, 12),
    seed=st.integers(0, 10**6),
    prior=st.sampled_from(STRANGE),
    kappa=st.sampled_from([1e-6, 1.0, 1e3]),
    beyond=st.sampled_from([1e-3, 2.0, 100.0]),
)
@settings(max_examples=30, deadline=None)
def test_any_small_case_goes_the_same_way(n, d, seed, prior, kappa, beyond):
    case = normal_case(n, d, seed=seed, copies=seed % n)
    case = type(case)(case.X, case.mean, kappa, d - 1 + beyond, case.scale)
    start = [min(i, 2) for i in np.random.default_rng(seed).permutation(n)]
    first = list(dict.fromkeys(start))
    follow(case, [first.index(c) for c in start], prior, 3, n_split_merge=2)
