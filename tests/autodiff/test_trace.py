"""Traces: every value, every local derivative, every product, by hand and by law."""

from __future__ import annotations

import gc
import math
import warnings
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion._errors import DataError, ParameterError
from ganglion.autodiff import relu, softmax, trace
from ganglion.autodiff.graph import NO_OPTIONS, Variable, next_serial
from ganglion.autodiff.showing.blocks import Block
from ganglion.autodiff.showing.tracing import build_trace
from oracles.traces import consistent


def test_the_lecture_s_graph_by_hand():
    # N8: q = x + y = 3, f = q z = -12; df/dq = z = -4, df/dz = q = 3, df/dx = df/dq * 1 = -4, and so for y.
    found = trace("q = x + y; f = q * z", x=-2, y=5, z=-4)
    assert found.value == -12.0
    assert found.grad == {"x": -4.0, "y": -4.0, "z": 3.0}
    assert [node.name for node in found.nodes] == ["x", "y", "z", "q", "f"]
    assert [node.op for node in found.nodes] == ["input", "input", "input", "add", "multiply"]
    q, f = found["q"], found["f"]
    assert (q.value, q.upstream, q.local, q.product) == (
        3.0,
        -4.0,
        {"x": 1.0, "y": 1.0},
        {"x": -4.0, "y": -4.0},
    )
    assert (f.value, f.upstream, f.local, f.product) == (
        -12.0,
        1.0,
        {"q": -4.0, "z": 3.0},
        {"q": -4.0, "z": 3.0},
    )
    assert (q.parents, q.children, q.formula) == (("x", "y"), ("f",), "x + y")
    assert type(found.value) is float and type(found.grad["x"]) is float
    consistent(found)


def test_a_function_and_its_text_give_the_same_trace():
    by_text = trace("(x + y) * z", x=-2, y=5, z=-4)
    by_call = trace(lambda x, y, z: (x + y) * z, x=-2, y=5, z=-4)
    assert str(by_text) == str(by_call)
    assert [node.name for node in by_call.nodes] == ["x", "y", "z", "v1", "f"]


def test_a_weight_behind_two_outputs():
    # N10: J = 1/2 ((y1 - a1)^2 + (y2 - a2)^2), a1 = u1 h, a2 = u2 h, h = w x:
    # dJ/dw = (a1 - y1) u1 x + (a2 - y2) u2 x = (3 - 1) 3 2 ... with w = 1/2, x = 2: h = 1.
    found = trace(
        "h = w * x; a1 = u1 * h; a2 = u2 * h; J = ((y1 - a1)**2 + (y2 - a2)**2) / 2",
        w=0.5, x=2, u1=3, u2=-1, y1=1, y2=4,
    )  # fmt: skip
    assert found.grad["w"] == (3 - 1) * 3 * 2 + (-1 - 4) * -1 * 2
    chains = found.paths("w")
    assert [chain.product for chain in chains] == [12.0, 10.0]
    assert [set(chain.nodes) & {"a1", "a2"} for chain in chains] == [{"a1"}, {"a2"}]
    consistent(found)


def test_a_parent_that_enters_twice_is_one_edge():
    found = trace("s * s", s=3)
    node = found["f"]
    assert (node.parents, node.local, node.product) == (("s",), {"s": 6.0}, {"s": 6.0})
    assert found.count_paths("s") == 1
    assert trace(lambda s: s * s * s, s=3.0).grad == {"s": 27.0}


def test_what_is_not_used_has_gradient_zero():
    found = trace("x * 2", x=1, y=[[1, 2], [3, 4]])
    assert found.grad["x"] == 2.0
    np.testing.assert_array_equal(found.grad["y"], np.zeros((2, 2)))
    assert found["y"].children == ()
    assert found.paths("y") == [] and found.count_paths("y") == 0
    assert trace(lambda x, y: x, x=3, y=4).grad == {"x": 1.0, "y": 0.0}


