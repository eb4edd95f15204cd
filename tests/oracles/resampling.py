"""What resampling rules compute, pair by pair."""

from __future__ import annotations

from itertools import combinations
from math import erfc, log, sqrt

import numpy as np


def adjusted_rand(first: list[int], second: list[int], weight: list[float]) -> float:
    """Hubert and Arabie's index; a pair counts by the product of its weights."""
    both = one = two = everything = 0.0
    for i, j in combinations(range(len(first)), 2):
        pair = weight[i] * weight[j]
        everything += pair
        one += pair * (first[i] == first[j])
        two += pair * (second[i] == second[j])
        both += pair * (first[i] == first[j] and second[i] == second[j])
    expected, largest = one * two / everything, (one + two) / 2
    return 1.0 if largest == expected else (both - expected) / (largest - expected)


def prediction_strength(test: list[int], train: list[int], weight: list[float]) -> float:
    """Tibshirani and Walther's equation 2.1; a cluster of one row counts 0."""
    least = float("inf")
    for cluster in set(test):
        rows = [i for i, label in enumerate(test) if label == cluster]
        pairs = [(weight[i] * weight[j], train[i] == train[j]) for i, j in combinations(rows, 2)]
        total = sum(pair for pair, _ in pairs)
        least = min(least, sum(pair for pair, kept in pairs if kept) / total if total > 0 else 0.0)
    return least


def mean_doubt(labels: np.ndarray, left_out: int, weight: list[float]) -> float:
    """The weighted mean of 4 M (1 - M) over pairs, M their consensus; labels (samples, rows)."""
    doubt = total = 0.0
    for i, j in combinations(range(labels.shape[1]), 2):
        samples = [s for s in labels if s[i] != left_out and s[j] != left_out]
        if not samples:
            continue
        consensus = sum(bool(s[i] == s[j]) for s in samples) / len(samples)
        total += weight[i] * weight[j]
        doubt += weight[i] * weight[j] * 4 * consensus * (1 - consensus)
    return doubt / total if total else 0.0


def anderson_darling(values: list[float]) -> float:
    """The formula of the books for equal weights, with the correction for estimated mean and variance."""
    z, n = sorted(values), len(values)

    def below(x: float) -> float:
        return erfc(-x / sqrt(2)) / 2

    total = sum(
        (2 * i - 1) * (log(below(z[i - 1])) + log(below(-z[n - i]))) for i in range(1, n + 1)
    )
    return (-n - total / n) * (1 + 4 / n - 25 / n**2)
