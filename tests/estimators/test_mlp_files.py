"""Estimators of networks in model files: what comes back predicts the same bits; what was changed is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ganglion as gl
from ganglion.storage import read_state, write_state

GOLDEN = Path(__file__).parent.parent / "golden"
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
SCORE = X[:, 0] - X[:, 1] ** 2
FRAME = pd.DataFrame(
    {
        "mass": np.where(RNG.random(60) < 0.2, np.nan, X[:, 0]),
        "kind": RNG.choice(np.array(["a", "b", "größer"], dtype=object), 60),
        "adult": RNG.random(60) < 0.5,
    }
)
FEW = {"max_iter": 3, "random_state": 0}

# name: the model, and what it predicts from.
MODELS = {
    "two classes": (lambda: gl.MLPClassifier((5,), **FEW).fit(X, SCORE > -1), X),
    "texts": (lambda: gl.MLPClassifier((5,), **FEW).fit(X, np.array(["ä", "b", "c"])[np.digitize(SCORE, [-2, 0])]), X),
    "several labels": (
        lambda: gl.MLPClassifier(**FEW).fit(X, np.column_stack([SCORE > 0, X[:, 0] > 0]).astype(int)), X,
    ),
    "float32": (lambda: gl.MLPClassifier("8-4", ["tanh", "gelu"], dtype="float32", **FEW).fit(X, SCORE > -1), X),
    "a frame": (lambda: gl.MLPClassifier((5,), missing="impute", **FEW).fit(FRAME, SCORE > -1), FRAME),
    "held out": (
        lambda: gl.MLPClassifier((5,), early_stopping=True, dropout=0.2, **FEW).fit(X, SCORE > -1), X,
    ),
    "an optimiser": (
        lambda: gl.MLPRegressor(solver=gl.nn.AdamW(0.01, weight_decay=0.1), **FEW).fit(X, SCORE), X,
    ),
    "one number": (lambda: gl.MLPRegressor(hidden_layer_sizes=(5,), **FEW).fit(X, SCORE), X),
    "two numbers": (lambda: gl.MLPRegressor(solver="lbfgs", **FEW).fit(X, X[:, :2]), X),
    "a scale": (lambda: gl.MLPRegressor(scale="robust", **FEW).fit(X, SCORE), X),
    "partial": (lambda: gl.MLPRegressor(random_state=0).partial_fit(X, SCORE), X),
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("name", MODELS)
def test_what_comes_back_predicts_the_same_bits(name, path):
    make, given = MODELS[name]
    model = make()
    gl.save(model, path)
    same = gl.load(path)
    assert type(same) is type(model)
    for method in ("predict", "predict_proba"):
        if hasattr(model, method):
            found, expected = getattr(same, method)(given), getattr(model, method)(given)
            assert found.dtype == expected.dtype and found.shape == expected.shape
            assert found.tolist() == expected.tolist()
    for mine, theirs in zip(
        same.coefs_ + same.intercepts_, model.coefs_ + model.intercepts_, strict=True
    ):
        assert mine.tobytes() == theirs.tobytes()
    for attribute in (
        "n_iter_",
        "t_",
        "loss_",
        "loss_curve_",
        "stopped_by_",
        "n_features_in_",
        "n_layers_",
    ):
        assert getattr(same, attribute) == getattr(model, attribute), attribute
    first = path.read_bytes()
    gl.save(same, path)
    assert path.read_bytes() == first
    assert list(path.parent.iterdir()) == [path]


def test_an_estimator_that_is_not_fitted_comes_back(path):
    model = gl.MLPClassifier((7, 3), alpha=0.5, solver="sgd")
    gl.save(model, path)
    assert gl.load(path).get_params() == model.get_params()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gl.MLPRegressor(activation=lambda v: v * v, max_iter=2).fit(X, SCORE), "activation|holds no code"),
        (
            lambda: gl.MLPRegressor(loss=lambda a, y: np.sum((a - y) ** 4, axis=-1), max_iter=2).fit(X, SCORE),
            "holds no code",
        ),
        (lambda: gl.MLPClassifier(random_state=np.random.default_rng(0)), "random_state"),
    ],
)  # fmt: skip
def test_what_is_code_is_refused(make, message, path):
    with pytest.raises(gl.ParameterError, match=message):
        gl.save(make(), path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_a_file_of_the_first_version_is_read_and_written_as_ever(kind, path):
    golden = GOLDEN / f"mlp-{kind}-v1.safetensors"
    model = gl.load(golden)
    gl.save(model, path)
    assert path.read_bytes() == golden.read_bytes()
    # Two inputs, hidden neurons relu(x0 - x1) and relu(x1 - x0), and their sum |x0 - x1|, less 1.
    rows = np.array([[0.0, 0.0], [3.0, 1.0], [-1.0, 1.5]])
    distance = np.abs(rows[:, 0] - rows[:, 1]) - 1
    if kind == "regressor":
        assert model.predict(rows).tolist() == distance.tolist()
    else:
        assert model.predict(rows).tolist() == ["near", "wide", "wide"]
        np.testing.assert_allclose(
            model.predict_proba(rows)[:, 1], 1 / (1 + np.exp(-distance)), rtol=1e-15
        )


def golden_model(kind: str):
    """The model in golden/mlp-*-v1.safetensors. Never change those: old files must stay readable."""
    rows = [[0.0, 0.0], [1.0, 0.0]]
    if kind == "regressor":
        model = gl.MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, random_state=0).fit(
            rows, [0.0, 1.0]
        )
    else:
        model = gl.MLPClassifier((2,), max_iter=1, random_state=0).fit(rows, ["near", "wide"])
    model.coefs_ = [np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([[1.0], [1.0]])]
    model.intercepts_ = [np.zeros(2), np.array([-1.0])]
    model.loss_curve_, model.loss_, model.best_loss_ = [0.5], 0.5, 0.5
    return model


def test_every_truncation_of_a_file_is_refused(path):
    whole = (GOLDEN / "mlp-classifier-v1.safetensors").read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(gl.ModelFileError):
            gl.load(path)


def test_every_byte_that_is_changed_is_refused(path):
    whole = (GOLDEN / "mlp-regressor-v1.safetensors").read_bytes()
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1 << position % 8
        path.write_bytes(changed)
        with pytest.raises(gl.ModelFileError):
            gl.load(path)


def fitted(**changes):
    return lambda s: replace(
        s, parameters={**s.parameters, "fitted": {**s.parameters["fitted"], **changes}}
    )


FAULTS = {
    "no network": fitted(network=None),
    "a network that is a list": fitted(network=[]),
    "targets of another kind": fitted(targets={"kind": "values", "n_outputs": 1, "is_flat": True}),
    "another number of features": fitted(n_features_in_=3),
    "an unknown solver": lambda s: replace(
        s, parameters={**s.parameters, "solver": {"optimiser": "Popen"}}
    ),
    "a parameter too many": lambda s: replace(s, parameters={**s.parameters, "command": "rm"}),
    "an array too many": lambda s: replace(s, arrays={**s.arrays, "extra": np.zeros(2)}),
    "a network's array too many": lambda s: replace(
        s, arrays={**s.arrays, "network.W9": np.zeros(2)}
    ),
    "weights of another shape": lambda s: replace(
        s, arrays={**s.arrays, "network.W1": s.arrays["network.W1"].ravel()}
    ),
    "no classes": lambda s: replace(
        s, arrays={n: a for n, a in s.arrays.items() if n != "classes_"}
    ),
    "classes that do not ascend": lambda s: replace(
        s, arrays={**s.arrays, "classes_": s.arrays["classes_"][::-1]}
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_with_a_right_digest_and_wrong_contents_is_refused(fault, path):
    write_state(path, FAULTS[fault](read_state(GOLDEN / "mlp-classifier-v1.safetensors")))
    with pytest.raises(gl.ModelFileError, match="does not make a MLPClassifier"):
        gl.load(path)


@pytest.mark.parametrize("other", ["MLPRegressor", "Network", "KMeans"])
def test_one_kind_does_not_pass_for_another(other, path):
    write_state(path, replace(read_state(GOLDEN / "mlp-classifier-v1.safetensors"), kind=other))
    with pytest.raises(gl.ModelFileError, match=f"does not make a {other}"):
        gl.load(path)
