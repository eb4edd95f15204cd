"""Activations and losses written in Python: what they compute, and what is refused when they are handed over."""

import copy
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn import Activation, BatchNorm, Dense, Network

X = np.random.default_rng(0).normal(size=(7, 3))


def swish(v):
    return v * gl.autodiff.sigmoid(v)


def bent(v):
    return np.where(v > 0, v, 0.1 * v)


def unit_rows(v):
    return v / (1 + np.sum(np.abs(v), axis=-1, keepdims=True))


def log_cosh(outputs, targets):
    return np.sum(np.log(np.cosh(outputs - targets)), axis=-1)


def relative(outputs, targets):
    return np.mean(np.square((outputs - targets) / targets), axis=1)


def half_squared(outputs, targets):
    return 0.5 * np.sum((outputs - targets) ** 2, axis=1)


def refused(build, message):
    with pytest.raises(gl.ParameterError, match=re.escape(message)):
        build()


def test_a_function_that_the_library_knows_gives_the_same_numbers():
    own = Network([Dense(3, 4, swish), Dense(4, 2)], half_squared, random_state=0)
    known = Network([Dense(3, 4, "silu"), Dense(4, 2)], "squared", random_state=0)
    y = np.ones((7, 2))
    np.testing.assert_allclose(own.forward(X), known.forward(X), rtol=1e-14)
    assert own.loss(X, y) == pytest.approx(known.loss(X, y), rel=1e-14)
    expected = known.gradients(X, y)
    for name, g in own.gradients(X, y).items():
        np.testing.assert_allclose(g, expected[name], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("loss", [log_cosh, relative, half_squared])
@pytest.mark.parametrize("activation", [swish, bent, np.tanh, np.arctan])
def test_gradients_of_own_functions_agree_with_finite_differences(activation, loss):
    network = Network([Dense(3, 4, activation), BatchNorm(4, activation), Dense(4, 2)], loss)
    y = np.random.default_rng(1).uniform(1, 2, size=(7, 2))

    def total(parameters):
        sums = network._computation.sums(parameters, X, network._statistics(True))
        return gl.autodiff.mean(network._computation.row_losses(sums, y))

    assert gl.autodiff.check_gradients(total, network.parameters).passed


@pytest.mark.parametrize("level", ["scalar", "layer"])
def test_own_functions_are_one_node_each_in_a_trace(level):
    last = Activation("unit", "v / (1 + sum |v|)", function=unit_rows, is_elementwise=False)
    network = Network([Dense(3, 4, bent), Dense(4, 2, last)], log_cosh, random_state=0)
    shown = network.trace(X[0], [0.25, -0.5], level=level)
    expected = network.gradients(X[0], [0.25, -0.5])
    assert shown.value == pytest.approx(network.loss(X[0], [0.25, -0.5]), rel=1e-14)
    if level == "layer":
        assert shown["J"].formula == "log_cosh(a3, [0.25, -0.5])"
        assert (shown["a2"].op, shown["a3"].formula) == ("bent", "unit(z3)")
        for name, g in expected.items():
            np.testing.assert_allclose(shown.grad[name], g, rtol=1e-12, atol=1e-15)
        return
    assert shown["J"].formula == "log_cosh([a3[0], a3[1]], [0.25, -0.5])"
    assert shown["a3[1]"].formula == "unit(z3[0], z3[1])[1]"
    assert shown["a2[0]"].parents == ("z2[0]",)
    for name, g in expected.items():
        for place in np.ndindex(g.shape):
            found = shown.grad[f"{name}[{','.join(map(str, place))}]"]
            assert found == pytest.approx(g[place], rel=1e-12, abs=1e-15)


def test_an_own_activation_is_a_record_with_value_and_derivative():
    cube = Activation("cube", "v**3", "lecun", function=lambda v: v**3)
    assert cube.value([1.0, 2.0]).tolist() == [1.0, 8.0]
    assert cube.derivative([1.0, 2.0]).tolist() == [3.0, 12.0]
    rows = Activation("unit", "", function=unit_rows, is_elementwise=False)
    # v / (1 + s) with s = |v_0| + |v_1|: slopes (delta - v_i sign(v_j) / (1 + s)) / (1 + s), here s = 3.
    assert rows.derivative([1.0, -2.0]).tolist() == [[3 / 16, 1 / 16], [2 / 16, 2 / 16]]
    assert repr(Dense(2, 3, cube)) == "Dense(2, 3, cube)"


def test_records_and_functions_of_the_library_become_their_names():
    assert Dense(2, 2, gl.nn.activations["relu"]) == Dense(2, 2, "relu")
    assert Dense(2, 2, gl.autodiff.mish) == Dense(2, 2, "mish")


def test_networks_with_own_functions_say_so_and_can_be_copied():
    network = Network([Dense(3, 4, swish), Dense(4, 2)], log_cosh, random_state=0)
    assert network.is_custom and network.loss_name == "log_cosh"
    assert Network([Dense(3, 2)], log_cosh).is_custom
    assert Network([Dense(3, 2, swish)]).is_custom
    assert not Network([Dense(3, 2)]).is_custom
    assert "4 swish -> 2 identity, loss='log_cosh'" in repr(network)
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        np.testing.assert_array_equal(twin.forward(X), network.forward(X))
        assert twin.loss(X, np.ones((7, 2))) == network.loss(X, np.ones((7, 2)))


def test_a_function_called_like_one_of_the_library_is_the_callers_own():
    def relu(v):
        return np.maximum(v, 0.5 * v)

    network = Network([Dense(1, 1, relu)])
    network.set_parameters({"W1": [[1.0]], "b1": [0.0]})
    assert network.forward([-2.0]).tolist() == [-1.0]
    assert "own relu" in repr(network)


def test_float32_networks_stay_in_float32_with_own_functions():
    def wide(v):
        return v * np.float64(0.5) + np.sqrt(np.array([2.0]))

    network = Network([Dense(3, 4, wide), Dense(4, 2, wide)], log_cosh, dtype="float32")
    assert network.forward(X).dtype == np.float32
    for g in network.gradients(X, np.ones((7, 2))).values():
        assert g.dtype == np.float32


def test_a_loss_that_does_not_move_has_a_gradient_of_zeros():
    def flat(outputs, targets):
        return np.sum(np.sign(outputs - targets), axis=1)

    network = Network([Dense(3, 2)], flat, random_state=0)
    found = network.gradients(X, np.zeros((7, 2)))
    assert all(not g.any() for g in found.values())


def no_derivative(v):
    return np.asarray(v) * 2


def constant(v):
    return np.ones((3, 2))[: v.shape[0], : v.shape[1]]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (no_derivative, "Dense: activation: no_derivative has no derivative: Turning a variable into a plain array"),
        (constant, "Dense: activation: constant has no derivative: what it returns does not depend on its first"),
        (lambda v: v[:, 0], "Dense: activation: <lambda> must return (n, k); got (3,) from (3, 2)."),
        (lambda v: v.T, "must return (n, k); got (2, 3) from (3, 2)."),
        (np.sum, "Dense: activation: sum must return (n, k); got () from (3, 2)."),
        (lambda: 1, "Dense: activation: <lambda> failed on arrays of shape (3, 2): TypeError"),
        (lambda v: 1 / 0, "failed on arrays of shape (3, 2): ZeroDivisionError: division by zero. Write it with"),
        (np.log, "log must be finite at every number, weighted sums take any sign; it is nan at -1.5. Keep it defined"),
        (unit_rows, "unit_rows must act on each number by itself; it mixes them. Pass gl.nn.Activation(name"),
        (lambda v: v - np.mean(v), "must act on each number by itself; it mixes them."),
    ],
)  # fmt: skip
def test_functions_that_are_no_activations(function, message):
    refused(lambda: Dense(2, 2, function), message)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Activation("swish", "v"), "Activation: without a function, name must be one of identity, sigmoid"),
        (lambda: Activation("relu", "v", function=swish), "Activation: name must be a text that is not one of the lib"),
        (lambda: Activation("", "v", function=swish), "Activation: name must be a text that is not one of the library"),
        (lambda: Activation("s", "v", "wide", function=swish), "Activation: spread must be one of glorot, he, lecun"),
        (lambda: Activation("s", "v", function=no_derivative), "Activation: no_derivative has no derivative:"),
        (
            lambda: Activation("s", "v", function=lambda v: v - np.mean(v), is_elementwise=False),
            "must act on each row by itself; it mixes them. Let it work along the last axis.",
        ),
        (
            lambda: Network([
                Dense(2, 2, Activation("s", "v", function=unit_rows, is_elementwise=False)), Dense(2, 1)
            ]),
            "activation=s may stand in the last layer only; Dense(2 -> 2) has it",
        ),
    ],
)  # fmt: skip
def test_records_that_are_no_activations(build, message):
    refused(build, message)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda a, y: np.mean((a - y) ** 2), "must return the loss of each row, (n,); got () from (3, 2) and (3, 2)."),
        (lambda a, y: (a - y) ** 2, "must return the loss of each row, (n,); got (3, 2) from (3, 2) and (3, 2)."),
        (lambda a, y: np.sum(y, axis=1), "has no derivative: what it returns does not depend on its first argument."),
        (lambda a: a, "Network: loss <lambda> failed on arrays of shape (3, 2) and (3, 2): TypeError"),
        (lambda a, y: np.sum(np.asarray(a), axis=1), "Network: loss <lambda> has no derivative: Turning a variable"),
        (
            lambda a, y: np.sum(a - np.mean(a, axis=0), axis=1) + 0 * y[:, 0],
            "must give each row a loss of its own; it mixes rows. Reduce along the last axis only.",
        ),
        (3, "Network: loss must be one of squared, mse"),
    ],
)  # fmt: skip
def test_functions_that_are_no_losses(loss, message):
    refused(lambda: Network([Dense(2, 2)], loss), message)


