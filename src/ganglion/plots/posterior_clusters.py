"""How many clusters: the posterior as bars, with each chain's own answer beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from ..explain.posterior import likely_range
from ._axes import ACCENT, INK, PALE, axes_or_new, colour_of, quieten
from ._partitions import chains_of, numbers_of_clusters

LEAST = 5e-4  # shares below it would be drawn as nothing
WIDTH = 0.66


def posterior_clusters(
    draws: ArrayLike,
    *,
    components: Mapping[int, float] | None = None,
    estimate: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the posterior of the number of clusters.

    Parameters
    ----------
    draws : array-like of int, shape (n_draws, n) or (n_chains, n_draws, n)
        Draws from the posterior, such as `BayesianClustering.draws_`.
    components : mapping of int to float, optional
        The posterior of the number of components K of a mixture of finite mixtures
        (`BayesianClustering.n_components_posterior_`), drawn as hollow bars: components may be empty, clusters are not.
    estimate : int, optional
        The number of clusters of the partition that stands for all, which is marked. It need not be the most probable
        number.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: a container of bars "clusters", a collection "chain i" of dots for each of several chains, and with
        `components` a container "components".

    Raises
    ------
    ParameterError
        The draws are no partitions, or components hold no probabilities.

    Notes
    -----
    A bar is the share of all draws with k clusters. The dots are the shares of the single chains: where they lie far
    apart, the chains have not yet seen the same posterior. Time O(n log n) for each draw.

    Examples
    --------
    >>> import ganglion as gl
    >>> ax = gl.plots.posterior_clusters([[0, 0, 1], [0, 1, 2], [0, 0, 1], [0, 0, 1]])
    >>> [round(float(bar.get_height()), 2) for bar in ax.patches]
    [0.75, 0.25]
    """
    counts = numbers_of_clusters(chains_of(draws))
    last = int(counts.max()) + 1
    shares = np.stack([np.bincount(chain, minlength=last) / len(chain) for chain in counts])
    whole = np.bincount(counts.ravel(), minlength=last) / counts.size
    hidden = _checked(components)
    canvas = axes_or_new(ax, size=(6.4, 4.0))
    canvas.grid(axis="y", color=PALE, linewidth=0.8)
    shown = np.flatnonzero(whole >= LEAST)
    half = WIDTH / 2 if hidden is not None else WIDTH
    places = shown.astype(np.float64) - (half / 2 if hidden is not None else 0.0)
    canvas.bar(places, whole[shown], width=half, color=colour_of(0), label="clusters")
    if hidden is not None:
        _draw_components(canvas, hidden, half)
    if len(shares) > 1:
        _draw_chains(canvas, shares, shown, places, half)
    if estimate is not None:
        _mark(canvas, estimate)
    _say(canvas, whole, hidden is not None)
    return canvas


def _checked(components: Mapping[int, float] | None) -> dict[int, float] | None:
    """Return the probabilities of K, or refuse what are none."""
    if components is None:
        return None
    found = {int(k): float(share) for k, share in components.items()}
    sound = all(k >= 1 and 0.0 <= share <= 1.0 + 1e-9 for k, share in found.items())
    if not found or not sound or abs(sum(found.values()) - 1.0) > 0.01:
        raise ParameterError(
            "components must give a probability for each number of components, and they must add up to 1; got "
            f"{dict(list(found.items())[:5])}. Pass n_components_posterior_."
        )
    return found


def _draw_components(canvas: Any, hidden: dict[int, float], width: float) -> None:
    """Draw P(K = k) as hollow bars right of the others."""
    k = np.array([k for k, share in hidden.items() if share >= LEAST])
    shares = np.array([share for share in hidden.values() if share >= LEAST])
    canvas.bar(
        k + width / 2,
        shares,
        width=width * 0.94,
        facecolor="white",
        edgecolor=colour_of(5),
        linewidth=1.4,
        label="components",
    )


def _draw_chains(
    canvas: Any,
    shares: NDArray[np.float64],
    shown: NDArray[np.intp],
    places: NDArray[np.float64],
    width: float,
) -> None:
    """Draw each chain's share as a dot in front of the bar, the chains side by side."""
    steps = (np.arange(len(shares)) - (len(shares) - 1) / 2) / max(len(shares), 5)
    for chain, own in enumerate(shares):
        canvas.scatter(
            places + 0.8 * width * steps[chain],
            own[shown],
            s=17.0,
            facecolor="white",
            edgecolors=INK,
            linewidths=0.9,
            zorder=3,
            label=f"chain {chain}",
        )


def _mark(canvas: Any, estimate: int) -> None:
    """Mark the number of clusters of the partition that stands for all, above its bar."""
    canvas.annotate(
        "estimate",
        xy=(estimate, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, -2),
        textcoords="offset points",
        ha="center",
        va="top",
        color=ACCENT,
        fontsize=9.5,
    )
    canvas.axvline(
        estimate, ymax=0.93, color=ACCENT, linewidth=1.1, linestyle=(0, (4, 3)), zorder=0.5
    )


def _say(canvas: Any, whole: NDArray[np.float64], has_components: bool) -> None:
    """Name the axes, and say the answer."""
    best = int(np.argmax(whole))
    noun = "cluster" if best == 1 else "clusters"
    low, high = likely_range(whole)
    said = f"most probable: {best} {noun} ({100 * whole[best]:.0f} %)"
    said += f"; {low} to {high} hold 95 %" if low < high else ""
    canvas.set_title(said, loc="left", color=INK, fontsize=11)
    what = (
        "number of clusters (filled) or components (hollow)"
        if has_components
        else "number of clusters"
    )
    canvas.set_xlabel(what, color=INK)
    canvas.set_ylabel("posterior probability", color=INK)
    canvas.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    canvas.xaxis.set_major_locator(MaxNLocator(nbins=14, integer=True, min_n_ticks=1))
    canvas.set_ylim(0.0, 1.16 * canvas.get_ylim()[1])
    left, right = canvas.get_xlim()
    canvas.set_xlim(min(left, best - 1.5), max(right, best + 1.5))
    quieten(canvas)
