"""Steps of hyperparameters leave their posterior given the clusters' sizes invariant: compared with its integral."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from ganglion.cluster.bayesian import (
    Beta,
    DirichletProcess,
    Gamma,
    MixtureOfFiniteMixtures,
    PitmanYor,
)
from ganglion.cluster.bayesian._priors.log_prior import integration_nodes
from ganglion.cluster.bayesian._priors.updates import slice_update

SIZES = np.array([9, 5, 3, 1, 1, 1])
N = int(SIZES.sum())
CASES = {
    "dp": DirichletProcess(concentration=Gamma(shape=2, rate=1)),
    "dp, vague": DirichletProcess(concentration=Gamma(shape=0.3, rate=0.1)),
    "py, discount": PitmanYor(discount=Beta(a=1, b=2), concentration=1.0),
    "py, concentration below 0": PitmanYor(discount=Beta(a=1, b=2), concentration=-0.2),
    "py, concentration": PitmanYor(discount=0.3, concentration=Gamma(shape=1, rate=1)),
    "py, both": PitmanYor(discount=Beta(a=1, b=1), concentration=Gamma(shape=1, rate=1)),
    "mfm": MixtureOfFiniteMixtures(
        gamma=Gamma(shape=1, rate=1), n_components_prior=np.full(30, 1 / 30)
    ),
    "mfm, function": MixtureOfFiniteMixtures(
        gamma=Gamma(shape=1, rate=1), n_components_prior=stats.geom(0.1).logpmf
    ),
}


def moments(prior):
    """The posterior mean and standard deviation of each free hyperparameter, and of its square, by quadrature."""
    nodes, log_weights = integration_nodes(prior)
    log_p = log_weights + np.array([prior.log_probability(SIZES, node) for node in nodes])
    weights = np.exp(log_p - np.logaddexp.reduce(log_p))
    found = {}
    for name in prior.free:
        x = np.array([node[name] for node in nodes])
        for power in (1, 2):
            mean = weights @ x**power
            found[name, power] = mean, math.sqrt(weights @ (x**power - mean) ** 2)
    return found


def chain(prior, n_draws, rng):
    """Draws of the hyperparameters, the sizes being given."""
    values, kept = prior.start(), []
    for _ in range(n_draws):
        values = prior.update(values, SIZES, N, rng)
        kept.append(values)
    return kept


@pytest.mark.parametrize("name", CASES)
def test_a_chain_of_steps_has_the_posteriors_moments(name):
    prior = CASES[name]
    kept = chain(prior, 600, np.random.default_rng(5))
    for (hyperparameter, power), (mean, spread) in moments(prior).items():
        x = np.array([values[hyperparameter] for values in kept]) ** power
        batches = x.reshape(30, -1).mean(axis=1)
        error = max(batches.std(ddof=1) / math.sqrt(30), spread / math.sqrt(len(x)))
        assert abs(x.mean() - mean) < 4 * error, hyperparameter


@pytest.mark.parametrize("name", CASES)
def test_one_seed_gives_one_chain(name):
    first, second = (chain(CASES[name], 5, np.random.default_rng(9)) for _ in range(2))
    assert first == second
    assert all(set(values) == set(CASES[name].free) for values in first)


def test_what_is_fixed_stays_and_costs_no_random_number():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    for prior in (
        DirichletProcess(concentration=1.0),
        PitmanYor(discount=0.1, concentration=1.0),
        MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.5, 0.5]),
    ):
        assert prior.free == {} == prior.start() == prior.update({}, [3, 2], 5, rng)
        assert prior.log_density({}) == 0
    assert rng.bit_generator.state == before


def test_a_slice_moves_and_leaves_a_gamma_invariant():
    # Without data the target is the hyperprior itself: Kolmogorov-Smirnov on draws thinned to be nearly independent.
    rng = np.random.default_rng(2)
    hyperprior = Gamma(shape=0.5, rate=3.0)
    x, kept = 1.0, []
    for _ in range(3000):
        x = slice_update(hyperprior.log_density, x, hyperprior, rng)
        kept.append(x)
    assert stats.kstest(kept[::10], stats.gamma(0.5, scale=1 / 3).cdf).pvalue > 1e-3
    bounded = Beta(a=0.5, b=2.0)
    x, kept = 0.5, []
    for _ in range(3000):
        x = slice_update(bounded.log_density, x, bounded, rng)
        kept.append(x)
    assert stats.kstest(kept[::10], stats.beta(0.5, 2.0).cdf).pvalue > 1e-3


def test_a_start_outside_the_support_moves_on():
    # Five clusters cannot be under two components: no value is better than another, and none is not a number.
    prior = MixtureOfFiniteMixtures(gamma=Gamma(shape=1, rate=1), n_components_prior=[0.5, 0.5])
    values = prior.update(prior.start(), [1, 1, 1, 1, 1], 5, np.random.default_rng(0))
    assert 0 < values["gamma"] < math.inf


@pytest.mark.parametrize("shape", [1e-3, 1e3])
@pytest.mark.parametrize("rate", [1e-6, 1e6])
def test_extreme_distributions_give_numbers_inside_their_range(shape, rate):
    rng = np.random.default_rng(1)
    for prior in (
        DirichletProcess(concentration=Gamma(shape=shape, rate=rate)),
        PitmanYor(discount=Beta(a=shape, b=1.0), concentration=Gamma(shape=shape, rate=rate)),
        MixtureOfFiniteMixtures(gamma=Gamma(shape=shape, rate=rate), n_components_prior=[0.2] * 5),
    ):
        values = prior.draw(rng)
        for _ in range(5):
            values = prior.update(values, [3, 1], 4, rng)
            assert np.isfinite(prior.log_density(values))
            assert np.isfinite(prior.log_probability([3, 1], values))


def test_a_discount_starts_above_minus_the_concentration():
    prior = PitmanYor(discount=Beta(a=1, b=9), concentration=-0.5)
    assert prior.start() == {"discount": 0.75}
    assert prior.log_density({"discount": 0.4}) == -math.inf
    assert all(prior.draw(np.random.default_rng(i))["discount"] > 0.5 for i in range(20))
