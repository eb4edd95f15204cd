"""`check_gradients` passes what is right, at every size of number, and names what is wrong."""

from __future__ import annotations

import numpy as np
import pytest

import ganglion as gl
from ganglion.autodiff.graph import Primitive

check_gradients = gl.autodiff.check_gradients


def two_layers(p, x):
    hidden = np.tanh(x @ p["W1"] + p["b1"])
    return gl.autodiff.logsumexp(hidden @ p["W2"], axis=1)


def network(generator, dtype=np.float64):
    shapes = {"W1": (3, 5), "b1": (5,), "W2": (5, 2)}
    p = {name: generator.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    return p, generator.normal(size=(4, 3)).astype(dtype)


def primitive(slope, *, push_slope=None, curvature=None):
    """x^3 as a hand-made primitive with these derivatives; the right ones are 3 x^2."""
    push_slope = push_slope or slope

    def pull(position, upstream, y, arguments, options):
        return upstream * slope(arguments[0])

    def push(position, tangent, y, arguments, options):
        return tangent * push_slope(arguments[0])

    return Primitive("cube", lambda x: x**3, pull=pull, push=push)


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x, y: np.sin(x) * y, (np.array([1.0, 2.0]), 3.0)),
        (lambda x: x * x, (0.0,)),
        (lambda x: x * x * x, (0.0,)),  # nothing to compare the size of the difference with
        (lambda x: np.sum(x * x * x), (np.array([0.0, 1.0]),)),
        (lambda x: 1e6 + x, (1.0,)),
        (np.log, (np.array([1e-8, 1.0, 1e3]),)),
        (np.exp, (np.array([-700.0, 0.0, 700.0]),)),
        (lambda x: np.sin(1e6 * x), (1.0,)),
        (lambda x: x * 1e-300, (1e-3,)),
        (lambda x: 3.0, (1.0,)),
        (lambda x: np.sum(x), (7,)),
        (lambda x: x * x, (np.empty((0, 3)),)),
        (lambda x: [x, {"y": x * x}], (np.float64(2.0),)),
        (lambda: 3.0, ()),
    ],
)
def test_right_derivatives_pass(f, inputs):
    check = check_gradients(f, *inputs)
    assert check.passed, check
    assert check.max_relative_error < 1e-4
    assert len(check.rows) == 4 * len(inputs)
    assert all(row.verdict == "agrees" for row in check.rows)


def test_a_network_passes_to_third_order():
    p, x = network(np.random.default_rng(0))
    check = check_gradients(two_layers, p, x, order=3)
    assert check.passed, check
    # the cube root of epsilon, squared, is 4e-11; the thousand roundings are not used up
    assert check.max_relative_error < 1e-8
    assert str(check).startswith("passed: 12 rows, largest relative error")
    assert "order 3, x, direction 1: agrees" in check.details


def test_float32_is_moved_in_float64():
    p, x = network(np.random.default_rng(1), np.float32)
    check = check_gradients(two_layers, p, x)
    assert check.passed, check
    # The derivatives are float32's; differences in float32 would be off by 1e-3.
    assert check.max_relative_error < 100 * np.finfo(np.float32).eps
    own = check_gradients(lambda x: np.sum(np.tanh(x.astype(np.float32))), x)
    assert own.passed and own.max_relative_error < 0.05  # where f itself rounds to float32


def test_the_same_seed_gives_the_same_rows():
    p, x = network(np.random.default_rng(2))
    first = check_gradients(two_layers, p, x)
    assert first == check_gradients(two_layers, p, x)
    assert first != check_gradients(two_layers, p, x, random_state=1)


@pytest.mark.parametrize("factor", [-1.0, 0.0, 0.5, 2.0, 1.0 + 1e-5])
def test_a_wrong_slope_is_caught(factor):
    cube = primitive(lambda x: x * x * (3.0 * factor))
    check = check_gradients(cube, np.array([1.0, 2.0]))
    assert not check.passed
    assert [row.verdict for row in check.rows if row.order == 1] == ["wrong", "wrong"]
    # as a part of the larger of the two, the true slope and the wrong one
    expected = abs(1.0 - factor) / max(1.0, abs(factor))
    assert check.rows[0].jvp_error == pytest.approx(expected, rel=1e-3)
    assert check.rows[0].vjp_error == pytest.approx(expected, rel=1e-3)
    assert check.max_relative_error >= check.rows[0].jvp_error
    assert str(check).startswith("failed: ")


