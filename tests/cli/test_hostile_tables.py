"""Names and cells that mean harm: to a spreadsheet, to a page, to a terminal."""

from __future__ import annotations

import csv
import json
import re

import pytest

from browsing import PATIENCE

FORMULA = '=HYPERLINK("http://x","y")'
TAG = "</script><img src=x onerror=alert(1)>"
ESCAPE = "\x1b]0;owned\x07\x1b[2J"
NAMES = [FORMULA, "+1+cmd", "@SUM(A1)", TAG, "[red]bold[/red]", f"name{ESCAPE}", "‮evil"]


@pytest.fixture
def hostile(tmp_path):
    """A table whose names and cells all mean harm, with two clear groups."""
    path = tmp_path / "hostile.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*NAMES, "kind"])
        for at in range(40):
            numbers = [100 * (at % 2) + (at * 7 + column) % 5 + 0.5 for column in range(len(NAMES))]
            writer.writerow([*numbers, (FORMULA, TAG)[at % 2]])
    return path


def test_a_spreadsheet_gets_texts_instead_of_formulas(call, hostile, tmp_path):
    assert call("cluster", hostile, "-k", 2, "--labels", "out.csv").exit_code == 0
    with open(tmp_path / "out.csv", newline="", encoding="utf-8") as file:
        head, first, *_ = csv.reader(file)
    assert head[:3] == [f"'{name}" for name in NAMES[:3]]
    assert first[len(NAMES)] == f"'{FORMULA}"
    assert re.fullmatch(r"\d+\.5", first[0]), "numbers stay numbers"
    assert (
        call("cluster", hostile, "-k", 2, "--labels", "out.csv", "--no-excel-safe").exit_code == 0
    )
    with open(tmp_path / "out.csv", newline="", encoding="utf-8") as file:
        assert next(csv.reader(file))[:3] == NAMES[:3]


@pytest.mark.parametrize(
    "command", [("cluster", "-k", 2), ("cluster", "-k", 2, "--method", "average"), ("choose-k",)]
)
def test_a_terminal_gets_no_control_characters(call, hostile, command):
    done = call(command[0], hostile, *command[1:])
    assert done.exit_code == 0
    for text in (done.stdout, done.stderr):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


def test_markup_of_the_terminal_is_shown_as_it_stands(call, hostile):
    done = call("cluster", hostile, "-k", 2, "--columns", "[red]bold[/red]")
    assert "[red]bold[/red]" in done.stdout


def test_json_carries_names_as_they_are(call, hostile):
    done = call("cluster", hostile, "-k", 2, "--json")
    assert json.loads(done.stdout)["columns"] == [*NAMES, "kind"]


def test_a_model_shows_hostile_names_without_their_power(call, hostile):
    assert call("cluster", hostile, "-k", 2, "--save", "m.model").exit_code == 0
    done = call("show", "m.model")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert json.loads(call("show", "m.model", "--json").stdout)["kind"] == "TableClustering"


@pytest.mark.browser
def test_a_page_shows_hostile_names_and_runs_none_of_them(call, hostile, tmp_path, browser):
    assert call("cluster", hostile, "-k", 2, "--report", "r.html").exit_code == 0
    page, faults = browser.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: faults.append(request.url))
    page.goto((tmp_path / "r.html").as_uri())
    text = page.inner_text("body")
    page.close()
    assert [fault for fault in faults if not fault.startswith(("file:", "data:,"))] == []
    assert TAG in text
    assert FORMULA in text
