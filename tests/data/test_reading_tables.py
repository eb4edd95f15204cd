"""Reading files that are right: kinds, order, quoting, names, and what comes back unchanged."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion import DataError
from ganglion.data import Limits, Table, example_path, read_table

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


def read(folder: Path, text: str, name: str = "table.csv", **options: object) -> Table:
    path = folder / name
    path.write_bytes(text.encode())
    return read_table(path, **options)


def test_the_galaxies_come_with_the_library_and_without_the_misprint():
    table = read_table(example_path("galaxies"))
    velocity = table.column("velocity").values
    assert velocity.shape == (82,)
    assert velocity[77] == 26.960  # not 26.690
    assert velocity.mean() == pytest.approx(20.831463, abs=1e-6)
    assert velocity.std(ddof=1) == pytest.approx(4.568135, abs=1e-6)


def test_the_penguins_come_with_the_library():
    table = read_table(example_path("penguins"))
    assert table.n_rows == 344
    assert [column.kind for column in table.columns] == ["text"] * 2 + ["number"] * 4 + [
        "text",
        "number",
    ]
    assert int(table.column("sex").missing.sum()) == 11
    assert table.column("year").values.dtype == np.int64


def test_an_unknown_example_is_refused_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"one of the bundled examples; got 'iris'. Use one of: galaxies, penguins"
    ):
        example_path("iris")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_line_end_is_recognised(tmp_path: Path, delimiter: str, end: str):
    lines = ["a#b", "1#x", "2#y"]
    table = read(tmp_path, end.join(lines).replace("#", delimiter) + end)
    assert table.names == ("a", "b")
    assert table.column("a").values.tolist() == [1, 2]
    assert table.column("b").values.tolist() == ["x", "y"]


def test_quoted_fields_may_hold_delimiters_quotes_and_line_ends(tmp_path: Path):
    table = read(tmp_path, 'x,"y, ""z""\nw"\n"a\nb","c,""d"""\n1,2\n')
    assert table.names == ("x", 'y, "z"\nw')
    assert table.columns[0].values.tolist() == ["a\nb", "1"]
    assert table.columns[1].values.tolist() == ['c,"d"', "2"]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path):
    assert read(tmp_path, "\ufeffa,b\n1,2\n").names == ("a", "b")


def test_the_last_line_needs_no_line_end_and_blank_lines_are_skipped(tmp_path: Path):
    assert read(tmp_path, "a,b\n1,2\n\n3,4").column("b").values.tolist() == [2, 4]


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        ("1 -2 +3", "number", [1, -2, 3]),
        ("1.5 -2e3 .5 7.", "number", [1.5, -2000.0, 0.5, 7.0]),
        ("1 NA 3", "number", [1.0, None, 3.0]),
        ("9007199254740993 1", "number", [9007199254740993, 1]),
        ("true FALSE True", "boolean", [1.0, 0.0, 1.0]),
        ("true NA", "boolean", [1.0, None]),
        ("01234 00001", "text", ["01234", "00001"]),
        ("0 0.5", "number", [0.0, 0.5]),
        ("1_000 2", "text", ["1_000", "2"]),
        ("0x1F 2", "text", ["0x1F", "2"]),
        ("a NA null n/a", "text", ["a", None, None, None]),
        ("yes no", "text", ["yes", "no"]),
    ],
)
def test_the_kind_is_the_one_that_all_cells_have(
    tmp_path: Path, cells: str, kind: str, values: list[object]
):
    column = read(tmp_path, "v,w\n" + "".join(f"{cell},1\n" for cell in cells.split())).column("v")
    assert column.kind == kind
    found = [
        None if gap else value
        for value, gap in zip(column.values.tolist(), column.missing, strict=True)
    ]
    assert found == values


def test_iso_dates_become_dates(tmp_path: Path):
    column = read(tmp_path, "d\n2020-02-29\n2020-02-29 13:30:00\nNA\n").column("d")
    assert column.kind == "date"
    assert column.values[:2].tolist()[1].hour == 13
    assert column.missing.tolist() == [False, False, True]


def test_blanks_around_cells_and_names_are_dropped(tmp_path: Path):
    table = read(tmp_path, " a , b \n 1 , x \n")
    assert table.names == ("a", "b")
    assert table.column("a").values.tolist() == [1]
    assert table.column("b").values.tolist() == ["x"]


