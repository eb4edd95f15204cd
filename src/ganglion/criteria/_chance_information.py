"""The mutual information that two partitions of given sizes have by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._moments import Floats
from .contingency import Counts

# Pairs of sizes that are worked on together: some arrays of this length stay in the second-level cache.
_PAIRS = 2**13
# Steps that a few pairs take at once, from one product of ratios to the next.
_STEPS = 1024
# Probabilities below this share of the largest are left out: together they are less than the rounding of the sum.
_LEAST = 2.0**-60
# Above this n, products of sizes leave 64-bit integers; float64 then rounds them.
_EXACT_N = 3 * 10**9


@dataclass(frozen=True, eq=False)
class _Sizes:
    """Pairs of cluster sizes (p,), one of each partition, of n items in all."""

    a: Counts
    b: Counts
    n: int

    def kept(self, at: NDArray[np.bool_]) -> _Sizes:
        """Some of the pairs."""
        return _Sizes(self.a[at], self.b[at], self.n)

    def log_ratio(self, m: Counts) -> Floats:
        """Return log(n m / (a b)), 0 where m is 0; near 1 from the difference, which is an integer."""
        product = self.a * self.b
        away = self.n * m - product
        far = np.abs(away) > product // 2
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(far, np.log(self.n * (m * 1.0) / product), np.log1p(away / product))
        return np.where(m > 0, values, 0.0)

    def up(self, m: Counts) -> Floats:
        """Return P(m + 1) / P(m)."""
        a, b = self.a, self.b
        return (a - m) * (b - m * 1.0) / ((m + 1.0) * (self.n - a - b + m + 1.0))

    def down(self, m: Counts) -> Floats:
        """Return P(m - 1) / P(m)."""
        a, b = self.a, self.b
        return m * (self.n - a - b + m * 1.0) / ((a - m + 1.0) * (b - m + 1.0))


def expected_information(row_totals: Counts, column_totals: Counts, n: int) -> float:
    """Return E MI over all pairs of partitions with these sizes, in nats.

    Parameters
    ----------
    row_totals : ndarray of shape (r,)
        Sizes of the clusters of one partition.
    column_totals : ndarray of shape (c,)
        Sizes of those of the other.
    n : int
        The number of items.

    Returns
    -------
    float
        The sum over all pairs of clusters of E[(m / n) log(n m / (a b))], m hypergeometric. Pairs of equal sizes are
        computed once: there are at most 2 n different ones.
    """
    a, times_a = np.unique(row_totals, return_counts=True)
    b, times_b = np.unique(column_totals, return_counts=True)
    total = 0.0
    step = max(1, _PAIRS // len(b))
    for start in range(0, len(a), step):
        rows = slice(start, start + step)
        first, second = np.repeat(a[rows], len(b)), np.tile(b, len(a[rows]))
        times = np.repeat(times_a[rows], len(b)) * np.tile(times_b, len(a[rows]))
        total += float((times * _expected_terms(first, second, n)).sum())
    return total


def _expected_terms(a: Counts, b: Counts, n: int) -> Floats:
    """E[(m / n) log(n m / (a b))] for pairs of sizes (p,): a walk from the mode of m in both directions."""
    if n >= _EXACT_N:
        a, b = a.astype(np.float64), b.astype(np.float64)
    sizes = _Sizes(a, b, n)
    mode = np.floor((a + 1.0) * (b + 1.0) / (n + 2.0)).astype(a.dtype)
    mode = np.clip(mode, np.maximum(0, a + b - n), np.minimum(a, b))
    weight, sums = np.ones(len(a)), mode * sizes.log_ratio(mode)
    _walk(sizes, mode, 1, weight, sums)
    _walk(sizes, mode, -1, weight, sums)
    return sums / weight / n


def _walk(sizes: _Sizes, mode: Counts, direction: int, weight: Floats, sums: Floats) -> None:
    """Add P(m) / P(mode), and that times m log(n m / (a b)), of the m beyond the mode: (p,) each."""
    at = np.arange(len(mode))
    m, share = mode[:, None], np.ones((len(mode), 1))
    sizes = _Sizes(sizes.a[:, None], sizes.b[:, None], sizes.n)
    while len(at):
        steps = min(max(1, _PAIRS // len(at)), _STEPS)
        before: Any = m + direction * np.arange(steps)
        ratio = sizes.up(before) if direction > 0 else sizes.down(before)
        shares = share * np.cumprod(ratio, axis=1)  # 0 from the end of the range on
        shares[~(shares > _LEAST)] = 0.0
        reached: Any = before + direction
        weight[at] += shares.sum(axis=1)
        sums[at] += (shares * reached * sizes.log_ratio(reached)).sum(axis=1)
        kept = shares[:, -1] > 0
        at, m, share, sizes = at[kept], reached[kept, -1:], shares[kept, -1:], sizes.kept(kept)
