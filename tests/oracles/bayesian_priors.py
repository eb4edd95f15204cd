"""Priors over partitions, by their definitions and in exact fractions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import prod


def all_partitions(n: int) -> Iterator[list[int]]:
    """Every partition of n points, as labels by first appearance."""

    def grow(labels: list[int]) -> Iterator[list[int]]:
        if len(labels) == n:
            yield labels
            return
        for c in range(max(labels, default=-1) + 2):
            yield from grow([*labels, c])

    return grow([])


def dirichlet_process(labels: Sequence[int], concentration: Fraction) -> Fraction:
    """Points sit down one after the other: beside m others with weight m, at a new table with the concentration."""
    return pitman_yor(labels, Fraction(0), concentration)


def pitman_yor(labels: Sequence[int], discount: Fraction, concentration: Fraction) -> Fraction:
    """The same with m - discount, and concentration + discount times the tables there are."""
    probability, seated = Fraction(1), Counter[int]()
    for i, c in enumerate(labels):
        if i == 0:
            seated[c] += 1
            continue
        new = concentration + discount * len(seated)
        weight = seated[c] - discount if c in seated else new
        probability *= weight / (i + concentration)
        seated[c] += 1
    return probability


def finite_mixture(
    labels: Sequence[int], gamma: Fraction, probabilities: Sequence[Fraction]
) -> Fraction:
    """A mixture of finite mixtures: over K, and over all ways to give the points components out of K."""
    return sum(with_components(labels, gamma, probabilities), Fraction(0))


def with_components(
    labels: Sequence[int], gamma: Fraction, probabilities: Sequence[Fraction]
) -> list[Fraction]:
    """P(partition, K = k) for k = 1, 2, ...: sums over all k^n assignments that make this partition."""
    together = [[a == b for b in labels] for a in labels]
    found: list[Fraction] = []
    for k, p in enumerate(probabilities, start=1):
        total = Fraction(0)
        for assignment in product(range(k), repeat=len(labels)):
            if [[a == b for b in assignment] for a in assignment] == together:
                total += dirichlet_multinomial(Counter(assignment).values(), gamma, k)
        found.append(total * p)
    return found


def dirichlet_multinomial(counts: Sequence[int], gamma: Fraction, k: int) -> Fraction:
    """The probability of one assignment under k weights that are Dirichlet(gamma, ..., gamma)."""
    n = sum(counts)
    above = prod((gamma + i for count in counts for i in range(count)), start=Fraction(1))
    return above / prod((gamma * k + i for i in range(n)), start=Fraction(1))
