"""Trees to draw, by SciPy and by hand."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import linkage

from ganglion.cluster import Tree

# Four points on a line at 0, 1, 8 and 10: pairs at heights 1 and 2, joined at 8.5 (average linkage).
FOUR = [[0, 1, 1.0, 2], [2, 3, 2.0, 2], [4, 5, 8.5, 4]]


def four(**options):
    return Tree(merges=FOUR, **({"method": "average", "metric": "euclidean"} | options))


def clouds(n, k=4, d=2, seed=0):
    rng = np.random.default_rng(seed)
    return 8.0 * rng.normal(size=(k, d))[np.arange(n) % k] + rng.normal(size=(n, d))


def tree_of(X, method="ward"):
    return Tree.from_scipy(linkage(X, method), method=method, metric="euclidean")


def chain(n, *, descending=False):
    """A tree that takes in one leaf after the other, in the order of the leaves or against it."""
    others = np.arange(n - 2, -1, -1) if descending else np.arange(1, n)
    start = n - 1 if descending else 0
    grown = np.concatenate(([start], n + np.arange(n - 2)))
    heights = np.arange(1.0, n)
    return Tree(merges=np.column_stack((grown, others, heights, np.arange(2, n + 1))))