def test_a_column_that_is_nearly_numeric_says_which_cell_is_not(tmp_path: Path):
    column = read(tmp_path, "v\n1\n2\nunknown\n4\n").column("v")
    assert column.kind == "text"
    assert column.note == "3 of its 4 values are numbers, the first other one is 'unknown' in row 3"


def test_decimal_commas_are_read_when_told(tmp_path: Path):
    table = read(tmp_path, "a;b\n1,5;2\n-0,25;1e-3\n", decimal=",")
    assert table.column("a").values.tolist() == [1.5, -0.25]
    assert table.column("b").values.tolist() == [2.0, 0.001]


def test_points_group_thousands_where_the_comma_is_the_decimal_mark(tmp_path: Path):
    table = read(tmp_path, "a;b;c\n1.234,56;1.234;0.125\n-12.345.678,5;999;x\n", decimal=",")
    assert table.column("a").values.tolist() == [1234.56, -12345678.5]
    assert table.column("b").values.tolist() == [1234.0, 999.0]
    assert table.column("c").kind == "text"  # a zero in front groups nothing


def test_numbers_as_a_german_spreadsheet_writes_them_ask_for_the_decimal_comma(tmp_path: Path):
    with pytest.raises(DataError, match=r"holds '1\.234,56' in row 2\. Say decimal=','"):
        read(tmp_path, "a;b\n999;1\n1.234,56;2\n")


def test_commas_group_thousands_where_a_cell_leaves_no_doubt(tmp_path: Path):
    column = read(tmp_path, 'a,b\n"1,234.56",2\n"1,234",3\n12.5,4\n').column("a")
    assert column.values.tolist() == [1234.56, 1234.0, 12.5]
    assert column.note == "commas in its numbers group thousands"
    assert read(tmp_path, 'a,b\n"1,234,567",2\n').column("a").values.tolist() == [1234567.0]
    with pytest.raises(DataError, match="holds '1,234' in row 1"):
        read(tmp_path, 'a,b\n"1,234",2\n12.5,4\n')
    with pytest.raises(DataError, match=r"holds '1,234\.5' in row 1"):  # and 12,5: of two minds
        read(tmp_path, 'a,b\n"1,234.5",2\n"12,5",4\n')


def test_columns_come_in_the_order_asked_for(tmp_path: Path):
    table = read(tmp_path, "a,b,c\n1,2,3\n", columns=["c", "a"])
    assert table.names == ("c", "a")


def test_a_table_without_header_gets_numbered_names(tmp_path: Path):
    table = read(tmp_path, "1,2\n3,4\n", header=False)
    assert table.names == ("column_1", "column_2")
    assert table.n_rows == 2
    assert read(tmp_path, "2019,2020\n3,4\n", header=True).names == ("2019", "2020")


def test_empty_names_are_numbered_by_their_place(tmp_path: Path):
    assert read(tmp_path, ",a,,column_3\n1,2,3,4\n").names == (
        "column_1",
        "a",
        "column_3_",
        "column_3",
    )


def test_hostile_names_stay_what_they_are(tmp_path: Path):
    name = '<script>alert("x")</script>; DROP TABLE raw; --'
    table = read(tmp_path, f'"{name.replace(chr(34), chr(34) * 2)}",b\n1,2\n')
    assert table.names[0] == name


@pytest.mark.parametrize(
    "name", ["it's.csv", 'a"b.csv', "a*b.csv", "a[1]?.csv", "{a,b}.csv", "é ü.csv", "; --.csv"]
)
def test_any_file_name_is_taken_literally(tmp_path: Path, name: str):
    (tmp_path / "azb.csv").write_text("x\n9\n")
    assert read(tmp_path, "x\n1\n", name).column("x").values.tolist() == [1]


def test_gzipped_text_is_expanded(tmp_path: Path):
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(gzip.compress(b"a\tb\n1\t2\n", mtime=0))
    assert read_table(path).names == ("a", "b")


def test_rows_keep_the_order_of_the_file(tmp_path: Path):
    n = 300_000
    text = "i,t\n" + "".join(f"{i},r{i % 7}\n" for i in range(n))
    table = read(tmp_path, text)
    assert np.array_equal(table.column("i").values, np.arange(n))
    assert table.column("t").values[-3:].tolist() == [f"r{i % 7}" for i in range(n - 3, n)]


