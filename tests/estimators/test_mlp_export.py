"""Estimators of networks as files that run without this library: their labels, probabilities and numbers."""

from __future__ import annotations

import csv
import io
import subprocess
import sys

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import ganglion as gl
from ganglion.nn.exporting import export
from oracles.compiled import Library, built, run

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
SCORE = X[:, 0] - 0.5 * X[:, 1] ** 2
LABELS = {
    "two texts": np.where(SCORE > 0, "yes", "no"),
    "three texts": np.array(["low", "middle", "größer"])[np.digitize(SCORE, [-0.8, 0.3])],
    "integers": np.digitize(SCORE, [-0.8, 0.3]) * 10,
    "truths": SCORE > 0,
    "several labels": np.column_stack([SCORE > 0, SCORE > -1, X[:, 2] > 0]).astype(int),
}
TARGETS = {"one number": SCORE, "two numbers": np.column_stack([SCORE, X[:, 2]])}
FRAME = pd.DataFrame(
    {
        "mass": np.where(RNG.random(120) < 0.2, np.nan, X[:, 0]),
        "kind": RNG.choice(np.array(["a", "b", "größer"], dtype=object), 120),
        "adult": RNG.random(120) < 0.5,
        "year": 2000.0 + RNG.integers(0, 20, 120),
    }
)
# float64 outputs of two ways to the same number, over two layers of a dozen numbers each.
CLOSE = {"rtol": 1e-12, "atol": 1e-13}
CLOSE32 = {"rtol": 1e-4, "atol": 1e-5}


def classifier(name, **parameters):
    settings = {"max_iter": 40, "random_state": 0, "learning_rate_init": 0.02} | parameters
    return gl.MLPClassifier((12,), **settings).fit(X, LABELS[name])


def regressor(name, **parameters):
    settings = {"max_iter": 40, "random_state": 0, "hidden_layer_sizes": (12,)} | parameters
    return gl.MLPRegressor(**settings).fit(X, TARGETS[name])


def module(path):
    """The names of an exported Python file."""
    names = {"__name__": "model"}
    exec(compile(path.read_text(encoding="ascii"), str(path), "exec"), names)
    return names


@pytest.mark.parametrize("name", LABELS)
def test_a_python_file_gives_labels_and_probabilities(name, tmp_path):
    model = classifier(name)
    export(model, tmp_path / "model.py")
    names = module(tmp_path / "model.py")
    assert np.array([names["predict"](x) for x in X]).tolist() == model.predict(X).tolist()
    found = [names["predict_proba"](x) for x in X]
    np.testing.assert_allclose(found, model.predict_proba(X), **CLOSE)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", LABELS)
def test_a_c_file_gives_labels_and_probabilities(name, dtype, tmp_path):
    model = classifier(name, dtype=dtype)
    export(model, tmp_path / "model.c")
    library = Library(tmp_path / "model.c", dtype)
    given = X.astype(dtype)
    found = library.rows("predict_proba", given, len(model.classes_))
    close = CLOSE if dtype == "float64" else CLOSE32
    np.testing.assert_allclose(found, model.predict_proba(given), **close)
    if name == "several labels":
        assert np.array_equal(library.rows("predict", given, 3, np.intc), model.predict(given))
    else:
        assert np.array_equal(model.classes_[library.places(given)], model.predict(given))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", LABELS)
