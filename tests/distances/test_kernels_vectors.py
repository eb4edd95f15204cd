"""Distances between vectors: the oracle, laws, by hand, SciPy, and the same bits everywhere."""

from __future__ import annotations

import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.spatial.distance import cdist

from ganglion._native import core
from tests.distances.kernels import DTYPES, SIZES, each_isa, square, vector_pairs
from tests.oracles import distances as oracle

ROUNDED = ("cosine", "correlation", "minkowski")
METRICS = (*oracle.EXACT, *ROUNDED)
SCIPY = {"manhattan": "cityblock"}


def mixed_rows(n, d, dtype, seed=0):
    """Rows with equal values, zeros, zero rows and constant rows among others."""
    rng = np.random.default_rng([seed, n, d])
    X = np.round(rng.normal(size=(n, d)) * 3, 1)
    X[rng.random((n, d)) < 0.2] = 0
    X[::7] = 0
    X[3::7] = 1.5
    return X.astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("metric", oracle.EXACT)
def test_every_distance_has_the_bits_of_its_definition(metric, dtype):
    for n in SIZES:
        for d in (0, 1, 2, 5, 17):
            X, Y = mixed_rows(n, d, dtype), mixed_rows(19 - n, d, dtype, seed=1)
            with np.errstate(divide="ignore"):  # Bray-Curtis of x and -x
                expected = oracle.matrix(oracle.EXACT[metric], X, Y)
            for name in each_isa():
                found = square(vector_pairs(X, Y, metric))
                np.testing.assert_array_equal(found, expected, err_msg=f"{name} {n} {d}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("metric", ["cosine", "correlation"])
def test_angles_are_those_of_the_definition(metric, dtype):
    # Each value of a row of length 1 is rounded once (and once more in float64), so that |u - v|^2 / 2 is off by
    # at most |u - v| sqrt(d) eps, and its d terms and sums by d + 2 roundings: 2 sqrt(d) eps + 2 (d + 2) eps.
    for n in SIZES:
        for d in (1, 2, 5, 17):
            if metric == "correlation" and d < 3:
                continue
            X, Y = mixed_rows(n, d, dtype), mixed_rows(19 - n, d, dtype, seed=1)
            expected = oracle.matrix(getattr(oracle, metric), X, Y)
            bound = 2 * (np.sqrt(d) + d + 2) * np.finfo(dtype).eps
            for name in each_isa():
                found = square(vector_pairs(X, Y, metric))
                np.testing.assert_allclose(
                    found, expected, rtol=0, atol=bound, err_msg=f"{name} {n} {d}"
                )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", [0.5, 0.7, 1, 1.5, 2, 3, 3.7, 4.5, 16, 33, np.inf])
def test_minkowski_of_any_power(p, dtype):
    X, Y = mixed_rows(9, 5, dtype), mixed_rows(18, 5, dtype, seed=1)
    if np.isinf(p):
        expected = oracle.matrix(oracle.chebyshev, X, Y)
    else:
        expected = oracle.matrix(lambda x, y: oracle.minkowski(x, y, float(p)), X, Y)
    # p products (or one power of a rounded difference: p eps), 5 sums, the root divides the error by p, and 1/p is
    # rounded: log(sum) eps / p, at most 100 eps / p here.
    bound = (p + 5 + 100) / p + 4 if np.isfinite(p) else 0
    for _ in each_isa():
        found = square(vector_pairs(X, Y, "minkowski", p))
        np.testing.assert_allclose(found, expected, rtol=bound * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("metric", METRICS)
def test_every_instruction_set_gives_the_same_bits(metric, dtype):
    rng = np.random.default_rng(3)
    X, Y = (rng.normal(size=(n, 33)).astype(dtype) for n in (1000, 91))
    found = [square(vector_pairs(X, Y, metric, 3.7)) for _ in each_isa()]
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("metric", METRICS)
def test_a_tile_does_not_depend_on_where_it_is_cut(metric, dtype):
    X = mixed_rows(150, 6, dtype)
    whole = square(vector_pairs(X, None, metric, 2.5))
    rows = np.full_like(whole, np.nan)
    pairs = vector_pairs(X, None, metric, 2.5)
    for start, stop in ((0, 1), (1, 8), (8, 77), (77, 150)):
        core.fill_square(pairs, rows, start, stop)
    np.testing.assert_array_equal(rows, whole)
    np.testing.assert_array_equal(
        square(vector_pairs(X[5:], X[2:31].copy(), metric, 2.5)), whole[5:, 2:31]
    )


@given(
    X=arrays.arrays(
        np.float64,
        st.tuples(st.integers(0, 12), st.integers(1, 6)),
        elements=st.floats(-1e3, 1e3, width=16),
    ),
    metric=st.sampled_from(METRICS),
    dtype=st.sampled_from(DTYPES),
)
def test_distances_are_symmetric_to_the_bit_and_zero_to_oneself(X, metric, dtype):
    X = X.astype(dtype)
    for Y in (None, X.copy()):
        D = square(vector_pairs(X, Y, metric, 1.7))
        np.testing.assert_array_equal(D, D.T)
        np.testing.assert_array_equal(np.diag(D), 0)
        assert np.all(D >= 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("metric", METRICS)
def test_scipy_agrees(metric, dtype):
    rng = np.random.default_rng(4)
    X, Y = (rng.normal(size=(n, 24)).astype(dtype) for n in (70, 45))
    options = {"p": 3.0} if metric == "minkowski" else {}
    expected = cdist(
        X.astype(np.float64), Y.astype(np.float64), SCIPY.get(metric, metric), **options
    )
    # 24 terms of four roundings each at most, added one after the other; angles: see above.
    tolerance = 4 * 24 * np.finfo(dtype).eps
    found = square(vector_pairs(X, Y, metric, 3.0))
    np.testing.assert_allclose(
        found, expected, rtol=tolerance, atol=tolerance if metric in ROUNDED else 0
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_euclidean_distances_are_right_near_zero(dtype):
    # Points 1e-3 apart at 1e6: float32 holds them 1/16 apart at best, so that their distances are those of the stored
    # values, exact differences: one rounding for each of the operations that follow.
    rng = np.random.default_rng(5)
    X = (1e6 + 1e-3 * rng.normal(size=(40, 8))).astype(dtype)
    exact = np.sqrt(((X[:, None].astype(np.longdouble) - X[None]) ** 2).sum(axis=2))
    found = square(vector_pairs(X, None, "euclidean"))
    np.testing.assert_allclose(found, exact.astype(np.float64), rtol=8 * np.finfo(dtype).eps)
    far = np.array([[1e6], [1e6 + 0.0625], [1e6 + 0.125]], dtype)
    np.testing.assert_array_equal(
        square(vector_pairs(far, None, "euclidean")),
        [[0, 0.0625, 0.125], [0.0625, 0, 0.0625], [0.125, 0.0625, 0]],
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_angles_are_right_near_zero(dtype):
    # cos(1e-3 rad) is 1 - 5e-7: the product form would keep no digit of it in float32.
    t = np.array([0.0, 1e-3], np.float64)
    X = np.column_stack([np.cos(t), np.sin(t)]).astype(dtype)
    expected = 1 - np.cos(np.float64(np.arctan2(X[1, 1], X[1, 0], dtype=np.float64)))
    found = square(vector_pairs(X, None, "cosine"))[0, 1]
    # |u - v| is off by two roundings of values near 1 at most: 2 eps / 1e-3 of itself, twice that for its square.
    assert found == pytest.approx(expected, rel=float(4 * np.finfo(dtype).eps / 1e-3))


@pytest.mark.parametrize("dtype", DTYPES)
def test_zero_vectors_by_hand(dtype):
    # A zero vector and another: cosine 1, whatever its length. Two zero vectors: 0. Constant rows have no correlation.
    X = np.array(
        [[0, 0, 0], [0, 0, 0], [3, 4, 0], [1e-30, 0, 0], [7, 7, 7], [-0.1, -0.1, -0.1]], dtype
    )
    cosine = square(vector_pairs(X, None, "cosine"))
    np.testing.assert_array_equal(cosine[0], [0, 0, 1, 1, 1, 1])
    correlation = square(vector_pairs(X, None, "correlation"))
    np.testing.assert_array_equal(correlation[0], [0, 0, 1, 1, 0, 0])
    np.testing.assert_array_equal(correlation[4], [0, 0, 1, 1, 0, 0])
    for metric in ("canberra", "braycurtis"):
        assert square(vector_pairs(X, None, metric))[0, 1] == 0
    # |0-3|/3 + |0-4|/4 + 0/0 = 2;  (3 + 4) / (3 + 4) = 1
    assert square(vector_pairs(X, None, "canberra"))[0, 2] == 2
    assert square(vector_pairs(X, None, "braycurtis"))[0, 2] == 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_lengths_of_any_size_have_their_angles(dtype):
    # By hand: (3, 4) and (4, 3) at any scale: 1 - 24/25.
    scale = dtype(1e30 if dtype == np.float32 else 1e300)
    X = np.array([[3, 4], [4, 3]], dtype)
    for factor in (scale, 1 / scale):
        found = square(vector_pairs(X * dtype(factor), None, "cosine"))[0, 1]
        assert found == pytest.approx(0.04, rel=float(64 * np.finfo(dtype).eps))


def test_an_unknown_metric_is_refused():
    X = np.zeros((2, 2))
    with pytest.raises(ValueError, match="No vector metric is called euklidean"):
        core.vector_pairs64(X, None, "euklidean")
