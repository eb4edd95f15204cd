"""Linkages that merge one pair after the other: centroid, median and minimax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Weights
from ..._memory import check_memory
from ..._native import core
from ...distances import Items
from ...progress import Progress, Step
from .agglomeration import RULES

_STEPS_BETWEEN_SIGNALS = 64


def centroid_or_median(
    items: Items,
    method: str,
    mass: Weights | None,
    memory_limit: float | str | None = None,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """The merges (n - 1, 4) in the order in which they were made (Müllner 2011, the generic algorithm)."""
    if items.metric == "euclidean" and items.vectors is not None:
        run = core.CentroidClusters(RULES[method], items.vectors, mass)
    else:
        _check_matrix(items.n, method, 'Pass vectors with metric="euclidean".', memory_limit)
        run = core.SquareClusters(RULES[method], items.n, mass)
        run.fill(items.pairs())
    _finish(run, items.n, progress)
    merges = np.empty((items.n - 1, 4))
    run.write_tree(items.n, merges)
    return merges


def minimax(
    items: Items, memory_limit: float | str | None = None, progress: Progress | None = None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The merges (n - 1, 4) and the prototype of each (Bien and Tibshirani 2011)."""
    _check_matrix(items.n, "minimax", 'Use method="complete", or fewer items.', memory_limit)
    run = core.MinimaxClusters(items.n)
    vectors = items.vectors is not None and items.metric != "callable"
    run.fill(items.pairs(dtype=np.float64 if vectors else None))
    _finish(run, items.n, progress)
    merges, prototypes = np.empty((items.n - 1, 4)), np.empty(items.n - 1, dtype=np.int64)
    run.write_tree(items.n, merges, prototypes)
    return merges, prototypes


def _finish(run: Any, n: int, progress: Progress | None) -> None:
    while run.n_clusters > 1:
        run.run(_STEPS_BETWEEN_SIGNALS)
        if progress is not None:
            done = n - run.n_clusters
            progress(Step("linkage", done, n - 1, math.nan, f"{run.n_clusters:,} clusters"))


def _check_matrix(n: int, method: str, instead: str, memory_limit: float | str | None) -> None:
    check_memory(8.0 * n * n, f"method={method!r} on {n:,} items", instead, memory_limit)
