"""Samples against given centres, by definition: labels, distances, inertia."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._arrays import Labels, Real, Samples, Sparse, raw_rows, suffix_of
from ..._native import core


def assign(X: Samples | Sparse, centers: Real) -> Labels:
    """The nearest centre (n,) of each checked sample, by definition; the lowest index wins a tie."""
    prepared = _like(X, centers)
    labels = np.empty(X.shape[0], dtype=np.int32)
    mean = 0 if isinstance(X, Sparse) else np.mean(centers, axis=0, dtype=np.float64)
    shift = np.broadcast_to(mean, centers.shape[1]).astype(prepared.centers.dtype)
    getattr(core, "nearest" + prepared.suffix)(prepared.rows, prepared.centers, shift, labels)
    return labels


def squared_distances(X: Samples | Sparse, centers: Real) -> npt.NDArray[np.float64]:
    """Squared distances (n, k) of checked samples to centres, by definition."""
    prepared = _like(X, centers)
    out = np.empty((X.shape[0], len(centers)))
    getattr(core, "all_distances" + prepared.suffix)(prepared.rows, prepared.centers, out)
    return out


def inertia_of(
    X: Samples | Sparse, centers: Real, labels: Labels, weights: npt.NDArray[np.float64] | None
) -> float:
    """Weighted sum of squared distances of checked samples to the centres that `labels` names."""
    prepared = _like(X, centers)
    return getattr(core, "own_distances" + prepared.suffix)(
        prepared.rows, prepared.centers, labels, weights, None
    )


@dataclass(frozen=True)
class _Matched:
    rows: Any
    centers: Real
    suffix: str


def _like(X: Samples | Sparse, centers: Real) -> _Matched:
    """Rows and centres in one dtype; float32 samples meet float64 centres in float64."""
    samples = X
    if X.dtype != centers.dtype:
        wide = np.float64
        samples = (
            replace(X, values=X.values.astype(wide)) if isinstance(X, Sparse) else X.astype(wide)
        )
        centers = centers.astype(wide)
    return _Matched(raw_rows(samples), np.ascontiguousarray(centers), suffix_of(samples))
