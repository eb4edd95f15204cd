"""Criteria of distances between items: Dunn, DBCV, cohesion and separation, in any metric."""

import importlib
import math
import os
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion import criteria
from ganglion._native import available_isas, isa, use_isa
from ganglion.distances import condensed, pairwise
from labelled import labelled
from oracles import criteria as oracle


def _peer(name):
    """Another library's module; skipped without it, unless peers are required."""
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        return importlib.import_module(name)
    return pytest.importorskip(name)


WORDS = ["cat", "cats", "hat", "banana", "bananas", "bandana"]


def between_pairs(D, labels, reduce):
    names = np.unique(labels)
    return np.array(
        [
            [0.0 if a == b else reduce(D[np.ix_(labels == a, labels == b)]) for b in names]
            for a in names
        ]
    )


@pytest.mark.parametrize("n", [5, 7, 8, 9, 15, 16, 17, 150, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dunn_and_the_pairs_between_clusters_are_those_of_the_definitions(n, dtype):
    X, labels = labelled(n, dtype=dtype)
    D = pairwise(X).astype(float)
    if n < 200:
        assert criteria.dunn_index(X, labels) == pytest.approx(oracle.dunn(D, labels), rel=1e-15)
    rules = {"nearest": np.min, "farthest": np.max, "pairs": np.mean}
    for name, reduce in rules.items():
        found = criteria.separation(X, labels, between=name)
        assert np.allclose(found, between_pairs(D, labels, reduce), rtol=1e-12, atol=0)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "cosine", "chebyshev"])
def test_cohesion_and_separation_are_those_of_the_definitions(metric):
    X, labels = labelled(120, 4, 5)
    members = oracle.clusters(labels)
    means = np.array([X[m].mean(axis=0) for m in members])
    D = pairwise(X, metric=metric)
    to_means = pairwise(X, means, metric=metric)
    inside = [D[np.ix_(m, m)] for m in members]
    medoids = [m[int(np.argmin(part.sum(axis=0)))] for m, part in zip(members, inside, strict=True)]
    expected = {
        "centroid": [to_means[m, j].mean() for j, m in enumerate(members)],
        "medoid": [part.sum(axis=0).min() / len(part) for part in inside],
        "pairs": [part.sum() / (len(part) * (len(part) - 1)) for part in inside],
    }
    for name, values in expected.items():
        found = criteria.cohesion(X, labels, to=name, metric=metric)
        assert np.allclose(found, values, rtol=1e-11, atol=0), name
    found = criteria.separation(X, labels, between="centroids", metric=metric)
    assert np.allclose(found, pairwise(means, metric=metric), rtol=1e-11, atol=1e-15)
    found = criteria.separation(X, labels, between="medoids", metric=metric)
    assert np.array_equal(found, D[np.ix_(medoids, medoids)])


def test_by_hand():
    # 0 2 | 6 9 9: means 1 and 8, medoids 0 (the first of equals) and 9.
    X, labels = [[0.0], [2.0], [6.0], [9.0], [9.0]], [0, 0, 1, 1, 1]
    assert criteria.cohesion(X, labels).tolist() == [1.0, 4 / 3]
    assert criteria.cohesion(X, labels, to="medoid").tolist() == [1.0, 1.0]
    assert criteria.cohesion(X, labels, to="pairs").tolist() == [2.0, 2.0]
    found = {b: criteria.separation(X, labels, between=b)[0, 1] for b in ("centroids", "medoids")}
    assert found == {"centroids": 7.0, "medoids": 9.0}
    assert criteria.dunn_index(X, labels) == 4 / 3
    # Words: within 2 at most (cats-hat, bananas-bandana), between them 5 at least (hat-banana).
    assert criteria.dunn_index(WORDS, [0, 0, 0, 1, 1, 1], metric="levenshtein") == 2.5


