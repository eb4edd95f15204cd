"""A table is taken apart into a target and inputs: what counts as classes, what is left out, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion.data import supervised, table_from_frame


def table(**columns):
    return table_from_frame(columns)


def test_texts_are_classes_in_order_and_numbers_are_numbers():
    frame = table(x=[1.0, 2.0, 5.0, 9.0], kind=["b", "a", None, "b"])
    found = supervised(frame, "kind")
    assert (found.classes, found.y.tolist(), found.rows.tolist()) == (
        ("a", "b"),
        [1, 0, 1],
        [0, 1, 3],
    )
    assert found.notes == ("1 row without a 'kind' was left out",)
    assert found.inputs.names == ("x",) and found.inputs.n_rows == 3
    found = supervised(frame, "x")
    assert found.classes == () and found.y.tolist() == [1.0, 2.0, 5.0, 9.0]


def test_booleans_are_two_classes():
    found = supervised(table(x=[1.0, 2.0, 4.0], yes=[True, False, True]), "yes")
    assert found.classes == ("false", "true") and found.y.tolist() == [1, 0, 1]


def test_few_whole_numbers_are_codes_sorted_by_size():
    x = np.arange(20.0) ** 1.5
    codes = [10, 2, 2, 10] * 5
    found = supervised(table(x=x, code=codes), "code")
    assert found.classes == ("2", "10") and found.y.tolist() == [1, 0, 0, 1] * 5
    assert "taken for classes" in found.notes[0]
    assert supervised(table(x=x, code=codes), "code", task="regression").classes == ()
    halves = [value + 0.5 for value in codes]
    assert supervised(table(x=x, code=halves), "code").classes == ()
    assert supervised(table(x=x, code=halves), "code", task="classification").classes == (
        "2.5",
        "10.5",
    )


def test_identifiers_constants_and_dates_are_left_out_with_the_reason():
    n = 12
    frame = table(
        id=[f"r{i}" for i in range(n)],
        same=[1.0] * n,
        x=np.arange(n) ** 1.5,
        half=[1.0, None] * (n // 2 - 1) + [2.0, 3.0],
        y=["a", "b"] * (n // 2),
    )
    found = supervised(frame, "y")
    assert found.inputs.names == ("x", "half"), "gaps keep no column out"
    assert [name for name, _ in found.left_out] == ["id", "same"]
    assert supervised(frame, "y", columns=["id", "x"]).inputs.names == ("id", "x")


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"target": "z"}, "z"),
        ({"target": "y", "columns": ["y", "x"]}, "cannot be learned from"),
        ({"target": "y", "columns": "x"}, r"list of names; got 'x'. Use \['x'\]"),
        ({"target": "y", "task": "guess"}, "task must be"),
        ({"target": "y", "max_categories": 1}, "max_categories must be at least 2"),
        ({"target": "y", "task": "regression"}, "A regression needs numbers; 'y' holds texts"),
        ({"target": "same"}, "at least two different values"),
        ({"target": "empty"}, "empty in every row"),
        ({"target": "y", "columns": ["same"]}, "At least one column must be left"),
    ],
)
def test_what_cannot_be_a_target_is_refused(given_, message):
    frame = table(
        x=[1.0, 2.0, 4.0, 3.5],
        y=["a", "b", "a", "b"],
        same=[1.0] * 4,
        empty=np.array([np.nan] * 4),
    )
    with pytest.raises((gl.DataError, gl.ParameterError), match=message):
        supervised(frame, **given_)


@given(
    st.lists(st.sampled_from(["a", "b", "c", None]), min_size=3, max_size=30).filter(
        lambda cells: len({cell for cell in cells if cell}) > 1
    )
)
def test_the_codes_name_the_cells_they_came_from(cells):
    found = supervised(table(x=np.arange(len(cells)) ** 1.5, kind=cells), "kind")
    assert [found.classes[code] for code in found.y] == [cell for cell in cells if cell]
    assert [cells[row] for row in found.rows] == [cell for cell in cells if cell]


def test_an_unknown_target_is_told_with_those_that_are_near():
    table = table_from_frame({"x": [1.0, 2.0], "price": [1.0, 3.0]})
    with pytest.raises(gl.ParameterError, match=r"target must be a column .* got 'Price'.*'price'"):
        supervised(table, "Price")


def test_a_table_of_the_target_alone_is_told():
    with pytest.raises(gl.DataError, match=r"learn 'y' from; there is no other one\. Add columns"):
        supervised(table_from_frame({"y": ["a", "b"]}), "y")


def test_integers_that_are_rounded_are_told():
    large = [2**53 + 1, 2**53 + 2, 2**53 + 9]
    notes = supervised(table_from_frame({"x": large, "y": [1.5, 2.5, 4.5]}), "y").notes
    assert any("column 'x': integers beyond 2^53" in note for note in notes)
    notes = supervised(table_from_frame({"x": [1.5, 2.5, 4.5], "y": large}), "y").notes
    assert any("column 'y': integers beyond 2^53" in note for note in notes)


def test_an_infinite_cell_is_named_by_its_row_in_the_table():
    x = [1.0, 2.0, 4.0, np.inf, 7.0]
    kinds = [None, "a", "b", "a", "b"]
    with pytest.raises(
        gl.DataError, match=r"column 'x' holds an infinite value in row 4\. Correct it"
    ):
        supervised(table(x=x, kind=kinds), "kind")
    y = [np.nan, 2.5, 4.5, -np.inf, np.inf]
    with pytest.raises(gl.DataError, match="'y' holds 2 infinite values, the first in row 4"):
        supervised(table(x=[1.0, 2.0, 4.0, 5.0, 7.0], y=y), "y")
    kinds[3] = None
    assert supervised(table(x=x, kind=kinds), "kind").inputs.n_rows == 3, "a row that nobody uses"