@pytest.mark.parametrize("name", ["squared", "mine"])
def test_records_of_losses_are_those_of_the_library(name):
    record = gl.nn.losses["squared"]
    assert Network([Dense(2, 2)], record).loss_function is record
    other = replace(record, name=name, of_outputs=half_squared)
    refused(
        lambda: Network([Dense(2, 2)], other),
        f"Network: loss must be a record as gl.nn makes them; got another one, called '{name}'. "
        "Pass the function itself: a function of outputs and targets may be the loss.",
    )


def test_a_loss_is_tried_on_outputs_that_the_network_can_give():
    def surprise(outputs, targets):
        return -np.sum(targets * np.log(outputs), axis=1)

    network = Network([Dense(2, 3, "softmax")], surprise, random_state=0)
    known = Network([Dense(2, 3, "softmax")], "cross_entropy", random_state=0)
    x, y = [0.5, -1.0], [0.25, 0.5, 0.25]
    assert network.loss(x, y) == pytest.approx(known.loss(x, y), rel=1e-14)


def test_a_function_that_returns_nothing_is_called_by_its_name():
    def forgetful(z):
        z * 2.0

    with pytest.raises(gl.ParameterError, match=r"forgetful\(\.\.\.\) is a NoneType"):
        gl.nn.Dense(1, 1, forgetful)