@given(seed=st.integers(0, 2**16), exponent=st.integers(-30, 30))
@settings(max_examples=20, deadline=None)
def test_scale_order_and_names_of_clusters_change_nothing(seed, exponent):
    X, labels = labelled(40, seed=seed)
    order = np.random.default_rng(seed).permutation(40)
    for name in ("dunn_index", "dbcv_score"):
        score = getattr(criteria, name)
        expected = score(X, labels)
        assert score(2.0**exponent * X, labels) == pytest.approx(expected, rel=1e-12)
        assert score(X, 7 - 3 * labels) == pytest.approx(expected, rel=1e-12)
    expected = criteria.dunn_index(X, labels)
    assert criteria.dunn_index(X[order], labels[order]) == expected


def test_whole_weights_of_middles_equal_repetition():
    X, labels = labelled(40)
    times = np.random.default_rng(0).integers(1, 4, size=40)
    long = np.repeat(X, times, axis=0), np.repeat(labels, times)
    for to in ("centroid", "medoid"):
        found = criteria.cohesion(X, labels, to=to, sample_weight=times)
        assert np.allclose(found, criteria.cohesion(*long, to=to), rtol=1e-12)
    for between in ("centroids", "medoids"):
        found = criteria.separation(X, labels, between=between, sample_weight=times)
        assert np.allclose(found, criteria.separation(*long, between=between), rtol=1e-12)
    ones = criteria.cohesion(X, labels, to="pairs", sample_weight=np.full(40, 2.5))
    assert np.allclose(ones, criteria.cohesion(X, labels, to="pairs"), rtol=1e-12)


def test_the_middle_of_one_item_is_that_item():
    X = np.random.default_rng(0).normal(size=(50, 3))
    for to in ("centroid", "medoid", "pairs"):
        assert (criteria.cohesion(X, np.arange(50), to=to) == 0).all()


def test_precomputed_distances_give_the_same():
    X, labels = labelled(60)
    for score in (criteria.dunn_index, lambda *a, **o: criteria.dbcv_score(*a, dimension=3, **o)):
        expected = score(X, labels)
        for given_ in (pairwise(X), condensed(X)):
            assert score(given_, labels, metric="precomputed") == expected


@pytest.mark.parametrize(("n", "d", "k"), [(8, 1, 2), (30, 2, 3), (60, 5, 4), (90, 30, 3)])
def test_dbcv_is_that_of_the_definitions(n, d, k):
    X, labels = labelled(n, d, k)
    labels = np.where(np.random.default_rng(n).random(n) < 0.1, -1, labels)
    labels[:2] = 0  # never alone
    expected, clusters = oracle.dbcv(pairwise(X).tolist(), labels.tolist(), d)
    found = criteria.dbcv_score(X, labels)
    assert found == pytest.approx(expected, abs=1e-12)
    assert np.allclose(found.clusters, clusters, rtol=0, atol=1e-12)
    assert found.noise == np.count_nonzero(labels == -1)
    again = pickle.loads(pickle.dumps(found))
    assert again == found and np.array_equal(again.clusters, found.clusters)


@pytest.mark.parametrize(("n", "d", "k"), [(40, 2, 3), (300, 2, 3), (400, 8, 5)])
def test_dbcv_is_hdbscans(n, d, k):
    """Powers of ratios here, of distances there: each rounded a few d times."""
    validity = _peer("hdbscan.validity")
    X, labels = labelled(n, d, k)
    labels = labels - 1  # one of them is noise
    expected, clusters = validity.validity_index(X, labels, per_cluster_scores=True)
    found = criteria.dbcv_score(X, labels)
    assert found == pytest.approx(expected, abs=1e-12)
    assert np.allclose(found.clusters, clusters, rtol=0, atol=1e-12)


def test_dbcv_sees_rings_that_the_silhouette_does_not():
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    ring = np.c_[np.cos(angle), np.sin(angle)]
    X, labels = np.r_[ring, 4 * ring], np.repeat([0, 1], 80)
    halves = (X[:, 0] > 0).astype(int)
    assert criteria.dbcv_score(X, labels) > 0.6 > 0 > criteria.dbcv_score(X, halves)
    assert criteria.silhouette_score(X, labels) < criteria.silhouette_score(X, halves)


