"""The map: rows and centres in the plane of the two principal axes, as marks on a page.

One unit is as long to the right as upwards, so that distances on the map can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import _wording
from ._marks import Shape, colour_of, place, shapes
from ._sampling import Index
from .content import Coordinates, Mapped, PlaneMap

WIDTH = 720
MIN_HEIGHT, MAX_HEIGHT = 380, 620
MARGIN = 34
MAX_LOADINGS = 5
MAX_NAME = 60


@dataclass(frozen=True)
class Frame:
    """From the plane to the page: x' = left + scale * x, y' = bottom - scale * y."""

    left: float
    bottom: float
    scale: float
    height: int

    def __call__(self, points: Coordinates) -> Coordinates:
        """Coordinates on the page to a tenth of a unit, kept inside it."""
        x = np.clip(self.left + self.scale * points[..., 0], 2, WIDTH - 2)
        y = np.clip(self.bottom - self.scale * points[..., 1], 2, self.height - 2)
        return np.round(np.stack((x, y), axis=-1), 1)


@dataclass(frozen=True)
class Layer:
    """All shown rows of one cluster: one path, and one mark of the same shape for the legend."""

    label: int
    colour: int
    name: str
    size: str
    path: str
    mark: str
    center: tuple[float, float]


@dataclass(frozen=True)
class Map:
    """The map as it is drawn."""

    frame: Frame
    layers: tuple[Layer, ...]
    shapes: tuple[Shape, ...]
    points: Coordinates
    centre_radius: int
    axis_titles: tuple[str, str]
    loadings: tuple[tuple[tuple[str, str], ...], ...]
    explained: str
    rings: str = ""


def fit_frame(plane: PlaneMap) -> Frame:
    """A frame that holds all points and final centres and leaves a margin."""
    held = np.concatenate((plane.points, plane.centers)).astype(np.float64)
    low, high = held.min(axis=0), held.max(axis=0)
    spread_x, spread_y = (float(v) for v in high - low)
    inner = WIDTH - 2 * MARGIN
    wanted = inner * spread_y / spread_x if spread_x > 0 else MAX_HEIGHT
    height = round(min(max(wanted + 2 * MARGIN, MIN_HEIGHT), MAX_HEIGHT))
    fits = [inner / spread_x] if spread_x > 0 else []
    fits += [(height - 2 * MARGIN) / spread_y] if spread_y > 0 else []
    scale = min(fits, default=1.0)
    middle = (low + high) / 2
    return Frame(
        left=WIDTH / 2 - scale * float(middle[0]),
        bottom=height / 2 + scale * float(middle[1]),
        scale=scale,
        height=height,
    )


def draw_map(content: Mapped, rows: Index) -> Map:
    """The shown rows, one layer per cluster, large clusters first so that small ones lie on top."""
    plane = content.plane
    frame = fit_frame(plane)
    points = frame(plane.points[rows])
    outlines = shapes(_radius(rows.shape[0]))
    labels = plane.labels[rows]
    centers = frame(plane.centers)
    order = sorted(range(content.k), key=lambda j: -content.cards[j].size)
    layers = tuple(
        Layer(
            label=j,
            colour=colour_of(j),
            name=_wording.cluster_name(j),
            size=_wording.plural(content.cards[j].size, "row"),
            path=place(outlines[j % len(outlines)], points[labels == j].tolist()),
            mark=place(shapes(5)[j % len(outlines)], [(8.0, 8.0)]),
            center=(float(centers[j, 0]), float(centers[j, 1])),
        )
        for j in order
    )
    return Map(
        frame=frame,
        layers=layers,
        shapes=outlines,
        points=points,
        centre_radius=11 if content.k <= 20 else 8,
        axis_titles=_axis_titles(plane.explained),
        loadings=tuple(_strongest(row.tolist(), plane.features) for row in plane.loadings),
        explained=_wording.percent(sum(plane.explained)),
    )


def _radius(n_shown: int) -> float:
    """Smaller marks where there are many."""
    return 4.2 if n_shown <= 400 else 3.2 if n_shown <= 1500 else 2.2


def _axis_titles(explained: tuple[float, float]) -> tuple[str, str]:
    """How much of the spread lies along each axis."""
    first, second = (_wording.percent(share) for share in explained)
    return f"First axis: {first} of the spread", f"Second axis: {second}"


def _strongest(loadings: Sequence[float], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The features that an axis is made of, strongest first."""
    order = sorted(range(len(loadings)), key=lambda i: -abs(loadings[i]))[:MAX_LOADINGS]
    return tuple(
        (_wording.visible(names[i], MAX_NAME), _wording.signed(loadings[i]))
        for i in order
        if abs(loadings[i]) >= 0.005
    )
