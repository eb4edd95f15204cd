"""`ganglion documents` and its models, run as a user does: stdout, stderr, exit codes, files."""

from __future__ import annotations

import csv
import functools
import json
import os

import pytest

from ganglion.data import read_documents
from oracles import documents, news

# The same few texts for every test: they take longer to write than to group.
topic_texts = functools.cache(documents.topic_texts)


@pytest.fixture
def reviews(tmp_path):
    """A table of 240 texts on three topics."""
    texts, topics = topic_texts(240, 3, 31, own=0.7)
    path = tmp_path / "reviews.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "comment", "topic"])
        writer.writerows(
            (at, text, topic) for at, (text, topic) in enumerate(zip(texts, topics, strict=True))
        )
    return path


@pytest.fixture
def letters(tmp_path):
    """A folder of 60 files, one of them in an older encoding."""
    texts, _ = topic_texts(60, 2, 32, own=0.8, length=(20, 40))
    folder = tmp_path / "letters"
    folder.mkdir()
    for at, text in enumerate(texts):
        (folder / f"{at:02}.txt").write_text(text)
    (folder / "01.txt").write_bytes(
        (texts[1] + " and the café was not open for us").encode("cp1252")
    )
    return folder


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_a_user_groups_a_column_and_labels_further_texts(ganglion, reviews):
    done = ganglion(
        "documents",
        reviews,
        "--text",
        "comment",
        "--labels",
        "out.csv",
        "--report",
        "r.html",
        "--save",
        "m",
    )
    assert done.returncode == 0, done.stderr
    assert "reviews.csv: 240 documents in 3 groups" in done.stdout
    assert "languages, by their function words, which are left out: English" in done.stderr
    rows = rows_of(reviews.parent / "out.csv")
    assert list(rows[0])[:7] == [
        "id",
        "comment",
        "topic",
        "group",
        "group_name",
        "similarity",
        "margin",
    ]
    pairs = {(row["topic"], row["group"]) for row in rows}
    assert len(pairs) <= 5 and len({row["group"] for row in rows}) == 3
    again = ganglion("assign", "m", reviews, "--labels", "again.csv")
    assert again.returncode == 0, again.stderr
    assert "240 documents in the 3 groups of reviews.csv" in again.stdout
    assert [row["group"] for row in rows_of(reviews.parent / "again.csv")] == [
        row["group"] for row in rows
    ]


def test_a_folder_is_grouped_and_what_was_assumed_is_said(call, letters, tmp_path):
    done = call("documents", letters, "-k", 2, "--labels", "out.csv", "--report", "r.html")
    assert done.exit_code == 0, done.stderr
    assert "1 file was read as Windows-1252, by the words that it then shows: 01.txt" in done.stderr
    rows = rows_of(tmp_path / "out.csv")
    assert [row["document"] for row in rows][:3] == ["00.txt", "01.txt", "02.txt"]
    assert "café" in rows[1]["text"] or "…" in rows[1]["text"]
    page = (tmp_path / "r.html").read_text()
    assert "2 groups of documents" in page and "ganglion documents" in page
    assert "<dt>groups asked for</dt><dd>2</dd>" in page.replace("<bdi>", "").replace("</bdi>", "")
    assert "None" not in page.split('id="reproduce"')[-1]


def test_json_holds_everything_and_nothing_else_is_printed(call, reviews):
    done = call("documents", reviews, "--text", "comment", "--json", "-q")
    assert done.exit_code == 0 and done.stderr == ""
    found = json.loads(done.stdout)
    assert (found["command"], found["documents"], found["k"]) == ("documents", 240, 3)
    assert [group["label"] for group in found["groups"]] == [0, 1, 2]
    assert sum(group["size"] for group in found["groups"]) == 240
    assert found["curve"]["k"][0] == 2 and len(found["curve"]["k"]) == len(
        found["curve"]["silhouette"]
    )
    assert set(found["groups"][0]["terms"][0]) == {"term", "documents", "share", "overall", "lift"}


def test_the_same_seed_prints_the_same_bytes(call, letters):
    first, second = (call("documents", letters, "--json", "--seed", 5) for _ in range(2))
    assert first.exit_code == 0 and first.stdout == second.stdout


def test_trees_and_given_numbers(call, letters):
    for method in ("tree", "ward", "average"):
        done = call("documents", letters, "--method", method, "-k", 3)
        assert done.exit_code == 0 and "60 documents in 3 groups" in done.stdout


def test_one_document_a_line_and_standard_input(call, tmp_path):
    texts, _ = topic_texts(40, 2, 33, own=0.8, length=(15, 30))
    (tmp_path / "news.txt").write_text("\n".join(texts))
    done = call("documents", "news.txt", "-k", 2)
    assert done.exit_code == 0 and "news.txt: 40 documents in 2 groups" in done.stdout
    piped = call("documents", "-", "-k", 2, input="\n".join(texts))
    assert piped.exit_code == 0, piped.stderr
    assert piped.stdout.splitlines()[2:] == done.stdout.splitlines()[2:]
    table = call("documents", "-", "--text", "body", "-k", 2, input="body\n" + "\n".join(texts))
    assert table.exit_code == 0 and "40 documents in 2 groups" in table.stdout