def test_the_right_one_passes():
    assert check_gradients(primitive(lambda x: x * x * 3.0), np.array([1.0, 2.0])).passed


def test_a_jvp_that_is_not_the_vjp_is_caught():
    cube = primitive(lambda x: x * x * 3.0, push_slope=lambda x: x * x * 2.0)
    row = check_gradients(cube, np.array([1.0, 2.0])).rows[0]
    assert row.verdict == "wrong" and row.vjp_error < 1e-8
    assert row.jvp_error == pytest.approx(1 / 3, rel=1e-6)
    # u Jv = 2 and J'u v = 3 parts, of 5
    assert row.transpose_error == pytest.approx(1 / 5, rel=1e-6)


def test_one_wrong_entry_among_a_thousand_is_caught():
    wrong = np.ones(1000)
    wrong[617] = 1.001
    cube = primitive(lambda x: x * x * 3.0 * wrong)
    assert not check_gradients(cube, np.linspace(0.5, 2.0, 1000)).passed


def test_a_second_derivative_that_was_lost_is_caught():
    # The slope as a plain array: right to first order, a constant to second.
    cube = primitive(lambda x: getattr(x, "value", x) ** 2 * 3.0)
    assert check_gradients(cube, np.array([1.0, 2.0]), order=1).passed
    check = check_gradients(cube, np.array([1.0, 2.0]))
    assert [row.verdict for row in check.rows] == ["agrees", "agrees", "wrong", "wrong"]
    assert check.max_relative_error == 1.0


def test_the_input_that_is_wrong_is_named():
    def pull(position, upstream, y, arguments, options):
        return upstream * arguments[1 - position] * (1.0, 1.5)[position]

    def push(position, tangent, y, arguments, options):
        return tangent * arguments[1 - position]

    product = Primitive("product", lambda a, b: a * b, pull=pull, push=push)

    def f(left, right):
        return product(left, right)

    check = check_gradients(f, 2.0, 3.0, order=1, directions=1)
    assert [(row.argument, row.verdict) for row in check.rows] == [
        ("left", "agrees"),
        ("right", "wrong"),
    ]
    text = str(check)
    assert "failed: 1 of 2 rows\norder 1, right, direction 0: wrong; jvp off by" in text
    assert "vjp by 3.3e-01" in text and "left" not in text


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.abs, 0.0),
        (gl.autodiff.relu, np.array([0.0, 1.0])),
        (lambda x: np.maximum(x, 2.0 - x), 1.0),
        (lambda x: np.max(x), np.array([1.0, 1.0])),
        (lambda x: np.abs(x - 1.0), 1.0 + 1e-12),  # nearer than any step
        (lambda x: gl.autodiff.step(x) + x, 0.0),  # a jump
    ],
)
def test_a_kink_is_called_one(f, x):
    check = check_gradients(f, x, order=1)
    assert not check.passed
    assert {row.verdict for row in check.rows} == {"kink"}
    assert "the slopes to both sides differ here: move the point" in str(check)


def test_a_kink_beside_the_point_is_no_matter():
    for distance in (1e-3, 1e-5, 1e-6, 1e-7):
        check = check_gradients(lambda x: np.abs(x - 1.0), 1.0 + distance)
        assert check.passed, f"{distance}: {check}"


def test_a_kink_in_the_slope_is_one_to_second_order():
    check = check_gradients(lambda x: gl.autodiff.relu(x) * x, 0.0)  # x^2 from 0 on
    assert [row.verdict for row in check.rows] == ["agrees", "agrees", "kink", "kink"]


def test_what_is_not_finite_is_called_so():
    check = check_gradients(np.sqrt, 0.0, order=1)
    assert not check.passed and check.max_relative_error == np.inf
    assert "not finite; " in str(check) and "not finite at or near the point" in str(check)


@pytest.mark.parametrize("wrong", [{"order": 0}, {"directions": 0}])
def test_counts_below_one_are_refused(wrong):
    with pytest.raises(gl.ParameterError, match="order and directions must be at least 1; got"):
        check_gradients(np.sin, 1.0, **wrong)


def test_an_input_that_is_no_number_is_refused():
    with pytest.raises(gl.NotDifferentiableError, match=r"^x\['a'\] is a str"):
        check_gradients(lambda x: x, {"a": "b"})
