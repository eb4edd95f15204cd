"""The chains as they ran: log posterior and number of clusters over the draws, and how the values are distributed."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from ._axes import INK, PALE, QUIET, axes_or_new, quieten
from ._partitions import chain_colour, chains_of, numbers_of_clusters
from ._scales import written

Floats = NDArray[np.float64]

MOST_DRAWN = 2_000  # along a chain: more would be less than a pixel each
BINS = 28
APART = 0.07  # between the chains where they have the same number of clusters, so that all are seen


class Sweeps(Protocol):
    """What a chain did in every sweep, as `ganglion.cluster.bayesian.ChainHistory` keeps it."""

    n_burn_in: int
    n_clusters: NDArray[np.int32]
    log_posterior: Floats


def posterior_chains(
    draws: ArrayLike,
    log_posterior: ArrayLike,
    *,
    history: Sweeps | None = None,
    verdict: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the chains side by side: they should look alike, and go nowhere.

    Parameters
    ----------
    draws : array-like of int, shape (n_draws, n) or (n_chains, n_draws, n)
        Draws from the posterior, such as `BayesianClustering.draws_`.
    log_posterior : array-like of shape (n_draws,) or (n_chains, n_draws)
        The log posterior of each draw (`log_posterior_`).
    history : ChainHistory, optional
        What happened in every sweep; with it the sweeps before the first draw are drawn too, on grey ground.
    verdict : str, optional
        What the diagnostics say, as the title (`diagnostics_.verdict`).
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, empty but for the title. Its `child_axes` are the log posterior with a line "chain i" for each chain,
        its distribution, the number of clusters with the same lines, and its distribution.

    Raises
    ------
    ParameterError
        The log posterior is not that of the draws.

    Notes
    -----
    Chains from different starts that have forgotten them mix into one band, and their distributions at the right lie
    on each other. A chain apart from the others, a step, or a slope means that the draws are not yet from the
    posterior. Of more than 2,000 draws every so-manieth is drawn; the distributions are of all. Time O(n log n) for
    each draw.

    Examples
    --------
    >>> import ganglion as gl
    >>> ax = gl.plots.posterior_chains([[[0, 0, 1], [0, 1, 2]], [[0, 0, 1], [0, 0, 1]]], [[-4.0, -5.5], [-4.0, -4.0]])
    >>> [line.get_label() for line in ax.child_axes[0].lines]
    ['chain 0', 'chain 1']
    """
    partitions = chains_of(draws)
    heights = np.asarray(log_posterior, dtype=np.float64)
    heights = heights[None] if heights.ndim == 1 else heights
    if heights.shape != partitions.shape[:2]:
        raise ParameterError(
            f"log_posterior must hold one value for each of the {partitions.shape[0]} x {partitions.shape[1]} draws; "
            f"got shape {heights.shape}. Pass the log_posterior_ of the same fit."
        )
    counts = numbers_of_clusters(partitions).astype(np.float64)
    canvas = axes_or_new(ax, size=(8.4, 4.8))
    canvas.axis("off")
    upper, upper_side, lower, lower_side = _panels(canvas)
    swept = (None, None) if history is None else (history.log_posterior, history.n_clusters)
    n_before = 0 if history is None else history.n_burn_in
    _draw_traces(upper, heights if swept[0] is None else swept[0], n_before)
    apart = APART * (np.arange(len(counts)) - (len(counts) - 1) / 2)[:, None]
    whole = counts if swept[1] is None else swept[1].astype(np.float64)
    _draw_traces(lower, whole + apart, n_before, least=1.0)
    edges: Floats = np.linspace(float(heights.min()), float(heights.max()), BINS + 1)
    steps = np.arange(counts.min(), counts.max() + 2, dtype=np.float64) - np.float64(0.5)
    _draw_density(upper_side, heights, edges)
    _draw_density(lower_side, counts, steps)
    _say(canvas, upper, lower, len(heights), history is not None, verdict)
    return canvas


def _panels(canvas: Any) -> tuple[Any, Any, Any, Any]:
    """Two panels one above the other, each with a narrow one at its right; all inside the caller's axes."""
    upper = canvas.inset_axes((0.0, 0.56, 0.84, 0.44))
    upper_side = _beside(canvas, upper, 0.56)
    lower = canvas.inset_axes((0.0, 0.04, 0.84, 0.44), sharex=upper)
    return upper, upper_side, lower, _beside(canvas, lower, 0.04)


def _beside(canvas: Any, panel: Any, foot: float) -> Any:
    """A narrow panel at the right, on the same scale."""
    side = canvas.inset_axes((0.86, foot, 0.14, 0.44), sharey=panel)
    side.axis("off")
    return side


def _draw_traces(panel: Any, values: Floats, n_before: int, *, least: float = 0.0) -> None:
    """Draw a line for each chain; the sweeps before the first draw on grey ground. The scale spans at least `least`."""
    length: int = values.shape[1]
    step = -(-length // MOST_DRAWN)
    places = np.arange(1, length + 1, step, dtype=np.float64)
    panel.grid(axis="y", color=PALE, linewidth=0.8)
    if n_before:
        panel.axvspan(0.5, n_before + 0.5, color="#f1f0ec", linewidth=0, zorder=0)
    for chain, trace in enumerate(values):
        panel.plot(
            places,
            trace[::step],
            color=chain_colour(chain),
            linewidth=0.9,
            alpha=0.85,
            label=f"chain {chain}",
        )
    panel.set_xlim(0.5, length + 0.5)
    _frame(panel, values[:, n_before:] if n_before < length else values, values, least)
    quieten(panel)


def _frame(panel: Any, kept: Floats, whole: Floats, least: float) -> None:
    """Give the draws a third of the height at least: sweeps from a far start would press them into a line."""
    low, high = float(kept.min()), float(kept.max())
    room = max(high - low, least) or max(abs(high), 1.0) * 0.05
    low = max(float(whole.min()), low - room)
    high = min(float(whole.max()), high + room)
    margin = max(0.08 * room, 0.4 * least)
    panel.set_ylim(low - margin, high + margin)


def _draw_density(side: Any, values: Floats, edges: Floats) -> None:
    """Draw each chain's distribution as an outline of its histogram, lying on its side."""
    if edges[0] == edges[-1]:
        edges = edges[0] + np.linspace(-0.5, 0.5, 4)
    for chain, own in enumerate(values):
        shares = np.histogram(own, edges)[0] / len(own)
        side.stairs(
            shares,
            edges,
            orientation="horizontal",
            color=chain_colour(chain),
            linewidth=1.1,
            label=f"chain {chain}",
        )
    side.set_xlim(left=0.0)


def _say(
    canvas: Any, upper: Any, lower: Any, n_chains: int, has_history: bool, verdict: str | None
) -> None:
    """Name the axes and the chains, and what the diagnostics say."""
    upper.set_ylabel("log posterior", color=INK)
    lower.set_ylabel("clusters", color=INK)
    lower.set_xlabel("sweep" if has_history else "draw", color=INK)
    upper.tick_params(labelbottom=False)
    upper.yaxis.set_major_formatter(written(6))
    upper.yaxis.set_major_locator(MaxNLocator(nbins=5))
    lower.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    lower.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    lower.xaxis.set_major_formatter(written())
    said = f"{n_chains} chains" if n_chains > 1 else "1 chain"
    canvas.set_title(f"{said}: {verdict}" if verdict else said, loc="left", color=INK, fontsize=11)
    if has_history:
        canvas.set_title("grey: before the first draw", loc="right", color=QUIET, fontsize=9)
