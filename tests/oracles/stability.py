"""Clusterwise stability as the paper writes it, with sets."""

from __future__ import annotations

from math import nan


def jaccard(first: set[int], second: set[int]) -> float:
    """|A n B| / |A u B|."""
    return len(first & second) / len(first | second)


def clusterwise(rows: list[int], labels: list[int], found: list[int], cluster: int) -> float:
    """The largest similarity of a cluster's rows in the resample to a cluster that was found there."""
    drawn = set(rows)
    mine = {row for row in drawn if labels[row] == cluster}
    if not mine:
        return nan
    others = [
        {row for row, name in zip(rows, found, strict=True) if name == other}
        for other in set(found) - {-1}
    ]
    return max((jaccard(mine, other) for other in others), default=0.0)
