"""What the segments of an image are: numbered by size, counted, named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from .._native import core
from ..data.images import Pixels
from ..selection import KChoice
from .colors import LAB_SCALE, Floats, LabPlanes, color_name, srgb_from_lab
from .segmentation import Segment, Segmentation, SegmentSettings
from .superpixels import LabelImage, Superpixels


@dataclass(frozen=True)
class Told:
    """What the answer repeats of the question."""

    choice: KChoice | None
    settings: SegmentSettings
    source: str
    notes: tuple[str, ...]


def described(
    pixels: Pixels, planes: LabPlanes, painted: LabelImage, parts: Superpixels, told: Told
) -> Segmentation:
    """Number the segments by size, and look at what they are."""
    sums = np.zeros((int(painted.max()) + 1, 7), np.int64)
    core.pixels_moments(*planes.all, painted, sums)
    order = np.argsort(-sums[:, 0], kind="stable")[: np.count_nonzero(sums[:, 0])]
    number = np.zeros(len(sums), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    labels, sums = number[painted], sums[order]
    sizes = sums[:, 0].astype(np.float64)
    lab = sums[:, 1:4] / sums[:, :1] / LAB_SCALE
    total = _scatter(sums.sum(axis=0))
    within = sum(_scatter(row) for row in sums)
    names, regions = core.pixels_regions(labels)
    largest = np.zeros(len(sizes), np.int64)
    np.maximum.at(largest, names, regions)
    return Segmentation(
        labels=labels,
        segments=_segments(lab, sizes, np.bincount(names), largest),
        superpixels=parts,
        explained=1.0 - within / total if total > 0 else 1.0,
        coherence=float(largest.sum() / sizes.sum()),
        n_regions=len(names),
        choice=told.choice,
        settings=told.settings,
        pixels=pixels,
        source=told.source,
        notes=told.notes,
    )


def _scatter(sums: NDArray[np.int64]) -> float:
    """Squared distances to the mean colour, from count, sums and squares: whole numbers, so equal colours have 0."""
    n, *means, squares = (int(sums[column]) for column in (0, 1, 2, 3, 6))
    return (n * squares - sum(value * value for value in means)) / n


def _segments(
    lab: Floats, sizes: Floats, pieces: NDArray[np.int64], largest: NDArray[np.int64]
) -> tuple[Segment, ...]:
    """One record for each label."""
    colors = srgb_from_lab(lab)
    return tuple(
        Segment(
            label=c,
            share=float(sizes[c] / sizes.sum()),
            color=cast("tuple[int, int, int]", tuple(int(value) for value in colors[c])),
            lab=cast("tuple[float, float, float]", tuple(float(value) for value in lab[c])),
            name=color_name(lab[c]),
            n_regions=int(pieces[c]),
            coherence=float(largest[c] / sizes[c]),
        )
        for c in range(len(sizes))
    )
