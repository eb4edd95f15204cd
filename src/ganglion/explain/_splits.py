"""The best test of one column at a node of a threshold tree: every threshold and every category is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ._features import Categories, Feature, Floats, Integers

Codes = NDArray[np.int64]
SMALLEST_GAIN = 1e-9  # of the rows: below it a gain is rounding


@dataclass(frozen=True)
class Split:
    """A test of one column; rows that pass it go left.

    Attributes
    ----------
    feature : int
        The column.
    low, high : float
        Of numbers: neighbours among the values; value <= low passes, value >= high does not. Both infinite where the
        test is only whether there is a value.
    category : int
        Of texts: rows with this category pass; -1 for numbers. One behind the last category is a missing cell.
    missing_left : bool
        Whether rows without a number pass.
    gain : float
        By how much purity rises, in rows.
    """

    feature: int
    low: float
    high: float
    category: int
    missing_left: bool
    gain: float


Finder: TypeAlias = Callable[[Integers], Split | None]


def gini_finder(features: list[Feature], codes: Codes, k: int) -> Finder:
    """Return a function from rows (m,) to the split of largest Gini gain; None where no split has one.

    The purity of a node is sum_c n_c^2 / n over its k classes (Breiman et al. 1984, chapter 4). Sums of squares are
    integers and both sides are one running sum, so that a threshold is decided the same way on every machine. The
    first column, and the lowest threshold, wins a tie.
    """

    def find(rows: Integers) -> Split | None:
        mine = codes[rows]
        counts = np.bincount(mine, minlength=k)
        if counts.max() == len(rows):
            return None
        best: Split | None = None
        for at, feature in enumerate(features):
            if isinstance(feature, Categories):
                found = _category_split(at, feature, rows, mine, counts)
            else:
                found = _number_split(at, feature.values[rows], mine, counts)
            if found is not None and (best is None or found.gain > best.gain):
                best = found
        return best

    return find


def _number_split(at: int, values: Floats, codes: Codes, counts: Integers) -> Split | None:
    """Return the best threshold of one column at a node; missing values are tried on both sides."""
    order = np.argsort(values, kind="stable")  # NaN come last
    known = len(values) - int(np.count_nonzero(np.isnan(values)))
    sorted_values = values[order]
    best = _best_cut(codes[order], counts, _cuts(sorted_values, known))
    missing_left = False
    if known < len(values):
        absent = len(values) - known
        rolled = np.roll(order, absent)
        other = _best_cut(codes[rolled], counts, absent + _cuts(sorted_values[:known], known))
        if other is not None and (best is None or other[1] > best[1]):
            best, missing_left = (other[0] - absent, other[1]), True
    if best is None:
        return None
    place, gain = best
    if place == known - 1:
        return Split(at, np.inf, np.inf, -1, False, gain)
    low, high = float(sorted_values[place]), float(sorted_values[place + 1])
    return Split(at, low, high, -1, missing_left, gain)


def _cuts(sorted_values: Floats, known: int) -> Integers:
    """Return the places behind which a cut is possible: where values change, and where the missing begin."""
    changes = sorted_values[: max(known - 1, 0)] < sorted_values[1 : max(known, 1)]
    inside = np.flatnonzero(changes).astype(np.int64)
    return np.append(inside, known - 1) if 0 < known < len(sorted_values) else inside


def _best_cut(codes: Codes, counts: Integers, cuts: Integers) -> tuple[int, float] | None:
    """Return the cut of largest gain in an order of rows, and the gain."""
    if len(cuts) == 0:
        return None
    m = len(codes)
    rank = _rank_in_class(codes, counts)
    total = int(counts @ counts)
    left = np.cumsum(2 * rank + 1)[cuts]
    right = total - np.cumsum(2 * (counts[codes] - rank) - 1)[cuts]
    purity = left / (cuts + 1) + right / (m - 1 - cuts)
    at = int(np.argmax(purity))
    gain = float(purity[at]) - total / m
    return (int(cuts[at]), gain) if gain > SMALLEST_GAIN * m else None


def _rank_in_class(codes: Codes, counts: Integers) -> Integers:
    """Return how many rows of the same class stand before each row."""
    order = np.argsort(codes.astype(np.int16 if len(counts) < 2**15 else np.int64), kind="stable")
    starts = np.cumsum(counts) - counts
    rank = np.empty(len(codes), dtype=np.int64)
    rank[order] = np.arange(len(codes)) - starts[codes[order]]
    return rank


def _category_split(
    at: int, feature: Categories, rows: Integers, codes: Codes, counts: Integers
) -> Split | None:
    """Return the category that is best told from all others at a node."""
    c, k, m = len(feature.categories) + 1, len(counts), len(rows)
    own = np.where(feature.codes[rows] < 0, c - 1, feature.codes[rows])
    joint = np.bincount(own * k + codes, minlength=c * k).reshape(c, k)
    sizes = joint.sum(axis=1)
    inside = np.flatnonzero((sizes > 0) & (sizes < m))
    if len(inside) == 0:
        return None
    passing = joint[inside]
    rest = counts - passing
    purity = (passing**2).sum(axis=1) / sizes[inside] + (rest**2).sum(axis=1) / (m - sizes[inside])
    best = int(np.argmax(purity))
    gain = float(purity[best]) - int(counts @ counts) / m
    if gain <= SMALLEST_GAIN * m:
        return None
    return Split(at, 0.0, 0.0, int(inside[best]), False, gain)
