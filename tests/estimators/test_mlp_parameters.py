"""What the networks' estimators refuse, and in which words; what their parameters may be."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

import ganglion as gl
from ganglion.estimators._mlp.settings import hidden_sizes

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = np.arange(60) % 3
T = X @ [1.0, 2.0, 3.0]

WRONG = {
    r"hidden_layer_sizes must be integers of at least 1, .* got \(0,\)": {"hidden_layer_sizes": 0},
    r"hidden_layer_sizes must be .* got \(5, -1\)": {"hidden_layer_sizes": (5, -1)},
    r"hidden_layer_sizes must be .* got \(2.5,\)": {"hidden_layer_sizes": (2.5,)},
    "hidden_layer_sizes must be .* got 'big'": {"hidden_layer_sizes": "big"},
    "hidden_layer_sizes must be .* got None": {"hidden_layer_sizes": None},
    "activation must be one of .* got 'rely'. Did you mean 'relu'": {"activation": "rely"},
    "activation must be one of .* got 'softmax'": {"activation": "softmax"},
    "activation must be one for all hidden layers, or one for each of the 1; got 2": {
        "activation": ["relu", "tanh"]
    },
    "solver must be one of .* got 'adm'. Did you mean 'adam'": {"solver": "adm"},
    "solver must be one of .* or an optimiser such as .* got 3": {"solver": 3},
    "alpha must be a number at least 0; got -1": {"alpha": -1},
    "batch_size must be an integer, at least 1; got 0": {"batch_size": 0},
    "batch_size must be one of auto; got 'all'": {"batch_size": "all"},
    "learning_rate .* must be one of constant, .* got 'fast'": {"learning_rate": "fast"},
    "learning_rate_init must be a number above 0; got 0": {"learning_rate_init": 0.0},
    "power_t must be a number at least 0": {"power_t": -0.5},
    "max_iter must be an integer, at least 1; got 0": {"max_iter": 0},
    "shuffle must be True or False; got 1": {"shuffle": 1},
    "random_state must be None, an integer >= 0": {"random_state": -1},
    "tol must be a number at least 0; got nan": {"tol": np.nan},
    "verbose must be True, False or an integer": {"verbose": "yes"},
    "warm_start must be True or False": {"warm_start": "no"},
    "momentum must be a number at least 0 and below 1; got 1.5": {
        "momentum": 1.5, "solver": "sgd",
    },
    "nesterovs_momentum must be True or False": {"nesterovs_momentum": None},
    "early_stopping must be True or False": {"early_stopping": "yes"},
    "validation_fraction must be a number at least 0 and below 1; got 1": {
        "validation_fraction": 1.0
    },
    "validation_fraction must be above 0 with early_stopping=True": {
        "validation_fraction": 0.0, "early_stopping": True,
    },
    "The validation set is too small: .* of 60 rows leaves fewer": {
        "validation_fraction": 0.01, "early_stopping": True,
    },
    "beta_1 must be a number at least 0 and below 1; got 1": {"beta_1": 1.0},
    "epsilon must be a number above 0; got 0": {"epsilon": 0.0},
    "n_iter_no_change must be an integer, at least 1; got 0": {"n_iter_no_change": 0},
    "max_fun must be an integer, at least 1; got 0": {"max_fun": 0},
    "dropout must be a number at least 0 and below 1; got 1": {"dropout": 1.0},
    "dropout must be one number, or one for each of the 1 hidden layers; got 2": {
        "dropout": [0.1, 0.2]
    },
    "dropout must be 0 with solver='lbfgs'": {"dropout": 0.1, "solver": "lbfgs"},
    "dtype must be None, 'float32' or 'float64'; got 'int8'": {"dtype": "int8"},
    "callbacks must be one function .* got 3": {"callbacks": [3]},
    "checkpoint must be the path of a file, or None; got 3": {"checkpoint": 3},
    "checkpoint_every must be an integer, at least 1": {"checkpoint_every": 0},
    "resume=True goes on from a checkpoint; got checkpoint=None": {"resume": True},
    "missing must be one of auto, error, impute; got 'drop'": {"missing": "drop"},
    "scale must be one of auto, none, standard, robust; got 'log'": {"scale": "log"},
    "metric must be one of loss, accuracy, .* got 'beauty'": {
        "metric": "beauty", "early_stopping": True,
    },
    "metric must be a name or a function": {"metric": 3, "early_stopping": True},
}  # fmt: skip


@pytest.mark.parametrize("estimator", [gl.MLPClassifier, gl.MLPRegressor])
@pytest.mark.parametrize("message", WRONG)
def test_a_parameter_outside_its_range_is_named(estimator, message):
    model = estimator(**WRONG[message])
    with pytest.raises(gl.GanglionError, match=message) as caught:
        model.fit(X, Y if estimator is gl.MLPClassifier else T)
    assert isinstance(caught.value, ValueError)
    assert not hasattr(model, "coefs_")
    assert not [name for name in vars(model) if name.endswith("_")]


CLASSES_WRONG = {
    "class_weight must be None, 'balanced' or a dict .* got 'even'": "even",
    "class_weight must name classes of y, 0, 1, 2; got 3": {3: 1.0},
    "class_weight must hold finite numbers, not negative; got -1": {0: -1.0},
    "class_weight must hold finite numbers, not negative; got nan": {0: float("nan")},
    "class_weight and sample_weight must leave a row": {0: 0, 1: 0, 2: 0},
}


@pytest.mark.parametrize("message", CLASSES_WRONG)
def test_a_wrong_class_weight_is_named(message):
    with pytest.raises(ValueError, match=message):
        gl.MLPClassifier(class_weight=CLASSES_WRONG[message]).fit(X, Y)


def test_a_class_weight_by_classes_needs_one_label_a_row():
    with pytest.raises(gl.ParameterError, match="needs one label for each row"):
        gl.MLPClassifier(class_weight={0: 2.0}).fit(X, np.eye(3, dtype=int)[Y])


def test_an_unknown_loss_is_named():
    with pytest.raises(
        gl.ParameterError, match=r"loss must be one of squared_error, .* got 'cross'"
    ):
        gl.MLPRegressor(loss="cross").fit(X, T)


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        (5, (5,)),
        (np.int64(5), (5,)),
        ((), ()),
        ([], ()),
        ([64, 32], (64, 32)),
        (np.array([3, 4]), (3, 4)),
        ("64-32", (64, 32)),
        ("64, 32", (64, 32)),
        ("(64, 32)", (64, 32)),
        ("100", (100,)),
        ("", ()),
    ],
)
def test_sizes_may_be_a_number_numbers_or_text(given, sizes):
    assert hidden_sizes(given) == sizes


def test_sizes_written_as_text_can_be_searched():
    grid = {"hidden_layer_sizes": ["4", "8-4", (3,), 5]}
    search = GridSearchCV(gl.MLPClassifier(random_state=0, max_iter=3), grid, cv=2).fit(X, Y)
    assert search.best_estimator_.n_layers_ in (3, 4)


def test_an_activation_may_differ_from_layer_to_layer():
    model = gl.MLPClassifier((5, 4, 3), ["tanh", "logistic", "gelu"], max_iter=2, random_state=0)
    model.fit(X, Y)
    assert [layer.activation for layer in model.network_.layers] == [
        "tanh", "sigmoid", "gelu", "softmax",
    ]  # fmt: skip


def test_a_function_of_ones_own_is_an_activation():
    def bump(z):
        return np.exp(-(z**2))

    model = gl.MLPRegressor(hidden_layer_sizes=(6,), activation=bump, max_iter=3, random_state=0)
    model.fit(X, T)
    hidden = bump(X @ model.coefs_[0] + model.intercepts_[0])
    expected = (hidden @ model.coefs_[1] + model.intercepts_[1])[:, 0]
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-12)
    assert model.loss_curve_[-1] < model.loss_curve_[0]


def test_an_optimiser_object_is_used_and_left_as_it_is():
    optimiser = gl.nn.AdamW(0.01, weight_decay=0.1)
    model = gl.MLPClassifier(solver=optimiser, max_iter=5, random_state=0).fit(X, Y)
    assert optimiser.steps == 0
    same = clone(model).fit(X, Y)
    assert np.array_equal(model.coefs_[0], same.coefs_[0])
    by_name = gl.MLPClassifier(solver="adamw", learning_rate_init=0.01, max_iter=5, random_state=0)
    assert not np.array_equal(by_name.fit(X, Y).coefs_[0], model.coefs_[0])


def test_a_schedule_sets_the_rate_of_every_step():
    from ganglion.nn import schedules

    rates = []
    gl.MLPClassifier(
        learning_rate=schedules.Step(2, 0.5), learning_rate_init=0.1, max_iter=5,
        callbacks=lambda epoch: rates.append(epoch.learning_rate),
    ).fit(X, Y)  # fmt: skip
    assert rates == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.025])


def test_an_estimator_that_was_not_fitted_says_so():
    for call in ("predict", "predict_proba"):
        with pytest.raises(NotFittedError):
            getattr(gl.MLPClassifier(), call)(X)
    with pytest.raises(AttributeError, match=r"has no weights yet. Call fit\(X, y\) first"):
        gl.MLPRegressor().coefs_  # noqa: B018


def test_weights_that_somebody_writes_are_the_weights():
    model = gl.MLPRegressor(hidden_layer_sizes=(), max_iter=1).fit(X, T)
    model.coefs_[0][:] = [[1.0], [2.0], [3.0]]
    model.intercepts_[0] = np.array([0.5])
    np.testing.assert_allclose(model.predict(X), T + 0.5, rtol=1e-13)
    model.coefs_ = [np.zeros((3, 1))]
    assert model.predict(X).tolist() == [0.5] * 60
    model.coefs_[0] = np.zeros((2, 1))
    with pytest.raises(gl.DataError, match=r"coefs_\[0\] must have the shape \(3, 1\)"):
        model.predict(X)
    model.coefs_ = []
    with pytest.raises(gl.DataError, match="coefs_ must hold an array for each of the 1 layers"):
        model.predict(X)


def test_weights_that_the_network_is_given_are_the_weights():
    model = gl.MLPRegressor(hidden_layer_sizes=(), max_iter=1).fit(X, T)
    given = {"W1": np.array([[1.0], [2.0], [3.0]]), "b1": np.array([0.5])}
    model.network_.set_parameters(given)
    np.testing.assert_allclose(model.predict(X), T + 0.5, rtol=1e-13)
    assert model.coefs_[0].tolist() == given["W1"].tolist()
    model.coefs_[0][:] = 0
    assert model.predict(X).tolist() == [0.5] * 60


def test_every_solver_has_a_name():
    target = (T - T.mean()) / T.std()
    for solver in (
        "adam",
        "sgd",
        "lbfgs",
        "adamw",
        "nadam",
        "rmsprop",
        "muon",
        "levenberg_marquardt",
    ):
        model = gl.MLPRegressor(
            hidden_layer_sizes=(5, 5), activation="tanh", solver=solver, random_state=0, max_iter=30,
            alpha=0.0, learning_rate_init=0.01,
        ).fit(X, target)  # fmt: skip
        assert model.loss_curve_[-1] < model.loss_curve_[0], solver


def test_labels_are_smoothed_over_three_classes_or_more():
    plain = gl.MLPClassifier(max_iter=100, random_state=0, learning_rate_init=0.05).fit(X, Y)
    smooth = gl.MLPClassifier(
        max_iter=100, random_state=0, learning_rate_init=0.05, label_smoothing=0.5
    ).fit(X, Y)
    assert smooth.predict_proba(X).max() < plain.predict_proba(X).max()
    with pytest.raises(
        gl.ParameterError, match=r"label_smoothing spreads a target over .* softmax"
    ):
        gl.MLPClassifier(label_smoothing=0.1).fit(X, Y == 1)
    with pytest.raises(gl.ParameterError, match="label_smoothing must be a number at least 0"):
        gl.MLPClassifier(label_smoothing=1.0).fit(X, Y)
