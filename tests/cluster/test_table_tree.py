"""A tree of a table as a model: where new rows belong, its file, what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion import DataError, ModelFileError, ParameterError
from ganglion.cluster import TableTree, Tree, divide, linkage
from ganglion.cluster.agglomerative import METHODS as LINKAGES
from ganglion.cluster.divisive import METHODS as DIVISIVE
from ganglion.cluster.reach import limits_of
from ganglion.data import design_matrix, table_from_frame
from ganglion.distances import as_items
from ganglion.storage import read_state, write_state
from oracles.kmeans_cases import blobs

GOLDEN = Path(__file__).parent.parent / "golden" / "table-tree-v1.safetensors"
STREETS = ["Main Street", "Main Str", "Park Avenue", "Park Ave"]
SEED = {"bisecting": {"random_state": 0}}
WEIGHTS = table_from_frame({"mass": [9.0, 1.0, 1.25, 1.5, 9.5], "age": [0.0, 4.0, 4.5, 5.0, 0.5]})


def golden_model():
    """The model in golden/table-tree-v1.safetensors. Never change it: old files must stay readable."""
    items = as_items(STREETS, "levenshtein")
    tree = linkage(items, "average")
    model = TableTree.cut(
        tree,
        items,
        tree.cut(2),
        columns=("street",),
        encoding=None,
        source="streets.csv",
        settings={"seed": 3},
    )
    return replace(model, reach=None)


def grown(items, method):
    return (
        divide(items, method, **SEED.get(method, {}))
        if method in DIVISIVE
        else linkage(items, method)
    )


def weights_model(method="ward", **more):
    design = design_matrix(WEIGHTS)
    items = as_items(design.X, "euclidean")
    tree = grown(items, method)
    return TableTree.cut(
        tree,
        items,
        tree.cut(2),
        columns=("mass", "age"),
        encoding=design.encoding,
        source="weights.csv",
        **more,
    )


@pytest.mark.parametrize("method", LINKAGES)
def test_new_rows_go_where_the_estimator_sends_them(method):
    X = blobs(90, 3, spread=0.4) if method != "single" else blobs(90, 3)
    names = [f"x{i}" for i in range(X.shape[1])]
    table = table_from_frame(dict(zip(names, X.T, strict=True)))
    design = design_matrix(table)
    items = as_items(design.X, "euclidean")
    tree = linkage(items, method)
    labels = tree.cut(4)
    model = TableTree.cut(
        tree, items, labels, columns=tuple(names), encoding=design.encoding, source="t.csv"
    )
    new = X[::3] + 0.3
    estimator = gl.AgglomerativeClustering(4, linkage=method).fit(design.X)
    place = np.empty(4, dtype=np.int32)
    place[estimator.labels_] = labels  # the same clusters, numbered as the cut does
    found = model.assign(table_from_frame(dict(zip(names, new.T, strict=True))))
    expected = place[estimator.predict((new - X.mean(axis=0)) / X.std(axis=0))]
    np.testing.assert_array_equal(found.labels, expected)
    assert (model.items is None) == (method in ("ward", "centroid", "median"))
    assert model.sizes.tolist() == np.bincount(labels).tolist()


def test_new_streets_go_to_the_group_that_is_nearest_on_average():
    # Park Av.: 9 and 6 edits to the Main streets (mean 7.5), 4 and 1 to the Park avenues (mean 2.5).
    found = golden_model().assign(table_from_frame({"street": ["Park Av.", None, "Main St"]}))
    assert found.labels.tolist() == [1, 0]
    assert found.rows.tolist() == [0, 2]
    assert found.missing == {"street": 1}
    assert "1 of 3 rows were left out: they have no text" in found.notes


def test_a_height_and_rows_that_are_equal_count():
    items = as_items(STREETS, "levenshtein")
    tree = linkage(items, "average", sample_weight=[5, 1, 1, 1])
    labels = tree.cut(height=4.5)
    model = TableTree.cut(
        tree,
        items,
        labels,
        columns=("street",),
        encoding=None,
        source="s.csv",
        height=4.5,
        weights=np.array([5.0, 1, 1, 1]),
        counts=np.array([5, 1, 1, 1]),
    )
    assert model.sizes.sum() == 8
    assert model.sizes[labels[0]] == 5 + (labels[1] == labels[0])


def test_the_file_is_the_golden_one_and_comes_back(tmp_path):
    gl.save(golden_model(), tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == GOLDEN.read_bytes()
    again = gl.load(GOLDEN)
    assert again.settings == {"seed": 3}
    assert again.tree.cut(2).tolist() == golden_model().tree.cut(2).tolist()
    new = table_from_frame({"street": ["Park", "Main"]})
    assert again.assign(new).labels.tolist() == golden_model().assign(new).labels.tolist()


@pytest.mark.parametrize("method", [*LINKAGES, *DIVISIVE])
def test_every_method_comes_back_from_its_file(tmp_path, method):
    model = weights_model(method)
    gl.save(model, tmp_path / "m")
    again = gl.load(tmp_path / "m")
    new = table_from_frame({"mass": [8.0, 1.1, 5.0], "age": [1.0, 4.0, 2.0]})
    assert again.assign(new).labels.tolist() == model.assign(new).labels.tolist()
    assert again.assign(new).distances.tolist() == model.assign(new).distances.tolist()
    assert again.reach.tobytes() == model.reach.tobytes()
    gl.save(again, tmp_path / "n")
    assert (tmp_path / "n").read_bytes() == (tmp_path / "m").read_bytes()


def test_trees_from_elsewhere_and_labels_of_another_cut_are_refused():
    items = as_items(STREETS, "levenshtein")
    tree = linkage(items, "average")
    how = {"columns": ("street",), "encoding": None, "source": "s.csv"}
    with pytest.raises(
        ParameterError, match=r"tells where a new row belongs; got method='unknown'"
    ):
        TableTree.cut(Tree.from_scipy(tree.merges), items, tree.cut(2), **how)
    with pytest.raises(
        ParameterError, match="labels must be those of the cut, which has 2 clusters"
    ):
        TableTree.cut(tree, items, np.array([0, 1, 0, 1], dtype=np.int32), **how)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"numbers": np.array([0], dtype=np.int32)}, r"must have shape \(2,\)"),
        ({"numbers": np.array([1, 1], dtype=np.int32)}, "numbers must be 0 to 1 in some order"),
        ({"items": None}, "either the items or the centres .* got neither"),
        ({"columns": ("a", "b")}, "Texts are those of one column"),
        ({"reach": np.zeros((3, 110))}, r"reach must be float64 of shape \(2, 110\)"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, match):
    with pytest.raises(ParameterError, match=match):
        replace(golden_model(), **change)


def test_a_table_without_the_columns_is_refused():
    with pytest.raises(DataError, match="'street' missing; the table has 'road'"):
        golden_model().assign(table_from_frame({"road": ["Main"]}))


def _array(name, change):
    return lambda s: replace(s, arrays={**s.arrays, name: change(s.arrays[name])})


def _parameter(name, value):
    return lambda s: replace(s, parameters={**s.parameters, name: value})


@pytest.mark.parametrize(
    "change",
    [
        _array("labels", lambda a: a[:-1]),
        _array("labels", lambda a: a + 1),
        _array("labels", lambda a: a * 0),
        _array("masses", lambda a: -a),
        _array("shares", lambda a: a * np.nan),
        _array("inner", lambda a: a[:1]),
        _array("numbers", lambda a: a.astype(np.int64)),
        _array("sizes", lambda a: a[:1]),
        _array("tree.merges", lambda a: a[::-1].copy()),
        _parameter("columns", [1]),
        _parameter("columns", "street"),
        _parameter("items", None),
        _parameter("tree", 3),
        _parameter("settings", []),
        lambda s: replace(s, arrays={**s.arrays, "more": np.zeros(2)}),
        lambda s: replace(s, parameters={**s.parameters, "more": 1}),
        lambda s: replace(s, arrays={**s.arrays, "centers": np.zeros((2, 2))}),
    ],
)
def test_files_with_a_right_digest_and_wrong_contents_are_refused(tmp_path, change):
    gl.save(golden_model(), tmp_path / "m")
    write_state(tmp_path / "bad", change(read_state(tmp_path / "m")))
    with pytest.raises(ModelFileError):
        gl.load(tmp_path / "bad")


def minimax_of(values, k):
    """A minimax tree of numbers in one column, cut into k clusters."""
    X = np.asarray(values, dtype=np.float64)[:, None]
    design = design_matrix(table_from_frame({"x": X[:, 0]}), columns=["x"], scale="none")
    items = as_items(design.X, "euclidean")
    tree = linkage(items, "minimax")
    known = {"columns": ("x",), "encoding": design.encoding, "source": "x.csv"}
    return tree, TableTree.cut(tree, items, tree.cut(k), **known)


def test_rows_are_as_far_from_a_minimax_cluster_as_from_its_prototype():
    # {0, 1, 2, 3.5}: 1 is at most 2.5 from all, 2 at most 2; {10, 11}: both are 1 away, the first one counts
    _, model = minimax_of([0, 1, 2, 3.5, 10, 11], 2)
    assert model.membership.inner.tolist() == [3.5, 2.5, 2, 3.5, 1, 1]
    found = model.assign(table_from_frame({"x": [0.0, 2.0, 3.5, 10.0, 11.0, 2.25, 12.5]}))
    assert found.labels.tolist() == [0, 0, 0, 1, 1, 0, 1]
    assert found.distances.tolist() == [2, 0, 1.5, 0, 1, 0.25, 2.5]
    # of the rows 0, 1, 2, 3.5 a quarter is farther than 1.5, and of 10, 11 none is farther than 1
    assert limits_of(model.reach, 0.25).tolist() == [1.5, 1]


@given(
    st.lists(st.integers(-50, 50), min_size=4, max_size=25).filter(lambda v: len(set(v)) > 1),
    st.integers(1, 4),
)
def test_no_row_is_farther_from_its_prototype_than_its_cluster_is_high(values, k):
    tree, model = minimax_of(values, k)
    farthest = limits_of(model.reach, 0.0)
    radii = [model.membership.inner[model.membership.labels == at].min() for at in range(k)]
    assert np.array_equal(np.sort(farthest), np.sort(radii))
    merged = tree.heights[: len(values) - k]
    assert farthest.max() == merged.max(initial=0.0)
