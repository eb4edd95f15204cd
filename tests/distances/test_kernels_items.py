"""Distances between sets, sparse rows, places, mixed rows, and by a function of the caller."""

from __future__ import annotations

import ctypes

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy import sparse
from scipy.spatial.distance import cdist

from ganglion._native import core
from tests.distances.kernels import (
    DTYPES,
    SIZES,
    each_isa,
    each_isa_and_threads,
    square,
    vector_pairs,
)
from tests.oracles import distances as oracle

SET_METRICS = ("jaccard", "dice", "hamming")


def flags(n, d, seed=0):
    rng = np.random.default_rng([seed, n, d])
    X = (rng.random((n, d)) < rng.random((n, 1))).astype(np.uint8)
    X[::5] = 0
    return X


def set_oracle(metric, X, Y):
    if metric == "hamming":
        return oracle.matrix(lambda x, y: np.mean(x != y) if len(x) else 0.0, X, Y)
    members = [[frozenset(np.flatnonzero(row)) for row in Z] for Z in (X, Y)]
    return oracle.matrix(getattr(oracle, metric), *members)


def set_pairs(X, Y, metric, dtype):
    return (core.bit_pairs32 if dtype == np.float32 else core.bit_pairs64)(X, Y, metric)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("metric", SET_METRICS)
def test_sets_have_the_distances_of_their_definition(metric, dtype):
    for n in SIZES:
        for d in (0, 1, 8, 63, 64, 65, 200):
            X, Y = flags(n, d), flags(20 - n, d, seed=1)
            # Counts are exact; one division, and one rounding to float32.
            expected = set_oracle(metric, X, Y).astype(dtype)
            for name in each_isa():
                found = square(set_pairs(X, Y, metric, dtype))
                np.testing.assert_array_equal(found, expected, err_msg=f"{name} {n} {d}")


@pytest.mark.parametrize("metric", SET_METRICS)
def test_scipy_agrees_on_sets(metric):
    X, Y = flags(300, 512)[1:5], flags(100, 512, seed=1)[1:5]
    found = square(core.bit_pairs64(X, Y, metric))
    np.testing.assert_allclose(found, cdist(X.astype(bool), Y.astype(bool), metric), rtol=4e-16)


def test_two_empty_sets_are_the_same():
    X = np.array([[0, 0], [0, 0], [0, 5]], np.uint8)
    for metric in SET_METRICS:
        D = square(core.bit_pairs64(X, None, metric))
        assert D[0, 1] == 0
        assert D[0, 2] == (0.5 if metric == "hamming" else 1)


def test_packed_words_are_the_same_as_flags():
    X = flags(40, 130)
    padded = np.zeros((40, 192), np.uint8)
    padded[:, :130] = X
    words = np.packbits(padded, axis=1, bitorder="little").view(np.uint64)
    for metric in SET_METRICS:
        expected = square(core.bit_pairs64(X, None, metric))
        np.testing.assert_array_equal(square(core.word_pairs64(words, None, metric, 130)), expected)
        np.testing.assert_array_equal(
            square(core.word_pairs64(words, words[3:9].copy(), metric, 130)), expected[:, 3:9]
        )


def test_unknown_metrics_are_refused():
    X = np.zeros((2, 3), np.uint8)
    with pytest.raises(ValueError, match="No metric of sets is called cosine"):
        core.bit_pairs64(X, None, "cosine")
    row = sparse.csr_array(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="No metric of sparse rows is called correlation"):
        sparse_pairs(row, None, "correlation")


def sparse_pairs(X, Y, metric):
    make = core.sparse_pairs32 if X.dtype == np.float32 else core.sparse_pairs64
    parts = [
        (Z.data, Z.indptr.astype(np.int64), Z.indices.astype(np.int32))
        for Z in (X, Y)
        if Z is not None
    ]
    return make(*parts[0], metric, *(parts[1] if Y is not None else ()))


def sparse_rows(n, d, density, dtype, seed=0):
    rng = np.random.default_rng([seed, n, d])
    X = rng.normal(size=(n, d)) * (rng.random((n, d)) < density)
    X[::6] = 0
    return X.astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "manhattan", "cosine"])
def test_sparse_rows_have_the_bits_of_dense_ones(metric, dtype):
    for n, d, density in (
        (0, 3, 0.5),
        (1, 1, 1.0),
        (9, 40, 0.0),
        (17, 40, 0.1),
        (33, 200, 0.05),
        (40, 12, 0.9),
    ):
        X, Y = sparse_rows(n, d, density, dtype), sparse_rows(21, d, density, dtype, seed=1)
        for _ in each_isa():
            for other in (None, Y):
                as_sparse = None if other is None else sparse.csr_array(other)
                found = square(sparse_pairs(sparse.csr_array(X), as_sparse, metric))
                np.testing.assert_array_equal(found, square(vector_pairs(X, other, metric)))


def places(n, seed=0):
    rng = np.random.default_rng([seed, n])
    return np.column_stack([rng.uniform(-np.pi / 2, np.pi / 2, n), rng.uniform(-np.pi, np.pi, n)])


