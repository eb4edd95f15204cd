"""The order of the cells in each column, with few crossings: barycentre sweeps and exchanges of neighbours.

Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures" (1981); the exchanges are
those of Gansner, Koutsofios, North, Vo, "A technique for drawing directed graphs" (1993), section 3.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

Links = Sequence[
    Sequence[tuple[int, float]]
]  # for each cell: the cells it is linked to, and where on them (0 to 1)


def order_columns(
    columns: list[list[int]], left: Links, right: Links, *, sweeps: int
) -> list[list[int]]:
    """Return the columns, each reordered.

    Parameters
    ----------
    columns : list of list of int
        The cells of each column, from the top, in the order to start from.
    left, right : sequence of sequence of (int, float)
        The cells in the column before and after that a cell is linked to, and the height of the link at the right
        one of the two, as a share of it.
    sweeps : int
        How many times to go through, leftwards and rightwards in turn.

    Returns
    -------
    list of list of int
        The best order that was met.
    """
    best = [list(column) for column in columns]
    fewest = crossings(best, right)
    now = [list(column) for column in best]
    position = _positions(now)
    idle = 0
    for sweep in range(sweeps):
        if fewest == 0 or idle == 4:
            break
        _sweep(now, position, left, right, leftwards=sweep % 2 == 0)
        _exchange(now, position, left, right)
        count = crossings(now, right)
        idle += 1
        if count < fewest:
            fewest, best, idle = count, [list(column) for column in now], 0
    return best


def crossings(columns: Sequence[Sequence[int]], right: Links) -> int:
    """Count the crossings of straight links between neighbouring columns."""
    total = 0
    position = _positions(columns)
    for column in columns:
        seen: list[float] = []
        for cell in column:
            ends = sorted(position[other] + 0.9 * at for other, at in right[cell])
            for end in ends:
                total += len(seen) - bisect_right(seen, end)
            for end in ends:
                insort(seen, end)
    return total


def _positions(columns: Sequence[Sequence[int]]) -> dict[int, int]:
    return {cell: index for column in columns for index, cell in enumerate(column)}


def _sweep(
    now: list[list[int]], position: dict[int, int], left: Links, right: Links, *, leftwards: bool
) -> None:
    """Put each cell of one column after the other at the mean position of its neighbours in the last one."""
    around = reversed(range(len(now) - 1)) if leftwards else range(1, len(now))
    links = right if leftwards else left
    for index in around:
        before = len(now[index + 1 if leftwards else index - 1])
        size = len(now[index])
        wish: dict[int, float] = {}
        for place, cell in enumerate(now[index]):
            if links[cell]:
                ends = [
                    position[other] + (0.9 * at if leftwards else 0.0) for other, at in links[cell]
                ]
                wish[cell] = sum(ends) / len(ends)
            else:
                wish[cell] = place * before / size
        now[index].sort(key=wish.__getitem__)
        position.update((cell, place) for place, cell in enumerate(now[index]))


def _exchange(now: list[list[int]], position: dict[int, int], left: Links, right: Links) -> None:
    """Exchange neighbours in a column as long as that removes crossings."""
    for _ in range(4):
        improved = False
        for column in now:
            for i in range(len(column) - 1):
                upper, lower = column[i], column[i + 1]
                kept = _between(upper, lower, position, left, right)
                if kept and _between(lower, upper, position, left, right) < kept:
                    column[i], column[i + 1] = lower, upper
                    position[lower], position[upper] = i, i + 1
                    improved = True
        if not improved:
            return


def _between(upper: int, lower: int, position: dict[int, int], left: Links, right: Links) -> int:
    """Count the crossings of the links of two cells, the first above the second."""
    total = 0
    ends = sorted(position[other] + 0.9 * at for other, at in right[lower])
    for other, at in right[upper]:
        total += _below(ends, position[other] + 0.9 * at)
    starts = sorted(position[other] for other, _ in left[lower])
    for other, _ in left[upper]:
        total += _below(starts, position[other])
    return total


def _below(ends: Sequence[float], end: float) -> int:
    """Count the ends that are smaller than one."""
    count = 0
    for other in ends:
        if other >= end:
            break
        count += 1
    return count
