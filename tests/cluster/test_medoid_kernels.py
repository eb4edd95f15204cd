"""The kernels of the search for medoids against sums written out."""

import numpy as np
import pytest

from ganglion._native import core

SIZES = (1, 2, 7, 8, 9, 15, 16, 17, 1000, 2049)


def problem(n, m, k, dtype, weighted):
    """Distances from n candidates to m items, and k medoids' distances to the items."""
    rng = np.random.default_rng([n, m, k])
    D = rng.random((n, m)).astype(dtype)
    to_medoids = rng.random((k, m)).astype(dtype) * dtype(0.4)
    order = np.argsort(to_medoids, axis=0, kind="stable")
    first, second = np.sort(to_medoids, axis=0)[:2]
    weights = rng.random(m) if weighted else None
    return D, to_medoids, order[0].astype(np.int32), first.copy(), second.copy(), weights


def suffix(dtype):
    return "32" if dtype is np.float32 else "64"


def pairs_of(D, dtype):
    return getattr(core, "Pairs" + suffix(dtype)).square(D, symmetric=False)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("m", SIZES)
def test_estimates_are_the_mean_change_of_the_best_swap_and_its_bound(m, weighted, dtype):
    n, k = 9, 4
    D, to_medoids, nearest, first, second, weights = problem(n, m, k, dtype, weighted)
    means, bounds = np.empty(n), np.empty(n)
    getattr(core, "medoid_estimates" + suffix(dtype))(
        pairs_of(D, dtype), first, second, nearest, weights, k, 2.0, means, bounds
    )
    wide, scale = to_medoids.astype(np.float64), 1.0 if weights is None else weights
    expected, lowest = np.full(n, np.inf), np.full(n, np.inf)
    for slot in range(k):
        others = np.delete(wide, slot, axis=0).min(axis=0)
        change = scale * (np.minimum(D, others) - wide.min(axis=0))
        error = change.std(axis=1) / np.sqrt(m)
        expected = np.minimum(expected, change.mean(axis=1))
        lowest = np.minimum(lowest, change.mean(axis=1) - 2.0 * error)
    np.testing.assert_allclose(means, expected, rtol=0, atol=1e-14)
    # A variance is a difference of sums of squares of numbers below 1: its rounding, 1e-16, shows as 1e-8 / sqrt(m).
    np.testing.assert_allclose(bounds, lowest, rtol=0, atol=1e-7 / np.sqrt(m))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("m", SIZES)
def test_gains_are_what_one_more_medoid_would_change(m, weighted, dtype):
    n = 17
    D, _, _, first, _, weights = problem(n, m, 3, dtype, weighted)
    scale = 1.0 if weights is None else weights
    for nearest, terms in (
        (None, D.astype(np.float64)),
        (first, np.minimum(D, first).astype(np.float64) - first),
    ):
        out = np.empty(n - 3)
        kernel = getattr(core, "medoid_gains" + suffix(dtype))
        kernel(pairs_of(D, dtype), nearest, weights, 2, n - 1, out)
        expected = (terms * scale).sum(axis=1)[2 : n - 1]
        np.testing.assert_allclose(out, expected, rtol=1e-13, atol=1e-13)
        rows = np.empty((2, m), dtype=dtype)
        getattr(core, "medoid_rows" + suffix(dtype))(pairs_of(D, dtype), np.array([n - 1, 0]), rows)
        assert np.array_equal(rows, D[[n - 1, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [2, 7, 8, 9, 15, 16, 17, 1000])
def test_the_search_knows_the_two_nearest_medoids_after_every_swap(n, dtype):
    rng = np.random.default_rng(n)
    D = np.triu(rng.random((n, n)), 1).astype(dtype)
    D = D + D.T
    pairs = getattr(core, "Pairs" + suffix(dtype)).square(D, symmetric=True)
    search = getattr(core, "MedoidSearch" + suffix(dtype))(pairs, np.arange(min(n, 5)), None)
    while not search.converged:
        search.scan(3)
        apart = np.sort(D[search.medoids], axis=0)
        assert np.array_equal(search.first, apart[0])
        assert np.array_equal(search.second, apart[1])
        assert np.array_equal(D[search.medoids[search.nearest], np.arange(n)], apart[0])
        assert search.loss == pytest.approx(apart[0].sum(dtype=np.float64), rel=1e-13)