def test_great_circles_are_those_of_the_formula():
    for n in (*SIZES, 200):
        X, Y = places(n), places(23, seed=1)
        expected = oracle.matrix(oracle.haversine, X, Y)
        found = [square(core.haversine_pairs64(X, Y)) for _ in each_isa()]
        for other in found[1:]:
            np.testing.assert_array_equal(found[0], other)
        # Sines, cosines and arcs to some units in the last place of squares up to 1; the arc sine makes
        # sqrt(8 eps) of that beside antipodes, where its slope has no bound.
        away = expected < 3.0
        np.testing.assert_allclose(found[0][away], expected[away], rtol=32 * np.finfo(float).eps)
        np.testing.assert_allclose(found[0], expected, atol=np.sqrt(8 * np.finfo(float).eps))


def test_great_circles_by_hand():
    # A quarter of a meridian, half the equator across the date line, neighbours a nanoradian apart.
    X = np.array(
        [[0, 0], [np.pi / 2, 0], [0, np.pi], [0, -3.0], [0, 1e-9], [1e-12, 0], [0, 2 * np.pi]]
    )
    D = square(core.haversine_pairs64(X, None))
    expected = [0, np.pi / 2, np.pi, 3.0, 1e-9, 1e-12]
    np.testing.assert_allclose(D[0, :6], expected, rtol=1e-15)
    assert D[0, 6] < 1e-15  # once around: 2 pi in float64 is 2.4e-16 short
    np.testing.assert_array_equal(D, D.T)
    np.testing.assert_array_equal(np.diag(D), 0)
    np.testing.assert_array_equal(square(core.haversine_pairs64(X, None, 6371.0)), D * 6371.0)


def mixed(n, seed=0):
    rng = np.random.default_rng([seed, n])
    X = np.column_stack(
        [rng.normal(size=(n, 2)) * [1, 1000], rng.integers(0, 3, (n, 2)), rng.integers(0, 5, n)]
    )
    X[rng.random(X.shape) < 0.15] = np.nan
    X[:, 3] = 1.0  # a column that all have
    return X


@pytest.mark.parametrize("dtype", DTYPES)
def test_gower_is_that_of_the_paper(dtype):
    make = core.gower_pairs32 if dtype == np.float32 else core.gower_pairs64
    scale = np.array([0.25, 1e-3, 1, 1, 0.25])
    categorical = np.array([0, 0, 1, 1, 0], np.uint8)
    weights = np.array([1.0, 2.0, 1.0, 0.5, 1.0])
    for n in SIZES:
        X, Y = mixed(n).astype(dtype), mixed(19, seed=1).astype(dtype)
        expected = oracle.matrix(lambda x, y: oracle.gower(x, y, scale, categorical, weights), X, Y)
        found = [square(make(X, Y, scale, categorical, weights)) for _ in each_isa()]
        for other in found:
            # Five terms of four roundings, their sum, the weights' sum and a division.
            np.testing.assert_allclose(other, expected, rtol=16 * np.finfo(dtype).eps)
            np.testing.assert_array_equal(other, found[0])
        D = square(make(X, None, scale, categorical, weights))
        np.testing.assert_array_equal(D, D.T)
        np.testing.assert_array_equal(np.diag(D), 0)


def test_gower_of_rows_that_share_no_column_is_1():
    X = np.array([[1.0, np.nan], [np.nan, 2.0], [1.0, 2.0]])
    D = square(core.gower_pairs64(X, X.copy(), np.ones(2), np.zeros(2, np.uint8), np.ones(2)))
    np.testing.assert_array_equal(D, [[0, 1, 0], [1, 0, 0], [0, 0, 0]])


SIGNATURE = ctypes.CFUNCTYPE(
    ctypes.c_double,
    ctypes.POINTER(ctypes.c_double),
    ctypes.POINTER(ctypes.c_double),
    ctypes.c_int64,
    ctypes.c_void_p,
)


def test_a_function_is_called_for_every_pair_once():
    calls = []

    @SIGNATURE
    def lopsided(x, y, d, user):
        calls.append((x[0], y[0]))
        return x[0] * 10 + y[0] + (user or 0)

    address = ctypes.cast(lopsided, ctypes.c_void_p).value
    X = np.arange(3.0)[:, None]
    for name, _ in each_isa_and_threads():
        calls.clear()
        D = square(core.function_pairs64(X, X.copy(), address))
        np.testing.assert_array_equal(D, [[0, 1, 2], [10, 11, 12], [20, 21, 22]], err_msg=name)
        assert sorted(calls) == [(i, j) for i in range(3) for j in range(3)]
    # With itself: the lower index first, and zero on the diagonal.
    D = square(core.function_pairs64(X, None, address, 100))
    np.testing.assert_array_equal(D, [[0, 101, 102], [101, 0, 112], [102, 112, 0]])


@given(seed=st.integers(0, 99), n=st.integers(0, 150), m=st.integers(0, 150))
def test_the_other_precision_is_the_same_rounded(seed, n, m):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(n, 3)), rng.normal(size=(m, 3))
    pairs = vector_pairs(X, Y, "euclidean")
    found = square(core.cast_pairs32(pairs))
    np.testing.assert_array_equal(found, square(pairs).astype(np.float32))
    narrow = vector_pairs(X.astype(np.float32), Y.astype(np.float32), "euclidean")
    np.testing.assert_array_equal(
        square(core.cast_pairs64(narrow)), square(narrow).astype(np.float64)
    )
    assert core.cast_pairs32(vector_pairs(X, None, "euclidean")).symmetric
