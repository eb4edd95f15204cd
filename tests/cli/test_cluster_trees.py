"""`ganglion cluster --method`: trees and medoids of numbers, mixed rows and texts, as a user runs them."""

from __future__ import annotations

import csv
import json
import time

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

import ganglion as gl
from composed import write_customers, write_streets
from ganglion.data import design_matrix, read_table


@pytest.fixture
def streets(tmp_path):
    path = tmp_path / "streets.csv"
    write_streets(path, 600)
    return path


@pytest.fixture
def customers(tmp_path):
    path = tmp_path / "customers.csv"
    write_customers(path, 300)
    return path


def labelled(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def same_partition(a, b):
    pairs = set(zip(a, b, strict=True))
    return len(pairs) == len(set(a)) == len(set(b))


@pytest.mark.parametrize("method", ["ward", "average", "complete", "single", "weighted"])
def test_the_clusters_are_those_of_scipys_tree(call, groups, tmp_path, method):
    done = call("cluster", groups, "--method", method, "-k", 3, "--labels", "out.csv", "--json")
    assert done.exit_code == 0, done.stderr
    X = design_matrix(read_table(groups)).X
    expected = fcluster(linkage(X, method), 3, "maxclust").tolist()
    got = [row["cluster"] for row in labelled(tmp_path / "out.csv")]
    assert same_partition(got, expected)
    found = json.loads(done.stdout)
    assert (found["method"], found["metric"], found["k_from"]) == (method, "euclidean", "given")
    assert [cluster["size"] for cluster in found["clusters"]] == [20, 20, 20]


@pytest.mark.parametrize("method", ["centroid", "median", "minimax", "diana", "bisecting", "mst"])
def test_every_method_finds_the_three_groups(call, groups, method):
    found = json.loads(call("cluster", groups, "--method", method, "-k", 3, "--json").stdout)
    assert [cluster["size"] for cluster in found["clusters"]] == [20, 20, 20]


def test_splitting_along_principal_directions_is_reached_too(call, groups):
    found = json.loads(call("cluster", groups, "--method", "pddp", "-k", 3, "--json").stdout)
    assert (found["k"], found["method"]) == (3, "pddp")


def test_medoids_are_rows_of_the_table(call, groups):
    found = json.loads(call("cluster", groups, "--method", "medoids", "-k", 3, "--json").stdout)
    assert [cluster["size"] for cluster in found["clusters"]] == [20, 20, 20]
    X = design_matrix(read_table(groups)).X
    rows = [cluster["medoid_row"] - 1 for cluster in found["clusters"]]
    D = np.linalg.norm(X[:, None] - X[rows], axis=2)
    assert found["inertia"] == pytest.approx(D.min(axis=1).sum(), rel=1e-9)


def test_auto_takes_the_widest_gap_and_says_so(call, groups):
    done = call("cluster", groups, "--method", "average")
    assert done.exit_code == 0
    assert "60 rows in 3 clusters" in done.stdout
    assert "The widest gap in the heights of the tree is at 3 clusters" in " ".join(
        done.stdout.split()
    )


def test_where_no_gap_is_wide_no_number_is_made_up(call, tmp_path):
    points = np.random.default_rng(0).normal(size=(200, 4))
    np.savetxt("cloud.csv", points, delimiter=",", header="a,b,c,d", comments="")
    done = call("cluster", "cloud.csv", "--method", "average", "--labels", "out.csv", "-q")
    assert done.exit_code == 3
    assert done.stderr.startswith("No answer: No gap in the heights of the tree is wide")
    assert "-k N" in done.stderr and "--height H" in done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_a_height_cuts_the_tree_there(call, groups):
    found = json.loads(
        call("cluster", groups, "--method", "average", "--height", 0.5, "--json").stdout
    )
    X = design_matrix(read_table(groups)).X
    expected = fcluster(linkage(X, "average"), 0.5, "distance")
    assert found["k"] == expected.max()
    assert (found["k_from"], found["height"]) == ("height", 0.5)


def test_texts_of_one_column_are_compared_by_edit_distance(call, streets, tmp_path):
    done = call(
        "cluster",
        streets,
        "--columns",
        "street",
        "--method",
        "complete",
        "--height",
        2,
        "--labels",
        "out.csv",
    )
    assert done.exit_code == 0, done.stderr
    assert "texts are compared by edit distance (--metric levenshtein)" in done.stderr
    assert "different texts; each is clustered once" in done.stderr
    rows = labelled(tmp_path / "out.csv")
    assert len(rows) == 600 and all(row["cluster"] for row in rows)
    by_street = {}
    for row in rows:
        assert by_street.setdefault(row["street"], row["cluster"]) == row["cluster"]


@pytest.mark.parametrize("method", ["single", "complete", "average", "weighted", "minimax"])
def test_clustering_each_text_once_gives_the_clusters_of_all_rows(call, streets, method):
    found = json.loads(
        call(
            "cluster", streets, "--columns", "street", "--method", method, "-k", 7, "--json"
        ).stdout
    )
    texts = [row["street"] for row in labelled(streets)]
    tree = gl.linkage(texts, method, "levenshtein")
    # Ties between equal distances may be broken in another order, so heights are compared and not labels.
    top = np.sort(tree.heights)[::-1][:12]
    assert found["different_items"] == len(set(texts)) < 600
    if method in ("single", "complete"):
        assert found["heights"][:12] == top.tolist()
    else:
        assert np.allclose(found["heights"][:3], top[:3], rtol=0.25)


def test_mixed_rows_are_compared_by_gower(call, customers):
    done = call("cluster", customers, "--method", "medoids", "-k", 5, "--json")
    found = json.loads(done.stdout)
    assert found["metric"] == "gower"
    assert "compared by Gower's distance" in done.stderr
    assert "missing cells take no part" in done.stderr
    assert found["rows_used"] == 300
    assert all(cluster["medoid"].startswith("C1") for cluster in found["clusters"])
    assert found["left_out"][0]["column"] == "customer"


def test_a_tree_is_saved_and_shown(call, groups):
    done = call("cluster", groups, "--method", "ward", "-k", 3, "--save", "t.model")
    assert "tree: t.model" in done.stderr
    tree = gl.load("t.model").tree
    assert (tree.n_leaves, tree.method) == (60, "ward")
    assert "a TableTree" in call("show", "t.model").stdout
    done = call("cluster", groups, "--method", "diana", "-k", 3, "--save", "d.model")
    assert done.exit_code == 0, done.stderr
    assert gl.load("d.model").tree.method == "diana"


@pytest.mark.parametrize(
    "method", ["single", "complete", "average", "ward", "minimax", "diana", "pddp", "mst"]
)
def test_a_saved_tree_labels_rows_of_groups_that_stand_apart_as_before(
    call, groups, tmp_path, method
):
    save = ("--save", "t.model", "--labels", "first.csv")
    done = call("cluster", groups, "--method", method, "-k", 3, *save)
    assert done.exit_code == 0, done.stderr
    again = call("assign", "t.model", groups, "--labels", "again.csv")
    assert again.exit_code == 0, again.stderr
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "first.csv").read_bytes()


