"""Mini-batch k-means as the paper writes it: one sample at a time, a rate of learning for each centre."""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def take_in(centers, counts, batch, weights):
    """Centres and counts after a batch (Sculley 2010, algorithm 1), in exact fractions; and its inertia before."""
    centers = [[Fraction(float(v)) for v in row] for row in centers]
    counts = [Fraction(float(v)) for v in counts]
    rows = [[Fraction(float(v)) for v in row] for row in batch]
    weights = (
        [Fraction(1)] * len(rows) if weights is None else [Fraction(float(w)) for w in weights]
    )

    def distance(x, c):
        return sum((a - b) ** 2 for a, b in zip(x, c, strict=True))

    labels = [min(range(len(centers)), key=lambda j, x=x: distance(x, centers[j])) for x in rows]
    inertia = sum(
        w * distance(x, centers[j]) for x, w, j in zip(rows, weights, labels, strict=True)
    )
    for x, w, j in zip(rows, weights, labels, strict=True):
        counts[j] += w
        if counts[j]:
            centers[j] = [c + w / counts[j] * (a - c) for a, c in zip(x, centers[j], strict=True)]
    return np.array(centers, dtype=float), np.array(counts, dtype=float), float(inertia), labels
