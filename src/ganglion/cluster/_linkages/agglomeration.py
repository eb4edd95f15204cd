"""Agglomeration over distances: rounds without a matrix, then the matrix of the clusters that are left."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Weights
from ..._memory import available_memory, check_memory, read_memory_limit
from ..._native import core
from ...distances import Items, as_items
from ...progress import Progress, Step

RULES = {"complete": 0, "average": 1, "weighted": 2, "ward": 3, "centroid": 4, "median": 5}
"""The numbers of the rules in native/linkage_problem.hpp."""

_CONTRACTED = (
    "complete",
    "average",
    "weighted",
)  # what many distances become is a maximum or a sum of them
_SMALL_MATRIX = 1 << 28
# nanoseconds a pair: from here on a matrix is cheaper than to compute distances again
_COSTLY = 20.0
# Of the clusters one in so many must be merged for another round to pay: without a matrix it saves room that is dear to
# touch for the first time; with one the alternative is a chain, which costs no more than about ten contractions.
_FEWEST_MERGES = 32
_FEWEST_MERGES_IN_MATRIX = 10


@dataclass(frozen=True)
class Phases:
    """Where one way of working gives way to the next; what comes out is the same.

    Attributes
    ----------
    matrix_bytes : float
        The largest matrix of clusters: while it would be larger, rounds go without one.
    contract : bool
        Whether rounds contract the matrix before chains finish it.
    """

    matrix_bytes: float
    contract: bool = True


def plan_phases(items: Items, pair_cost: float, memory_limit: float | None) -> Phases:
    """Half of what the condensed distances in float64 would take, and more where distances are dear."""
    condensed = 4.0 * items.n * (items.n - 1)
    most = available_memory() / 2 if memory_limit is None else memory_limit
    wanted = (
        2 * condensed if pair_cost >= _COSTLY or not _is_cheap_to_take(items) else 0.45 * condensed
    )
    return Phases(min(most, max(wanted, _SMALL_MATRIX)))


def agglomerate(
    items: Items,
    method: str,
    mass: Weights | None,
    *,
    memory_limit: float | str | None = None,
    progress: Progress | None = None,
    phases: Phases | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The merges of a reducible linkage as they were found."""
    n = items.n
    squared = method == "complete" and items.metric == "euclidean" and items.vectors is not None
    if squared:  # the largest of squares is the square of the largest: one root for a merge instead of one for a pair
        items = as_items(items.vectors, "sqeuclidean")
    run = core.Agglomeration(RULES[method], n, mass)
    limit = read_memory_limit(memory_limit)
    order = np.empty(n, dtype=np.int32)
    dtype = np.float64 if items.vectors is not None and items.metric != "callable" else None
    pairs = items.pairs(dtype=dtype)
    if phases is None:
        phases = plan_phases(items, pairs.pair_cost, limit)
    run.arrange(pairs.pair_cost, order)
    slow = False
    while run.n_clusters > 1 and _matrix_bytes(run.n_clusters) > phases.matrix_bytes:
        if slow or method not in _CONTRACTED or not _is_cheap_to_take(items):
            _check_matrix(run.n_clusters, n, method, limit)
            break
        before = run.n_clusters
        slow = run.merge_round(pairs) * _FEWEST_MERGES < before
        _report(progress, n, run.n_clusters)
        run.arrange(pairs.pair_cost, order)
        del pairs
        pairs = items.take(order).pairs(dtype=dtype)
    if run.n_clusters > 1:
        run.fill(pairs)
        del pairs
        _finish_in_matrix(run, n, phases.contract and method in _CONTRACTED, progress)
    found, heights = np.empty((n - 1, 2), dtype=np.int32), np.empty(n - 1)
    run.read_merges(found, heights)
    return found, np.sqrt(heights) if squared else heights


def _finish_in_matrix(
    run: core.Agglomeration, n: int, contract: bool, progress: Progress | None
) -> None:
    """Contractions while they pay, then a chain."""
    while run.n_clusters > 1 and contract:
        before = run.n_clusters
        contract = run.contract() * _FEWEST_MERGES_IN_MATRIX >= before
        _report(progress, n, run.n_clusters)
    run.chain()
    _report(progress, n, run.n_clusters)


def _matrix_bytes(n_clusters: int) -> float:
    return 8.0 * n_clusters * (n_clusters + 8)


def _check_matrix(n_clusters: int, n: int, method: str, limit: float | None) -> None:
    check_memory(
        _matrix_bytes(n_clusters),
        f"method={method!r} on {n:,} items, of which {n_clusters:,} clusters are left before they need a matrix,",
        'Use method="ward" or "single", which need none, or fewer items.',
        limit,
    )


def _is_cheap_to_take(items: Items) -> bool:
    """Whether distances are computed when they are asked for, and so can be asked for in any order."""
    return items.metric not in ("precomputed", "callable")


def _report(progress: Progress | None, n: int, n_clusters: int) -> None:
    if progress is not None:
        progress(Step("linkage", n - n_clusters, n - 1, math.nan, f"{n_clusters:,} clusters"))