def test_new_streets_go_to_the_branch_that_is_nearest(call, tmp_path):
    names = ["Main Street", "Main Str.", "Main St", "Park Avenue", "Park Ave", "Park Ave"]
    (tmp_path / "s.csv").write_text("\n".join(["street", *names]) + "\n")
    asked = ("--columns", "street", "--method", "average", "-k", 2, "--save", "m")
    assert call("cluster", "s.csv", *asked).exit_code == 0
    (tmp_path / "new.csv").write_text("street\nMaine Street\nParc Avenue\nPark Av.\n")
    done = call("assign", "m", "new.csv", "--json")
    assert done.exit_code == 0, done.stderr
    sizes = [cluster["size"] for cluster in json.loads(done.stdout)["clusters"]]
    assert sorted(sizes) == [1, 2]
    # Maine Street: 1, 4 and 5 edits to the Main streets; Parc Avenue: 1, 4, 4 to the Park avenues; Park Av.: 4, 1, 1
    call("predict", "m", "new.csv", "--labels", "p.csv")
    distances = [round(float(row["distance"]), 4) for row in labelled(tmp_path / "p.csv")]
    assert distances == [3.3333, 3.0, 2.0]
    some = json.loads(call("assign", "m", "new.csv", "--reject", "2.5", "--json").stdout)
    assert (some["rejected"], some["distance"]["median"]) == (2, 3.0)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("streets", ("--columns", "street", "-k", 7)),
        ("streets", ("--columns", "street", "-k", 4, "--metric", "jaro_winkler")),
        ("customers", ("-k", 5)),
        ("customers", ("-k", 5, "--metric", "euclidean")),
        ("customers", ("-k", 3, "--metric", "jaccard", "--columns", "plan,channel,newsletter")),
    ],
)
def test_saved_medoids_label_the_same_rows_as_before(call, request, tmp_path, file, words):
    path = request.getfixturevalue(file)
    save = ("--save", "m.model", "--labels", "first.csv")
    done = call("cluster", path, "--method", "medoids", *words, *save)
    assert done.exit_code == 0, done.stderr
    assert "model: m.model" in done.stderr
    again = call("assign", "m.model", path, "--labels", "again.csv")
    assert again.exit_code == 0, again.stderr
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "first.csv").read_bytes()
    assert "a TableMedoids" in call("show", "m.model").stdout
    assert gl.load("m.model").items.n == words[words.index("-k") + 1]


