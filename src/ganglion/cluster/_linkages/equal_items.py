"""Equal items are merged first, at height 0; what is left is a smaller problem without those ties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Samples, Weights
from ..._native import core
from ...distances import Items

_TEXTS = ("levenshtein", "damerau_levenshtein", "jaro_winkler")


@dataclass(frozen=True)
class Copies:
    """Which items are copies of an earlier one: `original` (n,) is the lowest item equal to each."""

    original: NDArray[np.int64]

    @property
    def kept(self) -> NDArray[np.int64]:
        """The items that are no copies, ascending."""
        return np.flatnonzero(self.original == np.arange(len(self.original)))

    def mass(self, mass: Weights | None) -> Weights | None:
        """What each item that is kept weighs with its copies."""
        kept = self.kept
        if len(kept) == len(self.original):
            return mass
        return np.bincount(self.original, weights=mass, minlength=len(self.original))[kept].astype(
            np.float64
        )

    def tree(self, pairs: NDArray[np.int32], heights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows of a tree over all items, from merges of those that were kept."""
        n = len(self.original)
        copies = np.flatnonzero(self.original != np.arange(n))
        first = np.column_stack([self.original[copies], copies])
        merges = np.empty((n - 1, 4))
        all_pairs = np.concatenate([first, self.kept[pairs]]).astype(np.int32)
        all_heights = np.concatenate([np.zeros(len(copies)), heights])
        core.write_merges(all_pairs, all_heights, n, True, merges)
        return merges


def find_copies(items: Items) -> Copies:
    """Equal vectors and equal texts; other items are taken as they are."""
    if items.vectors is not None and items.metric != "callable":
        return Copies(_equal_rows(items.vectors))
    if items.metric in _TEXTS and items.labels is not None:
        return Copies(
            _lowest(np.unique(np.array(items.labels, dtype=object), return_inverse=True)[1])
        )
    return Copies(np.arange(items.n))


def _equal_rows(X: Samples) -> NDArray[np.int64]:
    """Sums with odd weights tell at once where no two rows are equal."""
    n, d = len(X), int(X.shape[1])
    factors: NDArray[np.float64] = np.sqrt(np.arange(2.0, d + 2.0))
    sums = np.zeros(n)
    for f in range(d):
        sums += X[:, f] * factors[f]
    if len(np.unique(sums)) == n:
        return np.arange(n)
    rows = np.ascontiguousarray(X + X.dtype.type(0))  # one zero instead of two
    whole: Any = rows.view(np.dtype((np.void, rows.dtype.itemsize * d))).ravel()
    found = np.unique(whole, return_inverse=True)
    return _lowest(found[1])


def _lowest(group: NDArray[np.intp]) -> NDArray[np.int64]:
    """The lowest item of each item's group."""
    lowest = np.full(int(group.max()) + 1, len(group), dtype=np.int64)
    np.minimum.at(lowest, group, np.arange(len(group)))
    return lowest[group]
