"""Dropout in the trainer's kernels: which outputs go, by how much the others grow, and what comes back."""

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.nn._engine.program import Learned, Plan, Program

WIDTH = 4000


def masks(share, *, seed=0, n_rows=3, dtype="float64", activation="identity"):
    """What a layer's outputs are multiplied with, for each row: read from one step of the weights behind them."""
    layers = [gl.nn.Dense(1, WIDTH, activation, bias=False), gl.nn.Dense(WIDTH, 1, bias=False)]
    found = []
    program = Program(layers, "squared", dtype, dropout=[share])
    ones = {"W1": np.ones((1, WIDTH), dtype), "W2": np.zeros((WIDTH, 1), dtype)}
    optimiser = gl.nn.SGD(1.0)
    rows, targets = np.ones((1, 1), dtype), -np.ones((1, 1), dtype)
    for _ in range(
        n_rows
    ):  # outputs are 0, so that the gradient of W2 is the outputs of the layer before
        program.write(ones)
        program.learn(Learned(rows, targets, None, None), None, optimiser, Plan(1, seed=seed))
        after = {name: np.empty_like(value) for name, value in ones.items()}
        program.read(after)
        found.append(-after["W2"][:, 0])
    return np.array(found)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["identity", "relu"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_share_is_dropped_and_the_rest_scaled(share, activation, dtype):
    factors = masks(share, dtype=dtype, activation=activation)
    assert set(np.unique(factors)) == {0.0, np.dtype(dtype).type(1 / (1 - share))}
    spread = np.sqrt(share * (1 - share) / WIDTH)
    assert np.all(np.abs(np.mean(factors == 0, axis=1) - share) < 5 * spread)


def test_steps_and_seeds_draw_independently():
    first, second, third = masks(0.5) > 0
    other = masks(0.5, seed=1)[0] > 0
    for a, b in ((first, second), (second, third), (first, third), (first, other)):
        assert abs(np.mean(a == b) - 0.5) < 5 * 0.5 / np.sqrt(WIDTH)
    assert np.array_equal(masks(0.5), masks(0.5))


def test_rows_of_a_batch_and_layers_draw_independently():
    n = 64
    layers = [
        gl.nn.Dense(n, n, bias=False),
        gl.nn.Dense(n, n, bias=False),
        gl.nn.Dense(n, n, bias=False),
    ]
    program = Program(layers, "squared", "float64", dropout=[0.5, 0.5])
    # Row i stands at input i alone. Both hidden layers pass everything on; the last one gives 0.
    program.write({"W1": np.eye(n), "W2": np.eye(n), "W3": np.zeros((n, n))})
    rows = np.eye(n)[np.random.default_rng(0).integers(0, n, 500)]
    program.learn(
        Learned(rows, -np.ones((500, n)), None, None),
        None,
        gl.nn.SGD(1.0),
        Plan(500, is_mean=False),
    )
    after = {f"W{i}": np.empty((n, n)) for i in (1, 2, 3)}
    program.read(after)
    passed = -after["W3"][np.arange(n), 0] / 4  # of the rows at input i, how many passed both
    met = rows.sum(axis=0)
    assert np.array_equal(passed, np.round(passed)) and np.all(passed <= met)
    assert abs(passed.sum() / 500 - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 500)


def test_what_was_dropped_has_no_gradient():
    layers = [gl.nn.Dense(1, WIDTH, "tanh", bias=False), gl.nn.Dense(WIDTH, 1, bias=False)]
    program = Program(layers, "squared", "float64", dropout=[0.5])
    start = {"W1": np.full((1, WIDTH), 0.5), "W2": np.ones((WIDTH, 1))}
    program.write(start)
    rows, targets = np.ones((1, 1)), np.zeros((1, 1))
    program.learn(Learned(rows, targets, None, None), None, gl.nn.SGD(1e-6), Plan(1))
    after = {name: np.empty_like(value) for name, value in start.items()}
    program.read(after)
    kept = after["W2"][:, 0] != 1
    output = 2 * np.tanh(0.5) * np.count_nonzero(kept)
    np.testing.assert_allclose(
        1 - after["W2"][kept, 0], 1e-6 * output * 2 * np.tanh(0.5), rtol=1e-9
    )
    slope = 1e-6 * output * 2 * (1 - np.tanh(0.5) ** 2)
    np.testing.assert_allclose(0.5 - after["W1"][0, kept], slope, rtol=1e-9)
    assert np.all(after["W1"][0, ~kept] == 0.5)


def test_predictions_drop_nothing():
    layers = [gl.nn.Dense(3, 50, "relu"), gl.nn.Dense(50, 2)]
    network = gl.nn.Network(layers, random_state=0)
    program = Program(layers, "squared", "float64", dropout=[0.5])
    program.write(network.parameters)
    X = np.random.default_rng(0).normal(size=(40, 3))
    np.testing.assert_allclose(program.predict(X), network.forward(X), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_threads_and_instruction_sets_do_not_show(dtype):
    rng = np.random.default_rng(0)
    layers = [
        gl.nn.Dense(60, 120, "relu"),
        gl.nn.Dense(120, 90, "gelu"),
        gl.nn.Dense(90, 3, "softmax"),
    ]
    network = gl.nn.Network(layers, "cross_entropy", random_state=0, dtype=dtype)
    rows = rng.normal(size=(700, 60)).astype(dtype)
    data = Learned(rows, None, rng.integers(0, 3, 700).astype(np.int32), None)
    threads, before, found = gl.get_num_threads(), isa(), set()
    try:
        for name in available_isas():
            use_isa(name)
            for n in (1, 2, 3):
                gl.set_num_threads(n)
                program = Program(layers, "cross_entropy", dtype, dropout=[0.3, 0.2])
                program.write(network.parameters)
                optimiser = gl.nn.Adam()
                optimiser.prepare(network.parameters)
                program.learn(data, None, optimiser, Plan(300, seed=3))
                after = {key: np.empty_like(value) for key, value in network.parameters.items()}
                program.read(after)
                found.add(b"".join(value.tobytes() for value in after.values()))
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(found) == 1
