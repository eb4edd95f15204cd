"""The gate for draws of partitions: labels as anyone has them leave as canonical labels in the smallest integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...._errors import DataError
from ...._native import core

SmallLabels = NDArray[np.uint8 | np.uint16 | np.int32]
"""(n_draws, n_samples), canonical: 0, 1, ... by first appearance within a draw."""

_CHUNK = 1 << 24  # labels that are converted at once


@dataclass(frozen=True)
class Draws:
    """Partitions of the same items.

    Attributes
    ----------
    labels : ndarray of shape (n_draws, n_samples)
        Canonical, in uint8, uint16 or int32.
    n_clusters : ndarray of shape (n_draws,), int64
        How many clusters each has.
    """

    labels: SmallLabels
    n_clusters: NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many partitions there are."""
        return self.labels.shape[0]

    @property
    def n(self) -> int:
        """How many items there are."""
        return self.labels.shape[1]

    def take(self, rows: NDArray[np.int64], items: NDArray[np.int64]) -> SmallLabels:
        """Return the labels of some items in some draws, transposed: (items, draws)."""
        out = np.empty((len(items), len(rows)), dtype=self.labels.dtype)
        core.take_labels(self.labels, rows, items, out)
        return out

    def some(self, rows: Any) -> Draws:
        """Return some of the draws, in the order asked for."""
        return Draws(np.ascontiguousarray(self.labels[rows]), self.n_clusters[rows])

    def as_type(self, dtype: np.dtype[Any]) -> Draws:
        """Return the same draws in labels of another type, which must hold them."""
        return (
            self
            if self.labels.dtype == dtype
            else Draws(self.labels.astype(dtype), self.n_clusters)
        )


def check_draws(draws: ArrayLike | Draws, name: str = "draws", n: int | None = None) -> Draws:
    """Return draws (B, n) or (chains, B, n) as one list of partitions, chain after chain."""
    if isinstance(draws, Draws):
        return draws
    array = _integers(draws, name)
    if array.ndim not in (2, 3):
        raise DataError(
            f"{name} must have the shape (n_draws, n_samples) or (n_chains, n_draws, n_samples); got {array.shape}. "
            "Use labels[None] for one partition."
        )
    if array.size == 0:
        raise DataError(
            f"{name} must hold at least one partition of at least one item; got the shape {array.shape}."
        )
    array = array.reshape(-1, array.shape[-1])
    _check_items(array, name, n)
    return _numbered(array)


def check_partition(labels: ArrayLike, name: str = "labels", n: int | None = None) -> Draws:
    """Return one partition (n,) as draws of one."""
    array = _integers(labels, name)
    if array.ndim != 1 or array.size == 0:
        raise DataError(
            f"{name} must hold one integer for each item, in one dimension; got the shape {array.shape}."
        )
    _check_items(array[None], name, n)
    return _numbered(array[None])


def same_type(*draws: Draws) -> tuple[Draws, ...]:
    """Return draws whose labels have the widest type among them."""
    widest = max((each.labels.dtype for each in draws), key=lambda dtype: dtype.itemsize)
    return tuple(each.as_type(widest) for each in draws)


def distinct_rows(labels: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each different row stands first, in the order of the rows, and how often it occurs.

    Rows are compared as bytes: NumPy's own comparison along an axis makes a field of every column, which takes seconds
    for some ten thousands of them.
    """
    rows = np.ascontiguousarray(labels)
    kind = np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))
    _, first, counts = np.unique(rows.view(kind).reshape(-1), return_index=True, return_counts=True)
    order = np.argsort(first)
    return first[order], counts[order]


def distinct_items(labels: SmallLabels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return one item of each set that no draw parts, ascending, and for every item which of them is its own."""
    n = labels.shape[1]
    hashes = np.empty((n, 2), dtype=np.uint64)
    core.hash_items(labels, hashes)
    keys: NDArray[Any] = hashes.view(np.dtype((np.void, 16))).reshape(-1)
    _, found, numbers = np.unique(keys, return_index=True, return_inverse=True)
    by_place = np.argsort(found)
    atoms: NDArray[np.int64] = np.argsort(by_place)[numbers].astype(np.int64, copy=False)
    items: NDArray[np.int64] = found[by_place]
    if core.are_together(labels, items[atoms]):
        return items, atoms
    each = np.arange(n, dtype=np.int64)  # two hashes met: nothing is merged
    return each, each


def _integers(values: Any, name: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(
            f"{name} must be an array of integers, all rows equally long; {error}."
        ) from None
    if array.dtype.kind == "f" and array.size and bool(np.all(array == np.floor(array))):
        limit = 2.0**53
        if bool(np.all(np.abs(array) <= limit)):
            return array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise DataError(
            f"{name} must hold integers, one label for each item; got dtype {array.dtype}. Number the clusters, for "
            "example with numpy.unique(labels, return_inverse=True)[1]."
        )
    return array


def _check_items(array: NDArray[Any], name: str, n: int | None) -> None:
    if n is not None and array.shape[1] != n:
        raise DataError(
            f"{name} must be about the same {n} items; got {array.shape[1]}. Pass partitions of the same items."
        )
    if array.shape[1] > np.iinfo(np.int32).max:
        raise DataError(f"{name} may hold at most 2^31 - 1 items; got {array.shape[1]}.")


def _numbered(array: NDArray[Any]) -> Draws:
    """Canonical labels, chunk after chunk of draws."""
    count, n = array.shape
    n_clusters = np.empty(count, dtype=np.int64)
    # Draws of a sampler come numbered and in small integers: they are looked at, and neither copied nor converted.
    is_small = array.dtype.name in ("uint8", "uint16", "int32") and array.dtype.isnative
    if is_small and array.flags.c_contiguous and core.are_numbered(array, n_clusters):
        return Draws(array, n_clusters)
    lowest, highest = int(array.min()), int(array.max())
    if lowest < 0 or highest > 4 * n + 1024:
        array = np.unique(array, return_inverse=True)[1].reshape(count, n)
        highest = int(array.max())
    most = min(n, highest + 1)
    dtype = np.uint8 if most <= 256 else np.uint16 if most <= 65536 else np.int32
    labels = np.empty((count, n), dtype=dtype)
    each = max(1, _CHUNK // n)
    for begin in range(0, count, each):
        chunk = np.ascontiguousarray(array[begin : begin + each], dtype=np.int32)
        end = begin + len(chunk)
        core.number_partitions(chunk, highest + 1, labels[begin:end], n_clusters[begin:end])
    return Draws(labels, n_clusters)
