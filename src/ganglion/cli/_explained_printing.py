"""Cards, rules and misfits on a terminal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from ..explain import ClusterCard, FeatureDifference, Misfits, Rule, ThresholdTree
from ._explained_content import numbered
from ._explaining import Explained
from ._printing import grid, percent, plural, print_headline, print_table
from ._talk import Screen, clean

MOST_CLUSTERS = 30
MOST_RULES = 60
TOLD_MISFITS = 5
CONTRASTS = 3
LONGEST_NAME = 60


def print_explained(explained: Explained, screen: Screen) -> None:
    """Print what labels mean: cards, neighbours, rules, misfits."""
    found, rows = explained.found, explained.rows
    cards = found.cards
    clusters = [card for card in cards if not card.is_noise]
    text = f"{plural(len(rows), 'row')} in {plural(len(clusters), 'cluster')}"
    if len(clusters) < len(cards):
        text += " and noise"
    print_headline(screen, explained.table.source, text)
    _print_cards(cards, screen)
    print_neighbours(cards, rows, screen)
    if found.tree is not None:
        print_rules(found.tree, screen)
    if found.misfits is not None:
        print_misfits(found.misfits, rows, screen)


def _print_cards(cards: tuple[ClusterCard, ...], screen: Screen) -> None:
    """Print sizes and sentences."""
    right = ("rows", "share")
    table = grid("cluster", *right, "what sets it apart", right=right)
    for card in _told(cards):
        parts = "\n".join(clean(part) for part in card.sentence.split("; "))
        table.add_row(_called(card), f"{card.size:,}", percent(card.share), Text(parts))
    print_table(screen, table)
    if len(cards) > MOST_CLUSTERS:
        screen.print(
            f"These are the {MOST_CLUSTERS} largest of {len(cards):,} clusters; --json has them all.\n",
            soft_wrap=True,
        )


def _told(cards: tuple[ClusterCard, ...]) -> list[ClusterCard]:
    """The cards that are printed: all by their labels, or the largest first where there are too many."""
    if len(cards) <= MOST_CLUSTERS:
        return list(cards)
    return sorted(cards, key=lambda card: -card.size)[:MOST_CLUSTERS]


def _called(card: ClusterCard) -> Text:
    """A cluster's name, for a column that is headed "cluster"."""
    return Text(clean(card.name.removeprefix("cluster ") or card.name, LONGEST_NAME))


def print_neighbours(
    cards: tuple[ClusterCard, ...], rows: NDArray[np.int64], screen: Screen
) -> None:
    """Print for each cluster the nearest one, what separates the two, and rows that stand for it."""
    if not any(card.typical or card.borderline for card in cards):
        return
    names = {card.label: card for card in cards}
    table = grid("cluster", "nearest", "what separates the two", "typical rows", "borderline rows")
    for card in _told(cards):
        near = Text("-") if card.nearest is None else _called(names[card.nearest])
        apart = "\n".join(clean(_against(part)) for part in card.contrast[:CONTRASTS]) or "-"
        table.add_row(
            _called(card),
            near,
            Text(apart),
            Text(_rows(card.typical, rows)),
            Text(_rows(card.borderline, rows)),
        )
    print_table(screen, table)


def _against(part: FeatureDifference) -> str:
    """A comparison with the cluster that is named beside it."""
    name = part.name if part.category is None else f"{part.name} {part.category}"
    return f"{name} {part.value_text} against {part.overall_text}"


def _rows(positions: tuple[int, ...], rows: NDArray[np.int64]) -> str:
    """Row numbers of the file, apart by commas."""
    return ", ".join(map(str, numbered(positions, rows))) or "-"


def print_main_rules(tree: ThresholdTree | None, screen: Screen) -> None:
    """Print for each cluster the rule that catches most of it, and how faithful all rules together are."""
    if tree is None:
        return
    main: dict[int, Rule] = {}
    for rule in tree.rules:
        main.setdefault(rule.label, rule)  # the largest of a cluster comes first
    screen.print()
    print_rules(tree, screen, tuple(main.values()))


def print_rules(tree: ThresholdTree, screen: Screen, rules: tuple[Rule, ...] | None = None) -> None:
    """Print rules in words, all or some, and how faithful all are."""
    right = ("rows", "right")
    table = grid("cluster", "rule", *right, right=right)
    told = (tree.rules if rules is None else rules)[:MOST_RULES]
    for rule in told:
        name = rule.name.removeprefix("cluster ") or rule.name
        words = "\nand ".join(clean(part.text) for part in rule.conditions) or "every row"
        share = percent(rule.precision)
        table.add_row(Text(clean(name, LONGEST_NAME)), Text(words), f"{rule.size:,}", share)
    print_table(screen, table)
    text = tree.faith
    if len(told) < len(tree.rules):
        text = f"{plural(len(tree.rules) - len(told), 'smaller rule')} not shown. {text}"
    if tree.without_rule:
        n = len(tree.without_rule)
        text += f" {plural(n, 'cluster')} {'has' if n == 1 else 'have'} no rule."
    screen.print(text, soft_wrap=True)


def print_misfits(misfits: Misfits, rows: NDArray[np.int64], screen: Screen) -> None:
    """Print how many rows belong to no cluster well, and the first of them."""
    if len(misfits.rows) == 0:
        screen.print("Every row belongs to its cluster well.", soft_wrap=True)
        return
    counts = misfits.counts
    verb = "belongs" if len(misfits.rows) == 1 else "belong"
    screen.print(
        f"{plural(len(misfits.rows), 'row')} {verb} to no cluster well: {counts['far']:,} far from all, "
        f"{counts['elsewhere']:,} nearer to another, {counts['between']:,} between two. "
        "--misfits OUT.csv writes how well each row belongs.",
        soft_wrap=True,
    )
    for part in misfits.first[:TOLD_MISFITS]:
        screen.print(f"  row {rows[part.row] + 1:,}: {clean(part.text)}", soft_wrap=True)
