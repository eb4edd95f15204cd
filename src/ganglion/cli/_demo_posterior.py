"""The part of `ganglion demo` with a posterior: the same penguins in all ways at once, and how sure each way is."""

from __future__ import annotations

from collections import Counter

from ..data import Table
from ..report import posterior_report
from ..report.writing import write_page
from ._demo_saying import tell, title
from ._posterior import PosteriorFound, PosteriorSettings, find_posterior
from ._posterior_content import posterior_content
from ._posterior_model import PriorSettings, model_table
from ._posterior_printing import counts_grid, how_far
from ._printing import print_table
from ._reading import Coding
from ._talk import Screen, Talk
from ._writing import writing

# Short, because nobody waits for a demo: what its verdict is then for can be seen.
SETTINGS = PosteriorSettings(draws=250, burn_in=150, thin=3)


def tell_posterior(screen: Screen, table: Table, columns: tuple[str, ...], page: str) -> None:
    """Draw partitions of the penguins, say what they say, and write their page."""
    coding = Coding(columns=list(columns), scale="standard", missing="drop", max_categories=50)
    model = model_table(table, coding, "normal", missing_given=False)
    found = find_posterior(model, PriorSettings(), SETTINGS, Talk(quiet=True), with_replay=True)
    with writing("page", page):
        write_page(page, posterior_report(posterior_content(found, title="All ways at once")))
    title(screen, "6", "And all ways to group them at once?")
    tell(
        screen,
        "One grouping is not the only one that the data allow. Four chains walk from grouping to grouping and visit "
        "each as often as its probability says. Nobody says how many groups there are.",
    )
    screen.print()
    print_table(screen, counts_grid(found, screen))
    tell(screen, " ".join((found.diagnostics.sentence, found.advice())).strip())
    tell(screen, how_far(found))
    tell(screen, _kinds(found))
    screen.print()


def _kinds(found: PosteriorFound) -> str:
    """Say which species each cluster holds."""
    species = found.model.table.column("species").values[found.rows].tolist()
    told: list[str] = []
    for label in range(found.k):
        pairs = zip(species, found.labels.tolist(), strict=True)
        counts = Counter(str(name) for name, own in pairs if own == label)
        held = ", ".join(f"{counts[name]} {name}" for name in sorted(counts))
        told.append(f"cluster {label} holds {held}")
    return f"By the species that had been put aside, {'; '.join(told)}."
