"""The credible ball: how far the draws are from the estimate, and the partitions on the rim."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from ..cluster.bayesian import CredibleBall, credible_ball
from ..cluster.bayesian._partitions.contingency import Loss, check_loss, loss_matrix
from ..cluster.bayesian._partitions.draws import Draws, check_draws, check_partition
from ..explain.chains import follow_clusters
from ..explain.posterior import MOST_POINTS, together
from ._axes import ACCENT, INK, PALE, QUIET, axes_or_new, colour_of, quieten
from ._partitions import chains_of, labels_of

MOST_DOTS = 4_000
SPREAD = 0.3  # of the dots of one number of clusters, up and down
UNITS = {"vi": "variation of information in bits", "binder": "Binder's loss"}
BOUNDS = (("upper", "coarsest", "^"), ("lower", "finest", "v"), ("horizontal", "farthest", "s"))
SIGNS = "\N{WHITE UP-POINTING TRIANGLE}\N{WHITE DOWN-POINTING TRIANGLE}\N{WHITE SQUARE}"


def posterior_ball(
    draws: ArrayLike,
    labels: ArrayLike,
    *,
    level: float = 0.95,
    loss: str = "vi",
    ax: Axes | None = None,
) -> Axes:
    """Draw how far the draws are from the estimate, the ball that holds most of them, and what stands on its rim.

    Parameters
    ----------
    draws : array-like of int, shape (n_draws, n) or (n_chains, n_draws, n)
        Draws from the posterior, such as `BayesianClustering.draws_`.
    labels : array-like of int, shape (n,)
        The estimate, such as `BayesianClustering.labels_`.
    level : float
        The share of the draws that the ball holds.
    loss : {"vi", "binder"}
        The distance.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, empty but for the title. Its `child_axes` are the draws by distance and number of clusters, with a
        collection "draws" and one for each bound, and the strips: an image with a line for the estimate and for each
        bound, a column for each point.

    Raises
    ------
    ParameterError
        The draws are no partitions, the labels are not of their points, or level or loss is none.

    Notes
    -----
    Every dot is a draw; dots of one number of clusters are spread up and down so that they can be seen. Of more than
    4,000 draws every so-manieth is drawn. Where several partitions are equally far, the strip shows the first. In the
    strips points stand in the order of `posterior_similarity`, and a part of a cluster that is not its largest has
    another colour.

    Examples
    --------
    >>> import ganglion as gl
    >>> ax = gl.plots.posterior_ball([[0, 0, 1], [0, 0, 1], [0, 1, 2], [0, 0, 1]], [0, 0, 1])
    >>> ax.get_title(loc="left")
    '95 % of the draws are within 0.667 bits of the estimate'
    """
    partitions = chains_of(draws)
    codes = labels_of(labels, partitions.shape[2])
    given = check_draws(partitions)
    kind = check_loss(loss)
    center = check_partition(codes)
    distance = loss_matrix(given, center, kind)[0]
    ball = credible_ball(given.labels, codes, level, loss=loss)
    canvas = axes_or_new(ax, size=(7.4, 5.0))
    canvas.axis("off")
    upper = canvas.inset_axes((0.0, 0.46, 1.0, 0.54))
    lower = canvas.inset_axes((0.0, 0.0, 1.0, 0.24))
    _draw_draws(upper, distance, given.n_clusters, ball)
    _draw_bounds(upper, ball, kind, center)
    _draw_strips(lower, ball, partitions, codes)
    unit = " bits" if loss == "vi" else ""
    said = f"{100 * level:g} % of the draws are within {ball.radius:.3g}{unit} of the estimate"
    canvas.set_title(said, loc="left", color=INK, fontsize=11)
    upper.set_xlabel(f"distance to the estimate ({UNITS[loss]})", color=INK)
    upper.set_ylabel("clusters", color=INK)
    return canvas


def _draw_draws(
    panel: Any, distance: NDArray[np.float64], n_clusters: NDArray[np.int64], ball: CredibleBall
) -> None:
    """Draw a dot for each draw, on the ground of the ball."""
    step = -(-len(distance) // MOST_DOTS)
    x, k = distance[::step], n_clusters[::step]
    # The golden ratio spreads neighbours apart, the same way every time.
    spread = SPREAD * (2.0 * (np.arange(len(x)) * 0.6180339887498949 % 1.0) - 1.0)
    top = max(float(distance.max()), ball.radius, 1e-9)
    panel.axvspan(-0.03 * top, ball.radius, color="#eef3f6", linewidth=0, zorder=0)
    panel.axvline(ball.radius, color=ACCENT, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
    panel.grid(axis="y", color=PALE, linewidth=0.8)
    panel.scatter(
        x,
        k + spread,
        s=float(np.clip(12_000.0 / len(x), 4.0, 16.0)),
        color=colour_of(0),
        alpha=float(np.clip(600.0 / len(x), 0.25, 0.8)),
        linewidths=0,
        label="draws",
        rasterized=True,
    )
    panel.set_xlim(-0.03 * top, 1.04 * top)
    panel.set_ylim(float(k.min()) - 0.7, float(k.max()) + 0.7)
    panel.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1))
    quieten(panel)


def _draw_bounds(panel: Any, ball: CredibleBall, kind: Loss, center: Draws) -> None:
    """Mark the bounds."""
    for name, word, mark in BOUNDS:
        partition = check_draws(getattr(ball, name)[:1])
        panel.scatter(
            loss_matrix(partition, center, kind)[0],
            partition.n_clusters,
            s=62.0,
            marker=mark,
            facecolor="white",
            edgecolors=ACCENT,
            linewidths=1.6,
            zorder=3,
            label=word,
        )


def _draw_strips(panel: Any, ball: CredibleBall, draws: Any, codes: NDArray[np.int64]) -> None:
    """Draw the estimate and the bounds as strips over the points."""
    points = together(draws, codes, max_points=MOST_POINTS // 2).points
    rows, words = [codes], ["estimate"]
    for (name, word, _), sign in zip(BOUNDS, SIGNS, strict=True):
        own = getattr(ball, name)[0]
        # A cluster of the bound has the colour of the estimate's with which it shares most; others have further ones.
        rows.append(follow_clusters(own[None], ending=codes).labels[0])
        words.append(f"{sign} {word}: {int(own.max()) + 1}")
    image = np.array([[to_rgb(colour_of(j)) for j in row[points].tolist()] for row in rows])
    panel.imshow(image, aspect="auto", interpolation="nearest")
    panel.hlines(np.arange(3) + 0.5, -0.5, len(points) - 0.5, color="white", linewidth=3.0)
    panel.set_yticks(np.arange(4), words, fontsize=9)
    panel.set_xticks([])
    panel.tick_params(length=0, labelcolor=INK)
    panel.set_xlabel(
        f"{len(codes):,} points"
        if len(points) == len(codes)
        else f"{len(points):,} of {len(codes):,} points",
        color=QUIET,
        fontsize=9,
    )
    for side in panel.spines.values():
        side.set_visible(False)
