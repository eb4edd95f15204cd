"""The page about labels that came from anywhere: what they mean, where they lie, by which rules, who fits in badly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..explain import ClusterCard, Explanation
from ..explain.plane import Plane
from ._sections import MEANS_APART
from ._wording import percent, plural
from .parts import (
    Answer,
    CardPart,
    Part,
    PointMap,
    ProblemsPart,
    ReproducePart,
    RulesPart,
    TablePart,
    card_of,
    page,
    rules_of,
)
from .parts._cards import MAX_CARDS

MOST_NAMED = 200  # of more clusters the map names those that have a card


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplainedPage:
    """What the page about labels is made of.

    Attributes
    ----------
    source : str
        What was explained, such as the file's name.
    found : Explanation
        What the labels mean.
    rows : ndarray of shape (n,), int64
        The row of the table, from 0, of each label.
    labels : ndarray of shape (n,)
        The label of each, in the numbers of the cards.
    plane : Plane or None
        The rows in the plane in which they are widest; None leaves the map out.
    problems : ProblemsPart or None
        What is wrong with the table.
    made : ReproducePart
        How to make the page again.
    """

    source: str
    found: Explanation
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    plane: Plane | None
    problems: ProblemsPart | None
    made: ReproducePart


def explained_page(content: ExplainedPage) -> str:
    """Make the page about labels.

    Parameters
    ----------
    content : ExplainedPage
        All that it says.

    Returns
    -------
    str
        One self-contained HTML file.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.explain import explain_clusters
    >>> from ganglion.report.explained import ExplainedPage, explained_page
    >>> from ganglion.report.parts import ReproducePart
    >>> found = explain_clusters([[1.0], [2.0], [8.0], [9.0]], [0, 0, 1, 1])
    >>> rows = np.arange(4)
    >>> content = ExplainedPage(
    ...     source="four.csv",
    ...     found=found,
    ...     rows=rows,
    ...     labels=np.array([0, 0, 1, 1]),
    ...     plane=None,
    ...     problems=None,
    ...     made=ReproducePart(),
    ... )
    >>> explained_page(content)[:15]
    '<!doctype html>'
    """
    parts: list[Answer | Part] = [_answer(content)]
    if content.plane is not None:
        parts.append(_map(content, content.plane))
    parts.append(_cards(content))
    if len(content.found.cards) > MAX_CARDS:
        parts.append(_others(content))
    if content.found.tree is not None:
        parts.append(_rules(content))
    if content.found.misfits is not None and content.found.misfits.first:
        parts.append(_misfits(content))
    if content.problems is not None:
        parts.append(content.problems)
    parts.append(content.made)
    return page(f"Clusters of {content.source}", parts, kicker=f"Labels of {content.source}")


def _clusters(content: ExplainedPage) -> list[ClusterCard]:
    """The cards of all clusters but the noise."""
    return [card for card in content.found.cards if not card.is_noise]


def _places(content: ExplainedPage) -> dict[int, int]:
    """Which colour each label has: clusters count from 0, those with cards first; the noise is -1."""
    clusters = _clusters(content)
    if len(clusters) > MOST_NAMED:
        large = {card.label for card in sorted(clusters, key=lambda c: -c.size)[:MAX_CARDS]}
        clusters.sort(key=lambda card: card.label not in large)  # stable: by label otherwise
    return {card.label: at for at, card in enumerate(clusters)} | {-1: -1}


def _answer(content: ExplainedPage) -> Answer:
    """The sentences, and the numbers to see at a glance."""
    found, clusters = content.found, _clusters(content)
    n = len(content.rows)
    largest = max(found.cards, key=lambda card: card.size)
    said = [
        f"{plural(n, 'row')} of {content.source} are in {plural(len(clusters), 'cluster')}.",
        f"The largest, {largest.name}, has {percent(largest.share)} of them: {largest.sentence}.",
    ]
    facts = [("rows", f"{n:,}"), ("clusters", f"{len(clusters):,}")]
    doubts: list[str] = []
    if found.tree is not None:
        said.append(found.tree.faith)
        facts.append(("fidelity of the rules", percent(found.tree.fidelity)))
    if found.misfits is not None:
        facts.append(("misfits", f"{len(found.misfits.rows):,}"))
        counts = found.misfits.counts
        if counts["elsewhere"] > 0.05 * n:
            doubts.append(
                f"{plural(counts['elsewhere'], 'row')} lie nearer to the centre of another cluster than to that of "
                "their own: the clusters overlap in these columns, or are no balls."
            )
    return Answer(sentences=said, facts=facts, doubts=doubts)


def _map(content: ExplainedPage, plane: Plane) -> PointMap:
    """The rows in the plane."""
    places = _places(content)
    first, second = (percent(float(share)) for share in plane.explained)
    labels = np.array([places[label] for label in content.labels.tolist()], dtype=np.int64)
    names = [card.name for card in sorted(_clusters(content), key=lambda c: places[c.label])]
    if len(names) > MOST_NAMED:
        names = [*names[:MAX_CARDS], "all other clusters"]
        labels = np.minimum(labels, MAX_CARDS)
    return PointMap(
        points=plane.coordinates,
        labels=labels,
        names=names,
        texts=[f"row {row + 1:,}" for row in content.rows.tolist()],
        axes=(f"first axis ({first} of the spread)", f"second axis ({second})"),
        caption="Each row in the plane in which the rows are most spread out.",
    )


def _cards(content: ExplainedPage) -> CardPart:
    """A card for each cluster, with its neighbour and its members."""
    places = _places(content)
    names = {card.label: card.name for card in content.found.cards}

    def called(at: int) -> str:
        return f"row {content.rows[at] + 1:,}"

    cards = [
        card_of(
            replace(
                card, label=places[card.label], nearest=None, contrast=()
            ),  # told by name below
            name=card.name,
            facts=_facts(card, names),
            row_name=called,
        )
        for card in content.found.cards
    ]
    return CardPart(cards=cards, title="What sets each cluster apart", caption=MEANS_APART)


def _others(content: ExplainedPage) -> TablePart:
    """The clusters that have no card, by size."""
    others = sorted(content.found.cards, key=lambda card: -card.size)[MAX_CARDS:]
    return TablePart(
        columns=["cluster", "what sets it apart", "rows", "share"],
        rows=[(card.name, card.sentence, card.size, percent(card.share)) for card in others],
        title="The other clusters",
        caption=f"There are {len(content.found.cards):,} clusters; the {MAX_CARDS} largest have a card above.",
        n_rows=len(others),
    )


def _facts(card: ClusterCard, names: dict[int, str]) -> Sequence[tuple[str, str]]:
    """The nearest cluster, and what separates the two."""
    if card.nearest is None:
        return ()
    apart = "; ".join(part.text for part in card.contrast[:3])
    return (("nearest", names[card.nearest]), ("what separates the two", apart or "nothing"))


def _rules(content: ExplainedPage) -> RulesPart:
    """The rules, in the colours of the clusters."""
    tree, places = content.found.tree, _places(content)
    assert tree is not None
    rules = tuple(replace(rule, label=places[rule.label]) for rule in tree.rules)
    return rules_of(replace(tree, rules=rules))


def _misfits(content: ExplainedPage) -> TablePart:
    """The first rows that belong to no cluster well."""
    misfits = content.found.misfits
    assert misfits is not None
    names = {card.label: card.name for card in content.found.cards}
    rows = [
        (
            names[part.label],
            part.text,
            int(content.rows[part.row]) + 1,
            round(part.distance, 2),
            round(part.margin, 2),
        )
        for part in misfits.first
    ]
    return TablePart(
        columns=["cluster", "why", "row", "distance in spreads", "margin"],
        rows=rows,
        title="Rows that belong to no cluster well",
        caption="Margin: 1 is safe, 0 is halfway to another cluster, below 0 nearer to it.",
        n_rows=len(misfits.rows),
    )
