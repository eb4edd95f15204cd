"""Purchases from a data frame: its columns go to the database whole, as dates, numbers and texts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ._encoding import texts
from ._money import LARGEST_AMOUNT, MICRO
from ._purchase_book import LONGEST_SEEN
from ._purchase_statements import KEYS, SUM_TYPE, SUMS, Holds, Rows
from ._records import Column, Table

_NONE = -(2**63)  # stands for a sum that is missing, or is none
_EXACT = 2.0**51  # below it doubles stand at most half a millionth apart
_LARGEST_WHOLE = 2.0**53


def first_rows(table: Table, n: int) -> list[tuple[str | None, ...]]:
    """Return the first rows as texts, cut where they are very long."""
    columns = [
        texts(Column(column.name, column.values[:n], column.kind, column.note))
        for column in table.columns
    ]
    cut = [[cell if cell is None else cell[:LONGEST_SEEN] for cell in cells] for cells in columns]
    return list(zip(*cut, strict=True))


def taken(connection: duckdb.DuckDBPyConnection, table: Table, places: Mapping[str, int]) -> Rows:
    """Let statements read a table as long as the connection is open; `places` tells the column of each role."""
    role_of = {at: role for role, at in places.items()}
    arrays, cells, holds = dict[str, NDArray[Any]](), list[str](), list[Holds]()
    for at, column in enumerate(table.columns):
        array, cell, held = _taken(column, role_of.get(at), f"c{at}")
        arrays[f"c{at}"] = array
        cells.append(f"{cell} AS c{at}")
        holds.append(held)
    connection.register("frame", arrays)
    return Rows(f"(SELECT {', '.join(cells)} FROM frame)", {}, tuple(holds))


def _taken(column: Column, role: str | None, cell: str) -> tuple[NDArray[Any], str, Holds]:
    """Return a column as an array, SQL for a cell of it, and what it holds.

    Names and odd dates are read as texts, as they would stand in a file.
    """
    values = column.values
    if role in SUMS and column.kind == "number":
        # the column is the whole number of millionths: a decimal of six places takes it without rounding
        value = f"CASE WHEN {cell} <> {_NONE} THEN CAST({cell} AS DECIMAL(18, 0)) * 0.000001 END"
        return _micros(values), f"CAST({value} AS {SUM_TYPE})", "number"
    if values.dtype.kind == "M" and role not in (*KEYS, *SUMS):
        return values, cell, "day"
    if values.dtype.kind == "f":
        if role is None:
            return values, cell, "double"
        if column.kind == "number" and _are_whole(values):
            return values, f"TRY_CAST({cell} AS BIGINT)", "text"
    if values.dtype.kind == "i":
        return values, cell, "text"
    cells = values if values.dtype.kind == "O" else np.array(texts(column), dtype=object)
    return cells, f"CAST({cell} AS VARCHAR)", "text"


def _are_whole(values: NDArray[np.float64]) -> bool:
    """Whether all numbers that are not missing are whole, and small enough to be written so."""
    present = values[~np.isnan(values)]
    return bool(np.all((present == np.trunc(present)) & (np.abs(present) < _LARGEST_WHOLE)))


def _micros(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return sums as whole millionths: what the shortest text of each number comes to, halves away from zero.

    The text lies within half a unit in the last place of its double, and the product within another: only where the
    fraction is that near to a half could rounding the product err, and there, and where doubles are too far apart,
    the text is read.
    """
    if values.dtype.kind == "i":
        is_sum = (values > -LARGEST_AMOUNT) & (values < LARGEST_AMOUNT)
        return np.where(is_sum, np.where(is_sum, values, 0) * MICRO, _NONE)
    size = np.abs(values)
    is_sum = size < LARGEST_AMOUNT  # which NaN is not
    product = np.where(is_sum, values, 0.0) * MICRO
    rounded = np.rint(product)
    found = np.where(is_sum, rounded, _NONE).astype(np.int64)
    spacing = np.spacing(np.abs(product))
    doubtful = (np.abs(product - rounded) >= 0.5 - 2.0 * spacing) | (np.abs(product) >= _EXACT)
    for at in np.flatnonzero(is_sum & doubtful):
        exact = Decimal(str(float(values[at]))) * MICRO
        found[at] = int(exact.to_integral_value(ROUND_HALF_UP))
    return found
