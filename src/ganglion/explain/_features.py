"""Data of any kind as columns that can be compared: numbers (dates among them), categories, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import column_names, is_sparse
from .._errors import DataError, ParameterError
from ..data.features import DesignMatrix
from ..data.tables import Column, Table, table_from_frame

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Kind = Literal["number", "category", "date", "missing"]
Data: TypeAlias = "DesignMatrix | Table | ArrayLike"

DAY_IN_MICROSECONDS = 86_400e6


@dataclass(frozen=True, eq=False)
class Numbers:
    """One column of numbers, or of dates as days since 1970-01-01; NaN where missing.

    `width` is what one unit of the space in which distances are taken is worth, in the column's units: None leaves it
    to whoever builds the space.
    """

    name: str
    kind: Literal["number", "date"]
    values: Floats
    width: float | None = None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.values)


@dataclass(frozen=True, eq=False)
class Categories:
    """One column of texts or booleans; the code -1 is missing, and `width` as for numbers."""

    name: str
    kind: Literal["category"]
    categories: tuple[str, ...]
    codes: Integers
    width: float | None = None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.codes)


Feature: TypeAlias = Numbers | Categories


def features_of(
    data: Data, names: Sequence[str] | None, rows: ArrayLike | None, max_categories: int
) -> list[Feature]:
    """Return the columns that are compared, in the order of the data; what cannot be compared is left out."""
    if is_sparse(data):
        raise DataError(
            "Clusters are described by dense columns; got a sparse matrix. Use ganglion.explain.term_cards for texts, "
            "or X.toarray()."
        )
    if not isinstance(data, Table | DesignMatrix) and _is_frame(data):
        data = table_from_frame(data)
    if isinstance(data, Table):
        place = _places(data.n_rows, rows)
        chosen = data.columns if names is None else tuple(data.column(name) for name in names)
        found = [_of_column(column, place, max_categories) for column in chosen]
        return [feature for feature in found if feature is not None]
    if isinstance(data, DesignMatrix):
        return _of_design(data, names)
    return _of_array(data, names)


def _is_frame(data: object) -> bool:
    """Whether something is a data frame or a dict of columns, and no array."""
    return isinstance(data, dict) or hasattr(data, "columns")


def _places(n_rows: int, rows: ArrayLike | None) -> Integers:
    """Return the rows of the table that labels belong to."""
    if rows is None:
        return np.arange(n_rows)
    place = np.asarray(rows)
    sound = place.ndim == 1 and (place.dtype.kind in "iu" or len(place) == 0)
    if not sound or (len(place) and not 0 <= place.min() <= place.max() < n_rows):
        raise DataError(
            f"rows must be numbers from 0 to {n_rows - 1}, the rows of the table; got shape {place.shape} of "
            f"{place.dtype}{f', {place.min()} to {place.max()}' if sound else ''}. Pass DesignMatrix.rows."
        )
    return place.astype(np.int64)


def _of_array(data: ArrayLike, names: Sequence[str] | None) -> list[Feature]:
    """Return the columns of an array, whose units are those of the distances."""
    values = np.asarray(data, dtype=np.float64)
    if values.ndim != 2:
        raise DataError(
            f"X must be two-dimensional; got shape {values.shape}. Pass rows by features."
        )
    known = column_names(data) or [f"x{at + 1}" for at in range(values.shape[1])]
    found = _named(known, names)
    return [_number(name, "number", values[:, at], 1.0) for at, name in enumerate(found)]


def _named(known: Sequence[str], names: Sequence[str] | None) -> Sequence[str]:
    """Return the names given for columns, or those that are known."""
    if names is not None and len(names) != len(known):
        raise ParameterError(
            f"names must have one entry per column; got {len(names)} names for {len(known)} columns. Match them."
        )
    return known if names is None else names


def _of_design(data: DesignMatrix, names: Sequence[str] | None) -> list[Feature]:
    """Return the table's columns that a matrix was made from, in their units."""
    values, widths = data.unscaled(), data.encoding.scales
    if names is not None:
        return [
            _number(name, "number", values[:, at], float(widths[at]))
            for at, name in enumerate(_named(data.names, names))
        ]
    features: list[Feature] = []
    start = 0
    for code in data.encoding.columns:
        block, width = values[:, start : start + len(code.names)], float(widths[start])
        start += len(code.names)
        if code.kind == "number":
            features.append(_number(code.column, "number", block[:, 0], width))
            continue
        categories = code.categories
        if code.kind == "boolean":
            categories, block = ("false", "true"), np.hstack((1.0 - block, block))
        known = block.max(axis=1) > 0.5  # a text that was not known has zeros everywhere
        codes = np.where(known, block.argmax(axis=1), -1)
        features.append(Categories(code.column, "category", categories, codes, width))
    return features


def _of_column(column: Column, place: Integers, max_categories: int) -> Feature | None:
    """Return a table's column as a feature; None where it cannot be described."""
    values = column.values[place]
    if column.kind in ("number", "date"):
        return _of_numbers(column, values)
    if column.kind == "boolean":
        missing = np.isnan(values)
        codes = np.where(missing, -1, np.where(missing, 0, values)).astype(np.int64)
        return None if missing.all() else _categories(column.name, ("false", "true"), codes)
    if column.kind not in ("text", "category"):
        return None
    cells: list[str | None] = values.tolist()
    categories = sorted({cell for cell in cells if cell is not None})
    if not 0 < len(categories) <= max_categories:
        return None
    place_of: dict[str | None, int] = {category: at for at, category in enumerate(categories)}
    codes = np.fromiter((place_of.get(cell, -1) for cell in cells), np.int64, len(cells))
    return _categories(column.name, tuple(categories), codes)


def _of_numbers(column: Column, values: NDArray[Any]) -> Numbers | None:
    """Return a column of numbers or dates; None where all of it is missing."""
    if column.kind == "date":
        days = values.astype("datetime64[us]").astype(np.int64) / DAY_IN_MICROSECONDS
        days[np.isnat(values)] = np.nan
        return None if np.isnan(days).all() else Numbers(column.name, "date", days)
    numbers = values.astype(np.float64)
    return None if np.isnan(numbers).all() else _number(column.name, "number", numbers, None)


def _categories(name: str, categories: tuple[str, ...], codes: Integers) -> Categories:
    """Return a column of texts."""
    return Categories(name, "category", categories, codes)


def _number(
    name: str, kind: Literal["number", "date"], values: Floats, width: float | None
) -> Numbers:
    """Return a column of numbers, which are finite or missing."""
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise DataError(
            f"Numbers must be finite or missing; column {name!r} holds {values[row]} at row {row}. Correct the value "
            "or leave the column out."
        )
    return Numbers(name, kind, np.ascontiguousarray(values), width)
