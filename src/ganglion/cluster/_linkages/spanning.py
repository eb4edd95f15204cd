"""Smallest spanning trees, and single linkage, which is one of them in order."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Real
from ..._errors import ParameterError
from ..._native import core
from ...distances.items import Items
from .._trees.merges import Merges

Edges: TypeAlias = NDArray[np.int64]
"""(n - 1, 2): the items that each edge joins, the lower first."""
AnyPairs: TypeAlias = core.Pairs32 | core.Pairs64

# What the tree of boxes is compiled for. Where nothing sets the points apart, looking through all pairs is as fast from
# 16 features on and twice as fast at 64; where there are clusters, the boxes are several times faster at any number.
_FEW_FEATURES = 64
# Neighbours that are kept of each point: with 2 to 8 the time is about the same, with more the first search is longer.
_KEPT = 4
# Fewer items than this are joined one by one; 0 neighbours are kept.
_FEW_ITEMS = 256
# Squares of such numbers, and sums of many, are neither infinite nor zero.
_LARGEST, _SMALLEST = 2.0**490, 2.0**-300


def spanning_tree(items: Items | AnyPairs) -> tuple[Edges, NDArray[np.float64]]:
    """Edges (n - 1, 2) and weights (n - 1,) of the smallest spanning tree, ascending.

    Edges are ordered by weight, then by the lower item, then by the higher one; in this order the tree is the only
    smallest one, at any number of threads.
    """
    if isinstance(items, Items):
        vectors = items.vectors
        if (
            items.metric in ("euclidean", "sqeuclidean")
            and vectors is not None
            and vectors.shape[1] <= _FEW_FEATURES
        ):
            return _tree_of_vectors(vectors, squared=items.metric == "sqeuclidean")
        items = items.pairs()
    return _tree_of_pairs(items)


def single_linkage(items: Items | AnyPairs) -> Merges:
    """Merges (n - 1, 4) of single linkage: edges of the smallest spanning tree, joined in their order."""
    edges, weights = spanning_tree(items)
    merges = np.empty((len(edges), 4))
    core.spanning_merges(edges, weights, merges)
    return merges


def _tree_of_pairs(pairs: AnyPairs) -> tuple[Edges, NDArray[np.float64]]:
    if not pairs.symmetric:
        raise ParameterError(
            "A spanning tree needs distances within one collection; got those between two. Pass one collection."
        )
    edges, weights = np.empty((pairs.n - 1, 2), dtype=np.int64), np.empty(pairs.n - 1)
    kept = 0 if pairs.n < _FEW_ITEMS else _KEPT
    if isinstance(pairs, core.Pairs32):
        core.spanning_tree_pairs32(pairs, kept, edges, weights)
    else:
        core.spanning_tree_pairs64(pairs, kept, edges, weights)
    return edges, weights


def _tree_of_vectors(vectors: Real, *, squared: bool) -> tuple[Edges, NDArray[np.float64]]:
    """Float64 throughout; numbers whose squares would overflow or vanish are scaled by a power of two."""
    x = np.ascontiguousarray(vectors, dtype=np.float64)
    largest = max(float(x.max()), -float(x.min()))
    exponent = 0 if _SMALLEST <= largest <= _LARGEST else -math.frexp(largest)[1]
    if exponent:
        x = np.ldexp(x, exponent)
    edges, weights = np.empty((len(x) - 1, 2), dtype=np.int64), np.empty(len(x) - 1)
    core.spanning_tree_vectors(x, _KEPT, squared, edges, weights)
    if exponent:
        with np.errstate(over="ignore"):  # the square of a distance need not be finite
            weights = np.ldexp(weights, -2 * exponent if squared else -exponent)
    return edges, weights
