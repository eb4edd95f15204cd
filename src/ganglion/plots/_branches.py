"""From the outline of a tree to lines and triangles: arrays of corners and colours, in any of four directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from ..explain.outline import SEVERAL, Outline
from ._axes import INK, QUIET, colour_of

Floats = NDArray[np.float64]

# Half the width of a triangle, in steps between ends.
HALF = 0.36
MOST_NUMBERED = 24


@dataclass(frozen=True)
class Frame:
    """Which way a tree grows: where each node stands across, whether heights run along x, and the height of the ground.

    `ground` is 0, or what stands for 0 on a logarithmic axis.
    """

    across: Floats
    sideways: bool
    ground: float

    def corners(self, across: Floats, height: Floats) -> Floats:
        """Return points (..., 2) of the axes from places across and heights."""
        up = np.maximum(height, self.ground)
        return np.stack((up, across) if self.sideways else (across, up), axis=-1)


def draw_branches(canvas: Any, found: Outline, frame: Frame, *, split: float | None) -> None:
    """Draw every join as a bar, every branch as a stem, and every collapsed branch as a triangle.

    Stems and bars have the colour of their cluster up to the height `split`, where there is one; above they are ink.
    """
    _draw_triangles(canvas, found, frame)
    stems, stem_clusters = _stems(found, frame, split)
    bars, bar_clusters = _bars(found, frame)
    corners = np.concatenate((bars, stems))
    clusters = np.concatenate((bar_clusters, stem_clusters))
    width = float(np.clip(120.0 / max(found.n_ends, 1), 0.6, 1.6))
    canvas.add_collection(
        LineCollection(
            list(corners),
            colors=colours(clusters),
            linewidths=width,
            capstyle="projecting",
            label="branches",
            zorder=2,
        )
    )


def colours(clusters: NDArray[np.int64], shade: float = 1.0) -> NDArray[np.float64]:
    """Return an RGBA (m, 4) for each cluster: its colour, ink where there are several."""
    names, place = np.unique(clusters, return_inverse=True)
    palette = [to_rgba(INK if name == SEVERAL else colour_of(int(name)), shade) for name in names]
    return np.array(palette, dtype=np.float64).reshape(-1, 4)[place]


def _bars(found: Outline, frame: Frame) -> tuple[Floats, NDArray[np.int64]]:
    """One bar for each join (e - 1, 2, 2), from child to child at its height, and its cluster."""
    e = found.n_ends
    across = frame.across[found.children]
    height = np.repeat(found.height[e:, None], 2, axis=1)
    return frame.corners(across, height), found.cluster[e:]


def _stems(found: Outline, frame: Frame, split: float | None) -> tuple[Floats, NDArray[np.int64]]:
    """Return the stems (m, 2, 2) from each node to the bar above it; in two pieces where the cut crosses one."""
    above = found.parents()
    nodes = np.flatnonzero(above >= 0)
    low, high = found.height[nodes], found.height[above[nodes]]
    own = found.cluster[nodes]
    # The stem of a whole cluster leads out of it: beyond the cut it belongs to no cluster any more.
    leaves = (own != SEVERAL) & (found.cluster[above[nodes]] == SEVERAL)
    level = -1.0 if split is None else split
    crossing = leaves & (low < level) & (level < high)
    middle = np.where(crossing, level, high)
    across = np.repeat(frame.across[nodes][:, None], 2, axis=1)
    lower = frame.corners(across, np.stack((low, middle), axis=1))
    upper = frame.corners(across, np.stack((middle, high), axis=1))[crossing]
    clusters = np.concatenate((own, np.full(len(upper), SEVERAL)))
    return np.concatenate((lower, upper)), clusters


def _draw_triangles(canvas: Any, found: Outline, frame: Frame) -> None:
    """Draw a pale triangle for each collapsed branch, its tip at the height of its last merge."""
    e = found.n_ends
    which = np.flatnonzero(found.size[:e] > 1)
    if len(which) == 0:
        return
    at, height = frame.across[which], found.height[which]
    half = HALF * found.size[which] if _is_by_leaves(found, frame) else np.full(len(which), HALF)
    ground = np.zeros(len(which))
    corners = np.stack(
        (
            frame.corners(at - half, ground),
            frame.corners(at, height),
            frame.corners(at + half, ground),
        ),
        axis=1,
    )
    canvas.add_collection(
        PolyCollection(
            list(corners),
            facecolors=colours(found.cluster[which], 0.22),
            edgecolors=colours(found.cluster[which], 0.75),
            linewidths=0.6,
            label="collapsed branches",
            zorder=1.5,
        )
    )


def _is_by_leaves(found: Outline, frame: Frame) -> bool:
    """Whether each end has the room of its leaves."""
    return (
        found.n_leaves > found.n_ends
        and float(frame.across[: found.n_ends].max()) > found.n_ends - 1
    )


def draw_numbers(canvas: Any, found: Outline, frame: Frame, split: float | None) -> None:
    """Mark the stem of each cluster with a white disc that holds its number."""
    roots = found.roots()
    above = found.parents()[roots]
    high = np.where(above >= 0, found.height[above], found.height[roots])
    low = found.height[roots]
    at = (low + high) / 2 if split is None else np.where((low < split) & (split < high), split, low)
    places = frame.corners(frame.across[roots], np.asarray(at, dtype=np.float64))
    names = found.cluster[roots]
    canvas.scatter(
        places[:, 0],
        places[:, 1],
        s=150.0,
        c="white",
        edgecolors=colours(names),
        linewidths=1.6,
        label="clusters",
        zorder=3,
    )
    style = {"ha": "center", "va": "center_baseline", "fontsize": 8, "color": INK, "zorder": 4}
    for name, (x, y) in zip(names.tolist(), places.tolist(), strict=True):
        canvas.text(x, y, str(name), clip_on=True, **style)


def draw_cut(canvas: Any, frame: Frame, height: float, label: str) -> None:
    """Draw the level of the cut across the tree."""
    draw = canvas.axvline if frame.sideways else canvas.axhline
    draw(height, color=QUIET, linewidth=1.0, linestyle=(0, (4, 3)), label=label, zorder=1)
