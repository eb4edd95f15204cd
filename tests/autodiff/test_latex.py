r"""LaTeX: the derivation says the right thing, and an engine can set it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

import ganglion as gl
from ganglion.autodiff import block, trace
from ganglion.autodiff.showing.latex import tex_name, tex_number

PARSER = MathTextParser("path")


def formulas(latex):
    """The lines of the environment, without its alignment."""
    lines = latex.split("\n")
    assert (lines[0], lines[-2:]) == (r"\begin{align*}", [r"\end{align*}", ""])
    found = []
    for line in lines[1:-2]:
        line = re.sub(r"\s*\\\\(\[1ex\])?$", "", line)
        assert len(re.findall(r"(?<!\\)&", line)) == 1, line
        found.append(re.sub(r"(?<!\\)&", "", line))
    return found


def can_be_set(formula):
    """Matplotlib's engine sets it: braces balance, every command is known, no double scripts."""
    for known, instead in ((r"\textstyle", ""), (r"\ge ", r"\geq ")):  # known to LaTeX and MathJax
        formula = formula.replace(known, instead)
    PARSER.parse(f"${formula}$")
    return True


def test_the_lecture_s_derivation_word_by_word():
    assert formulas(trace("q = x + y; f = q * z", x=-2, y=5, z=-4).to_latex()) == [
        "x = -2",
        "y = 5",
        "z = -4",
        "q = x + y = (-2) + 5 = 3",
        r"f = q \, z = 3 \cdot (-4) = -12",
        r"\frac{\partial f}{\partial f} = 1",
        r"\frac{\partial f}{\partial q} = \frac{\partial}{\partial q} \left[ q \, z \right] = z = -4",
        r"\frac{\partial f}{\partial z} = \frac{\partial}{\partial z} \left[ q \, z \right] = q = 3",
        *(
            rf"\frac{{\partial f}}{{\partial {name}}} = \frac{{\partial f}}{{\partial q}} \cdot "
            rf"\frac{{\partial q}}{{\partial {name}}} = (-4) \cdot 1 = -4"
            for name in "yx"
        ),
    ]


def test_a_sum_over_children_has_a_term_for_each():
    # dJ/dh = u1 * 1 + 2 h with h = 3, u1 = 5
    line = next(
        line for line in formulas(trace("h = 3 * x; a = u1 * h; b = h ** 2; J = a + b", x=1, u1=5).to_latex())
        if line.startswith(r"\frac{\partial J}{\partial h}")
    )  # fmt: skip
    assert line == (
        r"\frac{\partial J}{\partial h} = \frac{\partial J}{\partial a} \cdot \frac{\partial a}{\partial h} + "
        r"\frac{\partial J}{\partial b} \cdot \frac{\partial b}{\partial h} = "
        r"\frac{\partial J}{\partial a} \cdot u_{1} + \frac{\partial J}{\partial b} \cdot 2 h = "
        r"1 \cdot 5 + 1 \cdot 6 = 11"
    )


def test_rules_are_written_in_the_names_of_the_nodes():
    latex = trace("a = sigmoid(z); b = exp(a); c = a / b; d = log(c); d * d", z=0.5).to_latex()
    for rule in (r"a (1 - a)", r"\cdot b", r"1 / b", r"1 / c", r"d + d"):
        assert rule in latex
    assert "{3}" in trace("x ** 4 + y", x=2, y=1).to_latex()  # 4 x^3


def test_arrays_stand_by_name_and_shape():
    latex = trace(
        "-sum(y * log(softmax(W @ x)))", W=np.ones((2, 3)), x=[1, 2, 3], y=[0, 1]
    ).to_latex()
    lines = formulas(latex)
    assert r"W \in \mathbb{R}^{2 \times 3}" in lines
    assert r"v_{1} = W x \in \mathbb{R}^{2}" in lines
    gradient = next(line for line in lines if line.startswith(r"\frac{\partial f}{\partial W}"))
    assert r"\in \mathbb{R}^{2 \times 3}, \quad \Vert \cdot \Vert = 2.64575" in gradient
    assert all(map(can_be_set, lines))


