"""Data frames of any make where rows of numbers are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._arrays import Samples, check_samples
from .._errors import DataError
from ..data.tables import Column, Table, table_from_frame


def is_frame(X: Any) -> bool:
    """Whether X is a table with named columns: a data frame, a `ganglion.data.Table`, or a dict of columns."""
    if isinstance(X, Table | Mapping):
        return True
    return not isinstance(X, np.ndarray) and (
        hasattr(X, "__dataframe__") or hasattr(X, "__narwhals_dataframe__") or hasattr(X, "columns")
    )


def as_table(X: Any) -> Table:
    """Take a data frame, a dict of columns or a table as a table."""
    return X if isinstance(X, Table) else table_from_frame(X)


def matrix_of_frame(X: Any, metric: str, name: str) -> Samples:
    """Return the columns of a frame, all numbers or booleans, as rows of numbers."""
    if not isinstance(X, Table | Mapping):
        plain = np.asarray(X)
        if plain.dtype.kind in "fiub" and plain.ndim == 2:
            return check_samples(X, name=name)
    table = as_table(X)
    for column in table.columns:
        if column.kind not in ("number", "boolean"):
            raise DataError(
                f"metric={metric!r} is between rows of numbers; column {column.name!r} of {name} holds "
                f"{_held(column)}. Leave it out, or use metric='gower', which takes mixed columns."
            )
        if column.missing.any():
            row = int(np.flatnonzero(column.missing)[0])
            raise DataError(
                f"metric={metric!r} needs every value; {name} has {int(column.missing.sum())} missing in column "
                f"{column.name!r}, the first at row {row}. Fill them in, drop those rows, or use metric='gower', "
                "which leaves missing cells out."
            )
    values = np.column_stack([column.values.astype(np.float64) for column in table.columns])
    return check_samples(values, name=name, names=table.names)


def _held(column: Column) -> str:
    """What a column holds, for people."""
    if column.kind == "other":
        return column.note or "neither numbers nor text"
    return {"category": "categories", "date": "dates"}.get(column.kind, column.kind)
