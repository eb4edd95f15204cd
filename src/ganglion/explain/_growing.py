"""Binary trees of tests: grown best first, and cut back so that no tree with as few leaves inside it errs less."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._conditions import Test, test_of
from ._features import Categories, Feature, Integers
from ._splits import Finder, Split

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Node:
    """A node: its test with the two nodes below, or a leaf (test None); and rows of each class in the training."""

    counts: tuple[int, ...]
    test: Test | None = None
    left: int = -1
    right: int = -1

    @property
    def size(self) -> int:
        """Rows."""
        return sum(self.counts)

    @property
    def winner(self) -> int:
        """The most frequent class, the lowest among equals."""
        return max(range(len(self.counts)), key=lambda c: (self.counts[c], -c))

    @property
    def errors(self) -> int:
        """Rows of other classes."""
        return self.size - max(self.counts)


Nodes = tuple[Node, ...]


def passes(test: Test, feature: Feature, rows: Integers) -> NDArray[np.bool_]:
    """Return which rows pass a test of their column."""
    if isinstance(feature, Categories):
        codes = feature.codes[rows]
        return codes == (-1 if test.category == len(feature.categories) else test.category)
    values = feature.values[rows]
    return (values <= test.threshold) | (np.isnan(values) & test.missing_left)


@dataclass(frozen=True)
class Stem:
    """A tree from which another one is grown, and the rows in each of its leaves."""

    nodes: Nodes
    ends: dict[int, Integers]


def stem_of_one(codes: Codes, k: int, rows: Integers) -> Stem:
    """Return the tree that is a leaf."""
    return Stem((leaf(codes, rows, k),), {0: rows})


def grow(features: list[Feature], codes: Codes, stem: Stem, find: Finder, most: int) -> Nodes:
    """Grow a tree to at most `most` leaves: the leaf whose split gains most is split next, the oldest among equals."""
    nodes = list(stem.nodes)
    k = len(nodes[0].counts)
    waiting: list[tuple[float, int, Split, Integers]] = []
    for at, rows in stem.ends.items():
        _consider(waiting, find, at, rows)
    while waiting and (len(nodes) + 1) // 2 < most:
        _, at, split, own = heapq.heappop(waiting)
        feature = features[split.feature]
        test = test_of(split, feature)
        left = passes(test, feature, own)
        place = len(nodes)
        nodes[at] = Node(nodes[at].counts, test, place, place + 1)
        for below in (own[left], own[~left]):
            nodes.append(leaf(codes, below, k))
            _consider(waiting, find, len(nodes) - 1, below)
    return tuple(nodes)


def leaf(codes: Codes, rows: Integers, k: int) -> Node:
    """Return a leaf with these rows."""
    return Node(tuple(np.bincount(codes[rows], minlength=k).tolist()))


def _consider(
    waiting: list[tuple[float, int, Split, Integers]], find: Finder, at: int, rows: Integers
) -> None:
    """Put a leaf among those that can be split."""
    split = find(rows)
    if split is not None:
        heapq.heappush(waiting, (-split.gain, at, split, rows))


def routed(nodes: Nodes, features: list[Feature], rows: Integers) -> Iterator[tuple[int, Integers]]:
    """Yield every node with those of the rows that come through it."""
    waiting = [(0, rows)]
    while waiting:
        at, own = waiting.pop()
        yield at, own
        test = nodes[at].test
        if test is not None:
            left = passes(test, features[test.feature], own)
            waiting += [(nodes[at].left, own[left]), (nodes[at].right, own[~left])]


def recount(nodes: Nodes, features: list[Feature], codes: Codes, rows: Integers) -> list[list[int]]:
    """Return how many of the rows of each class come through each node."""
    k = len(nodes[0].counts)
    found: list[list[int]] = [[0] * k for _ in nodes]
    for at, own in routed(nodes, features, rows):
        found[at] = np.bincount(codes[own], minlength=k).tolist()
    return found


@dataclass(frozen=True, eq=False)
class Pruning:
    """For every number of leaves the subtree that errs least (from the root on; Bohanec and Bratko 1994).

    Attributes
    ----------
    nodes : tuple of Node
        The whole tree.
    errors : list of list of int
        For each node, the fewest errors with 1, 2, ... leaves below it.
    shares : list of list of int
        How many of them go to the left, for each; 0 for a leaf.
    """

    nodes: Nodes
    errors: list[list[int]]
    shares: list[list[int]]

    def errors_with(self, most: int) -> int:
        """Return the errors of the best subtree with at most `most` leaves."""
        return min(self.errors[0][:most])

    def leaves(self, most: int) -> set[int]:
        """Return the leaves of the best subtree with at most `most` of them; of equally good ones the smallest."""
        root = self.errors[0]
        there = min(most, len(root))
        best = min(range(there), key=lambda at: (root[at], at)) + 1
        found: set[int] = set()
        waiting = [(0, best)]
        while waiting:
            at, count = waiting.pop()
            share = self.shares[at][count - 1]
            if share == 0:
                found.add(at)
            else:
                node = self.nodes[at]
                waiting += [(node.left, share), (node.right, count - share)]
        return found

    def tree(self, most: int) -> Nodes:
        """Return that subtree, its nodes in the order of reading."""
        leaves = self.leaves(most)
        found: list[Node] = []

        def take(at: int) -> int:
            place, node = len(found), self.nodes[at]
            found.append(Node(node.counts))
            if at not in leaves:
                left = take(node.left)
                found[place] = Node(node.counts, node.test, left, take(node.right))
            return place

        take(0)
        return tuple(found)


def prune(nodes: Nodes) -> Pruning:
    """Find the best subtrees of a tree, from its leaves up. Time O(leaves^2)."""
    errors: list[list[int]] = [[] for _ in nodes]
    shares: list[list[int]] = [[] for _ in nodes]
    for at in range(len(nodes) - 1, -1, -1):  # children stand behind their parents
        node = nodes[at]
        errors[at], shares[at] = [node.errors], [0]
        if node.test is None:
            continue
        left, right = errors[node.left], errors[node.right]
        for count in range(2, len(left) + len(right) + 1):
            first, last = max(1, count - len(right)), min(len(left), count - 1)
            share = min(
                range(first, last + 1), key=lambda i: (left[i - 1] + right[count - i - 1], i)
            )
            errors[at].append(left[share - 1] + right[count - share - 1])
            shares[at].append(share)
    return Pruning(nodes, errors, shares)
