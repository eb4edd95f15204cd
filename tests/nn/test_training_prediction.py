"""The trainer's own forward pass: the engine's outputs, and the same bits for a row alone and among many."""

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.nn._engine.program import ACTIVATIONS, Program

LAST = [*ACTIVATIONS]


def program(last, dtype, sizes=(20, 64, 33, 7)):
    """A program with drawn parameters, and its network."""
    names = ["relu", "gelu", last]
    layers = [gl.nn.Dense(a, b, name) for a, b, name in zip(sizes, sizes[1:], names, strict=False)]
    network = gl.nn.Network(layers, random_state=0, dtype=dtype)
    made = Program(layers, "squared", dtype)
    made.write(network.parameters)
    return made, network


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("last", LAST)
def test_a_row_alone_has_the_bits_that_it_has_among_many(last, dtype):
    made, network = program(last, dtype)
    X = np.random.default_rng(0).normal(size=(77, 20)).astype(dtype)
    outputs = made.predict(X)
    assert outputs.shape == (77, 7) and outputs.dtype == dtype
    for i in (0, 1, 31, 32, 76):
        assert made.predict(X[i]).tobytes() == outputs[i].tobytes()
        assert made.predict(X[i : i + 1]).tobytes() == outputs[i].tobytes()
    if last != "step":
        room = 64 * np.finfo(dtype).eps * max(1.0, np.abs(outputs).max())
        assert np.max(np.abs(outputs - network.forward(X))) <= room


@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 31, 33, 600, 1025])
def test_any_number_of_rows(n):
    made, network = program("softmax", "float64")
    X = np.random.default_rng(n).normal(size=(n, 20))
    np.testing.assert_allclose(made.predict(X), network.forward(X), rtol=1e-12, atol=1e-14)


def test_threads_and_instruction_sets_do_not_show():
    X = np.random.default_rng(0).normal(size=(3000, 20)).astype(np.float32)
    threads, before, found = gl.get_num_threads(), isa(), set()
    try:
        for name in available_isas():
            use_isa(name)
            for n in (1, 2, 3, 7):
                gl.set_num_threads(n)
                made, _ = program("softmax", "float32")
                found.add(made.predict(X).tobytes())
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(found) == 1