def test_the_output_may_be_an_input_or_a_constant():
    found = trace("x", x=2, y=1)
    assert [node.name for node in found.nodes] == ["y", "x"]
    assert found.grad == {"x": 1.0, "y": 0.0}
    assert found.paths("x")[0].nodes == ("x",) and found.paths("x")[0].product == 1.0
    constant = trace("3", x=2)
    assert (constant.value, constant.grad, constant.nodes[-1].op) == (3.0, {"x": 0.0}, "constant")
    assert trace(lambda x: 7, x=1.0).value == 7.0
    assert trace("1 + 2").value == 3.0


def test_constants_are_nodes_named_by_their_value():
    found = trace("2 * x + 2", x=3)
    assert [(node.name, node.op) for node in found.nodes] == [
        ("x", "input"), ("2", "constant"), ("v1", "multiply"), ("2'", "constant"), ("f", "add"),
    ]  # fmt: skip
    assert found["v1"].formula == "2 * x"
    assert found["2"].upstream == 3.0
    assert found["f"].formula == "v1 + 2"
    consistent(found)
    many = trace(lambda x: sum((x * 2 for _ in range(7)), start=x), x=1.0)
    assert [node.name for node in many.nodes if node.op == "constant"] == [
        "2",
        "2'",
        "2''",
        "2'''",
        "2 #5",
        "2 #6",
        "2 #7",
    ]


def test_the_exponent_of_a_negative_number_has_no_derivative_and_does_no_harm():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = trace("x ** 2", x=-3)
    assert found.grad == {"x": -6.0}
    assert found["f"].local == {"x": -6.0, "2": 0.0}
    consistent(found)


def test_arrays_carry_jacobians_and_elementwise_derivatives():
    W, x, b, y = np.array([[0.5, -1.0, 2.0], [1.0, 0.25, -0.5]]), [1, 2, 3], [0.1, -0.2], [0, 1]
    found = trace("-sum(y * log(softmax(W @ x + b)))", W=W, x=x, b=b, y=y)
    p = np.exp(W @ x + b) / np.sum(np.exp(W @ x + b))
    assert found.value == pytest.approx(-math.log(p[1]), rel=1e-14)
    # The gradient of cross-entropy by the logits is p - y.
    np.testing.assert_allclose(found.grad["b"], p - y, rtol=1e-13)
    np.testing.assert_allclose(found.grad["W"], np.outer(p - y, x), rtol=1e-13)
    consistent(found)
    by_op = {node.op: node for node in found.nodes}
    assert by_op["matmul"].local["W"].shape == (2, 2, 3)
    np.testing.assert_array_equal(by_op["matmul"].local["x"], W)
    np.testing.assert_allclose(
        by_op["softmax"].local[by_op["softmax"].parents[0]], np.diag(p) - np.outer(p, p), rtol=1e-13
    )
    assert by_op["log"].local[by_op["log"].parents[0]].shape == (2,)
    assert by_op["sum"].local[by_op["sum"].parents[0]].shape == (2,)


def test_a_number_spread_over_an_array_gets_the_sum():
    found = trace("sum(c * x)", c=2, x=[1, 2, 4])
    node = found["v1"]
    np.testing.assert_array_equal(node.local["c"], [1, 2, 4])
    assert node.product["c"] == 7.0
    np.testing.assert_array_equal(node.local["x"], [2, 2, 2])
    consistent(found)


def test_a_jacobian_above_a_million_numbers_is_left_out_and_its_product_is_there():
    found = trace(lambda W, x: np.sum(W @ x), W=np.ones((101, 100)), x=np.arange(100))
    node = found["v1"]
    assert node.local["W"] is None  # 101 x 101 x 100
    assert node.local["x"].shape == (101, 100)
    np.testing.assert_array_equal(node.product["W"], np.broadcast_to(np.arange(100.0), (101, 100)))
    assert "too large" in str(found)
    (chain,) = found.paths("W")
    assert chain.factors[-1] is None
    np.testing.assert_array_equal(chain.product, found.grad["W"])


def test_functions_constant_almost_everywhere_have_derivative_zero():
    found = trace(lambda x: gl.autodiff.step(x) * x, x=2.0)
    step = next(node for node in found.nodes if node.op == "step")
    assert (step.local, step.product, found.grad) == ({"x": 0.0}, {"x": 0.0}, {"x": 1.0})
    assert found.count_paths("x") == 2
    consistent(found)


