"""Blocks: named parts of a computation, folded into one node with the derivative across it."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ganglion as gl
from ganglion.autodiff import block, sigmoid, trace
from oracles.traces import consistent


def test_a_block_folds_into_one_node_with_the_derivative_across_it():
    def f(x, w):
        with block("neuron"):
            a = sigmoid(x * w + 1.0)
        return (a - 0.5) ** 2

    found = trace(f, x=2.0, w=0.25)
    assert {node.block for node in found.nodes} == {"", "neuron"}
    folded = found.fold("neuron")
    assert [(node.name, node.op) for node in folded.nodes if node.op != "constant"] == [
        ("x", "input"), ("w", "input"), ("neuron", "block"), ("v4", "subtract"), ("f", "power"),
    ]  # fmt: skip
    a = 1 / (1 + math.exp(-1.5))
    node = folded["neuron"]
    # d sigmoid(x w + 1) / dx = a (1 - a) w
    assert node.value == pytest.approx(a, rel=1e-15)
    assert node.local["x"] == pytest.approx(a * (1 - a) * 0.25, rel=1e-14)
    assert node.local["w"] == pytest.approx(a * (1 - a) * 2.0, rel=1e-14)
    assert folded.grad == found.grad
    assert folded["v4"].formula == "neuron - 0.5"
    assert folded.blocks == ()
    consistent(folded)


def two_blocks(W, x, u):
    with block("layer 2"):
        with block("inner"):
            h = np.tanh(W @ x * 0.2 - 1.0)
        s = sigmoid(h * u)
    with block("loss"):
        return np.sum(s * h * h) + u


def test_blocks_within_blocks_and_blocks_with_several_results():
    rng = np.random.default_rng(3)
    found = trace(two_blocks, W=rng.normal(size=(2, 3)), x=rng.normal(size=3), u=0.7)
    consistent(found)
    assert [b.name for b in found.blocks] == ["inner", "layer 2", "loss"]
    for names in (("inner",), ("layer 2",), ("loss",), ("inner", "loss"), ("layer 2", "inner"), ()):
        folded = found.fold(*names)
        consistent(folded)
        for name in ("W", "x", "u"):
            np.testing.assert_array_equal(folded.grad[name], found.grad[name])
            total = sum(chain.product for chain in folded.paths(name))
            np.testing.assert_allclose(total, found.grad[name], rtol=1e-12)
    inner = found.fold("inner")
    assert inner["inner"].block == "layer 2"
    assert [b.name for b in inner.blocks] == ["layer 2", "loss"]
    whole = inner.fold("layer 2")  # h and s leave it: one array of four
    assert whole["layer 2"].shape == (4,)
    consistent(whole)
    assert [node.op for node in found.fold().nodes] == ["input", "input", "input", "block", "block"]
    assert found.fold().output == "loss"
    # the Jacobian across the block, against that of the function in it
    with_jacobian = gl.autodiff.jacobian(lambda x: np.tanh(found["W"].value @ x * 0.2 - 1.0))(
        found["x"].value
    )
    np.testing.assert_allclose(inner["inner"].local["x"], with_jacobian, rtol=1e-13)


def test_blocks_of_one_name_are_numbered_and_unknown_ones_named():
    def f(x):
        for _ in range(2):
            with block("twice"):
                x = np.exp(-x)
        return x

    found = trace(f, x=1.0)
    assert [b.name for b in found.blocks] == ["twice", "twice #2"]
    assert found.fold("twice #2").fold("twice")["twice"].local["x"] == pytest.approx(-math.exp(-1))
    with pytest.raises(
        ValueError, match=r"No block of the trace is called 'twic'\. There are 'twice'"
    ):
        found.fold("twic")
    with pytest.raises(ValueError, match="It has none"):
        trace("x", x=1).fold("a")
    with pytest.raises(ValueError, match="must be a text that is not empty"), block(""):
        pass


def test_a_constant_that_two_blocks_use_stays_outside():
    data = np.array([1.0, 2.0])

    def f(w):
        with block("a"):
            u = w * data
        with block("b"):
            return np.sum(u * data)

    folded = trace(f, w=3.0).fold()
    assert [node.op for node in folded.nodes] == ["input", "constant", "block", "block"]
    consistent(folded)


def test_a_block_outside_of_a_trace_does_nothing():
    with block("nothing"):
        assert float(sigmoid(0.0)) == 0.5
