"""Each activation against its formula (N4), value and derivative, number by number."""

import numpy as np
import pytest

import ganglion as gl
from oracles import networks as oracle

POINTS = [-700.0, -40.0, -3.0, -1.0, -0.5, -1e-9, 1e-9, 0.3, 1.0, 2.5, 40.0, 700.0]
ELEMENTWISE = [name for name, row in gl.nn.activations.items() if row.is_elementwise]
# The oracle and the engine evaluate different formulas: a few roundings of numbers around 1 between them.
EPS = np.finfo(np.float64).eps


def test_an_activation_without_its_formula_fails():
    assert set(ELEMENTWISE) == set(oracle.ACTIVATIONS)
    assert set(gl.nn.activations) - set(ELEMENTWISE) == {"softmax"}
    assert all(row.formula and row.name == name for name, row in gl.nn.activations.items())


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("v", POINTS)
def test_n4_value_and_derivative_are_those_of_the_formula(name, v):
    value, slope = oracle.ACTIVATIONS[name]
    row = gl.nn.activations[name]
    assert row.value(v) == pytest.approx(value(v), rel=16 * EPS, abs=16 * EPS)
    assert row.derivative(v) == pytest.approx(slope(v), rel=16 * EPS, abs=16 * EPS)


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_keep_shape_and_dtype(name, dtype):
    v = np.linspace(-3, 3, 24, dtype=dtype).reshape(2, 3, 4)
    row = gl.nn.activations[name]
    for found in (row.value(v), row.derivative(v)):
        assert found.shape == v.shape
        assert found.dtype == dtype
    one_by_one = [row.derivative(float(x)) for x in v.ravel()]
    tolerance = 16 * np.finfo(dtype).eps
    np.testing.assert_allclose(
        row.derivative(v).ravel(), one_by_one, rtol=tolerance, atol=tolerance
    )


@pytest.mark.parametrize(
    ("name", "slope_at_0"),
    [("relu", 0.0), ("leaky_relu", 0.01), ("step", 0.0), ("elu", 1.0), ("identity", 1.0)],
)
def test_the_slope_at_a_kink_is_the_one_from_the_left(name, slope_at_0):
    assert gl.nn.activations[name].derivative(0.0) == slope_at_0


def test_step_is_1_from_0_on():
    assert gl.nn.activations["step"].value([-1e-300, 0.0, 2.0]).tolist() == [0.0, 1.0, 1.0]


def test_n4_softmax_and_its_jacobian_by_hand():
    # exp(log 1), exp(log 2), exp(log 5) over their sum 8.
    v = np.log([1.0, 2.0, 5.0])
    p = np.array([1.0, 2.0, 5.0]) / 8
    row = gl.nn.activations["softmax"]
    np.testing.assert_allclose(row.value(v), p, rtol=4 * EPS)
    # dp_i/dv_j = p_i ([i = j] - p_j): 64ths.
    by_hand = np.array([[7, -2, -5], [-2, 12, -10], [-5, -10, 15]]) / 64
    np.testing.assert_allclose(row.derivative(v), by_hand, rtol=16 * EPS)
    rows = row.derivative(np.stack([v, v + 1000.0]))
    np.testing.assert_allclose(rows, [by_hand, by_hand], rtol=1000 * 4 * EPS)


def test_lists_and_integers_are_numbers_too():
    assert gl.nn.activations["relu"].value([-1, 2]).tolist() == [0.0, 2.0]
    assert gl.nn.activations["tanh"].derivative(0) == 1.0


def test_text_is_refused():
    with pytest.raises(gl.DataError, match=r"v must hold real numbers; got dtype <U1"):
        gl.nn.activations["relu"].value(["a"])
