"""A hundred thousand operations in a row, or side by side: no recursion, and nothing left for the garbage collector."""

from __future__ import annotations

import gc
import math
import sys
import tracemalloc

import numpy as np
import pytest

import ganglion as gl
from ganglion.autodiff.graph import Variable
from ganglion.autodiff.trees import flatten, leaf_path, unflatten

N = 100_000
EPS = float(np.finfo(float).eps)


@pytest.fixture(autouse=True)
def no_collector():
    """Reference counts alone must free what a test leaves behind."""
    gc.collect()
    gc.disable()
    before = live_variables()
    yield
    left = live_variables() - before
    gc.enable()
    assert left == 0, f"{left} variables wait for the garbage collector"


def live_variables():
    return sum(type(found) is Variable for found in gc.get_objects())


def additions(x):
    """x + N c, for a c that is exact in binary."""
    for _ in range(N):
        x = x + 0.5
    return x


def mixed(x):
    """N operations whose derivative is known: multiplying by r and dividing by it, adding and subtracting."""
    for i in range(N // 4):
        x = x * 1.5
        x = -x
        x = x - 0.25 * (i % 3)
        x = x / -1.5
    return x


def test_a_chain_of_a_hundred_thousand_operations():
    assert sys.getrecursionlimit() < N
    value, gradient = gl.autodiff.value_and_grad(additions)(1.0)
    assert value == 1.0 + 0.5 * N and gradient == 1.0
    assert gl.autodiff.grad(mixed)(1.0) == pytest.approx(1.0, rel=N * EPS)


def test_forward_and_to_second_order():
    _, tangent = gl.autodiff.jvp(mixed, (1.0,), (2.0,))
    assert tangent == pytest.approx(2.0, rel=N * EPS)

    def square(x):
        return additions(x) * additions(x)

    assert gl.autodiff.hvp(square, 1.0, 3.0) == 6.0
    assert gl.autodiff.grad(gl.autodiff.grad(square))(1.0) == 2.0


def test_a_chain_of_arrays():
    gradient = gl.autodiff.grad(lambda x: np.sum(mixed(x)))(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(gradient, np.ones(3), rtol=N * EPS)


def test_a_pullback_keeps_the_graph_and_drops_it():
    before = live_variables()
    _, pullback = gl.autodiff.vjp(additions, 1.0)
    assert live_variables() - before == N + 1
    assert pullback(2.0) == (2.0,) == pullback(2.0)
    del pullback
    assert live_variables() == before


def test_a_chain_is_dropped_at_the_moment_of_an_exception():
    def f(x):
        additions(x)
        raise RuntimeError("stop")

    before = live_variables()
    with pytest.raises(RuntimeError, match="stop"):
        gl.autodiff.grad(f)(1.0)
    assert live_variables() == before


def test_memory_does_not_grow_from_one_gradient_to_the_next():
    f = gl.autodiff.grad(lambda x: np.sum(np.exp(np.sin(x) * x)))
    x = np.linspace(0.0, 1.0, 10_000)
    f(x)
    tracemalloc.start()
    try:
        f(x)
        held = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            f(x)
        # Each graph holds at least four arrays of 80,000 bytes.
        assert tracemalloc.get_traced_memory()[0] - held < 20_000
    finally:
        tracemalloc.stop()


def test_one_variable_used_a_hundred_thousand_times():
    def f(x):
        total = 0.0
        for i in range(N):
            total = total + x * float(i % 10)
        return total

    assert gl.autodiff.grad(f)(1.0) == 4.5 * N
    assert gl.autodiff.jvp(f, (1.0,), (1.0,))[1] == 4.5 * N


def test_a_hundred_thousand_inputs_and_outputs():
    x = [float(i) for i in range(N)]
    gradient = gl.autodiff.grad(lambda x: sum(xi * xi for xi in x))(x)
    assert gradient == [2.0 * xi for xi in x]
    _, pullback = gl.autodiff.vjp(lambda c: [c * xi for xi in x], 2.0)
    assert pullback([1.0] * N) == (math.fsum(x),)
    value, tangent = gl.autodiff.jvp(lambda c: [c * xi for xi in x], (2.0,), (1.0,))
    assert tangent == x and value[10] == 20.0


def test_containers_nested_a_hundred_thousand_deep():
    tree = 3.0
    for i in range(N):
        tree = ([tree], (tree,), {"down": tree})[i % 3]

    def innermost(tree):
        while not isinstance(tree, Variable | float):
            tree = tree["down"] if type(tree) is dict else tree[0]
        return tree

    gradient = gl.autodiff.grad(lambda tree: innermost(tree) * innermost(tree))(tree)
    assert innermost(gradient) == 6.0
    leaves, structure = flatten(tree)
    assert leaves == [3.0] and innermost(unflatten(structure, [4.0])) == 4.0
    path = leaf_path(structure, 0, "tree")
    assert path.endswith("['down'][0][0]") and path.count("[") == N


def test_a_deep_tree_with_a_wrong_leaf_is_refused_by_its_path():
    tree = "wrong"
    for _ in range(1000):
        tree = [tree]
    with pytest.raises(gl.NotDifferentiableError, match=r"^x(\[0\]){1000} is a str"):
        gl.autodiff.grad(lambda x: 0.0)(tree)
