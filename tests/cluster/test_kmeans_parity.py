"""k-means against scikit-learn from the same start, and its seeding against the same distribution."""

import math
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.stats
import sklearn.cluster
from sklearn.datasets import load_digits, load_iris

import ganglion as gl
from oracles import kmeans as oracle
from oracles.kmeans_cases import blobs, check_run, grid


def peer(X, init, **settings):
    """scikit-learn's plain Lloyd from the same start."""
    weight = settings.pop("sample_weight", None)
    model = sklearn.cluster.KMeans(len(init), init=init, n_init=1, algorithm="lloyd", **settings)
    return model.fit(X, sample_weight=weight)


def problems():
    """(name, X, init): real data and made-up data, with and without structure."""
    rng = np.random.default_rng(0)
    iris, digits = load_iris().data, load_digits().data
    flat = rng.normal(size=(2000, 16))
    skewed = rng.exponential(size=(1500, 5)) * [1, 10, 100, 1000, 0.01]
    yield "iris", iris, iris[[0, 60, 120]]
    yield "digits", digits, digits[:10]
    yield "blobs", blobs(1000, 2, groups=9), blobs(1000, 2, groups=9)[:9]
    yield "wide", blobs(300, 200), blobs(300, 200)[:5]
    yield "structureless", flat, flat[:30]
    yield "skewed", skewed, skewed[:8]
    yield "line", rng.normal(size=(500, 1)), np.linspace(-2, 2, 12)[:, None]


PROBLEMS = list(problems())
each_problem = pytest.mark.parametrize(
    ("X", "init"), [case[1:] for case in PROBLEMS], ids=[case[0] for case in PROBLEMS]
)


@each_problem
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_fixed_point_is_the_one_scikit_learn_reaches(X, init, dtype):
    X, init = X.astype(dtype), init.astype(dtype)
    assert not oracle.lloyd(X, init).met_empty  # reseeding follows no common rule
    expected = peer(X, init, tol=0, max_iter=1000)
    run = gl.kmeans(X, len(init), init=init, tol=0, max_iter=1000)
    check_run(X, run, k=len(init))
    if dtype == np.float64:
        assert np.array_equal(run.labels, expected.labels_)
        assert np.allclose(run.centers, expected.cluster_centers_, rtol=1e-9, atol=1e-9)
    else:  # single precision decides near-ties differently: the partitions agree but for those
        assert (run.labels != expected.labels_).mean() <= 0.002
    assert math.isclose(
        run.inertia, expected.inertia_, rel_tol=1e-6 if dtype == np.float64 else 1e-4
    )


@each_problem
@pytest.mark.parametrize("tol", [1e-5, 1e-4, 1e-3, 1e-2, 1e-1])
def test_tol_stops_at_the_iteration_at_which_scikit_learn_stops(X, init, tol):
    expected = peer(X, init, tol=tol)
    run = gl.kmeans(X, len(init), init=init, tol=tol)
    assert run.n_iter == expected.n_iter_
    assert np.array_equal(run.labels, expected.labels_)
    assert math.isclose(run.inertia, expected.inertia_, rel_tol=1e-6)


@each_problem
@pytest.mark.parametrize("max_iter", [1, 2, 3, 7])
def test_max_iter_stops_in_the_state_in_which_scikit_learn_stops(X, init, max_iter):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn says that it has not converged
        expected = peer(X, init, tol=0, max_iter=max_iter)
    run = gl.kmeans(X, len(init), init=init, tol=0, max_iter=max_iter)
    assert run.n_iter == expected.n_iter_
    assert np.array_equal(run.labels, expected.labels_)
    assert np.allclose(run.centers, expected.cluster_centers_, rtol=1e-9, atol=1e-9)


def test_a_start_that_is_the_fixed_point_stops_at_the_first_iteration():
    X = load_iris().data
    fixed = peer(X, X[[0, 60, 120]], tol=0).cluster_centers_
    expected = peer(X, fixed)
    run = gl.kmeans(X, 3, init=fixed)
    assert run.n_iter == expected.n_iter_ == 1
    assert run.stopped_by == "tol"


@each_problem
def test_weights_count_as_they_do_in_scikit_learn(X, init):
    weight = np.random.default_rng(1).uniform(0.2, 3.0, size=len(X))
    assert not oracle.lloyd(X, init, weight=weight).met_empty
    expected = peer(X, init, tol=0, max_iter=1000, sample_weight=weight)
    run = gl.kmeans(X, len(init), init=init, tol=0, max_iter=1000, sample_weight=weight)
    assert np.array_equal(run.labels, expected.labels_)
    assert math.isclose(run.inertia, expected.inertia_, rel_tol=1e-6)


