"""From a table to things with distances: rows of numbers, texts of one column, or rows of mixed cells."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ParameterError
from ..data import Column, DesignMatrix, Table
from ..distances import METRICS, Items, as_items
from ..distances.catalogue import find_metric
from ..report._wording import number
from ._printing import plural
from ._reading import Coding, say_left_out
from ._talk import Talk

# Of these, clusters of all rows and of the different texts alone are the same clusters: equal texts have distance 0
# and merge first, and what they are then compared by does not depend on how many they are, or is weighted by it.
BY_DISTINCT = ("single", "complete", "average", "weighted", "minimax", "mst", "medoids")
WEIGHTED = ("average", "medoids")
BY_VECTORS = ("ward", "centroid", "median", "bisecting", "pddp")
CELLS_TOLD = 6
LONGEST_CELL = 40


@dataclass(frozen=True, eq=False, kw_only=True)
class Subjects:
    """What is clustered.

    Attributes
    ----------
    table : Table
        The rows.
    rows : ndarray of shape (m,), int64
        The rows of the table that take part.
    items : Items
        What has distances: the rows, or their different texts.
    owner : ndarray of shape (m,), int64
        The item of each of those rows.
    counts : ndarray of shape (n,), int64
        How many rows each item stands for.
    fuller : ndarray of shape (n,), bool, or None
        The items with few enough missing cells to stand for others; None where no cell is missing.
    heads : tuple of str
        What to call each item in few words: its text, its identifier, or the number of its row.
    names : tuple of str
        The same, with the first cells of a row.
    described : DesignMatrix, Table or None
        What clusters are described by; None for texts.
    columns : tuple of str
        The columns that were used.
    left_out : tuple of (str, str)
        The others, each with the reason.
    notes : tuple of str
        What became of missing values, and which metric was chosen and why.
    scale : str
        How columns were brought to one scale.
    """

    table: Table
    rows: NDArray[np.int64]
    items: Items
    owner: NDArray[np.int64]
    counts: NDArray[np.int64]
    fuller: NDArray[np.bool_] | None
    heads: tuple[str, ...]
    names: tuple[str, ...]
    described: DesignMatrix | Table | None
    columns: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    scale: str

    @property
    def is_distinct(self) -> bool:
        """Whether an item stands for all rows with its text."""
        return len(self.counts) < len(self.rows)

    @property
    def noun(self) -> str:
        """What an item is called."""
        return "text" if self.described is None else "row"


def subjects_of(
    table: Table, coding: Coding, method: str, metric: str | None, talk: Talk
) -> Subjects:
    """Return what a method clusters of a table, after saying what was left out.

    Parameters
    ----------
    table : Table
        The rows.
    coding : Coding
        Which columns, and how they become numbers.
    method : str
        What will cluster them.
    metric : str or None
        The distance; None chooses one by the method and the columns.
    talk : Talk
        Where notes are shown.

    Returns
    -------
    Subjects
        Items with their rows and names.

    Raises
    ------
    ParameterError, DataError
        The columns are not what the metric compares.
    """
    chosen, why = _metric_of(table, coding, method, metric)
    kind = METRICS[chosen].kind
    if kind == "texts":
        found = _texts(table, coding, method, chosen, why)
    elif kind == "tables":
        found = _records(table, coding, chosen, why)
        if method == "medoids" and found.fuller is not None:
            found = _with_note(
                found,
                f"examples are sought among the {int(found.fuller.sum()):,} rows with the fewest missing cells; "
                "each row goes to the nearest",
            )
    elif kind in ("vectors", "rows or sets"):
        _check_numbers(table, coding, method, chosen)
        found = _vectors(table, coding, chosen, why)
    else:
        raise ParameterError(
            f"--metric {chosen} compares {kind}, which a table does not hold. Use gower, euclidean or levenshtein; in "
            "Python (ganglion.linkage) there are more ways in."
        )
    say_left_out(found.left_out, talk)
    for note in found.notes:
        talk.note(note)
    return found


def _metric_of(table: Table, coding: Coding, method: str, metric: str | None) -> tuple[str, str]:
    """Return the metric, and a note where it was chosen here."""
    if metric is not None:
        return find_metric(metric).name, ""
    if method in BY_VECTORS:
        return "euclidean", ""
    columns = _asked_columns(table, coding)
    texts = [column for column in columns if column.kind in ("text", "category")]
    if len(columns) == len(texts) == 1:
        return "levenshtein", "texts are compared by edit distance (--metric levenshtein)"
    mixed = texts if coding.columns is not None else [c for c in texts if _is_category(c, coding)]
    if mixed:
        return "gower", "numbers and texts are compared by Gower's distance (--metric gower)"
    return "euclidean", ""


def _check_numbers(table: Table, coding: Coding, method: str, metric: str) -> None:
    """Refuse one column of texts that differ, where rows of numbers are compared, and say what compares texts."""
    columns = _asked_columns(table, coding)
    if len(columns) != 1 or columns[0].kind not in ("text", "category"):
        return
    different = len(set(columns[0].values.tolist()) - {None})
    if different <= coding.max_categories:
        return
    raise ParameterError(
        f"--method {method} with --metric {metric} compares numbers; column {columns[0].name!r} holds {different:,} "
        "different texts. Compare them by edit distance: --method average --metric levenshtein."
    )


def _is_category(column: Column, coding: Coding) -> bool:
    """Whether a column of texts has few enough of them to compare rows by."""
    return 1 < len(set(column.values.tolist()) - {None}) <= coding.max_categories


def _asked_columns(table: Table, coding: Coding) -> list[Column]:
    """The columns that may be used."""
    return (
        list(table.columns)
        if coding.columns is None
        else [table.column(name) for name in coding.columns]
    )


def _texts(table: Table, coding: Coding, method: str, metric: str, why: str) -> Subjects:
    """The texts of one column, each once where that gives the same clusters."""
    column = _text_column(table, coding, metric)
    rows = np.flatnonzero(~column.missing).astype(np.int64)
    gaps = table.n_rows - len(rows)
    if gaps and coding.missing == "error":
        raise DataError(
            f"Column {column.name!r} must not have missing values under missing='error'; got {gaps}. "
            "Pass missing='drop'."
        )
    if len(rows) == 0:
        raise DataError(f"Column {column.name!r} must hold texts; all its values are missing.")
    texts = [unicodedata.normalize("NFC", text) for text in column.values[rows].tolist()]
    place: dict[str, int] = {}
    owner = np.array([place.setdefault(text, len(place)) for text in texts], dtype=np.int64)
    different = list(place)
    notes = [why] if why else []
    notes += [f"{gaps} of {table.n_rows} rows were left out: they have no text"] if gaps else []
    if len(different) == len(texts) or method not in BY_DISTINCT:
        different, owner = texts, np.arange(len(texts))
    else:
        notes.append(
            f"{len(texts):,} rows hold {plural(len(different), 'different text')}; each is clustered once"
        )
    return Subjects(
        table=table,
        rows=rows,
        items=as_items(different, metric),
        owner=owner,
        counts=np.bincount(owner, minlength=len(different)),
        fuller=None,
        heads=tuple(different),
        names=tuple(different),
        described=None,
        columns=(column.name,),
        left_out=(),
        notes=tuple(notes),
        scale="none",
    )


def _text_column(table: Table, coding: Coding, metric: str) -> Column:
    """The one column of texts, by name or because there is no other."""
    columns = [
        column
        for column in _asked_columns(table, coding)
        if column.kind in ("text", "category") or coding.columns is not None
    ]
    if len(columns) != 1 or columns[0].kind not in ("text", "category"):
        names = ", ".join(repr(f"{c.name} ({c.kind})") for c in columns) or "none"
        raise ParameterError(
            f"--metric {metric} compares the texts of one column; got {names}. Name one with --columns."
        )
    return columns[0]


def _vectors(table: Table, coding: Coding, metric: str, why: str) -> Subjects:
    """Rows of numbers, as for k-means; for distances between sets as they are, 0 and 1."""
    is_binary = METRICS[metric].kind == "rows or sets"
    design = (replace(coding, scale="none") if is_binary else coding).matrix(table)
    values: NDArray[Any] = design.X
    if is_binary:
        if not np.isin(values, (0.0, 1.0)).all():
            raise ParameterError(
                f"--metric {metric} compares columns of 0 and 1 (or true and false, or texts); another number was "
                "found. Name columns with --columns."
            )
        values = values.astype(np.bool_)
    every = np.arange(len(design.rows))
    heads = _heads(table, design.rows, design.left_out)
    return Subjects(
        table=table,
        rows=design.rows,
        items=as_items(values, metric),
        owner=every,
        counts=np.ones(len(every), dtype=np.int64),
        fuller=None,
        heads=heads,
        names=_with_cells(heads, table, design.rows, design.kept),
        described=design,
        columns=design.kept,
        left_out=design.left_out,
        notes=((why,) if why else ()) + design.notes,
        scale=design.encoding.scale,
    )


def _records(table: Table, coding: Coding, metric: str, why: str) -> Subjects:
    """Rows of mixed cells: the distance itself weighs numbers by their range and leaves out what is missing."""
    if coding.missing == "error":
        coding.matrix(table)  # which says where values are missing
    design = replace(coding, missing="impute").matrix(table)
    asked = _asked_columns(table, coding)
    columns = tuple(c for c in asked if c.name in design.kept or _is_date(c))
    names = tuple(column.name for column in columns)
    known = ~np.all([column.missing for column in columns], axis=0)
    rows = np.flatnonzero(known).astype(np.int64)
    parts = tuple(replace(column, values=column.values[rows]) for column in columns)
    used = Table(parts, len(rows), table.source)
    missing = np.array([column.missing for column in used.columns]).sum(axis=0)
    gaps = int(missing.sum())
    left_out = tuple(pair for pair in design.left_out if pair[0] not in names)
    heads = _heads(table, rows, left_out)
    notes = [why] if why else []
    if gaps:
        notes.append(f"{gaps:,} missing cells take no part: rows are compared by what both have")
    if len(rows) < table.n_rows:
        notes.append(
            f"{table.n_rows - len(rows)} of {table.n_rows} rows were left out: all their cells are missing"
        )
    return Subjects(
        table=table,
        rows=rows,
        items=as_items(used, metric),
        owner=np.arange(len(rows)),
        counts=np.ones(len(rows), dtype=np.int64),
        fuller=_fuller(missing),
        heads=heads,
        names=_with_cells(heads, table, rows, names),
        described=used,
        columns=names,
        left_out=left_out,
        notes=tuple(notes),
        scale="range",
    )


def _is_date(column: Column) -> bool:
    """Whether a column holds dates that tell rows apart: coded columns leave them out, this distance does not."""
    if column.kind != "date":
        return False
    known = column.values[~column.missing]
    return 2 * len(known) >= len(column.values) and len(np.unique(known)) > 1


def _fuller(missing: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """The half of the rows with the fewest missing cells, and all that have as few.

    A row with few known cells is near to everything that agrees in those: it would be the best example of all.
    """
    if not missing.any():
        return None
    return missing <= np.sort(missing)[(len(missing) - 1) // 2]


def _with_note(subjects: Subjects, note: str) -> Subjects:
    """Add a note."""
    return replace(subjects, notes=(*subjects.notes, note))


def _heads(
    table: Table, rows: NDArray[np.int64], left_out: tuple[tuple[str, str], ...]
) -> tuple[str, ...]:
    """Call each row by its identifier, where the table has one, or by its number."""
    keys = [name for name, reason in left_out if reason.startswith("looks like an identifier")]
    if not keys:
        return tuple(f"row {row + 1:,}" for row in rows.tolist())
    return tuple(str(key) for key in table.column(keys[0]).values[rows].tolist())


def _with_cells(
    heads: tuple[str, ...], table: Table, rows: NDArray[np.int64], kept: tuple[str, ...]
) -> tuple[str, ...]:
    """Add the first cells of each row to what it is called."""
    cells = [table.column(name).values[rows].tolist() for name in kept[:CELLS_TOLD]]
    names: list[str] = []
    for at, head in enumerate(heads):
        told = [f"{name} {_cell(column[at])}" for name, column in zip(kept, cells, strict=False)]
        names.append(f"{head}: {', '.join(told)}")
    return tuple(names)


def _cell(value: object) -> str:
    """Return a cell in few characters."""
    if value is None or value != value:
        return "?"
    text = number(value) if isinstance(value, float) else str(value)
    text = text.removesuffix(" 00:00:00")  # of a date without a time
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
