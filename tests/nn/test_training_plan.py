"""What an epoch can be given beside the optimiser: a penalty on the weights, a learning rate for each batch."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn._engine.program import Plan, Program
from ganglion.nn.training import checked


def small(reduction="mean"):
    """A network, 25 rows, and its program."""
    rng = np.random.default_rng(0)
    layers = [gl.nn.Dense(110, 40, "tanh"), gl.nn.Dense(40, 2)]
    network = gl.nn.Network(layers, "mse", reduction=reduction, random_state=0)
    program = Program(layers, "mse", "float64")
    program.write(network.parameters)
    return network, program, rng.normal(size=(25, 110)), rng.normal(size=(25, 2))


def after(program, network):
    """The program's parameters."""
    values = {name: np.empty_like(value) for name, value in network.parameters.items()}
    program.read(values)
    return values


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_penalty_is_scikit_learns(reduction, weighted):
    """loss + l2 / 2 * |weights|^2 / (weight of the batch); the biases are left out."""
    network, program, X, y = small(reduction)
    weights = np.linspace(0.5, 2, 25) if weighted else None
    share = 1.0 if reduction == "sum" else 25.0 if weights is None else weights.sum()
    plan = Plan(25, is_mean=reduction == "mean", l2=3.0)
    passed = program.learn(checked(network, X, y, weights), None, gl.nn.SGD(0.01), plan)
    gradients = network.gradients(X, y, weights)
    squares = 0.0
    for name, value in network.parameters.items():
        pull = 3.0 * value / share if name.startswith("W") else 0.0
        np.testing.assert_allclose(
            after(program, network)[name], value - 0.01 * (gradients[name] + pull), atol=1e-14
        )
        squares += np.sum(value**2) if name.startswith("W") else 0.0
    assert passed.penalty == pytest.approx(0.5 * 3.0 * squares, rel=1e-13)


def test_each_batch_may_have_its_own_rate():
    network, program, X, y = small()
    rates = np.array([0.1, 0.0, 0.02])
    program.learn(checked(network, X, y, None), None, gl.nn.SGD(9.0), Plan(10, rates=rates))
    optimiser = gl.nn.SGD(1.0)
    for i, rate in ((0, 0.1), (2, 0.02)):
        optimiser.learning_rate = rate
        rows = slice(10 * i, 10 * i + 10)
        optimiser.step(network.parameters, network.gradients(X[rows], y[rows]))
    for name, value in network.parameters.items():
        np.testing.assert_allclose(after(program, network)[name], value, rtol=0, atol=1e-13)


def test_what_was_kept_comes_back_with_its_moments():
    network, program, X, y = small()
    data, optimiser = checked(network, X, y, None), gl.nn.Adam(0.01)
    optimiser.prepare(network.parameters)
    program.learn(data, None, optimiser, Plan(5))
    kept = after(program, network)
    program.keep()
    program.learn(data, None, optimiser, Plan(5))
    once = after(program, network)
    program.restore()
    for name, value in after(program, network).items():
        assert np.array_equal(value, kept[name])
    optimiser.steps = 5
    program.learn(data, None, optimiser, Plan(5))
    for name, value in after(program, network).items():
        assert np.array_equal(value, once[name])
