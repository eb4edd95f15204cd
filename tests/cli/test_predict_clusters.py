"""`ganglion predict` with a model of clusters: labels, distances, and rows that belong to none."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

AGGLOMERATIVE = (
    "single",
    "complete",
    "average",
    "weighted",
    "centroid",
    "median",
    "ward",
    "minimax",
)
DIVISIVE = ("diana", "bisecting", "pddp", "mst")
METHODS = {
    "kmeans": (),
    "medoids": ("--method", "medoids"),
}


@pytest.fixture(params=sorted(METHODS))
def model(request, call, penguins):
    options = METHODS[request.param]
    done = call("cluster", penguins, *options, "-k", 3, "--save", "m.model", "--labels", "l.csv")
    assert done.exit_code == 0, done.stderr
    return "m.model"


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_rows_of_the_table_keep_their_clusters_and_get_a_distance(call, model, penguins):
    done = call("predict", model, penguins, "--labels", "p.csv")
    assert done.exit_code == 0, done.stderr
    before, after = rows_of("l.csv"), rows_of("p.csv")
    assert [row["cluster"] for row in before] == [row["cluster"] for row in after]
    known = [float(row["distance"]) for row in after if row["cluster"]]
    assert min(known) >= 0
    assert max(known) > 0


def test_a_share_rejects_that_share_of_each_clusters_own_rows_at_most(call, model, penguins):
    found = json.loads(call("predict", model, penguins, "--reject", "10%", "--json").stdout)
    before = json.loads(call("predict", model, penguins, "--json").stdout)
    for kept, all_ in zip(found["clusters"], before["clusters"], strict=True):
        assert 0.9 * all_["size"] <= kept["size"] < 0.95 * all_["size"]
    assert found["rejected"] == found["rows_used"] - sum(c["size"] for c in found["clusters"])


def test_no_row_of_the_table_is_farther_than_the_farthest(call, model, penguins):
    found = json.loads(call("predict", model, penguins, "--reject", "0%", "--json").stdout)
    assert found["rejected"] == 0


def test_a_distance_rejects_what_is_farther(call, model, penguins):
    call("predict", model, penguins, "--labels", "p.csv")
    distances = np.array([float(row["distance"]) for row in rows_of("p.csv") if row["distance"]])
    limit = round(float(np.median(distances)), 3)
    done = call("predict", model, penguins, "--reject", limit, "--labels", "q.csv")
    assert f"{int((distances > limit).sum()):,} of them too far from all" in done.stdout
    for row in rows_of("q.csv"):
        if row["distance"]:
            assert (row["cluster"] == "none") == (float(row["distance"]) > limit)


def test_a_row_from_elsewhere_belongs_to_no_cluster(call, model, penguins):
    head, first, *_ = Path(penguins).read_text().splitlines()
    cells = dict(zip(head.split(","), first.split(","), strict=True))
    cells |= {"body_mass_g": "90000", "flipper_length_mm": "3000", "bill_length_mm": "1e300"}
    Path("new.csv").write_text(f"{head}\n{first}\n{','.join(cells.values())}\n")
    done = call("predict", model, "new.csv", "--reject", "1%", "--labels", "p.csv")
    assert done.exit_code == 0, done.stderr
    near, far = rows_of("p.csv")
    assert near["cluster"] == "0" or near["cluster"].isdigit()
    assert far["cluster"] == "none"


def test_where_most_rows_are_rejected_the_note_says_how_far_rows_are(call, penguins):
    call("cluster", penguins, "-k", 3, "--save", "m.model")
    done = call("predict", "m.model", penguins, "--reject", "0.5")
    assert "most rows are rejected" in done.stderr
    assert "--reject 5%" in " ".join(done.stderr.split())
    assert "most rows" not in call("predict", "m.model", penguins, "--reject", "5%").stderr
    share = call("predict", "m.model", penguins, "--reject", "90%").stderr
    assert "most rows are rejected" in share and "percent sign" not in share


@pytest.mark.parametrize("method", [*AGGLOMERATIVE, *DIVISIVE])
def test_trees_know_how_far_rows_are_and_which_are_too_far(call, groups, method):
    save = ("--save", "t.model", "--labels", "l.csv")
    done = call("cluster", groups, "--method", method, "-k", 3, *save)
    assert done.exit_code == 0, done.stderr
    call("predict", "t.model", groups, "--reject", "0%", "--labels", "p.csv")
    before, after = rows_of("l.csv"), rows_of("p.csv")
    assert [row["cluster"] for row in before] == [row["cluster"] for row in after]
    assert all(float(row["distance"]) >= 0 for row in after)
    head, first, *_ = Path(groups).read_text().splitlines()
    far = ",".join("1e6" for _ in first.split(","))
    Path("new.csv").write_text(f"{head}\n{first}\n{far}\n")
    done = call("predict", "t.model", "new.csv", "--reject", "1%", "--labels", "q.csv")
    assert done.exit_code == 0, done.stderr
    assert rows_of("q.csv")[1]["cluster"] == "none"


@pytest.mark.parametrize("method", ["minimax", "complete", "average"])
def test_a_share_of_a_trees_own_rows_is_rejected(call, groups, method):
    call("cluster", groups, "--method", method, "-k", 3, "--save", "t.model")
    found = json.loads(call("predict", "t.model", groups, "--reject", "20%", "--json").stdout)
    # the largest distance is met by two rows at least where it is the diameter
    assert 0.1 * found["rows"] <= found["rejected"] <= 0.2 * found["rows"]


@pytest.mark.parametrize("word", ["x", "-1", "nan", "inf", "100%", "-5%", "%", ""])
def test_what_is_no_distance_and_no_share_is_refused(call, penguins, word):
    call("cluster", penguins, "-k", 3, "--save", "m.model")
    done = call("predict", "m.model", penguins, "--reject", word)
    assert done.exit_code == 2
    assert "it must be a distance of at least 0" in " ".join(done.stderr.split())


def test_a_model_without_the_distances_of_its_rows_rejects_by_distance_only(call, penguins):
    import ganglion as gl

    call("cluster", penguins, "-k", 3, "--save", "m.model")
    from dataclasses import replace

    gl.save(replace(gl.load("m.model"), reach=None), "old.model")
    done = call("predict", "old.model", penguins, "--reject", "5%")
    assert done.exit_code == 1
    assert "was saved without them" in " ".join(done.stderr.split())
    assert call("predict", "old.model", penguins, "--reject", "2").exit_code == 0


def test_assign_rejects_too_and_without_it_writes_what_cluster_wrote(call, model, penguins):
    call("assign", model, penguins, "--labels", "a.csv")
    assert Path("a.csv").read_bytes() == Path("l.csv").read_bytes()
    found = json.loads(call("assign", model, penguins, "--reject", "10%", "--json").stdout)
    assert found["command"] == "assign"
    assert found["rejected"] > 0


def test_the_reject_option_is_refused_where_it_would_be_ignored(call, penguins):
    call("train", penguins, "--target", "species", "--save", "n.model", "--epochs", 1)
    done = call("predict", "n.model", penguins, "--reject", "5%")
    assert done.exit_code == 2
    assert "--reject belongs to models of clusters" in done.stderr
