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
    if not isinstance(data, Table) and is_table(data):
        data = table_from_frame(data)
    if isinstance(data, Table):
        place = _places(data.n_rows, rows)
        chosen = data.columns if names is None else tuple(data.column(name) for name in names)
        found = [_of_column(column, place, max_categories) for column in chosen]
        return [feature for feature in found if feature is not None]
    if isinstance(data, DesignMatrix):
        return _of_design(data, names)
    return _of_array(data, names)


def is_table(data: object) -> bool:
    """Whether something has named columns of several kinds: a table, a data frame, a dict; and is no matrix."""
    return isinstance(data, Table | dict) or hasattr(data, "columns")


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
    try:
        values = np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"An array must hold numbers in rows of equal length; this one does not ({error}). Pass texts as columns "
            "of a data frame, a dict or a Table."
        ) from error
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
    if names is not None and len(set(names)) < len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise ParameterError(f"names must differ; got {twice!r} twice. Rename one of the columns.")
    return known if names is None else names


def _unrounded(values: Floats) -> Floats:
    """Return values that were scaled and scaled back as they stood in the table, where they had up to 12 digits."""
    largest = np.abs(values).max(axis=0)
    digits = 12 - np.floor(np.log10(np.where(largest > 0, largest, 1.0))).astype(np.int64)
    for at, places in enumerate(digits.tolist()):
        if -12 <= places <= 30:
            values[:, at] = np.round(values[:, at], places)
    return values


def _of_design(data: DesignMatrix, names: Sequence[str] | None) -> list[Feature]:
    """Return the table's columns that a matrix was made from, in their units."""
    values, widths = _unrounded(data.unscaled()), data.encoding.scales
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
            width *= 2**0.5  # two coordinates stand for one
        known = block.max(axis=1) > 0.5  # a text that was not known has zeros everywhere
        codes = np.where(known, block.argmax(axis=1), -1)
        features.append(Categories(code.column, "category", categories, codes, width))
    return features


def centre_blocks(data: Data, centers: Floats) -> list[Floats]:
    """Return centres (k, d) of a matrix in the units of its features, a block for each."""
    if not isinstance(data, DesignMatrix):
        return [centers[:, at : at + 1] for at in range(centers.shape[1])]
    values = centers * data.encoding.scales + data.encoding.centers
    blocks: list[Floats] = []
    start = 0
    for code in data.encoding.columns:
        block = values[:, start : start + len(code.names)]
        start += len(code.names)
        blocks.append(np.hstack((1.0 - block, block)) if code.kind == "boolean" else block)
    return blocks


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


def features_like(known: list[Feature], data: Data, rows: ArrayLike | None) -> list[Feature]:
    """Return further rows in the columns that are known: found by name in a table, by place elsewhere."""
    if is_table(data):
        table = data if isinstance(data, Table) else table_from_frame(data)
        absent = [feature.name for feature in known if feature.name not in table.names]
        if absent:
            raise DataError(
                f"New rows must have the columns of the rules: {', '.join(f.name for f in known)}; "
                f"{absent[0]!r} is not there. Add it."
            )
        place = _places(table.n_rows, rows)
        return [_like(feature, table.column(feature.name), place) for feature in known]
    found = features_of(data, None, None, 0)
    if len(found) != len(known):
        raise DataError(
            f"New rows must have the {len(known)} columns that the rules were made from; got {len(found)}."
        )
    pairs = zip(known, found, strict=True)
    return [_recoded(own, new) for own, new in pairs]


def _like(known: Feature, column: Column, place: Integers) -> Feature:
    """Return a column of further rows as the known one was read."""
    found = _of_column(column, place, len(place))
    if found is None and column.missing[place].all():
        if isinstance(known, Categories):
            return _categories(known.name, known.categories, np.full(len(place), -1))
        return Numbers(known.name, known.kind, np.full(len(place), np.nan))
    if found is None or found.kind != known.kind:
        raise DataError(
            f"Column {known.name!r} must hold {_PLURALS[known.kind]}, as in the rows that the rules were made from; "
            f"here it is {column.kind!r}. Correct its values."
        )
    return _recoded(known, found)


_PLURALS = {"number": "numbers", "date": "dates", "category": "texts or booleans"}


def _recoded(known: Feature, found: Feature) -> Feature:
    """Return a column with the codes of the known categories; others are one behind the code for missing cells."""
    if not isinstance(known, Categories) or not isinstance(found, Categories):
        return found
    place = {category: at for at, category in enumerate(known.categories)}
    unknown = len(known.categories) + 1
    codes = np.array([*(place.get(category, unknown) for category in found.categories), -1])
    return _categories(known.name, known.categories, codes[found.codes])
