"""The networks against scikit-learn's: the same start gives the same epochs, wherever both say the same thing."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier as PeerClassifier
from sklearn.neural_network import MLPRegressor as PeerRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ganglion as gl

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = (IRIS - IRIS.mean(axis=0)) / IRIS.std(axis=0)
WEIGHT = np.random.default_rng(0).uniform(0.1, 2.0, size=len(IRIS))
PAIRS = [(gl.MLPClassifier, PeerClassifier), (gl.MLPRegressor, PeerRegressor)]
# Adam's epsilon stands at another place in torch's rule; where it is as good as 0 both are the same.
ADAM = {"solver": "adam", "epsilon": 1e-20}

RULES = {
    "gradient descent": {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1},
    "momentum": {"solver": "sgd", "nesterovs_momentum": False, "learning_rate_init": 0.05},
    "nesterov": {"solver": "sgd", "learning_rate_init": 0.05},
    "inverse scaling": {
        "solver": "sgd", "momentum": 0.0, "learning_rate": "invscaling", "learning_rate_init": 2.0, "power_t": 0.3,
    },
    "adaptive": {
        "solver": "sgd", "momentum": 0.0, "learning_rate": "adaptive", "learning_rate_init": 0.1, "tol": 0.01,
        "n_iter_no_change": 3,
    },
    "adam": {**ADAM, "learning_rate_init": 0.01},
    "strong penalty": {**ADAM, "alpha": 3.0},
    "batches": {**ADAM, "batch_size": 20},
}  # fmt: skip


def both(kinds, y, n_epochs, sample_weight=None, **parameters):
    """Fit both from the same weights, on rows in their order."""
    parameters = {
        "hidden_layer_sizes": (7, 5),
        "activation": "tanh",
        "batch_size": 150,
    } | parameters
    models = []
    for kind in kinds:
        model = kind(shuffle=False, random_state=0, warm_start=True, max_iter=1, **parameters)
        model.fit(IRIS, y)
        rng = np.random.default_rng(1)
        for arrays in (model.coefs_, model.intercepts_):
            for array in arrays:
                array[...] = rng.normal(size=array.shape) / 2
        model.set_params(max_iter=n_epochs, **{"tol": 0.0} | parameters)
        if hasattr(model, "best_loss_"):
            vars(model).update(best_loss_=np.inf, _no_improvement_count=0)
        if isinstance(model, PeerClassifier | PeerRegressor):
            model.t_ = model._no_improvement_count = 0
            model.loss_curve_, model.best_loss_ = [], np.inf
        else:
            model.t_, model.loss_curve_ = 0, []
        models.append(model.fit(IRIS, y, sample_weight=sample_weight))
    return models


def check_same(ours, theirs, rtol=1e-9):
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=rtol)
    for mine, peer in zip(
        [*ours.coefs_, *ours.intercepts_], [*theirs.coefs_, *theirs.intercepts_], strict=True
    ):
        np.testing.assert_allclose(mine, peer, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("rule", RULES)
def test_classifiers_make_the_same_epochs(rule):
    check_same(*both(PAIRS[0], SPECIES, 60, **RULES[rule]))


@pytest.mark.parametrize("rule", RULES)
def test_regressors_make_the_same_epochs(rule):
    target = IRIS @ [1.0, -2.0, 0.5, 3.0] / 10
    check_same(*both(PAIRS[1], target, 60, **RULES[rule]))


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_two_classes_have_one_output_with_every_activation(activation):
    ours, theirs = both(PAIRS[0], SPECIES == 1, 30, activation=activation, **RULES["nesterov"])
    assert [c.shape for c in ours.coefs_] == [c.shape for c in theirs.coefs_]
    check_same(ours, theirs)
    np.testing.assert_allclose(ours.predict_proba(IRIS), theirs.predict_proba(IRIS), rtol=1e-9)


def test_weights_count_the_same():
    check_same(*both(PAIRS[0], SPECIES, 30, sample_weight=WEIGHT, **RULES["nesterov"]))


def test_rows_with_several_labels_learn_the_same():
    labels = np.stack([SPECIES == 0, SPECIES < 2, IRIS[:, 0] > 0], axis=1).astype(int)
    ours, theirs = both(PAIRS[0], labels, 30, **RULES["nesterov"])
    check_same(ours, theirs)
    assert np.array_equal(ours.predict(IRIS), theirs.predict(IRIS))
    assert np.array_equal(ours.classes_, theirs.classes_)


def test_a_fit_that_gains_nothing_stops_after_as_many_epochs():
    ours, theirs = both(
        PAIRS[0], SPECIES, 500, **{**RULES["nesterov"], "tol": 0.001, "n_iter_no_change": 4}
    )
    assert ours.stopped_by_ == "patience"
    assert ours.n_iter_ < 500
    check_same(ours, theirs, rtol=1e-7)


def test_a_linear_model_reaches_the_minimum_that_lbfgs_of_scipy_reaches():
    parameters = {
        "random_state": 0,
        "hidden_layer_sizes": (),
        "solver": "lbfgs",
        "alpha": 0.1,
        "max_iter": 2000,
        "tol": 1e-8,
    }
    ours = gl.MLPClassifier(**parameters).fit(IRIS, SPECIES)
    theirs = PeerClassifier(**parameters).fit(IRIS, SPECIES)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], atol=1e-2)
    np.testing.assert_allclose(ours.predict_proba(IRIS), theirs.predict_proba(IRIS), atol=1e-3)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_parameters_have_scikit_learns_names_places_and_defaults(ours, theirs):
    mine = inspect.signature(ours).parameters
    for name, parameter in inspect.signature(theirs).parameters.items():
        assert mine[name].default == parameter.default
        assert mine[name].kind == parameter.kind
    order = [name for name in mine if name in inspect.signature(theirs).parameters]
    assert order == list(inspect.signature(theirs).parameters)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_attributes_have_scikit_learns_names_and_kinds(ours, theirs, early_stopping, solver):
    y = SPECIES if ours is gl.MLPClassifier else IRIS[:, 0]
    parameters = {
        "early_stopping": early_stopping,
        "solver": solver,
        "max_iter": 5,
        "random_state": 0,
    }
    mine, peer = ours(**parameters).fit(IRIS, y), theirs(**parameters).fit(IRIS, y)
    for name in vars(peer):
        if not name.endswith("_") or name.startswith("_"):
            continue
        found, expected = getattr(mine, name), getattr(peer, name)
        if solver == "lbfgs" and early_stopping and expected is None:
            continue  # theirs does not look at held-out rows there
        if name in ("n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
            assert found == expected
        elif isinstance(expected, list):
            assert type(found) is list
            assert [np.shape(part) for part in found][:1] == [np.shape(part) for part in expected][
                :1
            ]
        else:
            assert (found is None) == (expected is None), name


def test_digits_are_read_at_least_as_well_as_the_peer_reads_them():
    X, y = load_digits(return_X_y=True)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    parameters = {"hidden_layer_sizes": (256,), "max_iter": 40, "random_state": 0}
    scores = cross_val_score(gl.MLPClassifier(**parameters, dropout=0.3), X, y, cv=folds)
    assert scores.mean() >= 0.978


def test_tumours_are_told_apart():
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), gl.MLPClassifier(random_state=0))
    assert cross_val_score(model, X, y, cv=5).mean() >= 0.97


def test_diabetes_is_explained():
    X, y = load_diabetes(return_X_y=True)
    model = gl.MLPRegressor(
        random_state=0, scale="standard", alpha=1.0, max_iter=100, learning_rate_init=0.01
    )
    assert cross_val_score(model, X, y, cv=5).mean() >= 0.45
