"""`ganglion cluster --method bayes` and `assign` with its model, as a user runs them."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest

import ganglion as gl
from ganglion.cluster.bayesian import Normal, sample_partitions
from ganglion.data import read_table

FAST = ("--method", "bayes", "--draws", 60, "--burn-in", 40)


@pytest.fixture
def mixed(tmp_path):
    """Two groups told apart by numbers, a text and a truth value; a sixth of the cells is missing."""
    rng = np.random.default_rng(4)
    path = tmp_path / "mixed.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["name", "mass", "age", "colour", "wild"])
        for i in range(80):
            side = i % 2
            cells = [
                rng.normal(9 * side),
                rng.normal(5 * side),
                ("red", "blue")[side],
                ("no", "yes")[side],
            ]
            gone = rng.random(4) < 0.16
            out.writerow([f"item {i}", *("" if g else c for g, c in zip(gone, cells, strict=True))])
    return path


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_groups_are_found_and_told(call, groups, tmp_path):
    done = call("cluster", groups, *FAST, "--labels", "out.csv", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["method"], found["k"], found["k_from"]) == ("bayes", 3, "posterior")
    assert [cluster["size"] for cluster in found["clusters"]] == [20, 20, 20]
    assert found["n_clusters_posterior"]["3"] > 0.5
    assert sum(found["n_clusters_posterior"].values()) == pytest.approx(1)
    assert set(found["r_hat"]) >= {"n_clusters", "largest", "entropy", "log_posterior"}
    assert found["credible_ball"]["radius"] >= 0
    rows = rows_of(tmp_path / "out.csv")
    assert all(0.9 < float(row["certainty"]) <= 1 for row in rows)
    assert sorted({row["cluster"] for row in rows}) == ["0", "1", "2"]


def test_the_verdict_comes_first_on_a_terminal(call, groups):
    done = call("cluster", groups, *FAST)
    lines = [line for line in done.stdout.splitlines() if line]
    assert lines[0].startswith("groups.csv: 60 rows in 3 clusters; ")
    assert re.match(r"(Not c|C)onverged", lines[1])
    assert "probability" in lines[2]
    assert "95 % of the posterior is within " in done.stdout


def test_the_draws_are_those_of_sample_partitions(call, groups):
    done = call("cluster", groups, *FAST, "--seed", 5, "--json")
    X = read_table(groups)
    columns = [X.column(name).values for name in json.loads(done.stdout)["columns"]]
    sample = sample_partitions(
        np.column_stack(columns), component=Normal(), n_draws=60, n_burn_in=40, random_state=5
    )
    shares = np.bincount(sample.n_clusters.ravel()) / sample.n_clusters.size
    told = json.loads(done.stdout)["n_clusters_posterior"]
    assert {int(k): share for k, share in told.items()} == pytest.approx(
        {k: share for k, share in enumerate(shares.tolist()) if share}
    )


@pytest.mark.parametrize("prior", ["dp", "py", "mfm"])
def test_each_prior_can_be_chosen(call, groups, prior):
    found = json.loads(call("cluster", groups, *FAST, "--prior", prior, "--json").stdout)
    assert found["k"] == 3
    assert (found["n_components_posterior"] is not None) == (prior == "mfm")
    assert set(found["hyperparameters"]) == {
        "dp": {"concentration"}, "py": {"concentration", "discount"}, "mfm": set(),
    }[prior]  # fmt: skip


def test_columns_of_several_kinds_with_gaps_are_clustered_together(call, mixed, tmp_path):
    done = call("cluster", mixed, *FAST, "--report", "page.html", "--labels", "out.csv", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["component"].startswith("Mixed(")
    assert found["columns"] == ["mass", "age", "colour", "wild"]
    assert "missing cells are integrated out" in done.stderr
    rows = rows_of(tmp_path / "out.csv")
    kept = [row for row in rows if row["cluster"]]
    assert len(kept) >= 78
    sides = [(row["cluster"], int(row["name"].split()[1]) % 2) for row in kept]
    most = max(sum(c == str(int(s == flip)) for c, s in sides) for flip in (0, 1))
    assert most >= 0.95 * len(kept)
    assert "Dirichlet process" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("component", "columns", "kind"),
    [("diagonal", "mass,age", "DiagonalNormal"), ("bernoulli", "colour,wild", "Bernoulli"),
     ("categorical", "colour,wild", "Categorical"), ("mixed", "mass,colour", "Mixed"), ("auto", "mass", "Normal")],
)  # fmt: skip
def test_each_component_can_be_chosen(call, mixed, component, columns, kind):
    done = call("cluster", mixed, *FAST, "--component", component, "--columns", columns, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["component"].startswith(kind + "(")


@pytest.mark.parametrize("component", ["poisson", "multinomial"])
def test_counts_are_clustered(call, tmp_path, component):
    rng = np.random.default_rng(2)
    rates = np.array([[1.0, 12.0, 3.0], [14.0, 2.0, 3.0]])[np.arange(40) % 2]
    np.savetxt(tmp_path / "counts.csv", rng.poisson(rates), "%d", ",", header="a,b,c", comments="")
    done = call("cluster", "counts.csv", *FAST, "--component", component, "--json")
    assert done.exit_code == 0, done.stderr
    assert [cluster["size"] for cluster in json.loads(done.stdout)["clusters"]][:2] == [20, 20]


def test_a_saved_model_says_where_new_rows_belong(call, groups, tmp_path):
    call("cluster", groups, *FAST, "--save", "groups.model", "--labels", "out.csv")
    done = call("assign", "groups.model", groups, "--labels", "again.csv", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert [cluster["size"] for cluster in told["clusters"]] == [20, 20, 20] and told["new"] == 0
    first, second = rows_of(tmp_path / "out.csv"), rows_of(tmp_path / "again.csv")
    assert [row["cluster"] for row in first] == [row["cluster"] for row in second]
    assert all(0.9 < float(row["probability"]) <= 1 for row in second)
    columns = gl.load("groups.model").encoding.columns
    far = ",".join("500" for _ in columns)
    (tmp_path / "far.csv").write_text(f"{','.join(c.column for c in columns)}\n{far}\n")
    call("assign", "groups.model", "far.csv", "--labels", "far-out.csv")
    assert rows_of(tmp_path / "far-out.csv")[0]["cluster"] == "new"


def test_missing_cells_of_new_rows_are_left_out_of_account(call, mixed, tmp_path):
    call("cluster", mixed, *FAST, "--save", "mixed.model")
    (tmp_path / "new.csv").write_text("mass,age,colour,wild\n9.1,,,yes\n,,red,\n,5.2,green,\n,,,\n")
    done = call("assign", "mixed.model", "new.csv", "--labels", "out.csv")
    assert done.exit_code == 0, done.stderr
    assert "1 values of column 'colour' were not known and count as missing" in done.stderr
    found = [row["cluster"] for row in rows_of(tmp_path / "out.csv")]
    assert found[0] == found[2] != found[1] and found[3] == ""


def test_a_model_survives_its_file_and_a_wrong_one_is_refused(call, groups, tmp_path):
    call("cluster", groups, *FAST, "--save", "a.model")
    known = gl.load("a.model")
    gl.save(known, "b.model")
    assert (tmp_path / "a.model").read_bytes() == (tmp_path / "b.model").read_bytes()
    assert known.sample.n_draws * known.sample.n_chains <= 400
    raw = bytearray((tmp_path / "a.model").read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "a.model").write_bytes(raw)
    assert call("assign", "a.model", groups).exit_code == 1


def test_a_run_goes_on_from_its_checkpoint(call, groups):
    whole = json.loads(call("cluster", groups, *FAST, "--json").stdout)
    short = ("--method", "bayes", "--draws", 20, "--burn-in", 40, "--checkpoint", "run.file")
    call("cluster", groups, *short)
    again = call("cluster", groups, *FAST, "--checkpoint", "run.file", "--resume", "--json")
    assert again.exit_code == 0, again.stderr
    assert json.loads(again.stdout)["n_clusters_posterior"] == whole["n_clusters_posterior"]


def test_a_time_budget_ends_the_run_and_says_so(call, groups):
    done = call(
        "cluster", groups, "--method", "bayes", "--draws", 10**6, "--time-budget", 1, "--json"
    )
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["stopped_by"] == "time_budget"
    assert "The time budget ended the run" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--method", "bayes", "-k", 3), "-k has no meaning for --method bayes"),
        (("--method", "bayes", "--scale", "none"), "--scale has no meaning for --method bayes"),
        (("--method", "bayes", "--init", "random"), "--init belongs to k-means"),
        (("--draws", 5), "--draws belongs to --method bayes; --method is kmeans"),
        (("--method", "bayes", "--gamma", 2), "--gamma belongs to --prior mfm; got --prior dp"),
        (("--method", "bayes", "--resume"), "--resume goes on from a checkpoint"),
        (("--method", "bayes", "--prior", "crp"), "is not one of"),
        (("--method", "bayes", "--component", "poisson"), "Poisson"),
    ],
)
def test_what_does_not_fit_is_refused(call, groups, words, says):
    done = call("cluster", groups, *words)
    assert done.exit_code != 0
    assert says in done.stderr


@pytest.mark.parametrize("algorithm", ["gibbs", "hybrid", "subcluster", "variational"])
def test_each_algorithm_can_be_chosen_and_reported(call, groups, tmp_path, algorithm):
    done = call("cluster", groups, *FAST, "--algorithm", algorithm, "--report", "a.html", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["algorithm"], found["k"]) == (algorithm, 3)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert ('id="replay"' in page) == (algorithm != "variational")
    assert ("is approximate" in page) == (algorithm in ("subcluster", "variational"))


def test_texts_are_not_taken_for_numbers(call, mixed):
    done = call("cluster", mixed, *FAST, "--component", "normal")
    assert done.exit_code == 1
    assert "--component normal describes numbers; column 'colour' holds texts" in done.stderr
    dropped = call("cluster", mixed, *FAST, "--missing", "error")
    assert dropped.exit_code == 1 and "No value may be missing" in dropped.stderr
