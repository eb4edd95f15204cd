"""What all drawings share: where they draw, colours and marks that stay apart, and quiet axes.

Axes are `Any` where they are drawn on: matplotlib's stubs leave the keywords of its methods without types.
"""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb

INK = "#222222"
QUIET = "#8a8a8a"
PALE = "#d9d9d9"
ACCENT = "#b3261e"

# Okabe and Ito's colours, which the colour-blind can tell apart, in an order that keeps neighbours far apart; black is
# left to the text. After one round they come back darker, then paler; the number of marks is prime to theirs.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800", "#7f7f7f")
SHADES = ((0.0, 0.0), (0.0, 0.45), (1.0, 0.45))
MARKS = ("o", "s", "^", "D", "v", "P", "X")


def colour_of(place: int) -> str:
    """Return the colour of the cluster at this place in the list."""
    grey, share = SHADES[place // len(COLOURS) % len(SHADES)]
    red, green, blue = to_rgb(COLOURS[place % len(COLOURS)])
    return to_hex((mix(red, grey, share), mix(green, grey, share), mix(blue, grey, share)))


def mix(value: float, other: float, share: float) -> float:
    """Return the value moved towards the other by a share in [0, 1]."""
    return value + share * (other - value)


def axes_or_new(ax: Axes | None, *, size: tuple[float, float]) -> Any:
    """Return the caller's axes, or those of a new figure of `size` inches."""
    if ax is not None:
        return ax
    pyplot: Any = plt
    return pyplot.subplots(figsize=size, layout="constrained")[1]


def quieten(ax: Any) -> None:
    """Take away what carries no information: the upper and right frame, dark ticks."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(QUIET)
    ax.tick_params(colors=QUIET, labelcolor=INK)
    ax.set_axisbelow(True)
