"""What does not fit gets one line on standard error: what must hold, what was found, what to do; exit code 1 or 2."""

from __future__ import annotations

import gzip
import os
import pty
import re

import pytest

GOOD = b"a,b\n1.5,1\n2.5,2\n9.5,8\n"

# name of the file, its content, further words, what the line says
CASES = [
    ("missing.csv", None, (), r"The file must exist; there is none at '.*missing.csv'"),
    ("empty.csv", b"", (), r"needs a header and rows; '.*empty.csv' is empty \(0 bytes\)"),
    ("head.csv", b"a,b\n", (), "at least one row; .*holds the column names only. Add rows"),
    (
        "ragged.csv",
        b"a,b\n1,2\n3\n",
        (),
        "line 3 of .* has 1 where 2 are expected. Correct that line",
    ),
    ("binary.csv", bytes(range(256)) * 9, (), "NUL bytes; .*export it again as text"),
    ("czech.csv", "n,v\nDvořák,1\n".encode("cp1250"), (), "not UTF-8 .*Say --encoding NAME"),
    ("utf.csv", GOOD, ("--encoding", "utf-99"), "--encoding must be the name of a text encoding"),
    ("book.xlsx", b"PK\x03\x04", (), "must end in .csv, .tsv, .*Convert or rename"),
    ("table", GOOD, (), "must end in .csv"),
    ("cut.csv.gz", gzip.compress(GOOD * 99, mtime=0)[:40], (), "damaged or cut"),
    ("fake.parquet", GOOD, (), "must begin with PAR1"),
    ("list.json", b"[1, 2]\n", (), "one object {...} on each"),
    ("numbers.csv", b"1,2\n3,4\n", (), r"say --no-header \(or --header if these are names\)"),
    ("comma.csv", b"a;b\n1,5;2\n0,5;3\n", (), "decimal point; .*Say --decimal comma"),
    ("twice.csv", b"a,a\n1,2\n", (), "columns 1 and 2 are both called 'a'. Rename"),
    ("names.csv", b"id,n\n1,x\n2,y\n", (), "At least one column must be usable; .*--columns"),
    ("infinite.csv", b"a,b\n1,2\n3,inf\n5,6\n", (), "must be finite; column 'b' .*in row 2"),
    ("good.csv", GOOD, ("--tol", "nan"), "tol must be a finite number of at least 0; got nan"),
    ("gaps.csv", b"a,b\n1,\n2,\n,2\n,3\n", (), "without gaps .*or say --missing impute"),
    (
        "gap.csv",
        b"a,b\n1,2\n3,\n5,6\n",
        ("--missing", "error"),
        "'b' misses 1, the first in row 2.*--missing drop",
    ),
    (
        "good.csv",
        GOOD,
        ("--columns", "a,bb"),
        "Every column that is named must .*'bb'. Did you mean 'b'",
    ),
    ("good.csv", GOOD, ("-k", 4), "-k must be at most the number of rows; got -k 4 and 3 rows"),
    (
        "good.csv",
        GOOD,
        ("--report", "nowhere/r.html"),
        "folder of --report must exist; .*Create it",
    ),
    (
        "good.csv",
        GOOD,
        ("--save", "."),
        "--save must name a file; '.' is a folder. Add a file name",
    ),
    (
        "good.csv",
        GOOD,
        ("--labels", "out.xlsx"),
        "--labels must end in .csv or .tsv; got 'out.xlsx'",
    ),
    ("good.csv", GOOD, ("--labels", "good.csv"), "'good.csv' is what is read. Name another file"),
    (
        "good.csv",
        GOOD,
        ("--report", "./good.csv"),
        "'./good.csv' is what is read. Name another file",
    ),
    (
        "good.csv",
        GOOD,
        ("--report", "x.csv", "--labels", "x.csv"),
        "file of --labels too. Name another",
    ),
]


@pytest.mark.parametrize(("name", "content", "words", "message"), CASES)
def test_one_line_says_what_is_wrong_and_what_to_do(call, tmp_path, name, content, words, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    before = sorted(os.listdir(tmp_path))
    k = () if "-k" in words else ("-k", 2)
    done = call("cluster", name, *k, *words, "--quiet")
    assert done.exit_code == 1, done.output
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert re.search(message, line), line
    assert sorted(os.listdir(tmp_path)) == before
    if content is not None:
        assert (tmp_path / name).read_bytes() == content


def test_a_folder_is_no_table(call, tmp_path):
    done = call("cluster", tmp_path, "-k", 2)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "is a folder. Name a file in it" in done.stderr


def test_a_pipe_is_no_table_and_nobody_waits_for_it(ganglion, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    done = ganglion("cluster", "pipe.csv", timeout=300)
    assert done.returncode == 1
    assert "is a pipe or a device" in done.stderr


def test_the_input_is_known_by_its_other_names_too(call, groups, tmp_path):
    (tmp_path / "link.csv").symlink_to(groups)
    os.link(groups, tmp_path / "second.csv")
    before = groups.read_bytes()
    for other in ("link.csv", "second.csv"):
        done = call("cluster", groups, "-k", 3, "--labels", other)
        assert done.exit_code == 1
        assert "is what is read" in done.stderr
    assert groups.read_bytes() == before


def test_a_name_with_line_ends_still_makes_one_line(call, tmp_path):
    (tmp_path / "t.csv").write_text('"a\nb",c\n1.5,2\n9.5,3\ninf,4\n')
    done = call("cluster", "t.csv", "-k", 2)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("cluster",), "Missing argument 'FILE'"),
        (("cluster", "t.csv", "-k", "0"), "whole number from 1 on, or auto; got '0'"),
        (("cluster", "t.csv", "-k", "two"), "whole number from 1 on, or auto; got 'two'"),
        (("cluster", "t.csv", "-k", "-1"), "whole number from 1 on, or auto; got '-1'"),
        (("cluster", "t.csv", "-k", "2.5"), "got '2.5'"),
        (("cluster", "t.csv", "-k", "²"), "got '²'"),
        (("cluster", "t.csv", "--scale", "minmax"), "'minmax' is not one of"),
        (("cluster", "t.csv", "--seed", "-1"), "-1 is not in the range"),
        (("cluster", "t.csv", "--columns", "a,,b"), "holds an empty name"),
        (("cluster", "t.csv", "--columns", '"a'), "Check its quotes"),
        (("cluster", "t.csv", "--json", "--labels", "-"), "both want standard output"),
        (("cluster", "t.csv", "--colums", "a"), "Did you mean"),
        (("clusters", "t.csv"), "No such command 'clusters'"),
        (("assign", "m"), "Missing argument 'FILE'"),
    ],
)
def test_words_that_are_not_understood_end_with_2_and_a_hint(call, words, message):
    done = call(*words)
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_terminal_is_not_waited_for_as_if_it_were_a_pipe(ganglion):
    controller, terminal = pty.openpty()
    done = ganglion("cluster", "-", stdin=terminal, timeout=300)
    os.close(controller)
    os.close(terminal)
    assert done.returncode == 2
    assert "here is a terminal" in done.stderr


def test_nothing_on_standard_input_is_an_empty_table(ganglion):
    done = ganglion("cluster", "-")
    assert done.returncode == 1
    assert "is empty (0 bytes)" in done.stderr


def test_a_place_that_takes_no_files_is_named_as_it_was_given(call, groups):
    done = call("cluster", groups, "-k", 3, "--report", "/proc/report.html")
    assert done.exit_code == 1
    assert (
        "Error: The report must go to a place that takes it; '/proc/report.html' does not"
        in done.stderr
    )
