"""In how many draws items are together: blocks of the matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._errors import ParameterError
from ...._memory import check_memory
from ...._native import core
from .draws import Draws


def similarity_block(
    given: Draws, rows: Any = None, columns: Any = None, memory_limit: float | str | None = None
) -> NDArray[np.float64]:
    """The similarities of some items (all by default) with some items."""
    first = _chosen(rows, given.n, "rows")
    second = _chosen(columns, given.n, "columns")
    width = given.labels.dtype.itemsize
    needed = 8.0 * len(first) * len(second) + float(width * given.count) * (
        len(first) + len(second)
    )
    check_memory(
        needed,
        f"The similarities of {len(first):,} with {len(second):,} items",
        "Ask for a block at a time with rows= and columns=, or for a sample of the items with both.",
        memory_limit,
    )
    every = np.arange(given.count)
    out = np.empty((len(first), len(second)))
    left = given.take(every, first)
    if rows is None and columns is None:
        core.count_together(left, left, True, out)
    else:
        core.count_together(left, given.take(every, second), False, out)
    return out


def _chosen(chosen: Any, n: int, name: str) -> NDArray[np.int64]:
    if chosen is None:
        return np.arange(n)
    array = np.asarray(chosen)
    if array.ndim != 1 or array.dtype.kind not in "iu" or array.size == 0:
        raise ParameterError(
            f"{name} must be a list of item numbers from 0 to {n - 1}, or None for all; got {chosen!r}."
        )
    if int(array.min()) < 0 or int(array.max()) >= n:
        bad = int(array[(array < 0) | (array >= n)][0])
        raise ParameterError(f"{name} must hold item numbers from 0 to {n - 1}; got {bad}.")
    return array.astype(np.int64)
