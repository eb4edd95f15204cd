"""TSS = BSS + WSS: by definition, by hand, far from the origin, near the ends of the range, and for bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion.criteria import _moments, scatter
from oracles import kmeans as oracle

SIZES = (1, 7, 8, 9, 15, 16, 17, 1000)


def labelled(n, d, k, *, seed=0, dtype=np.float64):
    rng = np.random.default_rng([seed, n, d, k])
    labels = rng.integers(k, size=n)
    return (rng.normal(size=(n, d)) + 3.0 * rng.normal(size=(k, d))[labels]).astype(dtype), labels


def error_of_the_identity(parts):
    return abs(parts.bss + parts.wss - parts.tss) / parts.tss


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("d", [1, 3, 17])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_sums_are_those_of_the_definitions(n, d, dtype):
    X, labels = labelled(n, d, 4, dtype=dtype)
    weight = np.random.default_rng(n).uniform(0, 3, n)
    for weights in (None, weight):
        parts = scatter(X, labels, sample_weight=weights)
        expected = oracle.scatter(X, labels, weights)
        assert np.allclose((parts.tss, parts.bss, parts.wss), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("offset", [0.0, 1.0, 1e4, 1e8])
@pytest.mark.parametrize("n", [100, 200_000])
def test_the_identity_holds_to_1e_12_however_far_the_points_are_from_the_origin(offset, n):
    X, labels = labelled(n, 3, 5)
    assert error_of_the_identity(scatter(X + offset, labels)) <= 1e-12


def test_an_offset_changes_none_of_the_sums():
    """Multiples of 1/64 stay exact at 2^27, so that the shifted points have the same sums."""
    X = np.random.default_rng(0).integers(-256, 256, size=(5000, 4)) / 64
    labels = np.arange(5000) % 7
    near, far = scatter(X, labels), scatter(X + 2.0**27, labels)
    assert np.allclose(
        (near.tss, near.bss, near.wss), (far.tss, far.bss, far.wss), rtol=1e-13, atol=0
    )


def test_one_far_point_costs_the_others_no_digits():
    """The mean is not the first row: here that would round all the others to multiples of 2^-26."""
    X, labels = labelled(1000, 2, 3)
    X[0] = 1e8
    parts = scatter(X, np.r_[9, labels[1:]])
    assert np.isclose(parts.wss, scatter(X[1:], labels[1:]).wss, rtol=1e-7)
    assert error_of_the_identity(parts) <= 1e-12


@pytest.mark.parametrize("scale", [1e-200, 1e-150, 1e-30, 1e30, 1e150])
def test_tiny_and_huge_values_keep_the_identity(scale):
    X, labels = labelled(500, 3, 4)
    plain, scaled = scatter(X, labels), scatter(scale * X, labels)
    if scale > 1e-160:
        assert error_of_the_identity(scaled) <= 1e-12
        assert np.isclose(scaled.wss / scale / scale, plain.wss, rtol=1e-12)
    else:
        assert (scaled.tss, scaled.bss, scaled.wss) == (0.0, 0.0, 0.0)


@given(
    labels=st.lists(st.sampled_from([-7, 0, 3, 2**40]), min_size=1, max_size=30),
    weights=st.data(),
)
def test_integer_weights_equal_repeated_points(labels, weights):
    n = len(labels)
    times = weights.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any))
    X = np.random.default_rng(n).integers(-8, 8, size=(n, 2)).astype(float)
    weighted = scatter(X, labels, sample_weight=times)
    repeated = scatter(np.repeat(X, times, axis=0), np.repeat(labels, times))
    expected = (repeated.tss, repeated.bss, repeated.wss)
    assert np.allclose((weighted.tss, weighted.bss, weighted.wss), expected, rtol=1e-12, atol=1e-12)


def test_one_cluster_has_everything_within_and_single_points_everything_between():
    X, _ = labelled(50, 3, 2)
    together, apart = scatter(X, np.zeros(50, int)), scatter(X, np.arange(50))
    assert together.wss == pytest.approx(together.tss, rel=1e-13) and together.bss <= 1e-25
    assert apart.bss == pytest.approx(apart.tss, rel=1e-13) and apart.wss <= 1e-25


def test_equal_points_have_no_scatter():
    parts = scatter(np.full((10, 3), 0.1), np.arange(10) % 3)
    assert (parts.tss, parts.bss, parts.wss) == (0.0, 0.0, 0.0)


def test_blocks_do_not_show(monkeypatch):
    X, labels = labelled(1000, 3, 4)
    whole = scatter(X, labels)
    monkeypatch.setattr(_moments, "BLOCK_VALUES", 1)
    parts = scatter(X, labels)
    assert np.allclose(
        (parts.tss, parts.bss, parts.wss), (whole.tss, whole.bss, whole.wss), rtol=1e-13
    )


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], r"one integer for each of the 3 rows of X; got the shape \(2,\)"),
        ([[0], [1], [1]], r"got the shape \(3, 1\)"),
        ([0.0, 1.0, 1.0], "labels must be integers; got dtype float64"),
        (["a", "b", "b"], "labels must be integers; got dtype <U1"),
    ],
)
def test_labels_that_are_none_are_refused(labels, message):
    with pytest.raises(gl.ParameterError, match=message):
        scatter([[0.0], [1.0], [2.0]], labels)


def test_squares_beyond_the_range_are_refused_and_not_infinite():
    with pytest.raises(
        gl.DataError, match=r"squared distances that float64 can hold .* reach 1e\+200"
    ):
        scatter([[0.0], [1e200]], [0, 1])
    with pytest.raises(
        gl.DataError, match=r"differences between the rows of X must fit .* reach 1.5e\+308"
    ):
        scatter([[-1.5e308], [1.5e308]], [0, 1])


def test_nan_and_wrong_weights_are_refused_at_the_gate():
    with pytest.raises(gl.DataError, match="row 1"):
        scatter([[0.0], [np.nan]], [0, 1])
    with pytest.raises(gl.DataError, match="sample_weight"):
        scatter([[0.0], [1.0]], [0, 1], sample_weight=[1.0, -1.0])