def test_sparse_rows_are_clustered_as_scikit_learn_clusters_them():
    X = load_digits().data
    expected = peer(sp.csr_matrix(X), X[:10], tol=0, max_iter=1000)
    run = gl.kmeans(sp.csr_array(X), 10, init=X[:10], tol=0, max_iter=1000)
    assert np.array_equal(run.labels, expected.labels_)
    assert math.isclose(run.inertia, expected.inertia_, rel_tol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("trials", [None, 1, 4])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("draws", [1000, pytest.param(3000, marks=pytest.mark.heavy)])
def test_kmeans_plusplus_draws_from_the_enumerated_distribution(dtype, trials, weighted, draws):
    """Every sequence of three rows of seven, with its exact probability, against that many draws."""
    X = np.random.default_rng(129).normal(size=(7, 2)).astype(dtype)  # no two potentials are equal
    weight = np.array([1.0, 0.0, 3.0, 2.0, 0.5, 1.0, 0.7]) if weighted else None
    law = oracle.greedy_plusplus_law(X, 3, weight=weight, trials=trials)
    assert math.isclose(sum(law.values()), 1.0)
    rng = np.random.default_rng(12)
    counts = dict.fromkeys(law, 0)
    for _ in range(draws):
        _, indices = gl.kmeans_plusplus(
            X, 3, sample_weight=weight, random_state=rng, n_local_trials=trials
        )
        counts[tuple(indices.tolist())] += 1  # KeyError: a sequence that cannot be drawn
    expected = np.array(list(law.values())) * draws
    seen = np.array(list(counts.values()))
    often = expected >= 5
    pooled = [np.r_[each[often], each[~often].sum()] for each in (seen, expected)]
    seen, expected = (each[pooled[1] > 0] for each in pooled)
    assert scipy.stats.chisquare(seen, expected).pvalue > 1e-4


@pytest.mark.parametrize("init", ["k-means++", "k-means||"])
def test_the_start_inside_kmeans_has_the_potential_of_greedy_kmeans_plusplus(init):
    X = blobs(1500, 8, groups=30, spread=0.3)
    ours, theirs = [], []
    for seed in range(40):
        run = gl.kmeans(X, 20, init=init, random_state=seed, max_iter=1, record=True)
        ours.append(run.history.inertia[0])
        theirs.append(
            oracle.potential(X, sklearn.cluster.kmeans_plusplus(X, 20, random_state=seed)[0])
        )
    if init == "k-means||":  # another distribution, which must not be worse
        assert np.mean(ours) <= np.mean(theirs) + 3 * np.std(theirs) / math.sqrt(40)
    else:
        assert_equal_means(ours, theirs)


@pytest.mark.parametrize(
    ("X", "k"),
    [(load_digits().data, 10), (blobs(2000, 16, groups=50), 50), (grid(800, 3), 25)],
    ids=["digits", "blobs", "grid"],
)
def test_the_mean_potential_of_kmeans_plusplus_is_scikit_learns(X, k):
    ours = [oracle.potential(X, gl.kmeans_plusplus(X, k, random_state=s)[0]) for s in range(40)]
    theirs = [
        oracle.potential(X, sklearn.cluster.kmeans_plusplus(X, k, random_state=s)[0])
        for s in range(40)
    ]
    assert_equal_means(ours, theirs)


def assert_equal_means(ours, theirs):
    """Two means of independent samples differ by less than four standard errors."""
    error = math.hypot(np.std(ours) / math.sqrt(len(ours)), np.std(theirs) / math.sqrt(len(theirs)))
    assert abs(np.mean(ours) - np.mean(theirs)) <= 4 * error


def test_kmeans_plusplus_has_the_signature_of_scikit_learns_function():
    X = blobs(100, 3)
    centers, indices = gl.kmeans_plusplus(
        X, n_clusters=4, sample_weight=None, random_state=0, n_local_trials=2
    )
    assert centers.shape == (4, 3) and indices.shape == (4,)
    sparse_centers, sparse_indices = gl.kmeans_plusplus(sp.csr_array(X), 4, random_state=0)
    assert np.array_equal(sparse_centers, X[sparse_indices])
