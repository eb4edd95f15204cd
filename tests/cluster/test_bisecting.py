"""Bisecting k-means: its hierarchy, its labels, and scikit-learn's answers."""

import numpy as np
import pytest
import scipy.sparse as sp

import ganglion as gl
from ganglion.cluster.bisecting import descend
from oracles.kmeans_cases import blobs

STRATEGIES = ("biggest_inertia", "largest_cluster")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("n", [2, 7, 8, 9, 15, 16, 17, 1000])
def test_labels_are_where_a_sample_comes_to_from_the_top(n, strategy, dtype):
    X = blobs(n, 3, seed=n, dtype=dtype)
    for k in {1, 2, min(7, n), min(n, 20)}:
        run = gl.bisecting_kmeans(X, k, bisecting_strategy=strategy, random_state=0)
        assert run.centers.shape == (k, 3) and run.centers.dtype == dtype
        assert sorted(set(run.labels.tolist())) == list(range(k))
        assert descend(run, X).tolist() == run.labels.tolist()
        rows = X.astype(np.float64) - run.centers[run.labels]
        assert run.inertia == pytest.approx(np.sum(rows**2), rel=1e-9)
        assert len(run.children) == 2 * k - 1 == len(run.node_labels)
        cut = run.tree.cut(n_clusters=k)
        assert len({(a, b) for a, b in zip(cut, run.labels, strict=True)}) == k


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_cluster_that_the_strategy_names_is_split(strategy):
    X = blobs(500, 2, seed=1, groups=6)
    for k in range(2, 9):
        before = gl.bisecting_kmeans(X, k, bisecting_strategy=strategy, random_state=0)
        after = gl.bisecting_kmeans(X, k + 1, bisecting_strategy=strategy, random_state=0)
        split = [a for a in range(k) if len(set(after.labels[before.labels == a].tolist())) > 1]
        assert len(split) == 1
        members = [X[before.labels == a] for a in range(k)]
        wss = [float(np.sum((m - m.mean(axis=0)) ** 2)) for m in members]
        score = wss if strategy == "biggest_inertia" else [len(m) for m in members]
        assert score[split[0]] == max(score)
        assert after.inertia <= before.inertia * (1 + 1e-4)


def test_four_pairs_by_hand():
    # Two means of the whole: {0, 1, 10, 11} about 5.5 and {100, 101, 110, 111} about 105.5, each of WSS 101; with four
    # clusters every pair has WSS 1/2.
    X = np.array([[0.0], [1], [10], [11], [100], [101], [110], [111]])
    run = gl.bisecting_kmeans(X, 4, n_init=8, random_state=0)
    assert sorted(run.centers.ravel()) == [0.5, 10.5, 100.5, 110.5]
    assert run.inertia == 2.0
    # From the top: 8 values about 55.5 have WSS 2 x 101 + 8 x 50^2.
    assert run.tree.heights[-3:].tolist() == [101, 101, 20202]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_is_as_good_as_scikit_learns(strategy):
    cluster = pytest.importorskip("sklearn.cluster")
    ours, theirs = [], []
    for seed in range(10):
        X = blobs(400, 4, seed=seed, groups=9)
        run = gl.bisecting_kmeans(X, 9, bisecting_strategy=strategy, n_init=5, random_state=seed)
        peer = cluster.BisectingKMeans(
            9, bisecting_strategy=strategy, n_init=5, random_state=seed
        ).fit(X)
        ours.append(run.inertia)
        theirs.append(peer.inertia_)
    # Both find the best of five random starts in each split: equal in most, and in the mean.
    assert np.mean(np.isclose(ours, theirs, rtol=1e-3)) >= 0.3
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.1)


def test_one_split_is_k_means_with_two_centres():
    X = blobs(300, 3, seed=2, groups=2)
    run = gl.bisecting_kmeans(X, 2, n_init=5, random_state=0)
    expected = gl.kmeans(X, 2, n_init=5, random_state=0)
    assert run.inertia == pytest.approx(expected.inertia, rel=1e-9)


def test_weights_are_repetitions():
    X = blobs(60, 2, seed=3, groups=3, spread=0.2)
    weights = np.random.default_rng(0).integers(1, 4, size=60)
    weighted = gl.bisecting_kmeans(X, 3, sample_weight=weights, n_init=8, random_state=0)
    repeated = gl.bisecting_kmeans(np.repeat(X, weights, axis=0), 3, n_init=8, random_state=0)
    assert weighted.inertia == pytest.approx(repeated.inertia, rel=1e-9)


def test_sparse_rows_give_what_dense_ones_give():
    X = np.where(np.random.default_rng(0).random((200, 5)) < 0.5, 0, blobs(200, 5, seed=1))
    dense = gl.bisecting_kmeans(X, 5, n_init=8, random_state=0)
    sparse = gl.bisecting_kmeans(sp.csr_array(X), 5, n_init=8, random_state=0)
    assert sparse.inertia == pytest.approx(dense.inertia, rel=0.05)
    assert sorted(set(sparse.labels.tolist())) == list(range(5))


def test_fewer_distinct_samples_than_clusters_are_told_once():
    X = np.repeat([[0.0], [1.0], [5.0]], 4, axis=0)
    with pytest.warns(gl.GanglionWarning, match="3 distinct samples but n_clusters=5") as caught:
        run = gl.bisecting_kmeans(X, 5, random_state=0)
    assert len(caught) == 1 and len(run.centers) == 3 and run.inertia == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_clusters": 9}, "n_clusters <= n_samples"),
        ({"bisecting_strategy": "any"}, "bisecting_strategy must be one of 'biggest_inertia'"),
        ({"n_init": 0}, "n_init must be an integer of at least 1"),
        ({"max_iter": 0}, "max_iter must be an integer of at least 1"),
        ({"init": "best"}, "init"),
        ({"progress": 1}, "progress must be callable"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(options, words):
    with pytest.raises(gl.ParameterError, match=words):
        gl.bisecting_kmeans([[0.0], [1.0], [5.0]], **{"n_clusters": 2, **options})
