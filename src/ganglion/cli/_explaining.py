"""From a table and one of its columns, which holds labels from anywhere, to what the labels mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ParameterError
from ..data import Table
from ..data._screening import reason_to_leave_out
from ..data.tables import Column
from ..explain import Explanation, describe_clusters, explain_clusters, misfits
from ._reading import say_left_out
from ._talk import Talk

MOST_CLUSTERS = 5_000
MOST_RULED = 200  # rules for more are read by nobody, and their tree takes O(k^2)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for.

    Attributes
    ----------
    label_column : str
        The column of labels.
    columns : list of str or None
        Columns to describe; all others by default.
    max_categories, max_rules, examples, seed
        As in `explain_clusters`.
    """

    label_column: str
    columns: list[str] | None
    max_categories: int
    max_rules: int | None
    examples: int
    seed: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Explained:
    """Explained labels.

    Attributes
    ----------
    table : Table
        The rows.
    asked : Asked
        What was asked for.
    rows : ndarray of shape (m,), int64
        The rows that have a label.
    columns : tuple of str
        What they are described by.
    left_out : tuple of (str, str)
        Other columns, each with the reason.
    notes : tuple of str
        What else a reader should know.
    labels : ndarray of shape (m,)
        The label of each, in the numbers of the cards.
    found : Explanation
        What the labels mean.
    """

    table: Table
    asked: Asked
    rows: NDArray[np.int64]
    columns: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    labels: NDArray[np.int64]
    found: Explanation


def explain_table(table: Table, asked: Asked, talk: Talk) -> Explained:
    """Explain the labels in one column by the other columns.

    Parameters
    ----------
    table : Table
        The rows.
    asked : Asked
        Which column holds the labels, and what to describe.
    talk : Talk
        Where notes are shown.

    Returns
    -------
    Explained
        The record from which everything is printed and written.

    Raises
    ------
    ParameterError
        The labels are among the columns to describe.
    DataError
        The labels are no labels, or nothing is left to describe them by.
    """
    rows, labels = read_labels(table.column(asked.label_column))
    notes: list[str] = []
    if len(rows) < table.n_rows:
        n = table.n_rows - len(rows)
        notes.append(
            f"{n:,} row{'' if n == 1 else 's'} without a label in {asked.label_column!r} left out"
        )
    columns, left_out = _described(table, asked)
    k = len(set(labels.tolist()))
    if k > MOST_RULED:
        notes.append(
            f"{k:,} different labels in {asked.label_column!r}: each is described, but rules are made for at most "
            f"{MOST_RULED}"
        )
    say_left_out(left_out, talk)
    for note in notes:
        talk.note(note)
    with talk.bar("explaining"), talk.listening():
        found = _explained(table, labels, rows, columns, asked, with_rules=k <= MOST_RULED)
    return Explained(
        table=table,
        asked=asked,
        rows=rows,
        columns=tuple(columns),
        left_out=tuple(left_out),
        notes=tuple(notes),
        labels=_numbered(labels),
        found=found,
    )


def _explained(
    table: Table,
    labels: NDArray[Any],
    rows: NDArray[np.int64],
    columns: list[str],
    asked: Asked,
    *,
    with_rules: bool,
) -> Explanation:
    """Return cards and misfits, and rules where there are not too many clusters for them."""
    about: dict[str, Any] = {
        "names": columns,
        "rows": rows,
        "max_categories": asked.max_categories,
    }
    if not with_rules:
        cards = describe_clusters(table, labels, n_examples=asked.examples, **about)
        return Explanation(cards, None, None, misfits(table, labels, **about))
    return explain_clusters(
        table,
        labels,
        max_leaves=asked.max_rules,
        n_examples=asked.examples,
        random_state=asked.seed,
        **about,
    )


def _numbered(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return labels in the numbers of the cards: integers as they are, texts by their place in order."""
    if labels.dtype.kind in "iu":
        return labels.astype(np.int64)
    return np.unique(labels.astype(str), return_inverse=True)[1].astype(np.int64)


def read_labels(column: Column) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the rows (m,) that have a label, and the labels: integers, or texts."""
    rows = np.flatnonzero(~column.missing)
    values = column.values[rows]
    if len(rows) == 0:
        raise DataError(f"Column {column.name!r} must hold labels; all its cells are empty.")
    if column.kind == "number":
        labels = _whole(column.name, values, rows)
    elif column.kind == "boolean":
        labels = np.where(values > 0, "true", "false")
    elif column.kind in ("text", "category"):
        labels = np.array([str(cell) for cell in values], dtype=object)
    else:
        what = "dates" if column.kind == "date" else column.note or "no labels"
        raise DataError(
            f"Column {column.name!r} must hold labels, whole numbers or texts; it holds {what}. Name another column."
        )
    distinct = len(set(labels.tolist()))
    if distinct > MOST_CLUSTERS or 1 < distinct == len(rows):
        raise DataError(
            f"Labels must be shared by rows, {MOST_CLUSTERS:,} different ones at most; column {column.name!r} holds "
            f"{distinct:,} in {len(rows):,} rows. Name the column of the clusters."
        )
    return rows, labels


def _whole(name: str, values: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels that are numbers as integers."""
    if values.dtype.kind == "f":
        wrong = ~((values == np.floor(values)) & (np.abs(values) < 2.0**53))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise DataError(
                f"Labels that are numbers must be whole; column {name!r} holds {values[at]:g} in row {rows[at] + 1:,}. "
                "Name the column of the clusters."
            )
    return values.astype(np.int64)


def _described(table: Table, asked: Asked) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the columns that say something about rows, and the others with the reason."""
    if asked.columns is not None and asked.label_column in asked.columns:
        raise ParameterError(
            f"--columns must not name the labels, which would explain themselves; got {asked.label_column!r}. Leave it "
            "out."
        )
    wanted = None if asked.columns is None else {table.column(name).name for name in asked.columns}
    columns: list[str] = []
    left_out: list[tuple[str, str]] = []
    for column in table.columns:
        if column.name == asked.label_column or (wanted is not None and column.name not in wanted):
            continue
        reason = _reason(column, wanted is not None, asked.max_categories)
        if reason:
            left_out.append((column.name, reason))
        else:
            columns.append(column.name)
    if not columns:
        why = "; ".join(f"{name}: {reason}" for name, reason in left_out[:3])
        raise DataError(
            f"Labels are explained by other columns; there is none that can be used{f' ({why})' if why else ''}. Give "
            "a table with more columns, or name some with --columns."
        )
    return columns, left_out


def _reason(column: Column, wanted: bool, max_categories: int) -> str:
    """Say why a column describes nothing, or "" where it does; dates do."""
    if column.kind != "date":
        return reason_to_leave_out(
            column, wanted=wanted, keep_gaps=True, max_categories=max_categories
        )
    present = column.values[~column.missing]
    if len(present) == 0:
        return "all its values are missing"
    return "" if (present != present[0]).any() else f"has one value only ({present[0]})"
