"""Differentiations inside differentiations: none is taken for another one's, none costs more, none is left behind."""

from __future__ import annotations

import gc
import sys
import threading

import numpy as np
import pytest

import ganglion as gl
from ganglion.autodiff import passes
from ganglion.autodiff.graph import Variable

grad, value_and_grad = gl.autodiff.grad, gl.autodiff.value_and_grad
vjp, jvp, jacobian = gl.autodiff.vjp, gl.autodiff.jvp, gl.autodiff.jacobian
hvp, hessian = gl.autodiff.hvp, gl.autodiff.hessian

EPS = float(np.finfo(float).eps)


def live_variables() -> int:
    """Count the variables that are alive now, garbage that awaits a collection included."""
    return sum(type(found) is Variable for found in gc.get_objects())


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def banana(x):
    """Rosenbrock's function of two numbers."""
    return (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2


# Nesting: no derivative is taken for another one's


def test_perturbations_are_not_confused():
    # The inner derivative is by y alone: 1, not 2.
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(3.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    # d/dx [x d/dy (x y^2) at y = x] = d/dx 2 x^3
    assert grad(lambda x: x * grad(lambda y: x * y * y)(x))(3.0) == 54.0


def test_perturbations_are_not_confused_forward():
    def d(f):
        return lambda x: jvp(f, (x,), (1.0,))[1]

    assert d(lambda x: x * d(lambda y: x + y)(x))(3.0) == 1.0
    assert d(lambda x: x * d(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: x * d(lambda y: x * y * y)(x))(3.0) == 54.0
    assert d(lambda x: x * grad(lambda y: x * y * y)(x))(3.0) == 54.0


def test_three_levels_that_close_over_each_other():
    # h(x) = d/dy [ y^2 d/dz (x y z^3) at z = y ] at y = x, where the inner one is 3 x y^3: d/dy (3 x y^5) = 15 x y^4
    def h(x):
        return grad(lambda y: y * y * grad(lambda z: x * y * z * z * z)(y))(x)

    assert h(2.0) == 15.0 * 2.0**5
    assert grad(h)(2.0) == 75.0 * 2.0**4


def test_a_tree_may_hold_outer_variables():
    def outer(x):
        inner = grad(lambda p: p["a"] * p["a"] * p["b"] * x)({"a": x, "b": 3.0})
        return inner["a"] + inner["b"]  # 2 a b x + a^2 x = 6 x^2 + x^3

    assert value_and_grad(outer)(2.0) == (32.0, 36.0)


def test_the_value_and_the_pullback_of_an_inner_run_carry_the_outer_derivative():
    def outer(x):
        value, pullback = vjp(lambda y: y * y, x)
        return value * pullback(1.0)[0]  # x^2 2x

    assert grad(outer)(3.0) == 54.0
    # also where the gradient is constant and the value alone depends on what is outside
    assert grad(lambda c: value_and_grad(lambda y: y + c)(1.0)[0])(5.0) == 1.0
    assert grad(lambda c: jvp(lambda y: y + c * c, (1.0,), (1.0,))[0])(5.0) == 10.0


def test_a_seed_and_a_tangent_may_be_variables():
    _, pullback = vjp(np.sin, 0.5)
    assert grad(lambda c: pullback(c * c)[0])(3.0) == 6.0 * np.cos(0.5)
    assert grad(lambda c: jvp(np.sin, (0.5,), (c * c,))[1])(3.0) == 6.0 * np.cos(0.5)


def test_many_inner_differentiations_are_walked_once_each():
    """Lines run in the walk over the graph, counted: twice the differentiations, twice the lines."""

    def lines(n):
        def f(x):
            total = x
            for _ in range(n):
                total = total + grad(lambda y, total=total: y * np.sin(x) + total)(x)
            return total

        code, count = passes.order.__code__, 0

        def trace(frame, event, argument):
            def local(frame, event, argument):
                nonlocal count
                count += event == "line"
                return local

            return local if frame.f_code is code else None

        previous = sys.gettrace()
        sys.settrace(trace)
        try:
            assert grad(f)(0.5) == pytest.approx(1.0 + n * np.cos(0.5), rel=n * EPS)
        finally:
            sys.settrace(previous)
        return count

    assert lines(80) < 2.1 * lines(40)


def test_differentiations_in_several_threads_do_not_meet():
    found = {}

    def work(c):
        f = grad(lambda x: x * grad(lambda y: c * x * y * y)(x))  # d/dx 2 c x^3
        found[c] = {f(float(x)) for x in [3] * 300}

    threads = [threading.Thread(target=work, args=(c,)) for c in (1.0, 2.0, 3.0, 4.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {c: {54.0 * c} for c in (1.0, 2.0, 3.0, 4.0)}


# What is left behind


def test_an_exception_leaves_nothing_behind(no_collector):
    def f(x):
        grad(lambda y: np.sum(y * x))(x)
        raise RuntimeError("of the caller's own")

    before = live_variables()
    for transform in (grad(f), grad(grad(f)), jacobian(f), lambda x: jvp(f, (x,), (x,))):
        with pytest.raises(RuntimeError, match="of the caller's own"):
            transform(np.ones(3))
    assert live_variables() == before
    assert grad(lambda x: x * x)(3.0) == 6.0


def test_results_hold_no_graph(no_collector):
    x = np.array([1.0, 2.0])
    before = live_variables()
    kept = [
        value_and_grad(banana)(x),
        jvp(banana, (x,), (x,)),
        jacobian(lambda x: np.exp(x) * x)(x),
        hvp(banana, x, x),
        hessian(banana)(x),
        vjp(banana, x)[0],
        grad(lambda p: banana(p["x"]))({"x": x}),
    ]
    assert live_variables() == before
    _, pullback = vjp(banana, x)
    assert live_variables() > before
    kept.append(pullback(1.0))
    del pullback
    assert live_variables() == before


def test_a_gradient_is_the_callers_own():
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    a, b = grad(lambda x, y: np.sum(x + y), argnums=(0, 1))(x, y)
    a *= 10.0  # writable, and neither the other gradient nor an input
    assert b.tolist() == [1.0, 1.0] and x.tolist() == [1.0, 2.0]
    seed = np.array([5.0, 6.0])
    _, pullback = vjp(lambda x, y: x + y, x, y)
    for gradient in pullback(seed):
        gradient[:] = 0.0
    assert seed.tolist() == [5.0, 6.0]
    tangent = jvp(lambda x: x, (x,), (seed,))[1]
    tangent[:] = 0.0
    assert seed.tolist() == [5.0, 6.0]


def test_a_pullback_does_not_see_what_happens_to_its_arrays_later():
    x = np.array([1.0, 2.0])
    value, pullback = vjp(np.exp, x)
    expected = np.exp(x)
    x[:] = 100.0
    value[:] = 100.0
    for _ in range(2):
        np.testing.assert_array_equal(pullback(np.ones(2))[0], expected)


# What f writes into its own arrays after it has used them does not reach the pass backward


def filled_again(w, index):
    """w[0] + 2 w[1] + 3 w[2], by one array that is filled again for every term."""
    row, place, taken, total = np.zeros(3), np.array([0]), [0], 0.0
    for k in range(3):
        row[:] = np.arange(3) == k
        place[0] = taken[0] = k
        term = {
            "factor": lambda: np.sum(w * row),
            "left factor": lambda: np.sum(row * w),
            "product": lambda: row @ w,
            "mask": lambda: np.sum(np.where(row, w, 0.0)),
            "index": lambda: w[place][0],
            "list": lambda: w[taken][0],
            "tuple": lambda: w[None][0, place][0],
            "take": lambda: np.take(w, place)[0],
            "concatenate": lambda: np.sum(np.concatenate([w * row, row])),
        }[index]()
        total = total + (k + 1) * term
    return total


FILLED = "factor,left factor,product,mask,index,list,tuple,take,concatenate".split(",")


@pytest.mark.parametrize("index", FILLED)
def test_an_array_that_is_filled_again_was_recorded_as_it_was(index):
    w = np.array([1.0, 2.0, 3.0])
    found = grad(lambda w: filled_again(w, index))(w)
    np.testing.assert_array_equal(found, [1.0, 2.0, 3.0])
    change = jvp(lambda w: filled_again(w, index), (w,), (np.ones(3),))[1]
    assert change == 6.0


def test_a_pullback_does_not_see_what_was_written_later():
    factor, x = np.ones(3), np.array([1.0, 2.0, 3.0])
    _, pullback = vjp(lambda x: x * x * factor, x)
    factor[:], x[:] = 5.0, 7.0
    np.testing.assert_array_equal(pullback(np.ones(3))[0], [2.0, 4.0, 6.0])


def test_an_input_that_f_writes_into_was_recorded_as_it_was():
    x = np.array([1.0, 2.0])

    def f(v):
        y = np.sum(v * v)
        x[0] = 100.0
        return y

    np.testing.assert_array_equal(grad(f)(x), [2.0, 4.0])


def test_an_array_that_nobody_can_write_to_is_not_copied():
    factor = np.ones(3)
    factor.flags.writeable = False
    seen = []
    grad(lambda x: np.sum(seen.append(x * factor) or seen[0]))(np.ones(3))
    assert seen[0].arguments[1] is factor
