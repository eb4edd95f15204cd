"""The loss of a network as a sum of squares: the network's own loss and gradient, Jacobians by finite differences."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn._engine.program import Learned, Plan
from ganglion.nn._squared_errors import SquaredErrors

NETWORKS = {
    "dense": lambda: [gl.nn.Dense(3, 4, "tanh"), gl.nn.Dense(4, 2)],
    "without bias": lambda: [gl.nn.Dense(3, 4, "gelu", bias=False), gl.nn.Dense(4, 2, bias=False)],
    "softmax": lambda: [gl.nn.Dense(3, 4, "silu"), gl.nn.Dense(4, 3, "softmax")],
    "sigmoid": lambda: [gl.nn.Dense(3, 5, "softplus"), gl.nn.Dense(5, 2, "sigmoid")],
    "layer norm": lambda: [
        gl.nn.Dense(3, 5),
        gl.nn.LayerNorm(5, "tanh"),
        gl.nn.Dense(5, 2),
    ],
    "residual": lambda: [
        gl.nn.Dense(3, 4, "tanh"),
        gl.nn.Residual([gl.nn.Dense(4, 4, "tanh"), gl.nn.LayerNorm(4), gl.nn.Dense(4, 4)]),
        gl.nn.Residual([gl.nn.Dense(4, 4, "mish")]),
        gl.nn.Dense(4, 1),
    ],
    "residual first": lambda: [gl.nn.Residual([gl.nn.Dense(3, 3, "tanh")]), gl.nn.Dense(3, 1)],
    "own activation": lambda: [gl.nn.Dense(3, 4, lambda v: np.sin(v) + v), gl.nn.Dense(4, 2)],
}


def problem_of(network, plan, weights=None, n=23):
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(n, network.n_in)), rng.uniform(size=(n, network.n_out))
    data = Learned(X, Y, None, weights)
    point = np.concatenate([value.ravel() for value in network.parameters.values()])
    return SquaredErrors(network.stages, network.loss_function, data, plan), point, X, Y


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("loss", ["squared", "mse"])
@pytest.mark.parametrize("is_mean", [True, False])
def test_loss_and_gradient_are_the_networks(name, loss, is_mean):
    reduction = "mean" if is_mean else "sum"
    network = gl.nn.Network(NETWORKS[name](), loss, reduction=reduction, random_state=0)
    weights = np.random.default_rng(1).uniform(0, 2, size=23)
    problem, point, X, Y = problem_of(network, Plan(23, is_mean), weights)
    normal = problem.normal(point)
    expected, gradients = network.loss_and_gradients(X, Y, weights)
    assert normal.loss == pytest.approx(expected, rel=1e-12)
    assert problem.loss(point) == pytest.approx(expected, rel=1e-12)
    gradient = np.concatenate([value.ravel() for value in gradients.values()])
    np.testing.assert_allclose(
        normal.gradient, gradient, rtol=0, atol=1e-11 * np.abs(gradient).max()
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_the_curvature_is_that_of_the_residuals_by_differences(name):
    network = gl.nn.Network(NETWORKS[name](), "squared", reduction="sum", random_state=0)
    problem, point, X, Y = problem_of(network, Plan(23, is_mean=False), n=9)
    columns, step = [], 1e-5
    for i in range(len(point)):
        ends = []
        for sign in (1, -1):
            moved = point.copy()
            moved[i] += sign * step
            begin, parameters = 0, {}
            for key, value in network.parameters.items():
                parameters[key] = moved[begin : begin + value.size].reshape(value.shape)
                begin += value.size
            other = gl.nn.Network(NETWORKS[name](), "squared", reduction="sum")
            other.set_parameters(parameters)
            ends.append((other.forward(X) - Y).ravel())
        columns.append((ends[0] - ends[1]) / (2 * step))
    jacobian = np.stack(columns, axis=1)
    expected = jacobian.T @ jacobian
    found = problem.normal(point).curvature
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8 * np.abs(expected).max())
    np.testing.assert_allclose(found, found.T, rtol=0, atol=1e-13 * np.abs(found).max())


def test_the_penalty_of_l2_counts_weights_and_not_biases():
    network = gl.nn.Network(NETWORKS["dense"](), "squared", random_state=0)
    plain, point, _, _ = problem_of(network, Plan(23))
    pulled, _, _, _ = problem_of(network, Plan(23, l2=0.7))
    weights = np.concatenate(
        [np.full(v.size, float(k.startswith("W"))) for k, v in network.parameters.items()]
    )
    one, two = plain.normal(point), pulled.normal(point)
    squares = np.sum(weights * point**2)
    assert two.loss == pytest.approx(one.loss + 0.5 * 0.7 / 23 * squares, rel=1e-13)
    assert pulled.loss(point) == pytest.approx(two.loss, rel=1e-14)
    np.testing.assert_allclose(two.gradient, one.gradient + 0.7 / 23 * weights * point, rtol=1e-12)
    np.testing.assert_allclose(
        two.curvature, one.curvature + np.diag(0.7 / 23 * weights), rtol=1e-12
    )


def test_blocks_of_rows_add_up(monkeypatch):
    network = gl.nn.Network(NETWORKS["dense"](), "squared", random_state=0)
    whole, point, _, _ = problem_of(network, Plan(23))
    monkeypatch.setattr("ganglion.nn._squared_errors.BLOCK_BYTES", 8 * len(point) * 2 * 5)
    blocks, _, _, _ = problem_of(network, Plan(23))
    one, other = whole.normal(point), blocks.normal(point)
    assert other.loss == pytest.approx(one.loss, rel=1e-13)
    np.testing.assert_allclose(other.gradient, one.gradient, rtol=0, atol=1e-14)
    np.testing.assert_allclose(other.curvature, one.curvature, rtol=0, atol=1e-13)
