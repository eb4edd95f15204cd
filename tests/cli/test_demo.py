"""`ganglion demo`: the first thing a stranger types."""

from __future__ import annotations

import csv
import os
import re

import numpy as np
import pytest

FILES = [
    "backpropagation.html",
    "flower.html",
    "index.html",
    "learning.html",
    "penguins-labelled.csv",
    "penguins.model",
    "posterior.html",
    "tree.html",
]


@pytest.fixture(scope="module")
def shown(ganglion_in, tmp_path_factory):
    """What the command printed, and the folder in which it was run: once for all who only read it."""
    folder = tmp_path_factory.mktemp("demo")
    return ganglion_in(folder, "demo"), folder


def test_it_says_what_it_found_and_where_the_report_is(shown):
    done, folder = shown
    assert (done.returncode, done.stderr) == (0, "")
    assert "344 penguins, four measurements" in done.stdout
    assert "The WSS curve bends at k = 5" in " ".join(done.stdout.split())
    assert "ganglion-report/index.html  the report" in done.stdout
    assert sorted(os.listdir(folder / "ganglion-report")) == FILES
    assert "Traceback" not in done.stdout


def test_it_compares_the_clusters_with_species_and_sex_that_were_not_used(shown):
    done, folder = shown
    text = " ".join(done.stdout.split())
    with open(folder / "ganglion-report" / "penguins-labelled.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["cluster"]]
    kinds = [(row["cluster"], row["species"]) for row in rows]
    most = {c: max(kinds.count((c, s)) for _, s in set(kinds)) for c, _ in set(kinds)}
    assert f"{sum(most.values())} of {len(rows)} names would be right" in text
    row = re.search(r"Chinstrap male ([\d -]+) Gentoo", text)
    assert row is not None
    counts = [int(cell) for cell in row[1].replace("-", "0").split()]
    assert sum(counts) == sum((r["species"], r["sex"]) == ("Chinstrap", "male") for r in rows)


def test_the_commands_that_it_suggests_work(ganglion_in, shown):
    done, folder = shown
    suggested = re.findall(r"^   ganglion ((?:cluster|assign) .*)$", done.stdout, flags=re.M)
    commands = [line.split() for line in suggested if "YOUR_FILE" not in line]
    assert len(commands) == 2
    for words in commands:
        done = ganglion_in(folder, *words)
        assert done.returncode == 0, done.stderr


def test_it_can_be_run_again_in_the_same_place_and_gives_the_same(ganglion, tmp_path):
    first = ganglion("demo", "--out", "a/b").stdout
    before = {name: (tmp_path / "a/b" / name).read_bytes() for name in FILES}
    assert ganglion("demo", "--out", "a/b").stdout == first
    assert {name: (tmp_path / "a/b" / name).read_bytes() for name in FILES} == before


def test_where_no_knee_is_found_it_says_so_and_gives_k_with_its_reason(call, monkeypatch):
    from ganglion.cli import demo

    def curve_of_a_ring(X, *asked, look=demo.curve_over_k):
        angles = np.linspace(0, 2 * np.pi, len(X), endpoint=False)
        return look(np.c_[np.cos(angles), np.sin(angles)], *asked)

    monkeypatch.setattr(demo, "curve_over_k", curve_of_a_ring)
    text = " ".join(call("demo").stdout.split())
    assert "So k is given here: 3, because there are as many species." in text
    assert "What sets the 3 groups apart?" in text


def test_a_place_that_is_a_file_is_refused(call, tmp_path):
    (tmp_path / "taken").write_text("")
    assert call("demo", "--out", "taken").exit_code == 2


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_it_fits_the_terminal_but_for_lines_to_copy(ganglion, columns):
    text = ganglion("demo", env={"COLUMNS": columns}).stdout
    wide = [line for line in text.splitlines() if len(line) > int(columns)]
    assert all(line.startswith("   gang") for line in wide), wide


def test_it_grows_a_tree_and_says_what_its_clusters_hold(shown):
    done, folder = shown
    text = " ".join(done.stdout.split())
    assert "The widest gap in the heights of the tree is at 2 clusters" in text
    assert "cluster 1 holds 123 Gentoo." in text
    assert (folder / "ganglion-report" / "tree.html").stat().st_size < 1_000_000
