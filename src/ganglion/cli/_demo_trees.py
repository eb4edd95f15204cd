"""The part of `ganglion demo` with a tree: the same penguins, merged from below, and cut where the gap is widest."""

from __future__ import annotations

from collections import Counter

from ..data import Table
from ..report import tree_report
from ..report.writing import write_page
from ._demo_saying import tell, title
from ._printing import print_table
from ._reading import Coding
from ._subjects import subjects_of
from ._talk import Screen, Talk
from ._tree_content import tree_content
from ._tree_printing import tree_clusters_grid
from ._trees import TreeFound, TreeSettings, cluster_subjects
from ._writing import writing


def tell_tree(screen: Screen, table: Table, columns: tuple[str, ...], page: str) -> None:
    """Grow the tree of the penguins, say where its heights have the widest gap, and write its page."""
    coding = Coding(columns=list(columns), scale="standard", missing="drop", max_categories=50)
    talk = Talk(quiet=True)
    subjects = subjects_of(table, coding, "ward", None, talk)
    found = cluster_subjects(subjects, TreeSettings(method="ward", k=None), talk)
    with writing("page", page):
        write_page(page, tree_report(tree_content(found, title="A tree of penguins")))
    title(screen, "5", "The same penguins as a tree")
    tell(
        screen,
        "Every penguin begins alone, and the two groups that cost least are merged (Ward), until all are one. No "
        "number of groups is needed to begin with.",
    )
    screen.print()
    print_table(screen, tree_clusters_grid(found))
    assert found.choice is not None
    tell(screen, found.choice.reason)
    tell(screen, _purest(found))
    screen.print()


def _purest(found: TreeFound) -> str:
    """Say how pure the groups are in the species that had been put aside."""
    species = found.subjects.table.column("species").values[found.subjects.rows].tolist()
    told: list[str] = []
    for label in range(found.k):
        inside = [
            str(name)
            for name, own in zip(species, found.labels.tolist(), strict=True)
            if own == label
        ]
        counts = Counter(inside)
        told.append(
            f"cluster {label} holds "
            + ", ".join(f"{counts[name]} {name}" for name in sorted(counts))
        )
    return f"By the species that had been put aside, {'; '.join(told)}."
