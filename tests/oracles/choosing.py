"""What the rules for the number of clusters compute, written from its definition: loops over points, no shortcuts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log, nan, pi, sqrt

import numpy as np


def distance(x: np.ndarray, y: np.ndarray) -> float:
    """The Euclidean distance."""
    return sqrt(sum((a - b) ** 2 for a, b in zip(x, y, strict=True)))


def centers_of(X: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """The mean of each cluster."""
    return [X[labels == j].mean(axis=0) for j in range(labels.max() + 1)]


def silhouettes(X: np.ndarray, labels: np.ndarray) -> list[float]:
    """The simplified silhouette of each point."""
    centers = centers_of(X, labels)
    found = []
    for x, own in zip(X, labels, strict=True):
        if np.count_nonzero(labels == own) == 1:
            found.append(0.0)
            continue
        a = distance(x, centers[own])
        b = min(distance(x, c) for j, c in enumerate(centers) if j != own)
        found.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return found


def calinski_harabasz(X: np.ndarray, labels: np.ndarray) -> float:
    """BSS / (k - 1) / (WSS / (n - k))."""
    centers, n = centers_of(X, labels), len(X)
    k, middle = len(centers), X.mean(axis=0)
    within = sum(distance(x, centers[j]) ** 2 for x, j in zip(X, labels, strict=True))
    between = sum(
        np.count_nonzero(labels == j) * distance(c, middle) ** 2 for j, c in enumerate(centers)
    )
    return between / (k - 1) / (within / (n - k))


def davies_bouldin(X: np.ndarray, labels: np.ndarray) -> float:
    """The mean over clusters of the worst (S_i + S_j) / |c_i - c_j|."""
    centers = centers_of(X, labels)
    spread = [
        float(np.mean([distance(x, c) for x in X[labels == j]])) for j, c in enumerate(centers)
    ]
    worst = [
        max((spread[i] + spread[j]) / distance(a, b) for j, b in enumerate(centers) if j != i)
        for i, a in enumerate(centers)
    ]
    return float(np.mean(worst))


def bic(X: np.ndarray, labels: np.ndarray) -> float:
    """-2 log L + p log n of X-means: one variance, WSS / ((n - k) d)."""
    n, d = X.shape
    centers = centers_of(X, labels)
    k = len(centers)
    variance = sum(distance(x, centers[j]) ** 2 for x, j in zip(X, labels, strict=True)) / (
        (n - k) * d
    )
    likelihood = 0.0
    for x, j in zip(X, labels, strict=True):
        share = np.count_nonzero(labels == j) / n
        likelihood += log(share) - d / 2 * log(2 * pi * variance)
        likelihood -= distance(x, centers[j]) ** 2 / (2 * variance)
    return -2 * likelihood + (k - 1 + k * d + 1) * log(n)


def jumps(wss: Sequence[float], n: int, d: int) -> list[float]:
    """J(k) = D(k)^(-d/2) - D(k - 1)^(-d/2) for k = 1, 2, ..., over the largest."""
    raised = [0.0, *(exp(-d / 2 * log(value / (n * d))) for value in wss)]
    found = [after - before for before, after in pairwise(raised)]
    return [value / max(found) for value in found]


def valley_counts(X, labels, weight=None) -> tuple[float, float]:
    """The (weighted) points near the boundaries of neighbouring clusters, and those about their centres."""
    centers = centers_of(X, labels)
    sizes = np.bincount(labels)
    places: dict[tuple[int, int], list[tuple[int, float, float]]] = {}
    counts = np.ones(len(X)) if weight is None else weight
    for x, own, count in zip(X, labels, counts, strict=True):
        if sizes[own] == 1 or len(centers) < 2:
            continue
        others = [j for j in range(len(centers)) if j != own]
        following = min(others, key=lambda j: (distance(x, centers[j]), j))
        left_out = (sizes[own] / (sizes[own] - 1)) ** 2
        gap = distance(centers[own], centers[following]) ** 2
        place = distance(x, centers[following]) ** 2 - left_out * distance(x, centers[own]) ** 2
        pair = (min(own, following), max(own, following))
        places.setdefault(pair, []).append((int(own), place / gap, float(count)))
    middle = side = 0.0
    for pair, found in places.items():
        if sum(count for _, _, count in found) < 10:
            continue
        middle += sum(count for _, place, count in found if abs(place) < 0.25)
        first, second = (
            sum(count for own, place, count in found if own == cluster and abs(place - 1) < 0.25)
            for cluster in pair
        )
        side += 2 * first * second / (first + second) if first + second else 0.0
    return middle, side


def valley(X: np.ndarray, labels: np.ndarray) -> float:
    """Points near the boundaries of neighbouring clusters over points about their centres."""
    middle, side = valley_counts(X, labels)
    return middle / side if side else nan
