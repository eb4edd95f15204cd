"""Priors over partitions: the formulas in exact fractions, the laws of exchangeable partitions, published values."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ganglion.cluster.bayesian import (
    Beta,
    DirichletProcess,
    Gamma,
    MixtureOfFiniteMixtures,
    PitmanYor,
    log_prior,
    prior_from_state,
)
from ganglion.cluster.bayesian._priors.log_prior import log_priors
from ganglion.cluster.bayesian._special import log_gamma, log_rising
from oracles import bayesian_priors as oracle

GEOMETRIC = stats.geom(0.1).logpmf
FIXED = {
    "dp": DirichletProcess(concentration=1.0),
    "dp, few clusters": DirichletProcess(concentration=1e-8),
    "dp, many clusters": DirichletProcess(concentration=1e8),
    "py": PitmanYor(discount=0.25, concentration=1.0),
    "py, concentration below 0": PitmanYor(discount=0.5, concentration=-0.4),
    "py, discount 0": PitmanYor(discount=0.0, concentration=2.0),
    "py, discount near 1": PitmanYor(discount=0.99, concentration=3.0),
    "mfm, geometric": MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=GEOMETRIC),
    "mfm, gaps": MixtureOfFiniteMixtures(gamma=0.4, n_components_prior=[0.2, 0.0, 0.8]),
    "mfm, one": MixtureOfFiniteMixtures(gamma=2.5, n_components_prior=[1.0]),
    "mfm, Poisson": MixtureOfFiniteMixtures(
        gamma=0.1, n_components_prior=stats.poisson(3, loc=1).logpmf
    ),
}
FREE = {
    "dp": DirichletProcess(concentration=Gamma(shape=2, rate=1)),
    "py, discount": PitmanYor(discount=Beta(a=2, b=3), concentration=-0.1),
    "py, concentration": PitmanYor(discount=0.3, concentration=Gamma(shape=0.5, rate=2)),
    "py, both": PitmanYor(discount=Beta(a=1, b=1), concentration=Gamma(shape=1, rate=1)),
    "mfm": MixtureOfFiniteMixtures(
        gamma=Gamma(shape=1, rate=1), n_components_prior=[0.5, 0.3, 0.2]
    ),
}


def predictions(prior, labels):
    """log_prior of every way to let one more point join a partition."""
    return [log_prior([*labels, c], prior) for c in range(max(labels) + 2)]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_the_dirichlet_process_is_the_chinese_restaurant(n):
    prior = DirichletProcess(concentration=0.7)
    for labels in oracle.all_partitions(n):
        exact = float(oracle.dirichlet_process(labels, Fraction(7, 10)))
        assert np.exp(log_prior(labels, prior)) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize(
    ("discount", "concentration"), [("1/4", "1"), ("1/2", "-2/5"), ("0", "3"), ("9/10", "1/5")]
)
def test_pitman_yor_is_the_restaurant_with_a_discount(discount, concentration):
    s, c = Fraction(discount), Fraction(concentration)
    prior = PitmanYor(discount=float(s), concentration=float(c))
    for labels in oracle.all_partitions(5):
        exact = float(oracle.pitman_yor(labels, s, c))
        assert np.exp(log_prior(labels, prior)) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("gamma", ["1", "2/5", "3"])
def test_a_mixture_of_finite_mixtures_is_a_sum_over_components_and_assignments(gamma):
    p = [Fraction(1, 2), Fraction(0), Fraction(1, 3), Fraction(1, 6)]
    prior = MixtureOfFiniteMixtures(
        gamma=float(Fraction(gamma)), n_components_prior=[float(each) for each in p]
    )
    for labels in oracle.all_partitions(4):
        exact = oracle.with_components(labels, Fraction(gamma), p)
        assert np.exp(log_prior(labels, prior)) == pytest.approx(float(sum(exact)), rel=1e-13)
        of_k = prior.components_given_clusters(max(labels) + 1, n=4)
        expected = [float(each / sum(exact)) for each in exact]
        np.testing.assert_allclose(of_k, expected[: len(of_k)], rtol=1e-13)
        assert len(of_k) == 4


@pytest.mark.parametrize("prior", FIXED.values(), ids=FIXED)
@pytest.mark.parametrize("n", [1, 2, 5, 40, 300])
def test_the_number_of_clusters_has_probabilities_that_sum_to_one(prior, n):
    p = prior.n_clusters_probability(n)
    assert p.shape == (n + 1,)
    assert p[0] == 0
    assert math.fsum(p) == pytest.approx(1, abs=1e-11)


def test_the_number_of_clusters_of_five_points():
    # |s(5, k)| / 5! with the Stirling numbers of the first kind 24, 50, 35, 10, 1.
    p = DirichletProcess(concentration=1).n_clusters_probability(5)
    np.testing.assert_allclose(p[1:], np.array([24, 50, 35, 10, 1]) / 120, rtol=1e-13)


def test_how_many_clusters_are_expected_of_eighty_two_points():
    t = np.arange(83)
    dp = DirichletProcess(concentration=1).n_clusters_probability(82) @ t
    assert dp == pytest.approx(sum(1 / (1 + i) for i in range(82)), rel=1e-12)
    assert dp == pytest.approx(4.990020, abs=1e-6)
    py = PitmanYor(discount=0.25, concentration=1).n_clusters_probability(82) @ t
    # Gamma(c + s + n) Gamma(c + 1) / (s Gamma(c + s) Gamma(c + n)) - c / s
    gamma = math.gamma
    ratio = math.exp(math.lgamma(83.25) - math.lgamma(83))
    assert py == pytest.approx(ratio * gamma(2) / (0.25 * gamma(1.25)) - 4, rel=1e-12)
    assert py == pytest.approx(9.305077, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=12),
    prior=st.sampled_from(list(FIXED.values())),
)
def test_one_more_point_divides_a_partitions_probability(labels, prior):
    # The addition rule: what partitions of n + 1 points leave of n points is the prior of n points.
    numbered = np.unique(labels, return_inverse=True)[1].tolist()
    whole = log_prior(numbered, prior)
    if np.isfinite(whole):
        assert np.logaddexp.reduce(predictions(prior, numbered)) == pytest.approx(whole, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    labels=st.lists(st.integers(-3, 3), min_size=1, max_size=12),
    prior=st.sampled_from(list(FIXED.values())),
    seed=st.integers(0, 100),
)
def test_points_and_clusters_are_exchangeable(labels, prior, seed):
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(labels)
    renamed = rng.permutation(7)[np.array(shuffled) + 3] * 10 - 7
    assert log_prior(shuffled, prior) == log_prior(labels, prior)
    assert log_prior(renamed, prior) == log_prior(labels, prior)


@pytest.mark.parametrize("prior", FIXED.values(), ids=FIXED)
def test_a_samplers_table_says_the_same_as_log_prior(prior):
    table = prior.table(9)
    assert table.log_v.shape == (10,)
    assert table.log_v[0] == table.log_v[1]
    for sizes in ([9], [1] * 9, [4, 4, 1], [3, 3, 3], [5, 1, 1, 1, 1]):
        weights = sum(math.lgamma(m + table.shift) - math.lgamma(1 + table.shift) for m in sizes)
        labels = np.repeat(np.arange(len(sizes)), sizes)
        expected = table.log_v[len(sizes)] + weights
        assert log_prior(labels, prior) == pytest.approx(expected, abs=1e-9)
        assert prior.log_probability(sizes) == pytest.approx(log_prior(labels, prior), abs=1e-12)


@pytest.mark.parametrize("prior", FIXED.values(), ids=FIXED)
def test_a_short_table_is_the_beginning_of_a_long_one(prior):
    np.testing.assert_array_equal(prior.table(200, t_max=30).log_v, prior.table(200).log_v[:31])


@pytest.mark.parametrize("prior", FREE.values(), ids=FREE)
def test_free_hyperparameters_are_integrated_out(prior):
    rng = np.random.default_rng(0)
    given = np.exp([prior.log_probability([2, 2, 1], prior.draw(rng)) for _ in range(1000)])
    integrated = np.exp(log_prior([0, 0, 1, 1, 2], prior))
    assert abs(integrated - given.mean()) < 4 * given.std() / math.sqrt(1000)
    sizes = [np.array(each) for each in ([3], [2, 1], [1, 1, 1])]
    p = np.exp(log_priors(sizes, prior))
    assert p @ [1, 3, 1] == pytest.approx(1, abs=1e-8)


def test_many_partitions_at_once_are_each_on_its_own():
    rng = np.random.default_rng(1)
    draws = [np.unique(rng.integers(0, 1 + i, 30), return_inverse=True)[1] for i in range(12)]
    for prior in (FREE["dp"], FIXED["mfm, geometric"]):
        together = log_priors([np.bincount(draw) for draw in draws], prior)
        alone = [log_prior(draw, prior) for draw in draws]
        np.testing.assert_allclose(together, alone, rtol=1e-13)


def test_components_beyond_the_table_are_impossible():
    prior = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.5, 0.5])
    assert log_prior([0, 1, 2], prior) == -np.inf
    assert prior.table(5).log_v.tolist()[3:] == [-np.inf] * 3
    assert prior.components_given_clusters(3, n=5).size == 0


def test_a_function_that_ends_is_an_array():
    ends = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=stats.randint(1, 5).logpmf)
    array = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.25] * 4)
    np.testing.assert_allclose(ends.table(100).log_v, array.table(100).log_v, rtol=1e-13)


def test_heavy_tails_are_summed_as_far_as_points_see_them():
    prior = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=stats.zipf(2.0).logpmf)
    k = np.arange(1, 200_001, dtype=float)
    # t = 2, n = 20: what lies beyond k = 200,000 is below 200,000^-18.
    terms = np.log(k) + np.log(np.maximum(k - 1, 1e-300)) - log_rising(k, 20) - 2 * np.log(k)
    expected = np.logaddexp.reduce(terms[1:]) - math.log(math.pi**2 / 6)
    assert prior.log_probability([10, 10]) == pytest.approx(
        expected + 2 * math.lgamma(11), rel=1e-12
    )
    with pytest.raises(ValueError, match=r"decreases too slowly to be summed.*Give it as an array"):
        prior.table(5)


def test_millions_of_points_take_a_moment():
    for prior in (FIXED["dp"], FIXED["py"], FIXED["mfm, geometric"]):
        table = prior.table(10**7, t_max=50)
        assert np.all(np.isfinite(table.log_v))
        assert np.isfinite(prior.log_probability([10**7 - 3, 1, 2]))


def test_rising_factorials_do_not_cancel():
    for a in (1e-300, 1e-9, 0.3, 1.0, 2.5, 40.0, 1e6, 1e15):
        for n in (0, 1, 2, 17):
            expected = math.fsum(math.log(a + i) for i in range(n))
            assert log_rising(a, n) == pytest.approx(expected, rel=2e-15, abs=2e-14)
    x = np.geomspace(1e-300, 1e300, 2001)
    expected = np.array([math.lgamma(each) for each in x])
    np.testing.assert_allclose(log_gamma(x), expected, rtol=1e-14, atol=2e-14)


@pytest.mark.parametrize("prior", [*FIXED.values(), *FREE.values()])
def test_a_prior_comes_back_from_its_state(prior):
    back = prior_from_state(prior.to_state())
    assert type(back) is type(prior)
    assert back.free == prior.free
    values = prior.start()
    np.testing.assert_allclose(
        back.table(30, values, 8).log_v, prior.table(30, values, 8).log_v, rtol=1e-12
    )
    assert prior_from_state(back.to_state()) == back


def test_what_is_done_to_the_answer_leaves_the_free_hyperparameters_as_they_are():
    prior = PitmanYor(discount=Beta(a=1, b=2), concentration=Gamma(shape=1, rate=1))
    prior.free.clear()
    assert set(prior.free) == set(prior.start()) == {"discount", "concentration"}


def test_use_leaves_no_trace_in_a_prior():
    """Estimators hold priors as parameters, and what fit changed in one would be a changed parameter."""
    prior = PitmanYor(discount=Beta(a=1, b=2), concentration=Gamma(shape=1, rate=1))
    before = dict(vars(prior))
    prior.start()
    prior.log_density({"discount": 0.3, "concentration": 1.0})
    assert vars(prior) == before