def test_new_streets_go_to_the_medoid_that_is_nearest(call, tmp_path):
    names = ["Main Street", "Main Str.", "Main St", "Park Avenue", "Park Ave", "Park Av."]
    (tmp_path / "s.csv").write_text("\n".join(["street", *names]) + "\n")
    asked = ("--columns", "street", "--method", "medoids", "-k", 2, "--save", "m")
    assert call("cluster", "s.csv", *asked).exit_code == 0
    new = ["id,street", "1,Maine Street", "2,", "3,Parc Avenue"]
    (tmp_path / "new.csv").write_text("\n".join(new) + "\n")
    done = call("assign", "m", "new.csv", "--json")
    found = json.loads(done.stdout)
    assert (found["rows"], found["rows_used"], found["missing"]) == (3, 2, {"street": 1})
    assert [cluster["size"] for cluster in found["clusters"]] == [1, 1]
    assert "1 of 3 rows were left out: they have no text" in done.stderr


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("name\nMain Street\n", "New rows must have the columns that were used: 'street' missing"),
        ("street\n12\n13\n", "Column 'street' must hold texts"),
    ],
)
def test_rows_that_saved_medoids_cannot_read_are_refused(call, streets, tmp_path, rows, message):
    asked = ("--columns", "street", "--method", "medoids", "-k", 2, "--save", "m")
    assert call("cluster", streets, *asked).exit_code == 0
    (tmp_path / "new.csv").write_text(rows)
    done = call("assign", "m", "new.csv")
    assert done.exit_code == 1
    assert message in " ".join(done.stderr.split())


def test_quiet_says_nothing_beside_the_result(call, streets):
    done = call("cluster", streets, "--columns", "street", "--method", "average", "-k", 5, "-q")
    assert done.stderr == ""
    assert done.stdout.startswith("streets.csv: 600 rows in 5 clusters")


def test_many_clusters_are_counted_beyond_thirty(call, streets):
    done = call("cluster", streets, "--columns", "street", "--method", "average", "--height", 1)
    assert " smaller clusters with " in done.stdout


def test_the_memory_is_told_before_anything_large(call, tmp_path):
    write_streets(tmp_path / "many.csv", 12_000)
    done = call("cluster", "many.csv", "--columns", "street", "--method", "average", "-k", 9)
    assert "levenshtein distances: " in done.stderr
    assert " if all were held, " in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--metric", "manhattan"), "--metric belongs to trees and medoids"),
        (("--height", 2), "--height cuts a tree"),
        (("--method", "ward", "--n-init", 3), "--n-init belongs to k-means; --method is ward"),
        (("--method", "ward", "-k", 3, "--height", 2), "-k and --height both cut the tree"),
        (("--method", "medoids", "--height", 2), "--height cuts a tree, which medoids do not have"),
        (("--method", "mean-shift"), "Invalid value for '--method'"),
    ],
)
def test_options_that_a_method_does_not_take_are_refused(call, groups, words, message):
    done = call("cluster", groups, *words)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--method", "average", "-k", 61),
            "-k must be at most the number of rows that can be used; got -k 61 and 60",
        ),
        (
            ("--method", "average", "--metric", "levenshtein", "--columns", "x,y"),
            "compares the texts of one column; got",
        ),
        (("--method", "average", "--metric", "dtw", "-k", 3), "--metric dtw compares series"),
        (
            ("--method", "average", "--metric", "jaccard", "-k", 3),
            "--metric jaccard compares columns of 0 and 1",
        ),
        (("--method", "average", "--metric", "euclidian", "-k", 3), "euclid"),
    ],
)
def test_what_cannot_be_clustered_ends_with_one_line(call, groups, words, message):
    done = call("cluster", groups, *words)
    assert done.exit_code == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_ward_needs_numbers_and_names_a_linkage_that_does_not(call, streets):
    done = call(
        "cluster",
        streets,
        "--columns",
        "street",
        "--method",
        "ward",
        "--metric",
        "levenshtein",
        "-k",
        3,
    )
    assert done.exit_code == 1
    assert "average" in done.stderr


@pytest.mark.parametrize(
    "words", [["--method", "ward"], ["--method", "average", "--metric", "euclidean"]]
)
def test_texts_alone_are_not_taken_for_numbers(call, tmp_path, words):
    path = tmp_path / "texts.csv"
    path.write_text("street\n" + "".join(f"Street {i}\n" for i in range(60)))
    done = call("cluster", path, *words, "-k", 3)
    assert done.exit_code == 1
    assert (
        "holds 60 different texts. Compare them by edit distance: --method average" in done.stderr
    )


