"""The sections that every page of clusters has, whatever method found them, and where each stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..explain.clusters import ClusterCard
from .parts import CardPart, KPart, ProblemsPart, ReproducePart, RulesPart, card_of
from .parts.page import draw_part
from .parts.sizing import Drawn, Limits

MEANS_APART = (
    "Bars show how far the mean of a cluster lies from the mean of all, in standard deviations, on one scale for all "
    "clusters. The values beside them are in the units of the data."
)


@dataclass(frozen=True, kw_only=True)
class Sections:
    """What a page of clusters says beside what its method has to say.

    Attributes
    ----------
    sure : sequence of str
        How sure the answer is, and what the clusters are: sentences below the headline.
    doubts : sequence of str
        What speaks against relying on it.
    rules : RulesPart or None
        The clusters as rules in words.
    choice : KPart or None
        How the number of clusters was chosen.
    problems : ProblemsPart or None
        What to know about the data.
    command : str
        The command line that makes the page again.
    versions : sequence of (str, str)
        What it was made with beside ganglion.
    """

    sure: Sequence[str] = ()
    doubts: Sequence[str] = ()
    rules: RulesPart | None = None
    choice: KPart | None = None
    problems: ProblemsPart | None = None
    command: str = ""
    versions: Sequence[tuple[str, str]] = ()


def draw_sections(
    sections: Sections,
    made: ReproducePart,
    limits: Limits,
    own: Sequence[tuple[str, str]],
) -> Mapping[str, object]:
    """Draw the common sections, and list all of the page: `own` are the (id, title) of its method, in their order.

    A place in `own` that is "rules" or "choice" is left out where there is no such section.
    """
    made = replace(made, command=sections.command, versions=sections.versions)
    drawn: dict[str, Drawn] = {}
    for name, part in (
        ("rules", sections.rules),
        ("choice", sections.choice),
        ("problems", sections.problems),
        ("reproduce", made),
    ):
        if part is not None:
            drawn[name] = draw_part(part, limits, name)
    listed = [
        (at, drawn[at].title if at in drawn else title)
        for at, title in (*own, ("problems", ""), ("reproduce", ""))
        if title or at in drawn
    ]
    return {
        "sections": drawn,
        "listed": listed,
        "said": [limits.shown(sentence) for sentence in sections.sure[:6]],
        "doubts": [limits.shown(sentence) for sentence in sections.doubts[:6]],
    }


def draw_cluster_cards(
    cards: Sequence[ClusterCard],
    noun: str,
    row_name: Callable[[int], str],
    limits: Limits,
) -> Drawn:
    """Draw what sets each cluster apart, with its members called by their rows."""
    part = CardPart(
        cards=[card_of(card, name=f"Cluster {card.label}", row_name=row_name) for card in cards],
        noun=noun,
        title="What sets each cluster apart",
        caption=MEANS_APART,
        with_sizes=False,
    )
    return draw_part(part, limits, "cards")
