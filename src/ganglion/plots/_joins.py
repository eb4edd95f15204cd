"""Where neighbouring leaves of a tree join, and how much of a banner that fills."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def joins_of_neighbours(merges: Floats, order: NDArray[np.int64]) -> Floats:
    """Return the height at which each leaf of the order joins the next one (n - 1,).

    A merge joins one pair of neighbours: the last leaf of the branch drawn first and the first leaf of the other.
    """
    n = len(order)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    low: list[int] = rank.tolist()
    high: list[int] = rank.tolist()
    place: list[int] = []
    pairs: list[list[int]] = merges[:, :2].astype(np.int64).tolist()
    for first, second in pairs:
        left, right = (first, second) if low[first] < low[second] else (second, first)
        place.append(high[left])
        low.append(low[left])
        high.append(high[right])
    joins = np.empty(n - 1)
    joins[place] = merges[:, 2]
    return joins


def coefficient(joins: Floats) -> float:
    """Return the mean over leaves of 1 - h_i / h_max, h_i the lower join of leaf i with a neighbour; 0 of one leaf."""
    top = float(joins.max(initial=0.0))
    if top == 0:
        return 0.0
    edged = np.concatenate(([np.inf], joins, [np.inf]))
    return float(np.mean(1.0 - np.minimum(edged[:-1], edged[1:]) / top))