def test_an_unused_input_has_gradient_zero():
    assert r"\frac{\partial f}{\partial y} = 0" in formulas(trace("x * 2", x=1, y=3).to_latex())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("v12", "v_{12}"),
        ("x_1", "x_{1}"),
        ("loss", r"\mathrm{loss}"),
        ("theta", r"\theta"),
        ("theta2", r"\theta_{2}"),
        ("θ", r"\theta"),
        ("x[0]", "x_{0}"),
        ("W1[0,1]", "{W^{(1)}_{0,1}}"),
        ("z2[3]", "{z^{(2)}_{3}}"),
        ("größe", r"\text{größe}"),
        ("layer 2", r"\text{layer 2}"),
        ("a'", "{a'}"),
        (
            r"50%_of {$x^2} \n & #~",
            r"\text{50\%\_of \{\$x\textasciicircum{}2\} \textbackslash{}n \& \#\textasciitilde{}}",
        ),
    ],
)
def test_names_become_symbols_and_mean_nothing_else(name, expected):
    assert tex_name(name) == expected


@pytest.mark.parametrize(
    ("value", "expected", "factor"),
    [
        (3.0, "3", "3"),
        (-0.5, "-0.5", "(-0.5)"),
        (1.5e-7, r"1.5 \times 10^{-7}", r"(1.5 \times 10^{-7})"),
        (-2e20, r"-2 \times 10^{20}", r"(-2 \times 10^{20})"),
        (-0.0, "0", "0"),
        (np.inf, r"\infty", r"\infty"),
        (-np.inf, r"-\infty", r"(-\infty)"),
        (np.nan, r"\mathrm{NaN}", r"\mathrm{NaN}"),
    ],
)
def test_numbers(value, expected, factor):
    assert tex_number(value) == expected
    assert tex_number(value, as_factor=True) == factor


def test_every_function_of_text_can_be_set():
    calls = (
        "exp expm1 log log1p sqrt square abs sin cos tan tanh sigmoid softplus relu leaky_relu elu selu gelu silu mish "
        "step stop_gradient sum mean max min norm logsumexp"
    ).split()
    for name in calls:
        assert all(map(can_be_set, formulas(trace(f"{name}(x) * x", x=0.5).to_latex()))), name
    text = "where(x > y, x, y) + maximum(x, y) * clip(x, 0, 2) ** y - x / y + -x"
    assert all(map(can_be_set, formulas(trace(text, x=0.5, y=-3).to_latex())))


def test_a_network_can_be_set_whole_and_folded():
    network = gl.nn.Network(
        [gl.nn.Dense(2, 2, "sigmoid"), gl.nn.Dense(2, 2, "sigmoid")], random_state=0
    )
    found = network.trace([1.0, 2.0], [0.0, 1.0])
    lines = formulas(found.to_latex())
    assert all(map(can_be_set, lines))
    assert any(line.startswith(r"\frac{\partial J}{\partial {W^{(1)}_{0,0}}} = ") for line in lines)
    assert all(map(can_be_set, formulas(found.fold().to_latex())))


def test_hostile_names_are_text():
    hostile = r"\input{/etc/passwd}"

    def f(**inputs):
        with block(r"\end{align*} % $"):
            y = inputs[hostile] * 2
        return y * y

    latex = trace(f, **{hostile: 1.0}).fold().to_latex()
    assert r"\input" not in latex
    assert latex.count(r"\end{align*}") == 1
    assert r"\textbackslash{}input\{/etc/passwd\}" in latex


def test_the_derivation_is_written_to_a_file(tmp_path):
    found = trace("größe * 2", größe=3)
    assert found.to_latex(tmp_path / "steps.tex") == (tmp_path / "steps.tex").read_text(
        encoding="utf-8"
    )


@settings(deadline=None)
@given(st.text(min_size=1, max_size=12), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_braces_balance_whatever_the_name(name, value):
    latex = trace(lambda **inputs: np.sin(inputs[name]) * inputs[name], **{name: value}).to_latex()
    bare = re.sub(r"\\[{}]", "", latex.replace(r"\textbackslash{}", ""))
    assert bare.count("{") == bare.count("}")
    formulas(latex)
