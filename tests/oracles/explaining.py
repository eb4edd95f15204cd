"""Naive code for what explains clusters: definitions, one row and one threshold at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise


def standardised_difference(
    values: Sequence[float | None], labels: Sequence[int], cluster: int
) -> float:
    """(mean of the cluster - mean of all) / standard deviation of all, missing values left out."""
    known = [v for v in values if v is not None]
    own = [v for v, label in zip(values, labels, strict=True) if label == cluster and v is not None]
    if not own:
        return math.nan
    mean = math.fsum(known) / len(known)
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in known) / len(known))
    return (math.fsum(own) / len(own) - mean) / spread if spread > 0 else 0.0


def lift(cells: Sequence[str | None], labels: Sequence[int], cluster: int, category: str) -> float:
    """Share of a category in the cluster over its share in all, missing cells left out."""
    known = [c for c in cells if c is not None]
    own = [c for c, label in zip(cells, labels, strict=True) if label == cluster and c is not None]
    return (own.count(category) / len(own)) / (known.count(category) / len(known))


def means(X: Sequence[Sequence[float]], labels: Sequence[int]) -> dict[int, list[float]]:
    """The mean of the rows of each label."""
    return {
        label: [
            math.fsum(column) / len(column)
            for column in zip(
                *(x for x, own in zip(X, labels, strict=True) if own == label), strict=True
            )
        ]
        for label in sorted(set(labels))
    }


def nearest_mean(X: Sequence[Sequence[float]], labels: Sequence[int], cluster: int) -> int:
    """The label, but -1 and its own, of the mean that is nearest to that of the cluster."""
    centers = means(X, labels)
    others = [label for label in centers if label not in (-1, cluster)]
    return min(others, key=lambda label: (math.dist(centers[cluster], centers[label]), label))


def order_by_distance(
    X: Sequence[Sequence[float]], labels: Sequence[int], cluster: int
) -> list[int]:
    """The rows of a cluster by their distance to its mean."""
    center = means(X, labels)[cluster]
    own = [row for row, label in enumerate(labels) if label == cluster]
    return sorted(own, key=lambda row: (math.dist(X[row], center), row))


def margin(X: Sequence[Sequence[float]], labels: Sequence[int], row: int) -> float:
    """(b - a) / max(a, b), a and b the distances of a row to its own mean and to the nearest other one."""
    centers = means(X, labels)
    a = math.dist(X[row], centers[labels[row]])
    b = min(math.dist(X[row], c) for label, c in centers.items() if label not in (-1, labels[row]))
    return (b - a) / max(a, b) if max(a, b) > 0 else 0.0


def gini_gains(
    columns: Sequence[Sequence[float]], codes: Sequence[int]
) -> dict[tuple[int, float, float], float]:
    """The gain of every cut (column, value below, value above): the rise of the sum over nodes of sum n_c^2 / n."""

    def purity(some: list[int]) -> float:
        return sum(some.count(c) ** 2 for c in set(some)) / len(some)

    found: dict[tuple[int, float, float], float] = {}
    for at, column in enumerate(columns):
        values = sorted(set(column))
        for low, high in pairwise(values):
            left = [c for v, c in zip(column, codes, strict=True) if v <= low]
            right = [c for v, c in zip(column, codes, strict=True) if v > low]
            found[at, low, high] = purity(left) + purity(right) - purity(list(codes))
    return found


def fewest_errors(errors: dict[int, int], below: dict[int, tuple[int, int]], leaves: int) -> int:
    """Errors of the best subtree with at most so many leaves, over every set of nodes that are cut open."""
    inner = sorted(below)
    best = errors[0]
    for count in range(1, leaves):
        for opened in combinations(inner, count):
            chosen = set(opened)
            parents = {child: node for node, pair in below.items() for child in pair}
            if any(node != 0 and parents[node] not in chosen for node in chosen):
                continue
            ends = {child for node in chosen for child in below[node]} - chosen
            best = min(best, sum(errors[end] for end in ends))
    return best


def term_score(
    held: Sequence[Sequence[float]], labels: Sequence[int], cluster: int, term: int
) -> tuple[float, float]:
    """Lift of a term in a group, and share log2(lift), counting documents."""
    own = [row for row, label in zip(held, labels, strict=True) if label == cluster]
    share = sum(row[term] > 0 for row in own) / len(own)
    overall = sum(row[term] > 0 for row in held) / len(held)
    ratio = share / overall if overall else 0.0
    return ratio, share * math.log2(ratio) if ratio > 1 else 0.0