def test_methods_closures_and_plain_numpy_are_traced():
    class Model:
        def __init__(self):
            self.w = np.array([1.0, -2.0])

        def loss(self, x):
            return np.mean(np.maximum(self.w * x, 0.0) ** 2)

    found = trace(Model().loss, x=[3.0, 4.0])
    assert found.title == "loss"
    np.testing.assert_array_equal(found.grad["x"], [3.0, 0.0])
    assert [node.name for node in found.nodes if node.op == "constant" and node.is_array] == ["c1"]
    consistent(found)


def test_an_array_used_twice_is_one_constant():
    data = np.array([1.0, 2.0])
    found = trace(lambda w: np.sum(w * data + data), w=2.0)
    assert [node.name for node in found.nodes if node.op == "constant"] == ["c1"]
    assert found["c1"].children == ("v1", "v2")


def test_names_never_collide():
    found = trace("v1 = a * f; v1 * v1 + exp(f)", a=2, f=3)
    assert found.output == "out1"
    assert len({node.name for node in found.nodes}) == len(found.nodes)
    names = {"1": 2.0, "v1": 1.0}
    assert trace(lambda **k: k["1"] * 1 + k["v1"], **names).grad == {"1": 1.0, "v1": 1.0}


def test_numbers_of_every_kind_are_computed_in_float64():
    for value in (
        3,
        np.int8(3),
        np.float32(3),
        np.array(3),
        np.array([3], dtype=np.uint16)[0],
        3.0,
    ):
        found = trace("x * x", x=value)
        assert (found.value, found.grad) == (9.0, {"x": 6.0})
    assert trace("sum(x)", x=np.arange(3, dtype=np.float16)).grad["x"].dtype == np.float64
    assert trace("x", x=10**30).value == 1e30


def test_a_trace_does_not_change_with_the_callers_array():
    x = np.array([1.0, 2.0])
    found = trace("sum(x * x)", x=x)
    x[:] = 0
    np.testing.assert_array_equal(found["x"].value, [1.0, 2.0])
    np.testing.assert_array_equal(found["v1"].local["x"], [2.0, 4.0])
    with pytest.raises(ValueError, match="read-only"):
        found["x"].value[0] = 1


def test_empty_arrays_have_empty_gradients():
    found = trace("sum(x * x) + y", x=[], y=1)
    assert found.value == 1.0
    assert found.grad["x"].shape == (0,)
    assert str(found).splitlines()[1].split() == ["x", "input", "[]", "[]"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "Input 'x' must be finite; it is nan"),
        ([[1, 2], [3, np.inf]], r"Input 'x' must be finite; it is inf at \[1, 1\]"),
        ([[1], [1, 2]], "Input 'x' must be a number or an array of numbers"),
        (10**400, "Input 'x' must be a number that float64 can hold"),
    ],
)
def test_an_input_must_be_finite_numbers(value, message):
    with pytest.raises(gl.DataError, match=message):
        trace("x", x=value)


@pytest.mark.parametrize(
    ("value", "dtype"), [("1", "<U1"), (1j, "complex128"), (None, "object"), ([True], "bool")]
)
def test_an_input_must_be_real(value, dtype):
    with pytest.raises(
        gl.NotDifferentiableError, match=f"Input 'x' must be real numbers; .*{dtype}"
    ):
        trace("x", x=value)


def test_the_output_must_be_one_number():
    with pytest.raises(
        ValueError,
        match=r"must be one number; it has shape \(2,\). Take one of its elements, or a sum",
    ):
        trace("x * 2", x=[1, 2])
    with pytest.raises(ValueError, match=r"it has shape \(1,\)"):
        trace(lambda x: x, x=[1])
    with pytest.raises(ValueError, match="must be one number; got list"):
        trace(lambda x: [x], x=1)
    with pytest.raises(ValueError, match="must be one number; got NoneType"):
        trace(lambda x: None, x=1)


