"""Agglomeration along the edges of a graph, as scikit-learn's structured clustering does it."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Weights, is_sparse
from ..._errors import DataError, ParameterError, warn_caller
from ..._native import core
from ...distances import Items
from ...progress import Progress, Step

RULES = {"single": 0, "complete": 0, "average": 1, "ward": 3}
_STEPS_BETWEEN_SIGNALS = 1024

Edges = NDArray[np.int32]
"""(n_edges, 2), the lower item first, each once, ascending."""


def structured(
    items: Items,
    method: str,
    connectivity: Any,
    mass: Weights | None,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """The merges (n - 1, 4) in the order in which they were made; parts of the graph are joined first."""
    if method not in RULES:
        raise ParameterError(
            f'method="{method}" needs the distances between all items, and connectivity gives those of neighbours; use '
            'method="ward", "average", "complete" or "single", or connectivity=None.'
        )
    edges = _join_parts(items, _edges(connectivity, items.n))
    run = core.GraphClusters(RULES[method], method == "single", items.n, mass)
    distances = np.zeros(len(edges))
    if method == "ward":
        if items.vectors is None:
            raise ParameterError(
                'method="ward" with connectivity needs vectors and metric="euclidean"; got distances. Use '
                'method="average".'
            )
        run.take_vectors(np.ascontiguousarray(items.vectors, dtype=np.float64))
    else:
        core.edge_distances(items.pairs(dtype=_dtype(items)), edges, distances)
    run.take_edges(edges, distances)
    while run.n_clusters > 1:
        run.run(_STEPS_BETWEEN_SIGNALS)
        if progress is not None:
            done = items.n - run.n_clusters
            progress(Step("linkage", done, items.n - 1, math.nan, f"{run.n_clusters:,} clusters"))
    merges = np.empty((items.n - 1, 4))
    run.write_tree(items.n, merges)
    return merges


def count_parts(connectivity: Any, n: int) -> int:
    """Into how many parts a graph of n items falls."""
    return core.graph_parts(n, _edges(connectivity, n), np.empty(n, dtype=np.int32))


def _dtype(items: Items) -> type[np.float64] | None:
    return np.float64 if items.vectors is not None and items.metric != "callable" else None


def _edges(connectivity: Any, n: int) -> Edges:
    """What is not 0 in a matrix (n, n), in either direction; the diagonal says nothing."""
    if is_sparse(connectivity):
        matrix = connectivity.tocoo()
        _refuse_unknown(matrix.data)
        shape, row, column = (
            matrix.shape,
            matrix.row[matrix.data != 0],
            matrix.col[matrix.data != 0],
        )
    else:
        dense = np.asarray(connectivity)
        shape = dense.shape
        if dense.dtype.kind not in "biuf":
            raise DataError(
                f"connectivity must be a matrix of numbers or booleans; got dtype {dense.dtype}."
            )
        _refuse_unknown(dense)
        row, column = np.nonzero(dense) if dense.ndim == 2 else (np.empty(0), np.empty(0))
    if tuple(shape) != (n, n):
        raise DataError(
            f"connectivity must have shape ({n}, {n}), a row and a column for each item; got {tuple(shape)}."
        )
    low, high = np.minimum(row, column), np.maximum(row, column)
    key = np.unique((low * np.int64(n) + high)[low != high])
    return np.column_stack([key // n, key % n]).astype(np.int32)


def _refuse_unknown(entries: NDArray[Any]) -> None:
    """NaN says neither that there is an edge nor that there is none."""
    unknown = int(np.count_nonzero(entries != entries))
    if unknown:
        raise DataError(
            f"connectivity must say of each pair whether it is joined; it holds {unknown} NaN. Write 0 for no edge."
        )


def _join_parts(items: Items, edges: Edges) -> Edges:
    """Two parts of a graph that do not hang together get an edge between their closest items."""
    labels = np.empty(items.n, dtype=np.int32)
    parts = core.graph_parts(items.n, edges, labels)
    if parts == 1:
        return edges
    warn_caller(
        f"connectivity has {parts} parts that no edge joins; each two of them get an edge between their closest items. "
        "Add edges to choose others."
    )
    members = [np.flatnonzero(labels == part) for part in range(parts)]
    added = [edges]
    for a in range(parts):
        for b in range(a + 1, parts):
            i, j = _closest(items, members[a], members[b])
            added.append(np.array([[min(i, j), max(i, j)]], dtype=np.int32))
    return np.concatenate(added)


def _closest(items: Items, a: NDArray[np.intp], b: NDArray[np.intp]) -> tuple[int, int]:
    pairs = items.take(a).pairs(items.take(b), dtype=_dtype(items))
    kept = np.float32 if isinstance(pairs, core.Pairs32) else np.float64
    indices, distances = np.empty((len(a), 1), dtype=np.int64), np.empty((len(a), 1), dtype=kept)
    core.k_nearest(cast("Any", pairs), 1, indices, cast("Any", distances), False)
    at = int(np.argmin(distances[:, 0]))
    return int(a[at]), int(b[int(indices[at, 0])])
