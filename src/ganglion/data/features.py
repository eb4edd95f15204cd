"""From a table to the matrix that algorithms work on, with an account of everything that was changed or left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ParameterError
from ._encoding import (
    ColumnCode,
    Encoding,
    Floats,
    Missing,
    Scale,
    complete_rows,
    numbers,
    subset,
)
from ._learning import learn
from ._records import Column, Table, positions, shown
from ._screening import notes_on_columns, reason_to_leave_out

__all__ = ["ColumnCode", "DesignMatrix", "Encoding", "apply_encoding", "design_matrix"]


@dataclass(frozen=True)
class DesignMatrix:
    """A table as numbers, and how it became so.

    Attributes
    ----------
    X : ndarray of shape (n, d), float64
        The matrix; finite, C-contiguous.
    names : tuple of str
        One name per column of X: "mass", or "species=Adelie" for a category.
    kept : tuple of str
        The table's columns that were used.
    left_out : tuple of (str, str)
        The others, each with the reason.
    notes : tuple of str
        What else a reader should know: rows left out, values filled in, texts not known.
    missing : dict
        Count of missing values by column, of the used columns that have any.
    rows : ndarray of shape (n,), int64
        The row of the table that each row of X is, from 0.
    n_table_rows : int
        Rows of the table.
    encoding : Encoding
        Centres, scales and categories, to do the same with other rows.
    """

    X: Floats
    names: tuple[str, ...]
    kept: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    missing: dict[str, int]
    rows: NDArray[np.int64]
    n_table_rows: int
    encoding: Encoding

    def transform(self, table: Table) -> DesignMatrix:
        """Turn further rows into the same matrix, with the centres, scales and categories of this one.

        Parameters
        ----------
        table : Table
            A table with at least the used columns.

        Returns
        -------
        DesignMatrix
            Its matrix; `rows` tells which rows it holds (rows with gaps are left out under missing="drop").

        Raises
        ------
        DataError
            A used column is not there, holds another kind of values, is infinite somewhere, or has gaps under
            missing="error".
        """
        return apply_encoding(self.encoding, table)

    def unscaled(self) -> Floats:
        """Return X in the units of the table: numbers as they were (up to rounding), categories as 0 and 1.

        Returns
        -------
        ndarray of shape (n, d)
            A new array.
        """
        return self.X * self.encoding.scales + self.encoding.centers


def apply_encoding(encoding: Encoding, table: Table) -> DesignMatrix:
    """Turn a table into a matrix with a known encoding, such as one from a model file.

    Parameters
    ----------
    encoding : Encoding
        What was learned from other rows.
    table : Table
        A table with at least the encoding's columns.

    Returns
    -------
    DesignMatrix
        The matrix, with notes on gaps and on texts that the encoding does not know.
    """
    X, rows, missing, unknown = encoding.encode(table)
    kept = tuple(code.column for code in encoding.columns)
    notes = _notes_on_gaps(missing, encoding.missing, len(rows), table.n_rows)
    notes += tuple(
        f"{count} values of column {shown(name)} were not known and count as none of its categories"
        for name, count in unknown.items()
    )
    return DesignMatrix(X, encoding.names, kept, (), notes, missing, rows, table.n_rows, encoding)


def design_matrix(
    table: Table,
    *,
    columns: Iterable[str] | None = None,
    scale: Scale = "standard",
    missing: Missing = "drop",
    max_categories: int = 50,
) -> DesignMatrix:
    """Turn the columns of a table into a matrix of comparable numbers.

    Parameters
    ----------
    table : Table
        From `read_table` or `table_from_frame`.
    columns : iterable of str, optional
        Names of the columns to use; all by default. A column named here is not taken for an identifier, and stays
        when most of its values are missing.
    scale : {"standard", "robust", "none"}
        standard: (x - mean) / standard deviation (of the population). robust: (x - median) / interquartile range, or
        half the range where that is 0. none: numbers as they are.
    missing : {"drop", "impute", "error"}
        drop: rows with a gap in a used column are left out. impute: the median, or the most frequent text (the first in
        order among equals). error: a gap is an error that names its place.
    max_categories : int
        Columns with more different texts are left out. At least 2.

    Returns
    -------
    DesignMatrix
        The matrix, its names, and what was left out and why.

    Raises
    ------
    DataError
        No column or no row is left; a number is infinite; a gap under missing="error".
    ParameterError
        An unknown name, scale or policy; max_categories below 2.

    Notes
    -----
    Left out, with the reason: columns that are all missing, constant, dates, lists and binary values, identifiers
    (texts that all differ; whole numbers that all differ and are a sequence of at least 10 or are called id, nr, ...),
    texts with too many different values, and columns with more than half their values missing (unless
    missing="error"). Real measurements that all differ stay.

    A text column becomes one column of zeros and ones per text, in code point order. All of them are divided by
    sqrt(1 - sum_j p_j^2), where p_j is the share of text j: their variances then add up to 1, so that a text column
    counts as much in a squared Euclidean distance as one standardised number, however many texts it has and however
    rare they are. Booleans are one column of zeros and ones on the same scale. Under "robust" this scale is divided by
    0.7413, the standard deviation of a normal variable in units of its interquartile range; under "none" it is 1.

    Centres and scales are those of the rows and values that are present. Time and memory O(n d).

    Examples
    --------
    >>> from ganglion.data import design_matrix, table_from_frame
    >>> design = design_matrix(table_from_frame({"id": [1, 2, 3], "x": [0.0, 1.0, 5.0], "g": ["a", "b", "a"]}))
    >>> design.names
    ('x', 'g=a', 'g=b')
    >>> design.left_out
    (('id', 'looks like an identifier: every value is different'),)
    """
    _check_parameters(scale, missing, max_categories)
    wanted = None if columns is None else positions(_not_one_string(columns), table.names)
    used: list[Column] = []
    left_out: list[tuple[str, str]] = []
    for at in range(len(table.columns)) if wanted is None else wanted:
        column = table.columns[at]
        reason = reason_to_leave_out(
            column,
            wanted=wanted is not None,
            keep_gaps=missing == "error",
            max_categories=max_categories,
        )
        if reason:
            left_out.append((column.name, reason))
        else:
            used.append(column)
    for column in used:
        if column.kind in ("number", "boolean"):
            numbers(
                column, column.kind
            )  # an infinite value is an error, also in a row that would be dropped
    codes = _learn_all(used, scale, missing, left_out)
    design = apply_encoding(Encoding(tuple(codes), scale, missing), table)
    by_name = {column.name: column for column in used}
    notes = design.notes + notes_on_columns([by_name[name] for name in design.kept])
    return replace(design, left_out=tuple(left_out), notes=notes)


def _check_parameters(scale: str, missing: str, max_categories: int) -> None:
    """Known words, and at least two categories."""
    if scale not in ("standard", "robust", "none"):
        raise ParameterError(
            f"scale must be 'standard', 'robust' or 'none'; got {scale!r}. Pass one of them."
        )
    if missing not in ("drop", "impute", "error"):
        raise ParameterError(
            f"missing must be 'drop', 'impute' or 'error'; got {missing!r}. Pass one of them."
        )
    if max_categories < 2:
        raise ParameterError(f"max_categories must be at least 2; got {max_categories}. Raise it.")


def _not_one_string(columns: Iterable[str]) -> list[str]:
    """Return the names; a single string is a slip."""
    if isinstance(columns, str):
        raise ParameterError(
            f"columns must be a list of names; got the string {shown(columns)}. Put it in brackets."
        )
    return list(columns)


def _learn_all(
    used: list[Column], scale: Scale, missing: Missing, left_out: list[tuple[str, str]]
) -> list[ColumnCode]:
    """Learn the codes from the rows that stay; leave out what is constant in them, and look at the rows again."""
    while used:
        rows, gaps = complete_rows(used, missing)
        if len(rows) == 0:
            worst = max(gaps, key=lambda name: gaps[name])
            raise DataError(
                f"At least one row must be without gaps under missing='drop'; none of the {len(used[0].values)} is. "
                f"Column {shown(worst)} misses {gaps[worst]} values: leave it out (columns=), or say missing='impute'."
            )
        learned = [learn(subset(column, rows), scale) for column in used]
        codes = [code for code in learned if code is not None]
        if len(codes) == len(used):
            return codes
        for column, code in zip(used, learned, strict=True):
            if code is None:
                left_out.append((column.name, "has one value only in the rows without gaps"))
        used = [column for column, code in zip(used, learned, strict=True) if code is not None]
    reasons = "; ".join(f"{shown(name)} {reason}" for name, reason in left_out[:5])
    raise DataError(
        f"At least one column must be usable; none of {len(left_out)} is: {reasons}. "
        "Name columns with columns=, or raise max_categories."
    )


def _notes_on_gaps(
    missing: dict[str, int], policy: str, n_kept: int, n_rows: int
) -> tuple[str, ...]:
    """Say what was done about missing values."""
    if not missing:
        return ()
    counts = ", ".join(f"{shown(name)} {count}" for name, count in list(missing.items())[:8])
    if len(missing) > 8:
        counts += f" and {len(missing) - 8} more columns"
    if policy == "impute":
        return (f"{sum(missing.values())} missing values were filled in ({counts})",)
    return (
        f"{n_rows - n_kept} of {n_rows} rows were left out: they have missing values ({counts})",
    )
