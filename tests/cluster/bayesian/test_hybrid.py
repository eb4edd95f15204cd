"""Chains for many rows: the same bits however they run, states that go on, starts that find the clusters."""

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.cluster.bayesian import (
    DiagonalNormal,
    DirichletProcess,
    Mixed,
    MixtureOfFiniteMixtures,
    Multinomial,
    Normal,
    PitmanYor,
    log_marginal,
)
from ganglion.cluster.bayesian._chains.hybrid import hybrid_chains, prior_chains
from interrupting import ends_soon_and_whole

DP = DirichletProcess(concentration=1.0)


def groups(n, d, k, spread, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    return rng.uniform(-spread, spread, (k, d))[truth] + rng.normal(size=(n, d)), truth


def chains_on(X, component, n_chains=2, start=None, n_start=15, **options):
    component = component.resolve(X)
    seeds = np.random.default_rng(7).integers(0, 2**63, (n_chains, 4)).astype(np.uint64)
    labels = np.zeros((n_chains, len(X)), int) if start is None else start
    return hybrid_chains(component.check(X), component, seeds, labels, n_start=n_start, **options)


def run(X, component, n_sweeps=25, prior=DP, **options):
    chains = chains_on(X, component, **options)
    tables = [prior.table(len(X), None, min(len(X), 400))] * chains.n_chains
    chains.advance(tables, n_sweeps)
    return chains.labels, chains.log_likelihood


def same(a, b):
    return all(np.array_equal(one, other) for one, other in zip(a, b, strict=True))


CASES = {
    "apart": (groups(9000, 3, 6, 20.0)[0], Normal()),
    "close": (groups(5000, 5, 8, 2.0)[0], Normal()),
    "odd number of rows": (groups(4097, 2, 3, 5.0)[0], DiagonalNormal()),
    "counts": (np.random.default_rng(0).poisson(1.0, (600, 7)).astype(float), Multinomial()),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("subclusters", [False, True])
def test_labels_do_not_depend_on_threads_or_instruction_set(case, subclusters):
    X, component = CASES[case]
    before, threads = isa(), gl.get_num_threads()
    expected = run(X, component, subclusters=subclusters)
    try:
        for n_threads in (1, 2, 3, 7):
            gl.set_num_threads(n_threads)
            assert same(run(X, component, subclusters=subclusters), expected), n_threads
        for name in available_isas():
            use_isa(name)
            assert same(run(X, component, subclusters=subclusters), expected), name
    finally:
        use_isa(before)
        gl.set_num_threads(threads)


def test_a_chain_does_not_depend_on_the_others():
    X, component = CASES["close"]
    labels, _ = run(X, component)
    alone = chains_on(X, component)
    state = alone.state()
    one = chains_on(X, component, n_chains=1)
    one.restore({name: values[1:] for name, values in state.items()})
    table = DP.table(len(X), None, 400)
    one.advance([table], 25)
    assert np.array_equal(one.labels[0], labels[1])


@pytest.mark.parametrize("subclusters", [False, True])
def test_a_restored_state_goes_on_with_the_same_bits(subclusters):
    X, component = CASES["apart"]
    tables = [DP.table(len(X), None, 400)] * 2
    chains = chains_on(X, component, subclusters=subclusters)
    chains.advance(tables, 18)
    state = chains.state()
    chains.advance(tables, 4)
    other = chains_on(X, component, subclusters=subclusters)
    other.restore(state)
    other.advance(tables, 4)
    assert same((other.labels, other.log_likelihood), (chains.labels, chains.log_likelihood))
    assert all(
        np.array_equal(a, b)
        for a, b in zip(other.state().values(), chains.state().values(), strict=True)
    )
    with pytest.raises(ValueError, match="the state must be of 2 chains of 9000 rows"):
        other.restore({**state, "labels": state["labels"][:, :-1]})


def test_sweeps_one_by_one_are_sweeps_at_once():
    X, component = CASES["close"]
    one, many = chains_on(X, component), chains_on(X, component)
    tables = [DP.table(len(X), None, 400)] * 2
    for _ in range(5):
        one.advance(tables, 1)
    many.advance(tables, 5)
    assert same((one.labels, one.log_likelihood), (many.labels, many.log_likelihood))


@pytest.mark.parametrize("k", [1, 5, 20])
def test_a_start_from_one_cluster_finds_clusters_that_lie_apart(k):
    X, truth = groups(4000, 4, k, 30.0, seed=k)
    chains = chains_on(
        X, Normal(), n_chains=2, start=np.stack([np.zeros(4000), np.arange(4000) % 50]), n_start=60
    )
    chains.advance([DP.table(4000, None, 400)] * 2, 60)
    k = len(np.unique(truth))
    for labels in chains.labels:
        pairs = np.unique(np.column_stack([labels, truth]), axis=0, return_counts=True)[1]
        large = pairs[
            pairs > 40
        ]  # the posterior allows a few rows of the tails clusters of their own
        assert len(large) == k and large.sum() > 3960


def test_clusters_out_of_reach_change_nothing():
    """Distances between clusters rule them out for whole tiles of one block, and are not used for two blocks."""
    X, _ = groups(6000, 4, 12, 15.0, seed=3)
    half = {"kappa": 0.1, "shape": 2.0, "rate": 1.0}
    whole = chains_on(X, DiagonalNormal(mean=0.0, **half))
    parts = chains_on(
        X,
        Mixed({(0, 1): DiagonalNormal(mean=0.0, **half), (2, 3): DiagonalNormal(mean=0.0, **half)}),
    )
    tables = [DP.table(6000, None, 400)] * 2
    for chains in (whole, parts):
        chains.advance(tables, 20)
    assert np.all(whole.n_clusters > 8)
    assert np.array_equal(whole.labels, parts.labels)


def test_the_log_likelihood_is_that_of_the_formula():
    X, component = CASES["close"]
    chains = chains_on(X, component)
    tables = [DP.table(len(X), None, 400)] * 2
    chains.advance(tables, 10)
    for labels, value in zip(chains.labels, chains.log_likelihood, strict=True):
        np.testing.assert_allclose(value, log_marginal(X, labels, component), rtol=1e-11)


def test_statistics_do_not_cancel_far_from_the_origin():
    X, _ = groups(3000, 3, 4, 1e6)
    component = Normal(mean=0.0, kappa=1e-3, dof=6.0, scale=1.0)
    chains = chains_on(X, component, n_chains=1)
    chains.advance([DP.table(3000, None, 400)], 30)
    expected = log_marginal(X, chains.labels[0], component)
    np.testing.assert_allclose(chains.log_likelihood[0], expected, rtol=1e-9)


def test_a_change_of_unit_and_origin_changes_no_label():
    X, component = CASES["close"]
    moved = 1024.0 * (X - np.round(X.mean(axis=0)))  # powers of two, so that rounding is the same
    one, other = chains_on(X, component), chains_on(moved, component)
    tables = [DP.table(len(X), None, 400)] * 2
    one.advance(tables, 3)
    other.advance(tables, 3)
    assert np.mean(one.labels != other.labels) < 1e-3


@pytest.mark.parametrize("bound", [1, 2, 4])
def test_a_start_outside_a_bounded_prior_comes_inside(bound):
    prior = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=np.full(bound, 1 / bound))
    X, _ = groups(60, 2, 6, 30.0)
    chains = chains_on(X, Normal(), start=np.stack([np.arange(60), np.arange(60) % 6]))
    tables = [prior.table(60)] * 2
    chains.advance(tables, 2)
    for _ in range(20):
        chains.advance(tables, 1)
        assert np.all(chains.n_clusters <= bound) and np.all(chains.peak <= bound)
        assert np.all(np.isfinite(chains.log_likelihood))


@pytest.mark.parametrize("n", [1, 2, 31, 32, 33])
def test_a_few_rows(n):
    chains = chains_on(np.arange(2.0 * n).reshape(n, 2), Normal(mean=0.0, scale=np.eye(2)))
    chains.advance([DP.table(n)] * 2, 20)
    assert chains.labels.shape == (2, n)
    assert all(len(np.unique(labels)) == 1 + labels.max() for labels in chains.labels)


def test_equal_rows_are_no_trouble():
    chains = chains_on(np.ones((300, 2)), Normal(mean=1.0, scale=np.eye(2)))
    chains.advance([DP.table(300)] * 2, 35)
    assert np.all(np.isfinite(chains.log_likelihood))


def test_many_births_in_a_sweep():
    """Under this prior a sweep sees dozens of births and deaths, each of which ends a window."""
    prior = PitmanYor(discount=0.6, concentration=5.0)
    n = 300
    seeds = np.random.default_rng(1).integers(0, 2**63, (4, 4)).astype(np.uint64)
    chains = prior_chains(seeds, np.arange(4 * n).reshape(4, n) % 80)
    tables = [prior.table(n)] * 4
    counts = []
    for _ in range(400):
        chains.advance(tables, 1)
        counts.append(chains.n_clusters)
    expected = prior.n_clusters_probability(n) @ np.arange(n + 1)
    assert abs(np.mean(counts) / expected - 1) < 0.05


def test_an_interrupt_leaves_whole_chains():
    ends_soon_and_whole(
        """
import time
import numpy as np
from ganglion.cluster.bayesian import DirichletProcess, Normal
from ganglion.cluster.bayesian._chains.hybrid import hybrid_chains

X = np.random.default_rng(0).normal(size=(60_000, 12))
component = Normal().resolve(X)
start = np.arange(120_000).reshape(2, -1) % 60
chains = hybrid_chains(component.check(X), component, np.ones((2, 4), np.uint64), start)
table = DirichletProcess(concentration=1.0).table(60_000, None, 400)
try:
    print("ready", flush=True)
    chains.advance([table] * 2, 10_000)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
chains.advance([table] * 2, 1)
whole = all(len(np.unique(labels)) == 1 + labels.max() for labels in chains.labels)
print("whole" if whole and np.isfinite(chains.log_likelihood).all() else "broken")
"""
    )
