"""Networks as Python files: run in a process that knows nothing but Python, and compared with the network itself."""

from __future__ import annotations

import ast
import csv
import io
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion.data.columns import ColumnRule, learn_columns
from ganglion.data.tables import table_from_frame
from ganglion.nn import Dense, Network
from ganglion.nn.exporting import export
from ganglion.nn.exporting._blueprint import Decision, blueprint_of
from ganglion.nn.exporting._python_parts import ACTIVATIONS
from ganglion.nn.exporting._python_source import python_source
from ganglion.nn.tables import TableNetwork
from oracles.compiled import numbers_of, table_of
from oracles.exported_cases import DTYPES, NAMES, network_of, rows
from oracles.network_cases import HIDDEN, random_case
from oracles.networks import ACTIVATIONS as BY_HAND
from oracles.networks import activation_value
from oracles.rounding import bound


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.py"


def run(path, table, *arguments):
    """Run the file on a table, in a process without this library, the environment or the user's packages."""
    given = table.encode() if isinstance(table, str) else table
    command = [sys.executable, "-I", "-S", str(path), *arguments]
    return subprocess.run(command, input=given, capture_output=True)


def imported(path):
    """The names of an exported file, executed as a module that is not run as a program."""
    names = {"__name__": "model"}
    exec(compile(path.read_text(encoding="ascii"), str(path), "exec"), names)
    return names


def written(path, blueprint):
    path.write_text(python_source(blueprint), encoding="ascii")
    return path


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_an_exported_network_agrees_with_the_network(name, dtype, path):
    network, X = network_of(name, dtype), rows(dtype=dtype)
    export(network, path)
    predict = imported(path)["predict"]
    found = np.array([predict(x) for x in X.tolist()])
    assert np.all(np.abs(found - network.forward(X)) <= bound(network, X))


@pytest.mark.parametrize("name", ["two residuals", "gelu", "softmax"])
def test_the_program_prints_what_the_function_gives(name, path):
    network, X = network_of(name), rows()
    export(network, path)
    predict = imported(path)["predict"]
    done = run(path, table_of(X))
    assert done.returncode == 0, done.stderr
    assert numbers_of(done.stdout).tolist() == [predict(x) for x in X.tolist()]
    table = path.with_suffix(".csv")
    table.write_text("a,b,c,d\n" + table_of(X))
    named = run(path, "", str(table)).stdout
    assert (
        named == ",".join(f"y{k + 1}" for k in range(network.n_out)).encode() + b"\n" + done.stdout
    )


@given(seed=st.integers(0, 10_000))
def test_random_networks_agree(seed):
    # A sum may fall to either side of the edge of a step, whose other tests keep away from it.
    case = random_case(seed, names=[name for name in HIDDEN if name != "step"])
    names = {"__name__": "model"}
    exec(python_source(blueprint_of(case.network)), names)
    found = np.array([names["predict"](x) for x in case.X])
    outputs = case.network.forward(case.X)
    assert np.all(np.abs(found - outputs) <= bound(case.network, case.X))


def test_the_file_imports_mathematics_and_nothing_else_until_it_is_run(path):
    export(network_of("two residuals"), path)
    tree = ast.parse(path.read_text())
    outside = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [ast.unparse(node) for node in outside] == ["import math"]
    anywhere = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert anywhere <= {"math", "csv", "sys"}


def test_every_activation_has_its_function():
    assert set(ACTIVATIONS) == set(gl.nn.activations)


@pytest.mark.parametrize("name", BY_HAND)
def test_activations_hold_from_one_end_of_the_numbers_to_the_other(name, path):
    network = Network([Dense(1, 1, name, bias=False)])
    network.set_parameters({"W1": [[1.0]]})
    export(network, path)
    predict = imported(path)["predict"]
    for size in (0.0, 1e-300, 1e-8, 0.3, 2.5, 36.0, 700.0, 1e4, 1e300):
        for v in (size, -size):
            exact = activation_value(name, v)
            assert math.isclose(predict([v])[0], exact, rel_tol=8 * 2.0**-52, abs_tol=2.3e-308)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_written_weights_are_the_networks_to_the_bit(dtype, path):
    network = network_of("sigmoid", dtype)
    export(network, path)
    names = imported(path)
    for name, array in network.parameters.items():
        assert np.array(names[name]).astype(dtype).tobytes() == array.tobytes()
        assert np.array_equal(names[name], array)


def test_the_same_network_gives_the_same_bytes(tmp_path):
    for number in range(2):
        export(network_of("two residuals"), tmp_path / f"{number}.py")
    first, second = ((tmp_path / f"{number}.py").read_bytes() for number in range(2))
    assert first == second and first.isascii()
    assert max(map(len, first.splitlines())) <= 120