def test_different_texts_are_shown_with_those_nearest_to_the_example(call, tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("street\nOak Street\nOak Stret\nOak Streeet\nMill Lane\nMil Lane\n")
    out = call("cluster", path, "--method", "average", "-k", 2).stdout
    assert "nearest to it" in out and "most frequent" not in out
    assert "Mill Lane    Mil Lane" in out


def test_one_text_is_one(call, tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("street\n" + "Oak\n" * 3)
    done = call("cluster", path, "--method", "average", "-k", 1)
    assert "3 rows hold 1 different text; each is clustered once" in done.stderr


def test_dates_count_under_gower(call, tmp_path):
    path = tmp_path / "dated.csv"
    days = [f"20{10 + 9 * (i % 2)}-01-{1 + i // 2:02d}" for i in range(20)]
    path.write_text(
        "joined,town\n" + "".join(f"{day},{'ab'[i % 3 == 0]}\n" for i, day in enumerate(days))
    )
    labels = tmp_path / "labels.csv"
    done = call(
        "cluster", path, "--method", "complete", "--metric", "gower", "-k", 4, "--labels", labels
    )
    assert done.exit_code == 0 and "joined" not in done.stderr
    found = [row["cluster"] for row in labelled(labels)]
    same = [(i % 2, i % 3 == 0) for i in range(20)]
    assert same_partition(found, [same.index(pair) for pair in same])


def test_a_row_with_hardly_a_cell_is_no_example(call, tmp_path):
    # By what they have in common, "?,?,yes" has distance 0 from every row that says yes.
    rows = [f"{i % 10 + 90 * (i % 2)},{'ab'[i % 2]},{'yes' if i % 3 else 'no'}" for i in range(40)]
    path = tmp_path / "gaps.csv"
    path.write_text("x,group,news\n" + "\n".join([",,yes", ",,no", *rows]) + "\n")
    for words in (["medoids"], ["average", "--report", tmp_path / "r.html"]):
        done = call("cluster", path, "--metric", "gower", "-k", 2, "--json", "--method", *words)
        medoids = [cluster["medoid"] for cluster in json.loads(done.stdout)["clusters"]]
        assert len(medoids) == 2 and not any("?" in medoid for medoid in medoids)
        assert {medoid.split("group ")[1][0] for medoid in medoids} == {"a", "b"} or words[
            0
        ] != "medoids"
    done = call("cluster", path, "--metric", "gower", "-k", 2, "--method", "medoids")
    assert "examples are sought among the 40 rows with the fewest missing cells" in done.stderr


def test_rows_without_a_text_are_left_out_or_refused(call, tmp_path):
    (tmp_path / "t.csv").write_text("n,street\n1,Oak Street\n2,\n3,Oak Stret\n4,Mill Lane\n")
    done = call(
        "cluster",
        "t.csv",
        "--columns",
        "street",
        "--method",
        "single",
        "-k",
        2,
        "--labels",
        "out.csv",
    )
    assert "1 of 4 rows were left out: they have no text" in done.stderr
    assert [row["cluster"] for row in labelled(tmp_path / "out.csv")] == ["0", "", "0", "1"]
    done = call(
        "cluster",
        "t.csv",
        "--columns",
        "street",
        "--method",
        "single",
        "-k",
        2,
        "--missing",
        "error",
    )
    assert done.exit_code == 1
    assert "--missing drop" in done.stderr


def test_texts_that_look_alike_in_unicode_are_one(call, tmp_path):
    (tmp_path / "t.csv").write_text("s\nCafé\nCafe\u0301\nOak Street\n", encoding="utf-8")
    found = json.loads(call("cluster", "t.csv", "--method", "average", "-k", 2, "--json").stdout)
    assert found["different_items"] == 2


@pytest.mark.heavy
def test_twenty_thousand_streets_and_two_thousand_customers_take_less_than_a_minute(
    ganglion, tmp_path
):
    write_streets(tmp_path / "streets.csv")
    write_customers(tmp_path / "customers.csv")
    for words in (
        ("streets.csv", "--columns", "street", "--method", "average", "-k", 40),
        ("customers.csv", "--method", "average", "-k", 5),
        ("customers.csv", "--method", "medoids", "-k", 5),
    ):
        start = time.perf_counter()
        done = ganglion("cluster", *words, "--report", "r.html")
        assert done.returncode == 0, done.stderr
        assert time.perf_counter() - start < 60
        assert (tmp_path / "r.html").stat().st_size < 1_000_000
