"""Documents from folders, lines and columns: what is read, what is passed over and said, what is refused."""

from __future__ import annotations

import os

import numpy as np
import pytest

from ganglion import DataError, ParameterError
from ganglion.data import (
    Limits,
    documents_from_texts,
    read_documents,
    table_from_frame,
    write_labels,
)


@pytest.fixture
def folder(tmp_path):
    here = tmp_path / "letters"
    here.mkdir()
    return here


def test_a_folder_gives_its_documents_in_the_order_of_their_paths(folder):
    (folder / "b").mkdir()
    (folder / "b" / "two.txt").write_text("Second.")
    (folder / "a.md").write_text("# First\n\nSee [the page](https://example.org/x) *now*.")
    (folder / "c.html").write_text("<html><script>no()</script><p>Third &amp; last</p></html>")
    found = read_documents(folder)
    assert found.names == ("a.md", "c.html", os.path.join("b", "two.txt"))
    assert found.texts == ("First\n\nSee the page  now .", "Third & last", "Second.")
    assert (found.source, found.notes, found.rows.tolist()) == ("letters", (), [0, 1, 2])


def test_what_is_passed_over_is_said(folder, tmp_path):
    (folder / "a.txt").write_text("One.")
    (folder / "table.csv").write_text("a,b\n1,2\n")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.txt").write_text("hidden")
    (folder / "empty.txt").write_text(" \n")
    (folder / "binary.txt").write_bytes(b"\x00\x01\x02" * 99)
    outside = tmp_path / "secret.txt"
    outside.write_text("not ours")
    (folder / "link.txt").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    found = read_documents(folder)
    assert found.texts == ("One.",)
    said = "\n".join(found.notes)
    assert (
        "2 files of other kinds were left out: 1 .csv, 1 .png" in said or "1 .png, 1 .csv" in said
    )
    assert "1 file or folders that are hidden was left out: .hidden.txt" in said
    assert "2 files that are links were not followed: link.txt, loop" in said
    assert "1 file was left out because it is empty: empty.txt" in said
    assert "binary.txt" in said and "it is a binary file" in said
    assert [name for name, _ in found.skipped] == ["binary.txt", "empty.txt"]


def test_an_empty_folder_is_an_error_that_says_what_is_there_instead(folder):
    with pytest.raises(DataError, match=r"needs \.txt, \.md or \.html files; .* it is empty"):
        read_documents(folder)
    (folder / "table.xlsx").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"has none: 1 file of other kinds was left out: 1 \.xlsx"):
        read_documents(folder)
    (folder / "a.txt").write_bytes(b"")
    with pytest.raises(DataError, match=r"has none: a\.txt \(it is empty\)"):
        read_documents(folder)


def test_a_column_is_not_read_from_a_folder(folder):
    with pytest.raises(ParameterError, match="text names a column of a table"):
        read_documents(folder, text="body")


def test_a_file_that_may_not_be_read_is_passed_over(folder, monkeypatch):
    (folder / "a.txt").write_text("One.")
    (folder / "b.txt").write_text("Two.")
    real = open

    def refusing(path, *words, **named):
        if str(path).endswith("b.txt"):
            raise PermissionError(13, "denied")
        return real(path, *words, **named)

    monkeypatch.setattr("builtins.open", refusing)
    found = read_documents(folder)
    assert found.skipped == (("b.txt", "it may not be read"),)


def test_lines_of_a_text_file_are_documents(tmp_path):
    path = tmp_path / "news.cor"
    path.write_bytes(b"first line\r\n\r\n  second line \nthird")
    found = read_documents(path)
    assert found.texts == ("first line", "second line", "third")
    assert found.names == ("line 1", "line 3", "line 4") and found.rows.tolist() == [0, 2, 3]
    assert found.notes == ("each line of 'news.cor' that is not blank is a document: 3",)


@pytest.mark.parametrize("content", [b"", b"\n \r\n\t\n"])
def test_a_file_without_lines_is_an_error(tmp_path, content):
    path = tmp_path / "news.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"one a line; .* holds none"):
        read_documents(path)


def test_a_binary_file_is_an_error(tmp_path):
    path = tmp_path / "news.txt"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(DataError, match=r"must be text; .* holds a NUL byte"):
        read_documents(path)


def test_a_missing_file_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is none at"):
        read_documents(tmp_path / "news.txt")


