"""Which columns of a data frame have an order of categories."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from ..data.tables import Table


def ordered_categories(X: Any) -> dict[str, tuple[str, ...]]:
    """Return column to categories, lowest first, for the ordered categoricals of a data frame."""
    if isinstance(X, Table | dict) or not hasattr(X, "columns"):
        return {}
    frame = nw.from_native(X, eager_only=True)
    found: dict[str, tuple[str, ...]] = {}
    for series in frame.iter_columns():
        dtype = series.dtype
        native: Any = series.to_native()
        if dtype == nw.Enum or getattr(getattr(native, "dtype", None), "ordered", False) is True:
            found[str(series.name)] = tuple(
                str(category) for category in series.cat.get_categories()
            )
    return found
