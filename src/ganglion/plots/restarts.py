"""Trainings from many starts, drawn over one another: the levels at which they come to rest."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .._errors import ParameterError
from ..nn.restarting import Restarts
from ._axes import INK, PALE, axes_or_new, colour_of, quieten
from ._scales import in_words, scale_values, written

# More levels than this are named no more; they would lie on each other.
MOST_NAMED = 8
# Names of levels are at least this share of the axis apart.
APART = 0.062


def restarts(restarts: Restarts, *, ax: Axes | None = None) -> Axes:
    """Draw the loss curves of all starts over one another, in a colour for each level of the final loss.

    Parameters
    ----------
    restarts : Restarts
        What `gl.nn.restarts` returned.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: a line "start i" for each start, a dot for each final loss, and at the right of each level how many
        starts ended there.

    Raises
    ------
    ParameterError
        What is no `Restarts`.

    Notes
    -----
    The axis is logarithmic where the losses are positive and span two decades. A start that left the finite numbers has
    no curve.

    Examples
    --------
    >>> import ganglion as gl
    >>> network = gl.nn.Network([gl.nn.Dense(1, 2, "tanh"), gl.nn.Dense(2, 1)])
    >>> X, y = [[0.0], [1.0]], [1.0, 3.0]
    >>> runs = gl.nn.restarts(network, X, y, optimizer=gl.nn.SGD(0.1), epochs=5, n=3, random_state=0)
    >>> [line.get_label() for line in gl.plots.restarts(runs).lines][:3]
    ['start 0', 'start 1', 'start 2']
    """
    if not isinstance(restarts, Restarts):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(
            f"restarts needs what gl.nn.restarts returned; got {restarts!r}. Train the starts first."
        )
    canvas = axes_or_new(ax, size=(7.4, 4.4))
    curves, losses = restarts.loss_curves, restarts.losses
    end = int(curves.shape[1])
    epochs = np.arange(1, end + 1)
    canvas.grid(axis="y", color=PALE, linewidth=0.8)
    # The level that many share is drawn first, so that a single start stays visible on top of it.
    for start in np.argsort(-restarts.counts[restarts.levels], kind="stable").tolist():
        colour = colour_of(int(restarts.levels[start]))
        canvas.plot(
            epochs, curves[start], color=colour, linewidth=1.3, alpha=0.75, label=f"start {start}"
        )
    scale_values(canvas.yaxis, curves, losses)
    for level in range(len(restarts.counts)):
        heights = losses[restarts.levels == level]
        canvas.scatter(
            np.full(len(heights), end), heights, s=26.0, color=colour_of(level), edgecolors="white", linewidths=0.8,
            zorder=3, clip_on=False,
        )  # fmt: skip
    canvas.set_xlim(1 if end > 1 else 0.5, max(end, 1.5))
    _name_levels(canvas, restarts)
    canvas.set_title(_headline(restarts), loc="left", color=INK, fontsize=11)
    canvas.set_xlabel("epoch", color=INK)
    canvas.set_ylabel("loss", color=INK)
    canvas.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    canvas.xaxis.set_major_formatter(written())
    quieten(canvas)
    return canvas


def _headline(restarts: Restarts) -> str:
    """Say how many starts ended at how many levels."""
    starts, levels = len(restarts.losses), len(restarts.counts)
    if levels == 1:
        return f"{starts} starts end at one level" if starts > 1 else "one start"
    return f"{starts} starts end at {levels} levels: the lowest is reached by {int(restarts.counts[0])}"


def _name_levels(canvas: Any, restarts: Restarts) -> None:
    """Write beside each level how many starts ended there and at which loss, from below, without overlaps."""
    heights = np.array(
        [np.median(restarts.losses[restarts.levels == i]) for i in range(len(restarts.counts))]
    )
    if len(heights) > MOST_NAMED:
        return
    places = _spread(_shares(canvas, heights))
    for level, (height, place) in enumerate(zip(heights.tolist(), places.tolist(), strict=True)):
        canvas.annotate(
            f"{int(restarts.counts[level])} at {in_words(float(height), 3)}",
            xy=(1.0, place),
            xycoords="axes fraction",
            xytext=(12, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=9.5,
        )
        canvas.annotate(
            "\N{BLACK SQUARE}",
            xy=(1.0, place),
            xycoords="axes fraction",
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            ha="center",
            color=colour_of(level),
            fontsize=7,
        )


def _shares(canvas: Any, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where heights lie on the axis, from 0 at its foot to 1 at its top."""
    pixels = canvas.transData.transform(np.column_stack([np.ones(len(heights)), heights]))
    return canvas.transAxes.inverted().transform(pixels)[:, 1]


def _spread(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move ascending places apart, upwards, and back down where that goes beyond the top."""
    ramp = APART * np.arange(len(places))
    up = np.maximum.accumulate(places - ramp) + ramp
    return np.minimum(up, 1.0 - ramp[::-1])
