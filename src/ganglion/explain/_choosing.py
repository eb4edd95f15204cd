"""How many leaves a threshold tree has: grown once for each part of the rows, judged on the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._random import RandomState, generator
from ._features import Feature, Floats, Integers
from ._growing import Nodes, Pruning, grow, prune, recount, stem_of_one
from ._imm import stem_of
from ._splits import Codes, gini_finder

FOLDS = 5
FEW_ROWS = 2_000  # up to here every row is grown on, and kept back once
MOST_GROWN_ON = 30_000
LEAVES_A_CLUSTER = 2
SPARE = 2  # the tree that is cut back has so many times the leaves that are wanted
TOLERANCE = 0.01


@dataclass(frozen=True, eq=False)
class Grown:
    """What a tree is grown on: columns, the class of each row (n,), the rows that take part, the number of classes."""

    features: list[Feature]
    codes: Codes
    rows: Integers
    k: int

    def pruned(self, rows: Integers, leaves: int) -> list[Pruning]:
        """Grow a tree from the root, and one that parts centres first, and find their best subtrees."""
        find = gini_finder(self.features, self.codes, self.k)
        stems = [
            stem_of_one(self.codes, self.k, rows),
            stem_of(self.features, self.codes, self.k, rows),
        ]
        return [
            prune(grow(self.features, self.codes, stem, find, max(SPARE * leaves, 2)))
            for stem in stems
            if stem is not None
        ]

    def right(self, grown: list[Pruning], rows: Integers, leaves: int) -> Integers:
        """Return how many rows get their own label from each tree's best subtrees, (trees, leaves)."""
        table = np.empty((len(grown), leaves), dtype=np.int64)
        for own, found in zip(table, grown, strict=True):
            counts = recount(found.nodes, self.features, self.codes, rows)
            hits = [here[node.winner] for here, node in zip(counts, found.nodes, strict=True)]
            own[:] = [sum(hits[at] for at in found.leaves(most)) for most in range(1, leaves + 1)]
        return table


@dataclass(frozen=True, eq=False)
class Judged:
    """The tree that was chosen, what it is worth on rows kept back, and how many rows it was grown on."""

    nodes: Nodes
    held_out: float | None
    held_out_error: float | None
    grown_on: int


def judge(given: Grown, max_leaves: int | None, random_state: RandomState) -> Judged:
    """Grow a tree, choose its number of leaves where it is not given, and judge it on rows it was not grown on."""
    n = len(given.rows)
    most = LEAVES_A_CLUSTER * given.k if max_leaves is None else max_leaves
    most = min(most, n)
    order = given.rows[generator(random_state).permutation(n)]
    if n > FEW_ROWS:
        cut = min(MOST_GROWN_ON, n * (FOLDS - 1) // FOLDS)
        inside, outside = np.sort(order[:cut]), np.sort(order[cut:])
        grown = given.pruned(inside, most)
        right, kept_back = given.right(grown, outside, most), n - cut
    else:
        inside = given.rows
        grown = given.pruned(inside, most)
        right, kept_back = _cross_validated(given, order, most, len(grown)), n
    if n < 2 * FOLDS:
        found = min(grown, key=lambda tree: tree.errors_with(most))
        return Judged(found.tree(most), None, None, len(inside))
    fidelity = right.max(axis=0) / kept_back
    leaves = most if max_leaves is not None else _few(fidelity, kept_back, given.k)
    found = grown[int(np.argmax(right[:, leaves - 1]))]
    share = float(fidelity[leaves - 1])
    error = float(np.sqrt(share * (1.0 - share) / kept_back))
    return Judged(found.tree(leaves), share, error, len(inside))


def _cross_validated(given: Grown, order: Integers, most: int, trees: int) -> Integers:
    """Return how many rows get their own label from trees that were grown without their fifth, (trees, most)."""
    right = np.zeros((trees, most), dtype=np.int64)
    if len(order) < 2 * FOLDS:
        return right
    for fold in range(FOLDS):
        outside = order[fold::FOLDS]
        inside = np.sort(np.concatenate([order[at::FOLDS] for at in range(FOLDS) if at != fold]))
        right += given.right(given.pruned(inside, most), outside, most)
    return right


def _few(fidelity: Floats, kept_back: int, k: int) -> int:
    """Return the smallest number of leaves, at least one a cluster, that is hardly worse than the best."""
    best = float(fidelity.max())
    error = float(np.sqrt(best * (1.0 - best) / kept_back))
    enough = np.flatnonzero(fidelity >= best - max(error, TOLERANCE))
    return min(max(int(enough[0]) + 1, k), len(fidelity))
