"""The gate for rows that components describe: numbers, counts or codes, with or without missing cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Samples, Sparse, check_samples_or_sparse, column_names, is_sparse
from ..._errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that a component has checked.

    Attributes
    ----------
    values : ndarray of shape (n, d), float64, or Sparse
        NaN where a cell is missing, which only a component that allows it lets through.
    is_complete : bool
        Whether no cell is missing.
    names : sequence of str or None
        The columns of a data frame.
    """

    values: Floats | Sparse
    is_complete: bool = True
    names: Sequence[str] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d)."""
        n, d = self.values.shape
        return n, d

    @property
    def dense(self) -> Floats:
        """The values (n, d), whatever they are stored as."""
        if not isinstance(self.values, Sparse):
            return self.values
        dense = np.zeros(self.shape)
        rows = np.repeat(np.arange(self.shape[0]), np.diff(self.values.indptr))
        dense[rows, self.values.columns] = self.values.values
        return dense

    def place(self, row: int, column: int) -> str:
        """A cell, in the caller's words."""
        shown = repr(self.names[column]) if self.names is not None else str(column)
        return f"row {row}, column {shown}"

    def column(self, column: int) -> str:
        """A column, in the caller's words."""
        return f"column {self.names[column]!r}" if self.names is not None else f"column {column}"


def check_rows(X: Any, *, sparse: bool = False) -> Rows:
    """Rows (n, d) of float64, finite but for NaN; sparse rows stay sparse where that is allowed."""
    if isinstance(X, Rows):
        return X
    names = column_names(X)
    if is_sparse(X) and not sparse:
        raise DataError(
            "X must be dense for this component; got a sparse matrix. Only Multinomial takes sparse rows: "
            "use X.toarray()."
        )
    given: Samples | Sparse = check_samples_or_sparse(X)
    if isinstance(given, Sparse):
        values = given.values.astype(np.float64, copy=False)
        return Rows(Sparse(values, given.indptr, given.columns, given.shape), names=names)
    values = given.astype(np.float64, copy=False)
    if np.isfinite(np.sum(values)):
        return Rows(values, names=names)
    rows = Rows(values, not np.isnan(values).any(), names)
    infinite = np.isinf(values)
    if infinite.any():
        row, column = (int(i) for i in np.argwhere(infinite)[0])
        raise DataError(
            f"X must be finite; it holds {np.count_nonzero(infinite)} infinity (inf), the first at "
            f"{rows.place(row, column)}. Drop those rows or fill the values in."
        )
    return rows


def refuse_missing(rows: Rows, advice: str) -> None:
    """Raise the error that names the first missing cell; return if there is none."""
    if rows.is_complete:
        return
    missing = np.isnan(rows.dense)
    row, column = (int(i) for i in np.argwhere(missing)[0])
    raise DataError(
        f"X must be finite; it holds {np.count_nonzero(missing)} NaN, the first at {rows.place(row, column)}. {advice}"
    )


_MEASUREMENTS = "Use Normal or DiagonalNormal for measurements."


def check_whole(
    rows: Rows, what: str, *, most: float = 2.0**53, advice: str = _MEASUREMENTS
) -> None:
    """Values must be whole numbers from 0 to `most`; `what` begins the sentence."""
    values = rows.values.values if isinstance(rows.values, Sparse) else rows.values
    with np.errstate(invalid="ignore"):
        bad = (values < 0) | (values > most) | ((values != np.rint(values)) & ~np.isnan(values))
    if not bad.any():
        return
    at = tuple(int(i) for i in np.argwhere(bad)[0])
    if isinstance(rows.values, Sparse):
        row = int(np.searchsorted(rows.values.indptr, at[0], side="right")) - 1
        place = rows.place(row, int(rows.values.columns[at[0]]))
    else:
        place = rows.place(*at)
    raise DataError(
        f"{what}; got {values[at]:g} at {place}, the first of {np.count_nonzero(bad)} such value(s). {advice}"
    )


def select(rows: Rows, columns: Sequence[int]) -> Rows:
    """Some of the columns, as rows of their own."""
    values = np.ascontiguousarray(rows.dense[:, list(columns)])
    names = None if rows.names is None else [rows.names[j] for j in columns]
    return Rows(values, rows.is_complete or not np.isnan(values).any(), names)
