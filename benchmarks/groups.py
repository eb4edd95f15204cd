"""Data sets whose number of groups is known: overlapping, of unequal size and spread, among columns of noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KINDS = ("apart", "overlapping", "unequal sizes", "unequal spread", "noise columns")
MOST_GROUPS = 12
TRIES = 10_000


@dataclass(frozen=True)
class Groups:
    """Points (n, d), the group of each (n,), how many groups there are, and of what kind they are."""

    X: Floats
    labels: NDArray[np.intp]
    k: int
    kind: str


def thirty(seed: int) -> list[Groups]:
    """Return thirty sets: every k from 1 to 12, and every kind six times."""
    return [
        groups(1 + i % MOST_GROUPS, KINDS[i % len(KINDS)], np.random.default_rng([seed, i]))
        for i in range(30)
    ]


def groups(k: int, kind: str, rng: np.random.Generator) -> Groups:
    """Draw k normal groups; their spread is 1 where nothing else is said.

    Distances are those between nearest centres, in the sum of the two groups' standard deviations: 3 where groups stand
    apart, 2 where they overlap (the density between two of them has just a valley, and one point in forty is nearer to
    the other centre).
    """
    d = int(rng.integers(2, 6))
    n = 100 * k + 200
    share = np.full(k, 1.0 / k)
    spread = np.ones(k)
    apart = 3.0
    if kind == "overlapping":
        apart = 2.0
    if kind == "unequal sizes":
        share = np.geomspace(1.0, 8.0, k) if k > 1 else share
    if kind == "unequal spread":
        spread = rng.permutation(np.geomspace(0.5, 2.0, k)) if k > 1 else spread
    centers = _centers(k, d, spread, apart, rng)
    labels = rng.choice(k, size=n, p=share / share.sum())
    X = centers[labels] + spread[labels, None] * rng.normal(size=(n, d))
    if kind == "noise columns":
        X = np.hstack([X, rng.normal(size=(n, 2 * d))])
    return Groups(X, labels, k, kind)


def _centers(k: int, d: int, spread: Floats, apart: float, rng: np.random.Generator) -> Floats:
    """Draw centres one after the other in a box that grows until they fit: no two nearer than asked."""
    box = apart * k ** (1.0 / d)
    while True:
        found = np.empty((0, d))
        for _ in range(TRIES):
            new = rng.uniform(0.0, box, d)
            needed = apart * (spread[: len(found)] + spread[len(found)])
            if np.all(np.linalg.norm(found - new, axis=1) >= needed):
                found = np.vstack([found, new])
                if len(found) == k:
                    return found
        box *= 1.25
