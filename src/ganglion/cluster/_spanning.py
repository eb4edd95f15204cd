"""Smallest spanning trees, and single linkage, which is one of them in order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import ParameterError
from .._native import core
from ._merges import Merges

Edges = NDArray[np.int64]
"""(n - 1, 2): the items that each edge joins, the lower first."""


def spanning_tree(items: Any) -> tuple[Edges, NDArray[np.float64]]:
    """Edges (n - 1, 2) and weights (n - 1,) of the smallest spanning tree, ascending.

    `items` are items of any metric, or pairs of the kernels. Edges are ordered by weight, then by the lower item, then
    by the higher one; in this order the tree is the only smallest one, at any number of threads.
    """
    pairs = items if isinstance(items, core.Pairs32 | core.Pairs64) else items.pairs()
    if not pairs.symmetric:
        raise ParameterError(
            "A spanning tree needs distances within one collection; got those between two. Pass one collection."
        )
    n = pairs.n
    edges, weights = np.empty((n - 1, 2), dtype=np.int64), np.empty(n - 1)
    if isinstance(pairs, core.Pairs32):
        core.spanning_tree_pairs32(pairs, edges, weights)
    else:
        core.spanning_tree_pairs64(pairs, edges, weights)
    return edges, weights


def single_linkage(items: Any) -> Merges:
    """Merges (n - 1, 4) of single linkage: edges of the smallest spanning tree, joined in their order."""
    edges, weights = spanning_tree(items)
    merges = np.empty((len(edges), 4))
    core.spanning_merges(edges, weights, merges)
    return merges
