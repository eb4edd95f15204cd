"""Gradients, products with the Jacobian and second derivatives: by hand, by laws, nested, and refused."""

from __future__ import annotations

import inspect
import math
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.autodiff.graph import Primitive

grad, value_and_grad = gl.autodiff.grad, gl.autodiff.value_and_grad
vjp, jvp, jacobian = gl.autodiff.vjp, gl.autodiff.jvp, gl.autodiff.jacobian
hvp, hessian = gl.autodiff.hvp, gl.autodiff.hessian

EPS = float(np.finfo(float).eps)


def banana(x):
    """Rosenbrock's function of two numbers."""
    return (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2


def banana_gradient(a, b):
    return np.array([-2.0 * (1.0 - a) - 400.0 * a * (b - a * a), 200.0 * (b - a * a)])


def banana_hessian(a, b):
    return np.array([[2.0 - 400.0 * (b - a * a) + 800.0 * a * a, -400.0 * a], [-400.0 * a, 200.0]])


# By hand


def test_the_gradient_of_the_lecture_N8():
    # f = (x + y) z at x = -2, y = 5, z = -4: q = 3, df/dz = q = 3, df/dx = df/dy = z = -4
    value, gradient = value_and_grad(lambda x, y, z: (x + y) * z, argnums=(0, 1, 2))(-2, 5, -4)
    assert value == -12.0 and gradient == (-4.0, -4.0, 3.0)
    assert [type(found) for found in gradient] == [float] * 3


@pytest.mark.parametrize("n", range(6))
def test_derivatives_of_any_order(n):
    def derivative(f):
        for _ in range(n):
            f = grad(f)
        return f(0.7)

    assert derivative(np.sin) == pytest.approx(
        math.sin(0.7 + n * math.pi / 2), rel=8 * EPS, abs=EPS
    )
    power = 0.7 ** (5 - n) * math.factorial(5) / math.factorial(5 - n)
    assert derivative(lambda x: x**5) == pytest.approx(power, rel=8 * EPS)
    assert derivative(lambda x: x * x * x * x * x) == pytest.approx(power, rel=8 * EPS)
    assert derivative(lambda x: np.exp(2.0 * x)) == pytest.approx(2**n * math.exp(1.4), rel=8 * EPS)


def test_rosenbrock_to_second_order():
    x, v = np.array([-1.2, 1.0]), np.array([0.3, -0.7])
    np.testing.assert_allclose(grad(banana)(x), banana_gradient(*x), rtol=16 * EPS)
    np.testing.assert_allclose(hessian(banana)(x), banana_hessian(*x), rtol=16 * EPS)
    np.testing.assert_allclose(hvp(banana, x, v), banana_hessian(*x) @ v, rtol=64 * EPS)


def test_every_way_to_the_second_derivative_gives_the_same():
    x = np.array([0.5, -1.5])

    def forward(f):
        return lambda x: np.stack([jvp(f, (x,), (unit,))[1] for unit in np.eye(2)])

    ways = {
        "reverse over reverse": jacobian(grad(banana)),
        "forward over reverse": lambda x: np.stack([hvp(banana, x, unit) for unit in np.eye(2)]),
        "reverse over forward": jacobian(forward(banana)),
        "forward over forward": forward(forward(banana)),
    }
    for name, way in ways.items():
        np.testing.assert_allclose(way(x), banana_hessian(*x), rtol=16 * EPS, err_msg=name)


# Shapes, dtypes and forms


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 0), (2, 1, 3)])
def test_a_gradient_has_shape_and_dtype_of_its_input(shape, dtype):
    x = np.full(shape, 2.0, dtype)
    other = np.full(shape, 3.0)  # float64: the product is wider than x
    for f, slope in ((lambda x: np.sum(x * x), 4.0), (lambda x: np.sum(x * other), 3.0)):
        gradient = grad(f)(x)
        assert type(gradient) is np.ndarray and gradient.dtype == dtype
        np.testing.assert_array_equal(gradient, np.full(shape, slope))
    value, tangent = jvp(lambda x: x * x, (x,), (np.ones(shape),))
    assert tangent.dtype == dtype and np.shape(tangent) == shape == np.shape(value)


def test_numbers_of_every_kind():
    def gradient(x):
        return grad(lambda x: x * x)(x)

    for x, kind in (
        (3.0, float),
        (3, float),
        (np.float64(3.0), np.float64),
        (np.float32(3.0), np.float32),
        (np.int8(3), np.float64),
        (np.array(3.0), np.ndarray),
    ):
        assert gradient(x) == 6.0 and type(gradient(x)) is kind
    # integers do not overflow: they count as float64
    assert grad(lambda x: np.sum(x * x))(np.array([100], np.int8)).tolist() == [200.0]
    assert value_and_grad(lambda x: x * x)(np.uint8(200)) == (40000.0, 400.0)


