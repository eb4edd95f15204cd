"""The map of one partition with how sure each point's cluster is: what is doubtful is pale and ringed."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from ..explain.plane import Plane, principal_plane
from ._axes import INK, MARKS, QUIET, axes_or_new, colour_of, mix, quieten
from ._partitions import labels_of

MOST_POINTS = 20_000
MOST_IN_LEGEND = 20
DOUBTFUL = 0.75  # below it a ring says so, not only a paler colour
SHADES = 5


def posterior_certainty(
    X: ArrayLike, labels: ArrayLike, certainty: ArrayLike, *, ax: Axes | None = None
) -> Axes:
    """Draw the points in their principal plane, coloured by cluster, the paler the less certain.

    Parameters
    ----------
    X : array-like of shape (n, d)
        The points.
    labels : array-like of int, shape (n,)
        The cluster of each, such as `BayesianClustering.labels_`.
    certainty : array-like of shape (n,)
        How sure that is, from 0 to 1 (`certainty_`).
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: a collection labelled "cluster j, ... points" for each cluster, and a collection "doubtful" with a
        ring round each point below 0.75.

    Raises
    ------
    ParameterError
        Labels or certainties are not those of the n points.

    Notes
    -----
    Doubtful points lie on top: they are what the picture is for. Of more than 20,000 points every so-manieth is drawn.

    Examples
    --------
    >>> import ganglion as gl
    >>> X = [[0.0, 0.0], [0.0, 1.0], [4.0, 0.5], [9.0, 0.0]]
    >>> ax = gl.plots.posterior_certainty(X, [0, 0, 0, 1], [1.0, 1.0, 0.55, 0.98])
    >>> [collection.get_label() for collection in ax.collections]
    ['cluster 0, 3 points', 'cluster 1, 1 point', 'doubtful']
    """
    plane = principal_plane(X)
    n = len(plane.coordinates)
    codes = labels_of(labels, n)
    sure = _checked(certainty, n)
    canvas = axes_or_new(ax, size=(7.4, 4.8))
    step = -(-n // MOST_POINTS)
    shown = np.arange(0, n, step)
    for label, size in enumerate(np.bincount(codes).tolist()):
        inside = shown[codes[shown] == label]
        order = inside[np.argsort(-sure[inside], kind="stable")]
        points = "1 point" if size == 1 else f"{size:,} points"
        _draw_members(
            canvas, plane.coordinates[order], sure[order], label, f"cluster {label}, {points}"
        )
    doubtful = shown[sure[shown] < DOUBTFUL]
    if len(doubtful):
        _draw_rings(canvas, plane.coordinates[doubtful])
    _draw_legend(canvas, int(codes.max()) + 1, len(doubtful) > 0)
    _say(canvas, plane, sure, (len(shown), n))
    return canvas


def _checked(certainty: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return the certainties (n,), or refuse what are none."""
    sure = np.asarray(certainty, dtype=np.float64)
    if sure.shape != (n,) or not ((sure >= -1e-12) & (sure <= 1.0 + 1e-12)).all():
        raise ParameterError(
            f"certainty must hold a number from 0 to 1 for each of the {n} points; got shape {sure.shape}"
            + (f" and values {np.nanmin(sure):g} to {np.nanmax(sure):g}" if sure.size else "")
            + ". Pass certainty_."
        )
    return sure


def _shade(label: int, sure: float) -> tuple[float, float, float]:
    """Return the colour of a cluster, moved towards paper where the point is less certain."""
    red, green, blue = to_rgb(colour_of(label))
    share = 0.86 * (1.0 - sure)
    return mix(red, 1.0, share), mix(green, 1.0, share), mix(blue, 1.0, share)


def _draw_members(
    canvas: Any, places: NDArray[np.float64], sure: NDArray[np.float64], label: int, name: str
) -> None:
    """Draw the points of one cluster, the certain ones first."""
    crowd = len(places)
    levels = np.rint(sure * 50) / 50
    canvas.scatter(
        places[:, 0],
        places[:, 1],
        s=float(np.clip(9000.0 / max(crowd, 1), 6.0, 30.0)),
        c=[_shade(label, level) for level in levels.tolist()],
        marker=MARKS[label % len(MARKS)],
        linewidths=0,
        label=name,
        rasterized=crowd > 2000,
    )


def _draw_rings(canvas: Any, places: NDArray[np.float64]) -> None:
    """Draw a ring round what is doubtful."""
    canvas.scatter(
        places[:, 0],
        places[:, 1],
        s=float(np.clip(20000.0 / len(places), 22.0, 70.0)),
        facecolors="none",
        edgecolors=INK,
        linewidths=0.7,
        label="doubtful",
        zorder=3,
    )


def _draw_legend(canvas: Any, k: int, has_rings: bool) -> None:
    """Name the clusters beside the map; with many of them the ring only."""
    handles = [c for c in canvas.collections if k <= MOST_IN_LEGEND or c.get_label() == "doubtful"]
    if not handles or (k == 1 and not has_rings):
        return
    legend = canvas.legend(
        handles=handles, frameon=False, labelcolor=INK, loc="upper left", bbox_to_anchor=(1.0, 1.0)
    )
    for handle, source in zip(legend.legend_handles, handles, strict=True):
        handle.set_sizes([36.0])
        label = str(source.get_label())
        if label.startswith("cluster "):
            handle.set_facecolor(colour_of(int(label.split(",")[0].removeprefix("cluster "))))
    if has_rings:
        legend.get_texts()[-1].set_text(f"certainty below {100 * DOUBTFUL:.0f} %")


def _say(canvas: Any, plane: Plane, sure: NDArray[np.float64], drawn: tuple[int, int]) -> None:
    """Name the axes with their shares of the variance, and say how much is certain."""
    first, second = (100.0 * float(share) for share in plane.explained)
    canvas.set_xlabel(f"first principal axis ({first:.0f} % of the variance)", color=INK)
    canvas.set_ylabel(f"second principal axis ({second:.0f} %)", color=INK)
    doubtful = int(np.count_nonzero(sure < DOUBTFUL))
    points = "point is" if doubtful == 1 else "points are"
    said = f"{doubtful:,} of {drawn[1]:,} {points} doubtful" if doubtful else "every point is clear"
    canvas.set_title(said, loc="left", color=INK, fontsize=11)
    if drawn[0] < drawn[1]:
        canvas.set_title(f"{drawn[0]:,} drawn", loc="right", color=QUIET, fontsize=9)
    canvas.set_aspect("equal", adjustable="datalim")
    quieten(canvas)
