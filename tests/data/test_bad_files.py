"""Files that are wrong: each gets an error that says what must hold, what was found and what to do."""

from __future__ import annotations

import gzip
import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ganglion._errors import DataError, ParameterError
from ganglion.data import Limits, read_table

ZIP = b"PK\x03\x04" + b"\x00" * 30
TWOFOLD = "name,v\nDvořák,1\n".encode("cp1250")  # "Dvoøák" in Windows-1252
CHINESE = "name,v\n北京,1\n".encode("gb18030")
UTF16 = "name,v\na,1\n".encode("utf-16")
MIXED = b"a,b\r\n1,2\n3,4\r\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", r"is empty \(0 bytes\)"),
        ("t.csv", b"a,b\n", "at least one row; .*holds the column names only"),
        ("t.csv", b"a,b", "at least one row"),
        ("t.csv", b"\na,b\n1,2\n", "line 1 of .* is blank"),
        ("t.csv", b"a,b\n1,2\n3\n", "line 3 of .* has 1 where 2 are expected"),
        ("t.csv", b"a,b\n1,2\n3,4,5\n", "line 3 of .* has 3 where 2 are expected"),
        ("t.csv", b"a,b,a\n1,2,3\n", "columns 1 and 3 are both called 'a'. Rename"),
        ("t.csv", b'a,b\n"x,2\n3,4\n', "line 2 of .* Correct its quotes"),
        ("t.csv", b'a,"b\n1,2\n', "first line must be well-formed CSV"),
        ("t.csv", MIXED, "one kind of line end"),
        ("t.csv", b"1,2\n3,4\n", "holds numbers only, beginning with '1'. .* header=False"),
        (
            "t.csv",
            b"a;b\n1,5;2\n0,5;3\n",
            r"decimal point; column 'a' of .* holds '1,5' in row 1. Say decimal=','",
        ),
        ("t.csv", bytes(range(256)) * 8, "NUL bytes; .* byte 0"),
        ("t.csv", b"a,b\n1,2\n3,\x004\n", r"NUL bytes; .* byte 10 \(line 3\)"),
        (
            "t.csv",
            TWOFOLD,
            r"is not UTF-8 \(line 2\), and may be Windows-125. \(.*\) as well as .* Say encoding=NAME",
        ),
        ("t.csv", CHINESE, r"is not UTF-8 \(line 2\) and in none of .* has letters of a language"),
        ("t.csv", UTF16[:-1], "is not UTF-16 throughout .*after line 2"),
        ("t.csv", UTF16 + b"\x00\x00", "NUL bytes; .*line 3"),
        ("t.csv", b"\xef\xbb\xbfa,b\n\xff,1\n", "line 2 of .* is not UTF-8. Say encoding=NAME"),
        ("t.csv", ZIP, "is a zip archive or an Excel workbook. Export"),
        ("t.csv", b"PAR1" + b"\x00" * 20, "is Parquet. Give it a name that ends in .parquet"),
        (
            "t.csv",
            gzip.compress(b"a\n1\n", mtime=0),
            "is gzip. Give it a name that ends in .csv.gz",
        ),
        ("t.xlsx", ZIP, r"must end in .csv, .tsv, .*; got '.*t.xlsx'. Convert or rename"),
        ("table", b"a\n1\n", "must end in .csv"),
        ("t.parquet.gz", b"PAR1", "must end in .csv"),
        ("t.csv.gz", b"a\n1\n", "is damaged or cut"),
        ("t.csv.gz", gzip.compress(b"a\n1\n" * 999, mtime=0)[:30], "is damaged or cut"),
        ("t.csv.gz", gzip.compress(b"", mtime=0), "expands to nothing"),
        ("t.parquet", b"a,b\n1,2\n", "must begin with PAR1; .* begins with b'a,b"),
        ("t.parquet", b"PAR1" + b"\x07" * 64 + b"PAR1", "whole and well-formed"),
        ("t.jsonl", b'[{"a": 1}]', r"one object {\.\.\.} on each"),
        ("t.jsonl", b'{"a": 1}\n{"a":\n', "line . of .* does not. Correct or remove"),
        ("t.jsonl", b'{"a": 1}\n[1]\n', "Every line must hold one JSON object"),
        ("t.jsonl", b'{"a": 1, "a": 2}\n', "must not repeat a key"),
        ("t.json", b'{\n  "a": 1\n}\n', "Every line must hold one JSON object"),
        (
            "t.csv",
            b"a" * 2000 + b",b\n1,2\n",
            "at most 1000 characters; .* name of column 1 has 2000",
        ),
    ],
)
def test_a_bad_file_gets_an_error_that_names_it(
    tmp_path: Path, name: str, content: bytes, message: str
):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(rows=2), "at most 2 rows here; .* has more"),
        (Limits(cells=4), "at most 2 rows here"),
        (Limits(columns=1), "at most 1 columns; .* has 2"),
        (Limits(field_length=3), "at most 3 characters; column 'b' of .* has one with 4"),
        (Limits(bytes=10), "at most 10 bytes; .* has 23"),
        (Limits(name_length=0), "at most 0 characters"),
    ],
)
def test_what_is_over_a_limit_is_refused(tmp_path: Path, limits: Limits, message: str):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,long\n2,x\n3,y\n1,1\n")
    with pytest.raises(DataError, match=message):
        read_table(path, limits=limits)


