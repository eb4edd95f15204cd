"""Expressions as text: what may stand in them is computed, anything else is refused with its place."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.autodiff import trace
from ganglion.autodiff.showing._text_functions import FUNCTIONS
from quickness import done_within


def message(error, text, **inputs):
    """The error's text."""
    with pytest.raises(error) as caught:
        trace(text, **inputs)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + y * 2", 13.0),
        ("(x + y) * 2", 16.0),
        ("-x ** 2", -9.0),
        ("(-x) ** 2", 9.0),
        ("2 ** 3 ** 2", 512.0),
        ("x - y - 1", -3.0),
        ("x / y / 2", 0.3),
        ("+x", 3.0),
        ("- - x", 3.0),
        ("1_000 * x", 3000.0),
        ("0x10 + 0b11 + 1e1 + .5", 29.5),
        ("a = x; b = a * y; a + b", 18.0),
        ("a = x\n\n  \nb = a * y\na + b\n", 18.0),
        ("(x +\n  y)", 8.0),
        ("x * y;", 15.0),
        ("q = x + y", 8.0),
        ("where(x > y, x, y) + (x <= 3) + (x == y) + (x != y)", 7.0),
        ("maximum(x, y) + minimum(x, y) + abs(-x)", 11.0),
        ("x*y  # a remark", 15.0),
    ],
)
def test_text_is_computed_as_python_would(text, expected):
    assert trace(text, x=3, y=5).value == pytest.approx(expected, rel=1e-15)


def test_indented_text_is_read():
    assert trace("""
        a = x * 2
        a + 1
    """, x=3).value == 7.0  # fmt: skip


def test_functions_take_an_axis_a_shape_and_lists_by_position():
    M = np.arange(6.0).reshape(2, 3)
    v = np.array([1.0, -1.0])
    cases = {
        "sum(sum(M, 0) * sum(M, 0))": np.sum(M.sum(0) ** 2),
        "sum(M - mean(M, 1, 1))": 0.0,
        "sum(v @ sum(M, 1))": v @ M.sum(1),
        "max(M) - min(M) + sum(max(M, -1))": 5.0 + 7.0,
        "sum(reshape(M, 3, 2) @ v * reshape(v, -1) @ reshape(v, 2))": None,
        "sum(v @ transpose(transpose(M)))": np.sum(v @ M),
        "sum(transpose(M, 1, 0) @ v)": np.sum(M.T @ v),
        "sum(concatenate(v, v, v) * reshape(M, 6))": np.sum(np.tile(v, 3) * M.ravel()),
        "sum(stack(v, v) @ v)": 4.0,
        "logsumexp(v) - sum(log(softmax(v)) * softmax(v))": None,
        "sum(log_softmax(v) - log(softmax(v, 0)))": 0.0,
        "norm(v) ** 2 + var(v)": 3.0,
        "sum(clip(M, 1, 2))": 1 + 1 + 2 + 2 + 2 + 2,
        "matmul(v, v)": 2.0,
    }
    for text, expected in cases.items():
        if expected is not None:
            assert trace(text, M=M, v=v).value == pytest.approx(expected, rel=1e-14, abs=1e-14), (
                text
            )
    with pytest.raises(gl.DataError, match="matmul got shapes"):
        trace("reshape(M, 3, 2) @ v @ v", M=M, v=v)


def test_every_function_of_the_list_can_be_called_and_is_the_engines():
    for name, function in FUNCTIONS.items():
        arguments = ["x", "x * 2", "x * 3"][: max(1, function.least)]
        if function.style == "shape":
            arguments = ["x", "3"]
        found = trace(f"sum({name}({', '.join(arguments)}))", x=[0.25, 0.5, 0.75])
        assert math.isfinite(found.value), name
        assert np.all(np.isfinite(found.grad["x"])), name


def test_cross_entropy_of_the_issue():
    found = trace(
        "-sum(y * log(softmax(W @ x + b)))", W=[[1, 0], [0, 1]], x=[1, 2], b=[0, 0], y=[1, 0]
    )
    assert found.value == pytest.approx(math.log(1 + math.e), rel=1e-15)


def test_names_of_statements_are_names_of_nodes():
    found = trace("h = tanh(w * x); r = h; c = 2; out = c * r", w=0.5, x=1)
    assert [(n.name, n.op) for n in found.nodes] == [
        ("w", "input"), ("x", "input"), ("v1", "multiply"), ("h", "tanh"), ("r", "identity"), ("c", "constant"),
        ("out", "multiply"),
    ]  # fmt: skip
    assert found["out"].formula == "c * r"
    assert trace("y = x", x=2).output == "y"


def test_what_the_output_does_not_depend_on_has_no_node():
    assert [n.name for n in trace("a = x * 2; x + 1", x=1).nodes] == ["x", "1", "f"]


def test_names_may_be_of_any_script():
    found = trace("größe = θ * 2; größe * θ", θ=3)
    assert found.grad == {"θ": 12.0}
    assert trace("ﬁ * 2", **{"ﬁ": 4}).grad == {"ﬁ": 2.0}  # Python reads the ligature as fi


