"""k-means of small samples, operation by operation as the kernel does it: the same bits."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, inf, log

import numpy as np

PANEL = 32
MASK = 2**64 - 1
NEIGHBORS, ALONE, WIDENERS = 4, 4, 8


def splitmix(seed: int) -> Iterator[float]:
    """Numbers in [0, 1)."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield ((z ^ (z >> 31)) >> 11) * 2.0**-53


def distance(x: list[float], c: list[float]) -> float:
    """Squared, in the order of the features."""
    total = 0.0
    for a, b in zip(x, c, strict=True):
        total += (a - b) * (a - b)
    return total


def folded(lanes: list[float]) -> float:
    """The sum of a panel's lanes by halves."""
    lanes = lanes + [0.0] * (PANEL - len(lanes))
    while len(lanes) > 1:
        half = len(lanes) // 2
        lanes = [lanes[i] + lanes[i + half] for i in range(half)]
    return lanes[0]


def panels(n: int) -> list[range]:
    """The rows of each panel."""
    return [range(first, min(n, first + PANEL)) for first in range(0, n, PANEL)]


def total(values: list[float]) -> float:
    """A sum in 32 lanes over all panels."""
    lanes = [0.0] * PANEL
    for i, value in enumerate(values):
        lanes[i % PANEL] += value
    return folded(lanes)


def drawn(u: float, masses: list[float], sums: list[float]) -> int:
    """The row at which the running sum passes u times the total of the panels' sums."""
    everything = 0.0
    for part in sums:
        everything += part
    left = u * everything
    last = 0
    for p, rows in enumerate(panels(len(masses))):
        if left >= sums[p] and p + 1 < len(sums):
            left -= sums[p]
            continue
        for i in rows:
            last = i if masses[i] > 0 else last
            if masses[i] > left:
                return i
            left -= masses[i]
    return last


def seeds(
    X: list[list[float]],
    w: list[float],
    k: int,
    random: Iterator[float],
    *,
    trials: int | None = None,
) -> list[list[float]]:
    """Greedy k-means++ with so many candidates a seed."""
    first = X[by_weight(w, random)]
    return widened(X, w, [first], k, random, trials=trials or 2 + floor(log(k)))


def by_weight(w: list[float], random: Iterator[float]) -> int:
    """A row, drawn by weight; weights are added one after the other, and not by halves."""
    sums = []
    for rows in panels(len(w)):
        part = 0.0
        for i in rows:
            part += w[i]
        sums.append(part)
    return drawn(next(random), w, sums)


def widened(
    X: list[list[float]],
    w: list[float],
    centers: list[list[float]],
    k: int,
    random: Iterator[float],
    *,
    trials: int,
) -> list[list[float]]:
    """As many more centres as are missing, each the best of so many rows drawn by what the others leave."""
    centers = list(centers)
    nearest = [min(distance(x, c) for c in centers) for x in X]
    for _ in range(len(centers), k):
        masses = [a * b for a, b in zip(w, nearest, strict=True)]
        sums = [folded([masses[i] for i in rows]) for rows in panels(len(X))]
        least, best = inf, 0
        for _ in range(trials):
            is_drawn = any(s > 0 for s in sums)
            row = drawn(next(random), masses, sums) if is_drawn else by_weight(w, random)
            potential = total(
                [a * min(distance(x, X[row]), b) for a, x, b in zip(w, X, nearest, strict=True)]
            )
            if potential < least:
                least, best = potential, row
        centers.append(X[best])
        nearest = [min(distance(x, X[best]), b) for x, b in zip(X, nearest, strict=True)]
    return centers


def nearest_center(x: list[float], centers: list[list[float]]) -> tuple[int, float]:
    """The lowest of the nearest centres, and its distance."""
    distances = [distance(x, c) for c in centers]
    best = min(range(len(centers)), key=lambda j: distances[j])
    return best, distances[best]


