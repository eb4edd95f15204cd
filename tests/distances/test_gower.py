"""Gower's coefficient on tables of every make: kinds found and given, missing cells, new rows."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import ganglion as gl
from ganglion.data import table_from_frame
from ganglion.distances import as_items, pairwise

COLUMNS = {
    "age": [20.0, 30.0, None, 60.0],
    "town": ["Oslo", None, "Rome", "Oslo"],
    "member": [True, False, None, True],
}
# age has the range 40; by hand: (0, 1): (10/40 + 1) / 2, (0, 2): 1, (0, 3): (1 + 0 + 0) / 3, (1, 2): nothing shared: 1,
# (1, 3): (30/40 + 1) / 2, (2, 3): 1
BY_HAND = np.array([[0, 0.625, 1, 1 / 3], [0.625, 0, 1, 0.875], [1, 1, 0, 1], [1 / 3, 0.875, 1, 0]])


@pytest.mark.parametrize("form", [dict, pd.DataFrame, pl.DataFrame, pa.table, table_from_frame])
def test_a_table_of_any_make_has_the_distances_by_hand(form):
    assert np.allclose(pairwise(form(COLUMNS), metric="gower"), BY_HAND, rtol=1e-15, atol=0)


def test_nullable_types_and_categories_are_read_as_they_are_meant():
    frame = pd.DataFrame(
        {
            "age": pd.array([20, 30, None, 60], dtype="Int64"),
            "town": pd.Categorical(COLUMNS["town"]),
            "member": pd.array(COLUMNS["member"], dtype="boolean"),
        }
    )
    assert np.allclose(pairwise(frame, metric="gower"), BY_HAND, rtol=1e-15, atol=0)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"size": pd.Categorical(["S", "L", "M"], ["S", "M", "L"], ordered=True)}),
        pl.DataFrame({"size": ["S", "L", "M"]}, schema={"size": pl.Enum(["S", "M", "L"])}),
    ],
)
def test_ordered_categories_are_steps_apart(frame):
    assert pairwise(frame, metric="gower")[0].tolist() == [0, 1, 0.5]
    plain = pairwise(frame, metric="gower", metric_params={"kinds": {"size": "categorical"}})
    assert plain[0].tolist() == [0, 1, 1]


def test_kinds_weights_and_ranges_can_be_given():
    table = {"grade": [1, 2, 5], "code": [7, 7, 9]}
    ordinal = pairwise(
        table, metric="gower", metric_params={"kinds": {"grade": "ordinal", "code": "categorical"}}
    )
    assert ordinal[0].tolist() == [0, 0.25, 1]  # steps of 1, 2, 5: 0, 1, 2
    found = pairwise(
        table, metric="gower", metric_params={"ranges": {"grade": 10}, "weights": {"code": 0.0}}
    )
    assert np.allclose(found[0], [0, 0.1, 0.4])


def test_dates_are_numbers_of_days():
    days = [datetime.datetime(2020, 1, day) for day in (1, 2, 5)]
    found = pairwise(pd.DataFrame({"born": days}), metric="gower")
    assert np.allclose(found[0], [0, 0.25, 1])


def test_new_rows_are_coded_as_the_fitted_ones():
    fitted = as_items(COLUMNS, "gower")
    fresh = as_items({"member": [True], "town": ["Paris"], "age": [100.0]}, like=fitted)
    found = np.empty((1, 4))
    gl._native.core.fill_square(fresh.pairs(fitted), found, 0, 1)
    # beyond the range a difference counts more than 1: 80 / 40
    assert np.allclose(found[0], [(2 + 1 + 0) / 3, (70 / 40 + 1) / 2, 1, (1 + 1 + 0) / 3])
    with pytest.raises(
        gl.DataError, match="X must have the column 'town', as the items before; it has 'age'"
    ):
        as_items({"age": [1.0]}, like=fitted)


def test_arrays_have_numbered_columns():
    rows = np.array([[20.0, "a"], [30.0, "b"]], dtype=object)
    assert pairwise(rows, metric="gower")[0, 1] == 1
    with_gap = np.array([[1.0, np.nan], [2.0, 5.0], [3.0, 7.0]])
    assert np.allclose(pairwise(with_gap, metric="gower")[0], [0, 0.5, 1])
    assert np.allclose(pairwise([[1, "x"], [2, "x"]], metric="gower")[0], [0, 0.5])


@pytest.mark.parametrize(
    ("table", "params", "words"),
    [
        (
            {"a": [1.0, None], "b": ["x", None]},
            None,
            r"known cell in every row; X has 1 row\(s\) .* first at row 1",
        ),
        ({"a": [1.0, np.inf]}, None, r"column 'a' holds inf at row 1"),
        (
            COLUMNS,
            {"kinds": {"agee": "numeric"}},
            r"kinds names the column 'agee', which X does not have",
        ),
        (
            COLUMNS,
            {"kinds": {"age": "number"}},
            r"'numeric', 'categorical' or 'ordinal' .* got 'number' for 'age'",
        ),
        (COLUMNS, {"kinds": {"town": "ordinal"}}, r"'town' of X cannot be 'ordinal': nothing says"),
        (
            COLUMNS,
            {"kinds": {"town": "numeric"}},
            r"'town' of X cannot be 'numeric': it holds text",
        ),
        (COLUMNS, {"weights": {"age": -1}}, r"finite numbers of at least 0; got -1 for 'age'"),
        (
            COLUMNS,
            {"weights": {"age": 0, "town": 0, "member": 0}},
            r"must hold a positive value; all",
        ),
        (COLUMNS, {"ranges": {"age": 0}}, r"positive finite numbers; got 0 for 'age'"),
        (COLUMNS, {"ranges": [1]}, r"ranges must be a dict from column names"),
        ([1.0, 2.0], None, r"compares rows of a table; X has shape \(2,\)"),
        ({"a": [[1], [2]]}, None, r"one-dimensional|holds values of type list"),
    ],
)
def test_tables_and_parameters_without_a_distance_are_refused(table, params, words):
    with pytest.raises((gl.DataError, gl.ParameterError), match=words):
        pairwise(table, metric="gower", metric_params=params)
