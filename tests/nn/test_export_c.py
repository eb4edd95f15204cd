"""Networks as C files: compiled with every warning an error, run on rows, and compared with the network itself."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion.nn import BatchNorm, Dense, Network, Residual
from ganglion.nn._engine.choosing import engine_for
from ganglion.nn._engine.program import Program
from ganglion.nn.exporting import export
from ganglion.nn.exporting._blueprint import Decision, blueprint_of
from ganglion.nn.exporting._c_parts import ACTIVATIONS
from ganglion.nn.exporting._c_source import c_source
from ganglion.nn.exporting._texts import number_texts
from oracles.compiled import Library, built, numbers_of, run, table_of
from oracles.exported_cases import DTYPES, NAMES, network_of, rows
from oracles.networks import ACTIVATIONS as BY_HAND
from oracles.networks import activation_value
from oracles.rounding import bound


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.c"


def written(path, blueprint):
    path.write_text(c_source(blueprint), encoding="ascii")
    return path


def classifier(path, kind, labels, dtype="float64", names=None):
    """An exported classifier of 4 numbers, and its network."""
    n_out = 1 if kind == "binary" else len(labels)
    last = "softmax" if kind == "multiclass" else "sigmoid"
    network = Network([Dense(4, 6, "tanh"), Dense(6, n_out, last)], random_state=0, dtype=dtype)
    written(path, blueprint_of(network, names=names, decision=Decision.of(kind, labels)))
    return network


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_a_compiled_network_agrees_with_the_network(name, dtype, path):
    network, X = network_of(name, dtype), rows(dtype=dtype)
    export(network, path)
    found = Library(path, dtype).rows("predict", X, network.n_out)
    assert np.all(np.abs(found - network.forward(X)) <= bound(network, X))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name in NAMES if name in gl.nn.activations])
def test_a_compiled_network_agrees_with_the_native_program(name, dtype, path):
    network, X = network_of(name, dtype), rows(dtype=dtype)
    engine = engine_for(network)
    assert isinstance(engine, Program)
    engine.write(network.parameters)
    export(network, path)
    found = Library(path, dtype).rows("predict", X, network.n_out)
    assert np.all(np.abs(found - engine.predict(X)) <= bound(network, X))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_program_prints_what_the_function_gives(dtype, path):
    network, X = network_of("two residuals", dtype), rows(dtype=dtype)
    export(network, path)
    done = run(built(path, "-DCSV_MAIN", target=".program"), table_of(X))
    assert done.returncode == 0, done.stderr
    found = Library(path, dtype).rows("predict", X, network.n_out)
    assert np.array_equal(numbers_of(done.stdout).astype(dtype), found)


@pytest.mark.parametrize("name", BY_HAND)
def test_activations_are_exact_from_one_end_of_the_numbers_to_the_other(name, path):
    network = Network([Dense(1, 1, name, bias=False)])
    network.set_parameters({"W1": [[1.0]]})
    export(network, path)
    sizes = [0.0, 1e-300, 1e-20, 1e-8, 0.3, 1.0, 2.5, 7.0, 36.0, 700.0, 1e4, 1e300]
    v = np.array([*sizes, *(-size for size in sizes)])
    found = Library(path, "float64").rows("predict", v[:, None], 1)[:, 0]
    expected = np.array([activation_value(name, value) for value in v.tolist()])
    tiny = np.finfo(float).tiny
    assert np.all(np.abs(found - expected) <= 8 * np.finfo(float).eps * np.abs(expected) + tiny)


@pytest.mark.parametrize("name", gl.nn.activations)
def test_what_is_no_number_stays_none(name, path):
    network = Network([Dense(1, 2, name, bias=False)])
    network.set_parameters({"W1": [[1.0, 0.5]]})
    export(network, path)
    assert np.all(np.isnan(Library(path, "float64").rows("predict", np.array([[np.nan]]), 2)))


def test_every_activation_has_its_function():
    assert set(ACTIVATIONS) == set(gl.nn.activations)


@given(
    values=st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1),
    narrow=st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1),
)
def test_every_number_reads_back_as_the_same_bits(values, narrow):
    wide, single = np.array(values), np.array(narrow, np.float32)
    assert np.array([float(text) for text in number_texts(wide)]).tobytes() == wide.tobytes()
    assert (
        np.array([np.float32(text) for text in number_texts(single)]).tobytes() == single.tobytes()
    )
    assert all("." in text or "e" in text for text in number_texts(wide) + number_texts(single))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_compiled_weights_are_the_networks_to_the_bit(dtype, path):
    network = network_of("one layer", dtype)
    W = np.random.default_rng(0).normal(size=(4, 3)) * 10.0 ** np.arange(-30, 30, 5).reshape(4, 3)
    limits = np.finfo(dtype)
    W[:, 0] = [limits.max, limits.tiny, limits.smallest_subnormal, -limits.max]
    network.set_parameters({"W1": W, "b1": np.zeros(3)})
    export(network, path)
    found = Library(path, dtype).rows("predict", np.eye(4), 3)
    assert found.tobytes() == network.parameters["W1"].tobytes()


def test_a_batch_norm_right_behind_sums_is_a_part_of_them(path):
    def steps(name):
        export(network_of(name), path)
        return re.findall(r"^ \* step \d+: (.*)$", path.read_text(), re.M)

    assert steps("a batch norm behind sums") == [
        "4 -> 6: weighted sums, relu", "6 -> 3: weighted sums",
    ]  # fmt: skip
    assert steps("a batch norm behind an activation")[1] == "6 -> 6: scaled"
    # There the residual adds the sums as they are before the norm.
    assert steps("a batch norm that a residual looks behind")[:2] == [
        "4 -> 5: weighted sums", "5 -> 5: scaled",
    ]  # fmt: skip
    assert steps("two residuals")[3] == "5 -> 5: what step 2 was given is added"


def test_a_batch_norm_by_hand(path):
    # Sums 2 x + 1, mean 3, variance 4 - 1e-5, gamma 6, beta 0.5: (2 x + 1 - 3) / 2 * 6 + 0.5 = 6 x - 5.5.
    network = Network([Dense(1, 1), BatchNorm(1)])
    network.set_parameters({"W1": [[2.0]], "b1": [1.0], "gamma1": [6.0], "beta1": [0.5]})
    network.set_running({"mean1": [3.0], "variance1": [4.0 - 1e-5]})
    export(network, path)
    found = Library(path, "float64").rows("predict", np.array([[0.0], [1.0], [-2.0]]), 1)
    np.testing.assert_allclose(found[:, 0], [-5.5, 0.5, -17.5], rtol=1e-15)


def test_a_residual_by_hand(path):
    # x + relu(x W), W swapping the two numbers: (3, -1) + relu(-1, 3) = (3, 2).
    network = Network([Residual([Dense(2, 2, "relu", bias=False)])])
    network.set_parameters({"W1": [[0.0, 1.0], [1.0, 0.0]]})
    export(network, path)
    assert Library(path, "float64").rows("predict", np.array([[3.0, -1.0]]), 2).tolist() == [
        [3.0, 2.0]
    ]


def test_the_same_network_gives_the_same_bytes_and_plain_ascii(tmp_path):
    for number in range(2):
        export(network_of("two residuals"), tmp_path / f"{number}.c")
    first, second = ((tmp_path / f"{number}.c").read_bytes() for number in range(2))
    assert first == second and first.isascii()
    assert max(map(len, first.splitlines())) <= 120
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0.c", "1.c"]


def test_the_file_needs_the_header_of_mathematics_alone(path):
    export(network_of("two residuals"), path)
    source = path.read_text()
    plain = source[: source.index("#ifdef CSV_MAIN")]
    assert re.findall(r"#include (.*)", plain) == ["<math.h>", "<stddef.h>"]
    library = built(path, "-shared", "-fPIC", target=".so")
    done = subprocess.run(
        ["nm", "-D", "--defined-only", str(library)], capture_output=True, text=True
    )
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["predict"]


# --- classifiers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_a_classifier_gives_the_place_of_the_label_and_probabilities(kind, dtype, path):
    labels = ["no", "yes"] if kind == "binary" else ["a", "b", "c"]
    network, X = classifier(path, kind, labels, dtype), rows(dtype=dtype)
    outputs = network.forward(X)
    expected = np.hstack([1 - outputs, outputs]) if kind == "binary" else outputs
    library = Library(path, dtype)
    found = library.rows("predict_proba", X, len(labels))
    assert np.all(np.abs(found - expected) <= bound(network, X) + np.finfo(dtype).eps)
    assert library.places(X) == expected.argmax(axis=1).tolist()
    assert len(set(library.places(X))) > 1


def test_several_labels_may_hold(path):
    network, X = classifier(path, "multilabel", ["p", "q", "r"]), rows()
    library, outputs = Library(path, "float64"), network.forward(X)
    assert np.array_equal(library.rows("predict", X, 3, np.intc), outputs > 0.5)
    assert np.all(np.abs(library.rows("predict_proba", X, 3) - outputs) <= bound(network, X))
    done = run(built(path, "-DCSV_MAIN", target=".program"), "w,x,y,z\n" + table_of(X))
    head, *lines = done.stdout.decode().splitlines()
    assert head == "p,q,r,p(p),p(q),p(r)"
    assert np.array_equal(numbers_of("\n".join(lines))[:, :3], outputs > 0.5)


def test_equal_probabilities_go_to_the_first_label(path):
    for kind, n_out in (("multiclass", 3), ("binary", 1)):
        last = "softmax" if kind == "multiclass" else "sigmoid"
        network = Network([Dense(1, n_out, last, bias=False)])
        network.set_parameters({"W1": np.zeros((1, n_out))})
        labels = range(2 if kind == "binary" else 3)
        written(path, blueprint_of(network, decision=Decision.of(kind, labels)))
        assert Library(path.rename(path.with_stem(kind)), "float64").places(np.ones((1, 1))) == [0]


HOSTILE = [
    'quote " and , comma',
    "*/ int main(void) {} /*",
    "what??/",
    "REAL @ DIGITS",
    "line\nbreak",
    "Größe \\n %s",
]


def test_names_and_labels_of_any_kind_come_through(path):
    classifier(path, "multiclass", HOSTILE, names=["a", "b,c", 'd"e', "ö?"])
    program = built(path, "-DCSV_MAIN", target=".program")
    header = 'a,"b,c","d""e",ö?\n'
    done = run(program, header + table_of(rows(200)))
    assert done.returncode == 0, done.stderr
    import csv
    import io

    answers = list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))
    assert answers[0] == ["label", *(f"p({label})" for label in HOSTILE)]
    assert {answer[0] for answer in answers[1:]} <= set(HOSTILE)
    assert all(abs(sum(map(float, answer[1:])) - 1) < 1e-12 for answer in answers[1:])


def test_many_labels_and_long_names_are_no_long_text(path):
    # A C compiler need not take texts beyond 4095 characters, and -pedantic says so.
    labels, names = [f"label {i}" for i in range(600)], [letter * 1000 for letter in "wxyz"]
    classifier(path, "multiclass", labels, names=names)
    program = built(path, "-DCSV_MAIN", target=".program")
    done = run(program, ",".join(names) + "\n1,2,3,4\n")
    assert done.stdout.startswith(b"label,p(label 0),p(label 1)")
    assert [len(line.split(b",")) for line in done.stdout.splitlines()] == [601, 601]


def test_labels_may_be_numbers_and_truths(path):
    for number, labels in enumerate(([3, 7], np.array([0.5, 2.0]), np.array([False, True]))):
        classifier(path, "binary", labels)
        program = built(path.rename(path.with_stem(f"m{number}")), "-DCSV_MAIN", target=".program")
        words = {
            line.split(b",")[0].decode()
            for line in run(program, table_of(rows())).stdout.splitlines()
        }
        assert words <= {str(label) for label in np.asarray(labels).tolist()}


# --- the program ------------------------------------------------------------------------------------


@pytest.fixture
def program(path):
    export(network_of("no bias"), path)
    return built(path, "-DCSV_MAIN", target=".program")


def test_a_table_is_read_as_it_comes(program):
    plain = run(program, "1,2,3,4\n5,6,7,8\n").stdout
    assert len(plain.splitlines()) == 2
    for table in (
        "1,2,3,4\r\n5,6,7,8\r\n",
        "1,2,3,4\n5,6,7,8",
        "\n1,2,3,4\n\n5,6,7,8\n\n",
        '"1","2",3,"4"\n5,6,7,8\n',
        " 1, 2,3 ,4\t\n5,6,7,8\n",
        "1.0,2e0,+3,0.4e1\n5,6,7,8\n",
        b"\xef\xbb\xbf1,2,3,4\n5,6,7,8\n",
        "1" + "." + "0" * 5000 + ",2,3,4\n5,6,7,8\n",
    ):
        done = run(program, table)
        assert (done.returncode, done.stdout) == (0, plain), (table, done.stderr)
    assert run(program, "a,b,c,d\n1,2,3,4\n5,6,7,8\n").stdout == b"y1,y2,y3\n" + plain
    assert run(program, "").stdout == b""


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("1,2,3\n", "line 1 must have 4 cells"),
        ("1,2,3,4\n1,2,3,4,5\n", "line 2 must have 4 cells"),
        ("1,2,3,4\n1,2,x,4\n", "line 2, cell 3 must be a finite number; it is 'x'"),
        ("1,2,,4\n", "line 1, cell 3 must be a finite number; it is ''"),
        ("1,2,3,nan\n", "line 1, cell 4 must be a finite number; it is 'nan'"),
        ("1,2,3,4\n1,2,inf,4\n", "line 2, cell 3 must be a finite number; it is 'inf'"),
        ("1,2,3,1e999\n", "line 1, cell 4 must be a finite number; it is '1e999'"),
        ("a,b,c,d\ne,f,g,h\n", "line 2, cell 1 must be a finite number; it is 'e'"),
        ("1,2,3,4 5\n", "line 1, cell 4 must be a finite number; it is '4 5'"),
    ],
)
def test_a_line_that_is_no_row_ends_the_program_with_its_place(program, table, message):
    done = run(program, table)
    assert done.returncode == 1
    assert message in done.stderr.decode()


def test_columns_that_have_names_must_come_in_their_order(path):
    written(path, blueprint_of(network_of("one layer"), names=["w", "x", "y", "z"]))
    program = built(path, "-DCSV_MAIN", target=".program")
    assert run(program, "w,x,y,z\n1,2,3,4\n").returncode == 0
    done = run(program, "w,y,x,z\n1,2,3,4\n")
    assert done.returncode == 1
    assert b"column 2 must be 'x'; it is 'y'" in done.stderr


def test_a_disk_that_is_full_is_said(program):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [str(program)], input=b"1,2,3,4\n", stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 1
    assert b"the output cannot be written" in done.stderr
