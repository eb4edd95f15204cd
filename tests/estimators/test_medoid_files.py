"""Model files of medoids with a right digest and wrong contents are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ganglion as gl
from ganglion.cluster import TableMedoids
from ganglion.data import design_matrix, table_from_frame
from ganglion.distances import as_items, pairwise
from ganglion.storage import read_state, write_state
from oracles.kmeans_cases import blobs

X = blobs(40, 3)
WORDS = ["main street", "main str.", "main st", "park avenue", "park ave", "park av."]
SETS = [{"a", "b"}, {"a"}, {"x"}, {"x", "y"}]
CELLS = {"age": [1.0, 2.0, 9.0, None], "plan": ["x", "x", "y", "y"]}


def fitted(metric, items):
    return gl.KMedoids(2, metric=metric).fit(items)


def of_table(metric, items, encoding=None, columns=("street",)):
    return TableMedoids(
        items=as_items(items, metric),
        numbers=np.array([1, 0], dtype=np.int32),
        sizes=np.array([3, 2]),
        columns=columns,
        encoding=encoding,
        inertia=1.0,
        source="t.csv",
    )


MODELS = {
    "rows": lambda: fitted("euclidean", X),
    "texts": lambda: fitted("levenshtein", WORDS),
    "sets": lambda: fitted("jaccard", SETS),
    "cells": lambda: fitted("gower", CELLS),
    "matrix": lambda: fitted("precomputed", pairwise(X)),
    "table": lambda: of_table("levenshtein", WORDS[:2]),
}


def array_with(name, change):
    return lambda s: replace(s, arrays={**s.arrays, name: change(s.arrays[name])})


def without(name):
    return lambda s: replace(s, arrays={n: a for n, a in s.arrays.items() if n != name})


def parameter(name, value):
    return lambda s: replace(s, parameters={**s.parameters, name: value})


def found(name, value):
    return lambda s: replace(
        s, parameters={**s.parameters, "fitted": {**s.parameters["fitted"], name: value}}
    )


RECORD = {"metric": "euclidean", "kind": "Vectors", "parameters": {}}
HOSTILE = [
    ("rows", array_with("items.values", lambda a: a * np.nan)),
    ("rows", array_with("items.values", lambda a: a[:, :2])),
    ("rows", array_with("items.values", lambda a: a[:1])),
    ("rows", array_with("items.values", lambda a: a.astype(np.int64))),
    ("rows", array_with("medoid_indices_", lambda a: a + 100)),
    ("rows", array_with("medoid_indices_", lambda a: a * 0)),
    ("rows", array_with("medoid_indices_", lambda a: a.astype(np.float64))),
    ("rows", array_with("labels_", lambda a: a + 2)),
    ("rows", without("labels_")),
    ("rows", without("items.values")),
    ("rows", lambda s: replace(s, arrays={**s.arrays, "items.more": np.zeros(2)})),
    ("rows", lambda s: replace(s, arrays={**s.arrays, "more": np.zeros(2)})),
    ("rows", parameter("metric", "manhattan")),
    ("rows", found("items", RECORD | {"metric": "os.system"})),
    ("rows", found("items", RECORD | {"kind": "Objects"})),
    ("rows", found("items", RECORD | {"kind": "Popen"})),
    ("rows", found("items", RECORD | {"parameters": {"p": 3}})),
    ("rows", found("items", RECORD | {"parameters": []})),
    ("rows", found("items", [1])),
    ("rows", found("n_features_in_", 7)),
    ("rows", found("n_iter_", -1)),
    ("rows", found("certified_", 1)),
    ("rows", found("predict", 1)),
    ("texts", array_with("items.codes", lambda a: a + 2**31)),
    ("texts", array_with("items.offsets", lambda a: a + 1000)),
    ("texts", array_with("items.offsets", lambda a: a[::-1].copy())),
    ("texts", found("n_features_in_", 1)),
    ("sets", array_with("items.ids", lambda a: a + 100)),
    ("cells", array_with("items.counts", lambda a: a + 5)),
    ("cells", array_with("items.kinds", lambda a: a[::-1].copy())),
    ("matrix", array_with("items.indices", lambda a: a + 1)),
    ("matrix", array_with("items.n_base", lambda a: a + 1)),
    ("table", array_with("numbers", lambda a: a + 1)),
    ("table", array_with("numbers", lambda a: a.astype(np.int64))),
    ("table", array_with("sizes", lambda a: a[:1])),
    ("table", array_with("items.offsets", lambda a: a * 0)),
    ("table", without("sizes")),
    ("table", parameter("columns", "street")),
    ("table", parameter("columns", [1])),
    ("table", parameter("columns", ["street", "number"])),
    ("table", parameter("encoding", {})),
    ("table", parameter("inertia", "1")),
    ("table", parameter("more", 1)),
    ("table", parameter("items", RECORD)),
]


@pytest.mark.parametrize(("kind", "change"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_file_with_a_right_digest_and_wrong_contents_is_refused(kind, change, tmp_path):
    gl.save(MODELS[kind](), tmp_path / "m")
    state = read_state(tmp_path / "m")
    write_state(tmp_path / "m", change(state))
    with pytest.raises(gl.ModelFileError, match=f"does not make a {state.kind}"):
        gl.load(tmp_path / "m")


def test_an_estimator_that_was_not_fitted_is_saved_too(tmp_path):
    gl.save(gl.KMedoids(5, metric="minkowski", metric_params={"p": 3}), tmp_path / "m")
    same = gl.load(tmp_path / "m")
    assert (same.n_clusters, same.metric_params) == (5, {"p": 3})


def test_a_table_model_comes_back(tmp_path):
    design = design_matrix(table_from_frame({"mass": [1.0, 1.2, 9.0, 9.4]}))
    models = [
        of_table("levenshtein", WORDS[:2]),
        of_table("gower", {"age": [1.0, 9.0], "plan": ["x", "y"]}, columns=("age", "plan")),
        of_table("euclidean", design.X[[0, 2]], design.encoding, ("mass",)),
    ]
    for model in models:
        gl.save(model, tmp_path / "m")
        same = gl.load(tmp_path / "m")
        assert (same.columns, same.inertia, same.source) == (model.columns, 1.0, "t.csv")
        assert same.items.metric == model.items.metric
        assert np.array_equal(pairwise(same.items), pairwise(model.items))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"numbers": np.array([0], dtype=np.int32)}, r"numbers and sizes must have shape \(2,\)"),
        ({"numbers": np.array([0, 2], dtype=np.int32)}, "numbers must be 0 to 1 in some order"),
        ({"columns": ("a", "b")}, "Texts are those of one column"),
        ({"items": as_items(X[:2])}, "got metric 'euclidean' and no encoding"),
    ],
)
def test_a_table_model_that_does_not_fit_together_is_refused(changes, message):
    with pytest.raises(gl.ParameterError, match=message):
        replace(of_table("levenshtein", WORDS[:2]), **changes)


def test_equally_near_medoids_give_the_first_whatever_the_numbers():
    model = of_table("levenshtein", ["aa", "bb"])
    assert model.assign(table_from_frame({"street": ["ab"]})).labels.tolist() == [1]
