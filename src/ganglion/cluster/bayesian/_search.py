"""The search for the partition of least expected loss, as the kernels want it: distinct draws, distinct items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..._memory import check_memory
from ..._native import core
from ..._threads import get_num_threads
from ._contingency import Loss
from ._draws import Draws, check_partition

_SEARCHES = {1: core.PartitionSearch8, 2: core.PartitionSearch16, 4: core.PartitionSearch32}
_LANES = 8  # clusters of a state are rounded up to these
_MAX_SCANS = 200


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
    """How much a search does: its runs, and in each at most so many zealous updates."""

    n_runs: int
    n_zealous: int
    memory_limit: float | str | None = None


def distinct(draws: Draws) -> Distinct:
    """Merge equal draws, and items that are in one cluster in every draw.

    Items that no draw parts are together in every partition of least expected loss: with x of m such items in a
    cluster A and m - x in B, the second derivative of the loss in x is (2 - a) / (n_A + x) + ... - 2 mean_b 1 / (n_Ab
    + x) - ..., where n_Ab <= n_A and 2 - a <= 2, so it is nowhere positive: the least is at an end. (For Binder's loss
    likewise.)
    """
    rows = draws.labels.view(np.dtype((np.void, draws.labels.dtype.itemsize * draws.n)))
    _, first, counts = np.unique(rows.reshape(-1), return_index=True, return_counts=True)
    order = np.argsort(first)
    merged = draws if len(first) == draws.count else draws.some(first[order])
    hashes = np.empty((draws.n, 2), dtype=np.uint64)
    core.hash_items(merged.labels, hashes)
    keys = hashes.view(np.dtype((np.void, 16))).reshape(-1)
    _, items, atoms = np.unique(keys, return_index=True, return_inverse=True)
    by_place = np.argsort(items)
    atoms = np.argsort(by_place)[atoms]
    items = items[by_place]
    if not core.are_together(merged.labels, items[atoms]):  # two hashes met: nothing is merged
        items = atoms = np.arange(draws.n)
    return Distinct(merged, counts[order].astype(np.float64), items, atoms)


def search(
    given: Distinct, loss: Loss, starts: NDArray[np.int32], seed: int, effort: Effort, most: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Run SALSO from the starts (n_starts, n_atoms) and from its own: labels (n_runs, n_atoms) and their objectives."""
    draws, m = given.draws, len(given.items)
    bases = np.concatenate([[0], np.cumsum(draws.n_clusters)])
    sizes = np.bincount(given.atoms, minlength=m)
    h, gain = loss.tables(draws.n)
    columns = draws.take(np.arange(draws.count), given.items)
    kind = _SEARCHES[draws.labels.dtype.itemsize]
    held = kind(columns, bases, given.weights, sizes, h, gain, 2.0 - loss.a, most)
    labels = np.empty((effort.n_runs, m), dtype=np.int32)
    objectives = np.empty(effort.n_runs)
    workers = _workers(given, bases, starts, most, effort)
    held.run(starts, seed, _MAX_SCANS, effort.n_zealous, workers, labels, objectives)
    return labels, objectives


def _workers(
    given: Distinct, bases: NDArray[np.int64], starts: NDArray[np.int32], most: int, effort: Effort
) -> int:
    """How many runs fit into memory side by side; refuses where not even one does."""
    widest = int(np.max(given.draws.n_clusters))
    if starts.size:
        widest = max(widest, int(starts.max()) + 1)
    capacity = -(-(min(widest, most) + 1) // _LANES) * _LANES
    state = 12.0 * float(bases[-1]) * capacity + 16.0 * given.draws.n
    for workers in range(min(get_num_threads(), effort.n_runs), 1, -1):
        try:
            check_memory(workers * state, "", "", effort.memory_limit)
        except MemoryError:
            continue
        return workers
    check_memory(
        state,
        f"The contingency tables of {given.draws.count:,} draws with up to {widest:,} clusters",
        "Pass every tenth draw, or set max_clusters.",
        effort.memory_limit,
    )
    return 1


def best_of(
    given: Distinct, labels: NDArray[np.int32], objectives: NDArray[np.float64]
) -> tuple[Draws, int]:
    """The partition (of all items) of the lowest objective, the first of equals, and its run."""
    run = int(np.argmin(objectives))
    return check_partition(labels[run][given.atoms]), run
