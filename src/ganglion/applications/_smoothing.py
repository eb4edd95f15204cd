"""Neighbours that agree: a Potts model over the regions of an image, by iterated conditional modes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._native import core
from .colors import Floats
from .superpixels import Superpixels

Labels: TypeAlias = NDArray[np.int32]

# Each sweep lowers the energy; after some ten nothing moves.
_MOST_SWEEPS = 100


@dataclass(frozen=True)
class PottsModel:
    """Energy = sum_i costs[i, l_i] + sum over pairs that differ of weights.

    Attributes
    ----------
    costs : ndarray of shape (n, k)
        Of each label for each node.
    pairs : ndarray of shape (m, 2), int32
        Neighbours, each pair once.
    weights : ndarray of shape (m,)
        What it costs that the two differ; not negative.
    """

    costs: Floats
    pairs: NDArray[np.int32]
    weights: Floats

    def energy(self, labels: Labels) -> float:
        """Return the energy of a labelling."""
        differ = labels[self.pairs[:, 0]] != labels[self.pairs[:, 1]]
        own = self.costs[np.arange(len(labels)), labels]
        return float(own.sum() + self.weights[differ].sum())


def potts_model(
    parts: Superpixels, features: Floats, centers: Floats, labels: Labels, smoothing: float
) -> PottsModel:
    """Return the model in which a label costs the squared distance of all of a region's pixels to its centre.

    A border between labels costs `smoothing` for each pixel side, in units of the mean squared distance to the centres
    times the side of a region, so that neither the size of the image nor its contrast changes what a number means;
    times exp(-|difference|² / (2 mean |difference|²)) as in Boykov and Jolly (2001): less where the two sides differ.
    """
    counts = parts.counts.astype(np.float64)
    distances = np.stack([np.sum((features - center) ** 2, axis=1) for center in centers], axis=1)
    costs = counts[:, None] * distances
    total = float(counts.sum())
    spread = float(costs[np.arange(len(labels)), labels].sum()) / total
    differences = np.sum((parts.lab[parts.pairs[:, 0]] - parts.lab[parts.pairs[:, 1]]) ** 2, axis=1)
    borders = parts.borders.astype(np.float64)
    typical = float((borders * differences).sum() / borders.sum()) if borders.sum() else 0.0
    contrast = np.exp(-differences / (2 * typical)) if typical > 0 else np.ones(len(borders))
    side = (total / len(counts)) ** 0.5
    return PottsModel(costs, parts.pairs, smoothing * spread * side * borders * contrast)


def smoothed(model: PottsModel, labels: Labels) -> Labels:
    """Return labels of lower energy: each node in turn takes the label that costs least given its neighbours (ICM).

    J. Besag, "On the statistical analysis of dirty pictures", Journal of the Royal Statistical Society B 48(3), 1986.
    """
    n = len(labels)
    both = np.concatenate([model.pairs, model.pairs[:, ::-1]])
    order = np.argsort(both[:, 0], kind="stable")
    indptr = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(both[:, 0], minlength=n), out=indptr[1:])
    neighbors = np.ascontiguousarray(both[order, 1], dtype=np.int32)
    weights = np.concatenate([model.weights, model.weights])[order]
    costs = np.ascontiguousarray(model.costs)
    found = np.array(labels, dtype=np.int32)
    for _ in range(_MOST_SWEEPS):
        if core.pixels_smooth(costs, indptr, neighbors, weights, found) == 0:
            break
    return found
