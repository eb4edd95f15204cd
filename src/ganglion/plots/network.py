"""A network as a drawing: its neurons in columns, its weights as lines between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from numpy.typing import NDArray

from .._errors import ParameterError
from ..nn.network import Network
from ._axes import COLOURS, INK, QUIET, axes_or_new
from ._columns import Column, columns_of
from ._scales import in_words

Floats = NDArray[np.float64]

POSITIVE, NEGATIVE = COLOURS[0], COLOURS[5]
NEUTRAL = "#ececec"
THIN, THICK = 0.35, 3.6  # points
LEAST_SEEN = 0.07
# Up to this many neurons on both sides, the weights stand beside their lines.
NUMBERED = 3
# Up to this many neurons, inputs and outputs have names.
NAMED = 8
# A neuron of so many points across has room for its bias.
LEGIBLE = 21
NUMBERS_AT = 0.27
# A few weights that stand far out would leave the others pale.
FULL = 99.0
COLUMN, ROW, LETTER = 2.1, 0.42, 0.085  # inches


def network(
    network: Network,
    *,
    max_neurons: int = 16,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the neurons of a network and its weights, by width and colour.

    Parameters
    ----------
    network : Network
        What is drawn.
    max_neurons : int, default 16
        How many neurons of a layer are drawn, at least 3; of a larger layer the first ones and the last.
    inputs, outputs : sequence of str, optional
        Names of the inputs and of the outputs; None calls them x[0], x[1] ... and y[0], y[1] ... where there is room.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure, as large as the network needs.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, without a frame. Lines are collections labelled "W1", "gamma1" ..., neurons "input", "layer 2" ...

    Raises
    ------
    ParameterError
        A max_neurons below 3, names of another number than there are inputs or outputs.

    Notes
    -----
    A line is blue for a weight above 0 and orange for one below; the larger the weight, the wider and darker the line,
    on one scale for the whole network, which ends at the 99th percentile of the weights. A neuron is filled with its
    bias on the same scale. A norm layer is a column of squares, filled with the shifts; its lines are the gains. A
    residual sum is a column of circles with a plus, and an arc leads to it from what is added.

    Examples
    --------
    >>> import ganglion as gl
    >>> net = gl.nn.Network([gl.nn.Dense(2, 2, "sigmoid"), gl.nn.Dense(2, 2, "sigmoid")], random_state=0)
    >>> [collection.get_label() for collection in gl.plots.network(net).collections]
    ['W1', 'W2', 'input', 'layer 2', 'layer 3']
    """
    if not isinstance(network, Network):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(
            f"network needs a gl.nn.Network; got {network!r}. Pass one, such as that of a fitted estimator."
        )
    if isinstance(max_neurons, bool) or max_neurons < 3:
        raise ParameterError(
            f"network: max_neurons must be an integer, at least 3; got {max_neurons!r}."
        )
    columns = columns_of(network.n_in, network.stages, max_neurons)
    names = (
        _names(inputs, network.n_in, "inputs", "x"),
        _names(outputs, network.n_out, "outputs", "y"),
    )
    slots = max(len(column.shown) + (column.gap is not None) for column in columns)
    has_names = [slots <= NAMED or inputs is not None, slots <= NAMED or outputs is not None]
    sides = [LETTER * max(map(len, side)) * has for side, has in zip(names, has_names, strict=True)]
    height = (2.2 if slots <= NUMBERED else 1.0) * ROW * (slots + 0.5)
    across = max(COLUMN, 0.34 * height)
    size = (1.3 + sum(sides) + across * columns[-1].x, 1.3 + height)
    canvas = axes_or_new(ax, size=size)
    parameters: Mapping[str, Any] = network.parameters
    reach = _reach(parameters)
    for place, column in enumerate(columns[1:], 1):
        _draw_lines(canvas, columns[place - 1], column, parameters, reach)
        if column.adds >= 0:
            _draw_arc(canvas, columns[column.adds], column, slots)
    inches = _height(canvas, size[1] if ax is None else None) / (slots + 1.2)
    for column in columns:
        _draw_neurons(canvas, column, parameters, reach, inches)
        _draw_words(canvas, column, slots)
    for column, side, has, is_left in zip(
        (columns[0], columns[-1]), names, has_names, (True, False), strict=True
    ):
        if has:
            _draw_names(canvas, column, side, is_left=is_left)
    left, right = (0.35 + side / across for side in sides)
    canvas.set_xlim(columns[0].x - left, columns[-1].x + right)
    _finish(canvas, columns, slots, reach)
    return canvas


def _names(given: Sequence[str] | None, n: int, what: str, letter: str) -> list[str]:
    """Return a name for each input or output."""
    if given is None:
        return [f"{letter}[{i}]" for i in range(n)]
    if isinstance(given, str) or len(given) != n:
        raise ParameterError(f"network: {what} must hold {n} names, one for each; got {given!r}.")
    return [str(name) for name in given]


