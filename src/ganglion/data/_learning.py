"""What a column teaches its code: centre, scale, categories, and what stands for a gap."""

from __future__ import annotations

import math

import numpy as np

from ._encoding import ColumnCode, Floats, Scale
from ._records import Column, Values

# standard deviation of a normal variable whose quartiles are 1 apart
NORMAL_SD_IN_IQR = 0.7413011092528009
SMALLEST = 5e-324


def learn(column: Column, scale: Scale) -> ColumnCode | None:
    """Learn one column's code from its present values; None where they are all the same."""
    present: Values = column.values[~column.missing]
    if column.kind in ("text", "category"):
        return _learn_category(column, scale)
    values = present.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    if low == high:
        return None
    fill = float(np.median(values / 2)) * 2 if max(-low, high) > 1e307 else float(np.median(values))
    if column.kind == "boolean":
        share = float(values.mean())
        center, spread = _indicator(share, math.sqrt(share * (1 - share)), scale)
        return ColumnCode(column.name, "boolean", (center,), (spread,), (), float(fill >= 0.5))
    center, spread = _location(values, scale)
    return ColumnCode(column.name, "number", (center,), (spread,), (), fill)


def _learn_category(column: Column, scale: Scale) -> ColumnCode | None:
    """One column of the matrix per text, in code point order, all on one scale (see `design_matrix`, Notes)."""
    counts: dict[str, int] = {}
    for cell in column.values.tolist():
        if cell is not None:
            counts[cell] = counts.get(cell, 0) + 1
    if len(counts) < 2:
        return None
    categories = tuple(sorted(counts))
    total = sum(counts.values())
    shares = [counts[category] / total for category in categories]
    spread = math.sqrt(1.0 - math.fsum(share * share for share in shares))
    coded = [_indicator(share, spread, scale) for share in shares]
    fill = max(categories, key=lambda category: counts[category])
    return ColumnCode(
        column.name,
        "category",
        tuple(center for center, _ in coded),
        tuple(width for _, width in coded),
        categories,
        fill,
    )


def _indicator(share: float, spread: float, scale: Scale) -> tuple[float, float]:
    """Centre and scale of a column of zeros and ones."""
    if scale == "none":
        return 0.0, 1.0
    return share, spread if scale == "standard" else spread / NORMAL_SD_IN_IQR


def _location(values: Floats, scale: Scale) -> tuple[float, float]:
    """Centre and scale of numbers that are not all the same; never zero, never infinite."""
    if scale == "none":
        return 0.0, 1.0
    # by a power of two to about 1, exactly, so that neither squares nor sums leave the doubles
    exponent = int(np.frexp(np.max(np.abs(values)))[1])
    unit = np.ldexp(values, -exponent)
    if scale == "standard":
        center = float(unit.mean())
        spread = float(np.sqrt(np.mean((unit - center) ** 2)))
    else:
        low, center, high = (float(q) for q in np.quantile(unit, (0.25, 0.5, 0.75)))
        spread = high - low
    half_range = (float(unit.max()) - float(unit.min())) / 2
    if (
        spread < half_range * 2.0**-1000
    ):  # half the values are one and the same, or as good as that beside the others
        spread = half_range
    largest = math.ldexp(
        1.0 - 2.0**-53, min(1024 - exponent, 2)
    )  # a range may be twice the largest double
    return math.ldexp(center, exponent), max(math.ldexp(min(spread, largest), exponent), SMALLEST)
