"""What holds of every component: rows are exchangeable, units do not matter, densities sum to 1, draws follow them."""

from __future__ import annotations

import copy
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ganglion.cluster.bayesian import (
    Bernoulli,
    Categorical,
    DiagonalNormal,
    Gamma,
    Mixed,
    Multinomial,
    Normal,
    Poisson,
    SemiConjugateNormal,
    component_from_state,
    log_marginal,
)
from ganglion.cluster.bayesian._densities.partitioned import predictive, sample_rows, simulate_rows
from ganglion.cluster.bayesian._rows import Rows
from oracles.bayesian_component_cases import FAMILIES, INDEPENDENT, case

DEFAULTS = [
    Normal(),
    DiagonalNormal(),
    Multinomial(),
    Bernoulli(),
    Poisson(),
    Categorical(),
    SemiConjugateNormal(),
]


def data_for(component, rng, n=20, d=3):
    return {
        "bernoulli": lambda: rng.integers(0, 2, size=(n, d)),
        "categorical": lambda: rng.integers(0, 3, size=(n, d)),
        "multinomial": lambda: rng.poisson(2.0, size=(n, d)),
        "poisson": lambda: rng.poisson(2.0, size=(n, d)),
    }.get(component.kind, lambda: rng.normal(size=(n, d)))().astype(float)


@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(FAMILIES), seed=st.integers(0, 10_000))
def test_neither_the_order_of_rows_nor_the_names_of_clusters_matter(kind, seed):
    component, X = case(kind, 20, 2, seed)
    rng = np.random.default_rng(seed)
    labels, order = rng.integers(0, 4, 20), rng.permutation(20)
    before = log_marginal(X, labels, component)
    after = log_marginal(X[order], 7 - 3 * labels[order], component)
    assert after == pytest.approx(before, rel=1e-13)


@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(FAMILIES), seed=st.integers(0, 10_000))
def test_rows_one_after_the_other_have_the_density_of_all_at_once(kind, seed):
    component, X = case(kind, 8, 2, seed)
    one_by_one = sum(
        predictive(component.check(X[i : i + 1]), component.check(X[:i]), [0] * i, component)[0, 0]
        if i
        else log_marginal(X[:1], [0], component)
        for i in range(8)
    )
    assert log_marginal(X, [0] * 8, component) == pytest.approx(one_by_one, rel=1e-11)


@pytest.mark.parametrize("component", [Normal(), DiagonalNormal(), SemiConjugateNormal()])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([2.0**-40, 1000.0, 3e7]))
def test_defaults_follow_the_units_of_the_data(component, seed, scale):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(12, 2)) * [1.0, 50.0]
    units, origin = np.array([scale, 0.5]), np.array([5.0, -2.0]) * scale
    labels = rng.integers(0, 3, 12)
    before = log_marginal(X, labels, component)
    after = log_marginal(X * units + origin, labels, component)
    # The density of a row has the unit 1 / (product of the columns' units).
    assert after + 12 * np.log(units).sum() == pytest.approx(before, abs=1e-6)


def test_a_scale_that_is_a_power_of_two_changes_no_bit_of_the_defaults():
    X = np.random.default_rng(0).normal(size=(12, 2))
    for component in (Normal(), DiagonalNormal()):
        before, after = component.resolve(X), component.resolve(X * 2.0**30)
        np.testing.assert_array_equal(after.mean, before.mean * 2.0**30)
        squares = "scale" if isinstance(component, Normal) else "rate"
        np.testing.assert_array_equal(getattr(after, squares), getattr(before, squares) * 2.0**60)


@pytest.mark.parametrize("component", DEFAULTS, ids=lambda c: c.kind)
def test_resolving_twice_changes_nothing_and_states_come_back(component):
    X = data_for(component, np.random.default_rng(1))
    resolved = component.resolve(X)
    assert resolved.resolve(X) == resolved
    assert resolved != component
    assert component_from_state(resolved.to_state()) == resolved
    assert component_from_state(component.to_state()) == component
    assert copy.deepcopy(resolved) == resolved
    assert hash(copy.deepcopy(resolved)) == hash(resolved)


