"""Tables from files and from data frames: named columns, in file order, or an error that says what is wrong where."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from .._errors import DataError, ParameterError
from ._records import Column, Kind, Limits, Origin, Table, positions, shown

__all__ = [
    "MISSING",
    "Column",
    "Kind",
    "Limits",
    "Origin",
    "Table",
    "read_table",
    "table_from_frame",
]

MISSING = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "Null", "null", "None", "<NA>")


def read_table(
    path: str | os.PathLike[str],
    *,
    columns: Iterable[str] | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str = ".",
    missing_values: tuple[str, ...] = MISSING,
    limits: Limits | None = None,
) -> Table:
    """Read a table from a CSV, TSV, Parquet or JSON lines file.

    Parameters
    ----------
    path : str or path
        The file. Its name tells the format: .csv, .tsv, .tab, .txt (text with a delimiter), .parquet, .pq, .jsonl,
        .ndjson, .json (one object a line); text may be gzipped (.csv.gz).
    columns : iterable of str, optional
        Names of the columns to read, in this order; all by default.
    header : bool, optional
        Whether the first line of delimited text holds the names. By default it must, and a first line of nothing but
        numbers is an error; True takes such names; False numbers the columns: column_1, column_2, ...
    encoding : str, optional
        Encoding of text, by Python's name, such as "windows-1252". By default UTF-8, and what a file that is not UTF-8
        shows: see Notes.
    decimal : {".", ","}
        Decimal mark of delimited text; the other mark may group thousands: 1.234,56 with a comma.
    missing_values : tuple of str
        Cells of delimited text that mean "missing", besides empty ones. Parquet and JSON have null for this.
    limits : Limits, optional
        Caps on bytes, rows, columns, cells and lengths.

    Returns
    -------
    Table
        Columns in the order asked for, rows in the order of the file.

    Raises
    ------
    DataError
        The file is not a table of its format: empty, ragged, binary, in an encoding that it does not show, two columns
        of one name, no rows, over a limit, numbers with a decimal comma.
    ParameterError
        A name in `columns` is not in the file; `decimal` is neither mark; `encoding` is not known.
    OSError
        There is no such file, it is a folder, or it may not be read.

    Notes
    -----
    The delimiter is the one of comma, semicolon, tab and bar that occurs most often in the first line outside quotes
    (in .tsv, tab before the others). Quotes are double quotes, doubled inside a field. Blanks around a cell are
    dropped, and blank lines are skipped (in a file of one column they are missing values).

    A column of delimited text gets the first kind that *all* its cells have: boolean (true, false), date (ISO 8601),
    number (1, -2.5, 1e3, nan, inf), otherwise text. With a decimal point, commas group thousands where a cell of the
    column leaves no doubt of it (1,234.5 or 1,234,567), which `Column.note` says. Whole numbers with leading zeros,
    such as postal codes, are text.

    A column of texts, of any file, is one of numbers where all its cells are amounts or percentages with their sign:
    $12, € 1.234,50, 12 kr, (12.00) for -12, 12 % for 12. Its cells decide on the decimal mark; a single cell of
    another kind, or a second currency, and it stays text. `Column.note` says so, and how a cell was read that can be
    meant in two ways.

    Text that is not UTF-8 is read as UTF-16 or UTF-32 where its mark says so (UTF-16 also without one), else in the
    older encoding in which its letters beyond ASCII are as frequent as in a language that is written in it: of
    Windows-1250 to 1257, ISO-8859-2 and KOI8 the one under which they are at least 50 times as probable as under any
    other that reads a word of it differently (1,000 times, where they are in fewer than four words); where there is no
    such one, that is an error. `Table.notes` says which one was taken. Ten bytes can say little: look at the word that
    the note shows.

    duckdb parses, in a connection that can open this file and nothing else; nothing in the file becomes a statement,
    nothing is fetched from a network. Memory: the file's text plus 8 bytes a number. Names in messages and row
    numbers count from 1, without the header.

    Examples
    --------
    >>> from ganglion.data import example_path, read_table
    >>> table = read_table(example_path("penguins"), columns=["species", "body_mass_g"])
    >>> table.n_rows, [column.kind for column in table.columns]
    (344, ['text', 'number'])
    """
    from . import (
        _database,
        _files,
        _parsing,
        _text_encodings,
    )  # duckdb is loaded by those who read files only

    if decimal not in (".", ","):
        raise ParameterError(f"decimal must be '.' or ','; got {decimal!r}. Pass one of them.")
    _text_encodings.check_encoding(encoding)
    cap = Limits() if limits is None else limits
    full = os.path.abspath(path)
    with (
        _files.open_table_file(full, header, cap, encoding) as file,
        _database.connect(file) as connection,
    ):
        names = _database.column_names(connection, file, cap)
        wanted = names if columns is None else _listed(columns)
        chosen = positions(wanted, names)
        most = min(cap.rows, cap.cells // max(1, len(chosen)))
        n_rows = _database.load(connection, file, len(names), chosen, missing_values, most)
        if n_rows > most:
            raise _database.too_many_rows(file, most)
        if n_rows == 0:
            raise DataError(
                f"A table needs at least one row; {file.name} holds the column names only. Add rows."
            )
        picked = {at: names[at] for at in chosen}
        if file.format == "csv":
            options = _parsing.TextOptions(decimal, missing_values)
            found = _parsing.text_columns(connection, file, picked, options, cap)
        else:
            found = _parsing.typed_columns(connection, file, picked, cap)
    status = os.stat(full)
    origin = Origin(full, header, cap, status.st_size, status.st_mtime_ns, encoding)
    return Table(found, n_rows, os.path.basename(full), origin, file.notes)


def _listed(columns: Iterable[str]) -> list[str]:
    """Return the wanted names; a single string is a slip."""
    if isinstance(columns, str):
        raise ParameterError(
            f"columns must be a list of names; got the string {shown(columns)}. Put it in brackets."
        )
    wanted = list(columns)
    if not wanted:
        raise ParameterError(
            "columns must name at least one column; got none. Name one or leave it out."
        )
    return wanted


def table_from_frame(frame: Any, *, columns: Iterable[str] | None = None) -> Table:
    """Take a data frame, or a dict of arrays, as a table.

    Parameters
    ----------
    frame : data frame or dict
        Any eager data frame that narwhals knows (pandas, polars, pyarrow, modin, ...), or a dict from names to
        one-dimensional arrays or lists of equal length.
    columns : iterable of str, optional
        Names of the columns to take, in this order; all by default.

    Returns
    -------
    Table
        The same columns and rows; `source` is "data frame".

    Raises
    ------
    DataError
        It is no data frame, has no rows or columns, two columns of one name, or lists of different lengths.
    ParameterError
        A name in `columns` is not in the frame.

    Notes
    -----
    Texts are taken as they are: "NA" is a text here, None and NaN are missing. Names that are not strings become
    strings.

    Examples
    --------
    >>> from ganglion.data import table_from_frame
    >>> table_from_frame({"x": [1.0, None, 3.0], "g": ["a", "b", None]}).column("x").values
    array([ 1., nan,  3.])
    """
    from . import _frames

    found = _frames.columns_of(frame, None if columns is None else _listed(columns))
    n_rows = len(found[0].values)
    if n_rows == 0:
        raise DataError("A table needs at least one row; the data frame has none. Add rows.")
    return Table(found, n_rows, "data frame")
