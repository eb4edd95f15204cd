"""Columns as inputs of a network: numbers with their gaps marked, texts as zeros and ones."""

from __future__ import annotations

import copy
import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion.data import table_from_frame
from ganglion.data.columns import TableEncoding, learn_columns, table_of_array
from ganglion.storage import State, read_state, write_state

COLUMNS = {
    "age": [20.0, None, 40.0, 60.0],
    "kind": ["b", "a", None, "b"],
    "is_new": [True, False, True, None],
    "rooms": [3, 3, 3, 3],
}


def learned(columns=COLUMNS, scale="none"):
    return learn_columns(table_from_frame(columns), scale)


def test_each_kind_of_column_becomes_its_inputs():
    encoding = learned()
    assert encoding.names == (
        "age", "age is missing", "kind=a", "kind=b", "is_new=false", "is_new=true", "rooms",
    )  # fmt: skip
    # The median of 20, 40 and 60 stands for the gap; a missing text or boolean is no text at all.
    expected = [
        [20, 0, 0, 1, 0, 1, 3],
        [40, 1, 1, 0, 1, 0, 3],
        [40, 0, 0, 0, 0, 1, 3],
        [60, 0, 0, 1, 0, 0, 3],
    ]
    assert encoding.encode(table_from_frame(COLUMNS)).tolist() == expected
    assert encoding.has_texts


def test_a_text_that_was_never_seen_is_all_zeros():
    encoding = learned()
    new = {"age": [1.0], "kind": ["z"], "is_new": [None], "rooms": [np.nan]}
    assert encoding.encode(table_from_frame(new)).tolist() == [[1, 0, 0, 0, 0, 0, 3]]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_every_library_gives_the_same_inputs(library):
    table = table_from_frame(library(COLUMNS))
    assert np.array_equal(learn_columns(table).encode(table), learned().encode(table))


def test_scaled_numbers_have_mean_0_and_deviation_1_and_gaps_lie_at_their_median():
    encoding = learned(scale="standard")
    inputs = encoding.encode(table_from_frame(COLUMNS))
    present = inputs[[0, 2, 3], 0]
    assert present.mean() == pytest.approx(0, abs=1e-15)
    assert present.std() == pytest.approx(1)
    assert inputs[1, 0] == pytest.approx(0, abs=1e-15)  # 40 is both median and mean
    assert inputs[:, 6].tolist() == [0, 0, 0, 0]  # one value only
    robust = learned({"x": [0.0, 1.0, 2.0, 3.0, 100.0]}, "robust")
    rows = robust.encode(table_from_frame({"x": [2.0, 3.0]}))
    assert rows.tolist() == [[0.0], [0.5]]  # median 2, quartiles 1 and 3


@given(
    rows=st.lists(
        st.tuples(*[st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))] * 3),
        min_size=2,
        max_size=20,
    ),
    scale=st.sampled_from(["none", "standard", "robust"]),
)
def test_an_array_is_encoded_as_the_table_of_its_columns(rows, scale):
    X = np.array(rows)
    encoding = learn_columns(table_of_array(X), scale)
    assert np.array_equal(encoding.encode_numbers(X), encoding.encode(table_of_array(X)))
    assert np.isfinite(encoding.encode_numbers(X)).all()
    assert np.array_equal(
        np.concatenate([encoding.encode_numbers(row[None]) for row in X]),
        encoding.encode_numbers(X),
    )


def test_a_column_without_values_is_marked_and_0():
    encoding = learned({"a": [None, None], "b": [1.0, 2.0]})
    inputs = encoding.encode(table_from_frame({"a": [None, 5.0], "b": [1.0, 2.0]}))
    assert inputs.tolist() == [[0, 1, 1], [5, 0, 2]]


def test_dates_lists_and_names_of_everybody_are_refused():
    day = datetime.date(2026, 1, 1)
    with pytest.raises(gl.DataError, match=r"'day' holds dates. Turn them into numbers"):
        learn_columns(table_from_frame(pl.DataFrame({"day": [day, day]})))
    with pytest.raises(gl.DataError, match=r"'tags' holds values of type list. Turn them into"):
        learn_columns(table_from_frame(pl.DataFrame({"tags": [[1], [2]]})))
    many = [f"name {i}" for i in range(1001)]
    with pytest.raises(gl.DataError, match="at most 1000 different ones; 'name' holds 1001"):
        learned({"name": many})
    with pytest.raises(gl.DataError, match="column 'x' holds an infinite value in row 2"):
        learned({"x": [1.0, np.inf]})
    with pytest.raises(gl.DataError, match="At least one column must hold a value"):
        learn_columns(
            table_from_frame(pd.DataFrame({"x": pd.Series([None, None], dtype="category")}))
        )


def test_rows_of_another_kind_are_refused():
    encoding = learned()
    with pytest.raises(gl.DataError, match=r"must have the 4 columns .* these have 1"):
        encoding.encode(table_from_frame({"age": [1.0]}))
    wrong = {**{name: values[:1] for name, values in COLUMNS.items()}, "age": ["old"]}
    with pytest.raises(gl.DataError, match="Column 'age' must hold numbers"):
        encoding.encode(table_from_frame(wrong))
    wrong = {
        **{name: values[:1] for name, values in COLUMNS.items()},
        "kind": np.array(["2026-01-01"], dtype="datetime64[D]"),
    }
    with pytest.raises(gl.DataError, match=r"Column 'kind' must hold texts, .* it holds dates"):
        encoding.encode(table_from_frame(wrong))


def test_an_encoding_survives_a_file(tmp_path):
    encoding = learned(scale="standard")
    path = tmp_path / "encoding"
    write_state(path, State("Encoding", {"columns": encoding.to_record()}, {}))
    same = TableEncoding.from_record(read_state(path).parameters["columns"])
    assert same == encoding
    assert same.names == encoding.names


def changed(**values):
    record = copy.deepcopy(learned().to_record())
    record[0].update(values)
    return record


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        [{}],
        [1],
        changed(kind="date"),
        changed(scale=0.0),
        changed(center=float("nan")),
        changed(fill="1"),
        changed(categories=["a"]),
        changed(column=3),
        changed(has_gaps=1),
        changed(extra=1),
    ],
)
def test_a_record_that_is_none_is_refused(record):
    with pytest.raises((ValueError, TypeError, KeyError)):
        TableEncoding.from_record(record)


def test_only_columns_that_changed_are_encoded_again():
    known = table_from_frame(
        {"a": [1.0, None, 3.0], "kind": ["u", None, "v"], "b": [4.0, 5.0, 6.0]}
    )
    encoding = learn_columns(known, "standard")
    other = table_from_frame(
        {"a": [None, 2.0, 2.0], "kind": ["v", "u", None], "b": [1.0, 1.0, 2.0]}
    )
    inputs = encoding.encode(known)
    before = inputs.copy()
    for at in range(3):
        columns = (*known.columns[:at], other.columns[at], *known.columns[at + 1 :])
        mixed = replace(known, columns=columns)
        found = encoding.encode_changed(mixed, known, inputs)
        assert found.tolist() == encoding.encode(mixed).tolist()
    assert inputs.tolist() == before.tolist()
