"""The choice of the number of clusters: a panel for each curve that a rule read, with error bars, votes and times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ._axes import ACCENT, COLOURS, INK, PALE, QUIET, quieten
from .elbow import elbow

# Columns of the table that are drawn with the WSS, or say what it says.
_WITH_WSS = {"k", "wss", "bss", "explained", "reference", "gain", "chance"}
PANEL_WIDTH, PANEL_HEIGHT, MOST_ACROSS = 3.6, 2.5, 3


class Chosen(Protocol):
    """What is drawn: `ganglion.choose_k` returns one."""

    @property
    def k(self) -> int | None:
        """The chosen number of clusters, or None."""
        ...

    @property
    def table(self) -> Mapping[str, Sequence[float]]:
        """Columns "k" and "wss", and what rules computed; "name_error" is the standard error of "name"."""
        ...

    @property
    def votes(self) -> Mapping[str, int | None]:
        """What each rule names."""
        ...

    @property
    def seconds(self) -> Sequence[float]:
        """What each k took; may be empty."""
        ...


def choice(found: Chosen, *, ax: Axes | None = None) -> Axes:
    """Draw how the number of clusters was chosen.

    Parameters
    ----------
    found : KChoice
        What `ganglion.choose_k` returned.
    ax : matplotlib.axes.Axes, optional
        Where to draw the WSS alone; None makes a figure with a panel for each curve.

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the WSS, with the time of each k on a second scale; ``.figure`` has the other panels. A panel is
        named after its column of the table, has bars of one standard error where the table has them, a ring where its
        rule votes and a line at the chosen k.

    Examples
    --------
    >>> import ganglion as gl
    >>> found = gl.choose_k([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]], k=range(1, 5), random_state=0)
    >>> [panel.get_title(loc="left") for panel in gl.plots.choice(found).figure.axes][1:3]
    ['silhouette', 'calinski harabasz']
    """
    curves = [name for name in found.table if _is_curve(name, found)]
    if ax is not None:
        return _first(found, ax)
    first, others = _panels(1 + len(curves))
    for name, panel in zip(curves, others, strict=True):
        _curve(found, name, panel)
    return _first(found, first)


def _is_curve(name: str, found: Chosen) -> bool:
    """Whether a column has a panel of its own: it has values, and is no error of another one."""
    if name in _WITH_WSS or (name.endswith("_error") and name[:-6] in found.table):
        return False
    return bool(np.isfinite(np.asarray(found.table[name], dtype=np.float64)).any())


def _panels(n: int) -> tuple[Any, list[Any]]:
    """Return n axes of a new figure, in rows."""
    across = min(n, MOST_ACROSS)
    down = -(-n // across)
    pyplot: Any = plt
    size = (max(6.4, PANEL_WIDTH * across), max(4.0, PANEL_HEIGHT * down))
    figure = pyplot.figure(figsize=size, layout="constrained")
    made = [figure.add_subplot(down, across, place + 1) for place in range(n)]
    return made[0], made[1:]


def _first(found: Chosen, canvas: Any) -> Axes:
    """Draw the WSS, and on a second scale what each k took."""
    elbow(found, ax=canvas)
    if found.k is not None and found.votes.get("elbow") != found.k:
        name = "one cluster" if found.k == 1 else f"{found.k} clusters"
        canvas.set_title(f"chosen: {name}", loc="left", color=INK, fontsize=11)
    if len(found.seconds) == len(found.table["k"]):
        times = canvas.twinx()
        times.plot(
            found.table["k"],
            found.seconds,
            color=QUIET,
            linewidth=1.0,
            linestyle=":",
            marker=".",
            markersize=3,
            label="time",
        )
        times.set_ylim(bottom=0.0)
        times.set_ylabel("time of each k, s", color=QUIET)
        times.tick_params(colors=QUIET, labelcolor=QUIET)
        for side in ("top", "left"):
            times.spines[side].set_visible(False)
        times.spines["right"].set_color(PALE)
    return canvas


def _curve(found: Chosen, name: str, canvas: Any) -> None:
    """Draw one column over k, with its errors, the vote of its rule and the choice."""
    k, values = _column(found, "k"), _column(found, name)
    canvas.grid(axis="y", color=PALE, linewidth=0.8)
    if f"{name}_error" in found.table:
        error = np.nan_to_num(_column(found, f"{name}_error"))
        canvas.errorbar(k, values, yerr=error, fmt="none", ecolor=COLOURS[4], capsize=2)
    canvas.plot(k, values, color=COLOURS[0], linewidth=1.6, marker="o", markersize=3.5, label=name)
    if found.k is not None:
        canvas.axvline(found.k, color=ACCENT, linewidth=1.0, zorder=1.5)
    vote = _vote_of(found, name)
    at = np.flatnonzero(k == vote) if vote is not None else np.empty(0, dtype=np.intp)
    if len(at) and np.isfinite(values[at[0]]):
        canvas.plot(
            [vote],
            [values[at[0]]],
            marker="o",
            markersize=9,
            markerfacecolor="none",
            markeredgecolor=ACCENT,
            markeredgewidth=1.5,
        )
    canvas.set_title(name.replace("_", " "), loc="left", color=INK, fontsize=9)
    canvas.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    quieten(canvas)


def _vote_of(found: Chosen, name: str) -> int | None:
    """Return the vote of the rule that a column belongs to: the longest name of a rule that begins it."""
    rules = [rule for rule in found.votes if name.startswith(rule) or rule.startswith(name)]
    return found.votes[max(rules, key=len)] if rules else None


def _column(found: Chosen, name: str) -> NDArray[np.float64]:
    """Return a column as floats."""
    return np.asarray(found.table[name], dtype=np.float64)