def test_labels_on_standard_output_are_all_that_is_there(call, letters):
    done = call("documents", letters, "-k", 2, "--labels", "-")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == "document,text,group,group_name,similarity,margin"
    assert len(done.stdout.splitlines()) == 61


def test_a_model_of_documents_takes_folders_and_rejects_what_is_foreign(call, letters, tmp_path):
    call("documents", letters, "-k", 2, "--save", "m")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "known.txt").write_text((letters / "05.txt").read_text())
    (tmp_path / "new" / "foreign.txt").write_text("Zzz qqq xxx without any word of it.")
    done = call("predict", "m", "new", "--labels", "out.csv", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["documents"], found["without_group"]) == (2, 1)
    rows = rows_of(tmp_path / "out.csv")
    assert [row["document"] for row in rows] == ["foreign.txt", "known.txt"]
    assert rows[0]["group"] == "" and rows[1]["group"] in ("0", "1")
    for reject in ("0.01", "99%"):
        strict = call("predict", "m", "new", "--reject", reject, "--json")
        assert json.loads(strict.stdout)["without_group"] == 2


def test_further_documents_come_from_standard_input(call, letters):
    call("documents", letters, "-k", 2, "--save", "m")
    text = (letters / "05.txt").read_text()
    done = call("assign", "m", "-", "--json", input=f"{text}\n{text}\n")
    assert done.exit_code == 0, done.stderr
    assert sorted(group["size"] for group in json.loads(done.stdout)["groups"]) == [0, 2]


def test_show_lists_the_model(call, letters):
    call("documents", letters, "-k", 2, "--save", "m")
    done = call("show", "m")
    assert done.exit_code == 0 and "a DocumentModel" in done.stdout and "terms" in done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "A folder of documents needs .txt, .md or .html files"),
        ({"a.txt": b"\x00\x01\x02" * 50}, "it is a binary file"),
        ({"a.txt": b"the of and"}, "Documents need words"),
        ({"a.txt": b"one document only", "b.txt": b"one document, only!"}, None),
    ],
)
def test_folders_that_are_not_what_they_should_be(call, tmp_path, content, said):
    (tmp_path / "folder").mkdir()
    for name, data in content.items():
        (tmp_path / "folder" / name).write_bytes(data)
    done = call("documents", "folder")
    if said is None:
        assert done.exit_code == 0 and "2 documents in 1 group" in done.stdout
        return
    assert done.exit_code == 1 and said in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("letters", "--text", "body"), "--text names a column of a table"),
        (
            ("letters", "-k", "100"),
            "-k must be at most the number of documents that differ",
        ),
        (("letters", "--encoding", "utf-99"), "--encoding must be the name of a text encoding"),
        (("missing",), "there is none at"),
        (("letters", "--labels", "out.xlsx"), "--labels must end in .csv or .tsv"),
    ],
)
def test_what_cannot_be_is_one_line(call, letters, words, said):
    done = call("documents", *words)
    assert done.exit_code == 1 and len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr or said.replace("--", "") in done.stderr


@pytest.mark.parametrize(
    "words",
    [("letters", "-k", "0"), ("letters", "--method", "magic"), ("letters", "--duplicates", "2")],
)
def test_a_command_line_that_is_not_understood_ends_with_2(call, letters, words):
    assert call("documents", *words).exit_code == 2


def test_a_model_of_documents_is_not_for_rows_and_other_way_round(call, letters, penguins):
    call("cluster", penguins, "-k", 2, "--save", "rows")
    done = call("assign", "rows", letters)
    assert done.exit_code == 1


def test_hostile_words_and_names_reach_neither_terminal_nor_spreadsheet(call, tmp_path):
    folder = tmp_path / "=cmd"
    folder.mkdir()
    for at in range(6):
        (folder / f"=HYPERLINK({at}).txt").write_text(
            "\x1b[31m=1+1 bread and butter on the table\x1b[0m <script>alert(1)</script>"
        )
        (folder / f"ok{at}.txt").write_text(f"rain and wind over the sea number{at}")
    done = call("documents", "=cmd", "-k", 2, "--labels", "out.csv", "--report", "r.html")
    assert done.exit_code == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    cells = [row["document"] for row in rows_of(tmp_path / "out.csv")]
    assert cells[0].startswith("'=HYPERLINK")
    assert "<script>alert(1)" not in (tmp_path / "r.html").read_text()


def test_the_lee_news_on_the_command_line(call):
    done = call("documents", news.background(), "-k", 12)
    assert done.exit_code == 0 and "palestinian" in done.stdout
    assert "8 documents say the same as an earlier one" in done.stderr


def test_nothing_is_left_in_the_folder_where_a_target_cannot_be_written(call, letters):
    before = sorted(os.listdir("."))
    done = call("documents", letters, "-k", 2, "--labels", "no/such/out.csv")
    assert done.exit_code == 1 and sorted(os.listdir(".")) == before
    assert len(read_documents(letters)) == 60
