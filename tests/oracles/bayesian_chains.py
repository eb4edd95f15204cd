"""The collapsed sampler by its definition: every density is a ratio of marginals of member lists, one number at a time.

It consumes the stream of the compiled one number for number, so the two must take the same way, draw for draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

Marginal = Callable[[list[int]], float]
MASK = (1 << 64) - 1


def normal_marginal(x: np.ndarray, prior: Any) -> float:
    """The normal-inverse-Wishart marginal, with scatter round the rows' own mean: nothing large cancels."""
    n, d = x.shape
    mean = x.mean(axis=0)
    centred, shift = x - mean, mean - prior.mean
    kn, nun = prior.kappa + n, prior.dof + n
    scale = prior.scale + centred.T @ centred + prior.kappa * n / kn * np.outer(shift, shift)
    return (
        -0.5 * n * d * math.log(math.pi)
        + special.multigammaln(nun / 2, d)
        - special.multigammaln(prior.dof / 2, d)
        + 0.5 * prior.dof * np.linalg.slogdet(prior.scale)[1]
        - 0.5 * nun * np.linalg.slogdet(scale)[1]
        + 0.5 * d * math.log(prior.kappa / kn)
    )


class Stream:
    """xoshiro256**, as its authors wrote it down."""

    def __init__(self, words: Sequence[int]) -> None:
        self.s = [int(word) for word in words]

    def next(self) -> int:
        """64 random bits."""
        s = self.s
        result = turned(s[1] * 5 & MASK, 7) * 9 & MASK
        shifted = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = turned(s[3], 45)
        return result

    def uniform(self) -> float:
        """From [0, 1)."""
        return (self.next() >> 11) * 2.0**-53

    def open_uniform(self) -> float:
        """From (0, 1)."""
        return ((self.next() >> 12) + 0.5) * 2.0**-52

    def below(self, n: int) -> int:
        """Evenly from 0 .. n - 1: the high word of a product, where its low word leaves no choice open."""
        while True:
            product = self.next() * n
            if (product & MASK) >= (1 << 64) % n:
                return product >> 64


def turned(word: int, by: int) -> int:
    """Bits to the left, and in again at the right."""
    return (word << by | word >> (64 - by)) & MASK


