"""The search of good centres for many numbers of clusters, operation by operation as the kernel does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

import numpy as np

from .refits import (
    NEIGHBORS,
    counts,
    descend,
    distance,
    folded,
    joined,
    moved,
    panels,
    seeds,
    splitmix,
    total,
)

KEPT, FEW, SEEDINGS, WIDENERS = 2, 20, 4, 32


def cells(
    X: np.ndarray, w: np.ndarray, m: int, steps: int, seed: int
) -> tuple[list[list[float]], list[float]]:
    """Centres and weights of small clusters."""
    rows = [x.tolist() for x, weight in zip(X, w, strict=True) if weight > 0]
    weights = [float(weight) for weight in w if weight > 0]
    start = seeds(rows, weights, m, splitmix(seed), trials=1)
    _, centers, labels, nearest, _ = descend(rows, weights, start, (steps, 0.0))
    centers = moved(rows, weights, labels, nearest, centers)
    mass = counts(weights, labels, m)
    held = [j for j in range(m) if mass[j] > 0]
    return [centers[j] for j in held], [mass[j] for j in held]


@dataclass
class Found:
    """Centres, their weights, and what they leave."""

    wss: float
    centers: list[list[float]]
    mass: list[float]


@dataclass
class Search:
    """The rows of weight, the cells, and what is kept for each number."""

    rows: list[list[float]]
    weights: list[float]
    cells: list[list[float]]
    mass: list[float]
    numbers: list[int]
    steps: tuple[int, int]
    tol: float
    kept: dict[int, list[Found]] = field(default_factory=dict)

    def start(self, number: int, merges: np.ndarray, seed: int, draws: int) -> None:
        """Ward's tree, then draws, each the best of a few seedings."""
        centers = self.cut(merges, number)
        self.kept[number] = []
        self.follow(number, centers)
        k, random = len(centers), splitmix(seed)
        for _ in range(draws * max(1, FEW // k) if 1 < k < len(self.cells) else 0):
            least, best = inf, []
            for _ in range(SEEDINGS):
                drawn = seeds(self.cells, self.mass, k, random, trials=1)
                wss = self.left(drawn)
                if wss < least:
                    least, best = wss, drawn
            self.follow(number, best)

    def left(self, centers: list[list[float]]) -> float:
        """The WSS of the cells about the centres: panels by halves, then one after the other."""
        each = [
            w * min(distance(x, c) for c in centers)
            for x, w in zip(self.cells, self.mass, strict=True)
        ]
        wss = 0.0
        for rows in panels(len(each)):
            wss += folded([each[i] for i in rows])
        return wss

    def cut(self, merges: np.ndarray, number: int) -> list[list[float]]:
        """The clusters of the tree when so many are left, in the order of their first cells."""
        m = len(self.cells)
        active = list(range(m))
        sums = {i: [w * v for v in self.cells[i]] for i, w in enumerate(self.mass)}
        mass = dict(enumerate(self.mass))
        for i in range(m - min(number, m)):
            a, b = (int(v) for v in merges[i])
            sums[m + i] = [x + y for x, y in zip(sums[a], sums[b], strict=True)]
            mass[m + i] = mass[a] + mass[b]
            active[active.index(a)] = m + i
            active.remove(b)
        return [[v / mass[j] for v in sums[j]] for j in active]

    def follow(self, number: int, centers: list[list[float]]) -> None:
        """Lloyd on the cells; what is found is kept if it is new, and one of the best."""
        wss, found, _, _, mass = descend(self.cells, self.mass, centers, (self.steps[0], self.tol))
        kept = self.kept[number]
        for place in range(KEPT):
            if place < len(kept) and abs(wss - kept[place].wss) <= 1e-9 * wss:
                return
            if place < len(kept) and wss >= kept[place].wss:
                continue
            kept.insert(place, Found(wss, found, mass))
            del kept[KEPT:]
            return

    def pass_on(self) -> None:
        """Down, joining the two that cost least; up, adding the cell that helps most."""
        pairs = list(zip(self.numbers, self.numbers[1:], strict=False))
        for smaller, larger in reversed(pairs):
            if larger - smaller <= NEIGHBORS:
                best = self.kept[larger][0]
                centers, mass = list(best.centers), list(best.mass)
                while len(centers) > smaller:
                    centers, mass = joined(centers, mass)
                self.follow(smaller, centers)
        for smaller, larger in pairs:
            if larger - smaller <= NEIGHBORS and larger <= len(self.cells):
                centers = list(self.kept[smaller][0].centers)
                while len(centers) < larger:
                    centers.append(self.widener(centers))
                self.follow(larger, centers)

    def widener(self, centers: list[list[float]]) -> list[float]:
        """Of the cells that leave most, the one that lowers the WSS most."""
        own = [min(distance(x, c) for c in centers) for x in self.cells]
        leaves = [w * v for w, v in zip(self.mass, own, strict=True)]
        order = sorted(range(len(own)), key=lambda i: (-leaves[i], i))[:WIDENERS]
        least, best = inf, []
        for i in order:
            there = [
                min(distance(x, self.cells[i]), v) for x, v in zip(self.cells, own, strict=True)
            ]
            wss = total([w * v for w, v in zip(self.mass, there, strict=True)])
            if wss < least:
                least, best = wss, self.cells[i]
        return list(best)

    def best(self, number: int) -> list[list[float]]:
        """What the rows leave decides; then Lloyd on the rows."""
        least, first = inf, []
        for found in self.kept[number]:
            wss, centers, *_ = descend(self.rows, self.weights, found.centers, (0, self.tol))
            if wss < least:
                least, first = wss, centers
        if self.steps[1] > 0:
            first = descend(self.rows, self.weights, first, (self.steps[1], self.tol))[1]
        return first


def search(
    X: np.ndarray,
    w: np.ndarray,
    found: tuple[np.ndarray, np.ndarray],
    merges: np.ndarray,
    asked: dict[int, int],
    settings: tuple[int, int, int, float],
) -> dict[int, list[list[float]]]:
    """Centres for each number of `asked`, which has their seeds."""
    draws, cell_steps, steps, tol = settings
    rows = [x.tolist() for x, weight in zip(X, w, strict=True) if weight > 0]
    weights = [float(weight) for weight in w if weight > 0]
    state = Search(
        rows, weights, found[0].tolist(), found[1].tolist(), list(asked), (cell_steps, steps), tol
    )
    for number, seed in asked.items():
        state.start(number, merges, seed, draws)
    state.pass_on()
    return {number: state.best(number) for number in asked}
