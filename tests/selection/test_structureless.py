"""The curve of data without clusters: its formula, and that such data do not fall below it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion.criteria._moments import covariance
from ganglion.selection import _structureless
from ganglion.selection._structureless import residual_spectra, shape_gain, spectrum


def residual_spectrum(eigenvalues, k):
    return residual_spectra(eigenvalues, np.array([float(k)]))[0]


@given(
    eigenvalues=st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=20),
    k=st.integers(1, 1000),
)
def test_the_residual_spectrum_solves_its_equation(eigenvalues, k):
    """min(lambda, theta) with prod max(1, lambda / theta) = k^2."""
    values = np.sort(eigenvalues)[::-1]
    left = residual_spectrum(values, k)
    assert np.all(left <= values * (1 + 1e-12))
    assert np.log(values / left).sum() == pytest.approx(2 * np.log(k), rel=1e-9, abs=1e-9)
    cut = left < values * (1 - 1e-9)
    assert np.ptp(left[cut]) <= 1e-9 * left.max() if cut.any() else True
    assert np.all(values[~cut] <= left.max() * (1 + 1e-9))


def test_equal_variances_fall_as_a_power_of_k():
    for d in (1, 2, 5):
        for k in (1, 2, 10):
            assert residual_spectrum(np.ones(d), k) == pytest.approx(np.full(d, k ** (-2 / d)))


def test_a_box_cut_into_equal_boxes_leaves_exactly_the_reference():
    """Sides 4, 2 and 1 cut into 4 x 2 x 1 unit cubes: 1/12 on each axis."""
    variances = np.array([16.0, 4.0, 1.0]) / 12
    assert residual_spectrum(variances, 8) == pytest.approx(np.full(3, 1 / 12))


def test_the_shape_gain_is_that_of_simplices_cut_at_their_corners():
    """Two halves of a line leave 1/4, the reference: no gain. Three corners of a triangle leave 1 - 25/36 of 1/3."""
    assert shape_gain(1) == shape_gain(2) == 0.0
    assert shape_gain(3) == pytest.approx(np.log((1 / 3) / (11 / 36)))
    gains = [shape_gain(k) for k in range(1, 60)]
    assert (
        np.all(np.diff(gains) >= 0)
        and gains[9] == pytest.approx(0.19, abs=0.01)
        and gains[-1] < 0.2
    )


@pytest.mark.parametrize("k", [2, 3, 4, 6])
def test_a_simplex_in_as_many_cells_as_corners_gains_what_is_said(k):
    X = np.random.default_rng(k).dirichlet(np.ones(k), size=40_000)
    corner = np.argmax(X, axis=1)
    parts = gl.criteria.scatter(X, corner)
    gain = np.log(residual_spectrum(spectrum(X), k).sum() * parts.tss / parts.wss)
    assert gain == pytest.approx(shape_gain(k), abs=0.01)


@pytest.mark.parametrize("shape", ["normal", "box", "disc", "triangle"])
def test_clouds_without_structure_stay_above_the_reference_less_the_shape_gain(shape):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 2))
    if shape == "box":
        X = rng.uniform(size=(4000, 2)) * [3.0, 1.0]
    elif shape == "disc":
        X *= np.sqrt(rng.uniform(size=(4000, 1))) / np.linalg.norm(X, axis=1, keepdims=True)
    elif shape == "triangle":
        X = rng.dirichlet([1, 1, 1], size=4000)
    values = spectrum(X)
    for k in (2, 3, 4, 7, 12):
        run = gl.kmeans(X, k, n_init=3, random_state=0)
        lowest = residual_spectrum(values, k).sum() * np.exp(-shape_gain(k) - 2 * k / len(X))
        assert run.inertia / run.tss >= lowest


def test_the_spectrum_is_that_of_the_covariance_whatever_the_scale_and_the_weights():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 4)) * [5.0, 2.0, 1.0, 0.1]
    expected = np.linalg.eigvalsh(np.cov(X.T))[::-1]
    expected /= expected.sum()
    assert spectrum(X) == pytest.approx(expected, rel=1e-9)
    assert spectrum(1e180 * X) == pytest.approx(expected, rel=1e-9)
    assert spectrum(X + 1e6) == pytest.approx(expected, rel=1e-6)
    times = rng.integers(1, 4, size=300)
    assert spectrum(X, times.astype(float)) == pytest.approx(
        spectrum(np.repeat(X, times, axis=0)), rel=1e-9
    )
    assert len(spectrum(np.ones((5, 3)))) == 0


def test_many_features_go_through_the_products_of_the_rows(monkeypatch):
    X = np.random.default_rng(2).normal(size=(40, 60)) * np.linspace(1, 3, 60)
    direct = spectrum(X)
    monkeypatch.setattr(_structureless, "DIRECT_SIZE", 50)
    assert spectrum(X) == pytest.approx(direct, rel=1e-9)


def test_the_covariance_is_numpys():
    X = np.random.default_rng(3).normal(size=(1000, 3)).astype(np.float32)
    assert covariance(X) == pytest.approx(np.cov(X.T.astype(float), bias=True), rel=1e-12)