def test_the_state_of_a_mixed_component_comes_back():
    component, X = case("mixed", 15, 2, seed=3, missing=0.2)
    assert component_from_state(component.to_state()) == component
    free = SemiConjugateNormal(rate=Gamma(shape=2, rate=3))
    assert component_from_state(free.to_state()) == free
    assert component.resolve(X) == component


def test_one_column_is_the_same_model_under_both_normal_components():
    X = np.random.default_rng(5).normal(size=(30, 1)) * 7 + 100
    labels = np.arange(30) % 4
    whole, apart = log_marginal(X, labels, Normal()), log_marginal(X, labels, DiagonalNormal())
    assert whole == pytest.approx(apart, rel=1e-12)


def test_any_scale_gives_equal_rows_the_same_posterior():
    X = np.full((5, 2), [3.0, 0.0])
    partitions = [[0] * 5, [0, 0, 1, 1, 1], [0, 1, 2, 3, 4]]
    for family in (Normal, DiagonalNormal):
        name = "scale" if family is Normal else "rate"
        base = [log_marginal(X, one, family()) for one in partitions]
        other = [log_marginal(X, one, family(**{name: 0.01})) for one in partitions]
        np.testing.assert_allclose(np.diff(base), np.diff(other), rtol=1e-10)
        assert base[0] > base[1] > base[2]


@pytest.mark.parametrize("component", [Normal(), DiagonalNormal(), SemiConjugateNormal()])
def test_the_density_of_a_new_number_integrates_to_1(component):
    X = np.random.default_rng(6).normal(size=(9, 1)) * 3 + 10
    component = component.resolve(X)
    rows, labels = component.check(X), [0, 0, 1, 1, 1, 1, 2, 2, 2]
    t = np.arange(
        -25.0, 25.0, 0.01
    )  # tails fall like a power of the distance: its logarithm is the variable
    away = 3 * np.exp(t)
    total = sum(
        np.exp(predictive(Rows((10 + sign * away)[:, None]), rows, labels, component)).T @ away
        for sign in (-1, 1)
    )
    np.testing.assert_allclose(0.01 * total, 1.0, rtol=1e-8)


@pytest.mark.parametrize("kind", ["bernoulli", "categorical", "multinomial"])
def test_the_probabilities_of_all_new_rows_sum_to_1(kind):
    component, X = case(kind, 12, 2, seed=7)
    if kind == "multinomial":  # of a given total
        new = [[i, 5 - i] for i in range(6)]
    else:
        new = list(itertools.product(range(2 if kind == "bernoulli" else 4), repeat=2))
    rows, labels = component.check(X), np.arange(12) % 3
    found = predictive(component.check(np.array(new, float)), rows, labels, component)
    np.testing.assert_allclose(np.exp(found).sum(axis=0), 1.0, rtol=1e-12)


def test_a_chunk_of_new_rows_has_the_bits_of_all_of_them():
    for kind in FAMILIES:
        component, X = case(kind, 40, 3, seed=8)
        rows, labels = component.check(X), np.arange(40) % 5
        whole = predictive(rows, rows, labels, component)
        part = predictive(component.check(X[10:13]), rows, labels, component)
        np.testing.assert_array_equal(part, whole[10:13])


@pytest.mark.parametrize("kind", ["normal", "diagonal_normal"])
@pytest.mark.parametrize("cluster", [0, 3])
def test_new_numbers_are_drawn_from_the_predictive_density(kind, cluster):
    component, X = case(kind, 12, 2, seed=9)
    labels = np.arange(12) % 3
    drawn = sample_rows(
        np.full(4000, cluster), component.check(X), labels, component, np.random.default_rng(1)
    )
    own = X[labels == cluster]
    for j in range(2):
        if kind == "normal":
            d_free = component.dof + len(own) - 1  # of one of two columns
            k = component.kappa + len(own)
            left = own - component.mean
            mean = left.sum(axis=0) / k
            scale = component.scale + left.T @ left - k * np.outer(mean, mean)
            centre, square = component.mean + mean, scale.diagonal() * (k + 1) / (k * d_free)
        else:
            k = component.kappa + len(own)
            left = own - component.mean
            mean = left.sum(axis=0) / k
            b = component.rate + 0.5 * ((left**2).sum(axis=0) - k * mean**2)
            a = component.shape + 0.5 * len(own)
            centre, square, d_free = component.mean + mean, b * (k + 1) / (k * a), 2 * a[j]
        peer = stats.t(d_free, centre[j], math.sqrt(square[j]))
        assert stats.kstest(drawn[:, j], peer.cdf).pvalue > 1e-3


