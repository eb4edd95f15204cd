"""Estimators with a tree in model files: what comes back predicts the same, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import ganglion as gl
from ganglion.cluster.agglomerative import METHODS
from ganglion.storage import inspect, read_state, write_state

GOLDEN = Path(__file__).parent.parent / "golden"
RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3))
NEW = RNG.normal(size=(20, 3))
FRAME = pd.DataFrame(X, columns=["mass", "Länge", "depth"])
WORDS = ["kitten", "mitten", "sitting", "banana", "bananas", "bandana"]
NEW_WORDS = ["knitting", "ananas", ""]
TABLE = pd.DataFrame({"kind": ["a", "a", "b", "b", None], "size": [1.0, 1.5, 8.0, np.nan, 9.0]})
SETS = [{1, 2}, {1, 2, 3}, {7, 8}, {8}, {2}]


def agglomerative(linkage="average", **given):
    return gl.AgglomerativeClustering(3, linkage=linkage, **given)


def divisive(method="diana", **given):
    return gl.DivisiveClustering(3, method=method, random_state=0, **given)


def distances(new=X):
    return gl.distances.pairwise(new, X)


CASES = {
    **{f"{m} of rows": (lambda m=m: agglomerative(m).fit(X), NEW) for m in METHODS},
    **{
        f"{m} of a matrix": (
            lambda m=m: agglomerative(m, metric="precomputed").fit(distances()),
            distances(NEW),
        )
        for m in METHODS
    },
    **{m: (lambda m=m: divisive(m).fit(X), NEW) for m in ("diana", "bisecting", "pddp", "mst")},
    "diana of a matrix": (
        lambda: divisive(metric="precomputed").fit(distances()),
        distances(NEW),
    ),
    "one cluster": (lambda: gl.DivisiveClustering(1, method="pddp").fit(X), NEW),
    "named columns": (lambda: agglomerative("ward").fit(FRAME), FRAME[5:20]),
    "sparse": (lambda: agglomerative("ward").fit(sparse.csr_array(X)), sparse.csr_array(NEW)),
    "weights": (lambda: agglomerative("ward").fit(X, sample_weight=np.arange(50) % 3), NEW),
    "a graph": (lambda: agglomerative(connectivity=np.ones((50, 50))).fit(X), NEW),
    "a threshold": (
        lambda: gl.AgglomerativeClustering(None, distance_threshold=3.0).fit(X),
        NEW,
    ),
    "texts": (lambda: agglomerative(metric="levenshtein").fit(WORDS), NEW_WORDS),
    "divided texts": (lambda: divisive(metric="levenshtein").fit(WORDS), NEW_WORDS),
    "a table": (lambda: agglomerative(metric="gower").fit(TABLE), TABLE[1:4]),
    "sets": (
        lambda: agglomerative(metric="jaccard").fit([{str(e) for e in s} for s in SETS]),
        [{"1"}],
    ),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("case", CASES)
def test_what_comes_back_is_what_was_saved_and_predicts_the_same(case, path):
    make, new = CASES[case]
    model = make()
    gl.save(model, path)
    same = gl.load(path)
    np.testing.assert_equal(same.get_params(), model.get_params())
    names = {name for name in vars(model) if name.endswith("_")}
    assert {name for name in vars(same) if name.endswith("_")} == names
    for name in names - {"tree_"}:
        np.testing.assert_array_equal(getattr(same, name), getattr(model, name), err_msg=name)
    assert same.tree_ == model.tree_
    assert np.array_equal(same.predict(new), model.predict(new))
    first = path.read_bytes()
    gl.save(same, path)
    assert path.read_bytes() == first


@pytest.mark.parametrize("model", [gl.AgglomerativeClustering(5), gl.DivisiveClustering(5)])
def test_models_that_were_not_fitted_come_back(model, path):
    gl.save(model, path)
    assert gl.load(path).get_params() == model.get_params()


@pytest.mark.parametrize(
    "case", ["ward of rows", "median of rows", "bisecting", "pddp", "ward of a matrix"]
)
def test_a_file_holds_no_samples_where_centres_suffice(case, path):
    gl.save(CASES[case][0](), path)
    held = {array.name: array.shape for array in inspect(path).arrays}
    assert not any(name.startswith("items.values") for name in held)
    assert X.shape not in held.values() and (50, 50) not in held.values()


@pytest.mark.parametrize(
    "parameters",
    [{"metric": lambda a, b: 0.0}, {"connectivity": lambda X: None}, {"criterion": lambda s: True}],
)
def test_a_parameter_that_is_code_is_refused(parameters, path):
    kind = gl.DivisiveClustering if "criterion" in parameters else gl.AgglomerativeClustering
    with pytest.raises(gl.ParameterError, match=next(iter(parameters))):
        gl.save(kind(**parameters), path)
    assert not path.exists()


def golden_models():
    """The models in golden/*-v1.safetensors. Never change them: old files must stay readable."""
    rows = np.array([[0.0, 0.5], [1.0, 0.25], [8.0, 8.0], [9.5, 8.0], [9.0, 7.0]])
    yield "agglomerative", gl.AgglomerativeClustering(2, linkage="complete").fit(rows)
    yield "divisive", gl.DivisiveClustering(2).fit(rows)


@pytest.mark.parametrize(("name", "model"), [*golden_models()])
def test_files_of_the_first_version_are_read(name, model):
    same = gl.load(GOLDEN / f"{name}-v1.safetensors")
    np.testing.assert_equal(same.get_params(), model.get_params())
    assert same.tree_ == model.tree_ and np.array_equal(same.labels_, model.labels_)
    assert same.predict([[1.0, 1.0], [9.0, 9.0]]).tolist() == [1, 0]


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


def fitted_with(name, value):
    def change(state):
        fitted = {**state.parameters["fitted"], name: value}
        return replace(state, parameters={**state.parameters, "fitted": fitted})

    return change


def array_with(name, change):
    def changed(state):
        return replace(state, arrays={**state.arrays, name: change(state.arrays[name])})

    return changed


EVERY = {
    "an unknown array": lambda s: replace(s, arrays={**s.arrays, "extra": np.zeros(3)}),
    "no labels": lambda s: replace(s, arrays=without(s.arrays, "labels_")),
    "no merges": lambda s: replace(s, arrays=without(s.arrays, "tree.merges")),
    "an unknown fitted value": fitted_with("predict", 3),
    "too many clusters": fitted_with("n_clusters_", 4),
    "more clusters than samples": fitted_with("n_clusters_", 400),
    "a tree of another method": fitted_with("tree", {"method": "luck", "metric": "euclidean"}),
    "a tree that is no record": fitted_with("tree", [1]),
    "labels out of range": array_with("labels_", lambda a: a + 1),
    "a cluster without members": array_with("labels_", lambda a: np.minimum(a, 1)),
    "merges that are no tree": array_with("tree.merges", lambda a: a * 2),
    "merges with a NaN": array_with("tree.merges", lambda a: a * np.nan),
    "another tree": array_with("tree.merges", lambda a: np.array([[0.0, 1.0, 1.0, 2.0]])),
}
OF_ITEMS = {
    "no items": fitted_with("items", None),
    "items of no kind": fitted_with(
        "items", {"metric": "euclidean", "kind": "os", "parameters": {}}
    ),
    "too few items": array_with("items.values", lambda a: a[:-1]),
    "items with a NaN": array_with("items.values", lambda a: a * np.nan),
}
OF_LINKAGES = {
    "labels of leaves out of range": array_with("clusters.labels", lambda a: a + 1),
    "shares of another length": array_with("clusters.shares", lambda a: a[:-1]),
    "shares with a NaN": array_with("clusters.shares", lambda a: a * np.nan),
    "masses that are 0": array_with("clusters.masses", lambda a: a * 0),
    "leaves that are too many": fitted_with("n_leaves_", 51),
}
OF_CENTERS = {
    "centres of another width": array_with("clusters.centers", lambda a: a[:, :2]),
    "centres that are integers": array_with("clusters.centers", lambda a: a.astype(np.int64)),
    "no centres": lambda s: replace(s, arrays=without(s.arrays, "clusters.centers")),
}
OF_SPLITS = {
    "other splits": array_with("splits.children", lambda a: a + 1),
    "too few means": array_with("splits.centers", lambda a: a[:-1]),
    "no directions": lambda s: replace(s, arrays=without(s.arrays, "splits.directions")),
    "infinite scales": array_with("splits.scales", lambda a: a * np.inf),
}
HOSTILE = {
    "average of rows": EVERY | OF_ITEMS | OF_LINKAGES,
    "ward of rows": EVERY | OF_LINKAGES | OF_CENTERS,
    "diana": EVERY | OF_ITEMS,
    "pddp": EVERY | OF_SPLITS,
}


@pytest.mark.parametrize(
    ("case", "change"), [(case, change) for case, changes in HOSTILE.items() for change in changes]
)
def test_a_file_with_a_right_digest_and_wrong_contents_is_refused(case, change, path):
    gl.save(CASES[case][0](), path)
    state = read_state(path)
    write_state(path, HOSTILE[case][change](state))
    with pytest.raises(gl.ModelFileError, match=f"does not make a {state.kind}"):
        gl.load(path)


def test_one_kind_does_not_pass_for_another(path):
    gl.save(CASES["diana"][0](), path)
    write_state(path, replace(read_state(path), kind="AgglomerativeClustering"))
    with pytest.raises(gl.ModelFileError, match="does not make a AgglomerativeClustering"):
        gl.load(path)