def test_a_function_is_called_by_name():
    with pytest.raises(ValueError, match="missing a required argument: 'b'"):
        trace(lambda a, b: a + b, a=1)
    with pytest.raises(ValueError, match="unexpected keyword argument 'c'"):
        trace(lambda a: a, a=1, c=2)
    with pytest.raises(ValueError, match="needs a function or text; got int"):
        trace(3, a=1)
    with pytest.raises(ZeroDivisionError):  # the function's own error passes
        trace(lambda a: a / (1 // 0), a=1)


def test_a_value_that_is_not_finite_is_warned_of_once_and_named():
    with pytest.warns(gl.GanglionWarning, match=r"v1 = log\(x\) is infinite") as caught:
        found = trace("log(x) * 2 + log(x)", x=0)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert found.value == -np.inf
    with pytest.warns(gl.GanglionWarning, match=r"f = log\(x\) is not a number"):
        trace("log(x)", x=-1)


def test_an_unknown_name_is_a_key_error_that_helps():
    found = trace("alpha * x", alpha=1, x=2)
    for ask in (found.__getitem__, found.paths, found.count_paths):
        with pytest.raises(KeyError, match="No node is called 'alpa'; there are 'alpha'"):
            ask("alpa")


def test_the_table_shows_every_number():
    text = str(trace("(x + y) * z", x=-2, y=5, z=-4))
    assert text == trace("(x + y) * z", x=-2, y=5, z=-4).table()
    assert text.splitlines() == [
        "name  op        formula  value  upstream  parent  local  upstream x local",
        "x     input                 -2        -4",
        "y     input                  5        -4",
        "z     input                 -4         3",
        "v1    add       x + y        3        -4  x           1                -4",
        "                                          y           1                -4",
        "f     multiply  v1 * z     -12         1  v1         -4                -4",
        "                                          z           3                 3",
    ]


def test_rows_make_a_data_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(trace("(x + y) * z", x=-2, y=5, z=-4).rows())
    assert list(frame.columns) == [
        "name", "op", "formula", "block", "value", "upstream", "parent", "local", "product",
    ]  # fmt: skip
    assert frame[frame.parent.notna()].set_index(["name", "parent"])["product"].to_dict() == {
        ("v1", "x"): -4.0, ("v1", "y"): -4.0, ("f", "v1"): -4.0, ("f", "z"): 3.0,
    }  # fmt: skip


def test_formulas_show_options_and_negative_numbers():
    def f(x):
        return np.sum(np.sum(x[0:2, 1] - -3.0) * np.exp(x), axis=None) + np.sum(x, axis=1)[0]

    formulas = {node.op: node.formula for node in trace(f, x=np.ones((2, 2))).nodes}
    assert formulas["subtract"].endswith("- (-3)")
    assert "[0:2, 1]" in "".join(node.formula for node in trace(f, x=np.ones((2, 2))).nodes)
    assert any(node.formula == "sum(x, axis=1)" for node in trace(f, x=np.ones((2, 2))).nodes)


def test_a_recorded_graph_becomes_a_trace_with_the_names_it_is_given():
    level = next_serial()
    x = Variable(np.float64(2.0), None, (), NO_OPTIONS, next_serial(), level)
    unused = Variable(np.ones(2), None, (), NO_OPTIONS, next_serial(), level)
    start = next_serial()
    h = x * x
    stop = next_serial()
    found = build_trace(
        h * 3.0,
        {"x[0]": x, "u": unused},
        names={h: "h[0]"},
        blocks=[Block("square", start, stop)],
        title="t",
    )
    assert [node.name for node in found.nodes] == ["x[0]", "u", "h[0]", "3", "f"]
    assert (found.title, found["h[0]"].block, found["h[0]"].formula) == (
        "t",
        "square",
        "x[0] * x[0]",
    )
    assert found.grad["x[0]"] == 12.0
    assert repr(found) == "<Trace of t: 5 nodes, value 12>"
    assert repr(found["h[0]"]) == "Node(h[0]: multiply = 4)"


def test_a_trace_inside_a_differentiation_takes_the_outer_variable_for_a_constant():
    def outer(a):
        found = trace(lambda x: x * a, x=3.0)
        assert found.grad["x"] == 2.0
        assert [node.op for node in found.nodes] == ["input", "constant", "multiply"]
        return a * a

    assert gl.autodiff.grad(outer)(2.0) == 4.0


def test_a_long_chain_needs_no_recursion_and_leaves_no_cycles():
    def f(x):
        for _ in range(5_000):
            x = x * 1.0001
        return x

    gc.collect()
    gc.disable()
    try:
        found = trace(f, x=1.0)
        assert found.grad["x"] == pytest.approx(1.0001**5000)
        assert found.count_paths("x") == 1 and len(found.paths("x")[0].factors) == 5_000
        array = trace("sum(x * x)", x=np.ones(3))
        kept = weakref.ref(array["v1"]._recipe)
        del array
        assert kept() is None  # by reference counts alone
    finally:
        gc.enable()


@settings(deadline=None)
@given(
    st.integers(1, 4),
    st.lists(
        st.tuples(st.sampled_from("+-*/stem"), st.integers(0, 99), st.integers(0, 99)),
        min_size=1,
        max_size=12,
    ),
    st.lists(st.floats(0.5, 2.0), min_size=4, max_size=4),
)
def test_products_add_up_on_random_graphs(n_inputs, steps, values):
    # Values stay between 1/2 and 2 where they can, so that no step overflows.
    def f(**inputs):
        known = list(inputs.values())
        for kind, i, j in steps:
            a, b = known[i % len(known)], known[j % len(known)]
            known.append({
                "+": lambda a, b: (a + b) / 2, "-": lambda a, b: a - b * 0.5, "*": lambda a, b: a * b,
                "/": lambda a, b: a / (1 + b * b), "s": lambda a, b: np.sin(a), "t": lambda a, b: np.tanh(a + b),
                "e": lambda a, b: np.exp(-a * a), "m": lambda a, b: relu(a) + b,
            }[kind](a, b))  # fmt: skip
        return known[-1]

    inputs = dict(zip("wxyz"[:n_inputs], values, strict=False))
    found = trace(f, **inputs)
    consistent(found)
    gradient = gl.autodiff.grad(lambda p: f(**p))(inputs)
    for name, value in found.grad.items():
        np.testing.assert_array_equal(value, gradient[name])  # one engine, one answer


def test_softmax_by_name_is_the_engines():
    assert trace(lambda x: softmax(x)[0], x=[0.0, 0.0]).value == 0.5


def test_the_notebook_shows_drawing_and_table():
    page = trace("x * y", x=2, y=3)._repr_html_()
    assert "<svg" in page and "upstream x local" in page
    crowd = trace(lambda x: sum((x * 2 for _ in range(200)), start=x), x=1)
    assert "&lt;Trace of f: 601 nodes" in crowd._repr_html_() and "<svg" not in crowd._repr_html_()


def test_a_trace_keeps_a_constant_as_it_was():
    data = np.array([1.0, 2.0])
    found = trace(lambda w: np.sum(w * data), w=np.array([3.0, 4.0]))
    data[:] = 9.0
    np.testing.assert_array_equal(found["c1"].value, [1.0, 2.0])
    np.testing.assert_array_equal(found["v1"].local["w"], [1.0, 2.0])


def test_masked_entries_are_refused():
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    with pytest.raises(DataError, match="Input 'x' must not have masked entries"):
        trace("sum(x)", x=masked)
    assert trace("sum(x)", x=np.ma.array([1.0, 2.0])).value == 3.0


def test_names_that_python_reads_as_one_are_refused():
    with pytest.raises(ParameterError, match=r"'K', '\\u212a', two of which are one name"):
        trace("K * 2", **{"K": 1.0, "\u212a": 2.0})


def test_a_number_may_be_summed_along_its_one_axis():
    found = trace("sum(x * y, -1)", x=2.0, y=3.0)
    assert found.grad == {"x": 3.0, "y": 2.0}


def test_a_folder_that_is_not_there_is_named_as_it_was_given(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none.f\.svg'$"):
        trace("x * x", x=1.0).to_svg(tmp_path / "none" / "f.svg")
