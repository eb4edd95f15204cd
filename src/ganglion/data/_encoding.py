"""How columns become numbers: what was learned from one table, and its use on another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ModelFileError, ParameterError
from ._records import Column, Table, positions, shown

Scale = Literal["standard", "robust", "none"]
Missing = Literal["drop", "impute", "error"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ColumnCode:
    """How one column of a table becomes one or more columns of the matrix.

    Attributes
    ----------
    column : str
        The column's name.
    kind : {"number", "boolean", "category"}
        What it holds.
    centers, scales : tuple of float
        Each column of the matrix is (value - center) / scale; value is 0 or 1 for booleans and categories.
    categories : tuple of str
        The texts of a category, one column of the matrix for each; empty for the other kinds.
    fill : float or str
        What stands for a missing value under missing="impute".
    """

    column: str
    kind: Literal["number", "boolean", "category"]
    centers: tuple[float, ...]
    scales: tuple[float, ...]
    categories: tuple[str, ...]
    fill: float | str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its columns in the matrix, such as "mass" or "species=Adelie"."""
        if self.kind != "category":
            return (self.column,)
        return tuple(f"{self.column}={category}" for category in self.categories)


@dataclass(frozen=True)
class Encoding:
    """Everything needed to turn further rows into the same matrix.

    Attributes
    ----------
    columns : tuple of ColumnCode
        The columns used, in order.
    scale : {"standard", "robust", "none"}
        How numbers were scaled.
    missing : {"drop", "impute", "error"}
        What is done with missing values.
    """

    columns: tuple[ColumnCode, ...]
    scale: Scale
    missing: Missing

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the matrix' columns."""
        return tuple(name for code in self.columns for name in code.names)

    @property
    def sources(self) -> tuple[tuple[str, str | None], ...]:
        """For each column of the matrix its column in the table, and its category (None for numbers)."""
        return tuple(
            (code.column, category)
            for code in self.columns
            for category in (code.categories or (None,))
        )

    @property
    def centers(self) -> Floats:
        """What is subtracted from each column of the matrix, shape (d,)."""
        return np.array([center for code in self.columns for center in code.centers])

    @property
    def scales(self) -> Floats:
        """What each column of the matrix is divided by, shape (d,)."""
        return np.array([scale for code in self.columns for scale in code.scales])

    def encode(
        self, table: Table
    ) -> tuple[Floats, NDArray[np.int64], dict[str, int], dict[str, int]]:
        """Return the matrix of `table`, the rows it holds, and counts of missing and of unknown values by column.

        Parameters
        ----------
        table : Table
            A table with at least the encoding's columns.

        Returns
        -------
        X : ndarray of shape (n, d)
            The matrix; a text not seen before is 0 in all columns of its category, before centring.
        rows : ndarray of shape (n,)
            The rows of the table that X holds: all, or those without gaps under missing="drop".
        missing, unknown : dict
            Counts by column, of those that have any.

        Raises
        ------
        DataError
            A column is not there, holds another kind of values, is infinite somewhere, or has gaps under
            missing="error".
        """
        try:
            found = [
                table.columns[at] for at in positions([c.column for c in self.columns], table.names)
            ]
        except ParameterError as error:
            raise DataError(
                f"New rows must have the columns that were used: {', '.join(map(shown, self._used()))}; "
                f"these have {', '.join(map(shown, table.names[:12]))}. Add the missing ones."
            ) from error
        rows, missing = complete_rows(found, self.missing)
        blocks: list[Floats] = []
        unknown: dict[str, int] = {}
        for code, column in zip(self.columns, found, strict=True):
            block, count = _encode_column(code, subset(column, rows))
            blocks.append(block)
            if count:
                unknown[code.column] = count
        return np.concatenate(blocks, axis=1), rows, missing, unknown

    def _used(self) -> tuple[str, ...]:
        """Names of the table's columns."""
        return tuple(code.column for code in self.columns)

    def to_record(self) -> dict[str, Any]:
        """Return the encoding as plain dicts, lists, strings and numbers, for a model file.

        Returns
        -------
        dict
            What `from_record` takes; it survives JSON without loss.
        """
        columns = [
            {
                "column": code.column,
                "kind": code.kind,
                "centers": list(code.centers),
                "scales": list(code.scales),
                "categories": list(code.categories),
                "fill": code.fill,
            }
            for code in self.columns
        ]
        return {"scale": self.scale, "missing": self.missing, "columns": columns}

    @staticmethod
    def from_record(record: object) -> Encoding:
        """Return the encoding that `to_record` wrote.

        Parameters
        ----------
        record : dict
            What a model file holds; it is not trusted.

        Returns
        -------
        Encoding
            The same encoding.

        Raises
        ------
        ModelFileError
            The record is not one that `to_record` writes.
        """
        try:
            entries = cast("dict[str, Any]", record)
            columns = tuple(_code_from(entry) for entry in entries["columns"])
            scale, missing = entries["scale"], entries["missing"]
            sound = scale in ("standard", "robust", "none") and missing in (
                "drop",
                "impute",
                "error",
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelFileError(
                f"An encoding must be whole; this one is not ({error!r}). Save it again."
            ) from error
        if not sound or not columns or len({code.column for code in columns}) < len(columns):
            raise ModelFileError(
                "An encoding must name a scale, a policy and columns; this one does not. Save it again."
            )
        return Encoding(columns, scale, missing)


def _encode_column(code: ColumnCode, column: Column) -> tuple[Floats, int]:
    """Return the scaled columns (n_rows, width), missing values filled, and how many texts were not known."""
    absent = column.missing
    if code.kind == "category":
        cells, fill = texts(column), str(code.fill)
        place = {category: at for at, category in enumerate(code.categories)}
        codes = np.fromiter(
            (place.get(fill if cell is None else cell, -1) for cell in cells),
            dtype=np.int64,
            count=len(cells),
        )
        values = (codes[:, None] == np.arange(len(code.categories))).astype(np.float64)
        unknown = int(np.count_nonzero(codes < 0))
    else:
        values = np.where(absent, float(code.fill), numbers(column, code.kind))[:, None]
        unknown = 0
    block = scaled(values, np.array(code.centers), np.array(code.scales))
    if not np.isfinite(block).all():
        at = int(np.flatnonzero(~np.isfinite(block[:, 0]))[0])
        raise DataError(
            f"Scaled numbers must be finite; column {shown(code.column)} holds {values[at, 0]:g}, too far from "
            f"its centre {code.centers[0]:g} for its scale {code.scales[0]:g}. Correct the value."
        )
    return block, unknown


def _code_from(entry: dict[str, Any]) -> ColumnCode:
    """Return one column's code from a record; ValueError where something does not fit."""
    centers = tuple(float(value) for value in entry["centers"])
    scales = tuple(float(value) for value in entry["scales"])
    categories = tuple(entry["categories"])
    kind, fill, name = entry["kind"], entry["fill"], entry["column"]
    width = len(categories) if kind == "category" else 1
    texts_sound = all(isinstance(text, str) for text in (*categories, name))
    numbers_sound = all(map(math.isfinite, (*centers, *scales))) and all(
        scale > 0 for scale in scales
    )
    fill_sound = (
        fill in categories
        if kind == "category"
        else isinstance(fill, int | float) and math.isfinite(fill)
    )
    if kind not in ("number", "boolean", "category") or (kind != "category" and categories):
        raise ValueError(f"kind {kind!r}")
    if not (
        texts_sound and numbers_sound and fill_sound and len(centers) == len(scales) == width > 0
    ):
        raise ValueError(f"column {shown(name)}")
    return ColumnCode(name, kind, centers, scales, categories, fill)


def scaled(values: Floats, centers: Floats, scales: Floats) -> Floats:
    """(values - centers) / scales; the difference of values near the largest double does not overflow."""
    # a power of two: exact, and only where it cannot underflow
    factor = np.where(scales > 1.0, 0.25, 1.0)
    with np.errstate(over="ignore"):
        return (values * factor - centers * factor) / (scales * factor)


def numbers(column: Column, kind: str, rows: NDArray[np.int64] | None = None) -> Floats:
    """Return a column of numbers or booleans as float64, or the error that it holds something else or is infinite.

    Where the column is a part of one that was read, `rows` (n,) are its places there: the error speaks of those.
    """
    if column.kind not in ("number", "boolean"):
        what = f" ({column.note})" if column.note else ""
        raise DataError(
            f"Column {shown(column.name)} must hold {kind}s, as in the rows it was learned from; "
            f"here it holds {column.kind}{what}. Correct its values."
        )
    values = column.values.astype(np.float64)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        many = (
            "an infinite value"
            if len(infinite) == 1
            else f"{len(infinite)} infinite values, the first"
        )
        first = int(infinite[0] if rows is None else rows[infinite[0]]) + 1
        raise DataError(
            f"Numbers must be finite; column {shown(column.name)} holds {many} in row {first}. Correct "
            f"{'it' if len(infinite) == 1 else 'them'}, or leave the column out."
        )
    return values


def texts(column: Column) -> list[str | None]:
    """Return a column as texts, None where missing; whole numbers without a point, as they stand in a file."""
    cells = column.values.tolist()
    if column.kind in ("text", "category", "other"):
        return cells
    if column.kind == "boolean":
        return [None if cell != cell else ("true" if cell else "false") for cell in cells]
    if column.kind == "date":
        return [None if cell is None else cell.isoformat() for cell in cells]
    return (
        list(map(str, cells)) if column.values.dtype.kind == "i" else _plain_numbers(column.values)
    )


def _plain_numbers(values: Floats) -> list[str | None]:
    """Return the shortest texts that read back as the same numbers, None where missing; whole ones without a point."""
    found = np.full(len(values), None, dtype=object)
    whole = (values == np.trunc(values)) & (np.abs(values) < 2.0**53)
    rest = ~whole & ~np.isnan(values)
    found[whole] = [str(value) for value in values[whole].astype(np.int64).tolist()]
    found[rest] = [str(value) for value in values[rest].tolist()]
    return found.tolist()


def subset(column: Column, rows: NDArray[np.int64]) -> Column:
    """Return the column with the given rows only."""
    if len(rows) == len(column.values):
        return column
    return Column(column.name, column.values[rows], column.kind, column.note)


def complete_rows(
    columns: list[Column], missing: Missing
) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Return the rows that stay under the policy, and the count of missing values by column; error for "error"."""
    gaps = np.zeros(len(columns[0].values), dtype=np.bool_)
    counts: dict[str, int] = {}
    for column in columns:
        absent = column.missing
        count = int(np.count_nonzero(absent))
        if count and missing == "error":
            raise DataError(
                f"No value may be missing under missing='error'; column {shown(column.name)} misses {count}, the "
                f"first in row {int(np.flatnonzero(absent)[0]) + 1}. Fill them, or say missing='drop' or 'impute'."
            )
        if count:
            counts[column.name] = count
            gaps |= absent
    rows = np.arange(len(gaps)) if missing == "impute" else np.flatnonzero(~gaps)
    return rows.astype(np.int64), counts
