"""Labels joined to their rows: every cell as it was, safe in a spreadsheet, whole or not there."""

from __future__ import annotations

import csv
import os
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion._errors import DataError, ParameterError
from ganglion.data import (
    Table,
    design_matrix,
    example_path,
    read_table,
    table_from_frame,
    write_labels,
)

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


def source(folder: Path, text: str, **options: object) -> Table:
    path = folder / "in.csv"
    path.write_bytes(text.encode())
    return read_table(path, **options)


def rows_of(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_every_cell_is_written_as_it_stood_in_the_file(tmp_path: Path):
    table = source(tmp_path, 'zip,v,"a ""b"""\n01234,1.50,x\n00001,NA," y, z"\n', columns=["v"])
    assert write_labels(table, [3, 1], tmp_path / "out.csv") == "cluster"
    assert rows_of(tmp_path / "out.csv") == [
        ["zip", "v", 'a "b"', "cluster"],
        ["01234", "1.50", "x", "3"],
        ["00001", "NA", " y, z", "1"],
    ]


def test_rows_that_were_left_out_get_no_label(tmp_path: Path):
    table = read_table(example_path("penguins"))
    matrix = design_matrix(table)
    write_labels(table, [7] * len(matrix.rows), tmp_path / "out.csv", rows=matrix.rows)
    rows = rows_of(tmp_path / "out.csv")
    assert len(rows) == 345
    assert rows[4] == ["Adelie", "Torgersen", "NA", "NA", "NA", "NA", "NA", "2007", ""]
    assert sum(row[-1] == "7" for row in rows[1:]) == 333


@pytest.mark.parametrize(
    ("names", "free"),
    [("a,b", "cluster"), ("cluster,b", "cluster_2"), ("cluster,cluster_2", "cluster_3")],
)
def test_the_new_column_gets_a_free_name(tmp_path: Path, names: str, free: str):
    table = source(tmp_path, f"{names}\n1,2\n")
    assert write_labels(table, [0], tmp_path / "out.csv") == free
    assert rows_of(tmp_path / "out.csv")[0] == [*names.split(","), free]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "-x", "+1_000", "=", "+inf"]
)
def test_formulas_are_disarmed_in_cells_and_names(tmp_path: Path, cell: str):
    table = source(tmp_path, f'"{cell}",b\n"{cell}",1\nx,2\n', header=True)
    write_labels(table, [0, 0], tmp_path / "safe.csv")
    rows = rows_of(tmp_path / "safe.csv")
    assert rows[0][0] == rows[1][0] == "'" + cell
    write_labels(table, [0, 0], tmp_path / "raw.csv", excel_safe=False)
    assert rows_of(tmp_path / "raw.csv")[1][0] == cell


def test_cells_that_begin_with_a_tab_or_line_end_are_disarmed(tmp_path: Path):
    table = table_from_frame({"t": ["\t=1", "\r=1", "\n=1", "fine"]})
    write_labels(table, [0] * 4, tmp_path / "out.csv")
    assert [row[0] for row in rows_of(tmp_path / "out.csv")[1:]] == [
        "'\t=1",
        "'\r=1",
        "'\n=1",
        "fine",
    ]


def test_a_number_on_the_first_line_does_not_hide_a_formula(tmp_path: Path):
    write_labels(table_from_frame({"t": ["-1\n=2", "x\n=3"]}), [0, 0], tmp_path / "out.csv")
    assert [row[0] for row in rows_of(tmp_path / "out.csv")[1:]] == ["'-1\n=2", "x\n=3"]


@pytest.mark.parametrize("cell", ["-1.5", "+3", "-1e-5", "-.5"])
def test_numbers_with_a_sign_stay_numbers(tmp_path: Path, cell: str):
    table = source(tmp_path, f"a\n{cell}\n2\n")
    write_labels(table, [0, -1], tmp_path / "out.csv")
    assert rows_of(tmp_path / "out.csv") == [["a", "cluster"], [cell, "0"], ["2", "-1"]]


def test_tabs_separate_a_tsv_file(tmp_path: Path):
    write_labels(source(tmp_path, "a,b\n1,x y\n"), [0], tmp_path / "out.tsv")
    assert rows_of(tmp_path / "out.tsv", "\t") == [["a", "b", "cluster"], ["1", "x y", "0"]]


def test_frames_are_written_in_plain_text(tmp_path: Path):
    frame = pd.DataFrame(
        {
            "i": pd.array([1, None], dtype="Int64"),
            "f": [0.1, 1e300],
            "b": [True, None],
            "t": ["ü", None],
            "d": pd.to_datetime(["2020-02-29", None]),
        }
    )
    write_labels(table_from_frame(frame), [1, 0], tmp_path / "out.csv")
    assert rows_of(tmp_path / "out.csv")[1:] == [
        ["1", "0.1", "true", "ü", "2020-02-29T00:00:00", "1"],
        ["", "1e+300", "", "", "", "0"],
    ]


def test_parquet_rows_are_written_with_all_columns(tmp_path: Path):
    pq.write_table(
        pa.table({"a": [2**60, 1], "l": [[1, 2], None], "x": [0.5, None]}), tmp_path / "in.parquet"
    )
    table = read_table(tmp_path / "in.parquet", columns=["x"])
    write_labels(table, [4, 5], tmp_path / "out.csv")
    assert rows_of(tmp_path / "out.csv") == [
        ["a", "l", "x", "cluster"],
        [str(2**60), "[1, 2]", "0.5", "4"],
        ["1", "", "", "5"],
    ]


