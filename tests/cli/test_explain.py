"""`ganglion explain`: cards, rules and misfits of labels from anywhere, on the terminal, as JSON and as a file."""

from __future__ import annotations

import csv
import html
import json
import re
import shlex

import numpy as np
import pytest

from ganglion.cli._explaining import read_labels
from ganglion.data import read_table, table_from_frame

MIXED = """name,colour,joined,income,member,group
a,red,2020-01-01,100,true,north
b,red,2020-01-05,120,true,north
c,red,2020-02-01,,true,north
d,blue,2023-05-01,900,false,south
e,blue,2023-06-01,950,false,south
f,green,2023-06-08,980,false,south
g,green,2023-07-01,1000,false,
"""


@pytest.fixture
def mixed(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_text(MIXED, encoding="utf-8")
    return str(path)


def write(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_answer_names_clusters_rules_and_misfits(call, penguins):
    done = call("explain", penguins, "--labels", "species")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("penguins.csv: 344 rows in 3 clusters\n")
    for words in (
        "low bill_length_mm (38.8, overall 43.9)",
        "flipper_length_mm at most 206 or missing",
        "island is Biscoe",
        "rows that they were not made from",
        "belong to no cluster well",
        "row 186: ",
    ):
        assert words in done.stdout
    assert done.stderr == ""


def test_json_says_the_same_with_all_numbers(call, penguins):
    done = call("explain", penguins, "--labels", "species", "--json")
    found = json.loads(done.stdout)
    assert (found["command"], found["labels"], found["rows_used"]) == ("explain", "species", 344)
    adelie, chinstrap, gentoo = found["clusters"]
    assert (adelie["name"], adelie["size"], adelie["nearest_cluster"]) == ("Adelie", 152, 1)
    assert chinstrap["contrast"][0].startswith("bill_length_mm 48.8 (Adelie: ")
    biscoe = next(d for d in gentoo["differences"] if d["category"] == "Biscoe")
    assert (biscoe["rows"], biscoe["kind"]) == (124, "category")
    assert biscoe["lift"] == pytest.approx(344 / 168)
    species = read_table(penguins).column("species").values
    for card in found["clusters"]:
        for row in (*card["typical_rows"], *card["borderline_rows"]):
            assert species[row - 1] == card["name"]  # rows count from 1
    rules = found["rules"]
    assert sum(rule["rows"] for rule in rules["rules"]) == 344
    assert 0.9 < rules["held_out"] <= rules["fidelity"] <= 1
    assert set(rules["fidelity_by_cluster"]) == {"0", "1", "2"}
    assert found["misfits"]["rows"] == sum(
        found["misfits"][r] for r in ("far", "elsewhere", "between")
    )


def test_one_seed_gives_the_same_bytes(call, penguins):
    words = ("explain", penguins, "--labels", "species", "--json")
    assert call(*words).stdout == call(*words).stdout


def test_dates_gaps_and_booleans_are_explained_and_names_are_left_out(call, mixed):
    done = call("explain", mixed, "--labels", "group", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["columns"] == ["colour", "joined", "income", "member"]
    assert found["left_out"] == [
        {"column": "name", "reason": "looks like an identifier: every value is different"}
    ]
    assert found["notes"] == ["1 row without a label in 'group' left out"]
    north, south = found["clusters"]
    kinds = {d["kind"] for d in north["differences"]}
    assert kinds == {"number", "category", "date", "missing"}
    assert (north["size"], south["size"]) == (3, 3)


def test_labels_of_cluster_are_explained(call, penguins, tmp_path):
    assert call("cluster", penguins, "-k", "3", "-q", "--labels", "out.csv").exit_code == 0
    done = call("explain", "out.csv", "--labels", "cluster", "--misfits", "fit.csv")
    assert done.exit_code == 0, done.stderr
    assert "note: 11 rows without a label in 'cluster' left out" in done.stderr
    with open(tmp_path / "fit.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 344
    assert {row["misfit"] for row in rows} <= {"", "far", "elsewhere", "between"}
    without = [row for row in rows if row["cluster"] == ""]
    assert len(without) == 11 and all(row["distance"] == "" for row in without)


def test_cluster_prints_rules_and_its_json_has_them(call, penguins):
    done = call("cluster", penguins, "-k", "3")
    assert "cluster   rule" in done.stdout and "The rules give" in done.stdout
    found = json.loads(call("cluster", penguins, "-k", "3", "--json").stdout)
    assert found["rules"]["fidelity"] > 0.95
    for cluster in found["clusters"]:
        assert len(cluster["typical_rows"]) == 3 and cluster["contrast"]
    tree = json.loads(call("cluster", penguins, "--method", "average", "-k", "3", "--json").stdout)
    assert tree["rules"]["rules"][0]["text"] == "species is Adelie"
    assert json.loads(call("cluster", penguins, "-k", "1", "--json").stdout)["rules"] is None


def test_noise_has_a_card(call, tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"{x:.3f},{c}" for c in (0, 1) for x in rng.normal(9 * c, 1, 30)] + [
        "40.0,-1",
        "-40.0,-1",
    ]
    done = call("explain", write(tmp_path, "x,c\n" + "\n".join(lines) + "\n"), "--labels", "c")
    assert done.stdout.startswith("t.csv: 62 rows in 2 clusters and noise\n")
    assert "noise" in done.stdout.splitlines()[4]


def test_all_noise_has_no_misfits(call, tmp_path):
    path = write(tmp_path, "x,c\n1,-1\n2,-1\n")
    assert call("explain", path, "--labels", "c").exit_code == 0
    done = call("explain", path, "--labels", "c", "--misfits", "m.csv")
    assert done.exit_code == 1
    assert "--misfits needs clusters; all rows are noise (-1)" in done.stderr
    assert not (tmp_path / "m.csv").exists()


def test_hostile_names_and_cells_do_not_reach_the_terminal(call, tmp_path):
    rows = "".join(f"{g},{x},\x1b[31m{g}\n" for g in ("\x1b]0;owned\x07", "b") for x in (1, 2, 3))
    done = call("explain", write(tmp_path, "g,x\x1b[2J,t\n" + rows), "--labels", "g")
    assert done.exit_code == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout


def test_a_formula_stays_text_in_the_file_of_misfits(call, tmp_path):
    path = write(tmp_path, "g,x\n=1+1,1\n=1+1,2\nb,8\nb,9\n")
    assert call("explain", path, "--labels", "g", "--misfits", "m.csv").exit_code == 0
    assert (tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()[1].startswith("'=1+1,1,")


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        (
            "a,c\n1,0\n2,0\n",
            ["--labels", "k"],
            "named must be in the table; got 'k'. Did you mean 'a', 'c'?",
        ),
        (
            "a,c\n1,x\n2,y\n",
            ["--labels", "c"],
            "column 'c' holds 2 in 2 rows. Name the column of the clusters",
        ),
        ("a,c\n1,0.5\n2,0.5\n", ["--labels", "c"], "must be whole; column 'c' holds 0.5 in row 1"),
        (
            "a,c\n1,\n2,\n",
            ["--labels", "c"],
            "Column 'c' must hold labels; all its cells are empty",
        ),
        (
            "a,c\n1,2020-01-01\n2,2020-01-01\n",
            ["--labels", "c"],
            "it holds dates. Name another column",
        ),
        (
            "c\n1\n1\n",
            ["--labels", "c"],
            "explained by other columns; there is none that can be used",
        ),
        ("a,c\n5,1\n5,1\n", ["--labels", "c"], "(a: has one value only ('5'))"),
        ("a,c\n1,0\n2,0\n", ["--labels", "c", "--columns", "a,c"], "must not name the labels"),
        ("a,c\n1,0\n2,0\n", ["--labels", "c", "--columns", "b"], "got 'b'. Did you mean"),
        ("a,c\n1,0\n2,0\n", ["--labels", "c", "--misfits", "out.xlsx"], "must end in .csv or .tsv"),
    ],
)
def test_what_cannot_be_explained_is_one_line(call, tmp_path, text, words, message):
    done = call("explain", write(tmp_path, text), *words)
    assert done.exit_code == 1, done.stdout
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_labels_are_asked_for(call, penguins):
    done = call("explain", penguins)
    assert done.exit_code == 2
    assert "Missing option '--labels'" in done.stderr


def test_labels_of_every_kind_are_read():
    table = table_from_frame(
        {
            "whole": np.array([1.0, 2.0, np.nan, 1.0]),
            "flag": [True, False, True, None],
            "text": ["a", None, "b", "a"],
        }
    )
    rows, labels = read_labels(table.column("whole"))
    assert (rows.tolist(), labels.tolist()) == ([0, 1, 3], [1, 2, 1])
    rows, labels = read_labels(table.column("flag"))
    assert (rows.tolist(), labels.tolist()) == ([0, 1, 2], ["true", "false", "true"])
    rows, labels = read_labels(table.column("text"))
    assert (rows.tolist(), labels.tolist()) == ([0, 2, 3], ["a", "b", "a"])


def test_the_report_shows_labels_as_they_are_called(call, tmp_path):
    rows = "".join(f"{g},{x},{x % 3}\n" for g in ("<b>one</b>", "two & three") for x in range(8))
    path = write(tmp_path, "g,x,y\n" + rows)
    done = call("explain", path, "--labels", "g", "--report", "r.html", "--columns", "x,y")
    assert done.exit_code == 0, done.stderr
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;one&lt;/b&gt;" in page and "two &amp; three" in page
    assert "<b>one</b>" not in page
    assert "ganglion explain t.csv --labels g" in page
    assert len(page) < 1_500_000


def test_the_report_takes_noise_dates_and_numbers_of_any_size(call, tmp_path):
    lines = [f"{d},{-1 if d % 5 == 0 else 7 * (d % 2) + 3},2020-01-{d:02d}" for d in range(1, 29)]
    path = write(tmp_path, "x,c,day\n" + "\n".join(lines) + "\n")
    done = call("explain", path, "--labels", "c", "--report", "r.html", "--json")
    assert done.exit_code == 0, done.stderr
    assert [card["label"] for card in json.loads(done.stdout)["clusters"]] == [-1, 3, 10]
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "cluster 10" in page and "noise" in page
    done = call("explain", path, "--labels", "c", "--columns", "day", "--report", "days.html")
    assert done.exit_code == 0, done.stderr  # dates have no plane


def test_the_command_on_the_report_can_be_run_again(call, tmp_path):
    path = write(
        tmp_path, 'g,"x, y",z\n' + "".join(f"{g},{x},{x % 3}\n" for g in "ab" for x in range(5))
    )
    words = ["--labels", "g", "--columns", '"x, y",z', "--max-rules", "2"]
    assert call("explain", path, *words, "--report", "r.html").exit_code == 0
    page = html.unescape((tmp_path / "r.html").read_text(encoding="utf-8"))
    command = re.search(r"ganglion (explain t\.csv [^<]*)", page)
    assert command is not None
    again = call(*shlex.split(command[1]), "--json")
    assert again.exit_code == 0, again.stderr
    assert again.stdout == call("explain", path, *words, "--json").stdout


def test_many_labels_have_cards_the_largest_first_and_the_rest_in_a_table(call, tmp_path):
    draws = np.random.default_rng(0)
    labels = np.minimum(draws.geometric(0.008, size=3000), 700)
    rows = "".join(f"shop {k},{k % 13},{k % 17 + at % 2}\n" for at, k in enumerate(labels.tolist()))
    path = write(tmp_path, "shop,a,b\n" + rows)
    n = len(set(labels.tolist()))
    done = call("explain", path, "--labels", "shop", "--report", "r.html")
    assert done.exit_code == 0, done.stderr
    assert n > 200
    assert f"{n} different labels in 'shop': each is described, but rules are made" in done.stderr
    assert f"These are the 30 largest of {n} clusters; --json has them all." in done.stdout
    found = json.loads(call("explain", path, "--labels", "shop", "--json").stdout)
    assert len(found["clusters"]) == n and found["rules"] is None
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 1_500_000
    assert f"There are {n} clusters; the 60 largest have a card above." in page
    assert "all other clusters" in page
    sizes = {card["name"]: card["size"] for card in found["clusters"]}
    told = re.findall(r"^ *(shop \d+) +(\d+) ", done.stdout, re.MULTILINE)
    assert [int(size) for _, size in told] == sorted(sizes.values(), reverse=True)[:30]


def test_too_many_labels_are_refused(call, tmp_path):
    path = write(tmp_path, "id,a\n" + "".join(f"x{at % 5001},{at % 7}\n" for at in range(6000)))
    done = call("explain", path, "--labels", "id")
    assert done.exit_code == 1
    assert "shared by rows, 5,000 different ones at most; column 'id' holds 5,001" in done.stderr