def test_a_value_may_be_called_as_a_function_is_where_that_is_not_called():
    assert trace("(x - mean) ** 2 / var", x=3, mean=1, var=2).value == 2.0
    assert "'mean' is called as a function and is an input too. Rename" in message(
        ValueError, "mean(x) + mean", x=1, mean=2
    )
    assert "'exp' is called as a function and is an assigned name too" in message(
        ValueError, "exp = x; exp(x)", x=1
    )


REFUSED = [  # text, where the caret stands, what is said
    ("x.real", 1, "an attribute"),
    ("x.__class__.__bases__", 11, "an attribute"),
    ("(x + 1).__class__", 7, "an attribute"),
    ("x[0]", 0, "an index in square brackets"),
    ("x + x[0:1]", 4, "an index in square brackets"),
    ("__import__('os')", 0, "No function is called '__import__'"),
    ("eval(x)", 0, "No function is called 'eval'"),
    ("1 + print(x)", 4, "No function is called 'print'"),
    ("sigmod(x)", 0, "Did you mean sigmoid"),
    ("open('f')", 0, "No function is called 'open'"),
    ("x(3)", 0, "a product needs its"),
    ("2(x)", 0, "a product needs its"),
    ("exp(x)(x)", 0, "a call of anything but a function's name"),
    ("x.__init__()", 1, "an attribute"),
    ("sum(x, axis=0)", 7, "a keyword argument"),
    ("exp(*x)", 4, "a starred argument"),
    ("lambda: x", 0, "a lambda"),
    ("(y := x)", 1, "':='"),
    ("'text'", 0, "a string"),
    ("b'text'", 0, "a string"),
    ("f'{x}'", 0, "a string"),
    ("True * x", 0, "True"),
    ("None", 0, "None"),
    ("1j * x", 0, "1j"),
    ("...", 0, "Ellipsis"),
    ("[x, x]", 0, "a list"),
    ("(x, x)", 0, "a tuple"),
    ("{x: x}", 0, "a dict"),
    ("{x}", 0, "a set"),
    ("sum(x for y in x)", 3, "a comprehension"),
    ("x % 2", 2, "'%'"),
    ("x // 2", 2, "'//'"),
    ("x ^ 2", 2, "write \\*\\* for a power"),
    ("(x) << 2", 4, "this operator"),
    ("not x", 0, "'not'"),
    ("~x", 0, "'~'"),
    ("x and x", 0, "'and' or 'or'"),
    ("x if x else 1", 0, "write where"),
    ("0 < x < 1", 6, "a chain of comparisons"),
    ("x is x", 2, "'is'"),
    ("x in x", 2, "'in'"),
    ("x += 1", 0, "an assignment with an operator"),
    ("a: x = 1", 0, "a type annotation"),
    ("a = b = x", 0, "gives one name to one expression"),
    ("a, b = x", 0, "gives one name to one expression"),
    ("x.y = x", 0, "gives one name to one expression"),
    ("import os", 0, "'import'"),
    ("x; del x", 3, "'delete'"),
    ("for i in x: x", 0, "'for'"),
    ("def f(): pass", 0, "'functiondef'"),
    ("exp(x, x)", 0, "exp takes 1 argument; got 2"),
    ("exp()", 0, "exp takes 1 argument; got 0"),
    ("where(x, x)", 0, "where takes 3 arguments; got 2"),
    ("sum(x, 0, 1, 2)", 0, "sum takes 1 to 3 arguments; got 4"),
    ("stack()", 0, "stack takes at least 1 argument; got 0"),
    ("sum(x, 0.5)", 7, "Here sum takes a whole number"),
    ("sum(x, x)", 7, "Here sum takes a whole number"),
    ("x + w * v", 4, "'w' and 'v' are no inputs .given: 'x'."),
    ("x + alpa", 4, "'alpa' is no input"),
    ("exp", 0, "'exp' is a function. Call it"),
    ("x = 3; x", 0, "'x' is an input, and a name means one thing"),
    ("a = x; a = a + 1", 7, "'a' is assigned already"),
    ("a + 1; a = x", 0, "'a' is used before it is assigned"),
    ("a = a + x", 4, "'a' is used before it is assigned"),
    ("1e999 * x", 0, "must be one that float64 can hold"),
    ("9" * 400, 0, "must be one that float64 can hold"),
]


@pytest.mark.parametrize(
    ("text", "column", "said"), REFUSED, ids=[text[:20] for text, *_ in REFUSED]
)
def test_anything_else_is_refused_and_the_place_is_shown(text, column, said):
    with pytest.raises(ValueError, match=said) as caught:
        trace(text, x=2.0)
    lines = str(caught.value).split("\n")
    assert f"column {column + 1}:" in lines[0]
    assert lines[1].startswith("    " + text[:60])
    assert lines[2] == " " * (4 + column) + "^"
    assert isinstance(caught.value, gl.ParameterError)


