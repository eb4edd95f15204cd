"""The principal plane: against the singular value decomposition, with fixed signs, for thin and empty clouds."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.explain import plane as module
from ganglion.explain.plane import principal_plane


def cloud(n, d, *, seed=0):
    rng = np.random.default_rng([seed, n, d])
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 5.0


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (50, 2), (200, 7), (30, 40)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_is_the_plane_of_the_singular_value_decomposition(shape, dtype):
    X = cloud(*shape).astype(dtype)
    plane = principal_plane(X)
    centered = X.astype(float) - X.mean(axis=0, dtype=float)
    _, values, axes = np.linalg.svd(centered, full_matrices=False)
    shares = values**2 / (values**2).sum()
    n_real = int(np.count_nonzero(shares[:2] > 1e-12))
    assert np.allclose(plane.explained, shares[:2], atol=1e-12)
    assert np.allclose(np.abs((plane.axes * axes[:2]).sum(axis=1))[:n_real], 1.0, atol=1e-8)
    assert np.allclose(plane.coordinates, centered @ plane.axes.T, atol=1e-9)
    assert np.allclose(plane.mean, X.mean(axis=0, dtype=float))
    assert np.allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)


def test_the_largest_entry_of_each_axis_is_positive():
    for seed in range(20):
        axes = principal_plane(cloud(40, 5, seed=seed)).axes
        assert all(axis[np.argmax(np.abs(axis))] > 0 for axis in axes)


def test_turning_the_points_round_does_not_turn_the_axes_round():
    X = cloud(60, 4)
    assert np.allclose(principal_plane(X).axes, principal_plane(-X).axes, atol=1e-10)


def test_of_entries_equally_large_the_first_is_positive():
    """Along (1, -1) both entries have size 0.707, up to rounding."""
    line = np.outer(np.arange(-3.0, 4.0), [-1.0, 1.0])
    axis = principal_plane(line).axes[0]
    assert np.allclose(axis, np.array([1.0, -1.0]) / np.sqrt(2))


def test_by_hand():
    """The corners of a 4 x 2 rectangle: variances 4 and 1 about (2, 1)."""
    plane = principal_plane([[0, 0], [0, 2], [4, 0], [4, 2]])
    assert np.allclose(plane.axes, np.eye(2))
    assert np.allclose(plane.explained, [0.8, 0.2])
    assert np.allclose(plane.coordinates, [[-2, -1], [-2, 1], [2, -1], [2, 1]])


def test_other_points_are_seen_in_the_same_plane():
    X = cloud(50, 3)
    plane = principal_plane(X)
    assert np.allclose(plane.project(X), plane.coordinates)
    assert np.allclose(plane.project([plane.mean]), 0.0)
    with pytest.raises(gl.DataError, match="made from 3 features; points has 2"):
        plane.project(np.ones((4, 2)))


def test_one_feature_has_one_axis():
    plane = principal_plane([[1.0], [2.0], [6.0]])
    assert plane.axes.tolist() == [[1.0], [0.0]]
    assert plane.explained.tolist() == [1.0, 0.0]
    assert plane.coordinates.tolist() == [[-2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]]


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (7, 1), (7, 3)])
def test_points_without_variance_lie_at_the_origin(shape):
    plane = principal_plane(np.full(shape, 0.1))
    assert plane.coordinates.tolist() == [[0.0, 0.0]] * shape[0]
    assert plane.explained.tolist() == [0.0, 0.0]
    assert plane.axes.shape == (2, shape[1]) and plane.axes[0, 0] == 1.0


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_tiny_and_huge_values_have_the_same_plane(scale):
    X = cloud(40, 3)
    plain, scaled = principal_plane(X), principal_plane(scale * X)
    assert np.allclose(plain.axes, scaled.axes, atol=1e-9)
    assert np.allclose(plain.explained, scaled.explained, atol=1e-9)
    assert np.allclose(plain.coordinates, scaled.coordinates / scale, atol=1e-9)


def test_an_offset_moves_the_mean_alone():
    X = np.random.default_rng(0).integers(-256, 256, size=(500, 3)) / 64
    near, far = principal_plane(X), principal_plane(X + 2.0**27)
    assert np.allclose(near.coordinates, far.coordinates, atol=1e-7)


def test_many_features_are_iterated_to_the_same_plane(monkeypatch):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 60)) * np.r_[9.0, 5.0, np.ones(58)]
    direct = principal_plane(X)
    monkeypatch.setattr(module, "DIRECT_SIZE", 50)
    iterated = principal_plane(X)
    assert np.allclose(iterated.axes, direct.axes, atol=1e-8)
    assert np.allclose(iterated.explained, direct.explained, atol=1e-10)


def test_nan_is_refused_with_its_place():
    with pytest.raises(gl.DataError, match="row 1"):
        principal_plane([[0.0, 1.0], [np.nan, 1.0]])
