"""From one start scikit-learn's KMeans and ours are the same."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import cluster as peer
from sklearn.datasets import load_digits, load_iris

import ganglion as gl

DATA = {"iris": load_iris().data, "digits": load_digits().data}
K = {"iris": 3, "digits": 10}


@pytest.fixture(params=["lloyd", "elkan"])
def algorithm(request):
    return request.param


def start(name, dtype):
    return DATA[name][np.random.default_rng(0).permutation(len(DATA[name]))[: K[name]]].astype(
        dtype
    )


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_the_same_start_gives_the_same_clusters(name, container, algorithm):
    X, init = container(DATA[name]), start(name, np.float64)
    given = {"n_clusters": K[name], "init": init, "n_init": 1, "tol": 0, "algorithm": algorithm}
    ours, theirs = gl.KMeans(**given).fit(X), peer.KMeans(**given).fit(X)
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-9)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9, atol=1e-9)
    # Theirs are from a product: the square of a small distance loses digits.
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-6)
    assert ours.score(X) == pytest.approx(theirs.score(X), rel=1e-9)
    assert ours.labels_.dtype == theirs.labels_.dtype
    assert type(ours.n_iter_) is int
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_float32_gives_the_clusters_that_they_find_in_float64(name, container):
    X, init = DATA[name].astype(np.float32), start(name, np.float32)
    ours = gl.KMeans(n_clusters=K[name], init=init, tol=0).fit(container(X))
    theirs = peer.KMeans(n_clusters=K[name], init=init, tol=0).fit(X.astype(np.float64))
    # The means are rounded to float32: a sample as near to two of them as 2^-23 may go either way.
    assert np.mean(ours.labels_ == theirs.labels_) >= 0.999
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-5)
    assert ours.cluster_centers_.dtype == ours.transform(X).dtype == np.float32


@pytest.mark.parametrize("tol", [1e-4, 1e-2])
def test_the_tolerance_stops_both_in_the_same_step(tol):
    X, init = DATA["digits"], start("digits", np.float64)
    ours = gl.KMeans(n_clusters=10, init=init, tol=tol).fit(X)
    theirs = peer.KMeans(n_clusters=10, init=init, tol=tol).fit(X)
    assert ours.n_iter_ == theirs.n_iter_
    assert np.array_equal(ours.labels_, theirs.labels_)


def test_weights_mean_the_same(algorithm):
    X, init = DATA["iris"], start("iris", np.float64)
    weight = np.random.default_rng(1).uniform(0, 3, size=len(X))
    given = {"n_clusters": 3, "init": init, "tol": 0, "algorithm": algorithm}
    ours = gl.KMeans(**given).fit(X, sample_weight=weight)
    theirs = peer.KMeans(**given).fit(X, sample_weight=weight)
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-9)
    assert ours.score(X, sample_weight=weight) == pytest.approx(
        theirs.score(X, sample_weight=weight)
    )


def test_seeding_is_as_good_as_theirs():
    X = DATA["digits"]
    ours = [gl.KMeans(n_clusters=10, random_state=seed).fit(X).inertia_ for seed in range(10)]
    theirs = [peer.KMeans(n_clusters=10, random_state=seed).fit(X).inertia_ for seed in range(10)]
    # Ten runs each spread by about 0.5 %: their means are within 3 standard errors of each other.
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.01)


@pytest.mark.parametrize("init", ["random", "callable"])
def test_rough_starts_are_tried_ten_times(init):
    calls = []

    def rows(X, n_clusters, random_state):
        calls.append(type(random_state))
        return X[random_state.permutation(len(X))[:n_clusters]]

    X = DATA["iris"]
    model = gl.KMeans(n_clusters=3, init=rows if init == "callable" else init, random_state=0).fit(
        X
    )
    assert calls == [np.random.RandomState] * (10 if init == "callable" else 0)
    best = min(peer.KMeans(3, n_init=1, random_state=seed).fit(X).inertia_ for seed in range(10))
    assert model.inertia_ == pytest.approx(best, rel=1e-4)


def test_a_callable_start_of_scikit_learn_fits():
    def plus_plus(X, n_clusters, random_state):
        return peer.kmeans_plusplus(X, n_clusters, random_state=random_state)[0]

    model = gl.KMeans(n_clusters=3, init=plus_plus, random_state=0).fit(DATA["iris"])
    assert (
        model.inertia_
        == gl.KMeans(n_clusters=3, init=plus_plus, random_state=0).fit(DATA["iris"]).inertia_
    )


def test_partial_fit_takes_in_batches_as_scikit_learn_does():
    rng = np.random.default_rng(0)
    X, init = DATA["iris"], start("iris", np.float64)
    given = {"n_clusters": 3, "init": init, "reassignment_ratio": 0}
    ours, theirs = gl.MiniBatchKMeans(**given), peer.MiniBatchKMeans(**given)
    for _ in range(20):
        rows = rng.permutation(len(X))[:40]
        weight = rng.uniform(0.5, 2, size=40)
        ours.partial_fit(X[rows], sample_weight=weight)
        theirs.partial_fit(X[rows], sample_weight=weight)
        np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-10)
        assert np.array_equal(ours.labels_, theirs.labels_)
        assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-9)
        assert ours.n_steps_ == theirs.n_steps_


def test_batches_find_clusters_as_good_as_theirs():
    X = DATA["digits"]
    ours = [gl.MiniBatchKMeans(n_clusters=10, random_state=s).fit(X) for s in range(10)]
    theirs = [peer.MiniBatchKMeans(n_clusters=10, random_state=s).fit(X) for s in range(10)]
    assert np.mean([m.inertia_ for m in ours]) == pytest.approx(
        np.mean([m.inertia_ for m in theirs]), rel=0.03
    )
    assert all(model.n_iter_ == int(np.ceil(model.n_steps_ * 1024 / len(X))) for model in ours)
