"""Draws of partitions: right ones, the same ones for a seed, and what is kept of the chains."""

from __future__ import annotations

import numpy as np
import pytest

import ganglion as gl
from ganglion.cluster.bayesian import (
    Bernoulli,
    DiagonalNormal,
    DirichletProcess,
    Gamma,
    MixtureOfFiniteMixtures,
    Normal,
    PitmanYor,
    SemiConjugateNormal,
    log_marginal,
    log_prior,
    sample_partitions,
)

# Six values with a known posterior under DP(1): log evidence -13.71434783.
SIX = np.array([[-2.1], [-1.9], [-0.3], [0.2], [1.8], [2.2]])
NUMBERS = DiagonalNormal(mean=0.0, kappa=0.1, shape=2.0, rate=1.0)
POSTERIOR_OF_K = [0.029671, 0.244166, 0.427283, 0.242159, 0.052857, 0.003864]
RNG = np.random.default_rng(3)
X = np.concatenate([RNG.normal(size=(20, 2)), RNG.normal(size=(25, 2)) + 6])
PRIORS = {
    "dp": DirichletProcess(concentration=1.0),
    "dp free": DirichletProcess(concentration=Gamma(shape=1, rate=1)),
    "py": PitmanYor(discount=0.3, concentration=0.5),
    "mfm": MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.2] * 5),
}
SHORT = {"n_draws": 30, "n_burn_in": 10, "n_chains": 3, "random_state": 0}


def same(first, second):
    assert np.array_equal(first.draws, second.draws)
    assert np.array_equal(first.log_posterior, second.log_posterior)
    assert first.hyperparameters.keys() == second.hyperparameters.keys()
    for name, drawn in first.hyperparameters.items():
        assert np.array_equal(drawn, second.hyperparameters[name])
    assert np.array_equal(first.history.n_clusters, second.history.n_clusters)
    assert np.array_equal(first.history.log_posterior, second.history.log_posterior)


@pytest.mark.parametrize("algorithm", ["gibbs", "hybrid"])
def test_the_number_of_clusters_has_the_posterior_that_enumeration_finds(algorithm):
    sample = sample_partitions(
        SIX, PRIORS["dp"], NUMBERS, n_draws=5000, algorithm=algorithm, random_state=0
    )
    shares = np.bincount(sample.n_clusters.ravel(), minlength=7)[1:] / sample.n_clusters.size
    # 20,000 draws, at least a fifth of them effective: three standard errors of a share are below 0.024.
    np.testing.assert_allclose(shares, POSTERIOR_OF_K, atol=0.024)


@pytest.mark.parametrize("algorithm", ["gibbs", "hybrid"])
@pytest.mark.parametrize("prior", PRIORS)
def test_one_seed_gives_the_same_draws_at_any_number_of_threads(prior, algorithm):
    threads = gl.get_num_threads()
    try:
        samples = []
        for n in (1, 2, 3, 7):
            gl.set_num_threads(n)
            samples.append(sample_partitions(X, PRIORS[prior], algorithm=algorithm, **SHORT))
    finally:
        gl.set_num_threads(threads)
    for other in samples[1:]:
        same(samples[0], other)


def test_chains_have_streams_of_their_own_that_the_others_do_not_change():
    start = np.zeros(len(X), int)
    options = {**SHORT, "init": start}
    three = sample_partitions(X, PRIORS["dp free"], **options)
    two = sample_partitions(X, PRIORS["dp free"], **{**options, "n_chains": 2})
    assert np.array_equal(three.draws[:2], two.draws)
    assert not np.array_equal(three.draws[0], three.draws[1])


@pytest.mark.parametrize(
    "seed", [7, lambda: np.random.default_rng(7), lambda: np.random.RandomState(7)]
)
def test_every_kind_of_seed_repeats(seed):
    def draw():
        state = seed() if callable(seed) else seed
        return sample_partitions(X, **{**SHORT, "random_state": state})

    same(draw(), draw())


def test_a_draw_is_kept_after_every_thin_sweeps_behind_the_burn_in():
    often = sample_partitions(
        X, PRIORS["dp"], n_draws=12, n_burn_in=4, thin=1, n_chains=2, random_state=0, record=True
    )
    seldom = sample_partitions(
        X, PRIORS["dp"], n_draws=4, n_burn_in=4, thin=3, n_chains=2, random_state=0, record=True
    )
    assert np.array_equal(often.draws[:, 2::3], seldom.draws)
    # Entry 0 is the start; the first draw is the state after sweep n_burn_in + thin.
    assert np.array_equal(seldom.history.labels[:, 4 + 3 :: 3], seldom.draws)
    assert len(seldom.history) == 4 + 4 * 3
    assert seldom.history.n_burn_in == 4 and seldom.history.thin == 3