@pytest.mark.parametrize("kind", ["bernoulli", "categorical", "poisson", "multinomial"])
def test_new_categories_and_counts_are_drawn_with_their_probabilities(kind):
    component, X = case(kind, 12, 2, seed=10)
    X[:, 1] += (X.sum(axis=1) == 0) if kind == "multinomial" else 0
    labels, m = np.arange(12) % 3, 6000
    rows = component.check(X)
    drawn = sample_rows(np.full(m, 1), rows, labels, component, np.random.default_rng(2))
    values, counts = np.unique(drawn, axis=0, return_counts=True)
    log_p = predictive(component.check(values), rows, labels, component)[:, 1]
    if kind == "multinomial":  # totals are those of the rows
        totals = X.sum(axis=1)
        log_p += np.log([np.mean(totals == total) for total in values.sum(axis=1)])
    expected = m * np.exp(log_p)
    often = expected > 10
    chi2 = ((counts - expected) ** 2 / expected)[often].sum()
    assert chi2 < stats.chi2.ppf(0.999, often.sum())
    assert expected.sum() == pytest.approx(m, rel=0.02)


def test_new_numbers_without_conjugacy_are_drawn_from_the_predictive_density():
    X = np.array([[1.0], [2.0], [9.0], [11.0], [10.0]])
    component = SemiConjugateNormal(rate=2.0).resolve(X)
    labels, rows = [0, 0, 1, 1, 1], component.check(X)
    for c in (0, 1, 2):
        drawn = sample_rows(np.full(3000, c), rows, labels, component, np.random.default_rng(3))
        grid = np.linspace(-60, 70, 6001)
        density = np.exp(predictive(Rows(grid[:, None]), rows, labels, component)[:, c])
        cdf = np.cumsum(density) * (grid[1] - grid[0])
        assert stats.kstest(drawn[:, 0], lambda x, to=(grid, cdf): np.interp(x, *to)).pvalue > 1e-3


@pytest.mark.parametrize("kind", [*INDEPENDENT, "normal", "mixed", "multinomial"])
def test_simulated_clusters_have_one_set_of_parameters_each(kind):
    # The mean log density of simulated rows under their partition exceeds that under any other: the entropy inequality.
    component, _ = case(kind, 12, 2, seed=11)
    rng = np.random.default_rng(4)
    labels = np.repeat([0, 1], 15)
    totals = np.full(30, 12)
    gains = []
    for _ in range(60):
        X = simulate_rows(labels, component, rng, totals)
        gains.append(
            log_marginal(X, labels, component) - log_marginal(X, np.zeros(30, int), component)
        )
    assert np.mean(gains) > 2 * np.std(gains) / math.sqrt(60)


def test_simulated_rates_are_shared_by_all_clusters():
    component = SemiConjugateNormal(
        mean=0.0, variance=1e-6, shape=1e4, rate=Gamma(shape=0.5, rate=1.0)
    ).resolve(np.zeros((1, 1)))
    X = simulate_rows(np.repeat(np.arange(50), 40), component, np.random.default_rng(5))
    spreads = X.reshape(50, 40).std(axis=1)
    assert (
        spreads.std() < 0.2 * spreads.mean()
    )  # of one rate; of many they would differ by orders of magnitude


def test_columns_are_found_by_their_names():
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(
        {"mass": rng.normal(size=9), "sex": rng.integers(0, 2, 9), "n": rng.poisson(2, 9)}
    )
    by_name = Mixed({"mass": Normal(), ("n",): Poisson(), "sex": Bernoulli()})
    by_place = Mixed({0: Normal(), 2: Poisson(), (1,): Bernoulli()})
    labels = np.arange(9) % 2
    assert log_marginal(frame, labels, by_name) == log_marginal(frame.to_numpy(), labels, by_place)
    assert list(by_name.resolve(frame).columns) == [(0,), (2,), (1,)]
