"""Clusters from a tree, or around medoids, on a terminal."""

from __future__ import annotations

from rich.table import Table as Grid
from rich.text import Text

from ..report import _wording
from ._printing import grid, percent, plural, print_headline, print_table
from ._talk import Screen, clean
from ._tree_content import FREQUENT, most_frequent
from ._trees import DIVISIVE, TreeFound

MOST_ROWS = 30
LONGEST_EXAMPLE = 70


def print_tree_clusters(found: TreeFound, screen: Screen) -> None:
    """Print what was found: one line, a table, and how it came about."""
    subjects = found.subjects
    text = f"{plural(len(subjects.rows), 'row')} in {plural(found.k, 'cluster')}"
    print_headline(screen, subjects.table.source, text)
    print_table(screen, tree_clusters_grid(found))
    if found.k > MOST_ROWS:
        rest = int(found.sizes[MOST_ROWS:].sum())
        screen.print(
            f"and {plural(found.k - MOST_ROWS, 'smaller cluster')} with {plural(rest, 'row')}; "
            "--labels and --json have them all.",
            soft_wrap=True,
        )
    screen.print(how_it_came_about(found), soft_wrap=True)


def tree_clusters_grid(found: TreeFound) -> Grid:
    """Return sizes, examples and what sets clusters apart."""
    heads = ("cluster", "rows", "share")
    is_repeated = bool((found.subjects.counts > 1).any())
    last = "most frequent in it" if is_repeated else "nearest to it"
    last = "what sets it apart" if found.cards else last
    table = grid(*heads, "example", last, right=heads)
    for label, size in enumerate(found.sizes[:MOST_ROWS].tolist()):
        example = clean(found.subjects.heads[found.examples[label].medoid], LONGEST_EXAMPLE)
        if found.cards:
            more = "\n".join(clean(piece) for piece in found.cards[label].sentence.split("; "))
        elif not is_repeated:
            near = map(int, found.examples[label].typical[:FREQUENT])
            more = ", ".join(clean(found.subjects.names[item], LONGEST_EXAMPLE) for item in near)
        else:
            more = ", ".join(
                _with_count(found, item) for item in most_frequent(found, label, FREQUENT)
            )
        share = percent(size / len(found.labels))
        table.add_row(str(label), f"{size:,}", share, Text(example), Text(more))
    return table


def _with_count(found: TreeFound, item: int) -> str:
    """Return a text and how many rows hold it."""
    times = f"{found.subjects.counts[item]:,}"
    return f"{clean(found.subjects.names[item], LONGEST_EXAMPLE)} ({times})"


def how_it_came_about(found: TreeFound) -> str:
    """Say by what method and where it was cut."""
    subjects, settings = found.subjects, found.settings
    what = plural(
        subjects.items.n, f"different {subjects.noun}" if subjects.is_distinct else subjects.noun
    )
    over = f"{subjects.items.metric} distances of {what}"
    if found.run is not None:
        return (
            f"k-medoids over {over}: sum of distances {_wording.number(found.run.inertia, 6)} after "
            f"{plural(found.run.n_swaps, 'swap')}."
        )
    how = (
        f"Divided by {settings.method}"
        if settings.method in DIVISIVE
        else f"{settings.method} linkage"
    )
    if settings.height is not None:
        return f"{how} over {over}, cut at height {settings.height:g}."
    if settings.k is None and found.choice is not None:
        return f"{how} over {over}. {found.choice.reason}"
    return f"{how} over {over}, cut into {found.k}."