def test_a_pipe_is_an_error_and_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(DataError, match="is a pipe or a device"):
        read_documents(tmp_path / "pipe.txt")


def test_the_longest_texts_of_a_table_are_its_documents_and_that_is_said(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("id,title,body\n1,Good,It was a good stay\n2,Bad,\n3,Fair,It was a fair stay\n")
    found = read_documents(path)
    assert found.texts == ("It was a good stay", "It was a fair stay")
    assert found.names == ("row 1", "row 3") and found.column == "body"
    assert (
        "cells of column 'body', the longest texts; other columns of texts: 'title'"
        in found.notes[0]
    )
    assert found.notes[1] == "1 row has an empty cell and was left out"
    assert read_documents(path, text="title").texts == ("Good", "Bad", "Fair")
    # the table can be written again with labels: every column of the file
    name = write_labels(found.table, [0, 1], tmp_path / "out.csv", rows=found.rows)
    assert (tmp_path / "out.csv").read_text().splitlines()[1] == "1,Good,It was a good stay,0"
    assert name == "cluster"


def test_a_table_without_texts_is_an_error(tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataError, match=r"needs a column of texts; .* has 'a' \(number\)"):
        read_documents(path)
    with pytest.raises(DataError, match="column 'a' holds values of kind number"):
        read_documents(path, text="a")
    with pytest.raises(ParameterError, match="must be in the table; got 'c'"):
        read_documents(path, text="c")


def test_a_table_of_documents_is_read_in_its_encoding_and_that_is_noted(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("body\nFür die Brücke\nüber den Fluß\n".encode("cp1252"))
    found = read_documents(path, text="body")
    assert found.texts == ("Für die Brücke", "über den Fluß")
    assert "'a.csv' was read as Windows-1252" in found.notes[0]
    assert read_documents(path, text="body", encoding="cp1251").texts[1] == "ьber den FluЯ"


def test_a_column_of_empty_cells_is_an_error(tmp_path):
    path = tmp_path / "gaps.jsonl"
    path.write_text('{"body": ""}\n{"body": " "}\n')
    with pytest.raises(DataError, match=r"column 'body' .* has 2 empty cells"):
        read_documents(path, text="body")


def test_a_text_of_a_million_characters_is_a_document(tmp_path):
    long = "storm over the bay " * 60_000
    (tmp_path / "long.csv").write_text(f"body\n{long}\nshort text\n")
    found = read_documents(tmp_path / "long.csv")
    assert [len(text) for text in found.texts] == [len(long.strip()), 10]
    (tmp_path / "long.txt").write_text(long)
    with pytest.raises(DataError, match=r"of 1000 characters are read; .* the longest of 1140000"):
        read_documents(tmp_path / "long.txt", limits=Limits(field_length=1000))


def test_a_file_longer_than_a_document_may_be_is_passed_over(folder):
    (folder / "a.txt").write_text("One.")
    (folder / "b.txt").write_text("x" * 5000)
    found = read_documents(folder, limits=Limits(field_length=1000))
    assert found.skipped == (("b.txt", "it has 5000 bytes, more than a document may have (4000)"),)


def test_texts_in_memory_are_documents_without_those_that_are_missing():
    found = documents_from_texts(["one", None, float("nan"), "two"], names=["a", "b", "c", "d"])
    assert (found.texts, found.names, found.rows.tolist()) == (("one", "two"), ("a", "d"), [0, 3])
    assert found.notes == ("2 texts are missing and were left out",)
    assert len(found) == 2


def test_a_frames_column_is_a_sequence_of_texts():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"body": ["one", None, "two"]})
    assert documents_from_texts(frame["body"]).texts == ("one", "two")
    assert table_from_frame(frame).n_rows == 3


def test_what_is_no_text_is_an_error():
    with pytest.raises(DataError, match="got one string of 5 characters"):
        documents_from_texts("words")
    with pytest.raises(DataError, match="document 2 is bytes"):
        documents_from_texts(["one", b"two"])
    with pytest.raises(DataError, match="got 1 texts, all of them missing"):
        documents_from_texts([None])
    with pytest.raises(DataError, match="1 names for 2 texts"):
        documents_from_texts(["one", "two"], names=["a"])
    with pytest.raises(DataError, match="document 1 is int"):
        documents_from_texts(np.arange(3).tolist())
