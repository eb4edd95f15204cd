"""k-means of many small samples: the kernel's bits are those of the naive code, on every set and number of threads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion._native import core
from ganglion.cluster._kmeans.refits import refits
from oracles.refits import fits, labels_of


@pytest.fixture
def set_back():
    yield
    core.use_isa(core.available_isas()[-1])


SETTINGS = (2, 100, 1e-4)


def _fit_all(X, W, numbers, seeds):
    labels = np.full((len(W), len(numbers), len(X)), -9, dtype=np.int32)
    core.refits(X, W, np.array(numbers), seeds, *SETTINGS, labels)
    return labels


@pytest.mark.parametrize("isa", core.available_isas())
@pytest.mark.parametrize("n", [1, 2, 7, 15, 16, 17, 31, 32, 33, 64, 100])
def test_labels_are_those_of_the_naive_code(n, isa, set_back):
    core.use_isa(isa)
    rng = np.random.default_rng(n)
    for d in (1, 3, 9):
        X = rng.normal(size=(n, d))
        W = np.array(
            [np.ones(n), rng.multinomial(n, np.ones(n) / n), rng.uniform(size=n)], dtype=float
        )
        numbers = [k for k in (1, 2, 5, 6, 12) if k <= n]
        seeds = rng.integers(0, 2**64, size=(3, len(numbers)), dtype=np.uint64)
        found = _fit_all(X, W, numbers, seeds)
        for b, w in enumerate(W):
            asked = dict(zip(numbers, seeds[b].tolist(), strict=True))
            for at, centers in enumerate(fits(X, w, asked, SETTINGS).values()):
                assert found[b, at].tolist() == labels_of(X, centers)


@given(
    n=st.integers(1, 40),
    distinct=st.integers(1, 4),
    k=st.integers(1, 6),
    seed=st.integers(0, 2**64 - 1),
)
def test_repeated_rows_and_empty_clusters_are_those_of_the_naive_code(n, distinct, k, seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, distinct, size=(n, 2)).astype(float)
    w = rng.integers(0, 3, size=n).astype(float)
    w[0] = 1.0
    asked = {k: seed, k + 2: seed ^ 5}
    found = _fit_all(X, w[None], list(asked), np.array([list(asked.values())], dtype=np.uint64))[0]
    for labels, centers in zip(found, fits(X, w, asked, SETTINGS).values(), strict=True):
        assert labels.tolist() == labels_of(X, centers)


def test_the_same_bits_at_any_number_of_threads():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(150, 4))
    W = rng.multinomial(150, np.ones(150) / 150, size=9).astype(float)
    numbers = np.array([2, 3, 7])
    before, found = gl.get_num_threads(), []
    try:
        for threads in (1, 2, 3, 7):
            gl.set_num_threads(threads)
            found.append(refits(X, W, numbers, np.random.SeedSequence(1)))
    finally:
        gl.set_num_threads(before)
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_far_blobs_are_found_in_every_sample():
    rng = np.random.default_rng(4)
    which = rng.integers(0, 4, size=200)
    X = rng.normal(size=(200, 2)) + 30.0 * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[which]
    W = rng.multinomial(200, np.ones(200) / 200, size=30).astype(float)
    found = refits(X, W, np.array([4]), np.random.SeedSequence(0))
    for labels in found[:, 0]:
        assert len(set(zip(labels.tolist(), which.tolist(), strict=True))) == 4


def _wss(X, labels):
    return np.array([[gl.criteria.scatter(X, each).wss for each in sample] for sample in labels])


def test_what_is_found_is_as_good_as_kmeans():
    # One start, and what neighbouring numbers lead to, against the best of four greedy starts.
    X = np.random.default_rng(5).normal(size=(300, 3))
    numbers = np.arange(2, 13)
    ours = _wss(X, refits(X, np.ones((4, 300)), numbers, np.random.SeedSequence(2))).mean(axis=0)
    theirs = [gl.kmeans(X, int(k), n_init=4, random_state=0).inertia for k in numbers]
    assert np.all(ours <= 1.02 * np.array(theirs))


def test_more_clusters_leave_less():
    X = np.random.default_rng(6).normal(size=(120, 2))
    W = np.random.default_rng(7).multinomial(120, np.ones(120) / 120, size=5).astype(float)
    found = refits(X, W, np.arange(1, 20), np.random.SeedSequence(3))
    wss = np.array(
        [
            [_weighted_wss(X, w, labels) for labels in sample]
            for w, sample in zip(W, found, strict=True)
        ]
    )
    assert np.all(np.diff(wss, axis=1) < 0)


def _weighted_wss(X, w, labels):
    means = {
        j: np.average(X[labels == j], axis=0, weights=w[labels == j]) for j in set(labels[w > 0])
    }
    return sum(w[i] * np.sum((X[i] - means[labels[i]]) ** 2) for i in np.flatnonzero(w))


def test_a_number_far_from_the_others_does_not_change_what_they_find():
    X = np.random.default_rng(6).normal(size=(50, 2))
    W = np.ones((2, 50))
    seeds = np.arange(6, dtype=np.uint64).reshape(2, 3)
    together = _fit_all(X, W, [2, 4, 9], seeds)
    np.testing.assert_array_equal(together[:, :2], _fit_all(X, W, [2, 4], seeds[:, :2].copy()))
    np.testing.assert_array_equal(together[:, 2:], _fit_all(X, W, [9], seeds[:, 2:].copy()))
