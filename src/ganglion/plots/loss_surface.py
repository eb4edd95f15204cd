"""The loss around a network as a curve or a map, and the way that training took on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .._errors import ParameterError
from ..nn.surfaces import LossSurface
from ._axes import ACCENT, COLOURS, INK, PALE, axes_or_new, quieten
from ._scales import scale_values, spans_decades, written

Floats = NDArray[np.float64]

# Dark where the loss is low; it reads the same for the colour-blind and in grey.
COLOURMAP = "cividis"
LEVELS = 18
# A map is logarithmic sooner than a curve: contour lines are to show the ground of the valley.
FACTOR = 10.0
LABELLED = 6
WORDS = {
    "random": ("random direction", "second random direction"),
    "given": ("first direction", "second direction"),
    "towards": ("towards the first end", "towards the second end"),
}


def loss_surface(
    surface: LossSurface, *, path: Sequence[Any] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the loss around a network: a curve over one direction, a map of heights over two.

    Parameters
    ----------
    surface : LossSurface
        What `gl.nn.loss_surface` returned.
    path : sequence of mappings of str to array-like, optional
        Parameters at some moments of a training, in order; the map shows where each of them lies nearest to the plane.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure, a map with a bar for its colours.

    Returns
    -------
    matplotlib.axes.Axes
        The axes. The lines are labelled "loss", "this network" and "path".

    Raises
    ------
    ParameterError
        A path for a surface with one direction, a surface without a finite loss.

    Notes
    -----
    Heights are on a logarithmic scale where the losses are positive and span two decades (a map: one). Places at which
    the loss is no finite number stay blank.

    Examples
    --------
    >>> import ganglion as gl
    >>> network = gl.nn.Network([gl.nn.Dense(2, 1)], random_state=0)
    >>> surface = gl.nn.loss_surface(network, [[0.0, 1.0], [1.0, 2.0]], [1.0, 3.0], 1, random_state=0)
    >>> gl.plots.loss_surface(surface).get_ylabel()
    'loss'
    """
    if not isinstance(surface, LossSurface):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(
            f"loss_surface needs what gl.nn.loss_surface returned; got {surface!r}. Compute it first."
        )
    if not np.any(np.isfinite(surface.values)):
        raise ParameterError(
            "loss_surface has no finite loss to draw. Compute it with a smaller span."
        )
    if surface.b is None:
        if path is not None:
            raise ParameterError(
                "A path is drawn on a surface with two directions; this one has one. Compute it with directions=2."
            )
        return _draw_curve(axes_or_new(ax, size=(6.4, 4.0)), surface)
    canvas = axes_or_new(ax, size=(6.4, 5.2))
    _draw_map(canvas, surface, surface.b, has_bar=ax is None)
    if path is not None:
        places = np.array([surface.project(parameters) for parameters in path])
        _draw_path(canvas, places)
    _mark_network(canvas, 0.0, 0.0)
    canvas.set_xlim(surface.a[0], surface.a[-1])
    canvas.set_ylim(surface.b[0], surface.b[-1])
    if path is not None:
        canvas.legend(loc="upper right", labelcolor=INK, framealpha=0.9, edgecolor="none")
    return canvas


def _draw_curve(canvas: Any, surface: LossSurface) -> Axes:
    """Draw the loss over the steps along one direction."""
    values = np.where(np.isfinite(surface.values), surface.values, np.nan)
    canvas.grid(axis="y", color=PALE, linewidth=0.8)
    canvas.plot(surface.a, values, color=COLOURS[0], linewidth=2.0, label="loss")
    is_log = scale_values(canvas.yaxis, values)
    if not is_log and np.nanmin(values) >= 0:
        canvas.set_ylim(bottom=0.0)
    _mark_network(canvas, 0.0, surface.loss)
    if surface.kind == "towards":
        canvas.axvline(
            1.0, color=INK, linewidth=1.0, linestyle=(0, (4, 3)), label="the other end", zorder=1.5
        )
        canvas.legend(frameon=False, labelcolor=INK)
    canvas.set_xlabel(f"step along the {_direction(surface, 0)}", color=INK)
    canvas.set_ylabel("loss", color=INK)
    canvas.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    canvas.xaxis.set_major_formatter(written())
    quieten(canvas)
    return canvas


def _direction(surface: LossSurface, place: int) -> str:
    if surface.kind == "towards" and surface.b is None:
        return "way to the other end"
    return WORDS[surface.kind][place]


def _draw_map(canvas: Any, surface: LossSurface, b: Floats, *, has_bar: bool) -> None:
    """Draw heights as colours, with contour lines between them."""
    values = np.ma.masked_invalid(surface.values.T)
    low, high = float(values.min()), float(values.max())
    is_log = spans_decades(values.compressed(), factor=FACTOR)
    if high <= low:
        high = low + (abs(low) or 1.0)
    levels = np.geomspace(low, high, LEVELS) if is_log else np.linspace(low, high, LEVELS)
    levels[0], levels[-1] = low, high
    norm = LogNorm(low, high) if is_log else Normalize(low, high)
    filled = canvas.contourf(
        surface.a, b, values, levels=levels, cmap=COLOURMAP, norm=norm, extend="neither"
    )
    lines = canvas.contour(
        surface.a, b, values, levels=levels[1:-1], colors="white", linewidths=0.5, alpha=0.55
    )
    shown = lines.levels[:: max(1, -(-len(lines.levels) // LABELLED))]
    canvas.clabel(lines, levels=shown, fmt=written(2), fontsize=7.5, inline_spacing=3)
    if has_bar:
        bar = canvas.figure.colorbar(filled, ax=canvas, pad=0.03)
        bar.set_ticks(_ticks(levels, is_log=is_log))
        bar.ax.yaxis.set_major_formatter(written(3))
        bar.ax.minorticks_off()
        bar.set_label("loss", color=INK)
        bar.outline.set_visible(False)
    canvas.set_xlabel(f"step along the {WORDS[surface.kind][0]}", color=INK)
    canvas.set_ylabel(f"step along the {WORDS[surface.kind][1]}", color=INK)
    for axis in (canvas.xaxis, canvas.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(written())
    quieten(canvas)


def _ticks(levels: Floats, *, is_log: bool) -> Floats:
    """Return round numbers for the bar: powers of ten, or about five even steps."""
    low, high = float(levels[0]), float(levels[-1])
    if not is_log:
        places: Floats = np.asarray(MaxNLocator(nbins=6).tick_values(low, high), dtype=np.float64)
    else:
        powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
        leads = (1.0,) if high > 1e3 * low else (1.0, 2.0, 5.0)
        places = np.array([lead * 10.0**power for power in powers for lead in leads])
    return places[(places >= low) & (places <= high)]


def _draw_path(canvas: Any, places: Floats) -> None:
    """Draw the way of a training, white on dark and dark on white, with a dot where it began."""
    canvas.plot(*places.T, color="white", linewidth=3.6, solid_capstyle="round", label="_halo")
    canvas.plot(*places.T, color=ACCENT, linewidth=1.8, marker="o", markersize=2.6, label="path")
    canvas.plot(
        *places[0], marker="o", markersize=8, color="white", markeredgecolor=ACCENT, markeredgewidth=2.0,
        linestyle="none", label="start",
    )  # fmt: skip


def _mark_network(canvas: Any, x: float, y: float) -> None:
    canvas.plot(
        [x], [y], marker="P", markersize=11, color="white", markeredgecolor=ACCENT, markeredgewidth=1.8,
        linestyle="none", label="this network", zorder=5,
    )  # fmt: skip