def log1p_exp(x: float) -> float:
    """log(1 + exp(x))."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


class Chain:
    """One chain under a table (shift, log_v) of the prior; labels are slots during a sweep."""

    def __init__(
        self, labels: Sequence[int], words: Sequence[int], marginal: Marginal, table: tuple
    ) -> None:
        self.labels, self.stream, self.marginal = list(labels), Stream(words), marginal
        self.shift, self.log_v = table
        self.moved = 0

    def members(self, c: int, without: int = -1) -> list[int]:
        """Rows of slot c in order."""
        return [i for i, label in enumerate(self.labels) if label == c and i != without]

    def density(self, row: int, others: list[int]) -> float:
        """log p(row | others)."""
        both = sorted([*others, row])
        return self.marginal(both) - (self.marginal(others) if others else 0.0)

    def log_new(self, t: int) -> float:
        """log weight of a new cluster beside t."""
        return -math.inf if self.log_v[t + 1] == -math.inf else self.log_v[t + 1] - self.log_v[t]

    def draw(self, weights: list[tuple[int, float, float]], likely: int) -> int:
        """Draw from (name, factor, logarithm), `likely` first and the others as they come."""
        most = max(log for _, _, log in weights)
        shares = {name: factor * math.exp(log - most) for name, factor, log in weights}
        point = self.stream.uniform() * sum(shares.values())
        for name in sorted(shares, key=lambda name: (name != likely, name)):
            point -= shares[name]
            if point < 0:
                return name
        raise AssertionError("rounding")

    def gibbs(self) -> None:
        """Neal's algorithm 3, rows in order."""
        for i in range(len(self.labels)):
            own = self.labels[i]
            slots = sorted({label for j, label in enumerate(self.labels) if j != i})
            if not slots:
                continue
            new = 1 << 30
            weights = []
            for c in slots:
                others = self.members(c, without=i)
                weights.append((c, len(others) + self.shift, self.density(i, others)))
            weights.append((new, 1.0, self.log_new(len(slots)) + self.density(i, [])))
            drawn = self.draw(weights, likely=own if own in slots else new)
            if drawn == new:
                if own not in slots:
                    continue
                drawn = next(c for c in range(len(self.labels)) if c not in self.labels)
            self.moved += drawn != own
            self.labels[i] = drawn

    def split_merge(self, n_scans: int) -> None:
        """Jain and Neal's proposal, from a sequential allocation."""
        n, t = len(self.labels), len(set(self.labels))
        first = self.stream.below(n)
        a, split = self.labels[first], bool(self.stream.next() >> 63)
        others = [i for i in range(n) if i != first and (self.labels[i] == a) == split]
        if not others:
            return
        second = others[self.stream.below(len(others))]
        b = self.labels[second]
        if split and self.log_new(t) == -math.inf:
            return
        rows = [i for i in range(n) if self.labels[i] in (a, b) and i not in (first, second)]
        sides = {first: 0, second: 1}
        self.allocate(rows, sides)
        for _ in range(n_scans):
            self.scan(rows, sides, None)
        target = None if split else {row: int(self.labels[row] == b) for row in rows}
        log_q = self.scan(rows, sides, target)
        parts = [sorted(row for row in sides if sides[row] == side) for side in (0, 1)]
        gain = self.log_new(t if split else t - 1)
        gain += math.log((len(sides) - 1) / (n - len(parts[0])))
        gain += self.weight(len(parts[0])) + self.weight(len(parts[1])) - self.weight(len(sides))
        gain += sum(map(self.marginal, parts)) - self.marginal(sorted(sides))
        log_ratio = gain - log_q if split else log_q - gain
        if log_ratio < 0 and math.log(self.stream.open_uniform()) >= log_ratio:
            return
        to = next(c for c in range(n + 1) if c not in self.labels) if split else a
        for row in sides:
            if not split or sides[row] == 1:
                self.labels[row] = to

    def allocate(self, rows: list[int], sides: dict[int, int]) -> None:
        """Rows join the anchors one after the other, in the order of a shuffle from its end."""
        order = list(rows)
        for m in range(len(order) - 1, 0, -1):
            other = self.stream.below(m + 1)
            order[m], order[other] = order[other], order[m]
        for row in order:
            sides[row] = self.side(self.log_odds(row, sides))

    def scan(self, rows: list[int], sides: dict[int, int], target: dict[int, int] | None) -> float:
        """One restricted Gibbs scan; the log probability of where it went."""
        log_q = 0.0
        for row in rows:
            odds = self.log_odds(row, sides)
            to = self.side(odds) if target is None else target[row]
            log_q -= log1p_exp(-odds if to else odds)
            sides[row] = to
        return log_q

    def log_odds(self, row: int, sides: dict[int, int]) -> float:
        """log weight of side 1 less that of side 0, given the other rows that have a side."""
        logs = []
        for side in (0, 1):
            others = sorted(i for i in sides if sides[i] == side and i != row)
            logs.append(math.log(len(others) + self.shift) + self.density(row, others))
        return logs[1] - logs[0]

    def side(self, odds: float) -> int:
        """Draw a side."""
        return int(self.stream.uniform() < math.exp(-log1p_exp(-odds)))

    def weight(self, size: int) -> float:
        """What a cluster's size brings to log p(partition)."""
        return math.lgamma(size + self.shift) - math.lgamma(1 + self.shift)

    def sweep(self, n_split_merge: int, n_scans: int) -> list[int]:
        """All of it; clusters are numbered by first appearance afterwards."""
        for _ in range(n_split_merge):
            self.split_merge(n_scans)
        self.gibbs()
        names = {label: c for c, label in enumerate(dict.fromkeys(self.labels))}
        self.labels = [names[label] for label in self.labels]
        return self.labels
