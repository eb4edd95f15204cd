"""`ganglion customers` as a shop uses it: purchases in; segments, a table, a page and a model out."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path

import numpy as np
import pytest


def purchases(n=60, seed=0):
    """CSV of regulars with large and small baskets and of customers who came once."""
    rng = np.random.default_rng(seed)
    lines = ["client,when,paid,article"]
    day = datetime.date(2024, 1, 1)
    for at in range(n):
        for offset in np.sort(rng.choice(200, 6, replace=False)):
            when = day + datetime.timedelta(int(offset) + 150)
            lines.append(f"rich{at},{when},{rng.uniform(150, 250):.2f},wine")
            lines.append(f"poor{at},{when},{rng.uniform(3, 6):.2f},bread")
        lines.append(
            f"once{at},{day + datetime.timedelta(int(rng.integers(30)))},{rng.uniform(40, 60):.2f},milk"
        )
    return "\n".join(lines) + "\n"


@pytest.fixture
def sales(tmp_path):
    """A file of purchases."""
    path = tmp_path / "sales.csv"
    path.write_text(purchases())
    return str(path)


def test_segments_a_table_a_page_and_a_model(call, sales):
    done = call(
        "customers", sales, "-k", 3, "--labels", "c.csv", "--report", "r.html", "--save", "m.model"
    )
    assert done.exit_code == 0, done.stderr
    assert "sales.csv: 180 customers in 3 segments" in done.stdout
    assert "columns: customer = 'client' (such as 'rich0'), date = 'when'" in done.stderr
    with open("c.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 180
    assert list(rows[0])[:6] == [
        "customer",
        "segment",
        "name",
        "recency_days",
        "frequency",
        "monetary",
    ]
    assert len({(row["segment"], row["name"]) for row in rows}) == 3
    page = Path("r.html").read_text()
    assert "180 customers in 3 segments" in page
    assert "ganglion customers" in page
    again = call("customers", sales, "--model", "m.model", "--labels", "-", "-q")
    assert again.exit_code == 0, again.stderr
    assert [row["segment"] for row in csv.DictReader(again.stdout.splitlines())] == [
        row["segment"] for row in rows
    ]


def test_json_says_everything(call, sales):
    done = call("customers", sales, "-k", 3, "--json", "-q")
    found = json.loads(done.stdout)
    assert (found["customers"], found["k"], found["how"]) == (180, 3, "given")
    assert found["columns"] == {
        "customer": "client",
        "date": "when",
        "amount": "paid",
        "product": "article",
    }
    assert sum(one["size"] for one in found["segments"]) == 180
    assert {lift["product"] for one in found["segments"] for lift in one["products"]} <= {
        "wine",
        "bread",
        "milk",
    }
    assert done.stderr == ""


def test_same_file_same_bytes(call, sales):
    for name in ("a", "b"):
        done = call(
            "customers",
            sales,
            "--labels",
            f"{name}.csv",
            "--report",
            f"{name}.html",
            "--save",
            f"{name}.model",
        )
        assert done.exit_code == 0, done.stderr
    for suffix in (".csv", ".html", ".model"):
        assert Path("a" + suffix).read_bytes() == Path("b" + suffix).read_bytes()


def test_standard_input_and_files_without_a_header(ganglion):
    text = purchases().split("\n", 1)[1]
    done = ganglion("customers", "-", "-k", "3", "--json", input=text, stdin=None)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["columns"]["customer"] == "column_1"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            ["--customer", "nobody"],
            1,
            "The customer must be a column of sales.csv; it has none called 'nobody'",
        ),
        (["--as-of", "31.12.2024"], 2, "it must be a day such as 2024-12-31"),
        (["-k", "3", "--model", "m.model"], 2, "-k and --model both say how many segments"),
        (["-k", "1000"], 1, "must be at most the number of different customers; got"),
        (["--labels", "x.xlsx"], 1, "--labels must end in .csv or .tsv"),
        (
            ["--as-of", "2001-01-01"],
            1,
            "At least one row must have a customer, a date and an amount",
        ),
        (["--memory-limit", "much"], 1, "must be a positive number of bytes or a text such as"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(call, sales, words, code, message):
    done = call("customers", sales, *words)
    assert done.exit_code == code
    assert message in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["assign", "predict"])
def test_assign_and_predict_label_customers_too(call, sales, command):
    assert (
        call("customers", sales, "-k", 3, "--save", "m.model", "--labels", "a.csv").exit_code == 0
    )
    done = call(command, "m.model", sales, "--labels", "b.csv")
    assert done.exit_code == 0, done.stderr
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert "The segments are those that were found in sales.csv" in done.stdout
    done = call(command, "m.model", sales, "--reject", "5%")
    assert (done.exit_code, "--reject belongs to models of tables" in done.stderr) == (1, True)


def test_a_model_of_another_kind_is_refused(call, sales, penguins):
    assert call("cluster", penguins, "-k", 2, "--save", "m.model").exit_code == 0
    done = call("customers", sales, "--model", "m.model")
    assert (done.exit_code, "holds a TableClustering" in done.stderr) == (1, True)


def test_hostile_names_reach_neither_terminal_page_nor_spreadsheet(call, tmp_path):
    names = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\x1b[31mred", 'a,b"c', "‮flip"]
    with open("evil.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["customer", "date", "amount", "product"])
        for at, name in enumerate(names * 12):
            out.writerow([name, f"2024-0{at % 9 + 1}-1{at % 7}", at + 1, names[at % 5]])
    done = call("customers", "evil.csv", "-k", 2, "--report", "r.html", "--labels", "c.csv")
    assert done.exit_code == 0, done.stderr
    page = Path("r.html").read_text()
    assert "<script>alert" not in page
    assert "\x1b" not in done.stdout + done.stderr + page
    with open("c.csv", newline="") as file:
        cells = [row["customer"] for row in csv.DictReader(file)]
    assert not [cell for cell in cells if cell.startswith("=")]


def test_a_file_that_does_not_tell_its_dates_says_which_option_does(call, tmp_path):
    Path("d.csv").write_text(
        "customer,date,amount\n" + "".join(f"c{at},0{at + 1}/02/2024,5\n" for at in range(8))
    )
    done = call("customers", "d.csv")
    assert (done.exit_code, "Say --dates dmy or --dates mdy" in done.stderr) == (1, True)
    assert call("customers", "d.csv", "--dates", "dmy", "-q").exit_code == 0
