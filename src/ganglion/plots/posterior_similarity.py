"""Who is with whom: the share of draws in which two points are together, in the order of a tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from ..explain.posterior import MOST_CELLS, MOST_POINTS, Together, together
from ._axes import INK, QUIET, axes_or_new, colour_of
from ._leaves import check_names
from ._matrix import OFTEN_IS_DARK, draw_scale, frame_clusters, name_rows
from ._partitions import chains_of, labels_of

MOST_NUMBERED = 30
LEAST_NUMBERED = 0.025  # of the points: a number beside fewer would lie on the next one


def posterior_similarity(
    draws: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    max_points: int = MOST_POINTS,
    max_cells: int = MOST_CELLS,
    ax: Axes | None = None,
) -> Axes:
    """Draw in how many of the draws two points are together, as a matrix in the order of a tree.

    Parameters
    ----------
    draws : array-like of int, shape (n_draws, n) or (n_chains, n_draws, n)
        Draws from the posterior, such as `BayesianClustering.draws_`.
    labels : array-like of int, shape (n,), optional
        One partition, such as `BayesianClustering.labels_`: its clusters are framed and stay in one piece.
    names : sequence of str, optional
        A name for each point; written for up to 48 of them.
    max_points : int
        Of more points every so-manieth is drawn.
    max_cells : int
        The most cells along a side; of more points, each cell is the mean over a block of neighbours.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the matrix, an image of shape (b, b). With `labels` a collection "clusters" holds a frame for each
        cluster, and a collection "cluster j" the strip in its colour at the left.

    Raises
    ------
    ParameterError
        The draws are no partitions, or the labels and names are not of their points.

    Notes
    -----
    A dark square is a cluster in nearly all draws. A pale one, or pale stripes through a dark one, are what the data
    leave open: points that some draws put here and others there. The n x n matrix is never formed: time O(m^2 B),
    memory O(m^2) for m drawn points and B draws.

    Examples
    --------
    >>> import ganglion as gl
    >>> ax = gl.plots.posterior_similarity([[0, 1, 0, 1], [0, 1, 0, 0]], [0, 1, 0, 1])
    >>> ax.images[0].get_array().tolist()[0]
    [1.0, 1.0, 0.5, 0.0]
    """
    partitions = chains_of(draws)
    n = partitions.shape[2]
    codes = None if labels is None else labels_of(labels, n)
    check_names(names, n)
    if max_points < 1 or max_cells < 1:
        raise ParameterError(
            f"max_points and max_cells must be at least 1; got {max_points} and {max_cells}. A screen shows "
            "some hundred."
        )
    found = together(partitions, codes, max_points=max_points, max_cells=max_cells)
    canvas = axes_or_new(ax, size=(6.6, 5.4))
    image = _draw_matrix(canvas, found)
    along = np.arange(len(found.points))
    if codes is not None:
        frame_clusters(canvas, codes[found.points], along)
        _draw_strip(canvas, codes[found.points])
    bar = draw_scale(canvas, image, "draws with both in one cluster")
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    name_rows(canvas, along, None if names is None else [str(names[int(i)]) for i in found.points])
    _say(canvas, found, n, codes)
    return canvas


def _draw_matrix(canvas: Any, found: Together) -> Any:
    """Draw the shares; a point is with itself in every draw."""
    shares = found.shares.copy()
    alone = np.flatnonzero(np.diff(found.edges) == 1)
    shares[alone, alone] = 1.0
    m = len(found.points)
    return canvas.imshow(
        shares,
        cmap=OFTEN_IS_DARK,
        interpolation="nearest",
        extent=(-0.5, m - 0.5, m - 0.5, -0.5),
        vmin=0.0,
        vmax=1.0,
        aspect="equal",
    )


def _draw_strip(canvas: Any, along: NDArray[np.int64]) -> None:
    """Draw a strip in its colour and the number of each cluster at the left of its rows."""
    m = len(along)
    starts = np.concatenate(([0], np.flatnonzero(along[1:] != along[:-1]) + 1, [m]))
    room = canvas.inset_axes((-0.045, 0.0, 0.03, 1.0), sharey=canvas)
    room.axis("off")
    room.set_xlim(0.0, 1.0)
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        label = int(along[start])
        room.axhspan(
            start - 0.5, end - 0.5, color=colour_of(label), linewidth=0, label=f"cluster {label}"
        )
        if len(starts) <= MOST_NUMBERED and end - start >= LEAST_NUMBERED * m:
            room.text(
                -0.5,
                (start + end - 1) / 2,
                str(label),
                ha="right",
                va="center",
                color=INK,
                fontsize=9.5,
            )


def _say(canvas: Any, found: Together, n: int, codes: NDArray[np.int64] | None) -> None:
    """Say what is shown, and over how many points a cell is a mean."""
    if codes is not None:
        k = int(codes.max()) + 1
        said = f"{k:,} cluster" if k == 1 else f"{k:,} clusters"
        canvas.set_title(said, loc="left", color=INK, fontsize=11)
    m, most = len(found.points), int(np.diff(found.edges).max())
    points = f"{m:,} of {n:,} points" if m < n else f"{n:,} points"
    if most > 1:
        points += f"; a cell is the mean over up to {most} x {most} pairs"
    if len(canvas.get_xticks()) == 0:
        canvas.set_xlabel(points, color=QUIET, fontsize=9)
