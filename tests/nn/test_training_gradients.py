"""The native trainer's gradients against the engine, against loops over numbers, and at awkward sizes."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn._engine.program import Program
from ganglion.nn.training import checked
from oracles import networks
from oracles.network_cases import random_case

ROUNDING = 64 * np.finfo(np.float64).eps


def native(case):
    """Loss and gradients of a case by the trainer's kernels."""
    network = case.network
    program = Program(network.layers, network.loss_name, network.dtype)
    program.write(network.parameters)
    data = checked(network, *case.data)
    return program.gradients(data, is_mean=network.reduction == "mean")


def assert_close(found, expected, what):
    """Equal but for rounding: relative to the largest number, which the terms of a sum are of the order of."""
    size = max(1.0, max(np.max(np.abs(value)) for value in expected.values()))
    for name, value in expected.items():
        assert found[name].shape == value.shape
        assert np.max(np.abs(found[name] - value)) <= ROUNDING * size * 8, (what, name)


@pytest.mark.parametrize("seed", range(300))
def test_gradients_are_those_of_the_engine(seed):
    case = random_case(seed, largest=(4, 45, 80))
    loss, gradients = native(case)
    assert loss == pytest.approx(case.network.loss(*case.data), rel=1e-12, abs=1e-12)
    assert_close(gradients, case.network.gradients(*case.data), seed)


@pytest.mark.parametrize("seed", range(18))
def test_gradients_are_those_of_loops_over_numbers(seed):
    case = random_case(seed, largest=(3, 6, 9))
    loss, gradients = native(case)
    expected_loss, expected = networks.loss_and_gradients(
        case.layers, case.network.loss_name, case.X.tolist(), case.rows.tolist(),
        weights=case.weights, reduction=case.network.reduction,
    )  # fmt: skip
    assert loss == pytest.approx(expected_loss, rel=1e-12, abs=1e-12)
    assert_close(gradients, {name: np.array(expected[name]) for name in gradients}, seed)


def sized_case(n_rows, sizes, dtype="float64", loss="cross_entropy", hidden="gelu"):
    """A network of given sizes with data."""
    rng = np.random.default_rng(n_rows * 1000 + sum(sizes))
    names = [hidden] * (len(sizes) - 2) + ["softmax" if loss == "cross_entropy" else "identity"]
    layers = [gl.nn.Dense(a, b, name) for a, b, name in zip(sizes, sizes[1:], names, strict=False)]
    network = gl.nn.Network(layers, loss, random_state=rng, dtype=dtype)
    X = rng.normal(size=(n_rows, sizes[0]))
    y = (
        rng.integers(0, sizes[-1], n_rows)
        if loss == "cross_entropy"
        else rng.normal(size=(n_rows, sizes[-1]))
    )
    return network, X, y


# Around whole vectors, panels, tiles, pieces of 96 inputs, and blocks of 256 and 512 rows.
@pytest.mark.parametrize(
    "n_rows", [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 255, 256, 257, 511, 513, 1100]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_awkward_numbers_of_rows(n_rows, dtype):
    network, X, y = sized_case(n_rows, (5, 19, 3), dtype)
    program = Program(network.layers, network.loss_name, dtype)
    program.write(network.parameters)
    loss, gradients = program.gradients(checked(network, X, y, None), is_mean=True)
    wide = gl.nn.Network(network.layers, network.loss_name)
    wide.set_parameters(network.parameters)
    eps = float(np.finfo(dtype).eps)
    assert loss == pytest.approx(wide.loss(X, y), rel=64 * eps)
    for name, value in wide.gradients(X.astype(dtype), y).items():
        assert np.max(np.abs(gradients[name] - value)) <= 64 * eps


@pytest.mark.parametrize("width", [*range(1, 34), 63, 64, 65, 95, 96, 97, 128, 129, 193])
def test_awkward_widths(width):
    for sizes in ((width, 4, 2), (3, width, 2), (3, 4, width)):
        network, X, y = sized_case(21, sizes, loss="huber")
        program = Program(network.layers, network.loss_name, "float64")
        program.write(network.parameters)
        _, gradients = program.gradients(checked(network, X, y, None), is_mean=True)
        assert_close(gradients, network.gradients(X, y), sizes)


def test_sums_of_ten_thousand_are_exact():
    network = gl.nn.Network([gl.nn.Dense(2, 2, "softmax", bias=False)], "cross_entropy")
    network.set_parameters({"W1": [[1e4, -1e4], [0, 0]]})
    program = Program(network.layers, "cross_entropy", "float64")
    program.write(network.parameters)
    data = checked(network, [[1.0, 0.0], [-1.0, 0.0]], [0, 0], None)
    loss, gradients = program.gradients(data, is_mean=False)
    assert loss == 2e4
    assert gradients["W1"].tolist() == [[-1.0 + 0.0 + 2.0, -1.0], [0.0, 0.0]]


def test_smoothed_targets_are_those_of_rows_of_probabilities():
    network, X, y = sized_case(40, (5, 9, 4))
    smoothed = 0.8 * np.eye(4)[y] + 0.2 / 4
    program = Program(network.layers, "cross_entropy", "float64", smoothing=0.2)
    program.write(network.parameters)
    loss, gradients = program.gradients(checked(network, X, y, None), is_mean=True)
    assert loss == pytest.approx(network.loss(X, smoothed), rel=1e-14)
    assert_close(gradients, network.gradients(X, smoothed), "smoothing")
