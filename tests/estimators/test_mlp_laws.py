"""Laws of the networks' estimators: weights, threads, types, rows that do not know of each other."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 6))
Y = np.arange(90) % 3
T = X @ [1.0, 2.0, 0.0, -1.0, 0.5, 0.0]
BOTH = [(gl.MLPClassifier, Y), (gl.MLPRegressor, T)]


def model(estimator=gl.MLPClassifier, **parameters):
    return estimator(**{"hidden_layer_sizes": (7,), "max_iter": 8, "random_state": 0} | parameters)


def weights_of(fitted):
    return np.concatenate([w.ravel() for w in [*fitted.coefs_, *fitted.intercepts_]])


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@given(
    weight=st.lists(st.integers(0, 3), min_size=90, max_size=90).filter(lambda w: len(set(w)) > 1)
)
@settings(max_examples=10, deadline=None)
def test_whole_weights_are_repetitions(solver, weight):
    parameters = {"solver": solver, "shuffle": False, "batch_size": 300, "activation": "tanh"}
    weight = np.array(weight)
    weight[:3] = 1  # all classes stay
    weighted = model(**parameters).fit(X, Y, sample_weight=weight)
    repeated = model(**parameters).fit(np.repeat(X, weight, axis=0), np.repeat(Y, weight))
    np.testing.assert_allclose(weights_of(weighted), weights_of(repeated), rtol=1e-6, atol=1e-8)
    assert weighted.loss_curve_ == pytest.approx(repeated.loss_curve_)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_weight_of_a_class_is_that_weight_of_its_rows(early_stopping):
    by_class = model(class_weight={0: 2.0, 2: 0.25}, early_stopping=early_stopping).fit(X, Y)
    by_row = model(early_stopping=early_stopping).fit(X, Y, np.array([2.0, 1.0, 0.25])[Y])
    assert np.array_equal(weights_of(by_class), weights_of(by_row))
    assert by_class.validation_scores_ == by_row.validation_scores_


def test_balanced_classes_weigh_the_same():
    rare = np.where(np.arange(90) < 80, 0, 1)
    balanced = model(class_weight="balanced").fit(X, rare)
    by_hand = model().fit(X, rare, sample_weight=np.where(rare == 0, 90 / 160, 90 / 20))
    np.testing.assert_allclose(weights_of(balanced), weights_of(by_hand), rtol=1e-12)


@pytest.mark.parametrize(("estimator", "y"), BOTH)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_has_the_same_bits_alone_and_among_others(estimator, y, dtype):
    fitted = model(estimator, hidden_layer_sizes=(20, 9)).fit(X.astype(dtype), y)
    ask = fitted.predict_proba if estimator is gl.MLPClassifier else fitted.predict
    rows = RNG.normal(size=(533, 6)).astype(dtype)
    together = ask(rows)
    assert together.dtype == dtype
    for row in [0, 1, 7, 8, 15, 16, 31, 64, 511, 512, 532]:
        assert np.array_equal(ask(rows[[row]])[0], together[row])
        assert np.array_equal(ask(rows[row:])[0], together[row])
    assert np.array_equal(ask(np.asfortranarray(rows)), together)
    assert np.array_equal(ask(rows.tolist() if dtype == np.float64 else rows), together)


@pytest.mark.parametrize(("given", "asked", "found"), [
    (np.float32, None, np.float32),
    (np.float64, None, np.float64),
    (np.int32, None, np.float64),
    (np.float32, "float64", np.float64),
    (np.float64, "float32", np.float32),
])  # fmt: skip
def test_the_network_computes_in_the_type_that_is_asked_for(given, asked, found):
    rows = (X * 10).astype(given)
    fitted = model(dtype=asked).fit(rows, Y)
    assert {w.dtype for w in [*fitted.coefs_, *fitted.intercepts_]} == {np.dtype(found)}
    assert fitted.predict_proba(rows).dtype == found


BITS = """
import sys, hashlib
import numpy as np
import ganglion as gl
rng = np.random.default_rng(0)
X, y = rng.normal(size=(700, 40)), rng.integers(0, 4, 700)
digest = hashlib.sha256()
for parameters in ({}, {"dropout": 0.2, "solver": "sgd"}, {"solver": "lbfgs"}, {"early_stopping": True}):
    model = gl.MLPClassifier((150, 80), max_iter=4, random_state=0, **parameters).fit(X, y, eval_set=(X[:99], y[:99]))
    for array in [*model.coefs_, *model.intercepts_, model.loss_curve_, model.validation_loss_curve_]:
        digest.update(np.asarray(array).tobytes())
    digest.update(model.predict_proba(X).tobytes())
print(digest.hexdigest())
"""


def test_the_number_of_threads_does_not_show():
    found = {
        subprocess.run(
            [sys.executable, "-c", BITS], capture_output=True, text=True, check=True,
            env={"GANGLION_NUM_THREADS": str(n), "PATH": ""},
        ).stdout
        for n in (1, 2, 5)
    }  # fmt: skip
    assert len(found) == 1


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize(("estimator", "y"), BOTH)
def test_a_copy_is_the_same_and_goes_its_own_way(copied, estimator, y):
    fitted = model(estimator).partial_fit(X, y, **({"classes": [0, 1, 2]} if y is Y else {}))
    other = copied(fitted)
    assert np.array_equal(weights_of(other), weights_of(fitted))
    before = weights_of(fitted)
    other.partial_fit(X, y)
    assert np.array_equal(weights_of(fitted), before)
    fitted.partial_fit(X, y)
    assert np.array_equal(weights_of(other), weights_of(fitted))
    other.coefs_[0][:] = 0
    assert fitted.coefs_[0].any()


@pytest.mark.parametrize(("estimator", "y"), BOTH)
def test_one_seed_is_one_answer_and_another_another(estimator, y):
    first, again = model(estimator).fit(X, y), model(estimator).fit(X, y)
    assert np.array_equal(weights_of(first), weights_of(again))
    assert not np.array_equal(
        weights_of(model(estimator, random_state=1).fit(X, y)), weights_of(first)
    )
    generator = np.random.default_rng(0)
    assert np.array_equal(
        weights_of(model(estimator, random_state=generator).fit(X, y)), weights_of(first)
    )


def test_a_network_looks_into_itself():
    fitted = model().fit(X, Y)
    trace = fitted.network_.trace(X[0], Y[0])
    assert trace.value == pytest.approx(-np.log(fitted.predict_proba(X[:1])[0, Y[0]]))