def test_what_the_result_does_not_depend_on_has_the_gradient_zero():
    x, y = np.ones((2, 3), np.float32), {"unused": [1, np.float64(2.0)]}
    gradient = grad(lambda x, y: 7.0, argnums=(0, 1))(x, y)
    assert gradient[0].dtype == np.float32 and gradient[0].shape == (2, 3) and not gradient[0].any()
    assert gradient[1] == {"unused": [0.0, 0.0]}
    assert [type(found) for found in gradient[1]["unused"]] == [float, np.float64]
    assert jvp(lambda x: np.ones(3), (1.0,), (1.0,))[1].tolist() == [0.0, 0.0, 0.0]
    assert vjp(lambda x: np.ones(3), 1.0)[1](np.ones(3)) == (0.0,)
    assert jacobian(lambda x: np.ones(3))(np.ones(2)).tolist() == [[0.0, 0.0]] * 3
    assert hvp(lambda x: np.sum(x), np.ones(2), np.ones(2)).tolist() == [0.0, 0.0]
    assert hessian(lambda x: 3.0 * x)(1.0) == 0.0
    # an outer variable is none of the inner differentiation's
    assert grad(lambda x: x + grad(lambda y: x)(2.0))(5.0) == 1.0


def test_other_arguments_are_handed_on_as_they_are():
    def f(name, x, *, power, flags=()):
        assert name == "a name" and flags == {"a flag"}
        return x**power

    assert grad(f, argnums=1)("a name", 3.0, power=2, flags={"a flag"}) == 6.0


def test_the_transformed_function_keeps_name_and_signature():
    for transform in (grad, value_and_grad, jacobian, hessian):
        made = transform(banana)
        assert made.__name__ == "banana" and made.__doc__ == banana.__doc__
        assert str(inspect.signature(made)) == "(x)"


def test_stop_gradient_is_a_constant_in_both_directions():
    stop = gl.autodiff.stop_gradient
    assert grad(lambda x: x * stop(x))(3.0) == 3.0
    assert jvp(lambda x: x * stop(x), (3.0,), (1.0,)) == (9.0, 3.0)
    assert grad(grad(lambda x: x * x * stop(x)))(3.0) == 6.0


# Products and matrices


numbers = st.floats(-2.0, 2.0).filter(lambda x: x == 0.0 or abs(x) > 1e-3)


def several(x, y):
    """Two outputs of different shapes."""
    return {"a": np.tanh(x @ y), "b": [np.sum(x * x), np.exp(y) * 2.0]}


@settings(max_examples=50)
@given(st.lists(numbers, min_size=20, max_size=20), st.lists(numbers, min_size=20, max_size=20))
def test_both_products_are_transposes_of_each_other(first, second):
    """<u, J v> = <J' u, v>"""
    x, dx = (np.array(values[:6]).reshape(2, 3) for values in (first, second))
    y, dy = (np.array(values[6:12]).reshape(3, 2) for values in (first, second))
    u = {"a": np.reshape(second[12:16], (2, 2)), "b": [first[12], np.reshape(first[13:19], (3, 2))]}
    _, change = jvp(several, (x, y), (dx, dy))
    gx, gy = vjp(several, x, y)[1](u)
    terms = [
        *(u["a"] * change["a"]).ravel(),
        u["b"][0] * change["b"][0],
        *(u["b"][1] * change["b"][1]).ravel(),
        *(-gx * dx).ravel(),
        *(-gy * dy).ravel(),
    ]
    # every term is a sum of a dozen products; they cancel down to rounding errors of the largest
    assert abs(math.fsum(terms)) <= 100 * EPS * (1.0 + sum(map(abs, terms)))


@settings(max_examples=30)
@given(st.lists(numbers, min_size=8, max_size=8), numbers)
def test_a_pullback_is_linear(values, factor):
    x, u, v = np.array(values[:2]), np.array(values[2:5]), np.array(values[5:])
    _, pullback = vjp(lambda x: np.stack([x[0] * x[1], np.sin(x[0]), np.exp(x[1])]), x)
    (whole,), (first,), (second,) = pullback(u + factor * v), pullback(u), pullback(v)
    np.testing.assert_allclose(whole, first + factor * second, atol=64 * EPS * 50.0)


@pytest.mark.parametrize(("n_in", "n_out"), [(1, 1), (2, 5), (5, 2), (3, 3)])
def test_a_jacobian_takes_the_fewer_passes(n_in, n_out):
    passed = {"pull": 0, "push": 0}

    def pull(position, upstream, y, arguments, options):
        passed["pull"] += 1
        return upstream @ matrix

    def push(position, tangent, y, arguments, options):
        passed["push"] += 1
        return matrix @ tangent

    matrix = np.arange(n_in * n_out, dtype=float).reshape(n_out, n_in)
    linear = Primitive("linear", lambda x: matrix @ x, pull=pull, push=push)
    np.testing.assert_array_equal(jacobian(linear)(np.ones(n_in)), matrix)
    assert passed == ({"pull": 0, "push": n_in} if n_in < n_out else {"pull": n_out, "push": 0})


