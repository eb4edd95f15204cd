"""Further rows of a table as items that compare with those a model holds."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._errors import DataError, ParameterError
from ...data.features import Encoding, apply_encoding
from ...data.tables import Table
from ...distances import METRICS, Items, as_items


@dataclass(frozen=True, eq=False)
class TakenRows:
    """Items of a table: None where no row can be used; which rows they are, and what became of the others."""

    items: Items | None
    rows: NDArray[np.int64]
    notes: tuple[str, ...]
    missing: dict[str, int]


def check_comparable(items: Items, columns: tuple[str, ...], encoding: Encoding | None) -> None:
    """Refuse items that rows of a table cannot be compared with."""
    kind = METRICS[items.metric].kind
    is_read = encoding is not None
    if kind not in ("vectors", "rows or sets", "texts", "tables") or is_read == (
        kind in ("texts", "tables")
    ):
        raise ParameterError(
            f"Rows of a table are compared as numbers with an encoding, or as texts or mixed cells without one; "
            f"got metric {items.metric!r} and {'an' if is_read else 'no'} encoding. Use another metric."
        )
    if kind == "texts" and len(columns) != 1:
        raise ParameterError(f"Texts are those of one column; got {list(columns)}.")


def rows_of_table(
    table: Table, columns: tuple[str, ...], encoding: Encoding | None, like: Items, source: str
) -> TakenRows:
    """Read the used columns of a table as items.

    Parameters
    ----------
    table : Table
        A table with at least the used columns.
    columns : tuple of str
        Their names.
    encoding : Encoding or None
        How they become rows of numbers; None for texts and mixed cells, which are compared as they are.
    like : Items
        Those that the model holds.
    source : str
        Name of the table that the model was made of.

    Returns
    -------
    TakenRows
        The items, and which rows they are.

    Raises
    ------
    DataError
        A column is not there, holds another kind of values, or has gaps where none are allowed.
    """
    absent = [name for name in columns if name not in table.names]
    if absent:
        raise DataError(
            f"New rows must have the columns that were used: {', '.join(map(repr, absent))} missing; the table has "
            f"{', '.join(map(repr, table.names))}."
        )
    kind = METRICS[like.metric].kind
    if encoding is not None:
        design = apply_encoding(encoding, table)
        return _taken(design.X, like, design.rows, design.notes, design.missing)
    used = tuple(table.column(name) for name in columns)
    known = ~np.all([column.missing for column in used], axis=0)
    rows = np.flatnonzero(known).astype(np.int64)
    missing = {c.name: int(c.missing.sum()) for c in used if c.missing.any()}
    notes = list[str]()
    if len(rows) < table.n_rows:
        what = "they have no text" if kind == "texts" else "all their cells are missing"
        notes.append(f"{table.n_rows - len(rows)} of {table.n_rows} rows were left out: {what}")
    if kind == "texts":
        column = used[0]
        if column.kind not in ("text", "category") and len(rows):
            raise DataError(
                f"Column {column.name!r} must hold texts, as in {source}; here it holds {column.kind}."
            )
        texts = [unicodedata.normalize("NFC", text) for text in column.values[rows].tolist()]
        return _taken(texts, like, rows, notes, missing)
    parts = tuple(replace(column, values=column.values[rows]) for column in used)
    return _taken(Table(parts, len(rows), table.source), like, rows, notes, missing)


def _taken(
    values: Any, like: Items, rows: NDArray[np.int64], notes: Any, missing: dict[str, int]
) -> TakenRows:
    """Items of the values of some rows."""
    items = as_items(values, name="The table", like=like) if len(rows) else None
    return TakenRows(items, rows, tuple(notes), missing)
