"""The exactness suite itself: wrong samplers fail it, and its statistics are those of the textbooks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import ganglion as gl
from exactness import COMPONENTS, PRIORS
from ganglion.cluster.bayesian import DirichletProcess, Gamma
from ganglion.cluster.bayesian.check import _models as models
from ganglion.cluster.bayesian.check import _statistics as statistics
from ganglion.cluster.bayesian.check import (
    calibration,
    enumerate_partitions,
    exact_posterior,
    geweke,
    joint,
    simulation_based_calibration,
    total_variation,
)

X, DIAGONAL = COMPONENTS["diagonal"]
RIGHT, WRONG = DirichletProcess(concentration=1.0), DirichletProcess(concentration=4.0)


def drawn(exact, n_chains, n_draws, seed):
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(exact.partitions), p=exact.probabilities, size=(n_chains, n_draws))
    return exact.partitions[rows]


def test_draws_from_the_posterior_pass_and_from_another_one_fail():
    exact = exact_posterior(X, RIGHT, DIAGONAL)
    right = total_variation(drawn(exact, 4, 3000, 0), exact)
    assert right.passed
    assert right.distance == pytest.approx(right.expected, rel=0.5)
    assert right.effective_draws == pytest.approx(12_000, rel=0.15)
    assert right.n_draws == 12_000
    wrong = total_variation(drawn(exact_posterior(X, WRONG, DIAGONAL), 4, 3000, 0), exact)
    assert not wrong.passed
    assert "MORE than three times" in wrong.sentence
    assert "no more than three times" in right.sentence


def test_expected_distances_of_independent_draws_are_the_formulas():
    exact = exact_posterior(X, RIGHT, DIAGONAL)
    p, draws = exact.probabilities, drawn(exact, 1, 3, 1)
    found = total_variation(draws, exact)
    assert found.expected == pytest.approx(np.sqrt(p * (1 - p) / (2 * math.pi * 3)).sum())


def test_how_clusters_are_numbered_does_not_matter():
    exact = exact_posterior(X, RIGHT, DIAGONAL)
    draws = drawn(exact, 2, 50, 2)
    assert total_variation(7 - 3 * draws.astype(int), exact) == total_variation(draws, exact)
    assert total_variation(draws[0], exact) == total_variation(draws[:1], exact)


def test_draws_of_other_points_are_refused():
    exact = exact_posterior(X, RIGHT, DIAGONAL)
    with pytest.raises(gl.DataError, match=r"the same 5 points.*got shape \(1, 2, 4\)"):
        total_variation(np.zeros((2, 4), int), exact)


def test_a_sampler_of_another_prior_fails_the_joint_test(monkeypatch):
    right = models.Joint.move

    def move(self, rows, labels, values, algorithm, rng):
        other = models.Joint(WRONG, self.component, self.shape, self.totals)
        return right(other, rows, labels, values, algorithm, rng)

    monkeypatch.setattr(models.Joint, "move", move)
    found = geweke(X, RIGHT, DIAGONAL, n_draws=1500)
    assert not found.passed
    assert "DISAGREE" in found.sentence


def test_hyperparameters_that_move_wrongly_fail_the_joint_test(monkeypatch):
    prior = DirichletProcess(concentration=Gamma(shape=2, rate=1))
    right = type(prior).update
    monkeypatch.setattr(
        type(prior), "update", lambda self, v, sizes, n, rng: right(self, v, [*sizes, 1], n, rng)
    )
    assert not geweke(X, prior, DIAGONAL, n_draws=1500).passed


def test_a_sampler_of_another_prior_is_not_calibrated(monkeypatch):
    right = calibration.sample_partitions
    few = DirichletProcess(concentration=0.1)
    monkeypatch.setattr(
        calibration,
        "sample_partitions",
        lambda X, prior, component, **rest: right(X, few, component, **rest),
    )
    found = simulation_based_calibration(X, WRONG, DIAGONAL, n_simulations=80, n_draws=15, thin=3)
    assert not found.passed
    assert "NOT uniform" in found.sentence


@pytest.mark.parametrize("name", PRIORS)
def test_partitions_drawn_forward_have_the_priors_probabilities(name):
    prior = PRIORS[name]
    model = models.Joint.like(X[:4], prior, DIAGONAL)
    rng = np.random.default_rng(4)
    labels = np.array([model.partition({}, rng) for _ in range(3000)])
    partitions = enumerate_partitions(4)
    observed = [np.sum(np.all(labels == row, axis=1)) for row in partitions]
    p = np.exp([prior.log_probability(np.bincount(row)) for row in partitions])
    assert np.sum(observed) == 3000
    possible = p > 0
    assert stats.chisquare(np.array(observed)[possible], 3000 * p[possible]).pvalue > 1e-3


def test_tails_are_those_of_scipy():
    for freedom in (1, 2, 15, 40):
        for x in (0.0, 0.3, 5.0, 20.0, 100.0):
            expected = stats.chi2(freedom).sf(x)
            assert statistics.chi_square_tail(x, freedom) == pytest.approx(expected, rel=1e-10)
    for z in (0.0, 1.0, -2.5, 6.0):
        assert statistics.normal_tail(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-12)


def test_dependence_is_seen():
    # An autoregression with coefficient r: one independent draw is worth (1 + r) / (1 - r) of its own.
    rng, r = np.random.default_rng(0), 0.8
    x = np.zeros((4, 20_000))
    for i in range(1, x.shape[1]):
        x[:, i] = r * x[:, i - 1] + rng.normal(size=4)
    variance = 1 / (1 - r * r) * (1 + r) / (1 - r) / x.size
    error = statistics.batch_errors(x[:, :, None])[0]
    assert error == pytest.approx(math.sqrt(variance), rel=0.5)


def test_the_joint_tests_scores_have_students_tail():
    rng = np.random.default_rng(1)
    independent, means = rng.normal(size=10**6), rng.normal(size=50) / 10 + 0.05
    t = (means.mean() - independent.mean()) / math.hypot(
        means.std(ddof=1) / math.sqrt(50), independent.std() / 1000
    )
    score = joint._z_score(independent, means)
    assert statistics.normal_tail(score) == pytest.approx(2 * stats.t(49).sf(t), rel=1e-2)
    assert joint._z_score(np.ones(5), np.ones(3)) == 0
    assert joint._z_score(np.ones(5), np.zeros(3)) == -math.inf
