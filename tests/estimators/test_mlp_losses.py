"""Losses of the regressor whose predictions take one more step: counts, quantiles, a mean with its spread."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neural_network import MLPRegressor as PeerRegressor

import ganglion as gl

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 2))
COUNTS = RNG.poisson(np.exp(0.5 + 0.8 * X[:, 0] - 0.3 * X[:, 1]))
T = X[:, 0] + RNG.normal(size=400)


def linear(loss, **parameters):
    given = {
        "hidden_layer_sizes": (),
        "solver": "lbfgs",
        "alpha": 0.0,
        "max_iter": 500,
        "random_state": 0,
    }
    return gl.MLPRegressor(loss, **given | parameters)


def test_counts_are_learned_as_scikit_learn_learns_them():
    ours = linear("poisson").fit(X, COUNTS)
    theirs = PeerRegressor("poisson", (), solver="lbfgs", alpha=0.0, max_iter=500).fit(X, COUNTS)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-3)
    assert ours.out_activation_ == "exp"
    with pytest.raises(ValueError, match="y must not be negative"):
        linear("poisson").fit(X, T)


def test_quantiles_have_their_share_of_rows_below():
    levels = (0.1, 0.5, 0.9)
    fitted = linear(
        gl.nn.Quantile(levels), solver="adam", learning_rate_init=0.02, max_iter=300
    ).fit(X, T)
    found = fitted.predict(X)
    assert found.shape == (400, 3)
    assert np.all(np.diff(found, axis=1) >= 0)
    np.testing.assert_allclose((T[:, None] < found).mean(axis=0), levels, atol=0.05)
    assert linear("quantile", solver="adam", max_iter=5).fit(X, T).predict(X).shape == (400,)
    both = linear(gl.nn.Quantile(levels), solver="adam", max_iter=5).fit(
        X, np.stack([T, -T], axis=1)
    )
    assert both.predict(X).shape == (400, 2, 3)


def test_a_mean_comes_with_its_variance():
    fitted = linear("gaussian", max_iter=200).fit(X, T)
    assert fitted.predict(X).shape == (400,)
    assert fitted.n_outputs_ == 2
    assert fitted.score(X, T) > 0.4
    _, variance = gl.nn.gaussian_moments(fitted.network_.forward(X))
    assert variance.mean() == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("loss", ["poisson", "gaussian", "quantile"])
def test_they_come_back_from_a_file(loss, tmp_path):
    fitted = linear(loss, solver="adam", max_iter=3, early_stopping=True).fit(X, COUNTS)
    gl.save(fitted, tmp_path / "model")
    assert np.array_equal(gl.load(tmp_path / "model").predict(X), fitted.predict(X))


def test_a_record_with_numbers_comes_back_from_a_file(tmp_path):
    for loss in (gl.nn.Quantile((0.2, 0.8)), gl.nn.Huber(0.5)):
        fitted = linear(loss, solver="adam", max_iter=3).fit(X, T)
        gl.save(fitted, tmp_path / "model")
        same = gl.load(tmp_path / "model")
        assert same.loss == loss
        assert np.array_equal(same.predict(X), fitted.predict(X))
