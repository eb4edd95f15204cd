"""In scikit-learn's company: frames, pipelines, searches, routed metadata, processes."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

import ganglion as gl
from oracles.kmeans_cases import blobs

X = blobs(120, 3)
ESTIMATORS = [gl.KMeans, gl.MiniBatchKMeans]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("library", [pd, pl])
def test_a_frame_is_the_array_that_it_holds(estimator, library):
    frame = library.DataFrame({"mass": X[:, 0], "length": X[:, 1], "depth": X[:, 2]})
    model = estimator(n_clusters=3, random_state=0).fit(frame)
    plain = estimator(n_clusters=3, random_state=0).fit(X)
    assert list(model.feature_names_in_) == ["mass", "length", "depth"]
    assert np.array_equal(model.cluster_centers_, plain.cluster_centers_)
    assert np.array_equal(model.predict(frame), plain.predict(X))
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["length", "mass", "depth"]])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.predict(X)
    assert "does not have valid feature names" in str(caught[0].message)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(("output", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)])
def test_distances_come_as_the_frame_that_was_asked_for(estimator, output, kind):
    model = estimator(n_clusters=3, random_state=0).set_output(transform=output)
    distances = model.fit_transform(X)
    name = estimator.__name__.lower()
    assert isinstance(distances, kind)
    assert list(distances.columns) == [f"{name}0", f"{name}1", f"{name}2"]
    assert np.array_equal(distances.to_numpy(), model.set_output(transform="default").transform(X))
    assert isinstance(model.predict(X), np.ndarray)


def test_the_index_of_a_frame_stays():
    frame = pd.DataFrame(X, columns=["a", "b", "c"], index=[f"row {i}" for i in range(len(X))])
    distances = gl.KMeans(3, random_state=0).set_output(transform="pandas").fit_transform(frame)
    assert list(distances.index) == list(frame.index)


def test_distances_to_centres_are_features_for_what_follows():
    y = np.argmin(((X[:, None] - X[:4]) ** 2).sum(axis=2), axis=1) % 2
    model = make_pipeline(StandardScaler(), gl.KMeans(8, random_state=0), LogisticRegression()).fit(
        X, y
    )
    assert model.score(X, y) > 0.8
    assert list(model[:-1].get_feature_names_out()) == [f"kmeans{i}" for i in range(8)]


def test_texts_are_clustered_without_making_them_dense():
    texts = ["red apple", "green apple", "apple pie", "fast car", "red car", "car race"]
    model = make_pipeline(
        TfidfVectorizer(), gl.KMeans(2, metric="cosine", n_init=5, random_state=0)
    )
    assert len(set(model.fit_predict(texts)[:3])) == 1


def test_a_search_finds_that_more_clusters_have_less_inertia():
    search = GridSearchCV(gl.KMeans(random_state=0), {"n_clusters": [1, 2, 4]}, cv=3).fit(X)
    assert search.best_params_ == {"n_clusters": 4}
    assert np.array_equal(search.predict(X), search.best_estimator_.labels_)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search_gives_the_same_in_processes(n_jobs):
    search = GridSearchCV(
        gl.KMeans(random_state=0), {"n_clusters": [2, 3]}, cv=2, n_jobs=n_jobs
    ).fit(X)
    expected = [-1, -1]
    for i, k in enumerate((2, 3)):
        halves = [(slice(60, 120), slice(0, 60)), (slice(0, 60), slice(60, 120))]
        expected[i] = np.mean(
            [gl.KMeans(k, random_state=0).fit(X[a]).score(X[b]) for a, b in halves]
        )
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], expected)


def test_fits_in_processes_have_the_bits_of_fits_here():
    fits = Parallel(n_jobs=2)(delayed(gl.KMeans(4, random_state=seed).fit)(X) for seed in range(4))
    for seed, model in enumerate(fits):
        assert np.array_equal(
            model.cluster_centers_, gl.KMeans(4, random_state=seed).fit(X).cluster_centers_
        )


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_weights_are_routed(estimator):
    weight = np.random.default_rng(0).integers(0, 3, size=len(X))
    with sklearn.config_context(enable_metadata_routing=True):
        model = estimator(3, random_state=0).set_fit_request(sample_weight=True)
        model = model.set_score_request(sample_weight=True)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        pipeline.fit(X, sample_weight=weight)
    scaled = StandardScaler().fit_transform(X)
    alone = estimator(3, random_state=0).fit(scaled, sample_weight=weight)
    assert np.array_equal(pipeline[-1].cluster_centers_, alone.cluster_centers_)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_tags_say_what_it_is(estimator):
    tags = get_tags(estimator())
    assert tags.estimator_type == "clusterer"
    assert tags.input_tags.sparse
    assert tags.transformer_tags.preserves_dtype == ["float64", "float32"]
    assert not tags.non_deterministic
