"""`ganglion choose-k`: the curve, the answer, or that there is none."""

from __future__ import annotations

import json

import numpy as np

import ganglion as gl
from ganglion.data import design_matrix, read_table


def test_the_knee_is_named_and_marked(call, groups):
    done = call("choose-k", groups)
    assert done.exit_code == 0
    assert done.stdout.startswith("groups.csv: 3 clusters\n")
    (marked,) = (line for line in done.stdout.splitlines() if "the knee" in line)
    assert marked.split()[0] == "3"
    assert "The WSS curve bends at k = 3" in " ".join(done.stdout.split())


def test_no_knee_is_an_answer_and_no_error(call, penguins):
    done = call("choose-k", penguins, "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert found["k"] is None
    assert found["votes"]["elbow"] is None and found["agreement"] == 0
    assert [row["rule"] for row in found["rules"]] == list(found["votes"])
    assert "no number of clusters stands out" in found["reason"]
    text = call("choose-k", penguins).stdout
    assert text.startswith("penguins.csv: no number of clusters stands out\n")
    assert "the knee" not in text


def test_the_curve_is_that_of_the_function_in_python(call, groups):
    found = json.loads(call("choose-k", groups, "--max-k", 6, "--seed", 4, "--json").stdout)
    X = design_matrix(read_table(groups)).X
    choice = gl.choose_k(X, range(1, 7), random_state=4)
    assert found["table"]["k"] == [1, 2, 3, 4, 5, 6]
    assert found["table"]["wss"] == choice.table["wss"]
    assert (found["k"], found["reason"]) == (choice.k, choice.reason)


def test_the_curve_ends_where_the_rows_do(call, tmp_path):
    np.savetxt("few.csv", [[1.5, 2], [3, 4.25], [9, 9.5]], delimiter=",", header="a,b", comments="")
    found = json.loads(call("choose-k", "few.csv", "--json").stdout)
    assert found["table"]["k"] == [1, 2, 3]
    assert all(value is None or isinstance(value, float | int) for value in found["table"]["gain"])


def test_one_cluster_is_an_answer_of_both_commands(call):
    cloud = np.random.default_rng(0).normal(size=(300, 3))
    np.savetxt("cloud.csv", cloud, delimiter=",", header="a,b,c", comments="")
    text = call("choose-k", "cloud.csv").stdout
    assert text.startswith("cloud.csv: 1 cluster\n")
    assert "One cluster: no division stands out." in " ".join(text.split())
    done = call("cluster", "cloud.csv", "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (found["k"], found["k_from"]) == (1, "rules")


def test_rules_are_chosen_by_name(call, groups):
    found = json.loads(call("choose-k", groups, "--rules", "bic,silhouette", "--json").stdout)
    assert found["votes"] == {"bic": 3, "silhouette": 3}
    done = call("choose-k", groups, "--rules", "elbo")
    assert done.exit_code == 1
    assert "--rules must be 'default', 'all' or some of" in done.stderr
    assert "Say --rules all" in done.stderr


def test_medoids_look_for_their_number_in_a_tree(call, groups):
    found = json.loads(call("cluster", groups, "--method", "medoids", "--json").stdout)
    assert (found["k"], found["k_from"]) == (3, "gap")
