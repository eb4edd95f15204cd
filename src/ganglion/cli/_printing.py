"""Results on a terminal: tables that also read well in a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from rich import box
from rich.table import Table as Grid
from rich.text import Text

from ..cluster import TableClustering
from ..report import _wording
from ._clustering import Clustering, Curve
from ._talk import Screen, clean

STOPPED = {
    "labels": "then no row changed its cluster any more",
    "tol": "then the centres hardly moved any more",
    "max_iter": "the most that were allowed, and the clusters had not settled: raise --max-iter",
}
BAR = 24
LONGEST_NAME = 60


def print_json(value: Any) -> None:
    """Print one JSON object."""
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2))


def plural(n: int, noun: str) -> str:
    """Return a count and its noun."""
    return f"{n:,} {noun if n == 1 else noun + 's'}"


def percent(share: float) -> str:
    """Return a share for a terminal."""
    return _wording.percent(share).replace("\N{NO-BREAK SPACE}", " ")


def grid(*headings: str, right: Sequence[str] = ()) -> Grid:
    """Return an empty table; the columns named in `right` hold numbers."""
    table = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in headings:
        justify = "right" if heading in right else "left"
        table.add_column(
            Text(heading), justify=justify, no_wrap=heading in right, overflow="fold"
        )
    return table


def print_lines(screen: Screen, table: Grid) -> None:
    """Print a table between blank lines, without the blanks that pad its lines."""
    with screen.capture() as captured:
        screen.print(table)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    screen.file.write("\n" + "\n".join(lines) + "\n\n")
    screen.file.flush()


def print_headline(screen: Screen, source: str, text: str) -> None:
    """Print the line that says what was found in which file."""
    name = Text(f"{clean(source, LONGEST_NAME)}: ", style="bold")
    screen.print(name.append(text, style="default"), soft_wrap=True)


def print_clusters(found: Clustering, screen: Screen) -> None:
    """Print what was found: one line, a table, and how the run ended."""
    run = found.run
    text = f"{plural(len(found.design.rows), 'row')} in {plural(found.k, 'cluster')}"
    if run.tss > 0:
        text += f", which account for {percent(run.bss / run.tss)} of the spread"
    print_headline(screen, found.table.source, text)
    print_lines(screen, clusters_grid(found))
    wss, bss, tss = (_wording.number(value, 6) for value in (run.inertia, run.bss, run.tss))
    steps = plural(run.n_iter, "step")
    screen.print(
        f"WSS {wss} + BSS {bss} = TSS {tss}. {steps}, {STOPPED.get(run.stopped_by, run.stopped_by)}.",
        soft_wrap=True,
    )


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
    print_lines(screen, curve_grid(curve))
    screen.print(curve.reason)


def curve_grid(curve: Curve) -> Grid:
    """Return the curve as a table with bars."""
    found = curve.choice.table
    heads = ("k", "WSS", "explained")
    table = grid(*heads, "", right=heads)
    first = found["wss"][0] or 1.0
    for k, wss, share in zip(found["k"], found["wss"], found["explained"], strict=True):
        bar = Text("━" * max(1, round(BAR * wss / first)), style="cyan")
        if k == curve.choice.k:
            bar.append("  ◀ the knee", style="bold")
        table.add_row(str(int(k)), _wording.number(wss, 6), percent(share), bar)
    return table


def print_assigned(
    source: str, headline: str, sizes: Sequence[int], known: TableClustering, screen: Screen
) -> None:
    """Print how many rows each cluster of a model got, beside what it had."""
    print_headline(screen, source, headline)
    heads = ("cluster", "rows", "share", "share when it was made")
    table = grid(*heads, right=heads)
    total, before = sum(sizes) or 1, int(known.sizes.sum()) or 1
    for label, (size, old) in enumerate(zip(sizes, known.sizes.tolist(), strict=True)):
        table.add_row(str(label), f"{size:,}", percent(size / total), percent(old / before))
    print_lines(screen, table)


def cross_grid(labels: Sequence[int], kinds: Sequence[str], k: int) -> Grid:
    """Return how often each cluster meets each kind."""
    names = sorted(set(kinds))
    table = grid("cluster", *names, right=("cluster", *names))
    for label in range(k):
        mine = [kind for kind, own in zip(kinds, labels, strict=True) if own == label]
        table.add_row(str(label), *(str(mine.count(name) or "·") for name in names))
    return table
