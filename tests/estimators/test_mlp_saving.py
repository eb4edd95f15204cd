"""Networks in model files: what comes back is what was saved, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ganglion as gl
from ganglion.nn import schedules
from ganglion.storage import read_state, write_state

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = np.arange(60) % 3
T = X @ [1.0, 2.0, 3.0]
FRAME = pd.DataFrame(X, columns=["mass", "Länge", "depth"])
MIXED = FRAME.assign(kind=np.array(["a", "b", None])[Y], mass=[None, *X[1:, 0]])
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}

MODELS = {
    "classifier": lambda: gl.MLPClassifier(**SMALL).fit(X, Y),
    "two classes": lambda: gl.MLPClassifier(**SMALL).fit(X, np.array(["no", "yes"])[Y % 2]),
    "objects": lambda: gl.MLPClassifier(**SMALL).fit(X, np.array(["a", "b", "c"], dtype=object)[Y]),
    "labels": lambda: gl.MLPClassifier(**SMALL).fit(X, np.eye(3, dtype=int)[Y]),
    "float32": lambda: gl.MLPClassifier(**SMALL).fit(X.astype(np.float32), Y),
    "stopped": lambda: gl.MLPClassifier(**SMALL, early_stopping=True, dropout=0.1).fit(FRAME, Y),
    "columns": lambda: gl.MLPClassifier(**SMALL).fit(MIXED, Y),
    "optimiser": lambda: gl.MLPClassifier(
        **SMALL, solver=gl.nn.AdamW(0.01, weight_decay=0.2), learning_rate=schedules.Step(2, 0.5)
    ).fit(X, Y),
    "regressor": lambda: gl.MLPRegressor(**SMALL).fit(X, T),
    "two outputs": lambda: gl.MLPRegressor(**SMALL, solver="lbfgs").fit(X, np.stack([T, -T], 1)),
    "partial": lambda: gl.MLPRegressor(**SMALL).partial_fit(X, T),
    "unfitted": lambda: gl.MLPRegressor("huber", (5, 4)),
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def fitted(model):
    return {name: value for name, value in vars(model).items() if name.endswith("_")}


def settings_of(model):
    found = model.get_params()
    return found | {
        "solver": repr(vars(found["solver"]))
        if hasattr(found["solver"], "rule")
        else found["solver"]
    }


@pytest.mark.parametrize("kind", MODELS)
def test_what_comes_back_is_what_was_saved(kind, path):
    model = MODELS[kind]()
    gl.save(model, path)
    same = gl.load(path)
    assert type(same) is type(model)
    assert settings_of(same) == settings_of(model)
    assert set(fitted(same)) == set(fitted(model))
    for name, value in fitted(model).items():
        assert type(getattr(same, name)) in (type(value), float)
        np.testing.assert_array_equal(getattr(same, name), value)
    if kind != "unfitted":
        rows = MIXED if kind == "columns" else FRAME if kind == "stopped" else X
        assert np.array_equal(same.predict(rows), model.predict(rows))
        for mine, theirs in zip([*same.coefs_], [*model.coefs_], strict=True):
            assert np.array_equal(mine, theirs) and mine.dtype == theirs.dtype
    first = path.read_bytes()
    gl.save(same, path)
    assert path.read_bytes() == first


def test_a_network_that_comes_back_goes_on(path):
    model = gl.MLPClassifier(**SMALL, warm_start=True).fit(X, Y)
    gl.save(model, path)
    assert np.array_equal(gl.load(path).fit(X, Y).coefs_[0], model.fit(X, Y).coefs_[0])


def test_callbacks_stay_behind_and_other_code_is_refused(path):
    gl.save(gl.MLPClassifier(**SMALL, callbacks=lambda epoch: None).fit(X, Y), path)
    assert gl.load(path).callbacks is None
    with pytest.raises(gl.ParameterError, match="metric"):
        gl.save(gl.MLPClassifier(**SMALL, metric=lambda y, p: 0.0), path)
    with pytest.raises(gl.ParameterError, match="Python function"):
        gl.save(gl.MLPClassifier(**SMALL, activation=np.tanh).fit(X, Y), path)


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


def fitted_with(name, value):
    def change(state):
        known = {**state.parameters["fitted"], name: value}
        return replace(state, parameters={**state.parameters, "fitted": known})

    return change


def array_with(name, change):
    return lambda s: replace(s, arrays={**s.arrays, name: change(s.arrays[name])})


WRONG = {
    "an unknown parameter": lambda s: replace(s, parameters={**s.parameters, "command": "rm"}),
    "a missing parameter": lambda s: replace(s, parameters=without(s.parameters, "alpha")),
    "an unknown array": lambda s: replace(s, arrays={**s.arrays, "extra": np.zeros(3)}),
    "no weights": lambda s: replace(s, arrays=without(s.arrays, "network.W1")),
    "no classes": lambda s: replace(s, arrays=without(s.arrays, "classes_")),
    "no curve": lambda s: replace(s, arrays=without(s.arrays, "loss_curve_")),
    "half of what a fit leaves": lambda s: replace(
        s, parameters={**s.parameters, "fitted": without(s.parameters["fitted"], "targets")}
    ),
    "weights of another shape": array_with("network.W1", lambda a: a[:2]),
    "weights with a NaN": array_with("network.W1", lambda a: a * np.nan),
    "weights of another type": array_with("network.W1", lambda a: a.astype(np.float32)),
    "too few classes": array_with("classes_", lambda a: a[:2]),
    "classes twice": array_with("classes_", lambda a: a * 0),
    "a curve of integers": array_with("loss_curve_", lambda a: a.astype(np.int64)),
    "features that do not fit": fitted_with("n_features_in_", 4),
    "a loss that is text": fitted_with("loss_", "0"),
    "a reason that is none": fitted_with("stopped_by_", "luck"),
    "targets of a regressor": fitted_with("targets", {"kind": "values", "n_outputs": 3, "is_flat": False}),
    "targets of another kind": fitted_with("targets", {"kind": "multilabel", "is_sparse": 1}),
    "columns that are none": fitted_with("columns", []),
    "a solver that is none": lambda s: replace(s, parameters={**s.parameters, "solver": {"optimiser": "Lion"}}),
    "an optimiser without settings": lambda s: replace(s, parameters={**s.parameters, "solver": {"optimiser": "Adam"}}),
    "a schedule that is none": lambda s: replace(s, parameters={**s.parameters, "learning_rate": {"name": "Step"}}),
}  # fmt: skip


@pytest.mark.parametrize("change", WRONG)
def test_a_file_with_a_right_digest_and_wrong_contents_is_refused(change, path):
    gl.save(MODELS["classifier"](), path)
    write_state(path, WRONG[change](read_state(path)))
    with pytest.raises(gl.ModelFileError, match="does not make a MLPClassifier"):
        gl.load(path)


def test_one_kind_does_not_pass_for_another(path):
    gl.save(MODELS["classifier"](), path)
    write_state(path, replace(read_state(path), kind="MLPRegressor"))
    with pytest.raises(gl.ModelFileError, match="does not make a MLPRegressor"):
        gl.load(path)
