"""scikit-learn's contract for the networks, by scikit-learn's own checks: all of them, none excused."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import ganglion as gl


@pytest.fixture(autouse=True)
def array_api(monkeypatch):
    """Without it scikit-learn leaves its array API checks out."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")


@parametrize_with_checks(
    [
        gl.MLPClassifier(),
        gl.MLPClassifier((8,), solver="lbfgs", class_weight="balanced", max_iter=50),
        gl.MLPClassifier("8-4", ["tanh", "gelu"], solver="sgd"),
        gl.MLPRegressor(),
        gl.MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", max_iter=50),
        gl.MLPRegressor("huber", (16,), solver="lbfgs", missing="impute", max_iter=100),
        gl.MLPRegressor(solver="sgd", learning_rate="adaptive", activation="tanh"),
    ]
)
def test_every_check_of_scikit_learn_holds(estimator, check):
    check(estimator)