def test_a_jacobian_has_the_outputs_shape_and_then_the_inputs():
    x = np.arange(1.0, 7.0).reshape(2, 3)
    square = jacobian(lambda x: x * x)(x)
    assert square.shape == (2, 3, 2, 3)
    np.testing.assert_array_equal(square.reshape(6, 6), np.diag(2.0 * x.ravel()))
    assert jacobian(lambda x: np.sum(x * x, axis=0))(x).shape == (3, 2, 3)  # backward
    wide = jacobian(lambda x: x[:, None, :] * x[None])(x)  # forward
    assert wide.shape == (2, 2, 3, 2, 3)
    np.testing.assert_array_equal(
        wide[0, 1], x[1][:, None, None] * units(0) + x[0][:, None, None] * units(1)
    )
    assert jacobian(lambda x: x * 2.0)(3.0) == 2.0
    assert jacobian(lambda x: x * np.ones(2))(3.0).tolist() == [1.0, 1.0]


def units(row):
    """d x[row, k] / d x, for each k, of a (2, 3) array."""
    found = np.zeros((3, 2, 3))
    found[range(3), row, range(3)] = 1.0
    return found


@pytest.mark.parametrize(("n_in", "n_out"), [(0, 3), (3, 0), (0, 0)])
def test_a_jacobian_of_nothing_is_empty(n_in, n_out):
    found = jacobian(lambda x: np.zeros((n_out, 1)) * np.sum(x))(np.ones(n_in))
    assert found.shape == (n_out, 1, n_in) and not found.any()


@pytest.mark.parametrize("extra", [1, 50], ids=["backward", "forward"])
def test_a_jacobian_of_trees_is_a_tree_of_trees(extra):
    def f(p, c):
        return {"y": p["W"] * c * np.ones((extra, 2)), "s": [np.sum(p["W"]) * p["b"], c]}

    found = jacobian(f, argnums=(0, 1))({"W": np.array([1.0, 2.0]), "b": 3.0}, 4.0)
    assert list(found) == ["y", "s"] and type(found["s"]) is list
    by_p, by_c = found["y"]
    assert by_p["W"].tolist() == [[[4.0, 0.0], [0.0, 4.0]]] * extra
    assert by_p["b"].tolist() == [[0.0, 0.0]] * extra and by_c.tolist() == [[1.0, 2.0]] * extra
    by_p, by_c = found["s"][0]
    assert by_p["W"].tolist() == [3.0, 3.0] and by_p["b"] == 3.0 and by_c == 0.0
    assert type(by_p["b"]) is float and type(by_c) is float
    assert found["s"][1] == ({"W": pytest.approx(np.zeros(2)), "b": 0.0}, 1.0)


def test_a_hessian_of_a_tree_is_symmetric():
    def f(p):
        return np.sum(np.tanh(p["W"] @ p["x"])) * p["c"]

    point = {"W": np.array([[0.1, 0.2], [0.3, -0.4]]), "x": np.array([1.0, -2.0]), "c": 0.5}
    H = hessian(f)(point)
    for a in point:
        for b in point:
            block = np.asarray(H[a][b])
            assert block.shape == np.shape(point[a]) + np.shape(point[b])
            axes = (*range(np.ndim(point[a]), block.ndim), *range(np.ndim(point[a])))
            np.testing.assert_allclose(np.transpose(block, axes), H[b][a], atol=4 * EPS)
    v = {"W": np.ones((2, 2)), "x": np.array([1.0, 0.0]), "c": 2}
    product = hvp(f, point, v)
    for a in point:
        parts = [np.tensordot(H[a][b], v[b], axes=np.ndim(v[b])) for b in point]
        np.testing.assert_allclose(product[a], sum(parts), atol=16 * EPS)
    assert type(product["c"]) is float


def test_a_hessian_by_two_arguments():
    H = hessian(lambda x, y: x * x * y, argnums=(0, 1))(3.0, 5.0)
    assert H == ((10.0, 6.0), (6.0, 0.0))


