"""Where chains start: partitions as far from each other as they come, so that agreement in the end says something."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from ...._arrays import Labels, Sparse
from ...._errors import DataError, ParameterError
from ...kmeans import kmeans
from .._partitions.numbering import by_first_appearance

Rows = NDArray[np.float64] | Sparse  # (n, d), checked; NaN where a cell is missing

# A sweep over singletons costs n^2 densities: up to here well under a second.
_MOST_SINGLETONS = 1000
_SKETCH = 16


def starting_partitions(
    init: Any, rows: Rows, n_chains: int, rng: np.random.Generator, most: int
) -> Labels:
    """Return a partition (n_chains, n) for each chain, with at most `most` clusters where they are not given.

    "auto" goes round: one cluster, as many as there are points (or many), k-means, random labels.
    """
    n = rows.shape[0]
    if not isinstance(init, str):
        return _given(init, n, n_chains)
    if init != "auto":
        raise ParameterError(
            f'init must be "auto", labels of shape ({n},) or ({n_chains}, {n}); got {init!r}.'
        )
    kinds = (_one, _many, _around_means, _random)
    streams = [np.random.default_rng(seed) for seed in rng.integers(0, 2**63, size=(n_chains, 2))]
    starts = [kinds[c % 4](rows, min(n, most), stream) for c, stream in enumerate(streams)]
    return np.stack([by_first_appearance(labels) for labels in starts])


def _given(init: Any, n: int, n_chains: int) -> Labels:
    """The caller's labels, numbered by first appearance."""
    try:
        labels: NDArray[Any] = np.asarray(init)
    except ValueError:  # rows of different lengths
        labels = np.empty(0, object)
    if labels.shape not in ((n,), (n_chains, n)):
        raise ParameterError(
            f'init must be "auto", labels of shape ({n},), or of shape ({n_chains}, {n}) with a row for each chain; '
            f"got shape {labels.shape}."
        )
    is_whole = labels.dtype.kind in "iub" or (
        labels.dtype.kind == "f"
        and bool(np.all(np.abs(labels) <= 2.0**53) and np.all(labels == np.floor(labels)))
    )
    if not is_whole:
        raise ParameterError(
            f"init must hold labels, which are integers; got dtype {labels.dtype}. Number the clusters 0, 1, ..."
        )
    rows = np.broadcast_to(labels.astype(np.int64), (n_chains, n))
    return np.stack([by_first_appearance(row) for row in rows])


def _one(rows: Rows, most: int, rng: np.random.Generator) -> NDArray[Any]:
    return np.zeros(rows.shape[0], np.int32)


def _many(rows: Rows, most: int, rng: np.random.Generator) -> NDArray[Any]:
    n = rows.shape[0]
    if n <= min(most, _MOST_SINGLETONS):
        return np.arange(n, dtype=np.int32)
    return _around_means_of(rows, min(most, 4 * _some(n)), rng)


def _around_means(rows: Rows, most: int, rng: np.random.Generator) -> NDArray[Any]:
    return _around_means_of(rows, min(most, _some(rows.shape[0])), rng)


def _random(rows: Rows, most: int, rng: np.random.Generator) -> NDArray[Any]:
    n = rows.shape[0]
    return rng.integers(0, min(most, _some(n)), size=n, dtype=np.int32)


def _some(n: int) -> int:
    """A number of clusters that is neither few nor many: it grows with log n, as under a Dirichlet process."""
    return max(2, math.ceil(2.0 * math.log(n + 1)))


def _around_means_of(rows: Rows, k: int, rng: np.random.Generator) -> NDArray[Any]:
    """Labels of k-means; random ones where fewer than k samples are distinct."""
    X = _sketched(rows, rng) if isinstance(rows, Sparse) else _on_one_scale(rows)
    try:
        return kmeans(X, k, max_iter=20, random_state=rng, on_duplicates="error").labels
    except (DataError, ParameterError):
        return rng.integers(0, k, size=rows.shape[0], dtype=np.int32)


def _sketched(rows: Sparse, rng: np.random.Generator) -> NDArray[np.float64]:
    """Directions of sparse rows (n, d), projected at random to a few columns: a start needs no more."""
    n, d = rows.shape
    place = np.repeat(np.arange(n), np.diff(rows.indptr))
    values = rows.values.astype(np.float64)
    length = np.sqrt(np.bincount(place, weights=values**2, minlength=n))
    values = values / np.where(length > 0, length, 1.0)[place]
    columns: list[Any] = [
        np.bincount(place, weights=values * rng.standard_normal(d)[rows.columns], minlength=n)
        for _ in range(_SKETCH)
    ]
    return np.stack(columns, axis=1)


def _on_one_scale(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Columns about their middle, in units of their range; a missing cell stands in the middle."""
    with np.errstate(over="ignore", invalid="ignore"):
        low = np.nanmin(rows, axis=0, initial=np.inf)
        high = np.nanmax(rows, axis=0, initial=-np.inf)
        half = high / 2 - low / 2
        scaled = (rows - (high / 2 + low / 2)) / np.where(half > 0, half, 1.0)
    return np.nan_to_num(scaled, nan=0.0, posinf=0.0, neginf=0.0)
