"""Norms and residual sums: threads, instruction sets and company change no bit, in training and in prediction."""

import itertools

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Residual
from ganglion.nn._engine.program import ACTIVATIONS, Learned, Plan, Program
from ganglion.nn._engine.stages import stages_of
from oracles import stacks


def small():
    """Every kind of stage; one panel and a short batch."""
    inside = [LayerNorm(21, "relu"), Dense(21, 17, "gelu"), Dropout(0.2), Dense(17, 21)]
    return [
        BatchNorm(9),
        Dense(9, 21, "tanh"),
        Residual(inside),
        BatchNorm(21, "silu"),
        Dense(21, 3, "softmax"),
    ]


def wide():
    """Enough work for a team: several pieces, strips and spans."""
    inside = [Dense(150, 130, bias=False), BatchNorm(130, "relu"), Dense(130, 150), Dropout(0.1)]
    return [
        Dense(60, 150, "relu"),
        Residual(inside),
        LayerNorm(150, "gelu"),
        Dense(150, 3, "softmax"),
    ]


def without_batch_norm():
    """Blocks of rows side by side, or in turn."""
    inside = [LayerNorm(64), Dense(64, 64, "gelu"), Dense(64, 64)]
    return [Dense(30, 64, "relu"), Residual(inside), LayerNorm(64, "tanh"), Dense(64, 3, "softmax")]


CASES = {
    "one panel": (small, 230, 32),
    "one row": (small, 20, 1),
    "many rows": (small, 3000, 3000),
    "a team": (wide, 900, 700),
    "blocks side by side": (without_batch_norm, 3000, 3000),
    "blocks in turn": (without_batch_norm, 1200, 600),
}


def trained(case, dtype, threads):
    """Bits of parameters, moments, running statistics, losses and predictions after two epochs."""
    make, n, batch_size = CASES[case]
    layers, rng = make(), np.random.default_rng(0)
    stages = stages_of(layers)
    parameters, running = stacks.random_numbers(stages, rng)
    held = {name: value.astype(dtype) for name, value in {**parameters, **running}.items()}
    X, y = (
        rng.normal(size=(n, stages[0].n_in)).astype(dtype),
        rng.integers(0, 3, n).astype(np.int32),
    )
    program, optimiser = Program(layers, "cross_entropy", dtype), gl.nn.AdamW(0.01)
    program.write(held)
    optimiser.prepare({name: held[name] for name in parameters})
    before, losses = gl.get_num_threads(), []
    gl.set_num_threads(threads)
    try:
        for epoch in range(2):
            data = Learned(X, None, y, rng.random(n))
            passed = program.learn(
                data, rng.permutation(n), optimiser, Plan(batch_size, seed=epoch)
            )
            losses.append(passed.loss)
        outputs = program.predict(X)
    finally:
        gl.set_num_threads(before)
    program.read(held)
    program.read_moments(optimiser)
    arrays = [*held.values(), *optimiser.first.values(), *optimiser.second.values(), outputs]
    assert all(np.all(np.isfinite(value)) for value in arrays)
    return b"".join(value.tobytes() for value in arrays) + np.array(losses).tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_threads_do_not_show(case, dtype):
    first = trained(case, dtype, 1)
    for threads in (2, 3, 4, 7):
        assert trained(case, dtype, threads) == first


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_the_instruction_set_does_not_show(case, dtype):
    before, found = isa(), set()
    try:
        for name in available_isas():
            use_isa(name)
            found.add(trained(case, dtype, 2))
    finally:
        use_isa(before)
    assert len(found) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", [small, wide, without_batch_norm])
def test_a_row_alone_has_the_bits_that_it_has_among_many(make, dtype):
    layers = make()
    stages = stages_of(layers)
    rng = np.random.default_rng(1)
    parameters, running = stacks.random_numbers(stages, rng)
    running = {name: value + rng.random(value.shape) for name, value in running.items()}
    program = Program(layers, "cross_entropy", dtype)
    program.write({k: v.astype(dtype) for k, v in {**parameters, **running}.items()})
    X = rng.normal(size=(77, stages[0].n_in)).astype(dtype)
    outputs = program.predict(X)
    for i in (0, 1, 31, 32, 76):
        assert program.predict(X[i]).tobytes() == outputs[i].tobytes()
        assert program.predict(X[i : i + 1]).tobytes() == outputs[i].tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 130])
def test_a_row_alone_at_awkward_widths(width, dtype):
    rng = np.random.default_rng(width)
    for kinds in itertools.product([BatchNorm, LayerNorm], [BatchNorm, LayerNorm]):
        first, last = (kind(width, str(rng.choice(ACTIVATIONS[:-1]))) for kind in kinds)
        layers = [Residual([first]), Residual([Dense(width, 5, "relu"), Dense(5, width)]), last]
        stages = stages_of(layers)
        parameters, running = stacks.random_numbers(stages, rng)
        program = Program(layers, "squared", dtype)
        program.write({k: v.astype(dtype) for k, v in {**parameters, **running}.items()})
        X = rng.normal(size=(37, width)).astype(dtype)
        outputs, before = program.predict(X), isa()
        assert all(program.predict(X[i]).tobytes() == outputs[i].tobytes() for i in range(37))
        try:
            for name in available_isas():
                use_isa(name)
                assert program.predict(X).tobytes() == outputs.tobytes()
                assert program.predict(X[3]).tobytes() == outputs[3].tobytes()
        finally:
            use_isa(before)


def test_predictions_are_those_of_the_network():
    layers = small()
    network = gl.nn.Network(layers, "cross_entropy", random_state=0)
    rng = np.random.default_rng(0)
    statistics = {name: value + rng.random(value.shape) for name, value in network.running.items()}
    network.set_running(statistics)
    program = Program(layers, "cross_entropy", "float64")
    program.write({**network.parameters, **network.running})
    X = rng.normal(size=(50, 9))
    np.testing.assert_allclose(program.predict(X), network.forward(X), rtol=0, atol=1e-13)


def test_predictions_follow_what_is_written():
    layers = [BatchNorm(3)]
    program = Program(layers, "squared", "float64")
    numbers = {
        "gamma1": np.ones(3),
        "beta1": np.zeros(3),
        "mean1": np.zeros(3),
        "variance1": np.ones(3),
    }
    program.write(numbers)
    one = program.predict(np.ones(3))
    program.write({**numbers, "gamma1": np.full(3, 2.0)})
    np.testing.assert_array_equal(program.predict(np.ones(3)), 2 * one)
    program.write_running({"mean1": np.ones(3), "variance1": np.ones(3)})
    np.testing.assert_array_equal(program.predict(np.ones(3)), np.zeros(3))
