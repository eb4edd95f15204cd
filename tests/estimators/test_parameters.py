"""Errors are ours and say what to do; the parameters mean what scikit-learn's mean."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans as PeerKMeans
from sklearn.cluster import MiniBatchKMeans as PeerMiniBatchKMeans
from sklearn.exceptions import NotFittedError

import ganglion as gl
from oracles.kmeans_cases import blobs

X = blobs(60, 3)

WRONG = [
    (gl.KMeans(algorithm="full"), "algorithm must be one of 'lloyd', 'elkan'; got 'full'"),
    (gl.KMeans(n_init="best"), "n_init must be 'auto' or an integer of at least 1; got 'best'"),
    (gl.KMeans(n_init=0), "n_init must be an integer of at least 1; got 0"),
    (gl.KMeans(n_clusters=0), "n_clusters must be an integer of at least 1; got 0"),
    (
        gl.KMeans(n_clusters=61),
        "KMeans needs n_clusters <= n_samples; got n_clusters=61 and 60 samples",
    ),
    (gl.KMeans(max_iter=0), "max_iter must be an integer of at least 1; got 0"),
    (gl.KMeans(tol=-1.0), "tol must be a finite number of at least 0; got -1.0"),
    (gl.KMeans(epsilon=-1.0), "epsilon must be a finite number of at least 0; got -1.0"),
    (
        gl.KMeans(init="best"),
        "init must be one of 'k-means\\+\\+', 'k-means\\|\\|', 'random'; got 'best'",
    ),
    (
        gl.KMeans(init=np.zeros((2, 3))),
        r"init must have shape \(n_clusters, n_features\) = \(8, 3\); got \(2, 3\)",
    ),
    (gl.KMeans(metric="jaccard"), "metric must be one of 'euclidean', 'cosine'; got 'jaccard'"),
    (gl.KMeans(on_duplicates="keep"), "on_duplicates must be one of"),
    (gl.KMeans(random_state="seed"), "random_state must be None, an integer"),
    (gl.MiniBatchKMeans(batch_size=0), "batch_size must be an integer of at least 1; got 0"),
    (gl.MiniBatchKMeans(init_size=0), "init_size must be an integer of at least 1; got 0"),
    (gl.MiniBatchKMeans(max_iter=1.5), "max_iter must be an integer of at least 1; got 1.5"),
    (gl.MiniBatchKMeans(max_no_improvement=-1), "max_no_improvement must be an integer"),
    (
        gl.MiniBatchKMeans(reassignment_ratio=-0.5),
        "reassignment_ratio must be a finite number of at least 0; got -0.5",
    ),
    (gl.MiniBatchKMeans(tol=np.inf), "tol must be a finite number of at least 0; got inf"),
    (gl.MiniBatchKMeans(n_init=0), "n_init must be an integer of at least 1; got 0"),
    (gl.MiniBatchKMeans(n_clusters=61), "n_clusters=61 and 60 samples"),
]


@pytest.mark.parametrize(("model", "message"), WRONG)
def test_a_wrong_parameter_is_named_with_what_it_must_be(model, message):
    with pytest.raises(gl.ParameterError, match=message):
        model.fit(X)


@pytest.mark.parametrize("estimator", [gl.KMeans, gl.MiniBatchKMeans])
def test_a_bad_value_is_named_with_its_place(estimator):
    frame = pd.DataFrame({"age": [1.0, 2.0, 3.0], "income": [1.0, np.nan, 3.0]})
    with pytest.raises(
        gl.DataError, match="X must be finite; it holds 1 NaN, the first at row 1, column 'income'"
    ):
        estimator(n_clusters=2).fit(frame)
    model = estimator(n_clusters=2).fit(frame.fillna(2.0))
    for method in (model.predict, model.transform, model.score):
        with pytest.raises(gl.DataError, match="the first at row 1, column 'income'"):
            method(frame)
    with pytest.raises(
        gl.DataError, match=r"sample_weight must not be negative; got -1\.0 at row 2"
    ):
        model.fit(X, sample_weight=np.where(np.arange(60) == 2, -1, 1))
    with pytest.raises(gl.DataError, match=r"sample_weight.shape must be \(60,\)"):
        model.fit(X).score(X, sample_weight=np.ones(3))


@pytest.mark.parametrize("estimator", [gl.KMeans, gl.MiniBatchKMeans])
def test_what_is_not_fitted_says_so(estimator):
    for method in ("predict", "transform", "score"):
        with pytest.raises(NotFittedError):
            getattr(estimator(), method)(X)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(gl.KMeans, PeerKMeans), (gl.MiniBatchKMeans, PeerMiniBatchKMeans)]
)
def test_the_defaults_are_those_of_scikit_learn(ours, theirs):
    assert theirs().get_params().items() <= ours().get_params().items()
    with pytest.raises(TypeError):
        ours(3, "random")


@pytest.mark.parametrize("estimator", [gl.KMeans, gl.MiniBatchKMeans])
def test_a_generator_a_random_state_and_none_are_seeds_too(estimator):
    for seed in (np.random.default_rng(1), np.random.RandomState(1), None, np.int64(1)):
        assert estimator(n_clusters=2, random_state=seed).fit(X).labels_.shape == (60,)


def test_a_fit_writes_neither_to_x_nor_to_its_parameters():
    init, given = X[:4].copy(), X.copy()
    init.flags.writeable = given.flags.writeable = False
    model = gl.KMeans(n_clusters=4, init=init, copy_x=False).fit(given)
    assert model.init is init
    assert np.array_equal(given, X)


@pytest.mark.parametrize(
    "model", [gl.KMeans(3, random_state=0, record=True), gl.MiniBatchKMeans(3, random_state=0)]
)
def test_pickles_and_clones(model):
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    model.fit(X)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(X), model.labels_)
    assert again.inertia_ == model.inertia_
    assert not hasattr(clone(model), "labels_")


def test_an_unchanged_estimator_shows_nothing_and_a_fitted_one_shows_itself():
    assert repr(gl.KMeans(3, tol=0)) == "KMeans(n_clusters=3, tol=0)"
    html = gl.KMeans(3).fit(X)._repr_html_()
    assert "KMeans" in html and "fitted" in html


def test_parameters_may_be_set_between_fits():
    model = gl.KMeans(3, random_state=0).fit(X)
    model.set_params(n_clusters=4, metric="cosine").fit(X)
    assert model.cluster_centers_.shape == (4, 3)
    np.testing.assert_allclose(np.linalg.norm(model.cluster_centers_, axis=1), 1)
