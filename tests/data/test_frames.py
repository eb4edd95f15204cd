"""Data frames of any make, and dicts, as tables."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ganglion._errors import DataError, ParameterError
from ganglion.data import table_from_frame

DAY = datetime.date(2020, 2, 29)
DATA = {
    "whole": [1, 2, 3],
    "gaps": [1.5, None, 2.5],
    "flag": [True, False, None],
    "text": ["a", None, "NA"],
    "day": [DAY, None, DAY],
}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_every_make_gives_the_same_table(make):
    table = table_from_frame(make(DATA))
    assert [column.kind for column in table.columns[:4]] == ["number", "number", "boolean", "text"]
    assert table.column("whole").values.tolist() == [1, 2, 3]
    assert table.column("whole").values.dtype == np.int64
    assert table.column("gaps").missing.tolist() == [False, True, False]
    assert table.column("flag").values[:2].tolist() == [1.0, 0.0]
    assert table.column("text").values.tolist() == ["a", None, "NA"]
    assert table.n_rows == 3
    assert table.source == "data frame"


@pytest.mark.parametrize("make", [pl.DataFrame, pa.table])
def test_dates_of_typed_frames_are_dates(make):
    column = table_from_frame(make({"day": DATA["day"]})).column("day")
    assert column.kind == "date"
    assert column.missing.tolist() == [False, True, False]


def test_times_with_a_zone_are_taken_in_utc():
    moments = pd.to_datetime(["2020-01-01T01:00+02:00", None], utc=True).tz_convert("Europe/Berlin")
    column = table_from_frame(pd.DataFrame({"t": moments})).column("t")
    assert column.values[0] == np.datetime64("2019-12-31T23:00")


def test_pandas_nullable_and_categorical_columns_are_understood():
    frame = pd.DataFrame(
        {
            "i": pd.array([1, None, 3], dtype="Int64"),
            "c": pd.Categorical(["u", None, "v"]),
            "o": [1, "a", None],
            "n": pd.Series([Decimal("1.5"), None, Decimal(2)], dtype=object),
        }
    )
    table = table_from_frame(frame)
    assert [column.kind for column in table.columns] == ["number", "category", "text", "number"]
    assert table.column("o").values.tolist() == ["1", "a", None]
    assert table.column("i").missing.tolist() == [False, True, False]


def test_lists_inside_a_column_are_kept_aside():
    column = table_from_frame(pl.DataFrame({"l": [[1], [2]], "x": [1, 2]})).column("l")
    assert (column.kind, column.note) == ("other", "values of type list")


def test_a_dict_may_hold_lists_arrays_and_masked_arrays():
    table = table_from_frame(
        {
            "a": [1, None, 3],
            "b": np.array([1, 2, 3], dtype=np.uint8),
            "c": np.ma.masked_equal([1.0, 2.0, 3.0], 2.0),
            "d": np.array(["x", "y", "x"]),
            "e": np.array(["2020-01-01", "NaT", "2020-01-02"], dtype="datetime64[D]"),
            "f": np.array([1, 2, 3], dtype=">f4"),
            7: [True, False, True],
        }
    )
    kinds = ["number", "number", "number", "text", "date", "number", "boolean"]
    assert [column.kind for column in table.columns] == kinds
    assert table.names[-1] == "7"
    assert table.column("c").missing.tolist() == [False, True, False]


def test_integers_that_doubles_cannot_hold_are_noted():
    column = table_from_frame({"a": [2**60 + 1, None]}).column("a")
    assert "integers beyond 2^53" in column.note


def test_the_frame_is_not_written_to():
    values = np.array([1.0, np.nan])
    table_from_frame({"a": values})
    assert values.flags.writeable
    assert not table_from_frame({"a": values}).column("a").values.flags.writeable


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"a": [1], "b": [1, 2]}, "equal lengths; 'a' has 1 values and 'b' has 2"),
        ({"a": [[1, 2]]}, r"must be one-dimensional; got shape \(1, 2\)"),
        ({"a": 3}, r"must be one-dimensional; got shape \(\)"),
        ({}, "at least one column"),
        ({"a": []}, "at least one row"),
        ({"a": [1], " a ": [2]}, "columns 1 and 2 are both called 'a'"),
        ([[1, 2]], r"a data frame or a dict of arrays; got list"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Column names must differ"),
    ],
)
def test_what_is_no_table_is_named(frame, message):
    with pytest.raises(DataError, match=message):
        table_from_frame(frame)


def test_unknown_columns_of_a_frame_are_refused():
    with pytest.raises(ParameterError, match=r"got 'bb'\. Did you mean 'b'"):
        table_from_frame({"a": [1], "b": [2]}, columns=["bb"])
