"""A point estimate with a given number of clusters: the cost of parting items that makes it so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...._errors import ParameterError
from .contingency import Loss
from .draws import Draws
from .search import Effort, Partitions, distinct, salso

_HALVINGS = 20  # of [0, 2]: costs closer than 2e-6 are not told apart
_RUNS = 4  # of a step, beside the best partitions of the step before


def with_n_clusters(
    given: Draws, loss: Loss, wanted: int, random: np.random.Generator, effort: Effort
) -> Partitions:
    """Return the minimiser (1, n) with `wanted` clusters for the first cost `a` that bisection finds.

    The more it costs to part items, the fewer clusters. Where the number jumps past the one that is wanted, no
    partition with so many is best for any cost; then partitions with at most so many are searched, in the same way.
    """
    if wanted == 1:
        return np.zeros((1, given.n), dtype=np.int32)
    most = len(distinct(given).items)
    if wanted > most:
        raise ParameterError(
            f"n_clusters must be at most {most}: no draw tells apart more groups of items; got {wanted}. "
            "Lower n_clusters."
        )
    start = np.empty((0, given.n), dtype=np.int32)
    found = _bisected(given, loss, wanted, random, effort, start)
    if int(found[0].max()) + 1 != wanted:
        bounded = replace(effort, max_clusters=wanted)
        found = _bisected(given, loss, wanted, random, bounded, start)
    return found


def _bisected(
    given: Draws,
    loss: Loss,
    wanted: int,
    random: np.random.Generator,
    effort: Effort,
    ends: Partitions,
) -> Partitions:
    """The partition with `wanted` clusters for the cost met first, or the last one looked at."""
    low, high, a = 0.0, 2.0, loss.a
    for _ in range(_HALVINGS):
        ends = salso(given, replace(loss, a=a), random, effort, ends[:2])
        found = int(ends[0].max()) + 1
        if found == wanted:
            break
        low, high = (a, high) if found > wanted else (low, a)
        a = (low + high) / 2
        effort = replace(effort, n_runs=_RUNS)
    return ends[:1]
