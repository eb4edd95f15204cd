"""Tables as one number for each cell: kinds, gaps, texts that are not known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ganglion import DataError
from ganglion.data import design_matrix, table_from_frame
from ganglion.data.codes import coded_rows

TABLE = table_from_frame(
    {
        "mass": [1.5, None, 3.0, None],
        "sex": ["f", "m", None, None],
        "wild": [True, False, True, None],
    }
)
NAN = np.nan


def encoding(missing):
    learned = design_matrix(TABLE, columns=["mass", "sex", "wild"], missing="impute").encoding
    return replace(learned, missing=missing)


def test_each_column_is_one_of_numbers():
    found = coded_rows(encoding("impute"), TABLE, keep_gaps=True)
    assert found.names == ("mass", "sex", "wild")
    assert np.array_equal(found.X, [[1.5, 0, 1], [NAN, 1, 0], [3, NAN, 1]], equal_nan=True)
    assert found.rows.tolist() == [0, 1, 2]
    assert found.missing == {"mass": 2, "sex": 2, "wild": 1}
    assert found.notes == (
        "1 of 4 rows were left out: all their cells are missing",
        "2 missing cells are integrated out: what a row has counts, what it lacks does not",
    )


def test_without_gaps_the_policy_decides():
    dropped = coded_rows(encoding("drop"), TABLE)
    assert dropped.X.tolist() == [[1.5, 0, 1]] and dropped.rows.tolist() == [0]
    assert dropped.notes == ("3 of 4 rows were left out: they have missing values",)
    filled = coded_rows(encoding("impute"), TABLE)
    assert filled.X.shape == (4, 3) and np.isfinite(filled.X).all()
    with pytest.raises(DataError, match="No value may be missing under missing='error'"):
        coded_rows(replace(encoding("drop"), missing="error"), TABLE)


def test_texts_that_are_not_known_count_as_missing():
    other = table_from_frame({"mass": [2.0], "sex": ["x"], "wild": [False]})
    kept = coded_rows(encoding("impute"), other, keep_gaps=True)
    assert np.array_equal(kept.X, [[2, NAN, 0]], equal_nan=True)
    assert kept.notes[0] == "1 values of column 'sex' were not known and count as missing"
    assert coded_rows(encoding("drop"), other).X.shape == (0, 3)


def test_columns_must_be_there_and_of_their_kind():
    with pytest.raises(DataError, match="New rows must have the columns that were used: 'mass'"):
        coded_rows(encoding("drop"), table_from_frame({"mass": [1.0]}))
    wrong = table_from_frame({"mass": ["heavy"], "sex": ["f"], "wild": [True]})
    with pytest.raises(DataError, match="Column 'mass' must hold numbers"):
        coded_rows(encoding("drop"), wrong)
