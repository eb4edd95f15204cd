"""What sets clusters apart, at a glance: features by clusters, shaded by how far each mean is from that of all rows."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from .._errors import ParameterError
from ..explain import ClusterCard, FeatureDifference
from ._axes import INK, QUIET, axes_or_new
from ._leaves import short
from ._matrix import draw_scale

Key: TypeAlias = tuple[str, str | None, str]

# Below the average blue, above it orange, which the colour-blind can tell apart; paper is the average.
LOW_TO_HIGH = LinearSegmentedColormap.from_list(
    "ganglion differences", ["#0b4f8a", "#6fa9d2", "#fbfaf6", "#eea25e", "#b04a00"]
)
# standard deviations, from which on shades are equal: means of clusters are seldom farther
STRONGEST = 2.0
DARK = 1.25  # from here on white letters read better
MOST_WRITTEN = 14  # clusters: beside more of them the numbers of a cell would be too small
ROW, COLUMN, NARROW, MARGIN = 0.3, 0.85, 0.28, 3.6  # inches
NAME_WIDTH, NAME_LINES = 13, 2


def cards(
    found: Sequence[ClusterCard],
    *,
    max_features: int = 20,
    max_clusters: int = 30,
    ax: Axes | None = None,
) -> Axes:
    """Draw cluster cards as one table: what is high, and what is low, in which cluster.

    Parameters
    ----------
    found : sequence of ClusterCard
        What `ganglion.explain.describe_clusters` returned.
    max_features : int
        The most rows: the features that differ most in any of the clusters that are drawn. Of a column with two values
        the rarer one is drawn.
    max_clusters : int
        The most columns: the largest clusters, in the order of the cards.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the table, an image of shape (features, clusters) of standardised differences, masked where a
        cluster has no value. Up to 14 clusters have their means written in the cells, in the units of the data; its
        `child_axes` hold the colour bar.

    Raises
    ------
    ParameterError
        What is given are no cards, there are none, they have no features, or a limit is below 1.

    Notes
    -----
    A cell is shaded by (mean in the cluster - mean of all) / standard deviation of all, up to 2 of them either way.

    Examples
    --------
    >>> import ganglion as gl
    >>> X = [[1.0, 7.0], [1.2, 5.0], [9.0, 6.0], [9.4, 6.0]]
    >>> ax = gl.plots.cards(gl.explain.describe_clusters(X, [0, 0, 1, 1], names=["mass", "age"]))
    >>> [tick.get_text() for tick in ax.get_yticklabels()], ax.images[0].get_array().round(2).tolist()
    (['mass', 'age'], [[-1.0, 1.0], [0.0, 0.0]])
    """
    for name, most in (("max_features", max_features), ("max_clusters", max_clusters)):
        if most < 1:
            raise ParameterError(f"{name} must be at least 1; got {most}.")
    given: Any = found
    wrong = (
        [card for card in given if not isinstance(card, ClusterCard)]
        if np.iterable(given)
        else [given]
    )
    if wrong:
        raise ParameterError(
            f"Cards must be what describe_clusters returned; got {type(wrong[0]).__name__}."
        )
    if not found:
        raise ParameterError(
            "There must be at least one card; got none. Pass what describe_clusters returned."
        )
    drawn = _largest(found, max_clusters)
    cells = [{_key(part): part for part in card.features} for card in drawn]
    keys = _strongest(cells, max_features)
    if not keys:
        raise ParameterError(
            "The cards must have features; these have none. Describe clusters by numbers, dates or few texts."
        )
    values = np.array(
        [[cell[key].difference if key in cell else np.nan for cell in cells] for key in keys]
    )
    is_written = len(drawn) <= MOST_WRITTEN
    width = MARGIN + (COLUMN if is_written else NARROW) * len(drawn)
    canvas = axes_or_new(ax, size=(max(5.0, width), max(3.0, 1.5 + ROW * len(keys))))
    image = canvas.imshow(
        np.ma.masked_invalid(values),
        cmap=LOW_TO_HIGH,
        vmin=-STRONGEST,
        vmax=STRONGEST,
        interpolation="nearest",
        aspect="auto",
    )
    _name(canvas, keys, _headings(drawn, is_written))
    if is_written:
        _write(canvas, keys, cells, values)
    draw_scale(canvas, image, "standard deviations\nfrom the mean of all")
    _say(canvas, len(found), len(drawn))
    return canvas


def _largest(found: Sequence[ClusterCard], most: int) -> list[ClusterCard]:
    """Return the largest clusters in the order of the cards; of equal ones the first."""
    places = sorted(range(len(found)), key=lambda at: (-found[at].size, at))[:most]
    return [found[at] for at in sorted(places)]


def _key(part: FeatureDifference) -> Key:
    """Return what a row of the table is about."""
    return part.name, part.category, part.kind


def _strongest(cells: list[dict[Key, FeatureDifference]], most: int) -> list[Key]:
    """Return the features that differ most in any cluster, the largest difference first; one of two opposite values."""
    largest: dict[Key, float] = {}
    overall: dict[Key, float] = {}
    for cell in cells:
        for key, part in cell.items():
            size = abs(part.difference)
            largest[key] = max(largest.get(key, 0.0), size if size == size else 0.0)
            overall[key] = part.overall
    values: dict[str, list[Key]] = {}
    for key in largest:
        if key[2] == "category":
            values.setdefault(key[0], []).append(key)
    # the share of one of two values says all about the other
    opposite = {max(own, key=overall.__getitem__) for own in values.values() if len(own) == 2}
    return sorted((key for key in largest if key not in opposite), key=lambda key: -largest[key])[
        :most
    ]


def _headings(drawn: list[ClusterCard], with_sizes: bool) -> list[str]:
    """Return what is written above each cluster: its name, and where there is room how many rows it has."""
    headings: list[str] = []
    for card in drawn:
        name = short(card.name.removeprefix("cluster ") or str(card.label))
        lines = textwrap.wrap(name, NAME_WIDTH, max_lines=NAME_LINES, placeholder="…")
        rows = "1 row" if card.size == 1 else f"{card.size:,} rows"
        headings.append("\n".join([*lines, rows]) if with_sizes else name)
    return headings


def _name(canvas: Any, keys: list[Key], headings: list[str]) -> None:
    """Write features at the left and clusters above; no frame: the cells are the frame."""
    for side in canvas.spines.values():
        side.set_visible(False)
    canvas.set_yticks(np.arange(len(keys)), [_row_name(key) for key in keys], fontsize=9)
    is_narrow = len(headings) > MOST_WRITTEN
    turned = 90 if is_narrow and max(map(len, headings)) > 3 else 0
    canvas.set_xticks(
        np.arange(len(headings)), headings, fontsize=7 if is_narrow else 8.5, rotation=turned
    )
    canvas.xaxis.tick_top()
    canvas.set_xticks(np.arange(1, len(headings)) - 0.5, minor=True)
    canvas.set_yticks(np.arange(1, len(keys)) - 0.5, minor=True)
    canvas.grid(which="minor", color="white", linewidth=2)
    canvas.tick_params(which="both", length=0, labelcolor=INK)


def _row_name(key: Key) -> str:
    """Return what a row is called: a column, one of its values, or its gaps."""
    name, category, kind = key
    if kind == "missing":
        return short(f"{name} is missing")
    return short(name if category is None else f"{name}: {category}")


def _write(
    canvas: Any,
    keys: list[Key],
    cells: list[dict[Key, FeatureDifference]],
    values: NDArray[np.float64],
) -> None:
    """Write the mean of each cell in the units of the data."""
    for row, key in enumerate(keys):
        for column, cell in enumerate(cells):
            value = float(values[row, column])
            known = value == value
            canvas.text(
                column,
                row,
                cell[key].value_text.replace("$", r"\$") if known else "no value",
                ha="center",
                va="center",
                fontsize=8 if known else 7,
                color=QUIET if not known else "white" if abs(value) >= DARK else INK,
            )


def _say(canvas: Any, n: int, shown: int) -> None:
    """Say how many clusters there are, and how many of them are drawn."""
    said = (
        "1 cluster"
        if n == 1
        else f"{n:,} clusters"
        if n == shown
        else f"{shown:,} of {n:,} clusters"
    )
    canvas.set_title(
        said + (", the largest" if shown < n else ""), loc="left", color=INK, fontsize=11
    )
