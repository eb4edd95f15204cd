"""The table of criteria: every one has a row, its values keep their range, its docstring and the page say the same."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from ganglion import criteria
from ganglion.criteria import CRITERIA

PAGE = Path(__file__).resolve().parents[2] / "docs" / "criteria.md"
# What is in the package beside the criteria: their records, the value for each item, and the table of counts.
OTHERS = {
    "CRITERIA",
    "Contingency",
    "Criterion",
    "DensityValidity",
    "GapStatistic",
    "Matching",
    "Scatter",
    "SilhouetteScore",
    "contingency",
    "silhouette_samples",
    "simplified_silhouette_samples",
}


def shown(value):
    return {math.inf: "∞", -math.inf: "−∞"}.get(value, f"{value:g}".replace("-", "−"))


def judged(name, X, labels, others):
    row = CRITERIA[name]
    if row.kind == "agreement":
        found = row.function(labels, others)
        return [found.score if name == "best_matching" else found]
    if name == "scatter":
        return [row.function(X, labels).wss]
    if name == "gap_statistic":
        return [row.function(X, labels, n_references=3, random_state=0)]
    return np.ravel(row.function(X, labels)).tolist()


def test_every_criterion_has_a_row_under_its_name():
    assert set(CRITERIA) == set(criteria.__all__) - OTHERS
    for name, row in CRITERIA.items():
        assert row.name == name == row.function.__name__
        assert row.function is getattr(criteria, name)
        assert row.low < row.high and row.cost and row.misleads
        assert row.kind in ("scatter", "internal", "agreement")


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_values_stay_within_their_range(name):
    row, rng = CRITERIA[name], np.random.default_rng(0)
    for n, d, k in ((12, 1, 2), (40, 3, 4), (60, 5, 2)):
        X, labels = rng.normal(size=(n, d)), np.arange(n) % k
        for others in (labels, rng.integers(k + 1, size=n), np.zeros(n, int), np.arange(n)):
            for value in judged(name, X, labels, others):
                assert row.low <= value <= row.high + 1e-12, value


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_the_better_of_two_partitions_wins_in_the_direction_that_the_row_says(name):
    """Four far groups, against the same labels shuffled; against themselves and a shuffle for agreement."""
    rng = np.random.default_rng(1)
    labels = np.arange(80) % 4
    X = rng.normal(size=(80, 2)) + 12.0 * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])[labels]
    shuffled = rng.permutation(labels)
    row = CRITERIA[name]
    good, bad = (
        np.mean(judged(name, X, labels if row.kind == "agreement" else by, by))
        for by in (labels, shuffled)
    )
    assert good > bad if row.direction == "higher" else good < bad


@pytest.mark.parametrize("name", sorted(set(CRITERIA) - {"scatter", "cohesion", "separation"}))
def test_docstrings_say_which_way_is_better_what_it_costs_and_when_it_misleads(name):
    text = " ".join(CRITERIA[name].function.__doc__.split())
    assert f"{CRITERIA[name].direction.capitalize()} is better" in text
    assert re.search(r"[Tt]ime |O\(", text)
    assert "misleads" in text or name == "simplified_silhouette_score"


def test_the_page_has_the_table():
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", PAGE.read_text("utf-8"), flags=re.M
    )
    found = {name: rest for name, *rest in rows}
    expected = {
        name: [row.direction, f"{shown(row.low)} to {shown(row.high)}", row.cost, row.misleads]
        for name, row in CRITERIA.items()
    }
    assert found == expected
