"""`ganglion show` opens reports that ganglion wrote, and no other page."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


@pytest.fixture
def report(call, penguins):
    assert call("cluster", penguins, "-k", 3, "--report", "r.html").exit_code == 0
    return "r.html"


def test_a_report_is_found_by_what_stands_in_it_and_its_path_is_the_result(call, report):
    os.rename(report, "renamed.txt")
    done = call("show", "renamed.txt", "--no-open")
    assert (done.exit_code, done.stdout.strip()) == (0, os.path.realpath("renamed.txt"))
    assert "Clusters of penguins.csv" in done.stderr


def test_pages_of_computations_and_of_training_are_reports_too(call, penguins):
    assert call("backprop", "x * exp(-x)", "x=2", "--html", "steps.html", "-q").exit_code == 0
    done = call("show", "steps.html", "--no-open")
    assert (done.exit_code, done.stdout.strip()) == (0, os.path.realpath("steps.html")), done.stderr
    assert "x * exp(-x)" in done.stderr
    call("train", penguins, "--target", "species", "--epochs", 1, "--report", "t.html", "-q")
    found = json.loads(call("show", "t.html", "--json").stdout)
    assert (found["kind"], found["title"]) == ("report", "species in penguins.csv")


def test_a_title_that_does_not_end_in_the_part_that_is_read_is_a_title(call, report):
    text = Path(report).read_text(encoding="utf-8")
    Path("long.html").write_text(
        text.replace("<title>", "<title>" + "long " * 2000), encoding="utf-8"
    )
    done = call("show", "long.html", "--no-open")
    assert done.exit_code == 0, done.stderr
    assert "long long long" in done.stderr


def test_a_report_is_opened_in_the_browser_that_the_system_names(ganglion, tmp_path, penguins):
    assert ganglion("cluster", penguins, "-k", "3", "--report", "a report.html").returncode == 0
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\nprintf %s "$1" > opened.txt\n')
    browser.chmod(0o755)
    done = ganglion("show", "a report.html", env={"BROWSER": str(browser)})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "opened.txt").read_text() == (tmp_path / "a report.html").as_uri()


def test_json_describes_a_report_and_opens_nothing(call, report, monkeypatch):
    monkeypatch.setenv("BROWSER", "/bin/false")
    found = json.loads(call("show", report, "--json").stdout)
    assert found["kind"] == "report"
    assert found["bytes"] == os.path.getsize(report)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "<!doctype html><title>t</title>",
        lambda text: text.replace('content="ganglion ', 'content="other '),
        lambda text: text.replace("default-src &#39;none&#39;", "default-src *"),
        lambda text: text.replace("img-src data:;", "img-src data: https:;"),
        lambda text: text.replace("; form-action", "; connect-src *; form-action"),
    ],
)
def test_a_page_that_ganglion_did_not_write_is_not_opened(call, report, spoil):
    text = Path(report).read_text(encoding="utf-8")
    Path("other.html").write_text(spoil(text), encoding="utf-8")
    done = call("show", "other.html", "--no-open")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "must be one that ganglion wrote" in done.stderr


def test_a_file_that_is_not_there_is_an_error_with_its_name(call):
    done = call("show", "nothing.html")
    assert done.exit_code == 1
    assert "nothing.html" in done.stderr
