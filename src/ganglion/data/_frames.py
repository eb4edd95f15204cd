"""Data frames of any make, by narwhals, and dicts of arrays, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from numbers import Real
from typing import Any, cast

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from ._files import check_names
from ._records import Column, Kind, Limits, Values, positions, shown

UNLIMITED = Limits(columns=2**62, name_length=2**62)
EXACT = 2**53


def columns_of(frame: Any, wanted: list[str] | None) -> tuple[Column, ...]:
    """Return the wanted columns of a frame or a dict, all of equal length."""
    if isinstance(frame, Mapping):
        raw = list(cast("Mapping[Any, Any]", frame).items())
        names = check_names([str(name) for name, _ in raw], "the dict", UNLIMITED)
        make = [lambda v=values: _array(v) for _, values in raw]
    else:
        try:
            native = nw.from_native(frame, eager_only=True)
            series_of_frame = list(native.iter_columns())
        except nw.exceptions.DuplicateError as error:
            raise DataError(
                "Column names must differ; the data frame has a name more than once. Rename its columns."
            ) from error
        except TypeError as error:
            raise DataError(
                f"A table must be a data frame or a dict of arrays; got {type(frame).__name__}. "
                "Pass a pandas, polars or pyarrow table, or read_table(path) for a file."
            ) from error
        names = check_names([str(name) for name in native.columns], "the data frame", UNLIMITED)
        make = [lambda s=series: _series(s) for series in series_of_frame]
    if not names:
        raise DataError("A table needs at least one column; the data frame has none. Add columns.")
    columns: list[Column] = []
    for at in range(len(names)) if wanted is None else positions(wanted, names):
        values, kind, note = make[at]()
        values.flags.writeable = False
        columns.append(Column(names[at], values, kind, note))
    _check_lengths(columns)
    return tuple(columns)


def _check_lengths(columns: list[Column]) -> None:
    """All columns have as many values as the first."""
    for column in columns[1:]:
        if len(column.values) != len(columns[0].values):
            raise DataError(
                f"Columns must have equal lengths; {shown(columns[0].name)} has {len(columns[0].values)} values and "
                f"{shown(column.name)} has {len(column.values)}. Cut or fill one of them."
            )


def _series(series: nw.Series[Any]) -> tuple[Values, Kind, str]:
    """Return values, kind and note of one series."""
    dtype = series.dtype
    if dtype == nw.Boolean:
        return _objects(series.to_list(), "boolean")
    if dtype.is_integer():
        if series.null_count() == 0 and not _is_one_of(dtype, nw.UInt64, nw.Int128, nw.UInt128):
            return series.to_numpy().astype(np.int64), "number", ""
        return _objects(series.to_list(), "number")
    if dtype.is_float():
        values = series.to_numpy().astype(np.float64)
        values[series.is_null().to_numpy().astype(np.bool_)] = np.nan
        return values, "number", ""
    if dtype.is_decimal():
        return _objects(series.to_list(), "number")
    if _is_one_of(dtype, nw.Categorical, nw.Enum):
        return _objects(series.to_list(), "category")
    if _is_one_of(dtype, nw.Date, nw.Datetime):
        return _dates(series)
    if _is_one_of(dtype, nw.String, nw.Object, nw.Unknown):
        return _objects(series.to_list(), None)
    return _objects(series.to_list(), "other")


def _is_one_of(dtype: nw.dtypes.DType, *kinds: type[nw.dtypes.DType]) -> bool:
    """Whether a type is of one of the kinds, whatever its parameters (time zone, categories)."""
    return any(dtype == kind for kind in kinds)


def _dates(series: nw.Series[Any]) -> tuple[Values, Kind, str]:
    """Dates as datetime64, times of day in UTC."""
    array = series.to_numpy()
    if array.dtype.kind == "M":  # whole, in UTC where there is a zone
        return array.astype("datetime64[us]"), "date", ""
    plain = [_utc(moment) for moment in series.to_list()]
    return np.array(plain, dtype="datetime64[us]"), "date", ""


def _utc(moment: Any) -> Any:
    """Return a date or time without zone, None where it is missing."""
    if moment is None or moment != moment:
        return None
    if getattr(moment, "tzinfo", None) is not None:
        from datetime import UTC

        return moment.astimezone(UTC).replace(tzinfo=None)
    return moment


def _array(values: Any) -> tuple[Values, Kind, str]:
    """Return values, kind and note of an array or list."""
    array: NDArray[Any] = np.asarray(np.ma.getdata(values))
    gaps: NDArray[np.bool_] = np.asarray(getattr(values, "mask", False), dtype=np.bool_)
    if array.ndim != 1:
        raise DataError(
            f"Every entry of the dict must be one-dimensional; got shape {array.shape}. "
            "Pass one array or list per column."
        )
    kind = array.dtype.kind
    if not gaps.any():
        if kind == "b":
            return array.astype(np.float64), "boolean", ""
        if kind == "i" or (kind == "u" and array.dtype.itemsize < 8):
            return array.astype(np.int64), "number", ""
        if kind == "f":
            return array.astype(np.float64), "number", ""
        if kind == "M":
            return array.astype("datetime64[us]"), "date", ""
    # a list such as [1, "a", None] is judged by its own entries: NumPy would make them all text
    cells = array.tolist() if hasattr(values, "dtype") else list(cast("Iterable[Any]", values))
    absent = np.broadcast_to(gaps, array.shape).tolist()
    return _objects([None if gap else cell for cell, gap in zip(cells, absent, strict=True)], None)


def _objects(cells: list[Any], kind: Kind | None) -> tuple[Values, Kind, str]:
    """Return values of a list of Python objects; without a kind, the one that all of them share."""
    if kind in (None, "category") and {str} <= {*map(type, cells)} <= {str, type(None)}:
        return np.array(cells, dtype=object), kind or "text", ""
    present = [cell for cell in cells if not _absent(cell)]
    if kind is None:
        kind = _shared_kind(present)
    if kind == "boolean" or kind == "number":
        numbers = [np.nan if _absent(cell) else float(cell) for cell in cells]
        rounded = any(isinstance(cell, int) and abs(cell) > EXACT for cell in present)
        note = "integers beyond 2^53, rounded to double precision" if rounded else ""
        whole = len(present) == len(cells) and all(type(cell) is int for cell in present)
        if whole and not rounded and kind == "number":
            return np.array(cells, dtype=np.int64), kind, ""
        return np.array(numbers, dtype=np.float64), kind, note
    values = np.empty(len(cells), dtype=object)
    for at, cell in enumerate(cells):
        values[at] = None if _absent(cell) else str(cell)
    types = sorted({type(cell).__name__ for cell in present})
    return values, kind, f"values of type {', '.join(types[:3])}" if kind == "other" else ""


def _shared_kind(present: list[Any]) -> Kind:
    """The kind that all of these values have; mixed ones are text, as they would be in a CSV file."""
    if all(isinstance(cell, bool | np.bool_) for cell in present):
        return "boolean" if present else "number"
    if all(isinstance(cell, Real | Decimal | np.number) for cell in present):
        return "number"
    if all(isinstance(cell, str | Real | Decimal | np.number) for cell in present):
        return "text"
    return "other"


def _absent(cell: Any) -> bool:
    """Whether a Python object stands for a missing value: None, NaN, NaT, pandas' NA."""
    if cell is None:
        return True
    if isinstance(cell, str | bytes | bool | int):
        return False
    try:
        return bool(cell != cell)
    except (TypeError, ValueError):
        return type(cell).__name__ == "NAType"
