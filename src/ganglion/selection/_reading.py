"""How rules read a curve: its best k, and how a number of clusters is said."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan


def extreme(k: Sequence[int], values: Sequence[float], *, largest: bool) -> int | None:
    """Return the k of the largest (or smallest) value, the first on a tie; None where all are NaN.

    A k whose run has the clusters of the k before (there are no more different points) repeats that value, and so does
    not win.
    """
    held = [(value, number) for number, value in zip(k, values, strict=True) if not isnan(value)]
    if not held:
        return None
    sign = -1.0 if largest else 1.0
    return min(held, key=lambda pair: (sign * pair[0], pair[1]))[1]


def number_word(k: int) -> str:
    """Return "one cluster" or "k clusters"."""
    return "one cluster" if k == 1 else f"{k} clusters"
