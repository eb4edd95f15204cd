"""Results on a terminal: tables that also read well in a file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from math import floor, isfinite, log10
from typing import Any

import click
from rich import box
from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table as Grid
from rich.text import Text

from ..cluster import TableClustering, TableMedoids, TablePosterior, TableTree
from ._clustering import Clustering, Curve
from ._talk import Screen, clean

STOPPED = {
    "labels": "then no row changed its cluster any more",
    "tol": "then the centres hardly moved any more",
    "max_iter": "the most that were allowed: the clusters had not settled, raise --max-iter",
}
BAR = 24
LONGEST_NAME = 60


def print_json(value: Any) -> None:
    """Print one JSON object."""
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2))


def finite(value: float) -> float | None:
    """Return a number that JSON has; None for NaN and infinity."""
    return float(value) if isfinite(value) else None


def plural(n: int, noun: str) -> str:
    """Return a count and its noun."""
    return f"{n:,} {noun if n == 1 else noun + 's'}"


def percent(share: float) -> str:
    """Return a share, from 0 to 1 but for rounding, with one decimal; the rare is not rounded to nothing."""
    if 0 < share < 0.0005:
        return "<0.1 %"
    return ">99.9 %" if 0.9995 <= share < 1 else f"{abs(share) * 100:.1f} %"


def aligned(values: Sequence[float]) -> list[str]:
    """Return numbers with as many decimals as the largest needs for six digits."""
    largest = max(map(abs, values), default=0.0)
    if largest == 0 or not 1e-4 <= largest < 1e15:
        return [f"{value:.5g}" for value in values]
    decimals = max(0, 5 - floor(log10(largest)))
    return [f"{value:,.{decimals}f}" for value in values]


def grid(*headings: str, right: Sequence[str] = ()) -> Grid:
    """Return an empty table; the columns named in `right` hold numbers."""
    table = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in headings:
        justify = "right" if heading in right else "left"
        table.add_column(
            Text(clean(heading)), justify=justify, no_wrap=heading in right, overflow="fold"
        )
    return table


def print_stripped(screen: Screen, what: RenderableType) -> None:
    """Print a block without the blanks that fill its lines up to the width of the screen.

    A table that does not fit is wider than the screen: a number that is cut is another number.
    """
    width = screen.width
    if isinstance(what, Grid):
        screen.width = max(width, _least_width(what))
    with screen.capture() as captured:
        screen.print(what)
    screen.width = width
    screen.file.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")


def _least_width(table: Grid) -> int:
    """Return the width at which every number is whole, and the other columns hold each word of their headings."""
    widths = [
        max(cell_len(str(cell)) for cell in (column.header, *column.cells))
        if column.no_wrap
        else max(map(cell_len, str(column.header).split()), default=0)
        for column in table.columns
    ]
    return sum(widths) + 3 * max(len(widths) - 1, 0)


def print_table(screen: Screen, table: Grid) -> None:
    """Print a table with a blank line behind it."""
    print_stripped(screen, table)
    screen.print()


def print_headline(screen: Screen, source: str, text: str) -> None:
    """Print the line that says what was found in which file, and a blank one."""
    name = Text(f"{clean(source, LONGEST_NAME)}: ", style="bold")
    screen.print(name.append(text, style="not bold"), soft_wrap=True)
    screen.print()


def print_clusters(found: Clustering, screen: Screen) -> None:
    """Print what was found: one line, a table, and how the run ended."""
    run = found.run
    text = f"{plural(len(found.design.rows), 'row')} in {plural(found.k, 'cluster')}"
    if run.tss > 0 and found.k > 1:
        text += f", which account for {percent(run.bss / run.tss)} of the spread"
    print_headline(screen, found.table.source, text)
    print_table(screen, clusters_grid(found))
    wss, bss, tss = aligned([run.inertia, run.bss, run.tss])
    steps = plural(run.n_iter, "step")
    screen.print(
        f"WSS {wss} + BSS {bss} = TSS {tss}. {steps}, {STOPPED.get(run.stopped_by, run.stopped_by)}.",
        soft_wrap=True,
    )
    if found.k == 1 and found.curve is not None:
        screen.print()
        screen.print(Text(found.curve.reason), soft_wrap=True)


def clusters_grid(found: Clustering) -> Grid:
    """Return sizes and sentences of the clusters."""
    heads = ("cluster", "rows", "share")
    table = grid(*heads, "what sets it apart", right=heads)
    for card in found.cards:
        parts = "\n".join(clean(part) for part in card.sentence.split("; "))
        table.add_row(str(card.label), f"{card.size:,}", percent(card.share), Text(parts))
    return table


def print_curve(curve: Curve, source: str, screen: Screen) -> None:
    """Print a curve over k, and what it says."""
    k = curve.choice.k
    answer = "no number of clusters stands out" if k is None else plural(k, "cluster")
    print_headline(screen, source, answer)
    print_table(screen, curve_grid(curve, screen))
    print_table(screen, rules_grid(curve))
    print_stripped(screen, curve.reason)


def rules_grid(curve: Curve) -> Grid:
    """Return what each rule names, and why."""
    table = grid("rule", "k", "why", right=("k",))
    for row in curve.choice.rules:
        vote = "-" if row.vote is None else str(row.vote)
        table.add_row(row.name.replace("_", " "), vote, Text(row.reason))
    return table


def curve_grid(curve: Curve, screen: Screen) -> Grid:
    """Return the curve as a table with bars."""
    found = curve.choice.table
    heads = ("k", "WSS", "explained")
    table = grid(*heads, "", right=heads)
    mark, pointer = ("#", "<-") if screen.options.ascii_only else ("━", "◀")
    longest = found["wss"][0] or 1.0
    rows = zip(found["k"], found["wss"], aligned(found["wss"]), found["explained"], strict=True)
    for k, wss, shown, share in rows:
        bar = Text(mark * max(1, round(BAR * wss / longest)), style="cyan")
        if k == curve.choice.k:
            knee = "the knee" if curve.choice.votes.get("elbow") == k else "chosen"
            bar.append(f"  {pointer} {knee}", style="bold not cyan")
        table.add_row(str(int(k)), shown, percent(share), bar)
    return table


def print_assigned(
    source: str,
    headline: str,
    sizes: Sequence[int],
    known: TableClustering | TableMedoids | TablePosterior | TableTree,
    screen: Screen,
    rejected: int | None = None,
) -> None:
    """Print how many rows each cluster of a model got, beside what it had; last those that are too far from all."""
    print_headline(screen, source, headline)
    heads = ("cluster", "rows", "share", "share in the model's table")
    table = grid(*heads, right=heads)
    total, before = sum(sizes) or 1, int(known.sizes.sum()) or 1
    shares = [percent(old / before) for old in known.sizes.tolist()]
    names = [str(label) for label in range(len(shares))]
    if len(sizes) > len(shares):  # a posterior knows of clusters that its table did not have
        names.append("new")
        shares.append("-")
    if rejected is not None:
        names, shares, sizes = [*names, "none"], [*shares, "-"], [*sizes, rejected]
        total = sum(sizes) or 1
    for name, size, share in zip(names, sizes, shares, strict=True):
        table.add_row(name, f"{size:,}", percent(size / total), share)
    print_stripped(screen, table)


def cross_grid(heading: str, labels: Sequence[int], kinds: Sequence[str], k: int) -> Grid:
    """Return how often each kind is in each cluster."""
    clusters = [str(label) for label in range(k)]
    table = grid(heading, *clusters, right=clusters)
    pairs = Counter(zip(kinds, labels, strict=True))
    for kind in sorted(set(kinds)):
        table.add_row(Text(clean(kind)), *(str(pairs[kind, label] or "-") for label in range(k)))
    return table