def test_the_input_itself_may_be_replaced(tmp_path: Path):
    table = source(tmp_path, "a\n1\n2\n")
    write_labels(table, [0, 1], tmp_path / "in.csv")
    assert rows_of(tmp_path / "in.csv") == [["a", "cluster"], ["1", "0"], ["2", "1"]]


def test_many_rows_keep_their_labels(tmp_path: Path):
    n = 150_000
    table = source(tmp_path, "i,t\n" + "".join(f"{i},NA\n" for i in range(n)))
    write_labels(table, range(n), tmp_path / "out.csv")
    assert all(row[0] == row[2] for row in rows_of(tmp_path / "out.csv")[1:])


@pytest.mark.parametrize(
    ("labels", "rows", "message"),
    [
        ([0], None, "got 1 labels for 2 rows"),
        ([0.5, 1.0], None, "one integer per row; got shape .2,. of float64"),
        ([[0, 1]], None, "one integer per row; got shape"),
        ([0, 1], [0, 2], "different rows of the table, 0 to 1; got 0 to 2"),
        ([0, 1], [1, 1], "different rows of the table"),
        ([0, 1], [-1, 0], "different rows of the table, 0 to 1; got -1 to 0"),
    ],
)
def test_labels_that_do_not_fit_are_refused_before_anything_is_written(
    tmp_path: Path, labels, rows, message
):
    table = source(tmp_path, "a\n1\n2\n")
    with pytest.raises(DataError, match=message):
        write_labels(table, labels, tmp_path / "out.csv", rows=rows)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("content", ["a\n1\n2\n3\n", "a\n1\n", "a\n5\n6\n"])
def test_a_file_that_changed_since_is_refused(tmp_path: Path, content: str):
    table = source(tmp_path, "a\n1\n2\n")
    (tmp_path / "out.csv").write_text("old")
    (tmp_path / "in.csv").write_text(content)
    os.utime(tmp_path / "in.csv", ns=(1, 1))
    with pytest.raises(DataError, match=r"must stay as it was read; 'in.csv' has changed"):
        write_labels(table, [0, 1], tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "old"


def test_a_file_that_is_gone_is_refused(tmp_path: Path):
    table = source(tmp_path, "a\n1\n2\n")
    (tmp_path / "in.csv").unlink()
    with pytest.raises(DataError, match="has changed since"):
        write_labels(table, [0, 1], tmp_path / "out.csv")


@pytest.mark.parametrize("name", ["out.parquet", "out", "out.xlsx"])
def test_other_endings_are_refused(tmp_path: Path, name: str):
    with pytest.raises(ParameterError, match=r"written as .csv or .tsv; got"):
        write_labels(source(tmp_path, "a\n1\n"), [0], tmp_path / name)


def test_a_folder_is_no_output(tmp_path: Path):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(ParameterError, match=r"regular file; .* is a folder"):
        write_labels(source(tmp_path, "a\n1\n"), [0], tmp_path / "out.csv")


def test_a_missing_folder_is_an_os_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        write_labels(source(tmp_path, "a\n1\n"), [0], tmp_path / "no" / "out.csv")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    text = "a\n" + "12345678\n" * 100_000
    source(tmp_path, text)
    (tmp_path / "out.csv").write_text("old")
    # the system's cap on the size of a file stands for the full disk: the same write fails in the same place
    code = (
        "import resource, signal, sys\n"
        "from ganglion.data import read_table, write_labels\n"
        "table = read_table(sys.argv[1])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
        "try: write_labels(table, [0] * table.n_rows, sys.argv[2])\n"
        "except OSError as error: print(error.strerror)\n"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "in.csv"), str(tmp_path / "out.csv")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "File too large"
    assert (tmp_path / "out.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_the_output_has_the_permissions_of_the_file_it_replaces(tmp_path: Path):
    table = source(tmp_path, "a\n1\n")
    out = tmp_path / "out.csv"
    out.write_text("old")
    out.chmod(0o640)
    write_labels(table, [0], out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path):
    table = source(tmp_path, "a\n1\n")
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write_labels(table, [0], tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "a,cluster\n1,0\n"


SOME_CELLS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6)


@given(cells=SOME_CELLS)
@settings(max_examples=15, deadline=None)
def test_any_text_is_written_and_read_back(tmp_path_factory: pytest.TempPathFactory, cells):
    comes_back(tmp_path_factory, cells)


@pytest.mark.heavy
@given(cells=SOME_CELLS)
@settings(max_examples=200, deadline=None)
def test_very_many_texts_are_written_and_read_back(tmp_path_factory: pytest.TempPathFactory, cells):
    comes_back(tmp_path_factory, cells)


def comes_back(tmp_path_factory: pytest.TempPathFactory, cells):
    folder = tmp_path_factory.mktemp("trip")
    columns = {"a": [f"x{a}x" for a, _ in cells], "b": [f"y{b}y" for _, b in cells]}
    write_labels(table_from_frame(columns), range(len(cells)), folder / "one.csv")
    again = read_table(folder / "one.csv")
    assert again.column("a").values.tolist() == columns["a"]
    assert again.column("b").values.tolist() == columns["b"]
    write_labels(again, range(len(cells)), folder / "two.csv", name="again")
    rows = rows_of(folder / "two.csv")
    assert [row[2:] for row in rows[1:]] == [[str(at), str(at)] for at in range(len(cells))]
