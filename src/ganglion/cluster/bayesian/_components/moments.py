"""What defaults are taken from: the moments of each column, over the cells that are there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Sparse
from ...._errors import DataError
from .._rows import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Columns:
    """Each column of the data: how many cells are there (d,), their mean, variance, smallest and largest value."""

    counts: Floats
    mean: Floats
    variance: Floats
    low: Floats
    high: Floats


def column_moments(rows: Rows) -> Columns:
    """Moments of each column; the variance from differences to the mean, divided by the count."""
    x = rows.dense
    there = ~np.isnan(x)
    counts = there.sum(axis=0).astype(np.float64)
    if not np.all(counts):
        at = int(np.argmin(counts))
        raise DataError(
            f"X holds no value in {rows.column(at)}: all {len(x)} cells are missing, so no hyperparameter can be taken "
            "from it. Leave the column out, or give every hyperparameter a number."
        )
    filled = np.where(there, x, 0.0)
    low = np.where(there, x, np.inf).min(axis=0)
    high = np.where(there, x, -np.inf).max(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):  # refused by name
        base = (
            low + (high - low) / 2
        )  # sums of differences to it keep their digits far from the origin
        shift = np.where(there, filled - base, 0.0)
        offset = shift.sum(axis=0) / counts
        spread = np.where(there, shift - offset, 0.0)
        variance = (spread**2).sum(axis=0) / counts
    if not (np.all(np.isfinite(variance)) and np.all(np.isfinite(offset))):
        at = int(np.argmin(np.isfinite(variance) & np.isfinite(offset)))
        raise DataError(
            f"The variance of each column must fit into float64 (below 1.8e308); it overflows in {rows.column(at)}. "
            "Divide the column by a power of ten."
        )
    return Columns(counts, np.clip(base + offset, low, high), variance, low, high)


def spread(columns: Columns, rows: Rows, needed: str) -> Floats:
    """The variance (d,) that scales are taken from.

    Where all rows are equal, and the prior mean is theirs, any scale gives the same posterior over partitions: each
    cell contributes one factor to the density, whatever the partition. Then the size of the value stands for it. A
    column of one value among others would hold all rows together by an amount that only its made-up scale decides, so
    it is refused.
    """
    flat = columns.low == columns.high
    tiny = ~flat & (columns.variance < np.finfo(np.float64).tiny)
    if tiny.any():
        raise DataError(
            f"The variance of each column must fit into float64 (above 2.2e-308); it underflows in "
            f"{rows.column(int(np.argmax(tiny)))}. Multiply the column by a power of ten."
        )
    if flat.all():
        size = np.where(columns.low == 0, 1.0, np.abs(columns.low))
        return np.clip(size, 1e-150, 1e150) ** 2
    if flat.any():
        at = int(np.argmax(flat))
        raise DataError(
            f"X must vary in every column; {rows.column(at)} holds {columns.low[at]:g} in all rows"
            f"{_others(int(flat.sum()) - 1)}, and no scale can be taken from that. Leave the column out, or "
            f"pass {needed}."
        )
    return columns.variance


def counts_of(rows: Rows) -> tuple[Floats, Floats]:
    """Sum and number of cells (d,) of each column, of dense or sparse rows."""
    n, d = rows.shape
    if isinstance(rows.values, Sparse):
        sums = np.zeros(d)
        np.add.at(sums, rows.values.columns, rows.values.values)
        return sums, np.full(d, float(n))
    there = ~np.isnan(rows.values)
    sums = np.where(there, rows.values, 0.0).sum(axis=0)
    return sums, there.sum(axis=0).astype(np.float64)


def _others(count: int) -> str:
    return f" (and {count} more such column(s))" if count else ""