def test_without_burn_in_the_start_is_still_no_draw():
    start = np.arange(len(X))
    sample = sample_partitions(
        X, PRIORS["dp"], n_draws=3, n_burn_in=0, init=start, random_state=0, record=True
    )
    assert np.array_equal(sample.history.labels[:, 0], np.tile(start, (4, 1)))
    assert np.array_equal(sample.history.labels[:, 1:], sample.draws)
    assert not np.any(np.all(sample.draws == start, axis=2))


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("component", [Normal(), DiagonalNormal()])
def test_the_log_posterior_is_that_of_the_draw_with_all_constants(prior, component):
    sample = sample_partitions(X, PRIORS[prior], component, **{**SHORT, "n_draws": 5})
    for c, d in np.ndindex(3, 5):
        labels = sample.draws[c, d]
        expected = log_prior(labels, PRIORS[prior]) + log_marginal(X, labels, sample.component)
        assert sample.log_posterior[c, d] == pytest.approx(expected, rel=1e-10)


def test_the_trace_holds_every_sweep_with_the_hyperparameters_at_their_values():
    sample = sample_partitions(X, PRIORS["dp free"], **SHORT)
    history, prior = sample.history, sample.prior
    for c in range(3):
        value = {"concentration": sample.hyperparameters["concentration"][c, -1]}
        labels = sample.draws[c, -1]
        joint = (
            log_prior(labels, prior, value)
            + prior.log_density(value)
            + log_marginal(X, labels, sample.component)
        )
        assert history.log_posterior[c, -1] == pytest.approx(joint, rel=1e-10)
        assert history.n_clusters[c, -1] == labels.max() + 1


@pytest.mark.parametrize("prior", PRIORS)
def test_draws_are_numbered_by_first_appearance_in_the_smallest_integers(prior):
    sample = sample_partitions(X, PRIORS[prior], **SHORT)
    assert sample.draws.dtype == np.int8
    assert sample.draws.flags.c_contiguous
    for labels in sample.draws.reshape(-1, len(X)):
        first = np.unique(labels, return_index=True)[1]
        assert np.array_equal(np.sort(first), first)
        assert labels.max() + 1 == len(first)


def test_labels_widen_where_there_are_more_clusters():
    spread = np.arange(300.0)[:, None] * 1000
    tight = DiagonalNormal(mean=0.0, kappa=1e-8, shape=1000.0, rate=1.0)
    starts = np.stack([np.zeros(300, int), np.arange(300)])
    sample = sample_partitions(
        spread, PRIORS["dp"], tight, n_draws=3, n_burn_in=0, n_chains=2, init=starts, random_state=0
    )
    assert sample.draws.dtype == np.int16
    assert sample.n_clusters.max() > 250
    assert np.array_equal(sample.draws.max(axis=2) + 1, sample.history.n_clusters)


def test_a_start_that_the_prior_does_not_allow_is_left():
    prior = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.3, 0.3, 0.4])
    sample = sample_partitions(
        X, prior, n_draws=20, n_burn_in=60, n_chains=2, init=np.arange(len(X)), random_state=0
    )
    assert sample.n_clusters.max() <= 3
    assert np.isfinite(sample.log_posterior).all()


def test_the_prior_is_asked_for_tables_that_are_as_long_as_needed(monkeypatch):
    rows = RNG.normal(size=(1500, 1))
    loose = DiagonalNormal(mean=0.0, kappa=1e4, shape=1e4, rate=1e4)  # as good as no information
    prior = DirichletProcess(concentration=500.0)
    options = {"n_draws": 3, "n_burn_in": 2, "n_chains": 2, "random_state": 0}
    start = np.zeros(1500, int)  # a table of 128 is asked for; the first sweep opens more clusters
    short = sample_partitions(rows, prior, loose, init=start, **options)
    assert short.history.n_clusters[:, 0].min() > 128
    whole = type(prior).table
    monkeypatch.setattr(
        type(prior), "table", lambda self, n, values=None, t_max=None: whole(self, n, values)
    )
    same(short, sample_partitions(rows, prior, loose, init=start, **options))


def test_hyperparameters_stand_beside_their_draws():
    sample = sample_partitions(X, PRIORS["dp free"], **SHORT)
    assert set(sample.hyperparameters) == {"concentration"}
    drawn = sample.hyperparameters["concentration"]
    assert drawn.shape == (3, 30) and np.all(drawn > 0) and len(np.unique(drawn)) == 90
    assert sample_partitions(X, PRIORS["dp"], **SHORT).hyperparameters == {}


