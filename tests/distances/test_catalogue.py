"""Every metric against its oracle, its conventions by hand, its laws, and the library that others trust."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import distance as scipy_distance
from sklearn.metrics.pairwise import haversine_distances

from distances_cases import CASES, rows_of
from ganglion.distances import METRICS, condensed, pairwise, square_form

SIZES = (1, 2, 7, 8, 9, 15, 16, 17)
COMPUTED = [name for name in METRICS if name != "precomputed"]
DENSE = [name for name, row in METRICS.items() if row.kind == "vectors"]
EPSILON = {np.float32: 2.0**-24, np.float64: 2.0**-53}


def metric_of(name):
    return CASES[name].metric or name


def drawn(name, n, seed=0):
    return CASES[name].draw(np.random.default_rng([seed, n]), n)


def distances(name, X, Y=None, **options):
    given = {"metric_params": CASES[name].parameters} | options
    return pairwise(X, Y, metric_of(name), **given)


def listed(X):
    return rows_of(X) if isinstance(X, dict) else list(X)


def test_every_metric_has_an_oracle_items_to_draw_and_a_distance_by_hand():
    assert set(CASES) == set(METRICS)
    for name, case in CASES.items():
        assert case.by_hand or name == "precomputed", name
    for name, row in METRICS.items():
        if "empty" in row.convention or "zero" in row.convention or "constant" in row.convention:
            assert len(CASES[name].by_hand) >= 3, f"{name}: {row.convention}"


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", COMPUTED)
def test_distances_are_those_of_the_definition(name, n):
    X, Y = drawn(name, n), drawn(name, 3, seed=1)
    expected = [[CASES[name].oracle(x, y) for y in listed(Y)] for x in listed(X)]
    found = distances(name, X, Y)
    assert found.shape == (n, 3)
    assert np.allclose(
        found, expected, rtol=1e-12, atol=1e-12 if found.dtype == np.float64 else 1e-6
    )


@pytest.mark.parametrize("name", COMPUTED)
def test_a_thousand_items_are_as_right_as_a_few(name):
    X = drawn(name, 1000)
    found, rows = distances(name, X), listed(X)
    for i, j in np.random.default_rng(0).integers(1000, size=(60, 2)):
        expected = CASES[name].oracle(rows[i], rows[j])
        assert math.isclose(found[i, j], expected, rel_tol=1e-6, abs_tol=1e-12), (i, j)


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.parametrize("n", SIZES)
def test_float32_is_computed_in_float32_and_right_to_its_digits(name, n):
    X = drawn(name, n).astype(np.float32)
    Y = drawn(name, 5, seed=1).astype(np.float32)
    found = distances(name, X, Y)
    expected = distances(name, X.astype(np.float64), Y.astype(np.float64))
    assert found.dtype == np.float32
    # five features: each rounded once or twice, the sum five times, a root or quotient; near angles lose half of that
    assert np.allclose(
        found, expected, rtol=30 * EPSILON[np.float32], atol=16 * EPSILON[np.float32]
    )


@pytest.mark.parametrize(
    ("name", "X", "Y", "expected"),
    [(name, *by_hand) for name, case in CASES.items() for by_hand in case.by_hand],
)
def test_distances_derived_by_hand(name, X, Y, expected):
    found = distances(name, X, Y)
    assert found.shape == (1, 1) and found[0, 0] == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", COMPUTED)
@pytest.mark.parametrize("n", [1, 2, 9, 40])
def test_one_collection_gives_a_symmetric_matrix_with_zeros_and_its_upper_triangle(name, n):
    X = drawn(name, n)
    square = distances(name, X)
    assert np.array_equal(square, square.T) and not np.diagonal(square).any()
    triangle = condensed(X, metric_of(name), metric_params=CASES[name].parameters)
    assert np.array_equal(triangle, square[np.triu_indices(n, 1)])
    assert np.array_equal(square_form(triangle), square)
    assert np.array_equal(square_form(square), triangle)


@pytest.mark.parametrize("name", COMPUTED)
def test_no_distance_is_negative_and_strict_metrics_allow_no_shorter_detour(name):
    D = distances(name, drawn(name, 40)).astype(np.float64)
    assert (D >= 0).all()
    if METRICS[name].is_metric:
        detour = (D[:, :, None] + D[None, :, :]).min(axis=1)
        assert (detour * (1 + 1e-6) + 1e-9 >= D).all()


@pytest.mark.parametrize("name", COMPUTED)
def test_two_collections_have_the_same_distances_from_either_side(name):
    X, Y = drawn(name, 17), drawn(name, 9, seed=1)
    assert np.array_equal(distances(name, X, Y), distances(name, Y, X).T)


SCALES = {"euclidean": 1, "sqeuclidean": 2, "manhattan": 1, "chebyshev": 1, "minkowski": 1}


@given(exponent=st.integers(-20, 20), seed=st.integers(0, 2**16))
@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("name", [*SCALES, "canberra", "braycurtis", "cosine", "correlation"])
def test_scaling_by_a_power_of_two_scales_the_distances_exactly(name, exponent, seed):
    X = drawn(name, 7, seed=seed)
    if name == "minkowski":
        found, expected = distances(name, 2.0**exponent * X), 2.0**exponent * distances(name, X)
        assert np.allclose(found, expected, rtol=1e-14)
        return
    factor = 2.0 ** (exponent * SCALES.get(name, 0))
    assert np.array_equal(distances(name, 2.0**exponent * X), factor * distances(name, X))


@pytest.mark.parametrize("name", [n for n in DENSE if n != "haversine"])
def test_vectors_agree_with_scipy(name):
    X, Y = np.random.default_rng(0).normal(size=(2, 100, 17))
    theirs = {"manhattan": "cityblock"}.get(name, name)
    expected = scipy_distance.cdist(X, Y, theirs, **CASES[name].parameters)
    assert np.allclose(
        distances(name, X, Y), expected, rtol=17 * 4 * EPSILON[np.float64], atol=1e-15
    )


def test_bits_agree_with_scipy_and_places_with_scikit_learn():
    X = drawn("jaccard", 60)
    for name in ("jaccard", "dice"):
        with np.errstate(invalid="ignore"):
            expected = np.nan_to_num(scipy_distance.cdist(X, X, name))
        assert np.allclose(distances(name, X), expected, rtol=1e-15, atol=1e-15)
    places = drawn("haversine", 50)
    assert np.allclose(
        distances("haversine", places), haversine_distances(places), rtol=1e-13, atol=1e-15
    )


def test_near_points_keep_their_distances_far_from_the_origin():
    """float32 at 1e6 has steps of 1/16: the distances between the rounded points are exact in float32."""
    for offset, step in ((1e6, 0.0625), (1e3, 1e-3)):
        X = (offset + step * np.random.default_rng(0).integers(0, 9, size=(50, 3))).astype(
            np.float32
        )
        exact = [[math.dist(map(float, x), map(float, y)) for y in X] for x in X]
        assert np.allclose(pairwise(X), exact, rtol=4 * EPSILON[np.float32], atol=0)
    X = 1e6 + 1e-3 * np.random.default_rng(0).normal(size=(50, 3))
    exact = [[math.dist(x, y) for y in X] for x in X]
    assert np.allclose(pairwise(X), exact, rtol=1e-15, atol=0)
