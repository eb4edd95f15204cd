"""What a fitted estimator says is what it said while fitting, bit by bit."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse as sp

import ganglion as gl
from oracles.kmeans_cases import blobs

MODELS = {
    "kmeans": lambda **given: gl.KMeans(**given),
    "cosine": lambda **given: gl.KMeans(metric="cosine", **given),
    "minibatch": lambda **given: gl.MiniBatchKMeans(batch_size=50, **given),
}


def agrees(model, X, weight=None):
    """Labels and inertia are those of the centres that are returned."""
    assert np.array_equal(model.labels_, model.predict(X))
    assert model.score(X, sample_weight=weight) == pytest.approx(
        -model.inertia_, rel=1e-12, abs=1e-300
    )
    distances = model.transform(X).astype(np.float64)
    nearest = distances[np.arange(len(distances)), model.labels_]
    assert np.all(nearest <= distances.min(axis=1) * (1 + 1e-6))
    return True


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array, sp.csc_matrix])
@pytest.mark.parametrize("max_iter", [1, 2, 100])
def test_labels_are_those_of_the_centres(kind, dtype, container, max_iter):
    X = blobs(300, 5, dtype=dtype)
    model = MODELS[kind](n_clusters=7, max_iter=max_iter, random_state=0).fit(container(X))
    assert agrees(model, container(X))
    assert np.array_equal(model.predict(X), model.predict(np.asfortranarray(X)))
    assert np.array_equal(
        model.predict(X), np.concatenate([model.predict(X[i : i + 1]) for i in range(len(X))])
    )


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_labels_are_not_stale_after_an_empty_cluster_was_reseeded(container):
    X = container(np.array([[1.0], [2.0], [3.0]]))
    model = gl.KMeans(3, init=[[4.0], [0.0], [1.0]], n_init=1, max_iter=10, tol=0).fit(X)
    assert agrees(model, X)
    assert sorted(model.labels_.tolist()) == [0, 1, 2]
    assert model.inertia_ == 0


def test_labels_are_not_stale_whatever_is_reseeded():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        X = rng.integers(0, 6, size=(rng.integers(5, 30), 2)).astype(float)
        init = rng.integers(-9, 15, size=(4, 2)).astype(float)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", gl.GanglionWarning)
            model = gl.KMeans(4, init=init, max_iter=int(rng.integers(1, 4)), tol=0).fit(X)
        assert agrees(model, X)


@pytest.mark.parametrize("exponent", [-140, -60, -50, 0, 50, 60, 140])
def test_every_scale_of_the_data_gives_the_same_labels(exponent):
    X = blobs(200, 3)
    scaled_X = np.ldexp(X, exponent)
    plain = gl.KMeans(n_clusters=5, init=X[:5]).fit(X)
    scaled = gl.KMeans(n_clusters=5, init=scaled_X[:5]).fit(scaled_X)
    assert np.array_equal(plain.labels_, scaled.labels_)
    assert np.array_equal(np.ldexp(plain.cluster_centers_, exponent), scaled.cluster_centers_)
    assert np.array_equal(np.ldexp(plain.transform(X), exponent), scaled.transform(scaled_X))
    assert agrees(scaled, scaled_X)
    assert agrees(
        gl.MiniBatchKMeans(n_clusters=5, init=scaled_X[:5], random_state=0).fit(scaled_X), scaled_X
    )


@pytest.mark.parametrize("size", [1e-40, 1e-30, 1e-22, 1e18, 1e19, 1e20, 1e30, 1e37])
def test_every_scale_of_float32_gives_the_definitions_labels(size):
    X = (blobs(300, 2) / 20 * size).astype(np.float32)
    model = gl.KMeans(n_clusters=20, init=X[:20], max_iter=1, tol=0).fit(X[:20])
    exact = ((X.astype(np.longdouble)[:, None] - X[:20].astype(np.longdouble)) ** 2).sum(axis=2)
    assert np.array_equal(model.cluster_centers_, X[:20])
    assert np.array_equal(model.predict(X), exact.argmin(axis=1))
    np.testing.assert_allclose(model.transform(X), np.sqrt(exact).astype(np.float32), rtol=1e-6)


def test_new_samples_far_outside_the_scale_of_the_centres_are_labelled():
    model = gl.KMeans(n_clusters=2, init=[[0.0, 0.0], [1e150, 0.0]]).fit([[0.0, 0.0], [1e150, 0.0]])
    # The squares of these distances leave float64.
    assert model.predict([[1e160, 1.0], [-1e160, 1.0], [0.4e150, 0.0]]).tolist() == [1, 0, 0]
    model = gl.KMeans(n_clusters=1).fit([[0.0, 0.0], [1.0, 0.0]])
    assert model.transform([[1e300, 0.0]]).tolist() == [[1e300]]


def test_distances_that_float32_cannot_hold_are_an_error():
    X = np.array([[0.0, 0.0], [3e38, 3e38]], dtype=np.float32)
    model = gl.KMeans(n_clusters=1, init=X[:1], max_iter=1).fit(X[:1])
    with pytest.raises(
        gl.DataError, match=r"Distances must be within float32; the largest is 4\.24e\+38"
    ):
        model.transform(X)
    assert model.transform(X.astype(np.float64)).max() == pytest.approx(
        np.hypot(*X[1].astype(float))
    )


def test_a_score_that_float64_cannot_hold_is_an_error():
    model = gl.KMeans(n_clusters=1).fit([[0.0]])
    with pytest.raises(gl.DataError, match="X is too large in scale"):
        model.score([[1e200]])


def test_cosine_distances_are_those_of_directions():
    X = np.array([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0], [-1.0, 0.0], [0.0, 0.0]])
    model = gl.KMeans(n_clusters=2, metric="cosine", init=[[1.0, 0.0], [0.0, 1.0]], max_iter=1).fit(
        X[:2]
    )
    half = 1 - np.sqrt(0.5)
    np.testing.assert_allclose(
        model.transform(X), [[0, 1], [1, 0], [half, half], [2, 1], [1, 1]], atol=1e-15
    )
    assert model.predict(X).tolist() == [0, 1, model.predict(X)[2], 1, 0]
    assert model.score(X) == pytest.approx(-(0 + 0 + half + 1 + 1))
    assert model.score(X, sample_weight=[0, 0, 0, 0, 3]) == -3


def test_zero_vectors_are_no_farther_from_themselves():
    with pytest.warns(gl.GanglionWarning, match="distinct samples|zero vectors"):
        model = gl.KMeans(n_clusters=2, metric="cosine").fit(np.zeros((4, 3)))
    assert (model.inertia_, model.k_effective_) == (0, 1)
    assert np.all(model.transform(np.zeros((4, 3))) == 0)
    assert model.transform([[1.0, 0.0, 0.0]]).tolist() == [[1.0]]
    assert agrees(model, np.zeros((4, 3)))


def test_two_clusters_far_from_the_origin_are_found_in_sparse_float32():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 0.1, (50, 2)), rng.normal(1, 0.1, (50, 2))]) + 1e4
    model = gl.KMeans(2, n_init=3, random_state=0).fit(sp.csr_array(X.astype(np.float32)))
    assert np.bincount(model.labels_).tolist() == [50, 50]


def test_float32_stays_float32():
    X = blobs(50, 3, dtype=np.float32)
    for model in (gl.KMeans(3), gl.MiniBatchKMeans(3)):
        model.fit(X)
        assert model.cluster_centers_.dtype == model.transform(X).dtype == np.float32
        assert model.transform(X.astype(np.float64)).dtype == np.float64


@pytest.mark.parametrize("kind", MODELS)
def test_fit_predict_and_fit_transform_are_fit_and_then_the_rest(kind):
    X = blobs(100, 4)
    weight = np.random.default_rng(0).uniform(size=100)
    model = MODELS[kind](n_clusters=3, random_state=0).fit(X, sample_weight=weight)
    again = MODELS[kind](n_clusters=3, random_state=0)
    assert np.array_equal(again.fit_predict(X, sample_weight=weight), model.labels_)
    assert np.array_equal(again.fit_transform(X, sample_weight=weight), model.transform(X))


def test_an_estimator_is_the_plain_function():
    X = blobs(400, 6)
    model = gl.KMeans(n_clusters=5, random_state=3, record=True).fit(X)
    run = gl.kmeans(X, 5, random_state=3, record=True)
    assert np.array_equal(model.cluster_centers_, run.centers)
    assert np.array_equal(model.labels_, run.labels)
    found = (
        model.inertia_,
        model.tss_,
        model.bss_,
        model.n_iter_,
        model.converged_,
        model.stopped_by_,
    )
    assert found == (run.inertia, run.tss, run.bss, run.n_iter, run.converged, run.stopped_by)
    assert np.array_equal(model.history_.inertia, run.history.inertia)


def test_fewer_distinct_samples_than_clusters_are_said_once():
    X = [[0.0], [0.0], [1.0], [1.0]]
    with pytest.warns(
        gl.GanglionWarning, match="X has 2 distinct samples but n_clusters=3"
    ) as caught:
        model = gl.KMeans(n_clusters=3, random_state=0).fit(X)
    assert len(caught) == 1
    assert (model.k_effective_, model.cluster_centers_.shape, model.transform(X).shape) == (
        2,
        (2, 1),
        (4, 2),
    )
    assert list(model.get_feature_names_out()) == ["kmeans0", "kmeans1"]
    with pytest.raises(gl.DataError, match="Lower n_clusters to 2 at most"):
        gl.KMeans(n_clusters=3, on_duplicates="error").fit(X)


@pytest.mark.parametrize("estimator", [gl.KMeans, gl.MiniBatchKMeans])
@pytest.mark.parametrize("method", ["fit", "fit_predict", "fit_transform"])
def test_a_warning_points_at_the_callers_line(estimator, method):
    with pytest.warns(gl.GanglionWarning, match="X has 2 distinct samples") as caught:
        getattr(estimator(n_clusters=3, random_state=0), method)([[0.0], [0.0], [1.0], [1.0]])
    assert [warning.filename for warning in caught] == [__file__]
