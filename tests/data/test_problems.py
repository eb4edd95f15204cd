"""What is wrong with a table is found, counted and named."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion import ParameterError
from ganglion.data import data_problems, table_from_frame


def test_by_hand():
    # quartiles of 0 ... 7, 100 are 2 and 6: the fences lie 12 beyond them, at -10 and 18
    table = table_from_frame(
        {
            "x": [0.0, 1, 2, 3, 4, 5, 6, 7, 100],
            "same": ["a"] * 8 + [None],
            "age": ["31", "7.5", "1e3", "n/a", "44", "12", "9", "2", "unknown"],
        }
    )
    found = data_problems(table)
    assert found.missing == (("same", 1),)
    assert found.constant == (("same", "'a'"),)
    (far,) = found.far
    assert (far.column, far.count, far.low, far.high, far.row, far.value) == (
        "x", 1, -10.0, 18.0, 8, 100.0,
    )  # fmt: skip
    (mixed,) = found.mixed
    assert (mixed.column, mixed.n_numbers, mixed.n_others) == ("age", 7, 2)
    assert "n/a" in mixed.others[0]
    assert found.n_repeated == 0


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([0.0, -0.0, 1.5, None]),
            st.sampled_from(["a", "b", None]),
            st.booleans(),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_equal_rows_are_those_that_a_counter_finds(rows):
    table = table_from_frame(
        {name: [row[at] for row in rows] for at, name in enumerate(("x", "t", "b"))}
    )
    counted = Counter((row[0] if row[0] is None else abs(row[0]), *row[1:]) for row in rows)
    found = data_problems(table, most_repeated=100)
    assert found.n_repeated == sum(count - 1 for count in counted.values())
    assert sorted(count for _, count in found.repeated) == sorted(
        count for count in counted.values() if count > 1
    )
    firsts = [row for row, _ in found.repeated]
    assert len(set(firsts)) == len(firsts)


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e305])
def test_far_values_are_found_at_any_scale(scale):
    values = np.r_[np.arange(100.0), 900.0] * scale
    (far,) = data_problems(table_from_frame({"x": values})).far
    assert (far.count, far.row) == (1, 100)


def test_a_column_of_mostly_one_value_has_no_fences():
    assert data_problems(table_from_frame({"x": [0.0] * 90 + [1.0] * 10})).far == ()


def test_nothing_is_found_where_nothing_is_wrong():
    table = table_from_frame({"x": np.arange(50.0), "t": [f"t{i}" for i in range(50)]})
    found = data_problems(table)
    assert not any((found.missing, found.constant, found.n_repeated, found.far, found.mixed))


def test_only_the_columns_that_were_named_count():
    table = table_from_frame({"x": [1.0, 1.0], "id": ["a", "b"]})
    assert data_problems(table).n_repeated == 0
    assert data_problems(table, columns=["x"]).n_repeated == 1
    with pytest.raises(ParameterError, match="nothing"):
        data_problems(table, columns=["nothing"])
    with pytest.raises(ParameterError, match="at least 0"):
        data_problems(table, most_repeated=-1)


def test_a_table_of_one_row_has_no_problem():
    found = data_problems(table_from_frame({"x": [1.0]}))
    assert (found.n_repeated, found.repeated, found.far, found.constant) == (0, (), (), ())
