"""BisectingKMeans: scikit-learn's attributes and quality, our hierarchy, weights, and model files."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn import cluster as peer
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris

import ganglion as gl
from ganglion.cluster import Tree
from ganglion.storage import read_state, write_state
from oracles.kmeans_cases import blobs

X = blobs(120, 3)
DATA = {"iris": load_iris().data, "digits": load_digits().data[:600]}


def wss(X, labels):
    return sum(
        ((X[labels == c] - X[labels == c].mean(axis=0)) ** 2).sum() for c in np.unique(labels)
    )


@pytest.mark.parametrize("strategy", ["biggest_inertia", "largest_cluster"])
@pytest.mark.parametrize("name", DATA)
def test_it_is_as_good_as_scikit_learns(name, strategy):
    given = {"n_clusters": 6, "n_init": 5, "bisecting_strategy": strategy}
    ours = [gl.BisectingKMeans(random_state=s, **given).fit(DATA[name]).inertia_ for s in range(5)]
    theirs = [
        peer.BisectingKMeans(random_state=s, **given).fit(DATA[name]).inertia_ for s in range(5)
    ]
    # Both are local optima of random starts: medians of five seeds differ by less than their spread.
    assert np.median(ours) <= 1.05 * np.median(theirs)


def test_where_the_splits_are_clear_both_find_the_same():
    rng = np.random.default_rng(0)
    places = np.array([[0, 0], [0, 10], [60, 0], [60, 14]])
    points = np.repeat(places, 20, axis=0) + rng.normal(size=(80, 2))
    given = {"n_clusters": 4, "n_init": 10, "random_state": 0}
    ours, theirs = (
        gl.BisectingKMeans(**given).fit(points),
        peer.BisectingKMeans(**given).fit(points),
    )
    assert len(set(zip(ours.labels_, theirs.labels_, strict=True))) == 4
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-9)
    order = np.lexsort(ours.cluster_centers_.T), np.lexsort(theirs.cluster_centers_.T)
    np.testing.assert_allclose(
        ours.cluster_centers_[order[0]], theirs.cluster_centers_[order[1]], rtol=1e-9, atol=1e-9
    )
    assert ours.score(points) == pytest.approx(theirs.score(points), rel=1e-9)
    assert ours.transform(points).shape == theirs.transform(points).shape
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())
    assert set(ours.get_params()) == set(theirs.get_params())
    assert {name for name in vars(theirs) if name.endswith("_") and name[0] != "_"} <= set(
        vars(ours)
    )


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array, lambda X: X.astype(np.float32)])
def test_going_down_the_hierarchy_gives_the_labels(container):
    given = container(X)
    model = gl.BisectingKMeans(7, random_state=0).fit(given)
    assert np.array_equal(model.predict(given), model.labels_)
    assert np.array_equal(model.fit_predict(given), model.labels_)
    assert sorted(set(model.labels_)) == list(range(7))
    assert model.labels_.dtype == np.int32
    assert model.inertia_ == pytest.approx(wss(X, model.labels_), rel=1e-4)
    assert model.cluster_centers_.dtype == (np.float32 if given.dtype == np.float32 else np.float64)


def test_a_fit_is_the_plain_function_and_its_tree_cuts_to_its_clusters():
    model = gl.BisectingKMeans(5, random_state=3).fit(X)
    run = gl.bisecting_kmeans(X, 5, random_state=3)
    assert np.array_equal(model.labels_, run.labels)
    assert np.array_equal(model.cluster_centers_, run.centers)
    assert isinstance(model.tree_, Tree)
    assert np.array_equal(model.tree_.merges, run.tree.merges)
    cut = model.tree_.cut(n_clusters=5)
    assert len(set(zip(cut.tolist(), model.labels_.tolist(), strict=True))) == 5


@pytest.mark.parametrize("strategy", ["biggest_inertia", "largest_cluster"])
def test_an_integer_weight_is_as_many_repetitions(strategy):
    weights = np.resize([1, 3, 2], len(X))
    given = {"n_clusters": 5, "random_state": 0, "bisecting_strategy": strategy}
    weighted = gl.BisectingKMeans(**given).fit(X, sample_weight=weights)
    written_out = gl.BisectingKMeans(**given).fit(np.repeat(X, weights, axis=0))
    assert np.array_equal(np.repeat(weighted.labels_, weights), written_out.labels_)
    np.testing.assert_allclose(weighted.cluster_centers_, written_out.cluster_centers_, rtol=1e-12)
    assert weighted.inertia_ == pytest.approx(written_out.inertia_, rel=1e-12)


def test_a_callable_starts_every_split():
    asked = []

    def start(X, n_clusters, random_state):
        asked.append((len(X), n_clusters, type(random_state)))
        return X[:n_clusters]

    model = gl.BisectingKMeans(3, init=start).fit(X)
    assert len(model.cluster_centers_) == 3
    assert asked[0] == (len(X), 2, np.random.RandomState)


WRONG = [
    ({"n_clusters": 0}, "n_clusters must be an integer of at least 1; got 0"),
    ({"n_clusters": 121}, "n_clusters=121 and 120 samples"),
    ({"init": "best"}, r"init must be one of 'k-means\+\+'"),
    ({"init": X[:2]}, "init must be 'random', .*every split has a start of its own; got a ndarray"),
    ({"n_init": 0}, "n_init must be an integer of at least 1; got 0"),
    ({"max_iter": 0}, "max_iter must be an integer of at least 1; got 0"),
    ({"tol": -1.0}, "tol must be a finite number of at least 0; got -1.0"),
    ({"algorithm": "full"}, "algorithm must be one of 'lloyd', 'elkan'; got 'full'"),
    ({"bisecting_strategy": "best"}, "bisecting_strategy must be one of"),
    ({"random_state": "seed"}, "random_state must be None, an integer"),
]


@pytest.mark.parametrize(("settings", "message"), WRONG)
def test_a_wrong_parameter_is_named_with_what_it_must_be(settings, message):
    with pytest.raises(gl.ParameterError, match=message):
        gl.BisectingKMeans(**settings).fit(X)


def test_fewer_distinct_samples_than_clusters_are_said():
    with pytest.warns(gl.GanglionWarning, match="2 distinct"):
        model = gl.BisectingKMeans(3, random_state=0).fit([[0.0], [0.0], [1.0]])
    assert len(model.cluster_centers_) == 2


def test_it_is_cloned_pickled_and_stored(tmp_path):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    for given in (frame, X.astype(np.float32)):
        model = gl.BisectingKMeans(6, random_state=0).fit(given)
        assert not hasattr(clone(model), "labels_")
        gl.save(model, tmp_path / "m")
        first = (tmp_path / "m").read_bytes()
        for same in (pickle.loads(pickle.dumps(model)), gl.load(tmp_path / "m")):
            assert same.get_params() == model.get_params()
            assert same.inertia_ == model.inertia_
            assert same.tree_ == model.tree_
            assert np.array_equal(same.predict(given), model.labels_)
            assert np.array_equal(same.transform(given), model.transform(given))
            gl.save(same, tmp_path / "m")
            assert (tmp_path / "m").read_bytes() == first
    gl.save(gl.BisectingKMeans(4), tmp_path / "m")
    assert gl.load(tmp_path / "m").n_clusters == 4


def array_with(name, change):
    return lambda s: replace(s, arrays={**s.arrays, name: change(s.arrays[name].copy())})


def at(index, value):
    def change(array):
        array[index] = value
        return array

    return change


HOSTILE = {
    "a node that is its own part": array_with("run.children", at((0, 0), 0)),
    "a part outside": array_with("run.children", at((0, 0), 99)),
    "parts of another type": array_with("run.children", lambda a: a.astype(np.float64)),
    "a cluster with parts": array_with("run.node_labels", at(0, 1)),
    "a node without parts": array_with("run.children", at(0, -1)),
    "labels twice": array_with(
        "run.node_labels", lambda a: np.where(a == 2, 1, a).astype(np.int32)
    ),
    "other centres": array_with("run.node_centers", lambda a: a + 1),
    "centres that are not": array_with("run.node_centers", lambda a: a * np.nan),
    "a node too few": array_with("run.node_centers", lambda a: a[:-1]),
    "labels out of range": array_with("labels_", lambda a: a + 1),
    "a tree of fewer": array_with("tree_.merges", lambda a: a[:-1]),
    "a tree of nothing": array_with("tree_.merges", lambda a: a * 0),
    "an unknown array": lambda s: replace(s, arrays={**s.arrays, "extra": np.zeros(3)}),
    "no tree": lambda s: replace(
        s, arrays={n: a for n, a in s.arrays.items() if n != "tree_.merges"}
    ),
    "half of what was fitted": lambda s: replace(
        s, parameters={**s.parameters, "fitted": {"n_features_in_": 3}}
    ),
}


@pytest.mark.parametrize("change", HOSTILE)
def test_a_file_with_wrong_contents_is_refused(change, tmp_path):
    gl.save(gl.BisectingKMeans(4, random_state=0).fit(X), tmp_path / "m")
    write_state(tmp_path / "m", HOSTILE[change](read_state(tmp_path / "m")))
    with pytest.raises(gl.ModelFileError, match="does not make a BisectingKMeans"):
        gl.load(tmp_path / "m")


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("n_clusters", [1, 3])
def test_a_bad_value_is_named_with_its_place(container, n_clusters):
    for value in (np.nan, np.inf):
        bad = X.copy()
        bad[4, 1] = value
        with pytest.raises(gl.DataError, match="X must be finite"):
            gl.BisectingKMeans(n_clusters).fit(container(bad))
