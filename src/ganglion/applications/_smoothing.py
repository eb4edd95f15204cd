"""Neighbours that agree: a Potts model over the regions of an image, by iterated conditional modes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._native import core
from .colors import LAB_SCALE, Floats, LabPlanes
from .superpixels import LabelImage, Superpixels, crumb_size

Labels: TypeAlias = NDArray[np.int32]

# Each sweep lowers the energy; after some ten nothing moves.
_MOST_SWEEPS = 100
# What smoothing=1 means: found by looking at photographs.
_STRENGTH = 2.0
# A border moves by a pixel in a pass, and superpixels of large images are some 30 wide.
_MOST_PASSES = 40


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
    times 1 / (1 + |difference|² / mean |difference|²), less where the two sides differ: the second conductance of
    P. Perona and J. Malik, "Scale-space and edge detection using anisotropic diffusion", IEEE TPAMI 12(7), 1990,
    section V, which takes no exponential and so has the same bits everywhere.
    """
    counts = parts.counts.astype(np.float64)
    distances = np.stack([np.sum((features - center) ** 2, axis=1) for center in centers], axis=1)
    costs = counts[:, None] * distances
    total = float(counts.sum())
    spread = float(costs[np.arange(len(labels)), labels].sum()) / total
    differences = np.sum((parts.lab[parts.pairs[:, 0]] - parts.lab[parts.pairs[:, 1]]) ** 2, axis=1)
    borders = parts.borders.astype(np.float64)
    typical = float((borders * differences).sum() / borders.sum()) if borders.sum() else 0.0
    contrast = 1 / (1 + differences / typical) if typical > 0 else np.ones(len(borders))
    side = (total / len(counts)) ** 0.5
    return PottsModel(
        costs, parts.pairs, _STRENGTH * smoothing * spread * side * borders * contrast
    )


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


def refine_borders(
    planes: LabPlanes, labels: LabelImage, centers: Floats, *, smoothing: float, position: float
) -> int:
    """Let the pixels on borders choose their labels again, in place; returns how many passes that took.

    The model is that of `potts_model` with pixels for regions: eight neighbours, those across a corner at 1 / sqrt(2).
    `centers` (k, 3 or 5) are in units of CIELAB. In each pass only pixels that touch another label choose, every second
    pixel of every second row at a time: these are no neighbours of each other, so their order does not matter. A pixel
    around which nothing changed is not asked again: later passes cost what moves.
    """
    place = LAB_SCALE * 100 * position / max(planes.shape)
    scaled = np.zeros((len(centers), 5))
    scaled[:, : centers.shape[1]] = LAB_SCALE * centers
    contrast = _typical_step(planes)
    border = _STRENGTH * smoothing * _spread(planes, labels, len(centers))
    costs = (place, border, contrast)
    still_open = np.ones(labels.shape, np.uint8)
    passes = 0
    while passes < _MOST_PASSES:
        passes += 1
        if core.pixels_refine(*planes.all, scaled, costs, labels, still_open) == 0:
            break
    return passes


def join_crumbs(planes: LabPlanes, labels: LabelImage, n_superpixels: int) -> int:
    """Let pieces below a quarter of a superpixel join the neighbouring piece of the nearest colour, in place."""
    return core.pixels_connect(*planes.all, crumb_size(labels.size / n_superpixels), True, labels)


def _typical_step(planes: LabPlanes) -> float:
    """The mean squared difference of pixels side by side, in every eighth row; at least 1."""
    total = count = 0
    for plane in planes.all:
        steps = np.diff(plane[::8].astype(np.int64), axis=1)
        total, count = total + int((steps**2).sum()), steps.size
    return max(1.0, total / max(count, 1))


def _spread(planes: LabPlanes, labels: LabelImage, k: int) -> float:
    """The mean squared distance of pixels to the mean colour of their label."""
    sums = np.zeros((k, 7), np.int64)
    core.pixels_moments(*planes.all, labels, sums)
    there = sums[sums[:, 0] > 0].astype(np.float64)
    within = there[:, 6] - (there[:, 1:4] ** 2).sum(axis=1) / there[:, 0]
    return max(0.0, float(within.sum() / there[:, 0].sum()))
