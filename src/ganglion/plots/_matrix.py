"""What drawings of a matrix in the order of a tree share: shades, frames round clusters, the tree beside the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from ..explain.outline import SEVERAL, Outline
from ._axes import ACCENT, INK, QUIET
from ._branches import MOST_NUMBERED, Frame, draw_branches, draw_numbers
from ._leaves import short
from ._scales import written

MOST_NAMED = 48

# Ink for what belongs together, paper for what does not, so that ink shows where the clusters are.
INKS = ["#08263f", "#0b5c8f", "#4d9cc4", "#a9d0e0", "#e4eff1", "#fbfaf6"]
NEAR_IS_DARK = LinearSegmentedColormap.from_list("ganglion distances", INKS)
OFTEN_IS_DARK = LinearSegmentedColormap.from_list("ganglion similarities", INKS[::-1])


def frame_clusters(canvas: Any, labels: NDArray[Any] | None, order: NDArray[np.int64]) -> None:
    """Draw a square round each run of items of one cluster."""
    if labels is None:
        return
    along = labels[order]
    starts = np.concatenate(([0], np.flatnonzero(along[1:] != along[:-1]) + 1))
    ends = np.concatenate((starts[1:], [len(along)]))
    low, high = starts - 0.5, ends - 0.5
    corners = np.stack(
        [
            np.stack(pair, axis=-1)
            for pair in ((low, low), (high, low), (high, high), (low, high), (low, low))
        ],
        axis=1,
    )
    canvas.add_collection(
        LineCollection(list(corners), colors=ACCENT, linewidths=1.1, label="clusters")
    )


def draw_tree(canvas: Any, found: Outline, is_cut: bool) -> None:
    """Draw the tree at the left, each end beside its rows."""
    room = canvas.inset_axes((-0.3, 0.0, 0.285, 1.0), sharey=canvas)
    frame = Frame(found.places(by_leaves=True), True, 0.0)
    gap = found.cut()
    split = None if gap is None else gap[0] / 2 + gap[1] / 2
    draw_branches(room, found, frame, split=split)
    if is_cut and 1 < len(found.roots()) <= MOST_NUMBERED and (found.cluster != SEVERAL).any():
        draw_numbers(room, found, frame, split)
    room.set_xlim(1.05 * (float(found.height.max()) or 1.0), 0.0)
    room.axis("off")


def name_rows(canvas: Any, order: NDArray[np.int64], names: Sequence[str] | None) -> None:
    """Write the names below the matrix and nothing where there are too many; no frame: the squares are the frame."""
    for side in canvas.spines.values():
        side.set_visible(False)
    canvas.set_yticks([])
    if names is None or len(names) > MOST_NAMED:
        canvas.set_xticks([])
        return
    words = [short(str(names[item])) for item in order.tolist()]
    size = float(np.clip(220.0 / len(words), 5.0, 9.0))
    canvas.set_xticks(np.arange(len(words)), words, rotation=90, fontsize=size)
    canvas.tick_params(axis="x", length=0, labelcolor=INK)


def draw_scale(canvas: Any, image: Any, label: str) -> Any:
    """Draw what the shades mean; return the bar."""
    room = canvas.inset_axes((1.03, 0.0, 0.035, 0.5))
    bar = canvas.figure.colorbar(image, cax=room)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=QUIET, labelcolor=INK, labelsize=8.5)
    bar.ax.yaxis.set_major_formatter(written())
    bar.set_label(label, color=INK)
    return bar