# Refused


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (
            lambda x: x,
            r"grad needs one number from loss, which returned an array of shape \(3,\). Sum it or index it",
        ),
        (lambda x: x[:1], r"returned an array of shape \(1,\)"),
        (lambda x: np.ones((2, 2)), r"returned an array of shape \(2, 2\)"),
        (
            lambda x: (x[0], x[1]),
            r"returned a tuple. Return the loss alone; vjp and jacobian take trees",
        ),
        (lambda x: {"loss": x[0]}, "returned a dict"),
        (lambda x: None, "returned a NoneType"),
        (lambda x: x[0] > 0.0, "returned a bool"),
        (lambda x: "1.0", "returned a str"),
        (lambda x: 1j, "returned a complex"),
    ],
)
def test_a_result_that_is_not_one_number_is_refused(result, message):
    def loss(x):
        return result(x)

    with pytest.raises(gl.DataError, match=message):
        grad(loss)(np.ones(3))
    with pytest.raises(ValueError, match=message.replace("grad needs", "value_and_grad needs")):
        value_and_grad(loss)(np.ones(3))


@pytest.mark.parametrize("argnums", [-1, 1.0, (), (0, 0), (0, "x"), True, None, [0]])
def test_argnums_must_be_positions(argnums):
    for transform in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(gl.ParameterError, match="argnums must be a position"):
            transform(banana, argnums)


def test_a_value_in_place_of_a_function_is_refused():
    for transform in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(
            gl.ParameterError, match=r"must be a function; got float64. Pass f itself"
        ):
            transform(np.sin(1.0))


def test_an_argument_that_was_not_passed_is_named():
    with pytest.raises(
        gl.ParameterError, match=r"argument 1 of banana, which was called with 1 positional"
    ):
        grad(banana, argnums=1)(np.ones(2))
    with pytest.raises(
        gl.ParameterError, match=r"argument 0 of banana, which was called with 0 positional"
    ):
        grad(banana)(x=np.ones(2))


def test_tangents_must_fit():
    with pytest.raises(gl.DataError, match=r"a tangent for each primal; got 1 for 2"):
        jvp(np.multiply, (1.0, 2.0), (1.0,))
    with pytest.raises(
        gl.DataError, match=r"tangents\[1\] has shape \(\), and primals\[1\] has shape \(2,\)"
    ):
        jvp(np.multiply, (1.0, np.ones(2)), (1.0, 1.0))
    with pytest.raises(
        gl.DataError, match=r"^v\['a'\] has shape \(2,\), and x\['a'\] has shape \(3,\)"
    ):
        hvp(lambda x: np.sum(x["a"]), {"a": np.ones(3)}, {"a": np.ones(2)})
    for primals, tangents in ((1.0, 1.0), ({"x": 1.0}, {"x": 1.0}), (np.ones(1), (1.0,))):
        with pytest.raises(gl.ParameterError, match=r"as tuples.*Write jvp\(f, \(x,\), \(v,\)\)"):
            jvp(np.sin, primals, tangents)
    with pytest.raises(gl.NotDifferentiableError, match=r"tangents\[0\] is a str"):
        jvp(np.sin, (1.0,), ("x",))
    with pytest.raises(gl.NotDifferentiableError, match=r"<lambda>\(\.\.\.\)\['y'\] is a str"):
        vjp(lambda x: {"y": "text"}, 1.0)


# The front page


def test_every_public_name_is_there_and_every_function_is_public():
    from ganglion.autodiff import functions, graph

    for name in gl.autodiff.__all__:
        assert getattr(gl.autodiff, name) is not None
    assert set(gl.autodiff.__all__) == set(dir(gl.autodiff))
    theirs = {
        name
        for name, value in vars(functions).items()
        if type(value) is graph.Primitive
        or getattr(value, "__module__", "").startswith("ganglion.autodiff.")
    }
    # `trace` is the Trace's here; the sum of a diagonal is np.trace
    hidden = {"Variable", "explicit_notation", "trace"}
    assert {name for name in theirs if not name.startswith("_")} - hidden <= set(
        gl.autodiff.__all__
    )
    with pytest.raises(AttributeError, match=r"'ganglion\.autodiff' has no attribute 'nothing'"):
        gl.autodiff.nothing  # noqa: B018


def test_storing_a_variable_in_a_plain_array_is_refused_by_name():
    def stored(x):
        array = np.zeros(3)
        array[0] = x
        return np.sum(array)

    for transform in (gl.autodiff.grad, gl.autodiff.hessian):
        with pytest.raises(
            gl.NotDifferentiableError, match=r"Storing a variable in a plain array.*np\.stack"
        ):
            transform(stored)(2.0)


def test_a_value_is_freed_as_soon_as_the_pass_has_left_it():
    later: list[weakref.ref] = []
    alive: list[bool] = []

    def pull(position, upstream, y, arguments, options):
        alive.append(later[0]() is not None)
        return upstream

    watch = Primitive("watch", np.copy, pull=pull, push=None)

    def f(x):
        y = np.exp(watch(x))
        later.append(weakref.ref(y.value))
        return np.sum(2.0 * y)

    x = np.arange(3.0)
    assert np.array_equal(grad(f)(x), 2.0 * np.exp(x))
    assert alive == [False]