def test_the_place_is_counted_in_characters_and_lines():
    text = message(ValueError, "größe = x * 2\nñ = größe\nñ * größe.real", x=1)
    assert "line 3, column 10:\n    ñ * größe.real\n             ^" in text
    long = "x + " * 100 + "y.z + x" + " + x" * 100
    shown = message(ValueError, long, x=1, y=1).split("\n")
    assert "column 402" in shown[0] and len(shown[1]) < 130
    assert shown[1][shown[2].index("^")] == "."


@pytest.mark.parametrize(
    "text",
    ["x +", "(x", "x)", "x y", "2x", "x ** ** 2", "= 3", "x =", "exp(x", "x\n  y\n z", "\x00"],
)
def test_what_python_cannot_parse_is_a_syntax_error_with_its_place(text):
    with pytest.raises(SyntaxError, match=r"cannot be read at .*column \d+:\n    .*\n +\^"):
        trace(text, x=1, y=2)


def test_text_that_holds_nothing_is_refused():
    for text in ("", "   \n ", "# a remark"):
        with pytest.raises(ValueError, match="The expression is empty"):
            trace(text, x=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(" * 10_000_000, "at most 100,000 characters; this one has 10,000,000"),
        ("(" * 5_000_000 + "x" + ")" * 5_000_000, "at most 100,000 characters"),
        ("(" * 50_000, "may nest at most 64 brackets. At column 65"),
        ("exp(" * 10_000 + "x" + ")" * 10_000, "may nest at most 64 brackets. At column 260"),
        ("[" * 80 + "]" * 80, "may nest at most 64 brackets"),
        ("-" * 99_000 + "x", "nests too deeply"),
        ("+".join("x" * 49_000), "nests too deeply"),
        ("**".join("x" * 30_000), "nests too deeply"),
        ("not " * 20_000 + "x", "nests too deeply"),
        ("x" + ".a" * 40_000, "nests too deeply"),
        ("x\ud800", "cannot be read"),
    ],
    ids=range(11),
)
def test_monstrous_text_is_refused_at_once(text, said):
    def refused():
        with pytest.raises(ValueError, match=said) as caught:
            trace(text, x=1)
        return str(caught.value)

    assert len(done_within(5, refused)) < 1000


def test_a_thousand_terms_are_no_trouble():
    assert trace("+".join(["x"] * 1000), x=2).grad == {"x": 1000.0}
    assert trace(";".join(f"a{i} = x * {i}" for i in range(1000)), x=2).value == 1998.0


def test_towers_of_powers_are_computed_in_float64():
    def tower():
        with pytest.warns(gl.GanglionWarning, match="is infinite"):
            return trace("9**9**9**9 * x", x=1).value

    assert done_within(1, tower) == math.inf
    assert trace("2 ** 0.5").value == math.sqrt(2)
    with pytest.warns(gl.GanglionWarning, match="f = x / 0 is infinite"):
        assert trace("x / 0", x=1).value == math.inf


@pytest.mark.parametrize(
    ("text", "column", "shapes"),
    [
        ("sum(W @ x) + 1", 6, r"matmul got shapes \(2, 3\) and \(2,\)"),
        ("2 * sum(W * x)", 10, r"multiply got shapes \(2, 3\) and \(2,\)"),
        ("sum(maximum(W, x))", 4, r"maximum got shapes \(2, 3\) and \(2,\)"),
        ("sum(reshape(W, 5))", 4, r"reshape got shapes \(2, 3\)"),
        ("sum(concatenate(W, x))", 4, r"concatenate got shapes \(2, 3\) and \(2,\)"),
        ("a = x; sum(W + a)", 13, r"add got shapes \(2, 3\) and \(2,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named_in_the_users_expression(text, column, shapes):
    with pytest.raises(gl.DataError, match=shapes) as caught:
        trace(text, W=np.ones((2, 3)), x=np.ones(2))
    lines = str(caught.value).split("\n")
    assert lines[1:] == [f"    {text}", " " * (4 + column) + "^"]
    assert f"column {column + 1}" in lines[0]
    assert "in `" in lines[0]


EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "y", "2", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda e: f"-{e}"),
        inner.map(lambda e: f"tanh({e})"),
        st.tuples(inner, inner).map(lambda t: f"where({t[0]} < {t[1]}, {t[0]}, {t[1]})"),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(EXPRESSIONS, st.floats(-2, 2), st.floats(-2, 2))
def test_random_text_has_the_value_that_python_gives_it(text, x, y):
    meaning = {"x": x, "y": y, "tanh": np.tanh, "where": lambda c, a, b: a if c else b}
    expected = eval(text, {"__builtins__": {}}, meaning)
    assert trace(text, x=x, y=y).value == pytest.approx(float(expected), rel=1e-13, abs=1e-13)


@settings(deadline=None)
@given(st.text(alphabet="xy12 +-*/@().,;=<>!&|^~[]{}'\"\\#:\n\tsumeplogr", max_size=40))
def test_no_text_ends_in_anything_but_a_number_or_a_named_error(text):
    try:
        found = trace(text, x=1.5, y=-0.5)
    except (gl.ParameterError, gl.DataError, SyntaxError) as error:
        assert str(error)
    except gl.GanglionWarning:
        raise
    else:
        assert isinstance(found.value, float)
