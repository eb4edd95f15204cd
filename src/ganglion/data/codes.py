"""From a table to one number for each cell: measurements, 0 and 1, codes of texts, NaN where one is missing.

What describes columns one by one needs no scaling, no indicator columns, and no value in place of a missing one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ParameterError
from ._encoding import ColumnCode, Encoding, Floats, complete_rows, numbers, texts
from ._records import Column, Table, positions, shown


@dataclass(frozen=True, eq=False)
class CodedRows:
    """The rows of a table, one number for each cell.

    Attributes
    ----------
    X : ndarray of shape (n, d), float64
        A column for each used column of the table; NaN where a cell is missing.
    names : tuple of str
        The columns of the table.
    rows : ndarray of shape (n,), int64
        The row of the table that each row of X is, from 0.
    notes : tuple of str
        What became of rows and cells that are missing, and of texts that are not known.
    missing : dict
        Count of missing values by column, of those that have any.
    """

    X: Floats
    names: tuple[str, ...]
    rows: NDArray[np.int64]
    notes: tuple[str, ...]
    missing: dict[str, int]


def coded_rows(encoding: Encoding, table: Table, *, keep_gaps: bool = False) -> CodedRows:
    """Turn the columns of an encoding into codes.

    Parameters
    ----------
    encoding : Encoding
        Which columns, of which kinds, with which categories; its scales are not used.
    table : Table
        A table with at least the encoding's columns.
    keep_gaps : bool
        Keep missing cells as NaN, and rows that have any other cell; otherwise the encoding's policy decides. A text
        that the encoding does not know is a missing cell too.

    Returns
    -------
    CodedRows
        The matrix, and which rows it holds.

    Raises
    ------
    DataError
        A column is not there, holds another kind of values, is infinite somewhere, or has gaps where none may be.

    Examples
    --------
    >>> from ganglion.data import design_matrix, table_from_frame
    >>> from ganglion.data.codes import coded_rows
    >>> table = table_from_frame({"mass": [1.0, None, 3.0], "sex": ["f", "m", "f"]})
    >>> coded_rows(design_matrix(table, missing="impute").encoding, table, keep_gaps=True).X.tolist()
    [[1.0, 0.0], [nan, 1.0], [3.0, 0.0]]
    """
    names = tuple(code.column for code in encoding.columns)
    try:
        columns = [table.columns[at] for at in positions(list(names), table.names)]
    except ParameterError as error:
        raise DataError(
            f"New rows must have the columns that were used: {', '.join(map(shown, names))}; these have "
            f"{', '.join(map(shown, table.names[:12]))}. Add the missing ones."
        ) from error
    codes, unknown = _all_codes(encoding, columns)
    missing = {column.name: int(column.missing.sum()) for column in columns if column.missing.any()}
    if keep_gaps:
        rows = np.flatnonzero(~np.isnan(codes).all(axis=1)).astype(np.int64)
    else:
        kept = complete_rows(columns, encoding.missing)[0]
        codes = _filled(codes, encoding) if encoding.missing == "impute" else codes
        rows = kept[~np.isnan(codes[kept]).any(axis=1)]
    gaps = int(np.isnan(codes[rows]).sum())
    notes = _notes((table.n_rows, len(rows)), gaps, unknown, keep_gaps)
    return CodedRows(np.ascontiguousarray(codes[rows]), names, rows, notes, missing)


def _all_codes(encoding: Encoding, columns: list[Column]) -> tuple[Floats, dict[str, int]]:
    """The codes of all rows, and how many texts of each column are not known."""
    X = np.empty((len(columns[0].values), len(columns)))
    unknown: dict[str, int] = {}
    for at, (code, column) in enumerate(zip(encoding.columns, columns, strict=True)):
        if code.kind == "category":
            X[:, at], count = _codes_of(code, column)
            if count:
                unknown[code.column] = count
        else:
            X[:, at] = np.where(column.missing, np.nan, numbers(column, code.kind))
    return X, unknown


def _codes_of(code: ColumnCode, column: Column) -> tuple[Floats, int]:
    """The place of each text among the categories, NaN where it is missing or not known."""
    place = {category: float(at) for at, category in enumerate(code.categories)}
    cells = texts(column)
    codes = np.array([np.nan if cell is None else place.get(cell, np.nan) for cell in cells])
    return codes, int(np.isnan(codes).sum()) - int(column.missing.sum())


def _filled(X: Floats, encoding: Encoding) -> Floats:
    """Fill what is missing by what the encoding says."""
    fills = [
        float(code.categories.index(str(code.fill)))
        if code.kind == "category"
        else float(code.fill)
        for code in encoding.columns
    ]
    return np.where(np.isnan(X), fills, X)


def _notes(
    sizes: tuple[int, int], gaps: int, unknown: dict[str, int], keep_gaps: bool
) -> tuple[str, ...]:
    """Say what became of what is missing, from the rows of the table and those that are used."""
    n_rows, n_kept = sizes
    notes = [
        f"{count} values of column {shown(name)} were not known and count as missing"
        for name, count in unknown.items()
    ]
    if n_kept < n_rows:
        why = "all their cells are missing" if keep_gaps else "they have missing values"
        notes.append(f"{n_rows - n_kept} of {n_rows} rows were left out: {why}")
    if gaps:
        cells = "1 missing cell is" if gaps == 1 else f"{gaps:,} missing cells are"
        notes.append(f"{cells} integrated out: what a row has counts, what it lacks does not")
    return tuple(notes)
