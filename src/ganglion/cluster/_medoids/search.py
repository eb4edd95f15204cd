"""FasterPAM, pass by pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ...progress import Progress, Step
from .pairs import Indices, MedoidPairs
from .starts import center


@dataclass(frozen=True)
class Limits:
    """When a search ends before it has converged."""

    max_iter: int
    progress: Progress | None

    def is_stopped(self, step: int, loss: float, message: str = "") -> bool:
        """Tell the caller of one pass; whether the caller asks to stop."""
        if self.progress is None:
            return False
        return self.progress(Step("k-medoids", step, self.max_iter, loss, message)) is True


@dataclass(frozen=True)
class Found:
    """Where a search ended."""

    medoids: Indices
    loss: float
    n_iter: int
    n_swaps: int
    is_converged: bool
    is_certified: bool
    is_stopped: bool
    algorithm: str


def fasterpam(pairs: MedoidPairs, medoids: Indices, limits: Limits) -> Found:
    """Swap medoids until no swap lowers the loss (Schubert and Rousseeuw 2021, algorithm 4)."""
    if len(medoids) == 1:
        return one_medoid(pairs, limits)
    return passes(
        pairs.kernel("MedoidSearch")(pairs.pairs, medoids, pairs.weights), pairs.n, limits
    )


def passes(search: Any, n: int, limits: Limits) -> Found:
    """Judge all candidates exactly, pass after pass."""
    n_iter, stopped = 0, False
    while n_iter < limits.max_iter and not search.converged and not stopped:
        search.scan(n)
        n_iter += 1
        stopped = limits.is_stopped(n_iter, search.loss)
    return Found(
        medoids=search.medoids.copy(),
        loss=search.loss,
        n_iter=n_iter,
        n_swaps=search.n_swaps,
        is_converged=search.converged,
        is_certified=search.converged,
        is_stopped=stopped,
        algorithm="fasterpam",
    )


def one_medoid(pairs: MedoidPairs, limits: Limits) -> Found:
    """The item of the lowest sum of distances: one medoid needs no search."""
    medoid = center(pairs)
    loss = pairs.weighted_sum(pairs.row(medoid))
    stopped = limits.is_stopped(1, loss)
    return Found(np.array([medoid]), loss, 1, 0, True, True, stopped, "fasterpam")


def nearest_medoids(pairs: MedoidPairs, medoids: Indices) -> tuple[Labels, NDArray[Any]]:
    """For each item the place of its nearest medoid (n,), the lowest of equals, and the distance (n,)."""
    labels = np.zeros(pairs.n, dtype=np.int32)
    nearest = pairs.row(int(medoids[0]))
    for place, medoid in enumerate(medoids[1:], start=1):
        row = pairs.row(int(medoid))
        nearer = row < nearest
        labels[nearer] = place
        np.minimum(nearest, row, out=nearest)
    return labels, nearest