def test_long_quoted_cells_with_line_ends_stay_whole(tmp_path: Path):
    cell = "line\n" * 20_000
    table = read(tmp_path, "t,i\n" + "".join(f'"{cell}",{i}\n' for i in range(30)))
    assert table.n_rows == 30
    assert set(table.column("t").values) == {cell.strip()}


def test_many_columns_are_read(tmp_path: Path):
    names = [f"v{at}" for at in range(500)]
    table = read(tmp_path, ",".join(names) + "\n" + ",".join(["1.5"] * 500) + "\n")
    assert table.names == tuple(names)
    assert all(column.values[0] == 1.5 for column in table.columns)


def test_parquet_keeps_types_names_and_nulls(tmp_path: Path):
    frame = pa.table(
        {
            "A": pa.array([1, None, 3], pa.int32()),
            "a": [1.5, None, 2.5],
            "": [True, False, None],
            "x;--'\"": ["u", None, "NA"],
            "when": pa.array([0, None, 86_400_000], pa.timestamp("ms")),
            "kind": pa.array(["p", "q", None]).dictionary_encode(),
            "nested": [{"p": {"q": 1}}, None, {"p": {"q": 2}}],
            "list": [[1], [2], []],
            "big": pa.array([2**60, 1, 2], pa.int64()),
        }
    )
    pq.write_table(frame, tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert table.names == ("A", "a", "column_3", "x;--'\"", "when", "kind", "nested", "list", "big")
    kinds = ["number", "number", "boolean", "text", "date", "text", "other", "other", "number"]
    assert [column.kind for column in table.columns] == kinds
    assert table.column("x;--'\"").values.tolist() == ["u", None, "NA"]
    assert table.column("A").missing.tolist() == [False, True, False]
    assert table.column("big").values.tolist() == [2**60, 1, 2]


def test_a_folder_named_like_a_partition_adds_no_column(tmp_path: Path):
    folder = tmp_path / "year=2020"
    folder.mkdir()
    pq.write_table(pa.table({"v": [1]}), folder / "t.parquet")
    assert read_table(folder / "t.parquet").names == ("v",)


def test_json_lines_may_leave_keys_out(tmp_path: Path):
    text = '{"a": 1, "b": "x", "n": {"p": 1}}\n{"a": 2.5, "c": true}\n{"a": null, "m": 1}\n'
    table = read(tmp_path, text, "t.jsonl")
    assert table.names == ("a", "b", "n", "c", "m")
    assert [column.kind for column in table.columns] == [
        "number",
        "text",
        "other",
        "boolean",
        "number",
    ]
    assert table.column("a").values[:2].tolist() == [1.0, 2.5]


def test_json_values_of_mixed_types_are_named(tmp_path: Path):
    column = read(tmp_path, '{"a": 1}\n{"a": "x"}\n', "t.ndjson").column("a")
    assert (column.kind, column.note) == ("other", "mixed types")


def test_nothing_is_imported_before_a_file_is_read():
    code = "import sys, ganglion.data; print([m for m in ('duckdb', 'narwhals', 'sklearn') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


TABLES = {
    "rows": st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    "numbers": st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=8, max_size=8),
}


@settings(max_examples=15, deadline=None)
@given(**TABLES)
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows, numbers
):
    is_read_back(tmp_path_factory, rows, numbers)


@pytest.mark.heavy
@settings(max_examples=200, deadline=None)
@given(**TABLES)
def test_very_many_tables_of_the_csv_module_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows, numbers
):
    is_read_back(tmp_path_factory, rows, numbers)


def is_read_back(tmp_path_factory: pytest.TempPathFactory, rows, numbers):
    path = tmp_path_factory.mktemp("trip") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["name", "value", "other"])
        for (a, b), value in zip(rows, numbers, strict=False):
            # the letter in front keeps a cell from being a number or a gap
            writer.writerow([f"k{a}k", repr(value), f"k{b}k"])
    table = read_table(path, limits=Limits(rows=10))
    assert table.column("name").values.tolist() == [f"k{a}k" for a, _ in rows]
    assert table.column("other").values.tolist() == [f"k{b}k" for _, b in rows]
    assert table.column("value").values.tolist() == numbers[: len(rows)]
