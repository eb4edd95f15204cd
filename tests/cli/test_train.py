"""`ganglion train` and `ganglion predict`: a file in, a network and what it is worth out; the same for further rows."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import ganglion as gl
from ganglion.data import read_table
from ganglion.nn.tables import TableNetwork


@pytest.fixture
def species(call, penguins):
    """The model that names the species of penguins, and what was printed as JSON."""
    done = call("train", penguins, "--target", "species", "--save", "s.model", "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_penguins_are_named_from_seven_columns(species):
    assert species["classes"] == ["Adelie", "Chinstrap", "Gentoo"]
    assert len(species["columns"]) == 7
    assert sum(species["rows"].values()) == 344
    assert species["scores"]["accuracy"]["value"] > 0.95
    assert species["scores"]["accuracy"]["baseline"] == pytest.approx(0.44, abs=0.02)
    confusion = np.array(species["confusion"])
    assert confusion.sum() == species["rows"]["kept_back"]
    assert np.trace(confusion) / confusion.sum() == species["scores"]["accuracy"]["value"]


def test_the_screen_says_what_json_says(call, penguins, species):
    done = call("train", penguins, "--target", "species")
    assert "penguins.csv: species (3 classes) from 7 columns" in done.stdout
    assert f"of {species['rows']['kept_back']} rows kept back" in done.stdout
    assert f"{species['epochs']} epochs" in done.stdout
    first = max(species["importance"], key=species["importance"].get)
    listed = done.stdout.split("what it rests on")[1].split()
    assert next(word for word in listed if word in species["importance"]) == first


def test_one_seed_gives_one_answer_and_another_seed_another(call, penguins):
    words = ("train", penguins, "--target", "species", "--json", "--seed")
    first, again, other = (json.loads(call(*words, seed).stdout) for seed in (3, 3, 4))
    assert first == again
    assert first["loss_curve"] != other["loss_curve"]


def test_a_number_is_a_regression_in_its_own_units(call, penguins):
    words = ("train", penguins, "--target", "body_mass_g", "--json")
    found = json.loads(call(*words, "--save", "m.model").stdout)
    assert found["classes"] == [] and found["confusion"] is None
    assert found["scores"]["r2"]["value"] > 0.75
    assert found["scores"]["mae"]["value"] < found["scores"]["mae"]["baseline"] / 2
    predicted = json.loads(call("predict", "m.model", penguins, "--json").stdout)
    truth = read_table(penguins).column("body_mass_g").values
    error = np.abs(np.array(predicted["predictions"]) - truth)
    assert np.nanmean(error) == pytest.approx(predicted["scores"]["mae"], rel=1e-12)
    assert 2500 < np.median(predicted["predictions"]) < 5500


def test_codes_are_taken_for_classes_and_a_note_says_so(call, penguins):
    done = call("train", penguins, "--target", "year")
    assert "'year' holds 3 different whole numbers, which were taken for classes" in done.stderr
    assert "--task regression" in done.stderr
    done = call("train", penguins, "--target", "year", "--task", "regression")
    assert "explained (R2)" in done.stdout and "whole numbers" not in done.stderr


def test_predictions_are_written_beside_the_rows(call, penguins, species):
    done = call("predict", "s.model", penguins, "--labels", "out.csv")
    assert done.exit_code == 0, done.stderr
    with open("out.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 344
    assert {row["predicted_species"] for row in rows} == set(species["classes"])
    right = np.mean([row["species"] == row["predicted_species"] for row in rows])
    assert right > 0.97
    assert all(0.33 <= float(row["probability"]) <= 1 for row in rows)
    known = gl.load("s.model")
    assert isinstance(known, TableNetwork)
    again = known.predict(read_table(penguins)).values.tolist()
    assert [row["predicted_species"] for row in rows] == again


def test_predictions_go_to_a_pipe(call, penguins, species):
    done = call("predict", "s.model", penguins, "--labels", "-", "-q")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert len(rows) == 344 and "probability" in rows[0]


def test_rows_with_gaps_new_texts_and_other_columns_are_predicted(call, penguins, species):
    head, first, *_ = Path(penguins).read_text().splitlines()
    Path("new.csv").write_text(
        f"note,{head}\nhello,{first.replace(',39.1,', ',NA,').replace('Torgersen', 'Atlantis')}\n"
    )
    done = call("predict", "s.model", "new.csv", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["predictions"] == ["Adelie"]


def test_a_file_without_the_target_is_predicted_without_scores(call, penguins, species):
    lines = Path(penguins).read_text().splitlines()
    Path("new.csv").write_text("\n".join(line.partition(",")[2] for line in lines) + "\n")
    found = json.loads(call("predict", "s.model", "new.csv", "--json").stdout)
    assert len(found["predictions"]) == 344 and found["scores"] == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "colour"), "'colour'"),
        (("--target", "species", "--columns", "species,sex"), "is among the columns"),
        (("--target", "species", "--task", "regression"), "holds texts. Use --task classification"),
        (("--target", "sex", "--report", "no/such/folder.html"), "must exist"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_line(call, penguins, words, message):
    done = call("train", penguins, *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("Error: ") and message in done.stderr


def test_layers_that_are_none_are_a_usage_error(call, penguins):
    for sizes in ("64,x", "0,3", "", "-4"):
        done = call("train", penguins, "--target", "species", f"--hidden={sizes}")
        assert done.exit_code == 2 and "--hidden" in done.stderr


def test_a_linear_model_has_no_hidden_layer(call, penguins):
    found = json.loads(
        call("train", penguins, "--target", "species", "--hidden", 0, "--json").stdout
    )
    assert found["network"] == [14, 3]


def test_few_rows_are_refused(call):
    Path("few.csv").write_text("x,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(8)))
    done = call("train", "few.csv", "--target", "y")
    assert done.exit_code == 1 and "at least 10 rows" in done.stderr


def test_rows_without_the_columns_are_refused(call, species, groups):
    done = call("predict", "s.model", groups)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: New rows must have the columns that were learned from")


def test_divergence_says_what_to_try_in_options(call, penguins):
    done = call(
        "train", penguins, "--target", "body_mass_g", "--learning-rate", 1e300, "--hidden", 3
    )
    assert done.exit_code == 1 and "--learning-rate" in done.stderr


def test_a_wide_table_is_judged_column_by_column(call):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 300)).round(2).tolist()
    head = ",".join(f"c{at}" for at in range(300))
    lines = [",".join([*map(str, row), "ab"[row[7] > 0]]) for row in rows]
    Path("wide.csv").write_text("\n".join([f"{head},y", *lines]), encoding="utf-8")
    done = call(
        "train", "wide.csv", "--target", "y", "--epochs", "3", "--json", "--save", "w.model"
    )
    found = json.loads(done.stdout)
    assert len(found["importance"]) == 300
    assert max(found["importance"].values()) > 0


def test_an_unknown_target_is_not_blamed_on_another_option(call, penguins):
    done = call("train", penguins, "--target", "Species")
    assert done.exit_code == 1
    assert "The target must be a column of the table; got 'Species'. Did you mean 'species'" in (
        " ".join(done.stderr.split())
    )


def test_a_huge_target_has_a_report(call):
    lines = [f"{x}.5,{x - 7}e300" for x in range(1, 40)]
    Path("huge.csv").write_text("\n".join(["x,y", *lines]), encoding="utf-8")
    done = call(
        "train", "huge.csv", "--target", "y", "--epochs", "5", "--report", "h.html", "--json"
    )
    assert done.exit_code == 0, done.stderr
    scores = json.loads(done.stdout)["scores"]
    assert all(score[of] is not None for score in scores.values() for of in ("value", "baseline"))
    assert "NaN" not in Path("h.html").read_text(encoding="utf-8")
