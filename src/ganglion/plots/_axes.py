"""What all drawings share: where they draw, colours and marks that stay apart, and quiet axes."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

INK = "#222222"
QUIET = "#8a8a8a"
PALE = "#d9d9d9"
ACCENT = "#b3261e"

# Okabe and Ito's colours, which the colour-blind can tell apart, in an order that keeps neighbours far apart; black is
# left to the text. With the marks, whose number is prime to theirs, 8 x 7 clusters look different.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800", "#7f7f7f")
MARKS = ("o", "s", "^", "D", "v", "P", "X")


def axes_or_new(ax: Axes | None, *, size: tuple[float, float]) -> Axes:
    """Return the caller's axes, or those of a new figure of `size` inches."""
    if ax is not None:
        return ax
    figure, new = plt.subplots(figsize=size, layout="constrained")
    figure.set_facecolor("white")
    return new


def quieten(ax: Axes) -> None:
    """Take away what carries no information: the upper and right frame, dark ticks."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(QUIET)
    ax.tick_params(colors=QUIET, labelcolor=INK)
    ax.set_axisbelow(True)
