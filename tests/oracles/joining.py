"""How far an item is from a cluster of a tree, by the definition of each method, one pair of items at a time."""

from __future__ import annotations

import math

import numpy as np


def height(method, tree, items, distance, new, without=None):
    """The distance of `new` to the `items` (indices) of one cluster of a tree; `without` one of them.

    `distance(i, j)` is between items, `distance(i, new)` to the new one. Median and weighted linkage go up the tree by
    the recurrence of Lance and Williams; the others are what their names say.
    """
    others = [i for i in items if i != without]
    if not others:
        return 0.0
    far = [distance(i, new) for i in others]
    if method in ("single", "mst"):
        return min(far)
    if method == "complete":
        return max(far)
    if method in ("average", "diana"):
        return sum(far) / len(far)
    if method == "minimax":
        both = [*others, new]
        return min(max(distance(i, j) for j in both) for i in both)
    squares = sum(d * d for d in far) / len(far)
    inside = sum(distance(i, j) ** 2 for i in others for j in others) / 2 / len(far) ** 2
    to_center = max(squares - inside, 0.0)
    if method == "ward":
        return math.sqrt(2 * len(far) / (len(far) + 1) * to_center)
    assert method in ("centroid", "bisecting", "pddp")
    return math.sqrt(to_center)


def recurred(method, tree, items, far):
    """The same for "weighted" and "median", by the recurrence; `far[i]` is the distance of item i to the new one."""
    node = {i: far[i] for i in range(tree.n_leaves)}
    inside = {i: {i} for i in range(tree.n_leaves)}
    for at, (one, other) in enumerate(tree.children.tolist()):
        a, b, between = node[one], node[other], float(tree.heights[at])
        new = tree.n_leaves + at
        inside[new] = inside[one] | inside[other]
        if method == "weighted":
            node[new] = (a + b) / 2
        else:
            node[new] = math.sqrt(max(a * a / 2 + b * b / 2 - between * between / 4, 0.0))
        if inside[new] == set(items):
            return node[new]
    (only,) = items
    return node[only]


def euclidean(X, new):
    """`distance` of `height` between rows, the new one called len(X)."""
    rows = np.vstack([X, new])
    return lambda i, j: math.dist(rows[i], rows[j])
