"""The map: points and centres in the plane in which the points vary most."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from ..explain.plane import Plane, principal_plane
from ._axes import COLOURS, INK, MARKS, QUIET, axes_or_new, quieten

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
    ax = axes_or_new(ax, size=(6.4, 5.2))
    step = -(-len(codes) // MOST_POINTS)
    names, counts = np.unique(codes, return_counts=True)
    for place, (name, count) in enumerate(zip(names.tolist(), counts.tolist(), strict=True)):
        members = plane.coordinates[::step][codes[::step] == name]
        _draw_members(
            ax,
            members,
            place,
            label=f"cluster {name}, {count:,} {'point' if count == 1 else 'points'}",
        )
    if centers is not None:
        _draw_centers(ax, plane.project(centers), names)
    _label_axes(ax, plane)
    if step > 1:
        shown = len(plane.coordinates[::step])
        ax.set_title(
            f"{shown:,} of {len(codes):,} points drawn", loc="right", color=QUIET, fontsize=9
        )
    if 1 < len(names) <= MOST_IN_LEGEND:
        ax.legend(
            frameon=False,
            labelcolor=INK,
            loc="upper left",
            bbox_to_anchor=(1.0, 1.0),
            markerscale=1.6,
        )
    return ax


def _integers(labels: ArrayLike, n: int) -> NDArray[np.int64]:
    """Return the labels (n,), or refuse what is none."""
    given = np.asarray(labels)
    if given.shape != (n,) or given.dtype.kind not in "iub":
        raise ParameterError(
            f"labels must hold one integer for each of the {n} rows of X; got shape {given.shape}, dtype {given.dtype}. "
            "Pass the labels of these rows."
        )
    return given.astype(np.int64)


def _draw_members(ax: Axes, members: NDArray[np.float64], place: int, *, label: str) -> None:
    """Draw the points of one cluster in its colour and mark; the more points, the smaller and paler."""
    crowd = len(members)
    ax.scatter(
        members[:, 0],
        members[:, 1],
        s=float(np.clip(9000.0 / max(crowd, 1), 5.0, 26.0)),
        c=COLOURS[place % len(COLOURS)],
        marker=MARKS[place % len(MARKS)],
        alpha=0.75 if crowd < 2000 else 0.45,
        linewidths=0,
        label=label,
        rasterized=crowd > 2000,
    )


def _draw_centers(ax: Axes, places: NDArray[np.float64], names: NDArray[np.int64]) -> None:
    """Draw each centre as a white disc that holds its number."""
    ax.scatter(
        places[:, 0],
        places[:, 1],
        s=190.0,
        c="white",
        edgecolors=INK,
        linewidths=1.3,
        label="centres",
        zorder=3,
    )
    numbers = names if len(names) == len(places) else np.arange(len(places))
    for number, (x, y) in zip(numbers.tolist(), places.tolist(), strict=True):
        ax.text(
            x, y, str(number), ha="center", va="center_baseline", fontsize=8, color=INK, zorder=4
        )


def _label_axes(ax: Axes, plane: Plane) -> None:
    """Name the axes with their shares of the variance, and make their units equally long."""
    first, second = (100.0 * float(share) for share in plane.explained)
    ax.set_xlabel(f"first principal axis ({first:.0f} % of the variance)", color=INK)
    ax.set_ylabel(f"second principal axis ({second:.0f} %)", color=INK)
    ax.set_aspect("equal", adjustable="datalim")
    quieten(ax)
