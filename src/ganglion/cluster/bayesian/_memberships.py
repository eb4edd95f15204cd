"""New rows under all draws, by compiled kernels: statistics of a draw's clusters, then densities row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Sparse
from ..._native import core
from ._chains.native_model import build_model
from ._components.component import Component
from ._components.semi_conjugate import SemiConjugateNormal
from ._rows import Rows

Floats = NDArray[np.float64]
# A draw's labels; log weights (items, t + 1) of its clusters and of a new one; how often (items,).
WeightedDraw = tuple[NDArray[np.int32], Floats, Floats]

LANES = 16  # the weights of a draw are padded to a multiple of this


def is_compiled(component: Component, d: int) -> bool:
    """Whether kernels have the component's predictive density: all but that without a closed form."""
    return not any(isinstance(part.component, SemiConjugateNormal) for part in component.parts(d))


def sum_memberships(
    new: Rows,
    known: Rows,
    component: Component,
    draws: Iterable[WeightedDraw],
    reference: NDArray[np.int32],
) -> tuple[Floats, Floats]:
    """Probabilities (m, k + 1), and the logarithms (m,) of densities, both summed over the draws."""
    n, m, k = known.shape[0], new.shape[0], int(reference.max()) + 1
    model = build_model(_together(known, new), component)
    found = core.Memberships(model, n, 0, m, np.ascontiguousarray(reference, np.int32), k)
    iterator = iter(draws)
    while batch := list(islice(iterator, found.most_draws)):
        labels = np.stack([labels for labels, _, _ in batch])
        n_clusters = np.array([weights.shape[1] - 1 for _, weights, _ in batch], np.int64)
        n_items = np.array([len(weights) for _, weights, _ in batch], np.int64)
        padded = np.concatenate([_padded(weights).ravel() for _, weights, _ in batch])
        counts = np.concatenate([counts for _, _, counts in batch])
        found.add(np.ascontiguousarray(labels, np.int32), n_clusters, n_items, padded, counts)
    probabilities, log_density = np.empty((m, k + 1)), np.empty(m)
    found.read(probabilities, log_density)
    return probabilities, log_density


def rows_at_once(k: int) -> int:
    """How many new rows are looked at together: their sums take 64 MB."""
    width = -(-(k + 1) // LANES) * LANES + 2
    return max(64, (1 << 26) // (8 * core.Memberships.most_draws * width))


def chunks(m: int, most: int) -> Iterator[slice]:
    """Consecutive rows, `most` at a time."""
    for first in range(0, m, most):
        yield slice(first, min(first + most, m))


def _padded(weights: Floats) -> Floats:
    """Log weights up to a whole panel of clusters: what is behind them has none."""
    items, width = weights.shape
    padded = np.full((items, -(-width // LANES) * LANES), -np.inf)
    padded[:, :width] = weights
    return padded


def _together(known: Rows, new: Rows) -> Rows:
    """The known rows, and the new ones behind them."""
    is_complete = known.is_complete and new.is_complete
    if not (isinstance(known.values, Sparse) and isinstance(new.values, Sparse)):
        return Rows(np.concatenate([known.dense, new.dense]), is_complete, known.names)
    parts: Sequence[Sparse] = (known.values, new.values)
    indptr = np.concatenate([parts[0].indptr, parts[1].indptr[1:] + parts[0].indptr[-1]])
    shape = (parts[0].shape[0] + parts[1].shape[0], parts[0].shape[1])
    values = np.concatenate([part.values for part in parts])
    columns = np.concatenate([part.columns for part in parts])
    return Rows(Sparse(values, indptr, columns, shape), is_complete, known.names)