def test_the_component_shows_the_hyperparameters_that_came_from_the_data():
    sample = sample_partitions(X, **SHORT)
    assert sample.component == Normal().resolve(X)
    assert sample.component.mean.shape == (2,)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_points(n):
    rows = np.arange(float(n))[:, None]
    sample = sample_partitions(rows, PRIORS["dp"], NUMBERS, n_draws=20, random_state=0)
    assert sample.draws.shape == (4, 20, n)
    assert np.isfinite(sample.log_posterior).all()


def test_equal_points_have_a_posterior_too():
    sample = sample_partitions(np.ones((10, 1)), PRIORS["dp"], NUMBERS, n_draws=50, random_state=0)
    assert np.isfinite(sample.log_posterior).all()


def test_two_equal_coins_by_hand():
    # Under DP(1), with half the prior each: together 1/3 (the integral of p^2), apart 1/2 1/2: 4/7 and 3/7.
    sample = sample_partitions(
        [[1.0], [1.0]], PRIORS["dp"], Bernoulli(a=1.0, b=1.0), n_draws=5000, random_state=0
    )
    assert np.mean(sample.n_clusters == 1) == pytest.approx(4 / 7, abs=0.02)


def test_auto_is_exact_and_goes_by_the_number_of_samples():
    assert sample_partitions(X, **SHORT).algorithm == "gibbs"
    rows = np.repeat(X, 500, axis=0)
    rows = rows + np.random.default_rng(0).normal(size=rows.shape) * 0.1
    options = {"n_draws": 1, "n_burn_in": 0, "n_chains": 1, "init": np.zeros(len(rows), int)}
    assert sample_partitions(rows, **options).algorithm == "hybrid"
    semi = SemiConjugateNormal()  # has no posterior in closed form, which whole sweeps need
    assert sample_partitions(rows, component=semi, **options).algorithm == "gibbs"
    with pytest.raises(
        gl.ParameterError, match=r'algorithm="hybrid" needs components .*got SemiConj.*"gibbs"'
    ):
        sample_partitions(X, component=semi, algorithm="hybrid", **SHORT)


def test_rates_that_chains_draw_stand_beside_the_draws():
    component = SemiConjugateNormal(rate=Gamma(shape=0.2, rate=0.1))
    sample = sample_partitions(X, PRIORS["dp"], component, **SHORT)
    assert set(sample.hyperparameters) == {"rate[0]", "rate[1]"}
    for drawn in sample.hyperparameters.values():
        assert drawn.shape == (3, 30) and np.all(drawn > 0) and len(np.unique(drawn)) == 90


@pytest.mark.parametrize("prior", PRIORS)
def test_the_approximation_gives_draws_in_the_same_form(prior):
    sample = sample_partitions(X, PRIORS[prior], algorithm="variational", **SHORT)
    assert sample.draws.shape == (3, 30, 45) and sample.algorithm == "variational"
    assert sample.history is None and sample.stopped_by == "n_draws"
    assert set(sample.hyperparameters) == set(PRIORS[prior].free)
    labels = sample.draws[2, 7]
    expected = log_prior(labels, PRIORS[prior]) + log_marginal(X, labels, sample.component)
    assert sample.log_posterior[2, 7] == pytest.approx(expected, rel=1e-10)
    again = sample_partitions(X, PRIORS[prior], algorithm="variational", **SHORT)
    assert np.array_equal(sample.draws, again.draws)


def test_the_approximation_has_no_chains_to_start_record_or_go_on_with(tmp_path):
    for name, value in (
        ("init", np.zeros(45, int)),
        ("record", True),
        ("checkpoint", tmp_path / "run"),
    ):
        with pytest.raises(
            gl.ParameterError, match=f'"variational" has no chains, so {name} means'
        ):
            sample_partitions(X, algorithm="variational", **{name: value}, **SHORT)
    with pytest.raises(gl.ParameterError, match="whose posterior has a closed form; got SemiConj"):
        sample_partitions(X, component=SemiConjugateNormal(), algorithm="variational", **SHORT)
    fitted = gl.BayesianClustering(algorithm="variational", **SHORT).fit(X)
    assert fitted.diagnostics_.verdict == "not converged"
    assert "variational approximation" in fitted.diagnostics_.sentence


def test_what_is_not_exact_says_so():
    fitted = gl.BayesianClustering(algorithm="subcluster", **SHORT).fit(X)
    assert fitted.sample_.algorithm == "subcluster"
    assert fitted.diagnostics_.sentence.endswith("this is about the posterior only nearly.")
