"""Distances of some items to others, as an array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._native import core
from ..distances.items import Items

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def distances_between(items: Items, rows: Integers, columns: Integers | None = None) -> Floats:
    """Return the distances (r, c), float64, of the items `rows` to the items `columns`, or to all."""
    others = items if columns is None else items.take(columns)
    pairs = items.take(rows).pairs(others)
    if isinstance(pairs, core.Pairs32):
        narrow = np.empty((len(rows), others.n), dtype=np.float32)
        core.fill_square(pairs, narrow, 0, len(rows))
        return narrow.astype(np.float64)
    wide = np.empty((len(rows), others.n))
    core.fill_square(pairs, wide, 0, len(rows))
    return wide
