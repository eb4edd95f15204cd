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
        kept: Any = getattr(series.to_native(), "dtype", None)
        dtype: Any = series.dtype
        if getattr(kept, "ordered", False) is True:  # pandas
            found[str(series.name)] = tuple(str(category) for category in kept.categories)
        elif dtype == nw.Enum:
            found[str(series.name)] = tuple(str(category) for category in dtype.categories)
    return found
