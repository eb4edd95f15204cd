"""Agreement of two partitions from its definitions: pairs one by one, integers and fractions, all pairings tried.

References
----------
Hubert, L. and Arabie, P. "Comparing partitions", 1985, doi:10.1007/BF01908075.
Vinh, N. X., Epps, J. and Bailey, J. "Information theoretic measures for clusterings comparison", 2010.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations


def pairs(first, second):
    """How many pairs are together in both, in the first, in the second, and all."""
    both = one = two = total = 0
    for i, j in combinations(range(len(first)), 2):
        in_first, in_second = first[i] == first[j], second[i] == second[j]
        both += in_first and in_second
        one += in_first
        two += in_second
        total += 1
    return both, one, two, total


def adjusted_rand(first, second):
    """The excess of M over its expectation, as a fraction."""
    both, one, two, total = pairs(first, second)
    if total == 0:
        return Fraction(1)
    expected = Fraction(one * two, total)
    top = Fraction(one + two, 2) - expected
    return (both - expected) / top if top else Fraction(1)


def entropy(labels):
    """In nats."""
    n = len(labels)
    return -math.fsum(m / n * math.log(m / n) for m in Counter(labels).values())


def conditional_entropy(of, given):
    """H(of | given), cluster by cluster of `given`."""
    n = len(of)
    parts = []
    for name, size in Counter(given).items():
        inside = [a for a, b in zip(of, given, strict=True) if b == name]
        parts.append(size / n * entropy(inside))
    return math.fsum(parts)


def information(first, second):
    """H(first) - H(first | second)."""
    return entropy(first) - conditional_entropy(first, second)


def expected_information(first, second):
    """The mean over all ways to deal the second partition's sizes: hypergeometric, exact probabilities."""
    n, parts = len(first), []
    for a in Counter(first).values():
        for b in Counter(second).values():
            for m in range(max(1, a + b - n), min(a, b) + 1):
                chance = Fraction(math.comb(a, m) * math.comb(n - a, b - m), math.comb(n, b))
                parts.append(float(chance * m / n) * math.log(n * m / (a * b)))
    return math.fsum(parts)


def best_agreement(first, second):
    """The most items in paired clusters, over all pairings."""
    table = Counter(zip(first, second, strict=True))
    rows, columns = sorted(set(first)), sorted(set(second))
    if len(rows) > len(columns):
        table = Counter({(b, a): m for (a, b), m in table.items()})
        rows, columns = columns, rows
    return max(
        sum(table[a, b] for a, b in zip(rows, chosen, strict=True))
        for chosen in permutations(columns, len(rows))
    )


def purity(first, second):
    """For each cluster of the second its most frequent class of the first."""
    kept = 0
    for name in set(second):
        kept += max(Counter(a for a, b in zip(first, second, strict=True) if b == name).values())
    return kept / len(first)
