"""Labels joined to the rows they belong to, in a file that is there whole or not at all."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError, ParameterError
from .._replacing import replace_file
from ._encoding import texts
from ._records import Origin, Table, shown

DELIMITERS = {".csv": ",", ".txt": ",", ".tsv": "\t", ".tab": "\t"}
# Python's csv module would leave a lone carriage return unquoted where lines end with a line feed
NEEDS_QUOTES = {",": re.compile('[,"\\r]'), "\t": re.compile('[\t"\\r]')}
# what a spreadsheet computes: a leading = + - @, tab or line end, but no plain number such as -1.5 or +3e4
NUMBER = r"[+-](?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
FORMULA = re.compile(rf"(?!{NUMBER}\Z)[=+\-@\t\r\n]")
FORMULA_IN_LINES = re.compile(rf"^(?!{NUMBER}$)[=+\-@\t]", re.MULTILINE)

Row = tuple[str | None, ...]


def write_labels(
    table: Table,
    labels: ArrayLike,
    path: str | os.PathLike[str],
    *,
    rows: ArrayLike | None = None,
    name: str = "cluster",
    excel_safe: bool = True,
) -> str:
    """Write the table's rows with a column of labels behind them.

    Parameters
    ----------
    table : Table
        The table that was clustered. Where it came from a file, that file is read again, so that all its columns are
        written, and every cell as it stands there.
    labels : array-like of int, shape (n,)
        One label per row of the table, or per entry of `rows`.
    path : str or path
        The file to write: .csv, or .tsv for tabs. An existing file is replaced at the end, in one step.
    rows : array-like of int, optional
        The row, from 0, of each label, such as `DesignMatrix.rows`; the labels of other rows stay empty.
    name : str
        Name of the new column; where the table has it, name_2, name_3, ...
    excel_safe : bool
        Put an apostrophe before cells and names that a spreadsheet would take for a formula: those that begin with
        = + - @, a tab or a line end and are not numbers.

    Returns
    -------
    str
        The name that the new column got.

    Raises
    ------
    ParameterError
        The path's ending is not .csv or .tsv, or it is no regular file.
    DataError
        Labels and rows do not fit the table, or its file has changed since it was read.
    OSError
        The folder does not exist or cannot be written, or the disk is full; an existing file stays as it was.

    Notes
    -----
    The rows go to a temporary file in the same folder, which is flushed to the disk and renamed. UTF-8, quotes as in
    RFC 4180, lines ended by a line feed. Time O(rows x columns).

    Examples
    --------
    >>> import tempfile, os
    >>> from ganglion.data import table_from_frame, write_labels
    >>> path = os.path.join(tempfile.mkdtemp(), "labels.csv")
    >>> write_labels(table_from_frame({"x": [1.5, 2.0, None]}), [1, 0], path, rows=[0, 1])
    'cluster'
    >>> print(open(path).read(), end="")
    x,cluster
    1.5,1
    2,0
    ,
    """
    found: NDArray[Any] = np.asarray(labels)
    if found.ndim != 1 or (found.dtype.kind not in "iu" and len(found)):
        raise DataError(
            f"labels must be one integer per row; got shape {found.shape} of {found.dtype}. Pass labels_ or labels."
        )
    added = {name: [str(label) for label in found.tolist()]}
    return write_columns(table, added, path, rows=rows, excel_safe=excel_safe)[0]


def write_columns(
    table: Table,
    added: Mapping[str, Sequence[str]],
    path: str | os.PathLike[str],
    *,
    rows: ArrayLike | None = None,
    excel_safe: bool = True,
) -> tuple[str, ...]:
    """Write the table's rows with further columns of texts behind them.

    Parameters
    ----------
    table : Table
        The table that they belong to; read again where it came from a file, as for `write_labels`.
    added : mapping of str to sequence of str
        Columns by name, each with one text per row of the table, or per entry of `rows`.
    path : str or path
        The file to write, as for `write_labels`.
    rows : array-like of int, optional
        The row, from 0, of each text; the cells of other rows stay empty.
    excel_safe : bool
        Put an apostrophe before cells that a spreadsheet would take for a formula.

    Returns
    -------
    tuple of str
        The names that the new columns got.

    Raises
    ------
    ParameterError, DataError, OSError
        As for `write_labels`.

    Examples
    --------
    >>> import tempfile, os
    >>> from ganglion.data import table_from_frame
    >>> from ganglion.data.writing import write_columns
    >>> path = os.path.join(tempfile.mkdtemp(), "predicted.csv")
    >>> write_columns(table_from_frame({"x": [1.5, 2.0]}), {"kind": ["a", "b, c"]}, path)
    ('kind',)
    >>> print(open(path).read(), end="")
    x,kind
    1.5,a
    2,"b, c"
    """
    full = os.path.realpath(path)
    delimiter = _delimiter(full)
    columns = [
        _column(_spread(table.n_rows, cells, rows), delimiter, excel_safe)
        for cells in added.values()
    ]
    with _batches(table) as (names, batches):
        free: tuple[str, ...] = ()
        for name in added:
            free = (*free, _free_name(name, (*names, *free)))
        header = [_column([text], delimiter, excel_safe)[0] for text in (*names, *free)]

        def lines() -> Iterator[bytes]:
            yield (delimiter.join(header) + "\n").encode()
            written = 0
            for batch in batches:
                mine = [column[written : written + len(batch)] for column in columns]
                written += len(batch)
                if written > table.n_rows:
                    raise _changed(table.source)
                safe = [_column(cells, delimiter, excel_safe) for cells in zip(*batch, strict=True)]
                rows_of_text = (delimiter.join(cells) for cells in zip(*safe, *mine, strict=True))
                yield "".join(line + "\n" for line in rows_of_text).encode()
            if written < table.n_rows:
                raise _changed(table.source)

        replace_file(full, lines())
    return free


def _delimiter(full: str) -> str:
    """Return the delimiter for the path's ending, after checking that a file can stand there."""
    suffix = Path(full).suffix.lower()
    if suffix not in DELIMITERS:
        raise ParameterError(
            f"Labels are written as .csv or .tsv; got {shown(os.path.basename(full))}. Change the ending."
        )
    if os.path.exists(full) and not stat.S_ISREG(os.stat(full).st_mode):
        raise ParameterError(
            f"Labels are written to a regular file; {shown(full)} is a folder, a pipe or a device. Name a file."
        )
    return DELIMITERS[suffix]