@pytest.mark.parametrize("row", [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0, math.nan], [1, 2, 3, math.inf]])
def test_a_row_that_is_none_is_an_error(row, path):
    export(network_of("one layer"), path)
    with pytest.raises(ValueError, match="a row must be 4 finite numbers; got"):
        imported(path)["predict"](row)


# --- classifiers ------------------------------------------------------------------------------------


def classifier(path, kind, labels, names=None):
    """An exported classifier of 4 numbers, and its network."""
    n_out = 1 if kind == "binary" else len(labels)
    last = "softmax" if kind == "multiclass" else "sigmoid"
    network = Network([Dense(4, 6, "tanh"), Dense(6, n_out, last)], random_state=0)
    written(path, blueprint_of(network, names=names, decision=Decision.of(kind, labels)))
    return network


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
@pytest.mark.parametrize("labels", [["a", "ö"], [3, 7], [0.5, 2.0], np.array([False, True])])
def test_a_classifier_gives_labels_and_probabilities(kind, labels, path):
    network, X = classifier(path, kind, labels), rows()
    outputs = network.forward(X)
    expected = np.hstack([1 - outputs, outputs]) if kind == "binary" else outputs
    names = imported(path)
    found = np.array([names["predict_proba"](x) for x in X])
    assert np.all(np.abs(found - expected) <= bound(network, X) + 2.0**-52)
    known = [np.asarray(labels).tolist()[place] for place in expected.argmax(axis=1)]
    assert [names["predict"](x) for x in X] == known
    assert type(names["predict"](X[0])) is type(known[0])
    assert len(set(known)) == 2


def test_several_labels_may_hold(path):
    network, X = classifier(path, "multilabel", ["p", "q", "r"]), rows()
    predict = imported(path)["predict"]
    assert np.array_equal([predict(x) for x in X], network.forward(X) > 0.5)


HOSTILE = ['quote " and , comma', '"""', "\\", "ANSWER PLACES CELLS", "line\nbreak", "Größe %s {x}"]


def test_names_and_labels_of_any_kind_come_through(path):
    classifier(path, "multiclass", HOSTILE, names=["a", "b,c", 'd"e', "ö?"])
    done = run(path, 'a,"b,c","d""e",ö?\n' + table_of(rows(200)))
    assert done.returncode == 0, done.stderr
    answers = list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))
    assert answers[0] == ["label", *(f"p({label})" for label in HOSTILE)]
    assert {answer[0] for answer in answers[1:]} <= set(HOSTILE)


# --- the program ------------------------------------------------------------------------------------


def test_a_table_is_read_as_it_comes(path):
    export(network_of("no bias"), path)
    plain = run(path, "1,2,3,4\n5,6,7,8\n").stdout
    assert len(plain.splitlines()) == 2
    for table in (
        "1,2,3,4\r\n5,6,7,8\r\n",
        "\n1,2,3,4\n\n5,6,7,8",
        '"1","2",3,"4"\n5,6,7,8\n',
        " 1, 2,3 ,4\t\n5,6,7,8\n",
        b"\xef\xbb\xbf1,2,3,4\n5,6,7,8\n",
    ):
        assert run(path, table).stdout == plain
    assert run(path, "").stdout == b""


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("1,2,3\n", "line 1 must have 4 cells"),
        ("a,b,c\n", "line 1 must have 4 cells"),
        ("1,2,3,4\n1,2,3,4,5\n", "line 2 must have 4 cells"),
        ("1,2,3,4\n1,2,x,4\n", "line 2, cell 3 must be a finite number; it is 'x'"),
        ("1,2,,4\n", "line 1, cell 3 must be a finite number; it is ''"),
        ("1,2,3,1_000\n", "line 1, cell 4 must be a finite number; it is '1_000'"),
        ("1,2,3,nan\n", "line 1, cell 4 must be a finite number; it is 'nan'"),
        ("a,b,c,d\ne,f,g,h\n", "line 2, cell 1 must be a finite number; it is 'e'"),
    ],
)
def test_a_line_that_is_no_row_ends_the_program_with_its_place(table, message, path):
    export(network_of("no bias"), path)
    done = run(path, table)
    assert done.returncode == 1
    assert message in done.stderr.decode()


def test_columns_that_have_names_are_found_by_them(path):
    written(path, blueprint_of(network_of("one layer"), names=["w", "x", "y", "z"]))
    plain = run(path, "w,x,y,z\n1,2,3,4\n").stdout
    assert run(path, "z,more,x,w,y\n4,text,2,1,3\n").stdout == plain
    done = run(path, "w,x,y\n1,2,3\n")
    assert done.returncode == 1
    assert b"line 1 must name the column 'z'; it does not" in done.stderr


# --- columns of tables ------------------------------------------------------------------------------

