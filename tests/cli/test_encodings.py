"""Tables of spreadsheets on the command line: which encoding was read is in the log, the JSON and the report."""

from __future__ import annotations

import json

import pytest

ROWS = "Straße;Größe;Maß;Süd\n" + "".join(
    f"Hauptstraße;{at % 7};{at // 2};{'Köln' if at % 2 else 'Würzburg'}\n" for at in range(40)
)
SAID = "'roads.csv' was read as Windows-1252, by the letters that it then shows"


@pytest.mark.parametrize(
    "words",
    [
        ("cluster", "roads.csv", "-k", 2),
        ("cluster", "roads.csv", "-k", 2, "--method", "average"),
        ("cluster", "roads.csv", "--method", "bayes", "--draws", 20, "--burn-in", 5, "--chains", 1),
        ("choose-k", "roads.csv", "--max-k", 3),
        ("explain", "roads.csv", "--labels", "Süd"),
        ("train", "roads.csv", "--target", "Maß", "--epochs", 2),
    ],
)
def test_every_account_says_how_the_table_was_read(call, tmp_path, words):
    (tmp_path / "roads.csv").write_bytes(ROWS.encode("cp1252"))
    page = () if words[0] == "choose-k" else ("--report", "report.html")
    done = call(*words, *page, "--json")
    assert done.exit_code in (0, 3), done.stderr
    assert done.stderr.count(SAID) == 1
    assert any(SAID in note for note in json.loads(done.stdout)["notes"])
    if page:
        assert "was read as Windows-1252" in (tmp_path / "report.html").read_text()


def test_models_label_tables_in_another_encoding(call, tmp_path):
    (tmp_path / "roads.csv").write_bytes(ROWS.encode("utf-8"))
    (tmp_path / "more.csv").write_bytes(ROWS.encode("utf-16"))
    assert call("cluster", "roads.csv", "-k", 2, "--save", "m", "--labels", "a.csv").exit_code == 0
    done = call("predict", "m", "more.csv", "--labels", "b.csv", "--json")
    assert done.exit_code == 0 and "was read as UTF-16" in json.loads(done.stdout)["notes"][0]
    first, second = ((tmp_path / name).read_text().splitlines() for name in ("a.csv", "b.csv"))
    assert [row.split(",")[:4] for row in first] == [row.split(",")[:4] for row in second]


def test_purchases_are_read_alike(call, tmp_path):
    rows = "".join(f"Käufer {at % 9};2024-01-{1 + at % 28:02};{5 + at}\n" for at in range(60))
    text = f"Kundin;Datum;Betrag in €\n{rows}"
    asked = ("--customer", "Kundin", "--date", "Datum", "--amount", "Betrag in €", "-k", 2)
    (tmp_path / "sales.csv").write_bytes(text.encode("cp1252"))
    done = call("customers", "sales.csv", *asked, "--json")
    assert done.exit_code == 0, done.stderr
    assert "'sales.csv' was read as Windows-1252" in json.loads(done.stdout)["notes"][0]
    said = call("customers", "sales.csv", *asked, "--json", "--encoding", "cp1252")
    assert json.loads(said.stdout)["notes"][0] == "'sales.csv' was read as cp1252, as was said"
