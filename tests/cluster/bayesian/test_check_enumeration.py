"""Partitions listed one by one, and the posterior over them: counts, sums, and values worked out elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import ganglion as gl
from ganglion.cluster.bayesian import (
    Bernoulli,
    Beta,
    Categorical,
    DiagonalNormal,
    DirichletProcess,
    Gamma,
    Mixed,
    MixtureOfFiniteMixtures,
    Multinomial,
    Normal,
    PitmanYor,
    Poisson,
    SemiConjugateNormal,
    log_marginal,
    log_prior,
)
from ganglion.cluster.bayesian.check import enumerate_partitions, eppf_total, exact_posterior
from oracles import bayesian_priors as oracle

PRIORS = {
    "dp": DirichletProcess(concentration=0.7),
    "dp, free": DirichletProcess(concentration=Gamma(shape=1, rate=1)),
    "py": PitmanYor(discount=0.4, concentration=-0.2),
    "py, free": PitmanYor(discount=Beta(a=1, b=2), concentration=0.5),
    "mfm, array": MixtureOfFiniteMixtures(gamma=0.8, n_components_prior=[0.1, 0.2, 0.3, 0.4]),
    "mfm, function": MixtureOfFiniteMixtures(gamma=1.3, n_components_prior=stats.geom(0.2).logpmf),
    "mfm, free": MixtureOfFiniteMixtures(
        gamma=Gamma(shape=2, rate=2), n_components_prior=stats.geom(0.2).logpmf
    ),
}
SIX = np.array([[-2.1], [-1.9], [-0.3], [0.2], [1.8], [2.2]])


def test_there_are_bell_many_partitions():
    counts = [len(enumerate_partitions(n)) for n in range(1, 9)]
    assert counts == [1, 2, 5, 15, 52, 203, 877, 4140]


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_partitions_are_listed_once_in_order(n):
    assert enumerate_partitions(n).tolist() == list(oracle.all_partitions(n))


@pytest.mark.parametrize("n", [0, -1, 13])
def test_only_a_few_points_can_be_listed(n):
    with pytest.raises(gl.ParameterError, match=rf"needs n from 1 to 12; got n={n}"):
        enumerate_partitions(n)


@pytest.mark.parametrize("prior", PRIORS.values(), ids=PRIORS)
@pytest.mark.parametrize("n", range(1, 9))
def test_every_prior_sums_to_one_over_all_partitions(prior, n):
    # Integrals over hyperparameters are right to ten digits.
    assert eppf_total(prior, n) == pytest.approx(1, abs=1e-9 if prior.free else 1e-13)


def test_six_points_have_the_posterior_that_is_known():
    component = DiagonalNormal(mean=0.0, kappa=0.1, shape=2.0, rate=1.0)
    exact = exact_posterior(SIX, DirichletProcess(concentration=1.0), component)
    assert exact.log_evidence == pytest.approx(-13.71434783, abs=1e-8)
    known = [0.029671, 0.244166, 0.427283, 0.242159, 0.052857, 0.003864]
    np.testing.assert_allclose(list(exact.n_clusters.values()), known, atol=5e-7)
    assert list(exact.n_clusters) == [1, 2, 3, 4, 5, 6]
    assert exact.similarity[0, 1] == pytest.approx(0.706067, abs=5e-7)
    np.testing.assert_allclose(np.diag(exact.similarity), 1, rtol=1e-13)
    assert exact.mode.tolist() == [0, 0, 1, 1, 2, 2]
    assert exact.probabilities.max() == pytest.approx(0.108778, abs=5e-7)


def components():
    """A component of each family, and rows for it."""
    rng = np.random.default_rng(3)
    real, counts = rng.normal(size=(5, 2)), rng.poisson(2.0, size=(5, 3)).astype(float)
    bits, codes = (counts > 1).astype(float), np.minimum(counts, 2)
    holes = real.copy()
    holes[1, 0] = holes[4, 1] = np.nan
    mixed = Mixed({(0,): DiagonalNormal(), (1, 2): Poisson()})
    return {
        "normal": (real, Normal()),
        "diagonal": (real, DiagonalNormal()),
        "diagonal, holes": (holes, DiagonalNormal(allow_missing=True)),
        "multinomial": (counts, Multinomial(alpha=0.5)),
        "bernoulli": (bits, Bernoulli()),
        "poisson": (counts, Poisson()),
        "categorical": (codes, Categorical()),
        "mixed": (np.column_stack([real[:, 0], counts[:, :2]]), mixed),
        "semi-conjugate": (real, SemiConjugateNormal()),
        "semi-conjugate, rate free": (
            real[:, :1],
            SemiConjugateNormal(rate=Gamma(shape=0.2, rate=2.0)),
        ),
    }


@pytest.mark.parametrize("name", components())
def test_the_posterior_is_prior_times_marginal_likelihood(name):
    X, component = components()[name]
    prior = PRIORS["mfm, function"]
    exact = exact_posterior(X, prior, component)
    resolved = component.resolve(X)
    for i in (0, 7, 20, 51):
        labels = exact.partitions[i]
        joint = log_prior(labels, prior) + log_marginal(X, labels, resolved)
        assert np.log(exact.probabilities[i]) + exact.log_evidence == pytest.approx(joint, abs=1e-9)
    assert exact.probabilities.sum() == pytest.approx(1, abs=1e-12)


def test_parameters_without_conjugacy_are_integrated_out():
    # One cluster, one column: the integral over mean and log precision, on a fine grid.
    x, a, b = np.array([0.3, -0.8, 1.1]), 2.0, 1.5
    u, m = np.linspace(-12, 6, 1201), np.linspace(-25, 25, 1501)[:, None]
    log_density = stats.gamma(a, scale=1 / b).logpdf(np.exp(u)) + u + stats.norm(0.2, 2).logpdf(m)
    for each in x:
        log_density = log_density + stats.norm(m, np.exp(-u / 2)).logpdf(each)
    on_grid = np.exp(log_density).sum() * (u[1] - u[0]) * (m[1, 0] - m[0, 0])
    component = SemiConjugateNormal(mean=0.2, variance=4.0, shape=a, rate=b)
    prior = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[1.0])
    exact = exact_posterior(x[:, None], prior, component)
    assert exact.log_evidence == pytest.approx(np.log(on_grid), abs=1e-9)