def test_dbcv_where_the_formulas_leave_it_open():
    # Two pairs: no inner items, S is the one edge, 1; core distances 1; P = 8. V = 7 / 8 for both.
    assert criteria.dbcv_score([[0.0], [1.0], [9.0], [10.0]], [0, 0, 1, 1]) == 7 / 8
    # Twins have core distance 0, and so a cluster of three of them is not sparse at all: V = 1. The single item: 0.
    found = criteria.dbcv_score([[0.0], [0.0], [0.0], [5.0]], [0, 0, 0, 1])
    assert found.clusters.tolist() == [1.0, 0.0] and found == 0.75
    # All items on one spot: nothing is apart.
    assert criteria.dbcv_score(np.zeros((4, 2)), [0, 0, 1, 1]) == 0.0
    # In 3000 dimensions nothing overflows: core distances are those to the nearest item, nearly.
    X = np.random.default_rng(0).normal(size=(40, 3000))
    assert -1 <= criteria.dbcv_score(X, np.arange(40) % 2) <= 1


def test_equal_items_leave_dunn_at_its_ends():
    points = [[0.0], [0.0], [1.0], [1.0]]
    assert criteria.dunn_index(points, [0, 0, 1, 1]) == math.inf
    assert criteria.dunn_index(points, [0, 1, 0, 1]) == 0.0
    assert criteria.dunn_index([[0.0], [1.0], [5.0]], [0, 1, 2]) == math.inf
    assert criteria.dunn_index(np.zeros((4, 1)), [0, 0, 1, 1]) == 0.0


def test_threads_and_instruction_sets_do_not_show():
    X, labels = labelled(3000, 6, 5)
    before, threads, seen = isa(), gl.get_num_threads(), set()
    try:
        for name in available_isas():
            use_isa(name)
            for n in (1, 2, 3, 7):
                gl.set_num_threads(n)
                parts = [
                    criteria.separation(X, labels, between=b)
                    for b in ("nearest", "farthest", "pairs")
                ]
                seen.add(
                    (
                        b"".join(p.tobytes() for p in parts),
                        float(criteria.dbcv_score(X[:600], labels[:600])),
                    )
                )
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("name", "X", "labels", "options", "words"),
    [
        (
            "dunn_index",
            WORDS,
            [0] * 6,
            {"metric": "levenshtein"},
            "needs at least 2; labels hold 1. Choose more",
        ),
        ("separation", np.eye(3), [0] * 3, {}, "Separation compares clusters and needs at least 2"),
        (
            "dbcv_score",
            np.eye(3),
            [0, 0, -1],
            {},
            r"at least 2 beside the noise \(-1\); labels hold 1",
        ),
        (
            "dbcv_score",
            np.eye(3),
            [0] * 3,
            {"noise_label": None},
            "needs at least 2; labels hold 1",
        ),
        (
            "dbcv_score",
            WORDS,
            [0, 1] * 3,
            {"metric": "levenshtein"},
            "DBCV needs dimension=, .*'levenshtein'",
        ),
        ("dbcv_score", np.eye(3), [0, 0, 1], {"dimension": 0}, "an integer of at least 1; got 0"),
        ("dunn_index", np.eye(3), [0, 0, 1], {"metric": "euclid"}, "Did you mean 'euclidean'"),
        (
            "cohesion",
            np.eye(3),
            [0, 0, 1],
            {"to": "mean"},
            "to must be one of 'centroid', 'medoid', 'pairs'; got 'mean'",
        ),
        (
            "separation",
            np.eye(3),
            [0, 0, 1],
            {"between": "means"},
            "between must be one of 'centroids'.*'means'",
        ),
        (
            "cohesion",
            WORDS,
            [0, 1] * 3,
            {"metric": "levenshtein"},
            "have no mean. Use medoids, or pairs",
        ),
        (
            "separation",
            np.eye(3),
            [0, 0, 1],
            {"between": "nearest", "sample_weight": [1, 1, 1]},
            "no meaning for between",
        ),
        (
            "cohesion",
            np.eye(3),
            [0, 1],
            {},
            r"one integer for each of the 3 rows of X; got the shape \(2,\)",
        ),
    ],
)
def test_bad_input_is_refused(name, X, labels, options, words):
    with pytest.raises(gl.ParameterError, match=words):
        getattr(criteria, name)(X, labels, **options)
