"""A posterior over partitions on a terminal."""

from __future__ import annotations

import numpy as np
from rich.table import Table as Grid
from rich.text import Text

from ..explain.partitions import compare_partitions
from ..explain.posterior import likely_range
from ._posterior import LEVEL, PosteriorFound
from ._printing import grid, percent, plural, print_headline, print_table
from ._talk import Screen, clean

BAR = 24
LEAST = 0.005
DOUBTFUL = 0.75


def print_posterior(found: PosteriorFound, screen: Screen) -> None:
    """Print the verdict first, then the number of clusters, the clusters, and how far they may be off."""
    rows = plural(len(found.rows), "row")
    print_headline(
        screen, found.model.table.source, f"{rows} in {plural(found.k, 'cluster')}; {likely(found)}"
    )
    style = "bold green" if found.diagnostics.verdict == "converged" else "bold yellow"
    said = " ".join((found.diagnostics.sentence, found.advice())).strip()
    verdict = Text(clean(said, 2000), style=style)
    screen.print(verdict, soft_wrap=True)
    screen.print()
    print_table(screen, counts_grid(found, screen))
    print_table(screen, posterior_grid(found))
    screen.print(how_far(found), soft_wrap=True)


def likely(found: PosteriorFound) -> str:
    """Say which numbers of clusters are likely."""
    counts = found.counts()
    shares = np.zeros(max(counts) + 1)
    for k, share in counts.items():
        shares[k] = share
    low, high = likely_range(shares / shares.sum())
    if low == high:
        return f"{low} with probability {percent(float(shares[low]))}"
    return f"{low} to {high} with probability {percent(float(shares[low : high + 1].sum()))}"


def counts_grid(found: PosteriorFound, screen: Screen) -> Grid:
    """Return the posterior of the number of clusters as a table with bars."""
    counts = found.counts()
    table = grid("clusters", "probability", "", right=("clusters", "probability"))
    mark = "#" if screen.options.ascii_only else "━"
    most = max(counts.values())
    for k, share in sorted(counts.items()):
        if share < LEAST and k != found.k:
            continue
        bar = Text(mark * max(1, round(BAR * share / most)), style="cyan")
        if k == found.k:
            bar.append("  shown below", style="bold not cyan")
        table.add_row(str(k), percent(share), bar)
    return table


def posterior_grid(found: PosteriorFound) -> Grid:
    """Return sizes, certainties and sentences of the clusters."""
    heads = ("cluster", "rows", "share", "certainty")
    table = grid(*heads, "what sets it apart", right=heads)
    for card in found.cards:
        sure = float(found.certainty[found.labels == card.label].mean())
        parts = "\n".join(clean(part) for part in card.sentence.split("; "))
        table.add_row(
            str(card.label),
            f"{card.size:,}",
            percent(card.share),
            percent(min(sure, 1.0)),
            Text(parts),
        )
    return table


def how_far(found: PosteriorFound) -> str:
    """Say how much is in doubt, and what the coarsest and the finest partition in the ball are."""
    doubtful = int(np.count_nonzero(found.certainty < DOUBTFUL))
    told = f"{plural(doubtful, 'row')} in doubt (certainty below {100 * DOUBTFUL:.0f} %). "
    unit = " bits" if found.settings.loss == "vi" else ""
    told += f"{100 * LEVEL:g} % of the posterior is within {found.ball.radius:.3g}{unit} of this. "
    for name, partitions in (("coarsest", found.ball.upper), ("finest", found.ball.lower)):
        words = compare_partitions(found.labels, partitions[0]).sentence("row")
        k = plural(int(partitions[0].max()) + 1, "cluster")
        told += f"The {name} in it has {k}: {words}. "
    return told.rstrip()
