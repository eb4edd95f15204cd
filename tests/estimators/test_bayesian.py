"""`BayesianClustering`: each attribute is what its definition says of the draws."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score

import ganglion as gl
from ganglion.cluster.bayesian import (
    Bernoulli,
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
    log_marginal,
    log_prior,
    membership,
    sample_partitions,
    variation_of_information,
)

RNG = np.random.default_rng(5)
X = np.concatenate([RNG.normal(size=(15, 2)), RNG.normal(size=(25, 2)) + 7])
TRUTH = np.repeat([0, 1], [15, 25])
COUNTS = np.concatenate(
    [RNG.poisson([8, 1, 1], size=(12, 3)), RNG.poisson([1, 1, 8], size=(12, 3))]
).astype(float)
CODES = np.concatenate([RNG.integers(0, 2, (12, 3)), RNG.integers(1, 4, (12, 3))]).astype(float)
COINS = (RNG.random((24, 6)) < np.repeat([[0.1] * 6, [0.9] * 6], 12, axis=0)).astype(float)
PRIORS = [
    DirichletProcess(concentration=1.0),
    DirichletProcess(concentration=Gamma(shape=1, rate=1)),
    PitmanYor(discount=0.2, concentration=0.5),
    PitmanYor(discount=0.5, concentration=-0.2),
    MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=[0.1] * 10),
    MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=stats.geom(0.1).logpmf),
]
COMPONENTS = [
    (X, Normal()),
    (X, Normal(mean=0.0, kappa=0.1, dof=4.0, scale=1.0)),
    (X, DiagonalNormal()),
    (COUNTS, Multinomial()),
    (sparse.csr_array(COUNTS), Multinomial(alpha=0.5)),
    (COUNTS, Poisson()),
    (CODES, Categorical()),
    (COINS, Bernoulli()),
    (np.hstack([X[:24], CODES]), Mixed({(0, 1): Normal(), (2, 3, 4): Categorical()})),
]
SHORT = {"n_draws": 40, "n_burn_in": 40, "random_state": 0}


@pytest.fixture(scope="module")
def model():
    return gl.BayesianClustering(n_draws=200, n_burn_in=100, random_state=0).fit(X)


@pytest.mark.parametrize("prior", PRIORS)
def test_every_prior_finds_two_groups_that_are_far_apart(prior):
    fitted = gl.BayesianClustering(prior=prior, component=DiagonalNormal(), **SHORT).fit(X)
    assert adjusted_rand_score(fitted.labels_, TRUTH) == 1
    first = np.unravel_index(0, fitted.draws_.shape[:2])
    values = {name: drawn[first] for name, drawn in fitted.sample_.hyperparameters.items()}
    assert values.keys() == prior.free.keys()
    expected = log_prior(fitted.draws_[first], prior) + log_marginal(
        X, fitted.draws_[first], fitted.sample_.component
    )
    assert fitted.log_posterior_[first] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("rows", "component"), COMPONENTS)
def test_every_component_goes_through_fit_and_prediction(rows, component):
    fitted = gl.BayesianClustering(component=component, **SHORT).fit(rows)
    n = rows.shape[0]
    probabilities = fitted.predict_proba(rows)
    assert probabilities.shape == (n, fitted.n_clusters_ + 1)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    assert np.array_equal(fitted.predict(rows), probabilities.argmax(axis=1))
    assert np.isfinite(fitted.score_samples(rows)).all()
    new, labels = fitted.sample(7)
    assert new.shape == (7, rows.shape[1]) and labels.shape == (7,) and labels.dtype == np.int32
    assert labels.min() >= 0 and labels.max() <= fitted.n_clusters_
    assert np.isfinite(fitted.score_samples(new)).all()
    expected = log_marginal(rows, fitted.draws_[0, 0], fitted.sample_.component)
    expected += log_prior(fitted.draws_[0, 0], fitted.sample_.prior)
    assert fitted.log_posterior_[0, 0] == pytest.approx(expected, rel=1e-9)


def test_draws_and_labels_are_those_of_the_plain_functions(model):
    sample = sample_partitions(X, n_draws=200, n_burn_in=100, random_state=0)
    assert np.array_equal(model.draws_, sample.draws)
    assert np.array_equal(model.log_posterior_, sample.log_posterior)
    assert model.draws_.shape == (4, 200, 40) and model.draws_.dtype.kind == "i"
    again = gl.BayesianClustering(n_draws=200, n_burn_in=100, random_state=0)
    assert np.array_equal(again.fit_predict(X), model.labels_)
    other = gl.BayesianClustering(n_draws=200, n_burn_in=100, random_state=1).fit(X)
    assert not np.array_equal(other.draws_, model.draws_)


def test_labels_have_the_smallest_expected_loss_that_can_be_seen(model):
    draws = model.draws_.reshape(-1, 40)
    losses = [np.mean([variation_of_information(a, b) for b in draws[::8]]) for a in draws[::40]]
    own = np.mean([variation_of_information(model.labels_, b) for b in draws[::8]])
    assert own <= min(losses) + 1e-12
    whole = np.mean([variation_of_information(model.labels_, b) for b in draws])
    assert model.expected_loss_ == pytest.approx(whole, abs=1e-12)
    first = np.unique(model.labels_, return_index=True)[1]
    assert np.array_equal(np.sort(first), first) and model.labels_.dtype == np.int32
    assert model.n_clusters_ == len(first)


def test_the_similarity_is_the_share_of_draws_and_computed_when_asked_for(model):
    fresh = pickle.loads(pickle.dumps(model))
    fresh._similarity = None
    draws = model.draws_.reshape(-1, 40)
    expected = np.mean(draws[:, :, None] == draws[:, None, :], axis=0)
    np.testing.assert_allclose(fresh.similarity_, expected, rtol=0, atol=1e-15)
    assert fresh.similarity_ is fresh.similarity_


def test_the_number_of_clusters_has_the_shares_of_the_draws(model):
    counts = np.array([len(np.unique(draw)) for draw in model.draws_.reshape(-1, 40)])
    expected = {int(k): np.mean(counts == k) for k in np.unique(counts)}
    assert model.n_clusters_posterior_ == pytest.approx(expected)
    assert list(model.n_clusters_posterior_) == sorted(expected)
    assert all(type(k) is int for k in model.n_clusters_posterior_)


@pytest.mark.parametrize("gamma", [1.0, Gamma(shape=2, rate=2)])
def test_the_number_of_components_is_the_mean_over_draws(gamma):
    prior = MixtureOfFiniteMixtures(gamma=gamma, n_components_prior=[0.1] * 10)
    fitted = gl.BayesianClustering(prior=prior, component=DiagonalNormal(), **SHORT).fit(X)
    expected = np.zeros(10)
    for at in np.ndindex(fitted.draws_.shape[:2]):
        values = {name: drawn[at] for name, drawn in fitted.sample_.hyperparameters.items()}
        share = prior.components_given_clusters(int(fitted.draws_[at].max()) + 1, 40, values)
        expected[: len(share)] += share / 160
    found = fitted.n_components_posterior_
    assert found == pytest.approx({k: p for k, p in enumerate(expected, 1) if p > 0}, rel=1e-10)
    assert sum(found.values()) == pytest.approx(1, rel=1e-12)
    assert min(found) >= 2  # two groups for certain


def test_infinitely_many_components_have_no_number(model):
    assert not hasattr(model, "n_components_posterior_")
    with pytest.raises(AttributeError, match=r"this is a DirichletProcess.*n_clusters_posterior_"):
        _ = model.n_components_posterior_


@pytest.mark.parametrize("loss", ["vi", "binder"])
def test_the_credible_ball_is_around_the_labels_under_the_models_loss(loss):
    fitted = gl.BayesianClustering(loss=loss, **SHORT).fit(X)
    ball = fitted.credible_ball(0.9)
    assert np.array_equal(ball.center, fitted.labels_)
    draws = fitted.draws_.reshape(-1, 40)
    if loss == "vi":
        distances = np.array([variation_of_information(fitted.labels_, b) for b in draws])
    else:
        together = fitted.labels_[:, None] == fitted.labels_[None, :]
        distances = np.array(
            [np.mean(together != (draw[:, None] == draw[None, :])) for draw in draws]
        )
    radius = np.sort(distances)[int(np.ceil(0.9 * len(draws))) - 1]
    assert ball.radius == pytest.approx(radius, abs=1e-12)
    assert np.array_equal(fitted.credible_ball().center, fitted.labels_)


def test_the_diagnostics_are_a_verdict_on_the_chains(model):
    found = model.diagnostics_
    assert {"n_clusters", "largest", "entropy", "log_posterior"} <= set(found.r_hat)
    assert set(found.r_hat) == set(found.ess)
    good = all(r <= 1.01 for r in found.r_hat.values())
    good = good and all(ess >= 400 for ess in found.ess.values())
    assert found.verdict == ("converged" if good else "not converged")
    one = gl.BayesianClustering(n_draws=1, n_burn_in=2, random_state=0).fit(X)
    assert one.diagnostics_.verdict == "not converged"
    alone = gl.BayesianClustering(n_draws=5, n_burn_in=2, n_chains=1, random_state=0).fit(X)
    assert alone.diagnostics_.verdict == "not converged"


def test_certainty_falls_between_the_groups(model):
    assert model.certainty_.shape == (40,)
    assert np.all((model.certainty_ > 0) & (model.certainty_ <= 1))


def test_prediction_averages_over_all_draws_and_names_a_new_cluster(model):
    new = np.array([[0.0, 0.0], [7.0, 7.0], [300.0, -300.0]])
    expected = membership(new, X, model.sample_, model.labels_)
    assert np.array_equal(model.predict_proba(new), expected.probabilities)
    assert np.array_equal(model.score_samples(new), expected.log_density)
    assert model.score(new) == np.mean(expected.log_density)
    k = model.n_clusters_
    assert model.predict(new).tolist() == [model.labels_[0], model.labels_[-1], k]
    assert model.predict(new).dtype == np.int32


def test_new_samples_come_from_the_density_that_scores_them(model):
    new, labels = model.sample(2000)
    assert np.array_equal(new, model.sample(2000)[0])  # an integer seed repeats
    assert adjusted_rand_score(labels[labels < 2], (new[labels < 2, 0] > 3.5)) > 0.98
    # Shares, means and spread are those of the data, within a few standard errors.
    shares = np.bincount(labels, minlength=model.n_clusters_ + 1) / 2000
    np.testing.assert_allclose(shares[:2], [15 / 41, 25 / 41], atol=0.05)
    for k in range(2):
        own = X[model.labels_ == k]
        np.testing.assert_allclose(np.median(new[labels == k], axis=0), own.mean(axis=0), atol=0.25)


def test_data_times_a_thousand_plus_five_give_the_same_draws():
    # A power of two changes no rounding; a thousand and an offset do, in the last digits alone.
    first = gl.BayesianClustering(**SHORT).fit(X)
    for rows in (X * 1024, X * 1000 + 5):
        other = gl.BayesianClustering(**SHORT).fit(rows)
        assert np.array_equal(first.draws_, other.draws_)
        assert np.array_equal(first.labels_, other.labels_)
        np.testing.assert_allclose(
            np.diff(other.log_posterior_.ravel()), np.diff(first.log_posterior_.ravel()), atol=1e-6
        )


def test_names_of_columns_are_learnt_and_stand_in_errors():
    frame = pd.DataFrame(X, columns=["mass", "length"])
    fitted = gl.BayesianClustering(**SHORT).fit(frame)
    assert fitted.feature_names_in_.tolist() == ["mass", "length"]
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame[["length", "mass"]])
    for bad, words in ((np.nan, "1 NaN"), (np.inf, "1 infinity")):
        broken = frame.copy()
        broken.iloc[3, 1] = bad
        for method in (gl.BayesianClustering(**SHORT).fit, fitted.predict):
            with pytest.raises(
                gl.DataError, match=f"holds {words}.*first at row 3, column 'length'"
            ):
                method(broken)


def test_mixed_columns_by_name_and_missing_cells():
    frame = pd.DataFrame(
        {"a": X[:24, 0], "b": X[:24, 1], "kind": CODES[:, 0], "other": CODES[:, 1]}
    )
    frame.iloc[5, 0] = np.nan
    component = Mixed(
        {("a", "b"): DiagonalNormal(), ("kind", "other"): Categorical()}, allow_missing=True
    )
    fitted = gl.BayesianClustering(component=component, **SHORT).fit(frame)
    assert np.isfinite(fitted.log_posterior_).all()
    assert np.isfinite(fitted.score_samples(frame)).all()


def test_what_cannot_be_is_refused_by_name():
    for wrong, message in [
        ({"loss": "rand"}, "loss must be one of 'vi', 'binder'; got 'rand'"),
        ({"n_draws": 0}, "n_draws must be an integer of at least 1; got 0"),
        ({"prior": 3}, "prior must be a DirichletProcess"),
        ({"component": "normal"}, "component must be a Normal"),
        ({"algorithm": "neal"}, "algorithm must be one of"),
        ({"init": np.zeros(7, int)}, r"init must be .* got shape \(7,\)"),
    ]:
        with pytest.raises(gl.ParameterError, match=message):
            gl.BayesianClustering(**{**SHORT, **wrong}).fit(X)
    with pytest.raises(gl.DataError, match="must be dense for this component"):
        gl.BayesianClustering(**SHORT).fit(sparse.csr_array(X))
    for name in ("predict", "predict_proba", "score_samples"):
        with pytest.raises(NotFittedError):
            getattr(gl.BayesianClustering(), name)(X)
    for name in ("similarity_", "diagnostics_", "n_components_posterior_"):
        assert not hasattr(gl.BayesianClustering(), name)


def test_other_columns_are_refused(model):
    with pytest.raises(ValueError, match=r"X has 1 features, but .* is expecting 2 features"):
        model.predict(X[:, :1])


def test_a_clone_is_unfitted_with_the_same_model(model):
    twin = clone(gl.BayesianClustering(prior=PRIORS[4], component=Normal(kappa=0.5)))
    assert twin.prior == PRIORS[4] and twin.component == Normal(kappa=0.5)
    assert not hasattr(clone(model), "labels_")


def test_few_samples_and_equal_ones_have_a_right_answer():
    one = gl.BayesianClustering(**SHORT).fit([[3.0, 1.0]])
    assert one.labels_.tolist() == [0] and one.n_clusters_posterior_ == {1: 1.0}
    equal = gl.BayesianClustering(**SHORT).fit(np.ones((12, 2)))
    assert np.isfinite(equal.log_posterior_).all()
    assert equal.n_clusters_ == 1


def test_every_sweep_is_a_step_for_callbacks():
    pytest.importorskip("sklearn.callback")
    told = []

    class Diary:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context, **kwargs): ...
        def on_fit_task_end(self, estimator, context, **kwargs):
            told.append(context.task_name)

    fitted = gl.BayesianClustering(n_draws=5, n_burn_in=3, random_state=0)
    fitted.set_callbacks(Diary()).fit(X)
    assert told == ["step"] * 8 + ["fit"]


def test_a_callback_may_stop_the_fit():
    pytest.importorskip("sklearn.callback")

    class Impatient:
        n_told = 0

        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context, **kwargs): ...
        def on_fit_task_end(self, estimator, context, **kwargs):
            self.n_told += 1
            return self.n_told == 6

    fitted = gl.BayesianClustering(n_draws=50, n_burn_in=3, random_state=0)
    with pytest.warns(gl.GanglionWarning, match="progress ended the run after sweep 6 of 53"):
        fitted.set_callbacks(Impatient()).fit(X)
    assert fitted.sample_.stopped_by == "progress"
    assert fitted.draws_.shape == (4, 3, 40)
    assert fitted.diagnostics_.verdict == "not converged"
