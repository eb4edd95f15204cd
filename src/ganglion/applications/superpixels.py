"""Superpixels: small regions of like colour that keep to the edges of what is seen (SLIC)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._native import core
from .colors import LAB_SCALE, Floats, LabPlanes

Integers: TypeAlias = NDArray[np.int64]
LabelImage: TypeAlias = NDArray[np.int32]
"""(height, width)"""

# A region below this share of a cell of the grid is a crumb, as in the authors' own program.
_CRUMB = 4
MAX_ITER = 10
# In noise, labels by colour are no regions: runs this short make pieces by the million. In photographs runs are a third
# of a cell's side and longer.
_LEAST_RUN, _LEAST_SHARE, _MOST_COMPACT = 2.5, 0.25, 1e3


@dataclass(frozen=True)
class Superpixels:
    """Small regions of an image, each in one piece.

    Attributes
    ----------
    labels : ndarray of shape (height, width), int32
        From 0 on, by the first pixels of the regions, row by row.
    counts : ndarray of shape (n,), int64
        Pixels of each.
    lab : ndarray of shape (n, 3)
        Mean L*, a*, b*.
    places : ndarray of shape (n, 2)
        Mean column and row.
    squares : float
        Sum over all pixels of L*² + a*² + b*².
    pairs : ndarray of shape (m, 2), int32
        Regions that adjoin, the lower number first, in ascending order.
    borders : ndarray of shape (m,), int64
        Lengths of their common borders, in pixel sides.
    """

    labels: LabelImage
    counts: Integers
    lab: Floats
    places: Floats
    squares: float
    pairs: NDArray[np.int32]
    borders: Integers


def superpixels(
    planes: LabPlanes,
    n_superpixels: int,
    *,
    compactness: float = 10.0,
    max_iter: int = MAX_ITER,
) -> Superpixels:
    """Divide an image into small regions of like colour by simple linear iterative clustering (SLIC).

    Parameters
    ----------
    planes : LabPlanes
        The image, from `lab_planes`.
    n_superpixels : int
        About how many; the first centres stand on a grid. From as many as there are pixels on, each pixel is a region.
    compactness : float, default 10.0
        How much place counts beside colour: at a distance of one cell of the grid as much as this difference in CIELAB.
        More gives squarer regions, less follows fainter edges.
    max_iter : int, default 10
        Steps of assignment and move at most; fewer where no centre moves any more.

    Returns
    -------
    Superpixels
        The regions with their means and borders.

    Notes
    -----
    k-means of (L*, a*, b*, x, y) under ``D² = |Δlab|² + (compactness / S)² |Δxy|²`` with S the side of a cell, where
    each pixel chooses among nine centres only: those that began in its own cell of the grid and in the eight around it
    (the paper lets each centre search 2S x 2S pixels around itself, which is the same but for centres that wander;
    fixed cells need no memory of distances, and cells are independent). Ties go to the lowest centre. Regions that are
    not in one piece are taken apart, and pieces below a quarter of a cell join the neighbour of the nearest mean
    colour, the smallest first. In an image of noise labels would be crumbs and nothing else: where the pixels of a
    label stand in runs of fewer than 2.5 (or a quarter of a cell), all is done again with four times the compactness.
    Sums are whole numbers, so threads and instruction sets do not show.

    Time: O(9 pixels) for a step, whatever n; memory: 4 bytes a pixel for labels, and the runs of equal labels.

    References
    ----------
    .. [1] R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE TPAMI 34(11),
       2012, doi:10.1109/TPAMI.2012.120: Algorithm 1, and the distance of equation 3.
    .. [2] C. Y. Ren, V. A. Prisacariu, I. D. Reid, "gSLICr: SLIC superpixels at over 250Hz", arXiv:1509.04232, 2015:
       nine centres for each pixel.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.applications.colors import lab_planes
    >>> from ganglion.applications.superpixels import superpixels
    >>> image = np.zeros((20, 30, 3), np.uint8)
    >>> image[:, 15:] = 255
    >>> found = superpixels(lab_planes(image), 6)
    >>> len(found.counts), sorted(set(found.lab[:, 0].round().tolist())), int(found.counts.sum())
    (6, [0.0, 100.0], 600)
    """
    height, width = planes.shape
    if n_superpixels >= height * width:
        labels = np.arange(height * width, dtype=np.int32).reshape(height, width)
        return _described(planes, labels, height * width)
    side = math.sqrt(height * width / n_superpixels)
    cells = max(1, round(height / side)), max(1, round(width / side))
    cell = math.sqrt(height * width / (cells[0] * cells[1]))
    least_run = min(_LEAST_RUN, _LEAST_SHARE * cell)
    while True:
        labels = _slic(planes, cells, compactness * LAB_SCALE / cell, max_iter)
        if compactness >= _MOST_COMPACT or _run_length(labels) >= least_run:
            break
        compactness = max(4 * compactness, 1.0)
    least = crumb_size(height * width / (cells[0] * cells[1]))
    n = core.pixels_connect(*planes.all, least, False, labels)
    return _described(planes, labels, n)


def _slic(planes: LabPlanes, cells: tuple[int, int], unit: float, max_iter: int) -> LabelImage:
    """Assignment and move in turns; `unit` is what a pixel's side is worth in the units of the planes."""
    labels = np.empty(planes.shape, np.int32)
    centers = _first_centers(planes, cells)
    for _ in range(max_iter):
        sums = np.empty((len(centers), 6), np.int64)
        core.pixels_assign(*planes.all, centers, cells, unit, labels, sums)
        present = sums[:, 0] > 0
        moved = centers.copy()  # an empty centre stays where it is
        moved[present] = sums[present, 1:] / sums[present, :1]
        if np.array_equal(moved, centers):
            break
        centers = moved
    return labels