FRAME = {
    "mass": [1.5, None, 4.0, 2.5],
    "kind": ["a", "b", None, "a"],
    "adult": [True, False, True, None],
    "year": [2001.0, 2002.0, 2003.0, 2010.0],
}
CELLS = [
    [1.5, "a", True, 2001.0],
    [None, "b", False, 2002.0],
    [4.0, None, True, 2003],
    [2.5, "a", None, 2010],
]


def encoded(path):
    """An exported network behind the columns of `FRAME`, its encoding, and the network."""
    encoding = learn_columns(table_from_frame(FRAME), "standard")
    network = Network([Dense(len(encoding.names), 3, "tanh"), Dense(3, 1)], random_state=0)
    written(path, blueprint_of(network, columns=encoding.columns))
    return encoding, network


def test_texts_and_gaps_become_inputs_as_they_did_in_training(path):
    encoding, network = encoded(path)
    table = table_from_frame(FRAME)
    names = imported(path)
    inputs = np.array([names["inputs"](cells) for cells in CELLS])
    assert np.array_equal(inputs, encoding.encode(table))
    outputs = network.forward(encoding.encode(table))
    found = np.array([names["predict"](cells) for cells in CELLS])
    assert np.all(np.abs(found - outputs) <= bound(network, inputs))
    # A text that was never seen is none of the known ones.
    assert names["inputs"]([1.5, "never", True, 2001.0])[2:4] == [0.0, 0.0]


def test_cells_may_be_numpys_own(path):
    encoding, _ = encoded(path)
    cells = [np.float64(1.5), np.str_("a"), np.bool_(True), np.int64(2001)]
    assert np.array_equal(
        imported(path)["inputs"](cells), encoding.encode(table_from_frame(FRAME))[0]
    )


def test_a_network_of_a_table_is_written_with_its_columns(path):
    encoding = learn_columns(table_from_frame(FRAME), "standard")
    sizes = (len(encoding.names), 4)
    classes = Network(
        [Dense(*sizes, "tanh"), Dense(4, 3, "softmax")], "cross_entropy", random_state=0
    )
    number = Network([Dense(*sizes, "tanh"), Dense(4, 1)], random_state=0)
    named = TableNetwork(encoding=encoding, network=classes, target="y", classes=("a", "b", "ö"))
    valued = TableNetwork(
        encoding=encoding, network=number, target="y", classes=(), center=50.0, scale=3.0
    )
    table = table_from_frame(FRAME)
    export(named, path)
    assert [imported(path)["predict"](cells) for cells in CELLS] == named.predict(
        table
    ).values.tolist()
    export(valued, path)
    found = [imported(path)["predict"](cells)[0] for cells in CELLS]
    np.testing.assert_allclose(found, valued.predict(table).values, rtol=1e-14)


def test_the_program_reads_texts_and_gaps(path):
    encoded(path)
    predict = imported(path)["predict"]
    table = "year,kind,mass,adult\n2001,a,1.5,True\n2002,b,,false\n2003,,4,true\n2010,a,2.5,\n"
    done = run(path, table)
    assert done.returncode == 0, done.stderr
    assert numbers_of(done.stdout.split(b"\n", 1)[1]).tolist() == [
        predict(cells) for cells in CELLS
    ]
    for bad, message in (
        ("mass,kind,adult\n1,a,true\n", "line 1 must name the column 'year'; it does not"),
        (
            "mass,kind,adult,year\nx,a,true,1\n",
            "line 2, column 'mass' must be a finite number; it is 'x'",
        ),
    ):
        assert message in run(path, bad).stderr.decode()


def test_a_row_of_cells_that_is_none_is_an_error(path):
    encoded(path)
    predict = imported(path)["predict"]
    with pytest.raises(ValueError, match="a row must have 4 cells"):
        predict([1.0])
    with pytest.raises(ValueError, match="numbers must be finite"):
        predict([math.inf, "a", True, 2001.0])


def test_columns_of_numbers_without_gaps_are_a_step_of_their_own(path):
    rules = [ColumnRule(name, "number", 0.0, 10.0, 4.0, False, ()) for name in "wxyz"]
    network = network_of("one layer")
    written(path, blueprint_of(network, columns=rules))
    found = np.array([imported(path)["predict"](x) for x in rows().tolist()])
    standardised = (rows() - 10.0) / 4.0
    assert np.all(np.abs(found - network.forward(standardised)) <= bound(network, standardised))
    assert "NAMES" in path.read_text()


def test_outputs_in_the_unit_of_their_column(path):
    network, X = network_of("one number"), rows()
    written(path, blueprint_of(network, center=100.0, scale=7.0))
    found = np.array([imported(path)["predict"](x) for x in X.tolist()])
    slack = 7.0 * bound(network, X) + 4 * 2.0**-52 * 107
    assert np.all(np.abs(found - (100.0 + 7.0 * network.forward(X))) <= slack)
