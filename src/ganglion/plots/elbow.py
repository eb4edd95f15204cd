"""The elbow: WSS over the number of clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ._axes import ACCENT, COLOURS, INK, PALE, QUIET, axes_or_new, quieten


class Choice(Protocol):
    """What is drawn: `ganglion.choose_k` returns one."""

    @property
    def k(self) -> int | None:
        """The chosen number of clusters, or None."""
        ...

    @property
    def table(self) -> Mapping[str, Sequence[float]]:
        """Columns "k" and "wss", and "reference" where a rule computed one."""
        ...


def elbow(choice: Choice, *, ax: Axes | None = None) -> Axes:
    """Draw WSS over k, the curve of structureless data beside it, and the chosen k.

    Parameters
    ----------
    choice : KChoice
        What `ganglion.choose_k` returned.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes. Its lines are labelled "WSS" and "structureless data, at best"; the choice is the line "k = ...".

    Examples
    --------
    >>> import ganglion as gl
    >>> choice = gl.choose_k([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]], k=range(1, 5), random_state=0)
    >>> gl.plots.elbow(choice).get_xlabel()
    'number of clusters k'
    """
    canvas = axes_or_new(ax, size=(6.4, 4.0))
    k = np.asarray(choice.table["k"], dtype=np.float64)
    wss = np.asarray(choice.table["wss"], dtype=np.float64)
    canvas.grid(axis="y", color=PALE, linewidth=0.8)
    if "reference" in choice.table:
        reference = np.asarray(choice.table["reference"], dtype=np.float64)
        canvas.plot(
            k,
            reference,
            color=QUIET,
            linewidth=1.4,
            linestyle=(0, (4, 3)),
            label="structureless data, at best",
        )
    canvas.plot(k, wss, color=COLOURS[0], linewidth=2.0, marker="o", markersize=5, label="WSS")
    if choice.k is None:
        canvas.set_title("no number of clusters stands out", loc="left", color=INK, fontsize=11)
    else:
        _mark(canvas, choice.k, float(wss[np.flatnonzero(k == choice.k)[0]]))
    canvas.set_xlabel("number of clusters k", color=INK)
    canvas.set_ylabel("WSS, sum of squares within clusters", color=INK)
    canvas.xaxis.set_major_locator(MaxNLocator(nbins=12, integer=True))
    canvas.yaxis.set_major_formatter(FuncFormatter(_in_thousands))
    canvas.set_ylim(bottom=0.0)
    canvas.legend(frameon=False, labelcolor=INK)
    quieten(canvas)
    return canvas


def _mark(canvas: Any, k: int, wss: float) -> None:
    """Ring the chosen point, drop a line from it to its number, and say it in the title."""
    canvas.plot([k, k], [0.0, wss], color=ACCENT, linewidth=1.2, label=f"k = {k}", zorder=1.5)
    canvas.plot(
        [k],
        [wss],
        marker="o",
        markersize=11,
        markerfacecolor="none",
        markeredgecolor=ACCENT,
        markeredgewidth=1.8,
    )
    canvas.set_title(f"the curve bends at k = {k}", loc="left", color=INK, fontsize=11)


def _in_thousands(value: float, _: int | None = None) -> str:
    """Return a tick's label: 12,000, not 1.2e4."""
    return (
        f"{value:,.4g}"
        if abs(value) < 1e4
        else f"{value:,.0f}"
        if abs(value) < 1e9
        else f"{value:.3g}"
    )
