"""Fitted estimators in model files: what comes back is what was saved, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ganglion as gl
from ganglion.storage import inspect, read_state, write_state
from oracles.kmeans_cases import blobs

X = blobs(80, 3)
FRAME = pd.DataFrame(X, columns=["mass", "Länge", "depth"])

MODELS = {
    "plain": lambda: gl.KMeans(3, random_state=0).fit(X),
    "float32": lambda: gl.KMeans(3, random_state=0).fit(X.astype(np.float32)),
    "recorded": lambda: gl.KMeans(3, random_state=0, record=True).fit(FRAME),
    "cosine": lambda: gl.KMeans(3, metric="cosine", init=X[:3], epsilon=0.0).fit(X),
    "unfitted": lambda: gl.KMeans(5, tol=1e-3),
    "minibatch": lambda: gl.MiniBatchKMeans(3, random_state=0).fit(FRAME),
    "minibatch float32": lambda: gl.MiniBatchKMeans(3, random_state=0).fit(X.astype(np.float32)),
    "partial": lambda: gl.MiniBatchKMeans(3, random_state=0, compute_labels=False).partial_fit(X),
    "unfitted minibatch": lambda: gl.MiniBatchKMeans(5, init=X[:5]),
}


def fitted(model):
    return {name: value for name, value in vars(model).items() if name.endswith("_")}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("kind", MODELS)
def test_what_comes_back_is_what_was_saved(kind, path):
    model = MODELS[kind]()
    gl.save(model, path)
    same = gl.load(path)
    assert type(same) is type(model)
    np.testing.assert_equal(same.get_params(), model.get_params())
    assert set(fitted(same)) == set(fitted(model))
    for name, value in fitted(model).items():
        found = getattr(same, name)
        assert type(found) is type(value)
        if name == "history_" and value is not None:
            np.testing.assert_equal(vars(found), vars(value))
        else:
            np.testing.assert_array_equal(found, value)
            assert getattr(found, "dtype", None) == getattr(value, "dtype", None)
    first = path.read_bytes()
    gl.save(same, path)
    assert path.read_bytes() == first


@pytest.mark.parametrize("kind", ["plain", "float32", "recorded", "cosine", "minibatch", "partial"])
def test_what_comes_back_predicts_the_same_bits(kind, path):
    model = MODELS[kind]()
    gl.save(model, path)
    same = gl.load(path)
    new = blobs(50, 3, seed=1)
    given = pd.DataFrame(new, columns=FRAME.columns) if hasattr(model, "feature_names_in_") else new
    assert np.array_equal(same.predict(given), model.predict(given))
    assert np.array_equal(same.transform(given), model.transform(given))
    assert same.score(given) == model.score(given)
    assert list(same.get_feature_names_out()) == list(model.get_feature_names_out())
    if hasattr(model, "feature_names_in_"):
        with pytest.raises(ValueError, match="feature names should match"):
            same.predict(given[["depth", "mass", "Länge"]])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("seed", [0, None])
def test_batches_go_on_with_the_bits_of_a_model_that_was_never_saved(path, dtype, seed):
    rng = np.random.default_rng(0)
    batches = [rng.normal(size=(30, 3)).astype(dtype) for _ in range(20)]
    model = gl.MiniBatchKMeans(8, random_state=seed, reassignment_ratio=0.3)
    for batch in batches[:10]:
        model.partial_fit(batch)
    gl.save(model, path)
    same = gl.load(path)
    for batch in batches[10:]:
        model.partial_fit(batch)
        same.partial_fit(batch)
    assert np.array_equal(model.cluster_centers_, same.cluster_centers_)
    assert model.n_steps_ == same.n_steps_ == 20


def test_the_file_says_what_it_holds(path):
    gl.save(MODELS["recorded"](), path)
    contents = inspect(path)
    assert contents.kind == "KMeans"
    assert contents.parameters["n_clusters"] == 3
    assert {"cluster_centers_", "labels_", "feature_names_in_", "history.centers"} <= {
        a.name for a in contents.arrays
    }


def test_a_run_comes_back(path):
    for run in (gl.kmeans(X, 3, random_state=0), gl.kmeans(X, 3, random_state=0, record=True)):
        gl.save(run, path)
        same = gl.load(path)
        assert type(same) is gl.KMeansRun
        for name, value in vars(run).items():
            found = getattr(same, name)
            np.testing.assert_equal(
                vars(found) if name == "history" and found else found,
                vars(value) if name == "history" and value else value,
            )


def test_history_comes_back_where_samples_coincided(path):
    with pytest.warns(gl.GanglionWarning, match="distinct"):
        model = gl.KMeans(3, random_state=0, record=True).fit([[0.0], [0.0], [1.0]])
    gl.save(model, path)
    assert gl.load(path).history_.sizes.shape == model.history_.sizes.shape


def test_a_class_derived_from_ours_is_refused(path):
    derived = type("KMeans", (gl.KMeans,), {})
    with pytest.raises(gl.ParameterError, match=r"Models that can be saved are .*KMeans"):
        gl.save(derived(3).fit(X), path)
    assert not path.exists()


@pytest.mark.parametrize(
    "parameters",
    [{"init": lambda X, k, random_state: X[:k]}, {"random_state": np.random.default_rng(0)}],
)
def test_a_parameter_that_is_code_is_refused(path, parameters):
    with pytest.raises(gl.ParameterError, match=next(iter(parameters))):
        gl.save(gl.KMeans(3, **parameters).fit(X), path)
    assert not path.exists()


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


def fitted_with(name, value):
    def change(state):
        return replace(
            state,
            parameters={**state.parameters, "fitted": {**state.parameters["fitted"], name: value}},
        )

    return change


def array_with(name, change):
    def changed(state):
        return replace(state, arrays={**state.arrays, name: change(state.arrays[name])})

    return changed


EVERY = {
    "an unknown parameter": lambda s: replace(s, parameters={**s.parameters, "command": "rm"}),
    "a missing parameter": lambda s: replace(s, parameters=without(s.parameters, "n_clusters")),
    "an unknown array": lambda s: replace(s, arrays={**s.arrays, "extra": np.zeros(3)}),
    "no centres": lambda s: replace(s, arrays=without(s.arrays, "cluster_centers_")),
    "fitted values that are a list": lambda s: replace(
        s, parameters={**s.parameters, "fitted": [1]}
    ),
    "fitted values that are not": lambda s: replace(s, parameters=without(s.parameters, "fitted")),
    "an unknown fitted value": fitted_with("predict", 3),
    "a method instead of a value": fitted_with("transform", "x"),
    "features that are no number": fitted_with("n_features_in_", "3"),
    "too many features": fitted_with("n_features_in_", 4),
    "another count of centres": fitted_with("k_effective_", 2),
    "a truth instead of a count": fitted_with("k_effective_", True),
    "an inertia that is text": fitted_with("inertia_", "0"),
    "a rule that is none": fitted_with("stopped_by_", "luck"),
    "centres of one axis": array_with("cluster_centers_", np.ravel),
    "no centre at all": array_with("cluster_centers_", lambda a: a[:0]),
    "centres with a NaN": array_with("cluster_centers_", lambda a: a * np.nan),
    "centres that are integers": array_with("cluster_centers_", lambda a: a.astype(np.int64)),
    "labels out of range": array_with("labels_", lambda a: a + 1),
    "negative labels": array_with("labels_", lambda a: a - 5),
    "labels that are floats": array_with("labels_", lambda a: a.astype(np.float64)),
    "labels of two axes": array_with("labels_", lambda a: a[None]),
    "names that are numbers": array_with("feature_names_in_", lambda a: np.arange(3)),
    "too few names": array_with("feature_names_in_", lambda a: a[:2]),
}
RECORDED = {
    "a step too many": array_with("history.inertia", lambda a: np.append(a, 0.0)),
    "steps of another width": array_with("history.centers", lambda a: a[:, :, :2]),
    "steps of another type": array_with("history.changed", lambda a: a.astype(np.float32)),
    "a step out of range": array_with("history.labels", lambda a: a + 9),
    "half a history": lambda s: replace(s, arrays=without(s.arrays, "history.sizes")),
    "no labels": lambda s: replace(s, arrays=without(s.arrays, "labels_")),
}
BATCHES = {
    "no counts": lambda s: replace(s, arrays=without(s.arrays, "state.counts")),
    "negative counts": array_with("state.counts", lambda a: -a),
    "too few counts": array_with("state.counts", lambda a: a[:2]),
    "other centres": array_with("state.centers", lambda a: a + 1),
    "a negative seed": fitted_with("seed", -1),
    "steps that are no number": fitted_with("n_steps_", 1.5),
}


@pytest.mark.parametrize(
    ("kind", "change"),
    [("recorded", name) for name in EVERY | RECORDED]
    + [("minibatch", name) for name in EVERY | BATCHES],
)
def test_a_file_with_a_right_digest_and_wrong_contents_is_refused(kind, change, path):
    gl.save(MODELS[kind](), path)
    state = read_state(path)
    write_state(path, (EVERY | RECORDED | BATCHES)[change](state))
    with pytest.raises(gl.ModelFileError, match=f"does not make a {state.kind}"):
        gl.load(path)


@pytest.mark.parametrize("other", ["MiniBatchKMeans", "KMeansRun"])
def test_one_kind_does_not_pass_for_another(other, path):
    gl.save(MODELS["plain"](), path)
    write_state(path, replace(read_state(path), kind=other))
    with pytest.raises(gl.ModelFileError, match=f"does not make a {other}"):
        gl.load(path)


def test_what_a_file_holds_is_not_shared_with_the_model():
    model = MODELS["minibatch"]()
    state = model._to_state()
    state.arrays["cluster_centers_"][:] = 0
    state.arrays["state.counts"][:] = 0
    assert model.cluster_centers_.any()
    assert model.partial_fit(FRAME).cluster_centers_.any()