def test_a_gzip_bomb_is_refused_before_it_has_expanded(tmp_path: Path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000, mtime=0))
    with pytest.raises(DataError, match="may expand to at most 100000 bytes"):
        read_table(path, limits=Limits(bytes=100_000))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(bytes=10_000), "expand to at most 10000 bytes|at most 10000 bytes"),
        (Limits(rows=999), "at most 999 rows"),
        (Limits(columns=1), "at most 1 columns"),
    ],
)
def test_parquet_is_measured_by_its_footer(tmp_path: Path, limits: Limits, message: str):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": list(range(1000)), "b": [f"{i:020}" for i in range(1000)]}), path)
    with pytest.raises(DataError, match=message):
        read_table(path, limits=limits)


def test_a_cut_parquet_file_is_refused(tmp_path: Path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), path)
    whole = path.read_bytes()
    for end in (8, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(DataError, match="whole and well-formed"):
            read_table(path)


def test_parquet_with_two_columns_of_one_name_is_refused(tmp_path: Path):
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="columns 1 and 2 are both called 'a'"):
        read_table(tmp_path / "t.parquet")


def test_a_line_of_many_megabytes_is_refused(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"x" * 20_000_000 + b",1\n")
    with pytest.raises(DataError, match=r"A line may hold at most \d+ bytes"):
        read_table(path)


def test_a_first_line_of_many_megabytes_is_refused(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b'"a' + b"x" * 5_000_000)
    with pytest.raises(DataError, match="first line must be shorter than"):
        read_table(path)


def test_a_huge_cell_is_refused(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"x" * 1_000_001 + b",1\n")
    with pytest.raises(
        DataError, match=r"at most 1000000 characters; column 'a' .* has one with 1000001"
    ):
        read_table(path)


def test_a_missing_file_and_a_folder_are_os_errors(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="must exist; there is none at"):
        read_table(tmp_path / "no.csv")
    with pytest.raises(IsADirectoryError, match=r"is a folder\. Name a file in it"):
        read_table(tmp_path)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path):
    os.mkfifo(tmp_path / "t.csv")
    with pytest.raises(DataError, match="is a pipe or a device"):
        read_table(tmp_path / "t.csv")


def test_a_file_that_may_not_be_read_is_named():
    # not in tmp_path: its folders are closed to the user that root has to become to be refused anything
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "t.csv")
        path.write_text("a\n1\n")
        path.chmod(0)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            with pytest.raises(PermissionError, match=r"must be readable; access to .* is denied"):
                read_table(path)
        finally:
            if is_root:
                os.seteuid(0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["wieght"]}, "got 'wieght'. Did you mean 'weight'"),
        ({"columns": "weight"}, r"columns must be a list of names; got the string 'weight'"),
        ({"columns": []}, "at least one column; got none"),
        ({"decimal": ";"}, "decimal must be '.' or ','; got ';'"),
    ],
)
def test_a_bad_parameter_is_named(tmp_path: Path, options: dict[str, object], message: str):
    path = tmp_path / "t.csv"
    path.write_text("weight,height\n1,2\n")
    with pytest.raises(ParameterError, match=message):
        read_table(path, **options)


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path):
    path = tmp_path / "\x1b[31mred.csv"
    path.write_bytes(b"\x1b[2Ja,\x1b[2Ja\n1,2\n")
    with pytest.raises(DataError, match=r"both called '\\x1b\[2Ja'") as caught:
        read_table(path)
    assert "\x1b" not in str(caught.value)


def test_nothing_is_left_behind_by_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1\n", mtime=0))
    with pytest.raises(DataError, match="has 1 where 2"):
        read_table(path)
    assert list(scratch.iterdir()) == []
