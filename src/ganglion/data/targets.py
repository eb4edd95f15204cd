"""A column to be predicted, and the columns to predict it from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ParameterError
from ._encoding import numbers, subset, texts
from ._records import Column, Table, positions, shown
from ._screening import n_distinct, notes_on_columns, reason_to_leave_out

__all__ = ["Supervised", "supervised"]

Task = Literal["auto", "classification", "regression"]
FEW_CODES = 10  # so many different whole numbers may be codes of classes
ROWS_PER_CODE = 5  # and each of them occurs at least that often on average
MOST_CLASSES = 1000


@dataclass(frozen=True)
class Supervised:
    """A table taken apart into inputs and a target.

    Attributes
    ----------
    inputs : Table
        The columns to learn from, the rows whose target is known.
    target : str
        Name of the target's column.
    classes : tuple of str
        The classes in code point order (numbers by size); empty for a target that is a number.
    y : ndarray of shape (n,)
        Places in `classes` (int64), or numbers (float64).
    rows : ndarray of shape (n,), int64
        The row of the table that each one is, from 0.
    left_out : tuple of (str, str)
        Columns that are not used, each with the reason.
    notes : tuple of str
        What else a reader should know: how the target was understood, rows without one, numbers that were rounded.
    """

    inputs: Table
    target: str
    classes: tuple[str, ...]
    y: NDArray[np.int64] | NDArray[np.float64]
    rows: NDArray[np.int64]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def supervised(
    table: Table,
    target: str,
    *,
    columns: Iterable[str] | None = None,
    task: Task = "auto",
    max_categories: int = 50,
) -> Supervised:
    """Take a table apart into the columns to learn from and the column to be predicted.

    Parameters
    ----------
    table : Table
        From `read_table` or `table_from_frame`.
    target : str
        The column to be predicted.
    columns : iterable of str, optional
        The columns to learn from; all others by default. A column named here is not taken for an identifier.
    task : {"auto", "classification", "regression"}, default "auto"
        What the target holds. auto: texts and booleans are classes, numbers are numbers, except for at most 10
        different whole numbers that each occur 5 times or more on average: those are taken for codes of classes, and a
        note says so.
    max_categories : int, default 50
        Columns with more different texts are left out. At least 2.

    Returns
    -------
    Supervised
        Inputs and target, and what was left out and why.

    Raises
    ------
    ParameterError
        An unknown column; the target among `columns`; an unknown task.
    DataError
        A target that holds dates or lists, one value only, texts for a regression, an infinite number; no column left.

    Notes
    -----
    Left out, with the reason: identifiers, constant columns, dates, lists, texts with too many different values, and
    columns with nothing in them. Gaps do not keep a column out; a row without a target is left out.

    Examples
    --------
    >>> from ganglion.data import table_from_frame
    >>> from ganglion.data.targets import supervised
    >>> found = supervised(table_from_frame({"x": [1.0, 2.0, 4.0], "kind": ["b", "a", None]}), "kind")
    >>> found.classes, found.y.tolist(), found.rows.tolist()
    (('a', 'b'), [1, 0], [0, 1])
    """
    if task not in ("auto", "classification", "regression"):
        raise ParameterError(
            f'task must be "auto", "classification" or "regression"; got {task!r}.'
        )
    if max_categories < 2:
        raise ParameterError(f"max_categories must be at least 2; got {max_categories}.")
    if isinstance(columns, str):
        raise ParameterError(
            f"columns must be a list of names; got {columns!r}. Use [{columns!r}]."
        )
    if target not in table.names:
        close = get_close_matches(str(target), table.names, n=3, cutoff=0.5) or table.names[:8]
        raise ParameterError(
            f"The target must be a column of the table; got {shown(target)}. "
            f"Did you mean {', '.join(map(shown, close))}?"
        )
    column = table.column(target)
    rows = np.flatnonzero(~column.missing).astype(np.int64)
    notes: list[str] = []
    if n_without := table.n_rows - len(rows):
        many = "1 row" if n_without == 1 else f"{n_without} rows"
        left = "was" if n_without == 1 else "were"
        notes.append(f"{many} without a {shown(target)} {left} left out")
    classes, y = _coded(subset(column, rows), rows, task, notes)
    used, left_out = _chosen(table, target, columns, rows, max_categories)
    notes += notes_on_columns([column, *used])
    inputs = replace(table, columns=used, n_rows=len(rows), origin=None)
    return Supervised(inputs, target, classes, y, rows, left_out, tuple(notes))


def _coded(
    column: Column, rows: NDArray[np.int64], task: Task, notes: list[str]
) -> tuple[tuple[str, ...], NDArray[np.int64] | NDArray[np.float64]]:
    """Return the classes (none for a number) and the target as places or numbers."""
    name = shown(column.name)
    if column.kind in ("date", "other"):
        raise DataError(
            f"A target must hold classes or numbers; {name} holds {column.note or column.kind + 's'}. "
            "Turn it into a number or a text."
        )
    if not len(column.values):
        raise DataError(
            f"A target must have values; {name} is empty in every row. Name another one."
        )
    distinct = n_distinct(column.values)
    if distinct == 1:
        raise DataError(
            f"A target must have at least two different values; {name} holds {shown(column.values[0])} only. "
            "Name another column."
        )
    is_number = column.kind == "number"
    if task == "regression" and not is_number:
        raise DataError(
            f"A regression needs numbers; {name} holds {column.kind}s. Use task='classification'."
        )
    if task == "regression" or (task == "auto" and is_number and not _are_codes(column, distinct)):
        return (), numbers(column, "number", rows)
    if is_number and task == "auto":
        notes.append(
            f"{name} holds {distinct} different whole numbers, which were taken for classes; "
            "say task='regression' where they are a quantity"
        )
    if distinct > MOST_CLASSES:
        raise DataError(
            f"A target may have at most {MOST_CLASSES} classes; {name} has {distinct}. "
            "Name another column, or group them."
        )
    cells = [str(cell) for cell in texts(column)]
    number_of = dict(zip(cells, column.values.tolist(), strict=True)) if is_number else {}
    classes = tuple(sorted(set(cells), key=lambda cell: (number_of.get(cell, 0), cell)))
    place = {cell: at for at, cell in enumerate(classes)}
    return classes, np.array([place[cell] for cell in cells], dtype=np.int64)


def _are_codes(column: Column, distinct: int) -> bool:
    """Whether numbers look like codes of classes: few, whole, and each of them often."""
    values = column.values.astype(np.float64)
    few = distinct <= FEW_CODES and len(values) >= ROWS_PER_CODE * distinct
    return few and bool(np.isfinite(values).all() and (values == np.floor(values)).all())


def _chosen(
    table: Table,
    target: str,
    columns: Iterable[str] | None,
    rows: NDArray[np.int64],
    max_categories: int,
) -> tuple[tuple[Column, ...], tuple[tuple[str, str], ...]]:
    """Return the columns to learn from, in these rows, and the others with the reason."""
    wanted = None if columns is None else positions(columns, table.names)
    if wanted is not None and target in {table.names[at] for at in wanted}:
        raise ParameterError(
            f"The target cannot be learned from; {shown(target)} is among the columns. Leave it out."
        )
    used: list[Column] = []
    left_out: list[tuple[str, str]] = []
    for at in range(len(table.columns)) if wanted is None else wanted:
        column = table.columns[at]
        if column.name == target:
            continue
        here = subset(column, rows)
        reason = reason_to_leave_out(
            here, wanted=wanted is not None, keep_gaps=True, max_categories=max_categories
        )
        if reason:
            left_out.append((column.name, reason))
        else:
            if here.kind == "number":
                # checked where the rows of the file are known: what learns gets a part of them
                numbers(here, "number", rows)
            used.append(here)
    if not used and not left_out:
        raise DataError(
            f"At least one column must be left to learn {shown(target)} from; there is no other one. Add columns."
        )
    if not used:
        raise DataError(
            f"At least one column must be left to learn {shown(target)} from; every other one was left out: "
            + "; ".join(f"{shown(name)} {reason}" for name, reason in left_out[:5])
            + ". Name columns to use."
        )
    return tuple(used), tuple(left_out)