def _reach(parameters: Mapping[str, Any]) -> float:
    """Return the weight that is drawn as wide as can be."""
    sizes = [np.abs(value).ravel() for name, value in parameters.items() if name.startswith("W")]
    sizes = sizes or [np.abs(value).ravel() for value in parameters.values()]
    every = np.concatenate(sizes).astype(np.float64)
    reach = float(every.max()) if len(every) <= 100 else float(np.percentile(every, FULL))
    return reach or float(every.max()) or 1.0


def _weights(before: Column, column: Column, parameters: Mapping[str, Any]) -> tuple[str, Floats]:
    """Return the lines that lead to a column: a name, and (neurons before, neurons) weights, NaN for no line."""
    if column.kind == "dense":
        name = f"W{column.number}"
        return name, parameters[name][np.ix_(before.shown, column.shown)].astype(np.float64)
    gains = np.ones(len(column.shown))
    name = f"sum {column.adds}"
    if column.kind == "norm":
        name = f"gamma{column.number}"
        gains = parameters[name][column.shown].astype(np.float64)
    straight = np.full((len(gains), len(gains)), np.nan)
    np.fill_diagonal(straight, gains)
    return name, straight


def _draw_lines(
    canvas: Any, before: Column, column: Column, parameters: Mapping[str, Any], reach: float
) -> None:
    """Draw the weights between two columns, the strong ones on top."""
    name, weights = _weights(before, column, parameters)
    sources, targets = np.nonzero(np.isfinite(weights))
    strengths = weights[sources, targets]
    order = np.argsort(np.abs(strengths), kind="stable")
    sources, targets, strengths = sources[order], targets[order], strengths[order]
    segments = [
        ((before.x, float(before.heights[i])), (column.x, float(column.heights[j])))
        for i, j in zip(sources.tolist(), targets.tolist(), strict=True)
    ]
    is_weight = column.kind == "dense"
    shares = (
        np.clip(np.abs(strengths) / reach, 0.0, 1.0) if is_weight else np.full(len(strengths), 0.25)
    )
    colours = [
        (
            *(to_rgb(POSITIVE if value >= 0 else NEGATIVE) if is_weight else to_rgb(QUIET)),
            LEAST_SEEN + (1 - LEAST_SEEN) * share,
        )
        for value, share in zip(strengths.tolist(), shares.tolist(), strict=True)
    ]
    widths = THIN + (THICK - THIN) * shares
    canvas.add_collection(
        LineCollection(
            segments, colors=colours, linewidths=widths, label=name, zorder=1, capstyle="round"
        )
    )
    if is_weight and max(before.n, column.n) <= NUMBERED:
        for (start, end), value in zip(segments, strengths.tolist(), strict=True):
            _draw_number(canvas, start, end, float(value))


def _draw_number(
    canvas: Any, start: tuple[float, float], end: tuple[float, float], value: float
) -> None:
    """Write a weight on its line, nearer to where it starts: further on the lines cross."""
    x, y = (a + NUMBERS_AT * (b - a) for a, b in zip(start, end, strict=True))
    box = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.92}
    colour = POSITIVE if value >= 0 else NEGATIVE
    canvas.text(
        x,
        y,
        _signed(value),
        ha="center",
        va="center",
        fontsize=8.5,
        color=colour,
        bbox=box,
        zorder=2,
    )


def _signed(value: float) -> str:
    """Return a weight with three digits."""
    return in_words(value, 3)


def _height(canvas: Any, whole: float | None) -> float:
    """Return how many inches of height the neurons have."""
    if whole is not None:
        return whole - 1.0
    return float(canvas.get_position().height * canvas.figure.get_figheight()) * 0.85


def _draw_neurons(
    canvas: Any, column: Column, parameters: Mapping[str, Any], reach: float, inches: float
) -> None:
    """Draw the neurons of a column, filled with their biases, and dots in the place of those that are left out."""
    is_small = column.kind in ("norm", "sum")
    points = 72.0 * min(0.66 * inches, 0.42) * (0.62 if is_small else 1.0)
    fills = _fills(column, parameters, reach)
    canvas.scatter(
        np.full(len(column.heights), column.x),
        column.heights,
        s=points**2,
        c=fills,
        edgecolors=INK if not is_small else QUIET,
        linewidths=1.2 if points > 12 else 0.8,
        marker="s" if column.kind == "norm" else "o",
        label=_label(column),
        zorder=3,
    )
    if column.kind == "sum":
        canvas.scatter(
            np.full(len(column.heights), column.x), column.heights, s=(0.55 * points) ** 2, c=INK, marker="+",
            linewidths=1.0, label="_plus", zorder=4,
        )  # fmt: skip
    if column.kind == "dense" and points >= LEGIBLE:
        biases = parameters.get(f"b{column.number}", np.empty(0)).tolist()
        for y, bias in zip(column.heights.tolist(), biases, strict=False):
            _write_bias(canvas, column.x, float(y), float(bias), reach)
    if column.gap is not None:
        style = {"ha": "center", "va": "center", "fontsize": 13, "color": QUIET}
        canvas.text(column.x, column.gap, "\N{VERTICAL ELLIPSIS}", **style)


def _label(column: Column) -> str:
    """Return what the neurons of a column are called."""
    if column.kind in ("input", "sum"):
        return column.kind
    return f"layer {column.number + 1}" if column.kind == "dense" else f"norm {column.number}"


