"""The search for the partition of least expected loss, as the kernels want it: distinct draws, distinct items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...._memory import check_memory
from ...._native import core
from ...._threads import get_num_threads
from .contingency import Loss
from .draws import Draws, distinct_items, distinct_rows

_SEARCHES = {1: core.PartitionSearch8, 2: core.PartitionSearch16, 4: core.PartitionSearch32}
_LANES = 8  # clusters of a dense state are rounded up to these
_FINALISTS = 2  # how many different ends of runs are searched further, at least
# Where there are few atoms a run costs next to nothing, and local minima that differ in two of eight items are missed
# by one search in some thousands: so many runs, and ends, times atoms are made at least.
_CHEAP_RUNS, _MOST_RUNS = 4096, 256
_CHEAP_ENDS, _MOST_ENDS = 256, 32
# Draws that a run sees: so many at least, or atoms times draws of a scan. Fewer draws are seen where a scan would take
# longer than some milliseconds, and never fewer than 100.
_DRAWS_SEEN, _CHEAP_SCAN, _LONG_SCAN, _FEWEST_DRAWS = 1000, 2e5, 2e6, 100

Partitions = NDArray[np.int32]
"""(m, n_samples)"""


@dataclass(frozen=True)
class Distinct:
    """Draws without repetition: of draws, which then have weights, and of items that no draw tells apart.

    Attributes
    ----------
    draws : Draws
        The distinct ones.
    weights : ndarray of shape (n_distinct,)
        How often each occurs.
    items : ndarray of shape (n_atoms,)
        One item of each atom.
    atoms : ndarray of shape (n_samples,)
        The atom of each item.
    """

    draws: Draws
    weights: NDArray[np.float64]
    items: NDArray[np.int64]
    atoms: NDArray[np.int64]


@dataclass(frozen=True)
class Effort:
    """How much a search does: its runs, the zealous updates of those that end best, and the clusters it may make."""

    n_runs: int
    n_zealous: int
    max_clusters: int
    memory_limit: float | str | None = None


def salso(
    given: Draws, loss: Loss, random: np.random.Generator, effort: Effort, starts: Partitions
) -> Partitions:
    """Return partitions that no step of SALSO improves, the best first: (m, n_samples).

    All runs are made without zealous updates, and the best of their ends go on with them: elsewhere zealous updates
    take most of the time, in runs that are behind already. Where a scan of all draws would be long, runs see draws
    that lie evenly among them, and what they find is moved to the minimum over all draws.
    """
    merged = distinct(given)
    most = _draws_seen(len(merged.items))
    is_thinned = merged.draws.count > 2 * most
    seen = distinct(given.some(_evenly(given.count, most))) if is_thinned else merged
    m = len(seen.items)
    n_runs = max(effort.n_runs, min(_CHEAP_RUNS // m, _MOST_RUNS))
    finalists = max(_FINALISTS, min(_CHEAP_ENDS // m, _MOST_ENDS))
    ends = _ends(seen, loss, random, (n_runs, 0), effort, starts)
    ends = _ends(seen, loss, random, (0, effort.n_zealous), effort, ends[:finalists])
    return _ends(merged, loss, random, (0, 0), effort, ends[:2]) if is_thinned else ends


def distinct(draws: Draws) -> Distinct:
    """Merge equal draws, and items that are in one cluster in every draw.

    Items that no draw parts are together in every partition of least expected loss: with x of such items in a cluster
    A and the rest in B, the second derivative of the loss in x is a sum over A and B of (2 - a) / n_A - 2 mean_b 1 /
    n_Ab, where n_Ab <= n_A and 2 - a <= 2, so it is nowhere positive: the least is at an end. (Binder's loss
    likewise.)
    """
    first, counts = distinct_rows(draws.labels)
    merged = draws if len(first) == draws.count else draws.some(first)
    return Distinct(merged, counts.astype(np.float64), *distinct_items(merged.labels))


def _draws_seen(n_atoms: int) -> int:
    scan = min(max(_DRAWS_SEEN * n_atoms, _CHEAP_SCAN), _LONG_SCAN)
    return max(_FEWEST_DRAWS, int(scan / n_atoms))


def _evenly(count: int, chosen: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, chosen).astype(np.int64))


def _ends(
    given: Distinct,
    loss: Loss,
    random: np.random.Generator,
    asked: tuple[int, int],
    effort: Effort,
    starts: Partitions,
) -> Partitions:
    """Run from the starts and from as many of the search's own: the different ends, the best first."""
    n_own, n_zealous = asked
    draws, m = given.draws, len(given.items)
    bases = np.concatenate([[0], np.cumsum(draws.n_clusters)])
    h, gain = loss.tables(draws.n)
    held = _SEARCHES[draws.labels.dtype.itemsize](
        draws.take(np.arange(draws.count), given.items),
        bases,
        given.weights,
        np.bincount(given.atoms, minlength=m),
        h,
        gain,
        2.0 - loss.a,
        effort.max_clusters,
    )
    begun = np.ascontiguousarray(starts[:, given.items], dtype=np.int32)
    labels = np.empty((len(begun) + n_own, m), dtype=np.int32)
    objectives = np.empty(len(labels))
    most_bytes, workers = _plan(given, begun, len(labels), effort)
    seed = int(random.integers(2**63))
    held.run(begun, seed, n_zealous, most_bytes, workers, labels, objectives)
    numbered = np.empty_like(labels)
    core.number_partitions(
        labels, int(labels.max()) + 1, numbered, np.empty(len(labels), dtype=np.int64)
    )
    first, _ = distinct_rows(numbered)
    first = first[np.lexsort((first, objectives[first]))]
    return numbered[first][:, given.atoms]


def _plan(given: Distinct, starts: Partitions, n_runs: int, effort: Effort) -> tuple[int, int]:
    """Most bytes of dense counts, and how many runs fit into memory side by side; refuses where not even one does."""
    draws = given.draws
    widest = int(np.max(draws.n_clusters))
    if starts.size:
        widest = max(widest, int(starts.max()) + 1)
    capacity = -(-(min(widest, effort.max_clusters) + 1) // _LANES) * _LANES
    n_rows = float(np.sum(draws.n_clusters))
    dense, sparse = 12.0 * n_rows * capacity, 8.0 * draws.count * len(given.items) + 12.0 * n_rows
    most = 2.0 * sparse if dense <= sparse else 0.0
    state = 1.5 * most + sparse + 24.0 * draws.n  # tables grow by being copied
    for workers in range(min(get_num_threads(), n_runs), 1, -1):
        try:
            check_memory(workers * state, "", "", effort.memory_limit)
        except MemoryError:
            continue
        return int(most), workers
    check_memory(
        state,
        f"The contingency tables of {draws.count:,} draws of {draws.n:,} items",
        "Pass every tenth draw.",
        effort.memory_limit,
    )
    return int(most), 1
