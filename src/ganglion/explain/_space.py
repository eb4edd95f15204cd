"""The space in which rows of any data have distances to centres: made block by block, never as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..distances.pairwise import pairwise
from ._comparing import CategorySummary, NumberSummary, Summary, means_of
from ._features import Feature, Floats, Integers, Numbers
from ._labels import Groups

BLOCK_VALUES = 2**20  # 8 MB of rows at a time


@dataclass(frozen=True, eq=False)
class Axis:
    """One column in the space: (value - center) * factor; a missing value is at the centre."""

    feature: Feature
    summary: Summary
    center: Floats
    factor: float

    @property
    def width(self) -> int:
        """Number of coordinates."""
        return len(self.center)

    def coordinates(self, rows: slice | Integers) -> Floats:
        """Return the coordinates (m, width) of some rows."""
        feature, summary = self.feature, self.summary
        if isinstance(feature, Numbers):
            assert isinstance(summary, NumberSummary)
            unit = np.ldexp(feature.values[rows] - summary.middle, -summary.exponent)
            return np.nan_to_num((unit - self.center[0]) * self.factor, nan=0.0)[:, None]
        codes = feature.codes[rows]
        found = ((codes[:, None] == np.arange(self.width)) - self.center) * self.factor
        found[codes < 0] = 0.0
        return found

    def place(self, values: Floats) -> Floats:
        """Return the coordinates (m, width) of values in the column's units, shares for a text."""
        summary = self.summary
        if isinstance(summary, NumberSummary):
            values = np.ldexp(values - summary.middle, -summary.exponent)
        return (values - self.center) * self.factor

    def centers(self) -> Floats:
        """Return the means (k, width) of the clusters."""
        return np.nan_to_num((means_of(self.summary) - self.center) * self.factor, nan=0.0)


@dataclass(frozen=True, eq=False)
class Space:
    """All columns together."""

    axes: tuple[Axis, ...]
    n: int

    @property
    def d(self) -> int:
        """Number of coordinates."""
        return sum(axis.width for axis in self.axes)

    def rows(self, which: slice | Integers) -> Floats:
        """Return the coordinates (m, d) of some rows."""
        return np.hstack([axis.coordinates(which) for axis in self.axes])

    def centers(self) -> Floats:
        """Return the means (k, d) of the clusters."""
        return np.hstack([axis.centers() for axis in self.axes])

    def place(self, blocks: list[Floats]) -> Floats:
        """Return the coordinates (m, d) of points, given as a block of values for each column."""
        return np.hstack([axis.place(b) for axis, b in zip(self.axes, blocks, strict=True)])

    def blocks(self, beside: int = 0) -> Iterator[slice]:
        """Yield slices of rows of a fixed size; `beside` counts further values that a row needs."""
        step = max(1, BLOCK_VALUES // max(1, self.d + beside))
        for start in range(0, self.n, step):
            yield slice(start, min(start + step, self.n))


def space_of(features: list[Feature], summaries: list[Summary], n: int) -> Space | None:
    """Return the space of some columns; None where there are none.

    A column whose `width` is known (an array's, a matrix's) keeps the geometry in which it was clustered, up to one
    power of two for all. Others are brought to variance 1, the zeros and ones of a text together.
    """
    if not features:
        return None
    ratios = [
        _ratio(feature, summary) for feature, summary in zip(features, summaries, strict=True)
    ]
    highest = max((power for mantissa, power in ratios if mantissa), default=0)
    axes: list[Axis] = []
    for feature, summary, (mantissa, power) in zip(features, summaries, ratios, strict=True):
        center = (
            summary.overall
            if isinstance(summary, CategorySummary)
            else np.array([np.nan_to_num(summary.center)])
        )
        axes.append(Axis(feature, summary, center, float(np.ldexp(mantissa, power - highest))))
    return Space(tuple(axes), n)


def _ratio(feature: Feature, summary: Summary) -> tuple[float, int]:
    """Return by what a column's summary unit is multiplied, as mantissa and power of two: it may not fit in a float."""
    width, exponent = feature.width, 0
    if isinstance(summary, CategorySummary):
        shares = summary.overall
        own = float(np.sqrt(max(1.0 - float(shares @ shares), 0.0)))
    else:
        own, exponent = summary.spread, summary.exponent
        if not summary.counts.any():
            return 0.0, 0
    if width is None:
        if own == 0:
            return 0.0, 0
        width, exponent = own, 0
    mantissa, power = np.frexp(width)
    inverse, shift = np.frexp(1.0 / mantissa)
    return float(inverse), int(shift) + exponent - int(power)


def squared_distances(rows: Floats, centers: Floats) -> Floats:
    """Return the squared distances (m, k) of rows to centres, the same bits on any machine."""
    return np.asarray(pairwise(rows, centers, "sqeuclidean"), dtype=np.float64)


def nearest_clusters(centers: Floats, groups: Groups) -> Integers:
    """Return for each group (k,) the place of the cluster with the nearest centre, -1 where there is none."""
    found = np.full(groups.k, -1, dtype=np.int64)
    clusters = groups.clusters
    if len(clusters) < 2:
        return found
    own = centers[clusters]
    step = max(1, BLOCK_VALUES // len(clusters))
    for start in range(0, len(clusters), step):
        part = slice(start, min(start + step, len(clusters)))
        far = squared_distances(own[part], own)
        far[np.arange(far.shape[0]), np.arange(part.start, part.stop)] = np.inf
        found[clusters[part]] = clusters[np.argmin(far, axis=1)]
    return found