def moved(
    X: list[list[float]],
    w: list[float],
    labels: list[int],
    nearest: list[float],
    centers: list[list[float]],
) -> list[list[float]]:
    """The means; an empty cluster gets the farthest row."""
    d, out = len(X[0]), []
    for j in range(len(centers)):
        count, sums = 0.0, [0.0] * d
        for x, weight, label in zip(X, w, labels, strict=True):
            if label == j:
                count += weight
                sums = [s + weight * v for s, v in zip(sums, x, strict=True)]
        if count > 0:
            out.append([s / count for s in sums])
            continue
        farthest = max(range(len(X)), key=lambda i: nearest[i])
        if nearest[farthest] > 0:
            out.append(X[farthest])
            nearest[farthest] = 0.0
        else:
            out.append(centers[j])
    return out


def counts(weights: list[float], labels: list[int], k: int) -> list[float]:
    """The weight of each cluster, one row after the other."""
    out = [0.0] * k
    for weight, label in zip(weights, labels, strict=True):
        out[label] += weight
    return out


def descend(
    X: list[list[float]], w: list[float], centers: list[list[float]], settings: tuple[int, float]
) -> tuple[float, list[list[float]], list[int], list[float], list[float]]:
    """Lloyd's iterations: the WSS of the last assignment, its centres, labels and distances, and what centres weigh."""
    max_iter, tol = settings
    before, old, mass = inf, [-1] * len(X), []
    for step in range(max_iter + 1):
        found = [nearest_center(x, centers) for x in X]
        labels, nearest = [j for j, _ in found], [value for _, value in found]
        wss = total([weight * value for weight, value in zip(w, nearest, strict=True)])
        if labels == old or before - wss <= tol * wss or step == max_iter:
            break
        before, old = wss, labels
        mass = counts(w, labels, len(centers))
        centers = moved(X, w, labels, nearest, centers)
    return wss, centers, labels, nearest, mass


def joined(centers: list[list[float]], mass: list[float]) -> tuple[list[list[float]], list[float]]:
    """The two clusters whose union raises the WSS least are one."""
    least, pair = inf, (0, 1)
    for a in range(len(centers)):
        for b in range(a + 1, len(centers)):
            both = mass[a] + mass[b]
            part = mass[a] * mass[b] / both if both > 0 else 0.0
            rise = part * distance(centers[a], centers[b])
            if rise < least:
                least, pair = rise, (a, b)
    a, b = pair
    both, union = mass[a] + mass[b], centers[a]
    if both > 0:
        terms = zip(centers[a], centers[b], strict=True)
        union = [(mass[a] * x + mass[b] * y) / both for x, y in terms]
    keep = [j for j in range(len(centers)) if j != b]
    at = {a: (union, both)}
    return (
        [at[j][0] if j in at else centers[j] for j in keep],
        [at[j][1] if j in at else mass[j] for j in keep],
    )


def fits(
    X: np.ndarray, w: np.ndarray, asked: dict[int, int], settings: tuple[int, int, float]
) -> dict[int, list[list[float]]]:
    """The best centres of each number of `asked`, which has their seeds, ascending: up by one more, down by joining."""
    n_init, *rest = settings
    rows = [x.tolist() for x, weight in zip(X, w, strict=True) if weight > 0]
    weights = [float(weight) for weight in w if weight > 0]
    found: dict[int, tuple[float, list[list[float]], list[float]]] = {}

    def keep(k: int, start: list[list[float]]) -> None:
        wss, centers, _, _, mass = descend(rows, weights, start, (rest[0], rest[1]))
        if k not in found or wss < found[k][0]:
            found[k] = (wss, centers, mass)

    before = None
    for k, seed in asked.items():
        random = splitmix(seed)
        follows = before is not None and k - before <= NEIGHBORS
        for _ in range(n_init if follows else ALONE * n_init):
            keep(k, seeds(rows, weights, k, random))
        if follows:
            keep(k, widened(rows, weights, found[before][1], k, random, trials=WIDENERS))
        before = k
    for smaller, larger in reversed(list(zip(asked, list(asked)[1:], strict=False))):
        if larger - smaller <= NEIGHBORS:
            centers, mass = found[larger][1:]
            while len(centers) > smaller:
                centers, mass = joined(centers, mass)
            keep(smaller, centers)
    return {k: centers for k, (_, centers, _) in found.items()}


def labels_of(X: np.ndarray, centers: list[list[float]]) -> list[int]:
    """The nearest centre to every row."""
    return [nearest_center(x.tolist(), centers)[0] for x in X]
