"""A table that can be sorted, of which a page shows so many rows and says so."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..._errors import DataError
from .. import _wording
from .sizing import Drawn, Limits

Cell = str | float | int | None
MAX_COLUMNS = 40
SHORT = 12  # characters: a column of longer texts is kept from breaking into words


@dataclass(frozen=True, kw_only=True)
class TablePart:
    """A table.

    Attributes
    ----------
    columns : sequence of str
        Names of the columns.
    rows : sequence of sequences of str, float, int or None
        The cells, as many in each row as there are columns. Numbers are written for a person and sorted as numbers.
    title : str
        What the section is called.
    caption : str
        What the table shows.
    limit : int
        How many rows are shown at most; the page says how many there are.
    n_rows : int or None
        How many rows there are, where `rows` are only the first of them.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    title: str
    caption: str = ""
    limit: int = 500
    n_rows: int | None = None


def draw_table(part: TablePart, limits: Limits) -> Drawn:
    """Cells as text, with what numbers are sorted by."""
    n_columns = len(part.columns)
    for number, row in enumerate(part.rows[: part.limit]):
        if len(row) != n_columns:
            raise DataError(
                f"A table needs {n_columns} cells in each row, one for each column; row {number} has {len(row)}."
            )
    most = min(part.limit, 2 * limits.listed + 100)
    rows = part.rows[:most]
    decimals = [_decimals([row[at] for row in rows]) for at in range(n_columns)]
    shown = [
        [_cell(value, digits, limits) for value, digits in zip(row, decimals, strict=True)][
            :MAX_COLUMNS
        ]
        for row in rows
    ]
    right = [
        any(isinstance(row[at], float | int) for row in rows)
        and not any(isinstance(row[at], str) for row in rows)
        for at in range(min(n_columns, MAX_COLUMNS))
    ]
    return Drawn(
        "table",
        limits.name(part.title),
        {
            "columns": [limits.name(name) for name in part.columns[:MAX_COLUMNS]],
            "right": right,
            "words": [
                not numbers and any(len(str(row[at]["text"])) > SHORT for row in shown)
                for at, numbers in enumerate(right)
            ],
            "n_hidden_columns": max(0, n_columns - MAX_COLUMNS),
            "rows": shown,
            "caption": limits.shown(part.caption),
            "n_rows": len(part.rows) if part.n_rows is None else part.n_rows,
        },
    )


def _cell(value: Cell, decimals: int, limits: Limits) -> Mapping[str, object]:
    """What is read, and what is sorted by: numbers as they are, texts as they are read."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return {"text": "–", "by": ""}
    if isinstance(value, str):
        return {"text": limits.shown(value), "by": None}
    if isinstance(value, int):
        return {"text": _wording.count(value), "by": str(value)}
    small_enough = abs(value) < 1e9 and (value == 0.0 or abs(value) >= 10.0**-decimals)
    text = f"{value:,.{decimals}f}" if small_enough else _wording.number(value)
    return {"text": text.replace("-", _wording.MINUS), "by": repr(float(value))}


def _decimals(cells: Sequence[Cell]) -> int:
    """One number of decimals for a column: four digits of its largest value, of small amounts two, none idle."""
    known = [abs(cell) for cell in cells if isinstance(cell, float) and math.isfinite(cell)]
    largest = max(known, default=0.0)
    if all(value == int(value) for value in known):
        return 0
    exponent = math.floor(math.log10(largest))
    most = min(max(3 - exponent, 2 if exponent < 5 else 0), 6)
    return next(n for n in range(most + 1) if n == most or all(round(v, n) == v for v in known))
