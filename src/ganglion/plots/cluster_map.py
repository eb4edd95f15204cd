"""The map: points and centres in the plane in which the points vary most."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from ..explain.plane import Plane, principal_plane
from ._axes import INK, MARKS, QUIET, axes_or_new, colour_of, quieten

# More points than this only make a figure slow: every so-manieth is drawn, and the drawing says so.
MOST_POINTS = 20_000
MOST_IN_LEGEND = 20


def cluster_map(
    X: ArrayLike, labels: ArrayLike, centers: ArrayLike | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the clusters in the principal plane of X.

    Parameters
    ----------
    X : array-like of shape (n, d)
        The points.
    labels : array-like of shape (n,)
        The cluster of each point: integers.
    centers : array-like of shape (k, d), optional
        Centres, drawn as discs with the cluster's number; None draws none.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: a collection labelled "cluster j, ... points" for each label, in ascending order, and the centres.

    Raises
    ------
    ParameterError
        Where labels are not n integers.

    Notes
    -----
    A unit is as long along one axis as along the other, so that distances on the map can be compared. What the plane
    does not show (its two shares of the variance stand at the axes) may still separate clusters that overlap here. Of
    more than 20,000 points every so-manieth is drawn.

    Examples
    --------
    >>> import ganglion as gl
    >>> ax = gl.plots.cluster_map([[0.0, 0.0], [0.0, 1.0], [9.0, 0.0]], [0, 0, 1], [[0.0, 0.5], [9.0, 0.0]])
    >>> [collection.get_label() for collection in ax.collections][:2]
    ['cluster 0, 2 points', 'cluster 1, 1 point']
    """
    plane = principal_plane(X)
    codes = _integers(labels, len(plane.coordinates))
    canvas = axes_or_new(ax, size=(7.4, 4.8))
    step = -(-len(codes) // MOST_POINTS)
    names, counts = np.unique(codes, return_counts=True)
    for place, (name, count) in enumerate(zip(names.tolist(), counts.tolist(), strict=True)):
        members = plane.coordinates[::step][codes[::step] == name]
        points = "1 point" if count == 1 else f"{count:,} points"
        _draw_members(canvas, members, place, label=f"cluster {name}, {points}")
    if 1 < len(names) <= MOST_IN_LEGEND:
        _draw_legend(canvas, canvas.collections[-len(names) :])
    if centers is not None:
        _draw_centers(canvas, plane.project(centers), names)
    if step > 1:
        text = f"{len(codes[::step]):,} of {len(codes):,} points drawn"
        canvas.set_title(text, loc="right", color=QUIET, fontsize=9)
    _label_axes(canvas, plane)
    return canvas


def _integers(labels: ArrayLike, n: int) -> NDArray[np.int64]:
    """Return the labels (n,), or refuse what is none."""
    given = np.asarray(labels)
    if given.shape != (n,) or given.dtype.kind not in "iub":
        raise ParameterError(
            f"labels must hold one integer for each of the {n} rows of X; got shape {given.shape} and dtype "
            f"{given.dtype}. Pass the labels of these rows."
        )
    return given.astype(np.int64)


def _draw_members(canvas: Any, members: NDArray[np.float64], place: int, *, label: str) -> None:
    """Draw the points of one cluster in its colour and mark; the more points, the smaller and paler."""
    crowd = len(members)
    canvas.scatter(
        members[:, 0],
        members[:, 1],
        s=float(np.clip(9000.0 / max(crowd, 1), 5.0, 26.0)),
        c=colour_of(place),
        marker=MARKS[place % len(MARKS)],
        alpha=0.75 if crowd < 2000 else 0.45,
        linewidths=0,
        label=label,
        rasterized=crowd > 2000,
    )


def _draw_centers(canvas: Any, places: NDArray[np.float64], names: NDArray[np.int64]) -> None:
    """Draw each centre as a white disc that holds its number."""
    across, up = places.T
    canvas.scatter(
        across, up, s=190.0, c="white", edgecolors=INK, linewidths=1.3, label="centres", zorder=3
    )
    numbers = names if len(names) == len(places) else np.arange(len(places))
    style = {"ha": "center", "va": "center_baseline", "fontsize": 8, "color": INK, "zorder": 4}
    for number, x, y in zip(numbers.tolist(), across.tolist(), up.tolist(), strict=True):
        canvas.text(x, y, str(number), clip_on=True, **style)


def _draw_legend(canvas: Any, handles: Any) -> None:
    """Name the clusters beside the map, with marks of one size."""
    legend = canvas.legend(
        handles=handles, frameon=False, labelcolor=INK, loc="upper left", bbox_to_anchor=(1.0, 1.0)
    )
    for handle in legend.legend_handles:
        handle.set_sizes([36.0])
        handle.set_alpha(1.0)


def _label_axes(canvas: Any, plane: Plane) -> None:
    """Name the axes with their shares of the variance, and make their units equally long."""
    first, second = (100.0 * float(share) for share in plane.explained)
    canvas.set_xlabel(f"first principal axis ({first:.0f} % of the variance)", color=INK)
    canvas.set_ylabel(f"second principal axis ({second:.0f} %)", color=INK)
    canvas.set_aspect("equal", adjustable="datalim")
    quieten(canvas)
