"""The map: rows and centres in the plane of the two principal axes, as marks on a page.

One unit is as long to the right as upwards, so that distances on the map can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from . import _wording
from ._density import Shade, draw_density
from ._marks import Shape, colour_of, place, shapes
from ._sampling import Index
from .content import Codes, Coordinates, Mapped

WIDTH = 720
MIN_HEIGHT, MAX_HEIGHT = 380, 620
MARGIN = 34
MAX_LOADINGS = 5
MAX_NAME = 60
DENSE_FROM = 5000  # rows: beyond it marks cover each other, and a density tells more


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
    """All shown rows of one cluster: one path or one picture, and one mark of the same shape for the legend."""

    label: int
    colour: int
    name: str
    size: str
    path: str
    mark: str
    center: tuple[float, float] | None
    shade: Shade | None = None


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
    is_dense: bool = False


@dataclass(frozen=True, kw_only=True)
class Marked:
    """What is marked on a map: all rows, which of them are shown one by one, and what clusters are called.

    `labels` are from 0 to ``len(names) - 1``; a cluster whose `colours` entry is 8 is drawn in grey.
    """

    points: Coordinates
    labels: Codes
    names: Sequence[str]
    sizes: Sequence[int]
    colours: Sequence[int]
    centers: Coordinates | None
    rows: Index
    noun: str = "row"
    cell: int = 2


def fit_frame(*held: Coordinates) -> Frame:
    """A frame that holds all points and final centres and leaves a margin."""
    low = np.min([part.min(axis=0) for part in held if len(part)], axis=0).astype(np.float64)
    high = np.max([part.max(axis=0) for part in held if len(part)], axis=0).astype(np.float64)
    spread_x, spread_y = (float(v) for v in high - low)
    inner = WIDTH - 2 * MARGIN
    wanted = inner * spread_y / spread_x if spread_x > 0 else MAX_HEIGHT
    height = round(min(max(wanted + 2 * MARGIN, MIN_HEIGHT), MAX_HEIGHT))
    fits = [inner / spread_x] if spread_x > 0 else []
    fits += [(height - 2 * MARGIN) / spread_y] if spread_y > 0 else []
    scale = min(fits, default=1.0)
    middle = low / 2 + high / 2
    return Frame(
        left=WIDTH / 2 - scale * float(middle[0]),
        bottom=height / 2 + scale * float(middle[1]),
        scale=scale,
        height=height,
    )


def draw_map(content: Mapped, rows: Index, cell: int = 2) -> Map:
    """The rows of a report: one by one, or by density where there are more than are shown."""
    plane = content.plane
    marked = Marked(
        points=plane.points,
        labels=plane.labels,
        names=[_wording.cluster_name(j) for j in range(content.k)],
        sizes=[card.size for card in content.cards],
        colours=[colour_of(j) for j in range(content.k)],
        centers=plane.centers,
        rows=rows,
        cell=cell,
    )
    return replace(
        draw_marks(marked),
        axis_titles=_axis_titles(plane.explained),
        loadings=tuple(_strongest(row.tolist(), plane.features) for row in plane.loadings),
        explained=_wording.percent(sum(plane.explained)),
    )


def draw_marks(marked: Marked) -> Map:
    """One layer per cluster, large clusters first so that small ones lie on top."""
    rows, k = marked.rows, len(marked.names)
    held = (marked.points,) if marked.centers is None else (marked.points, marked.centers)
    frame = fit_frame(*held)
    points = frame(marked.points[rows])
    is_dense = len(marked.points) > max(DENSE_FROM, len(rows))
    order = sorted(range(k), key=lambda j: -marked.sizes[j])
    shades = _shades(marked, frame, order) if is_dense else [None] * k
    outlines = shapes(_radius(len(rows)))
    legend = shapes(5)
    labels = marked.labels[rows]
    centers = None if marked.centers is None else frame(marked.centers).tolist()
    layers = tuple(
        Layer(
            label=j,
            colour=marked.colours[j],
            name=marked.names[j],
            size=_wording.plural(marked.sizes[j], marked.noun),
            path="" if is_dense else place(outlines[j % 7], points[labels == j].tolist()),
            mark=place(legend[0 if is_dense else j % 7], [(8.0, 8.0)]),
            center=None if centers is None or j >= len(centers) else (centers[j][0], centers[j][1]),
            shade=shade,
        )
        for j, shade in zip(order, shades, strict=True)
    )
    return Map(
        frame=frame,
        layers=layers,
        shapes=outlines,
        points=points,
        centre_radius=11 if k <= 20 else 8,
        axis_titles=("", ""),
        loadings=(),
        explained="",
        is_dense=is_dense,
    )


def _shades(marked: Marked, frame: Frame, order: Sequence[int]) -> list[Shade | None]:
    """The density of each cluster, in the order of the layers."""
    place_of = np.empty(len(order), dtype=np.int64)
    place_of[np.array(order)] = np.arange(len(order))
    return draw_density(frame(marked.points), place_of[marked.labels], len(order), cell=marked.cell)


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
