"""`ganglion cluster`: what goes in, what comes out, on which stream and in which file."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import ganglion as gl
from ganglion.data import design_matrix, read_table


def labelled(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_curve_chooses_k_and_the_clusters_are_the_groups(call, groups):
    done = call("cluster", groups, "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (found["k"], found["k_from"]) == (3, "elbow")
    assert [cluster["size"] for cluster in found["clusters"]] == [20, 20, 20]
    assert found["explained"] > 0.99


def test_the_result_is_that_of_the_function_in_python(call, groups):
    found = json.loads(call("cluster", groups, "-k", 4, "--seed", 3, "--json").stdout)
    X = design_matrix(read_table(groups)).X
    run = gl.kmeans(X, 4, n_init=10, random_state=3)
    assert found["wss"] == run.inertia
    assert sorted(c["size"] for c in found["clusters"]) == sorted(np.bincount(run.labels))


def test_a_table_on_standard_output_says_sizes_and_what_sets_clusters_apart(call, groups):
    done = call("cluster", groups, "-k", 3)
    assert done.exit_code == 0
    assert done.stdout.startswith("groups.csv: 60 rows in 3 clusters, which account for ")
    assert "high x" in done.stdout
    assert "high y" in done.stdout
    assert "TSS 120.000." in done.stdout
    assert all(line == line.rstrip() for line in done.stdout.splitlines())


def test_notes_name_what_was_left_out_and_go_to_standard_error(call, groups):
    done = call("cluster", groups, "-k", 3)
    assert "column 'id' was left out: looks like an identifier" in done.stderr
    assert "column 'constant' was left out: has one value only ('same')" in done.stderr
    assert "left out" not in done.stdout


def test_quiet_says_nothing_beside_the_result(call, groups):
    done = call("cluster", groups, "-k", 3, "--quiet")
    assert done.stderr == ""
    assert "3 clusters" in done.stdout


def test_json_is_one_object_and_nothing_else(ganglion, penguins):
    done = ganglion("cluster", penguins, "-k", 3, "--json", "--labels", "out.csv")
    found = json.loads(done.stdout)
    assert found["rows"] == 344
    assert found["rows_used"] == 333
    assert found["missing"]["sex"] == 11
    assert found["files"] == {"labels": "out.csv"}
    assert found["wss"] + found["bss"] == pytest.approx(found["tss"], rel=1e-10)
    assert sum(cluster["size"] for cluster in found["clusters"]) == 333


def test_centres_are_told_in_the_units_of_the_table(call, groups):
    found = json.loads(call("cluster", groups, "-k", 3, "--json").stdout)
    centers = sorted((c["center"]["x"], c["center"]["y"]) for c in found["clusters"])
    assert np.allclose(centers, [(0, 0), (0, 30), (30, 0)], atol=1.0)


def test_clusters_are_numbered_by_size(call, tmp_path):
    lines = ["x", *["0.5"] * 3, *["100.25"] * 9, *["50.125"] * 5, "0.75", "100.5", "50.25"]
    (tmp_path / "sizes.csv").write_text("\n".join(lines))
    for seed in range(4):
        found = json.loads(call("cluster", "sizes.csv", "-k", 3, "--seed", seed, "--json").stdout)
        assert [c["size"] for c in found["clusters"]] == [10, 6, 4]


def test_labels_are_joined_to_every_row_of_the_input(call, penguins, tmp_path):
    assert call("cluster", penguins, "-k", 3, "--labels", "out.csv").exit_code == 0
    rows = labelled(tmp_path / "out.csv")
    original = labelled(penguins)
    assert [{**row, "cluster": None} for row in rows] == [
        {**row, "cluster": None} for row in original
    ]
    assert sum(row["cluster"] == "" for row in rows) == 11
    species = {(row["species"], row["cluster"]) for row in rows if row["cluster"]}
    assert len(species) == 3


def test_labels_go_to_standard_output_for_a_dash_and_the_summary_to_standard_error(
    ganglion, groups
):
    done = ganglion("cluster", groups, "-k", 3, "--labels", "-")
    lines = done.stdout.splitlines()
    assert lines[0] == "id,x,y,constant,cluster"
    assert len(lines) == 61
    assert "3 clusters" in done.stderr
    assert ganglion("cluster", groups, "-k", 3, "--labels", "-", "-q").stderr == ""


def test_a_table_comes_from_standard_input_for_a_dash(ganglion, groups):
    with open(groups, encoding="utf-8") as piped:
        done = ganglion("cluster", "-", "-k", 3, "--labels", "out.csv", stdin=piped)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("stdin.csv: 60 rows")
    assert len(labelled(groups.parent / "out.csv")) == 60


@pytest.mark.parametrize("kind", ["parquet", "ndjson", "tsv", "csv.gz"])
def test_every_format_gives_the_same_clusters(call, ganglion, groups, kind):
    frame = pl.read_csv(groups)
    path = groups.parent / f"other.{kind}"
    if kind == "parquet":
        frame.write_parquet(path)
    elif kind == "ndjson":
        frame.write_ndjson(path)
    elif kind == "tsv":
        frame.write_csv(path, separator="\t")
    else:
        path.write_bytes(subprocess.run(["gzip", "-c", groups], capture_output=True).stdout)
    found, expected = (
        json.loads(call("cluster", each, "-k", 3, "--json").stdout) for each in (path, groups)
    )
    assert found["clusters"] == expected["clusters"]
    if kind != "tsv":  # standard input tells the format by its first bytes
        with open(path, "rb") as piped:
            done = ganglion("cluster", "-", "-k", 3, "--json", stdin=piped)
        assert json.loads(done.stdout)["clusters"] == expected["clusters"]


def test_columns_are_chosen_by_name_also_with_a_comma_in_it(call, tmp_path):
    (tmp_path / "t.csv").write_text('"a,b",c,d\n1,2,9\n1.5,2,8\n8,2.5,7\n9,3,1\n')
    found = json.loads(call("cluster", "t.csv", "-k", 2, "--columns", '"a,b",c', "--json").stdout)
    assert found["columns"] == ["a,b", "c"]


def test_without_scaling_the_column_of_large_numbers_decides(call, tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i % 2}.5,{i}000.5\n" for i in range(20)))
    raw, scaled = (
        json.loads(call("cluster", "t.csv", "-k", 2, "--scale", scale, "--json").stdout)
        for scale in ("none", "standard")
    )
    assert raw["tss"] > 1e6 * scaled["tss"]
    assert [c["center"]["b"] for c in raw["clusters"]] == [4500.5, 14500.5]


def test_missing_values_are_dropped_or_filled_in_as_asked(call, tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,1\n1.5,\n9,9\n9.5,9\n,9\n")
    dropped = json.loads(call("cluster", "t.csv", "-k", 2, "--json").stdout)
    filled = json.loads(call("cluster", "t.csv", "-k", 2, "--missing", "impute", "--json").stdout)
    assert (dropped["rows_used"], filled["rows_used"]) == (3, 5)
    assert filled["notes"] == ["2 missing values were filled in ('a' 1, 'b' 1)"]


def test_a_decimal_comma_and_a_file_without_names_can_be_read(call, tmp_path):
    (tmp_path / "t.csv").write_text("a;b\n1,5;2,5\n1,25;2\n9,5;8\n9,75;8,5\n")
    done = call("cluster", "t.csv", "-k", 2, "--decimal", "comma", "--json")
    assert json.loads(done.stdout)["clusters"][0]["size"] == 2
    (tmp_path / "t.csv").write_text("1.5,2.5\n1.25,2\n9.5,8\n9.75,8.5\n")
    done = call("cluster", "t.csv", "-k", 2, "--no-header", "--json")
    assert json.loads(done.stdout)["columns"] == ["column_1", "column_2"]


def test_no_knee_is_said_and_no_number_is_made_up(call, penguins, tmp_path):
    done = call("cluster", penguins, "--labels", "out.csv", "--report", "r.html", "--quiet")
    assert done.exit_code == 3
    assert done.stdout == ""
    assert done.stderr.startswith("No answer: The WSS curve ")
    assert "-k N" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_fewer_distinct_rows_than_clusters_give_one_note(call, tmp_path):
    (tmp_path / "t.csv").write_text("x\n" + "1.5\n2.5\n" * 10)
    done = call("cluster", "t.csv", "-k", 3, "--report", "r.html")
    assert done.exit_code == 0, done.stderr
    assert done.stderr.count("2 distinct samples") == 1
    assert "in 2 clusters" in done.stdout
    assert (tmp_path / "r.html").exists()


def test_a_run_that_may_not_go_on_says_that_it_has_not_settled(call, penguins):
    done = call("cluster", penguins, "-k", 5, "--max-iter", 1, "--n-init", 1)
    assert "had not settled, raise --max-iter" in done.stdout


@pytest.mark.parametrize("init", ["k-means++", "k-means||", "random"])
def test_every_start_is_reached_from_the_command_line(call, groups, init):
    found = json.loads(call("cluster", groups, "-k", 3, "--init", init, "--json").stdout)
    assert found["init"] == init
    assert found["explained"] > 0.99


def test_a_very_long_table_has_its_curve_from_a_sample_and_says_so(call, tmp_path, monkeypatch):
    monkeypatch.setattr("ganglion.cli._clustering.CURVE_ROWS", 500)
    points = np.random.default_rng(0).normal(size=(2000, 2)) + 40 * (np.arange(2000) % 2)[:, None]
    np.savetxt("long.csv", points, delimiter=",", header="x,y", comments="")
    found = json.loads(call("cluster", "long.csv", "--json").stdout)
    assert found["k"] == 2
    assert found["rows_used"] == 2000
    assert "a random sample of 500 of the 2,000 rows" in found["curve"]["reason"]


def test_steps_that_memory_should_not_hold_are_left_out_of_the_report(call, groups, monkeypatch):
    monkeypatch.setattr("ganglion.cli._clustering.HISTORY_BYTES", 100)
    done = call("cluster", groups, "-k", 3, "--report", "r.html")
    assert done.exit_code == 0
    assert "the report has no replay" in done.stderr
    assert 'id="replay"' not in Path("r.html").read_text(encoding="utf-8")


def test_python_dash_m_is_the_same_program(tmp_path, groups):
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "ganglion", "cluster", groups, "-k", "3", "-q"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("groups.csv: 60 rows")


def test_the_version_is_that_of_the_package(ganglion):
    assert ganglion("--version").stdout == f"ganglion {gl.__version__}\n"


@pytest.mark.parametrize("command", ["demo", "cluster", "assign", "choose-k", "show"])
def test_every_command_has_help_and_the_program_lists_it(ganglion, command):
    assert f"  {command}" in ganglion("--help").stdout
    done = ganglion(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: ganglion {command} [OPTIONS]")


def test_the_help_page_documents_the_exit_codes(ganglion):
    text = ganglion("--help").stdout
    assert all(f"  {code}  " in text for code in (0, 1, 2, 3, 130, 141))


def test_a_report_of_many_clusters_has_no_curve_and_one_of_few_has(call, penguins):
    for k, has_curve in ((1, True), (20, True), (21, False)):
        done = call("cluster", penguins, "-k", k, "--report", "r.html", "--json")
        assert done.exit_code == 0, done.stderr
        assert (json.loads(done.stdout)["curve"] is not None) == has_curve
        assert ("How many clusters?" in Path("r.html").read_text(encoding="utf-8")) == has_curve


def test_one_cluster_is_answered_with_the_reason_and_not_doubted_by_rules_that_cannot_say_one(
    call, tmp_path
):
    rows = np.random.default_rng(3).normal(size=(60, 2)).round(4)
    pl.DataFrame(rows, schema=["x", "y"]).write_csv(tmp_path / "cloud.csv")
    done = call("cluster", tmp_path / "cloud.csv", "--report", tmp_path / "cloud.html")
    assert done.exit_code == 0
    assert "60 rows in 1 cluster\n" in done.stdout
    assert "there is one cluster." in done.stdout.partition(" = TSS ")[2]
    page = (tmp_path / "cloud.html").read_text(encoding="utf-8")
    assert "there is one cluster." in page
    assert "The rules disagree" not in page


def test_a_page_says_how_many_rules_name_its_number_and_which_one_most_of_them_name(call, penguins):
    columns = "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g"
    found = json.loads(call("choose-k", penguins, "--columns", columns, "--json").stdout)
    votes = list(found["votes"].values())
    most = max(set(votes), key=votes.count)
    assert votes.count(found["k"]) < votes.count(most)
    call("cluster", penguins, "--columns", columns, "--report", "r.html")
    said = f"{votes.count(found['k'])} of {len(votes)} name {found['k']}, {votes.count(most)} name {most}."
    assert f"The rules disagree on the number of clusters: {said}" in Path("r.html").read_text(
        "utf-8"
    )
