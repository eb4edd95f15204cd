"""`ganglion backprop`: an expression and its inputs; values, gradients, chains."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

LECTURE = ("(x + y) * z", "x=-2", "y=5", "z=-4")


def test_the_first_lines_say_value_and_gradient(call):
    done = call("backprop", *LECTURE)
    assert (done.exit_code, done.stderr) == (0, "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "(x + y) * z = -12",
        "",
        "node   formula   value   gradient   upstream · local",
        "────────────────────────────────────────────────────",
        "x                   -2         -4   -4 · 1",
        "y                    5         -4   -4 · 1",
        "z                   -4          3   1 · 3",
        "v1     x + y         3         -4   1 · (-4)",
        "f      v1 * z      -12          1",
    ]


def test_the_installed_command_takes_negative_numbers_and_a_leading_minus(ganglion):
    done = ganglion("backprop", "-x * y", "x=-2", "y=-3", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["gradient"] == {"x": 3.0, "y": 2.0}


def test_options_may_stand_anywhere(call):
    expected = call("backprop", "-x * y", "x=-2", "y=-3", "--paths", "x").stdout
    assert call("backprop", "--paths", "x", "-x * y", "-q", "x=-2", "y=-3").stdout == expected
    assert call("backprop", "--paths=x", "--", "-x * y", "x=-2", "y=-3").stdout == expected


def test_chains_are_listed_with_every_factor(call):
    done = call(
        "backprop",
        "a = sigmoid(w * x); (a - y)**2 / 2 + w*w",
        "w=0.5",
        "x=2",
        "y=1",
        "--paths",
        "w",
    )
    text = " ".join(done.stdout.split())
    assert "df/dw = 0.894246, the sum of 2 chains:" in text
    assert "f ← v5 ← w 1 · 1 1" in text
    assert (
        "f ← v4 ← v3 ← v2 ← a ← v1 ← w 1 · 0.5 · (-0.537883) · 1 · 0.196612 · 2 -0.105754" in text
    )


def test_of_very_many_chains_the_largest_are_shown(call):
    text = "; ".join(["a0 = x", *(f"a{i + 1} = a{i} * 1.5 + a{i}" for i in range(40))])
    done = call("backprop", text, "x=1", "--paths", "x", "--json")
    found = json.loads(done.stdout)["paths"]["x"]
    assert found["count"] == 2**40
    assert len(found["chains"]) == 20
    assert found["chains"][0]["product"] == pytest.approx(1.5**40)
    shown = call("backprop", text, "x=1", "--paths", "x").stdout
    assert "the sum of 1,099,511,627,776 chains, the 20 largest of them:" in shown


def test_json_holds_every_node(call):
    found = json.loads(call("backprop", *LECTURE, "--json", "--paths", "x", "--paths", "z").stdout)
    assert (found["command"], found["expression"]) == ("backprop", LECTURE[0])
    assert (found["value"], found["gradient"]) == (-12.0, {"x": -4.0, "y": -4.0, "z": 3.0})
    assert found["nodes"][3] == {
        "name": "v1", "op": "add", "formula": "x + y", "value": 3.0, "upstream": -4.0,
        "local": {"x": 1.0, "y": 1.0}, "product": {"x": -4.0, "y": -4.0},
    }  # fmt: skip
    assert found["paths"]["x"] == {
        "count": 1, "chains": [{"nodes": ["f", "v1", "x"], "factors": [-4.0, 1.0], "product": -4.0}]
    }  # fmt: skip
    assert found["paths"]["z"]["chains"][0]["factors"] == [3.0]


def test_arrays_come_from_the_command_line_and_from_files(call, tmp_path):
    W, x, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 0.5]), np.array([0.0, 1.0])
    text = "-sum(y * log(softmax(W @ x)))"
    direct = call("backprop", text, "W=[[1,2],[3,4]]", "x=[1,0.5]", "y=[0,1]", "--json").stdout
    np.savetxt("W.csv", W, delimiter=",")
    np.save("x.npy", x)
    (tmp_path / "y.json").write_text("[0, 1]", encoding="utf-8")
    assert call("backprop", text, "W=@W.csv", "x=@x.npy", "y=@y.json", "--json").stdout == direct
    p = np.exp(W @ x) / np.sum(np.exp(W @ x))
    np.testing.assert_allclose(json.loads(direct)["gradient"]["W"], np.outer(p - y, x), rtol=1e-12)
    shown = call("backprop", text, "W=@W.csv", "x=@x.npy", "y=@y.json", "--paths", "W").stdout
    assert "df/dW = [[" in shown and "2x2 norm" in shown


def test_latex_is_the_only_output(call):
    done = call("backprop", *LECTURE, "--latex")
    assert done.stdout.startswith("\\begin{align*}\nx &= -2 \\\\\n")
    assert done.stdout.endswith("\\end{align*}\n")
    assert r"\frac{\partial f}{\partial x} &= \frac{\partial f}{\partial v_{1}}" in done.stdout


def test_drawing_and_page_are_written_and_named_on_standard_error(call, tmp_path):
    done = call("backprop", *LECTURE, "--svg", "steps.svg", "--html", "steps.html")
    assert done.exit_code == 0, done.output
    assert done.stderr == "drawing: steps.svg\npage: steps.html\n"
    assert ElementTree.parse(tmp_path / "steps.svg").getroot().tag.endswith("svg")
    assert (
        (tmp_path / "steps.html")
        .read_text(encoding="utf-8")
        .lstrip()
        .lower()
        .startswith("<!doctype html>")
    )
    assert call("backprop", *LECTURE, "--svg", "steps.svg", "-q").stderr == ""


def test_what_is_infinite_is_noted_and_json_says_it_as_text(call):
    done = call("backprop", "log(x)", "x=0", "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["value"], found["gradient"]) == (0, "-inf", {"x": "inf"})
    assert done.stderr.startswith("note: f = log(x) is infinite")
    assert call("backprop", "log(x)", "x=0", "-q").stderr == ""


@pytest.mark.parametrize(
    ("words", "said", "column"),
    [
        (("x.real", "x=1"), "may not hold an attribute", 1),
        (("x +", "x=1"), "cannot be read", 3),
        (("1 + eval(x)", "x=1"), "No function is called 'eval'", 4),
        (("x + w", "x=1"), "'w' is no input", 4),
        (("sum(W @ x)", "W=[[1,2]]", "x=[1]"), "matmul got shapes (1, 2) and (1,)", 6),
    ],
)
def test_an_error_shows_the_place_in_the_expression(call, words, said, column):
    done = call("backprop", *words)
    assert (done.exit_code, done.stdout) == (1, "")
    first, expression, caret = done.stderr.splitlines()
    assert first.startswith("Error: ") and said in first
    assert expression == f"    {words[0]}"
    assert caret == " " * (4 + column) + "^"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x", "x=nan"), "Input 'x' must be finite; it is nan"),
        (("x", "x=[1, 2]"), "The output must be one number; it has shape (2,)"),
        (("x", "x=[[1], [1, 2]]"), "Input 'x' must be a number or an array of numbers"),
        (("x", "x=@missing.csv"), "The file must exist; there is none at 'missing.csv'"),
        (("x", "x=@data.txt"), "The file of x must end in .csv, .json, .npy"),
        (("x", "x=@bad.csv"), "must hold numbers and nothing else"),
        (("x", "x=@bad.npy"), "must hold numbers and nothing else"),
        (("x", "x=@bad.json"), "must hold numbers and nothing else"),
        (
            ("x", "x=1", "--paths", "q"),
            "--paths must name a node. No node is called 'q'; there are 'x'",
        ),
        (("x", "x=1", "--svg", "nowhere/a.svg"), "The folder of --svg must exist"),
        (("x", "x=1", "--html", "."), "--html must name a file"),
        (("x", "x=1", "--svg", "a", "--html", "a"), "--html must be a file of its own"),
        (("(" * 1000, "x=1"), "may nest at most 64 brackets"),
    ],
)
def test_what_does_not_fit_ends_with_1(call, tmp_path, words, said):
    for name in ("bad.csv", "bad.npy", "bad.json"):
        (tmp_path / name).write_bytes(b"[1, two")
    done = call("backprop", *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing argument 'EXPRESSION'"),
        (("x", "x"), "an input is NAME=VALUE, such as x=-2; got 'x'"),
        (("x", "1=2"), "an input is NAME=VALUE"),
        (
            ("x", "x=one"),
            "the value of x is a number, an array such as '[1,2]', or @FILE; got 'one'",
        ),
        (("x", "x="), "the value of x is a number"),
        (("x", 'x={"a": 1}'), "the value of x is a number"),
        (("x", "x=1", "x=2"), "'x' is given twice"),
        (("x", "x=1", "-j"), "an input is NAME=VALUE, such as x=-2; got '-j'"),
        (("x", "x=1", "--jsn"), "No such option '--jsn'"),
        (("x", "x=1", "--svg"), "Option '--svg' requires an argument"),
        (("x", "x=1", "--json", "--latex"), "both want standard output"),
    ],
)
def test_a_command_line_that_is_not_understood_ends_with_2(call, words, said):
    done = call("backprop", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())


def test_a_pickle_is_never_opened(call, tmp_path):
    np.save("objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    done = call("backprop", "x", "x=@objects.npy")
    assert done.exit_code == 1
    assert "must hold numbers and nothing else" in done.stderr


def test_the_help_page_shows_examples(call):
    text = call("backprop", "--help").stdout
    assert 'ganglion backprop "(x + y) * z" x=-2 y=5 z=-4' in text
    assert "backprop" in call("--help").stdout


def test_control_characters_do_not_reach_the_terminal(call):
    done = call("backprop", "'\x1b[2J'", "x=1")
    assert done.exit_code == 1
    assert "\x1b" not in done.stderr


def test_the_value_is_that_of_the_function_in_python(call):
    found = json.loads(call("backprop", "x * exp(-x)", "x=2", "--json").stdout)
    assert found["value"] == pytest.approx(2 * math.exp(-2), rel=1e-15)
    assert found["gradient"]["x"] == pytest.approx(-math.exp(-2), rel=1e-14)


def test_a_narrow_terminal_loses_no_column_and_no_digit(call):
    words = ("backprop", "sum(tanh(W @ x) * x)", "W=[[1,2],[3,4]]", "x=[1,2]", "--paths", "x")
    wide, narrow = (call(*words, env={"COLUMNS": columns}).stdout for columns in ("200", "40"))
    for word in ("node", "formula", "value", "gradient", "W @ x", "[0.0001816, 2.232e-9]"):
        assert word in wide
        assert word in narrow


def test_a_terminal_of_no_columns_is_one_of_unknown_width(call):
    done = call("backprop", *LECTURE, env={"COLUMNS": "0"})
    assert done.stdout.startswith("(x + y) * z = -12\n")


def test_a_file_without_numbers_is_an_empty_array_only_where_it_says_so(call, tmp_path):
    (tmp_path / "nothing.csv").write_text("")
    done = call("backprop", "sum(x)", "x=@nothing.csv")
    assert done.exit_code == 1
    assert "The file of x, 'nothing.csv', must hold numbers" in done.stderr
    (tmp_path / "nothing.json").write_text("[]")
    assert call("backprop", "sum(x)", "x=@nothing.json").exit_code == 0


def test_a_run_without_standard_output_ends_in_silence(tmp_path):
    line = f'"{sys.executable}" -m ganglion backprop "x * x" x=2 --svg f.svg >&-'
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert (tmp_path / "f.svg").exists()