def _run_length(labels: LabelImage) -> float:
    """Mean number of pixels of one label side by side, in every eighth row."""
    some = labels[::8]
    return some.size / (len(some) + np.count_nonzero(some[:, 1:] != some[:, :-1]))


def crumb_size(area: float) -> int:
    """Return how many pixels a piece must have not to be a crumb.

    Parameters
    ----------
    area : float
        Pixels of a cell of the grid.

    Returns
    -------
    int
        A quarter of them; at least 2.

    Examples
    --------
    >>> from ganglion.applications.superpixels import crumb_size
    >>> crumb_size(100)
    25
    """
    return max(2, int(area) // _CRUMB)


def _first_centers(planes: LabPlanes, cells: tuple[int, int]) -> Floats:
    """The pixel of the lowest gradient among the nine in the middle of each cell: (n, 5) colour, column, row."""
    height, width = planes.shape
    rows, columns = (
        ((2 * np.arange(count) + 1) * size // (2 * count))
        for count, size in zip(cells, (height, width), strict=True)
    )
    y, x = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    steps = [(dy, dx) for dy in (0, -1, 1) for dx in (0, -1, 1)]  # the middle first: it wins ties
    near_y = np.stack([np.clip(y + dy, 0, height - 1) for dy, _ in steps])
    near_x = np.stack([np.clip(x + dx, 0, width - 1) for _, dx in steps])
    best = np.argmin(_gradients(planes, near_y, near_x), axis=0), np.arange(len(y))
    y, x = near_y[best], near_x[best]
    return np.stack([*(plane[y, x] for plane in planes.all), x, y], axis=1).astype(np.float64)


def _gradients(planes: LabPlanes, y: Integers, x: Integers) -> Integers:
    """|I(x+1) - I(x-1)|² + |I(y+1) - I(y-1)|² at some pixels (equation 2 of the conference paper)."""
    height, width = planes.shape
    left, right = np.maximum(x - 1, 0), np.minimum(x + 1, width - 1)
    above, below = np.maximum(y - 1, 0), np.minimum(y + 1, height - 1)
    gradient = np.zeros(y.shape, np.int64)
    for plane in planes.all:
        gradient += (plane[y, right].astype(np.int64) - plane[y, left]) ** 2
        gradient += (plane[below, x].astype(np.int64) - plane[above, x]) ** 2
    return gradient


def _described(planes: LabPlanes, labels: LabelImage, n: int) -> Superpixels:
    """Means and borders of regions 0 .. n - 1."""
    sums = np.empty((n, 7), np.int64)
    core.pixels_moments(*planes.all, labels, sums)
    pairs, borders = core.pixels_borders(labels)
    means = sums[:, 1:6] / sums[:, :1]
    return Superpixels(
        labels=labels,
        counts=sums[:, 0].copy(),
        lab=means[:, :3] / LAB_SCALE,
        places=means[:, 3:].copy(),
        squares=float(sums[:, 6].sum()) / LAB_SCALE**2,
        pairs=pairs,
        borders=borders,
    )
