"""What is asked of any distances: matrices, the nearest, those within a radius, sums by cluster."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ganglion._native import core
from tests.distances.kernels import DTYPES, dtype_of, each_isa_and_threads, square, vector_pairs


def condensed(pairs, cuts=()):
    n = pairs.n
    out = np.full(n * (n - 1) // 2, np.nan, dtype_of(pairs))
    edges = [0, *cuts, n]
    for start, stop in itertools.pairwise(edges):
        core.fill_condensed(pairs, out, start, stop)
    return out


def nearest(pairs, k, without_self=False):
    indices = np.full((pairs.n, k), -1, np.int64)
    distances = np.full((pairs.n, k), np.nan, dtype_of(pairs))
    core.k_nearest(pairs, k, indices, distances, without_self)
    return indices, distances


def sums(pairs, labels, k):
    out = np.full((pairs.n, k), np.nan)
    core.cluster_sums(pairs, labels, k, out)
    return out


def grid(n, dtype, d=2, seed=0):
    """Few different points: most distances tie."""
    return np.random.default_rng([seed, n]).integers(0, 4, (n, d)).astype(dtype)


def every_kind(X):
    """The same distances computed, from a square and from a condensed matrix, and cast there and back."""
    pairs = vector_pairs(X, None, "manhattan")
    kind, other = (
        (core.Pairs32, core.cast_pairs32)
        if X.dtype == np.float32
        else (core.Pairs64, core.cast_pairs64)
    )
    wide = vector_pairs(
        X.astype(np.float64 if X.dtype == np.float32 else np.float32), None, "manhattan"
    )
    return {
        "computed": pairs,
        "square": kind.square(square(pairs), True),
        "condensed": kind.condensed(condensed(pairs), len(X)),
        "cast": other(wide),
    }


@pytest.mark.parametrize("dtype", DTYPES)
def test_condensed_is_the_upper_triangle(dtype):
    for n in (0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 128, 129, 300):
        X = np.random.default_rng(n).normal(size=(n, 3)).astype(dtype)
        pairs = vector_pairs(X, None, "euclidean")
        expected = square(pairs)[np.triu_indices(n, 1)]
        np.testing.assert_array_equal(condensed(pairs), expected)
        np.testing.assert_array_equal(condensed(pairs, (n // 3, n // 2)), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_results_beyond_the_caches_are_the_same(dtype):
    # 4,500 points: 10 million distances, more than the size from which they are written past the caches.
    X = np.random.default_rng(0).normal(size=(4500, 3)).astype(dtype)
    pairs = vector_pairs(X, None, "sqeuclidean")
    D = square(pairs)
    np.testing.assert_array_equal(D[:700], square(vector_pairs(X[:700], X, "sqeuclidean")))
    np.testing.assert_array_equal(D, D.T)
    np.testing.assert_array_equal(condensed(pairs), D[np.triu_indices(len(X), 1)])


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_nearest_are_those_of_a_stable_sort(dtype):
    for n in (1, 2, 9, 17, 130, 400):
        for kind, pairs in every_kind(grid(n, dtype)).items():
            D = square(pairs)
            for k in {1, min(3, n), n}:
                order = np.argsort(D, axis=1, kind="stable")[:, :k]
                indices, distances = nearest(pairs, k)
                np.testing.assert_array_equal(indices, order, err_msg=f"{kind} {n} {k}")
                np.testing.assert_array_equal(distances, np.take_along_axis(D, order, 1))


def test_the_nearest_may_leave_out_oneself():
    X = grid(50, np.float64)
    pairs = vector_pairs(X, None, "euclidean")
    D = square(pairs)
    np.fill_diagonal(D, np.inf)
    order = np.argsort(D, axis=1, kind="stable")
    for k in (0, 1, 7, 49):
        indices, distances = nearest(pairs, k, without_self=True)
        np.testing.assert_array_equal(indices, order[:, :k])
        np.testing.assert_array_equal(distances, np.take_along_axis(D, order[:, :k], 1))


@pytest.mark.parametrize("dtype", DTYPES)
def test_within_a_radius_are_those_no_farther(dtype):
    for n in (0, 1, 2, 17, 130, 1300):
        for kind, pairs in every_kind(grid(n, dtype, d=4)).items():
            D = square(pairs)
            for radius in (-1.0, 0.0, 2.0, 2.5, 99.0):
                indptr, indices, distances = core.within(pairs, radius, False)
                rows, columns = np.nonzero(radius >= D)
                np.testing.assert_array_equal(indices, columns, err_msg=kind)
                np.testing.assert_array_equal(indptr, np.searchsorted(rows, np.arange(n + 1)))
                np.testing.assert_array_equal(distances, D[rows, columns])
    indptr, indices, _ = core.within(pairs, 0.0, True)
    assert not np.any(np.repeat(np.arange(n), np.diff(indptr)) == indices)


def test_a_radius_between_two_floats_is_kept_to():
    # 0.1 in float32 is above 0.1: it is not within 0.1.
    X = np.array([[0], [0.1]], np.float32)
    assert core.within(vector_pairs(X, None, "manhattan"), 0.1, True)[1].size == 0
    assert (
        core.within(vector_pairs(X, None, "manhattan"), float(np.float32(0.1)), True)[1].size == 2
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", [1, 3, 40, 700])
def test_sums_by_cluster(dtype, k):
    for n in (0, 1, 2, 17, 130, 700, 1300):
        rng = np.random.default_rng([n, k])
        X = rng.normal(size=(n, 3)).astype(dtype)
        labels = rng.integers(0, k, n).astype(np.int32)
        member = np.eye(k)[labels]
        for pairs in (vector_pairs(X, None, "euclidean"), vector_pairs(X[:60], X, "euclidean")):
            expected = square(pairs).astype(np.float64) @ member
            # n additions in float64, in another order.
            found = sums(pairs, labels, k)
            np.testing.assert_allclose(found, expected, rtol=2 * (n + 1) * np.finfo(np.float64).eps)
            np.testing.assert_array_equal(found == 0, expected == 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_threads_and_instruction_sets_give_the_same_bits(dtype):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(1100, 9)).astype(dtype)
    labels = rng.integers(0, 5, len(X)).astype(np.int32)
    expected = None
    for name, threads in each_isa_and_threads():
        pairs = vector_pairs(X, None, "euclidean")
        radius = core.within(pairs, 2.0, True)
        found = (
            square(pairs),
            condensed(pairs),
            *nearest(pairs, 4),
            *radius,
            sums(pairs, labels, 5),
        )
        expected = expected or found
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=f"{name} {threads}")


def test_rows_beyond_what_is_put_together_at_a_time_are_found():
    # Blocks of 64 rows, 8,192 of them at a time: 600,000 rows need two rounds.
    X = (np.arange(600_000) % 7)[:, None].astype(np.float32)
    Y = np.array([[0], [3], [6]], np.float32)
    indptr, indices, distances = core.within(vector_pairs(X, Y, "manhattan"), 1.0, False)
    rows, columns = np.nonzero(np.abs(X - Y.T) <= 1)
    np.testing.assert_array_equal(indptr, np.searchsorted(rows, np.arange(len(X) + 1)))
    np.testing.assert_array_equal(indices, columns)
    np.testing.assert_array_equal(distances, np.abs(X - Y.T)[rows, columns])
