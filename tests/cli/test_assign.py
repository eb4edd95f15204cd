"""`ganglion assign` and `ganglion show`: a saved model labels further rows, and says what it holds."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import ganglion as gl
from ganglion.cluster import TableClustering
from ganglion.data import read_table


@pytest.fixture
def model(call, penguins):
    """The model of three clusters of the penguins."""
    assert (
        call("cluster", penguins, "-k", 3, "--save", "m.model", "--labels", "l.csv").exit_code == 0
    )
    return "m.model"


def test_the_rows_of_the_table_get_the_labels_they_had(call, model, penguins):
    done = call("assign", model, penguins, "--labels", "again.csv")
    assert done.exit_code == 0
    assert Path("again.csv").read_bytes() == Path("l.csv").read_bytes()
    assert "333 rows in the 3 clusters of penguins.csv" in done.stdout


def test_one_new_row_gets_a_label_whatever_else_is_in_its_file(call, model, penguins):
    head, first, *_ = Path(penguins).read_text().splitlines()
    Path("new.csv").write_text(f"note,{head}\nhello,{first}\n")
    done = call("assign", model, "new.csv", "--json")
    found = json.loads(done.stdout)
    assert sum(cluster["size"] for cluster in found["clusters"]) == 1
    assert found["clusters"][0]["size"] == 1, "the largest cluster is that of the Adelies"


def test_a_text_that_was_never_seen_is_counted_and_said(call, model, penguins):
    text = Path(penguins).read_text().replace("Gentoo", "Emperor")
    Path("new.csv").write_text(text)
    done = call("assign", model, "new.csv", "--labels", "-")
    assert "values of column 'species' were not known" in done.stderr
    assert len(list(csv.DictReader(done.stdout.splitlines()))) == 344


def test_rows_without_the_columns_are_refused(call, model, groups):
    done = call("assign", model, groups)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: New rows must have the columns that were used: 'species'")


def test_rows_that_all_have_gaps_get_no_label(call, model, penguins):
    head, row, *_ = Path(penguins).read_text().splitlines()
    Path("new.csv").write_text(f"{head}\n{row.replace(',39.1,', ',NA,')}\n")
    done = call("assign", model, "new.csv", "--labels", "out.csv")
    assert done.exit_code == 0, done.stderr
    assert "0 rows in the 3 clusters" in done.stdout
    assert Path("out.csv").read_text().splitlines()[1].endswith(",")


def test_what_is_no_model_is_refused_in_one_line(call, groups, penguins):
    done = call("assign", groups, penguins)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    done = call("assign", "missing.model", penguins)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "missing.model" in done.stderr


def test_a_model_of_another_kind_is_refused_with_its_kind(call, penguins):
    gl.storage.write_state("k.model", gl.storage.State("KMeans", {}, {}))
    done = call("assign", "k.model", penguins)
    assert done.exit_code == 1
    assert (
        "must be one that `ganglion cluster --save` wrote; 'k.model' holds a KMeans" in done.stderr
    )


def test_a_model_or_a_table_is_not_overwritten_by_labels(call, penguins):
    Path("m.csv").write_bytes(b"")
    assert call("cluster", penguins, "-k", 3, "--save", "m.csv").exit_code == 0
    before = Path("m.csv").read_bytes()
    done = call("assign", "m.csv", penguins, "--labels", "m.csv")
    assert done.exit_code == 1
    assert "'m.csv' is what is read" in done.stderr
    assert Path("m.csv").read_bytes() == before


def test_the_model_is_one_that_python_loads(call, model, penguins):
    loaded = gl.load(model)
    assert isinstance(loaded, TableClustering)
    labels, design = loaded.assign(read_table(penguins))
    with open("l.csv", newline="") as file:
        written = [row["cluster"] for row in csv.DictReader(file) if row["cluster"]]
    assert labels.tolist() == list(map(int, written))
    assert loaded.sizes.sum() == len(design.rows)


def test_show_lists_arrays_columns_and_settings(call, model):
    done = call("show", model)
    assert done.exit_code == 0
    assert done.stdout.startswith("m.model: a TableClustering, ")
    for text in (
        "centers",
        "3 x 13",
        "settings.seed",
        "penguins.csv",
        "bill_depth_mm",
        "Chinstrap",
    ):
        assert text in done.stdout
    found = json.loads(call("show", model, "--json").stdout)
    assert found["arrays"][0] == {
        "name": "centers",
        "dtype": "float64",
        "shape": [3, 13],
        "bytes": 312,
    }
    assert found["parameters"]["settings"]["seed"] == 0


def test_show_lists_any_kind_without_building_it(call):
    state = gl.storage.State("FromTheFuture", {"x": float("nan"), "y": (1, None)}, {})
    gl.storage.write_state("f.model", state)
    assert "a FromTheFuture" in call("show", "f.model").stdout
    assert json.loads(call("show", "f.model", "--json").stdout)["parameters"]["x"] == "nan"


@pytest.mark.parametrize("damage", [slice(0, 100), slice(0, -1)])
def test_a_damaged_model_is_shown_as_damaged(call, model, damage):
    Path("cut.model").write_bytes(Path(model).read_bytes()[damage])
    for command in (("show", "cut.model"), ("assign", "cut.model", "l.csv")):
        done = call(*command)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "cut.model" in done.stderr
