"""Rows by cluster: sums of each cluster in one pass, in the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...._errors import DataError
from .._partitions.numbering import by_first_appearance

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Groups:
    """A partition of n rows into K clusters that all have members.

    Attributes
    ----------
    labels : ndarray of shape (n,), int32
        Numbered by first appearance.
    order : ndarray of shape (n,)
        The rows, cluster after cluster, ascending within each.
    starts : ndarray of shape (K + 1,)
        Where each cluster begins in `order`.
    """

    labels: NDArray[np.int32]
    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> Floats:
        """Members (K,) of each cluster, as floats."""
        return np.diff(self.starts).astype(np.float64)

    def sums(self, values: NDArray[Any]) -> Floats:
        """Sums (K, ...) over the members of each cluster of values (n, ...)."""
        if not len(self):
            return np.zeros((0, *values.shape[1:]))
        return np.add.reduceat(values[self.order].astype(np.float64, copy=False), self.starts[:-1])

    def members(self, cluster: int) -> NDArray[np.intp]:
        """The rows of a cluster."""
        return self.order[self.starts[cluster] : self.starts[cluster + 1]]

    def chunks(self, limit: int) -> Iterator[tuple[slice, Groups, NDArray[np.intp]]]:
        """Runs of at most `limit` clusters, each as a partition of its own rows."""
        for first in range(0, len(self), limit):
            last = min(first + limit, len(self))
            rows = self.order[self.starts[first] : self.starts[last]]
            starts = self.starts[first : last + 1] - self.starts[first]
            inner = np.repeat(np.arange(last - first, dtype=np.int32), np.diff(starts))
            yield slice(first, last), Groups(inner, np.arange(len(rows)), starts), rows


def group_rows(labels: ArrayLike, n: int) -> Groups:
    """The clusters of n rows; labels are any integers."""
    given = np.asarray(labels)
    if given.shape != (n,):
        raise DataError(
            f"labels must hold one integer for each of the {n} rows of X; got shape {given.shape}. "
            "Pass the labels of these rows."
        )
    is_whole = given.dtype.kind in "iub" or (
        given.dtype.kind == "f"
        and bool(np.all(np.abs(given) <= 2.0**53) and np.all(given == np.rint(given)))
    )
    if not is_whole:
        raise DataError(
            f"labels must be integers; got dtype {given.dtype}. Number the clusters, for example with "
            "numpy.unique(labels, return_inverse=True)[1]."
        )
    codes = by_first_appearance(given.astype(np.int64, copy=False))
    sizes = np.bincount(codes)
    return Groups(
        codes,
        np.argsort(codes, kind="stable"),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
    )
