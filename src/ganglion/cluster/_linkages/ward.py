"""Ward's method on vectors, in O(n d) memory."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Samples, Weights
from ..._native import core
from ...progress import Progress, Step

_SEARCHES_FOR_A_MERGE = 8  # in a round; a chain needs about three, but one after the other
_SEARCHES_BETWEEN_SIGNALS = 64


def ward(
    X: Samples,
    mass: Weights | None,
    progress: Progress | None = None,
    most_rounds: int | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The merges as they were found: rounds of mutual nearest clusters while they pay, then a chain."""
    n = len(X)
    run = core.WardClusters(X, mass)
    pays, rounds = most_rounds != 0, 0
    while run.n_clusters > 1:
        if pays:
            wanted, rounds = run.n_wanted, rounds + 1
            pays = run.round() * _SEARCHES_FOR_A_MERGE >= wanted and rounds != most_rounds
        else:
            run.chain(_SEARCHES_BETWEEN_SIGNALS)
        if progress is not None:
            done = n - run.n_clusters
            progress(Step("linkage", done, n - 1, math.nan, f"{run.n_clusters:,} clusters"))
    pairs, heights = np.empty((n - 1, 2), dtype=np.int32), np.empty(n - 1)
    run.read_merges(pairs, heights)
    return pairs, heights
