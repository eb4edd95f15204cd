"""Rows of a table with columns of different kinds, as Gower compares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from .._arrays import check_samples
from .._errors import DataError, ParameterError
from .._native import core
from ..data.tables import Column, Table, table_from_frame
from ._content import AnyPairs, Indices, Parameters
from ._frames import as_table, is_frame
from ._ordered import ordered_categories

ColumnKind = Literal["numeric", "categorical", "ordinal"]
_DAYS = np.timedelta64(1, "D") / np.timedelta64(1, "us")
_LEAST_RANGE = 1e-300  # so that its reciprocal is finite


@dataclass(frozen=True)
class Coding:
    """How one column becomes numbers.

    `categories` are those of a categorical or ordinal column, in order; `length` is the difference that counts as 1,
    0 where all values are equal.
    """

    name: str
    kind: ColumnKind
    categories: tuple[str, ...] | None
    length: float
    weight: float


@dataclass(frozen=True, eq=False)
class Mixed:
    """Rows of a table: `values` (n, d) float64, NaN where a cell is missing, and the coding of each column."""

    values: NDArray[np.float64]
    codings: tuple[Coding, ...]

    @property
    def n(self) -> int:
        """How many items there are."""
        return len(self.values)

    def take(self, indices: Indices) -> Self:
        """Return the rows of these indices, coded as before."""
        return type(self)(np.ascontiguousarray(self.values[indices]), self.codings)

    def pairs(
        self,
        other: Mixed | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances, float64 unless asked otherwise."""
        if other is not None and other.codings != self.codings:
            raise DataError(
                "Two tables need one coding of their columns; these were coded apart. "
                "Pass the first as like= when the second becomes items."
            )
        scale = np.array([1 / c.length if c.length > 0 else 0.0 for c in self.codings])
        categorical = np.array([c.kind == "categorical" for c in self.codings], dtype=np.uint8)
        weights = np.array([c.weight for c in self.codings])
        theirs = None if other is None else other.values
        pairs = core.gower_pairs64(self.values, theirs, scale, categorical, weights)
        return core.cast_pairs32(pairs) if dtype == np.float32 else pairs

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the values, and the codings as columns of a table."""
        listed = [category for c in self.codings for category in c.categories or ()]
        counts = [-1 if c.categories is None else len(c.categories) for c in self.codings]
        return {
            "values": self.values,
            "names": np.array([c.name for c in self.codings], dtype=object),
            "kinds": np.array([c.kind for c in self.codings], dtype=object),
            "lengths": np.array([c.length for c in self.codings]),
            "weights": np.array([c.weight for c in self.codings]),
            "counts": np.array(counts, dtype=np.int64),
            "categories": np.array(listed, dtype=object),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the rows again."""
        ends = np.cumsum(np.maximum(arrays["counts"], 0))
        values = np.ascontiguousarray(arrays["values"], dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != len(ends) or np.isinf(values).any():
            raise ValueError("values must have a column for each coding")
        codings: list[Coding] = []
        for at, count in enumerate(arrays["counts"].tolist()):
            kind = str(arrays["kinds"][at])
            if kind not in ("numeric", "categorical", "ordinal"):
                raise ValueError(f"no kind of column: {kind!r}")
            if (kind == "numeric") != (count < 0):
                raise ValueError("a column has categories if it is not numeric, and only then")
            listed = arrays["categories"][ends[at] - max(count, 0) : ends[at]]
            known = None if count < 0 else tuple(str(category) for category in listed)
            length, weight = float(arrays["lengths"][at]), float(arrays["weights"][at])
            codings.append(Coding(str(arrays["names"][at]), kind, known, length, weight))
        return cls(values, tuple(codings))


def as_mixed(X: Any, parameters: Parameters, *, name: str, like: Mixed | None) -> Mixed:
    """Check a table and code its columns; those of `like` tell how, where there is one."""
    table = _table(X, name)
    if like is None:
        orders = ordered_categories(X)
        codings, columns = _coded(table, parameters, orders, name)
    else:
        codings = like.codings
        columns = [_coded_as(_named(table, coding.name, name), coding, name) for coding in codings]
    values = np.ascontiguousarray(np.column_stack(columns))
    _refuse_empty_rows(values, codings, name)
    return Mixed(values, tuple(codings))


def _table(X: Any, name: str) -> Table:
    """A frame as it is; an array's columns are called 0, 1, ..."""
    if is_frame(X):
        return as_table(X)
    array = np.asarray(X, dtype=object) if isinstance(X, list | tuple) else np.asarray(X)
    if array.ndim != 2:
        raise DataError(
            f"metric='gower' compares rows of a table; {name} has shape {array.shape}. "
            "Pass a data frame, a dict of columns, or an array of shape (n, columns)."
        )
    if array.dtype.kind in "fiub":
        values = check_samples(array, name=name, finite=False)
        array = values.astype(np.float64)
    return table_from_frame({str(at): array[:, at] for at in range(array.shape[1])})


def _coded(
    table: Table,
    parameters: Parameters,
    orders: Mapping[str, tuple[str, ...]],
    name: str,
) -> tuple[list[Coding], list[NDArray[np.float64]]]:
    """Codings found in the columns themselves, and the columns as numbers."""
    kinds: dict[str, ColumnKind] = parameters["kinds"] or {}
    weights: dict[str, float] = parameters["weights"] or {}
    ranges: dict[str, float] = parameters["ranges"] or {}
    for what, given in (("kinds", kinds), ("weights", weights), ("ranges", ranges)):
        for column in given:
            if column not in table.names:
                raise ParameterError(
                    f"{what} names the column {column!r}, which {name} does not have; "
                    f"its columns are {', '.join(map(repr, table.names))}."
                )
    codings: list[Coding] = []
    columns: list[NDArray[np.float64]] = []
    for column in table.columns:
        kind = kinds.get(column.name) or _natural_kind(column, orders, name)
        known = None if kind == "numeric" else _categories(column, kind, orders, name)
        rough = Coding(column.name, kind, known, 1.0, float(weights.get(column.name, 1.0)))
        values = _coded_as(column, rough, name)
        length = float(ranges.get(column.name, _spread(values)))
        if length and not _LEAST_RANGE <= length < np.inf:
            raise DataError(
                f"A range must be 0 or a finite number of at least {_LEAST_RANGE:g}; that of column {column.name!r} "
                f"of {name} is {length:.3g}. Multiply or divide the column by a power of ten."
            )
        codings.append(Coding(rough.name, kind, known, length, rough.weight))
        columns.append(values)
    if not np.isfinite(sum(coding.weight for coding in codings)):
        raise ParameterError("weights must add up to a finite number; divide them by the largest.")
    if not any(coding.weight > 0 for coding in codings):
        raise ParameterError("weights must hold a positive value; all of them are zero.")
    return codings, columns


def _natural_kind(column: Column, orders: Mapping[str, Any], name: str) -> ColumnKind:
    if column.name in orders:
        return "ordinal"
    if column.kind in ("number", "date") and not column.missing.all():
        return "numeric"
    if column.kind == "other":
        raise DataError(
            f"Column {column.name!r} of {name} holds {column.note or 'values of no known kind'}; Gower compares "
            f"numbers, dates, categories and texts. Leave it out, or say kinds={{{column.name!r}: 'categorical'}}."
        )
    return "categorical"


def _categories(
    column: Column, kind: ColumnKind, orders: Mapping[str, tuple[str, ...]], name: str
) -> tuple[str, ...]:
    """The categories of a column: as declared, or those that occur, numbers by size and texts by name."""
    if column.name in orders:
        return orders[column.name]
    if kind == "ordinal" and column.kind in ("text", "category", "other"):
        raise ParameterError(
            f"Column {column.name!r} of {name} cannot be 'ordinal': nothing says how its texts are ordered. "
            "Make it an ordered categorical (pandas.Categorical(..., ordered=True), polars.Enum), or numbers."
        )
    return tuple(_named_values(np.unique(column.values[~column.missing])))


def _coded_as(column: Column, coding: Coding, name: str) -> NDArray[np.float64]:
    """A column as numbers, NaN where a cell is missing."""
    missing = column.missing
    if coding.kind == "numeric":
        return _measured(column, name)
    assert coding.categories is not None
    code = {category: float(at) for at, category in enumerate(coding.categories)}
    # A category that the first table did not have differs from all that it had; the order has no place for it.
    unseen = float("inf") if coding.kind == "ordinal" else float(len(code))
    texts = _named_values(column.values)
    values = np.array([code.get(text, unseen) for text in texts], dtype=np.float64)
    values[missing] = np.nan
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise DataError(
            f"Column {column.name!r} is ordinal with the categories {', '.join(map(repr, coding.categories[:8]))}; "
            f"{name} has {texts[row]!r} at row {row}. Add it to the order of the first table."
        )
    return values


def _measured(column: Column, name: str) -> NDArray[np.float64]:
    if column.kind == "date":
        values = column.values.astype("datetime64[us]").astype(np.float64) / _DAYS
        values[column.missing] = np.nan
        return values
    if column.kind not in ("number", "boolean"):
        raise ParameterError(
            f"Column {column.name!r} of {name} cannot be 'numeric': it holds {column.kind}. "
            "Use 'categorical', or turn it into numbers."
        )
    values = column.values.astype(np.float64)
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise DataError(
            f"{name} must be finite or missing; column {column.name!r} holds {values[row]} at row {row}."
        )
    return values


def _spread(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    with np.errstate(over="ignore"):  # an infinite range is refused by name
        return float(known.max() - known.min()) if len(known) else 0.0


def _named_values(values: NDArray[Any]) -> list[str]:
    """Categories by their names: 3 and 3.0 are one, as is True in a column that was read as numbers."""
    if values.dtype.kind == "O":
        return [str(value) for value in values]
    if values.dtype.kind in "fiub":
        return [f"{value:.17g}" for value in values.astype(np.float64).tolist()]
    return [str(value) for value in values]


def _named(table: Table, column: str, name: str) -> Column:
    if column not in table.names:
        raise DataError(
            f"{name} must have the column {column!r}, as the items before; it has "
            f"{', '.join(map(repr, table.names))}."
        )
    return table.column(column)


def _refuse_empty_rows(
    values: NDArray[np.float64], codings: list[Coding] | tuple[Coding, ...], name: str
) -> None:
    """A row of which nothing is known has no distance to any other."""
    counted = np.array([coding.weight > 0 for coding in codings])
    empty = np.isnan(values[:, counted]).all(axis=1)
    if empty.any():
        row = int(np.flatnonzero(empty)[0])
        raise DataError(
            f"Gower needs a known cell in every row; {name} has {int(empty.sum())} row(s) of missing cells alone, "
            f"the first at row {row}. Drop those rows."
        )
