"""The page of a training: it shows what it is given, escapes it, and refuses what contradicts itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

import ganglion as gl
from ganglion.report.learning import LearningContent, ScoreRow, learning_report

CONTENT = LearningContent(
    target="kind",
    source="rows.csv",
    version="0.1.0",
    headline="The network names 3 of 4 rows.",
    scores=(ScoreRow(name="right", value="75.0 %", baseline="50.0 %"),),
    importance=(("mass", 0.25, "25.0 points"), ("age", -0.01, "-1.0 points")),
    classes=("a", "b"),
    confusion=((2, 0), (1, 1)),
    points=(),
    loss=(0.9, 0.5, 0.2),
    watched_loss=(0.8, 0.6, 0.7),
    best_epoch=2,
    course="3 epochs.",
    columns=("mass", "age"),
    left_out=(("id", "looks like an identifier"),),
    notes=("two rows were left out",),
    parameters=(("seed", "0"),),
)


def test_a_page_holds_all_it_is_given_and_is_the_same_each_time():
    page = learning_report(CONTENT)
    for text in ("kind", "75.0 %", "25.0 points", "looks like an identifier", "two rows were"):
        assert text in page
    assert page == learning_report(CONTENT)
    assert "<script" not in page


def test_names_are_shown_and_never_run():
    hostile = "<img src=x onerror=alert(1)>"
    page = learning_report(
        replace(
            CONTENT,
            target=hostile,
            source=hostile,
            classes=(hostile, "b"),
            columns=(hostile,),
            importance=((hostile, 1.0, "1"),),
            notes=(hostile,),
        )
    )
    assert "<img" not in page


def test_a_bar_below_nothing_has_no_length():
    page = learning_report(CONTENT)
    assert 'width="100.0%" height="14"' in page and 'width="0.0%" height="14"' in page


def test_losses_over_decades_are_drawn_on_a_logarithmic_scale():
    assert "logarithmic" not in learning_report(CONTENT)
    assert "logarithmic" in learning_report(replace(CONTENT, loss=(0.9, 0.01, 0.0001)))
    assert "logarithmic" not in learning_report(replace(CONTENT, loss=(0.9, 0.1, 0.0)))


def test_many_classes_points_and_columns_are_cut_and_the_page_says_so():
    names = tuple(f"class {i}" for i in range(40))
    confusion = tuple(tuple(int(i == j) for j in range(40)) for i in range(40))
    page = learning_report(replace(CONTENT, classes=names, confusion=confusion))
    assert "The first 12 of 40 classes" in page and "class 30" not in page
    points = tuple((float(i), float(i) + 1) for i in range(5000))
    page = learning_report(replace(CONTENT, classes=(), confusion=(), points=points))
    assert page.count("<circle") <= 1002 and "1,000 of 5,000" in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": (1.0,)}, "must have a value for each epoch; got 1 and 3"),
        ({"loss": (), "watched_loss": ()}, "got 0 and 0"),
        ({"loss": (1.0, float("nan"), 2.0)}, "must be finite"),
        ({"best_epoch": 4}, "one of the 3 epochs; got 4"),
    ],
)
def test_content_that_contradicts_itself_is_refused(change, message):
    with pytest.raises(gl.DataError, match=message):
        learning_report(replace(CONTENT, **change))
