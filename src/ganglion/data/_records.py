"""What a table is once it has been read: named columns of one kind each, and where they came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .._errors import ParameterError

Kind = Literal["number", "boolean", "category", "text", "date", "other"]
Values = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that a reader takes in before it refuses the file.

    Attributes
    ----------
    bytes : int
        Size of the file, and of what it expands to where it is compressed.
    rows, columns, cells : int
        Size of the table; cells is rows times columns.
    field_length : int
        Characters in one cell.
    name_length : int
        Characters in a column's name.
    """

    bytes: int = 8 * 2**30
    rows: int = 50_000_000
    columns: int = 10_000
    cells: int = 500_000_000
    field_length: int = 1_000_000
    name_length: int = 1_000


@dataclass(frozen=True)
class Column:
    """One named column.

    Attributes
    ----------
    name : str
        Name as in the file, without blanks around it; any characters otherwise.
    values : ndarray of shape (n_rows,)
        number: int64, or float64 with NaN where missing; boolean: float64 with 0, 1 and NaN;
        category, text and other: objects, str or None; date: datetime64 with NaT.
    kind : {"number", "boolean", "category", "text", "date", "other"}
        category is text whose file or frame declares it to be one; other (lists, times, binary) is
        kept as text and takes no part in an analysis.
    note : str
        What a reader should know about how the column was read; empty in most cases.
    """

    name: str
    values: Values
    kind: Kind
    note: str = ""

    @property
    def missing(self) -> NDArray[np.bool_]:
        """True where the value is missing, shape (n_rows,)."""
        values = self.values
        if values.dtype.kind == "f":
            return np.isnan(values)
        if values.dtype.kind == "M":
            return np.isnat(values)
        if values.dtype.kind == "O":
            return np.fromiter((v is None for v in values), dtype=np.bool_, count=len(values))
        return np.zeros(len(values), dtype=np.bool_)


@dataclass(frozen=True)
class Origin:
    """The file a table was read from: enough to read the same rows again and to see that it changed.

    Attributes
    ----------
    path : str
        Absolute path.
    header : bool or None
        The `header` that the file was read with.
    limits : Limits
        The limits it was read under.
    size, modified : int
        Bytes, and time of the last change in nanoseconds.
    encoding : str or None
        The `encoding` that the file was read with.
    """

    path: str
    header: bool | None
    limits: Limits
    size: int
    modified: int
    encoding: str | None = None


@dataclass(frozen=True)
class Table:
    """Columns of equal length, in the order of the file.

    Attributes
    ----------
    columns : tuple of Column
        The columns that were asked for.
    n_rows : int
        Number of rows.
    source : str
        The file's name without its folder, or "data frame", for people.
    origin : Origin or None
        The file; None where the table came from memory.
    notes : tuple of str
        What a reader should know about how the file was read, such as its encoding where that is not UTF-8.
    """

    columns: tuple[Column, ...]
    n_rows: int
    source: str
    origin: Origin | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column `name`.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Column
            The column.

        Raises
        ------
        ParameterError
            There is no such column; the message offers names that are close.
        """
        return self.columns[positions([name], self.names)[0]]


def positions(wanted: Iterable[str], names: tuple[str, ...]) -> list[int]:
    """Where each of `wanted` stands in `names`, each once and in the order of `wanted`."""
    place = {name: at for at, name in enumerate(names)}
    found: dict[int, None] = {}
    for name in wanted:
        if name not in place:
            close = get_close_matches(str(name), names, n=3, cutoff=0.5) or list(names[:8])
            raise ParameterError(
                f"Every column that is named must be in the table; got {shown(name)}. "
                f"Did you mean {', '.join(shown(c) for c in close)}?"
            )
        found[place[name]] = None
    return list(found)


def shown(value: object, length: int = 60) -> str:
    """Return a value from a file for an error message: one line, short, no control characters."""
    text = str(value)
    return repr(text if len(text) <= length else text[: length - 3] + "...")
