"""Variational inference: sweeps against their definition, bounds below the evidence, births and merges raise them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

import ganglion as gl
from ganglion import MemoryPlanError, ParameterError
from ganglion._native import core
from ganglion.cluster.bayesian import (
    DiagonalNormal,
    DirichletProcess,
    Gamma,
    MixtureOfFiniteMixtures,
    Multinomial,
    Normal,
    PitmanYor,
    SemiConjugateNormal,
    log_marginal,
    log_prior,
    variational,
)
from ganglion.cluster.bayesian._densities.groups import group_rows
from ganglion.cluster.bayesian._mean_fields.fits import Engine, merged
from ganglion.cluster.bayesian._mean_fields.sticks import weigh
from ganglion.cluster.bayesian._special import digamma
from oracles import bayesian_components as components
from oracles import bayesian_variational as oracle
from oracles.bayesian_component_cases import FAMILIES, INDEPENDENT, case

DP = DirichletProcess(concentration=1.5)
PRIORS = [
    DP,
    PitmanYor(discount=0.3, concentration=0.7),
    MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=np.full(6, 1 / 6)),
]


def blobs(n, d, k, apart, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    return rng.normal(size=(k, d))[labels] * apart + rng.normal(size=(n, d)), labels


def started(kind, *, n=60, d=2, k=4, missing=0.0, prior=DP):
    component, X = case(kind, n, d, seed=1, missing=missing)
    engine = Engine(component.check(X), component, prior)
    groups = group_rows(np.random.default_rng(2).integers(0, k, n), n)
    return engine, engine.grouped(groups, np.arange(k)), component, X, groups.labels


def test_digamma_is_the_slope_of_log_gamma():
    x = np.logspace(-3, 8, 500)
    np.testing.assert_allclose(digamma(x), special.psi(x), rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize("n", [1, 63, 64, 65, 2500])
@pytest.mark.parametrize("k", [1, 3, 16, 17])
def test_a_sweep_is_its_definition(n, k):
    rng = np.random.default_rng(n + k)
    z = rng.normal(size=(n, 3))
    pairs = np.array([(0, -1), (1, -1), (2, 0), (1, 1), (2, 2)], np.int32)
    stride = -(-k // 16) * 16
    weights, constants = np.zeros((5, stride)), np.full(stride, -np.inf)
    weights[:, :k], constants[:k] = rng.normal(size=(5, k)) * 2, rng.normal(size=k)
    counts, sums, shared = np.empty(k), np.empty((k, 5)), np.empty((k, k))
    found = core.meanfield_sweep(z, pairs, weights, constants, counts, sums, shared)
    f = np.stack([z[:, a] * (z[:, b] if b >= 0 else 1) for a, b in pairs], axis=1)
    r = special.softmax(f @ weights[:, :k] + constants[:k], axis=1)
    assert found == pytest.approx(oracle.entropy(r), rel=1e-11, abs=1e-11)
    np.testing.assert_allclose(counts, r.sum(axis=0), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(sums, r.T @ f, rtol=1e-10, atol=1e-10)
    for a in range(k):
        for b in range(k):
            if a != b:
                together = r[:, a] + r[:, b]
                change = oracle.entropy(together) - oracle.entropy(r[:, [a, b]])
                assert shared[a, b] == pytest.approx(change, rel=1e-9, abs=1e-9)
    labels, shares = np.empty(n, np.int32), np.empty((n, k))
    core.meanfield_assign(z, pairs, weights, constants, k, labels, shares)
    np.testing.assert_allclose(shares, r, atol=1e-13)
    np.testing.assert_array_equal(labels, r.argmax(axis=1))


def test_threads_and_instruction_sets_change_no_bit():
    X, _ = blobs(3000, 3, 4, 6.0, seed=3)
    before, threads = core.isa(), gl.get_num_threads()
    found = set()
    try:
        for isa in core.available_isas():
            core.use_isa(isa)
            for n_threads in (1, 2, 3, 7):
                gl.set_num_threads(n_threads)
                run = variational(X, random_state=0)
                found.add((run.bound, run.labels.tobytes(), run.responsibilities().tobytes()))
    finally:
        core.use_isa(before)
        gl.set_num_threads(threads)
    assert len(found) == 1


def test_expected_densities_of_normal_clusters_are_bishops():
    engine, fit, component, X, labels = started("normal", d=3)
    r = np.eye(4)[labels][:, fit.names]
    weights, constants = engine.expected(fit)
    found = oracle.features(engine) @ weights.T + constants
    expected = oracle.normal_expectation(X, component, r)
    expected = expected + oracle.stick_log_weights(fit.counts, 1.5)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("kind", FAMILIES)
def test_expected_weights_are_the_slope_of_the_log_marginal(kind):
    # d log Z / d sums = E eta: of every conjugate family, and so a check of one formula by the other.
    engine, fit, *_ = started(kind)
    weights, _ = engine.expected(fit)
    constants = engine.expected(fit)[1] - weigh(DP, fit.counts).log_weights
    rng = np.random.default_rng(4)
    f = oracle.features(engine)
    direction = f.T @ rng.random((len(f), len(fit))) * 1e-5
    added = 1e-5 * rng.random((len(f), len(fit)))
    direction, more = f.T @ added, added.sum(axis=0)
    up = engine.log_marginals(fit.counts + more, fit.sums + direction.T)
    down = engine.log_marginals(fit.counts - more, fit.sums - direction.T)
    slope = (weights * direction.T).sum(axis=1) + constants * more
    np.testing.assert_allclose((up - down) / 2, slope, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_whole_memberships_have_the_log_marginal_in_their_bound(kind, missing):
    if missing and kind not in (*INDEPENDENT, "mixed"):
        return
    _, fit, component, X, labels = started(kind, missing=missing)
    expected = components.log_marginal(X, labels, component)
    expected += oracle.stick_bound(np.sort(np.bincount(labels))[::-1].astype(float), 1.5)
    assert fit.bound == pytest.approx(expected, rel=1e-10)


def test_the_bound_of_one_cluster_by_hand():
    # All rows in one cluster: log m(X), and one stick that took n of n rows: log B(1 + n, a) / B(1, a) with a = 2 and
    # n = 3: B(4, 2) / B(1, 2) = (3! 1! / 5!) / (1 / 2) = 1/10.
    component = DiagonalNormal(mean=0.0, kappa=1.0, shape=1.0, rate=0.5)
    X = [[0.1], [-0.2], [0.05]]
    run = variational(X, DirichletProcess(concentration=2.0), component, max_clusters=1)
    assert run.n_clusters == 1
    expected = log_marginal(X, [0, 0, 0], component) - math.log(10)
    assert run.bound == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda p: type(p).__name__)
def test_the_bound_is_below_the_evidence(prior):
    X = np.array([[-2.1], [-1.9], [-0.3], [0.2], [1.8], [2.2]])
    component = DiagonalNormal(mean=0.0, kappa=0.1, shape=2.0, rate=1.0)
    partitions = [[0]]
    for _ in range(5):
        partitions = [[*p, c] for p in partitions for c in range(max(p) + 2)]
    evidence = special.logsumexp(
        [log_prior(p, prior) + log_marginal(X, p, component) for p in partitions]
    )
    run = variational(X, prior, component, random_state=0)
    assert run.bound < evidence
    assert run.bound > evidence - 6  # and not by much: the best partition alone has a tenth of it


def test_a_free_concentration_has_a_bound_below_the_integral_over_it():
    X = np.array([[-2.1], [-1.9], [-0.3], [0.2], [1.8], [2.2]])
    component = DiagonalNormal(mean=0.0, kappa=0.1, shape=2.0, rate=1.0)
    prior = DirichletProcess(concentration=Gamma(shape=2.0, rate=1.0))
    partitions = [[0]]
    for _ in range(5):
        partitions = [[*p, c] for p in partitions for c in range(max(p) + 2)]
    evidence = special.logsumexp(
        [log_prior(p, prior) + log_marginal(X, p, component) for p in partitions]
    )
    run = variational(X, prior, component, random_state=0)
    assert evidence - 6 < run.bound < evidence
    assert 0 < run.concentration < 4


@pytest.mark.parametrize("prior", PRIORS[:2], ids=lambda p: type(p).__name__)
@pytest.mark.parametrize("kind", FAMILIES)
def test_the_bound_of_a_sweep_is_its_definition(kind, prior):
    engine, fit, *_ = started(kind, prior=prior)
    weights, constants = engine.expected(fit)
    r = oracle.responsibilities(engine, weights, constants)
    r = r[:, np.argsort(-r.sum(axis=0), kind="stable")]
    swept = engine.sweep(fit)
    f = oracle.features(engine)
    discount = 0.0 if prior is DP else 0.3
    concentration = 1.5 if prior is DP else 0.7
    expected = oracle.entropy(r) + engine.base
    expected += engine.log_marginals(r.sum(axis=0), r.T @ f).sum()
    expected += oracle.stick_bound(r.sum(axis=0), concentration, discount)
    assert swept.bound == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("prior", [*PRIORS, DirichletProcess(concentration=Gamma(shape=1, rate=1))])
@pytest.mark.parametrize("kind", FAMILIES)
def test_no_sweep_lowers_the_bound(kind, prior):
    engine, fit, *_ = started(kind, prior=prior)
    for _ in range(15):
        swept = engine.sweep(fit)
        assert swept.bound >= fit.bound - 1e-9 * abs(fit.bound)
        fit = swept


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_merge_has_the_bound_that_its_memberships_have(kind):
    engine, fit, *_ = started(kind, k=6)
    fit = engine.sweep(fit, overlaps=True)
    joined = merged(engine, fit)
    assert len(joined) < 6  # labels were drawn at random: the clusters are alike
    assert joined.bound > fit.bound
    assert joined.counts.sum() == pytest.approx(60)
    # Its own factors give a bound that is no lower: the memberships were not changed behind it.
    assert engine.sweep(joined).bound >= joined.bound - 1e-9 * abs(joined.bound)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_history_never_falls_and_shares_sum_to_1(seed):
    X, _ = blobs(80, 2, 3, 4.0, seed)
    run = variational(X, random_state=seed)
    assert np.all(np.diff(run.history) >= -1e-9 * np.abs(run.history[1:]))
    shares = run.responsibilities()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_array_equal(run.labels, shares.argmax(axis=1))
    np.testing.assert_allclose(shares.sum(axis=0), run.sizes, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("component", [Normal(), DiagonalNormal()])
def test_clusters_that_lie_apart_are_found(component):
    X, labels = blobs(1200, 4, 12, 12.0, seed=5)
    run = variational(X, component=component, random_state=0)
    assert run.converged
    assert run.n_clusters == 12
    pairs = {(int(a), int(b)) for a, b in zip(run.labels, labels, strict=True)}
    assert len(pairs) == 12


@pytest.mark.parametrize("kind", ["bernoulli", "categorical", "poisson", "multinomial"])
def test_clusters_of_counts_and_categories_are_found(kind):
    rng = np.random.default_rng(6)
    component, _ = case(kind, 10, 1, seed=0)
    labels = np.repeat([0, 1, 2], 40)
    shares = rng.dirichlet(np.full(12, 0.2), 3)
    X = {
        "bernoulli": lambda: rng.random((120, 40)) < rng.beta(0.3, 0.3, (3, 40))[labels],
        "categorical": lambda: rng.random((120, 40)) < rng.beta(0.3, 0.3, (3, 40))[labels],
        "poisson": lambda: rng.poisson(rng.gamma(0.5, 20, (3, 12))[labels]),
        "multinomial": lambda: np.stack([rng.multinomial(60, shares[c]) for c in labels]),
    }[kind]().astype(float)
    run = variational(X, component=type(component)(), random_state=0)
    assert run.n_clusters == 3
    assert len({(int(a), int(b)) for a, b in zip(run.labels, labels, strict=True)}) == 3


def test_draws_have_the_shares_of_the_approximation():
    X, _ = blobs(60, 1, 2, 1.5, seed=8)
    component = Normal(mean=0.0, kappa=0.05, dof=4.0, scale=1.0)
    run = variational(X, DirichletProcess(concentration=1.0), component, random_state=0)
    draws = run.sample_labels(4000, random_state=1)
    assert draws.shape == (4000, 60) and draws.dtype == np.int8
    r = run.responsibilities()
    together = (draws[:, [0]] == draws).mean(axis=0)
    expected = (r[[0]] * r).sum(axis=1)
    np.testing.assert_allclose(together[1:], expected[1:], atol=4 * 0.5 / math.sqrt(4000))
    np.testing.assert_array_equal(draws, run.sample_labels(4000, random_state=1))


def test_small_and_equal_rows_are_one_cluster():
    assert variational([[1.0, 2.0]], random_state=0).labels.tolist() == [0]
    assert variational(np.full((30, 2), 7.0), random_state=0).n_clusters == 1


def test_units_change_nothing_but_the_bound():
    X, _ = blobs(200, 3, 4, 6.0, seed=9)
    one, other = (variational(each, random_state=0) for each in (X, X * 1024.0))
    np.testing.assert_array_equal(one.labels, other.labels)
    assert other.bound == pytest.approx(one.bound - 600 * math.log(1024), rel=1e-12)


def test_a_finite_mixture_may_exclude_one_component():
    X, _ = blobs(120, 2, 3, 9.0, seed=12)
    prior = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.0, 0.2, 0.4, 0.4])
    run = variational(X, prior, random_state=0)
    assert run.n_clusters == 3 and np.isfinite(run.bound)


def test_many_columns_of_counts_are_planned_as_what_they_take():
    X = np.zeros((6, 3000))
    X[:3, :20], X[3:, 20:40] = 4, 4
    run = variational(X, component=Multinomial(alpha=0.1), memory_limit="300 MB", random_state=0)
    assert run.labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_progress_stops_a_run():
    X, _ = blobs(200, 2, 4, 6.0, seed=10)
    steps = []
    run = variational(X, random_state=0, progress=lambda step: steps.append(step) or len(steps) > 1)
    assert len(steps) == 2 and not run.converged and len(run.history) == 3
    assert steps[0].value == run.history[1]
    assert not variational(X, random_state=0, max_sweeps=2).converged
    assert variational(X, random_state=0, max_clusters=2).n_clusters <= 2


def test_parameters_out_of_range_are_named():
    X, _ = blobs(20, 2, 2, 6.0, seed=11)
    with pytest.raises(ParameterError, match="max_clusters must be an integer of at least 1"):
        variational(X, max_clusters=0)
    with pytest.raises(ParameterError, match="max_sweeps must be an integer"):
        variational(X, max_sweeps=1.5)
    with pytest.raises(ParameterError, match="tol must be a number of at least 0"):
        variational(X, tol=-1)
    with pytest.raises(ParameterError, match="needs conjugate components; got SemiConjugateNormal"):
        variational(X, component=SemiConjugateNormal())
    with pytest.raises(ParameterError, match="prior must be a DirichletProcess"):
        variational(X, prior=1.0)
    free = PitmanYor(discount=0.1, concentration=Gamma(shape=1, rate=1))
    with pytest.raises(ParameterError, match="needs a number for concentration"):
        variational(X, free)
    with pytest.raises(ParameterError, match="n_draws must be an integer"):
        variational(X, random_state=0).sample_labels(0)
    with pytest.raises(
        MemoryPlanError, match=r"Variational inference of 20 rows .* memory_limit allows"
    ):
        variational(X, memory_limit="1 kB")