def _write_bias(canvas: Any, x: float, y: float, bias: float, reach: float) -> None:
    """Write a bias into its neuron, light on dark."""
    colour = "white" if abs(bias) > 0.55 * reach else INK
    canvas.text(
        x, y, in_words(bias, 2), ha="center", va="center", fontsize=7.5, color=colour, zorder=5
    )


def _fills(
    column: Column, parameters: Mapping[str, Any], reach: float
) -> list[tuple[float, float, float]]:
    """Return a colour for each neuron: its bias or shift between the two colours, white without one."""
    name = {"dense": f"b{column.number}", "norm": f"beta{column.number}"}.get(column.kind, "")
    if name not in parameters:
        return [to_rgb("white")] * len(column.shown)
    shifts = np.asarray(parameters[name], dtype=np.float64)[column.shown]
    return [_shade(float(shift), reach) for shift in shifts.tolist()]


def _shade(value: float, reach: float) -> tuple[float, float, float]:
    """Return the colour of a number: neutral at 0, full at the reach."""
    share = min(abs(value) / reach, 1.0)
    end = to_rgb(POSITIVE if value >= 0 else NEGATIVE)
    red, green, blue = (a + share * (b - a) for a, b in zip(to_rgb(NEUTRAL), end, strict=True))
    return red, green, blue


def _draw_arc(canvas: Any, source: Column, column: Column, slots: int) -> None:
    """Draw the way round the layers of a residual, above them."""
    top = slots / 2 + 0.05
    ends = [
        (x, max(float(c.heights[0]) + 0.45, 0.0))
        for x, c in ((source.x, source), (column.x, column))
    ]
    x0, x1 = source.x, column.x
    canvas.plot(
        [x0, x0, x1], [ends[0][1], top + 0.35, top + 0.35], color=QUIET, linewidth=1.3, label="_way", zorder=0.9,
        solid_joinstyle="round",
    )  # fmt: skip
    canvas.add_patch(
        FancyArrowPatch(
            (x1, top + 0.35),
            (x1, ends[1][1]),
            arrowstyle="-|>",
            mutation_scale=11,
            color=QUIET,
            linewidth=1.3,
            shrinkA=0,
            shrinkB=0,
        )
    )
    canvas.text(
        (x0 + x1) / 2, top + 0.42, "added", ha="center", va="bottom", fontsize=8.5, color=QUIET
    )


def _draw_words(canvas: Any, column: Column, slots: int) -> None:
    """Write beneath a column what it is."""
    first, *rest = column.words
    y = -(slots / 2) - 0.25
    canvas.annotate(
        first, (column.x, y), ha="center", va="top", fontsize=9.5, color=INK, annotation_clip=False
    )
    if rest:
        canvas.annotate(
            "\n".join(rest), (column.x, y), xytext=(0, -14), textcoords="offset points", ha="center", va="top",
            fontsize=9.5 if column.kind == "norm" else 9, color=INK if column.kind == "norm" else QUIET,
            linespacing=1.25, annotation_clip=False,
        )  # fmt: skip


def _draw_names(canvas: Any, column: Column, names: list[str], *, is_left: bool) -> None:
    """Write the names of inputs or outputs beside them."""
    for i, y in zip(column.shown.tolist(), column.heights.tolist(), strict=True):
        canvas.annotate(
            names[i], (column.x, y), xytext=(-20 if is_left else 20, 0), textcoords="offset points",
            ha="right" if is_left else "left", va="center", fontsize=9.5, color=INK, annotation_clip=False,
        )  # fmt: skip


def _finish(canvas: Any, columns: tuple[Column, ...], slots: int, reach: float) -> None:
    """Set the limits, and say what width and colour mean."""
    has_arc = any(column.adds >= 0 for column in columns)
    canvas.set_ylim(-(slots / 2) - 0.2, slots / 2 + (0.85 if has_arc else 0.2))
    canvas.set_axis_off()
    strong = in_words(reach, 2)
    handles = [
        Line2D([], [], color=NEGATIVE, linewidth=THICK, label=f"\N{MINUS SIGN}{strong}"),
        Line2D([], [], color=NEUTRAL, linewidth=1.4, label="0"),
        Line2D([], [], color=POSITIVE, linewidth=THICK, label=f"+{strong}"),
    ]
    lines = max(len(column.words) for column in columns)
    legend = canvas.legend(
        handles=handles, ncol=3, frameon=False, labelcolor=INK, fontsize=9, loc="upper center", borderaxespad=0,
        handlelength=1.6, columnspacing=1.4,
        bbox_to_anchor=(0.5, 0.0), bbox_transform=canvas.transAxes,
    )  # fmt: skip
    legend.set_bbox_to_anchor(
        (0.5, -(0.1 + 0.19 * lines) / max(_height(canvas, None), 0.5)), canvas.transAxes
    )
    hidden = any(column.gap is not None for column in columns)
    text = "weights, and biases in the neurons" + (
        "; dots stand for neurons that are not drawn" if hidden else ""
    )
    legend.set_title(text, prop={"size": 9})
    legend.get_title().set_color(QUIET)
