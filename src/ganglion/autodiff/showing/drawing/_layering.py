"""Columns and lines: how far to the right each node stands, and where a long drawing goes on below."""

from __future__ import annotations

from collections.abc import Sequence

MOST_OVER = 1.15  # how much wider than its limit a line may be, to be cut at a better place
PASSES = 8  # of the descent below; drawings of lectures settle after two


def children_of(parents: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the consumers of every node, in order."""
    children: list[list[int]] = [[] for _ in parents]
    for node, its_parents in enumerate(parents):
        for parent in its_parents:
            children[parent].append(node)
    return children


def layers(parents: Sequence[Sequence[int]]) -> list[int]:
    """Return the column of every node, from 0: parents left of their consumers, wires short in total.

    Parents stand before their consumers in the list. A node that is only needed once follows its consumer, so inputs
    stand where they are first needed; the others go to where the wires into them and out of them are shortest, by
    coordinate descent. A wire that serves several consumers counts once, up to the farthest.
    """
    children = children_of(parents)
    layer = [0] * len(parents)
    for node in reversed(range(len(parents))):
        layer[node] = min((layer[child] for child in children[node]), default=1) - 1
    follows = _followers(parents, children)
    for _ in range(PASSES):
        before = list(layer)
        for node in reversed(range(len(parents))):
            if not children[node]:
                continue
            latest = min(layer[child] for child in children[node]) - 1
            layer[node] = (
                latest if follows[node] else _best(node, latest, layer, parents, children, follows)
            )
        if layer == before:
            break
    first = min(layer, default=0)
    return [column - first for column in layer]


def _followers(parents: Sequence[Sequence[int]], children: Sequence[Sequence[int]]) -> list[bool]:
    """Return whether all that leads to a node serves nothing else: such a tree moves along with its consumer."""
    follows: list[bool] = []
    for node, its_parents in enumerate(parents):
        # An input that serves many stands before the first of them, wherever that goes.
        follows.append(
            not its_parents or (len(children[node]) == 1 and all(follows[p] for p in its_parents))
        )
    return follows


def _best(
    node: int,
    latest: int,
    layer: Sequence[int],
    parents: Sequence[Sequence[int]],
    children: Sequence[Sequence[int]],
    follows: Sequence[bool],
) -> int:
    """Return the column with the shortest wires for one node; of equals the leftmost."""
    tied = [p for p in parents[node] if not follows[p]]
    if not tied:
        return latest
    earliest = max(layer[p] for p in tied) + 1
    # How far the wire of each parent goes anyway, for its other consumers.
    reach = [max((layer[c] for c in children[p] if c != node), default=layer[p]) for p in tied]
    # Going left lengthens the own wire by one per column and shortens those that end here.
    column = latest
    while column > earliest and sum(column > r for r in reach) >= 1:
        column -= 1
    return column


def lines(widths: Sequence[float], cut: Sequence[int], limit: float) -> list[range]:
    """Break columns of given widths into lines no wider than about the limit, where few wires are cut.

    `cut[i]` is the number of wires that would be cut before column i.
    """
    n = len(widths)
    if sum(widths) <= limit:
        return [range(n)]
    best = [0.0] + [float("inf")] * n
    start = [0] * (n + 1)
    for end in range(1, n + 1):
        width = 0.0
        for begin in range(end - 1, -1, -1):
            width += widths[begin]
            if width > MOST_OVER * limit and begin < end - 1:
                break
            empty = 1.0 - width / limit
            # The last line may be short, but not much shorter than half.
            ragged = 2.0 * max(empty - 0.5, 0.0) if end == n else 3.0 * empty * empty
            cost = best[begin] + 1.0 + ragged + 0.15 * (cut[begin] if begin else 0)
            if cost < best[end]:
                best[end], start[end] = cost, begin
    found: list[range] = []
    while n:
        found.append(range(start[n], n))
        n = start[n]
    return found[::-1]
