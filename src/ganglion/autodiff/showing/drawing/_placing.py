"""The height of every cell, its order in the column being given: as straight as can be, without overlaps.

Each sweep moves the cells of a column to the weighted least-squares fit of their neighbours' heights under the
smallest distances between them. That is a regression under an order, which pooling adjacent violators solves exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Pull = tuple[int, float, float]  # a neighbour, the height difference wanted to it, the weight


def place_cells(
    columns: Sequence[Sequence[int]],
    pulls_left: Sequence[Sequence[Pull]],
    pulls_right: Sequence[Sequence[Pull]],
    distance: Callable[[int, int], float],
    *,
    sweeps: int,
) -> list[float]:
    """Return the height of every cell.

    Parameters
    ----------
    columns : sequence of sequence of int
        The cells of each column, from the top.
    pulls_left, pulls_right : sequence of sequence of (int, float, float)
        For each cell its neighbours in the column before and after, what to add to their height, and the weight.
    distance : callable
        The smallest distance of two cells of which the first is next above the second.
    sweeps : int
        How often to go through, leftwards and rightwards in turn.

    Returns
    -------
    list of float
        Heights, growing downwards.
    """
    heights = [0.0] * sum(len(column) for column in columns)
    offsets = [_offsets(column, distance) for column in columns]
    for column, offset in zip(columns, offsets, strict=True):
        middle = (offset[-1] if offset else 0.0) / 2
        for cell, at in zip(column, offset, strict=True):
            heights[cell] = at - middle
    n = len(columns)
    for sweep in range(sweeps):
        leftwards = sweep % 2 == 0
        # The first sweeps look one way, so that order spreads from the output; the later ones balance both sides.
        one_way = sweep < 4
        for index in reversed(range(n)) if leftwards else range(n):
            column = columns[index]
            wishes: list[float] = []
            weights: list[float] = []
            for cell in column:
                pulls = pulls_right[cell] if leftwards else pulls_left[cell]
                if not one_way or not pulls:
                    pulls = [*pulls_left[cell], *pulls_right[cell]]
                total = sum(weight for _, _, weight in pulls)
                weights.append(total or 1e-3)
                wished = sum(weight * (heights[other] + by) for other, by, weight in pulls)
                wishes.append(wished / total if total else heights[cell])
            for cell, height in zip(
                column, fit_in_order(wishes, weights, offsets[index]), strict=True
            ):
                heights[cell] = height
    return heights


def _offsets(column: Sequence[int], distance: Callable[[int, int], float]) -> list[float]:
    """Return the heights of a column packed as densely as allowed, from 0."""
    offsets: list[float] = []
    for index, cell in enumerate(column):
        offsets.append(offsets[-1] + distance(column[index - 1], cell) if index else 0.0)
    return offsets


def fit_in_order(
    wishes: Sequence[float], weights: Sequence[float], offsets: Sequence[float]
) -> list[float]:
    """Return the heights nearest to the wishes (weighted squares) with at least the packed distances between them."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
    for wish, weight, offset in zip(wishes, weights, offsets, strict=True):
        mean, total, size = wish - offset, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, heavy, more = blocks.pop()
            mean = (mean * total + other * heavy) / (total + heavy)
            total += heavy
            size += more
        blocks.append((mean, total, size))
    flat = [mean for mean, _, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=True)]