def test_an_onnx_file_gives_labels_and_probabilities(name, dtype, tmp_path):
    model = classifier(name, dtype=dtype)
    export(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    given = X.astype(dtype)
    labels, found = session.run(None, {"X": given})
    close = CLOSE if dtype == "float64" else CLOSE32
    np.testing.assert_allclose(found, model.predict_proba(given), **close)
    assert labels.tolist() == model.predict(given).tolist()


@pytest.mark.parametrize("name", TARGETS)
def test_numbers_are_those_of_the_regressor(name, tmp_path):
    model = regressor(name)
    expected = model.predict(X).reshape(len(X), -1)
    for suffix in (".py", ".c", ".onnx"):
        export(model, tmp_path / f"model{suffix}")
    predict = module(tmp_path / "model.py")["predict"]
    np.testing.assert_allclose([predict(x) for x in X], expected, **CLOSE)
    compiled = Library(tmp_path / "model.c", "float64").rows("predict", X, expected.shape[1])
    np.testing.assert_allclose(compiled, expected, **CLOSE)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    np.testing.assert_allclose(session.run(None, {"X": X})[0], expected, **CLOSE)


@pytest.mark.parametrize(
    "parameters",
    [
        {"activation": "logistic"},
        {"activation": ["gelu"], "dropout": 0.3},
        {"solver": "lbfgs", "alpha": 1.0},
        {"scale": "standard"},
        {"scale": "robust", "missing": "impute"},
    ],
)
def test_every_setting_of_a_fit_is_in_the_file(parameters, tmp_path):
    model = classifier("three texts", **parameters)
    for suffix in (".c", ".py"):
        export(model, tmp_path / f"model{suffix}")
    found = Library(tmp_path / "model.c", "float64").rows("predict_proba", X, 3)
    np.testing.assert_allclose(found, model.predict_proba(X), **CLOSE)
    proba = module(tmp_path / "model.py")["predict_proba"]
    np.testing.assert_allclose([proba(x) for x in X], model.predict_proba(X), **CLOSE)


def test_columns_of_a_frame_keep_their_names(tmp_path):
    frame = pd.DataFrame(X, columns=["mass", "Größe", "a,b", "year"])
    model = gl.MLPClassifier((6,), max_iter=10, random_state=0).fit(frame, LABELS["two texts"])
    export(model, tmp_path / "model.c")
    done = run(
        built(tmp_path / "model.c", "-DCSV_MAIN", target=".program"), frame.to_csv(index=False)
    )
    answers = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [answer["label"] for answer in answers] == model.predict(frame).tolist()
    wrong = run(tmp_path / "model.program", frame[frame.columns[::-1]].to_csv(index=False))
    assert b"column 1 must be 'mass'; it is 'year'" in wrong.stderr


@pytest.mark.parametrize("scale", ["auto", "none", "robust"])
def test_texts_and_gaps_of_a_frame_are_read_by_the_python_file(scale, tmp_path):
    path = tmp_path / "model.py"
    model = gl.MLPClassifier((6,), max_iter=20, random_state=0, scale=scale)
    model.fit(FRAME, LABELS["three texts"])
    export(model, path)
    shuffled = FRAME[["year", "kind", "adult", "mass"]].assign(other="x")
    command = [sys.executable, "-I", "-S", str(path)]
    table = shuffled.to_csv(index=False).encode()
    done = subprocess.run(command, input=table, capture_output=True, check=True)
    answers = list(csv.reader(io.StringIO(done.stdout.decode())))
    assert [answer[0] for answer in answers[1:]] == model.predict(FRAME).tolist()
    found = np.array([list(map(float, answer[1:])) for answer in answers[1:]])
    np.testing.assert_allclose(found, model.predict_proba(FRAME), **CLOSE)
    for suffix in (".c", ".onnx"):
        with pytest.raises(
            gl.ParameterError, match=r"column 'mass' of this model holds missing values"
        ):
            export(model, tmp_path / f"model{suffix}")


def test_what_was_put_into_the_weights_is_what_is_written(tmp_path):
    model = regressor("one number")
    model.coefs_[0] = np.zeros((4, 12))
    model.intercepts_[1][:] = 5.0
    export(model, tmp_path / "model.py")
    predict = module(tmp_path / "model.py")["predict"]
    assert len({predict(x)[0] for x in X}) == 1
    assert predict(X[0])[0] == pytest.approx(model.predict(X[:1])[0], rel=1e-14)


def test_an_estimator_that_is_not_fitted_is_refused(tmp_path):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        export(gl.MLPClassifier(), tmp_path / "model.c")


def test_a_classifier_of_one_class_is_refused(tmp_path):
    model = gl.MLPClassifier(max_iter=2).fit(X, ["only"] * len(X))
    with pytest.raises(
        gl.ParameterError, match=r"at least 2 classes; this one knows \('only',\) alone"
    ):
        export(model, tmp_path / "model.c")


def test_an_activation_that_is_code_is_refused(tmp_path):
    model = gl.MLPRegressor(hidden_layer_sizes=(3,), activation=lambda v: v * v, max_iter=2)
    with pytest.raises(
        gl.ParameterError, match="activations that the library knows by name; step 1"
    ):
        export(model.fit(X, SCORE), tmp_path / "model.c")


class Rounded(gl.MLPRegressor):
    """A regressor whose predictions are more than its outputs."""

    _gives_outputs = False


def test_predictions_that_are_more_than_outputs_are_refused(tmp_path):
    model = Rounded(max_iter=2).fit(X, SCORE)
    with pytest.raises(
        gl.ParameterError,
        match=r"this Rounded are made from it by one more step. Export its network_",
    ):
        export(model, tmp_path / "model.c")
    export(model.network_, tmp_path / "model.c")