def _spread(n_rows: int, cells: Sequence[str], rows: ArrayLike | None) -> list[str]:
    """Return the text of a new column for every row of the table; empty where it has none."""
    place = np.arange(n_rows) if rows is None else np.asarray(rows, dtype=np.int64)
    if len(cells) != len(place):
        raise DataError(
            f"labels must have one entry per row; got {len(cells)} labels for {len(place)} rows. "
            "Pass rows= where rows were left out."
        )
    if len(place) and (
        place.min() < 0 or place.max() >= n_rows or len(np.unique(place)) < len(place)
    ):
        raise DataError(
            f"rows must be different rows of the table, 0 to {n_rows - 1}; got {int(place.min())} to "
            f"{int(place.max())}. Pass the rows of the same table's design matrix."
        )
    column = [""] * n_rows
    for at, cell in zip(place.tolist(), cells, strict=True):
        column[at] = cell
    return column


def _free_name(name: str, names: tuple[str, ...]) -> str:
    """Return `name`, numbered where the table has it already."""
    taken, number, free = set(names), 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _column(cells: Sequence[str | None], delimiter: str, excel_safe: bool) -> list[str]:
    """Return a column's cells as they stand in the file, quoted and disarmed where they need it."""
    plain = [cell or "" for cell in cells]
    # nearly all columns need nothing: one search over the whole batch says so
    joined = "\n".join(plain)
    needs_quotes = NEEDS_QUOTES[delimiter]
    is_calm = joined.count("\n") == len(plain) - 1 and not needs_quotes.search(joined)
    if is_calm and not (excel_safe and FORMULA_IN_LINES.search(joined)):
        return plain
    if excel_safe:
        plain = [f"'{cell}" if FORMULA.match(cell) else cell for cell in plain]
    quoted = (f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in plain)
    return [
        full if needs_quotes.search(cell) or "\n" in cell else cell
        for cell, full in zip(plain, quoted, strict=True)
    ]


@contextmanager
def _batches(table: Table) -> Generator[tuple[tuple[str, ...], Iterator[list[Row]]]]:
    """Give the names and rows of the table as text: from its file where it has one, with all the file's columns."""
    if table.origin is None:
        columns = [texts(column) for column in table.columns]
        yield table.names, iter([list(zip(*columns, strict=True))])
        return
    from . import _database, _files

    origin = table.origin
    _check_unchanged(table, origin)
    with (
        _files.open_table_file(origin.path, origin.header, origin.limits, origin.encoding) as file,
        _database.connect(file) as connection,
    ):
        names = _database.column_names(connection, file, origin.limits)
        yield names, _database.text_rows(connection, file, len(names))


def _check_unchanged(table: Table, origin: Origin) -> None:
    """The file must still be the one that was read."""
    try:
        status = os.stat(origin.path)
    except FileNotFoundError as error:
        raise _changed(table.source) from error
    if (status.st_size, status.st_mtime_ns) != (origin.size, origin.modified):
        raise _changed(table.source)


def _changed(source: str) -> DataError:
    """Return the error for a file that is not the one that was read."""
    return DataError(
        f"The table's file must stay as it was read; {shown(source)} has changed since. Read and cluster it again."
    )
