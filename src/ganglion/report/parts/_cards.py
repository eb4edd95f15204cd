"""Cards: what each group is, by what sets it apart, by its members, by its terms."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..._errors import DataError
from ...explain import ClusterCard, FeatureDifference
from .. import _wording
from .._charts import MAX_CARDS, MAX_FEATURES
from .._marks import colour_of
from ._answers import described_share
from .sizing import Drawn, Limits

QUIET = 8  # the colour of what belongs to no group
MAX_MEMBERS = 12


@dataclass(frozen=True, kw_only=True)
class CardBar:
    """One bar of a card: a feature by its difference, or a term by its weight.

    Attributes
    ----------
    name : str
        The feature or the term.
    length : float
        How long the bar is, on one scale for all cards of the part; below 0 it goes to the left.
    said : str
        The same as text, such as "+1.3"; written from the length where it is empty.
    here, overall : str
        Values beside the bar, in the group and in all; both may be empty.
    """

    name: str
    length: float
    said: str = ""
    here: str = ""
    overall: str = ""


@dataclass(frozen=True, kw_only=True)
class Card:
    """One group.

    Attributes
    ----------
    label : int
        Its number, which gives it its colour; -1 for what belongs to no group.
    name : str
        What it is called.
    size : int
        How many members it has.
    sentence : str
        What sets it apart, in one line.
    bars : sequence of CardBar
        Features that differ, or terms; the page shows the first eight.
    facts : sequence of (str, str)
        Names and values: how stable it is, which group is nearest.
    members : sequence of (str, sequence of str)
        Lists of members, each under its title: ("typical", [...]), ("at the border", [...]).
    advice : str
        What to do with it; set apart from the rest.
    colour : str
        A colour of its own as "#rrggbb", for groups that are colours; empty for the colour of its number.
    """

    label: int
    name: str
    size: int
    sentence: str = ""
    bars: Sequence[CardBar] = ()
    facts: Sequence[tuple[str, str]] = ()
    members: Sequence[tuple[str, Sequence[str]]] = ()
    advice: str = ""
    colour: str = ""


@dataclass(frozen=True, kw_only=True)
class CardPart:
    """Cards of all groups, and how large each is.

    Attributes
    ----------
    cards : sequence of Card
        One for each group. Of more than 60 the largest are shown.
    noun : str
        What a member is called: "row", "customer", "document".
    measure : str
        What the bars say, above their column; empty where cards have none.
    caption : str
        What to read from the bars, and how.
    title : str
        What the section is called.
    with_sizes : bool
        Whether a bar for the size of each group stands above the cards.
    n_members : int or None
        Of how many the shares are, where some are on no card; None for those on the cards.
    """

    cards: Sequence[Card]
    noun: str = "row"
    measure: str = "sd from overall"
    caption: str = (
        "Bars show how far the mean of a group lies from the mean of all, in standard deviations, on one scale for all "
        "groups. The values beside them are in the units of the data."
    )
    title: str = "What sets each group apart"
    with_sizes: bool = True
    n_members: int | None = None


def card_of(
    card: ClusterCard,
    *,
    name: str = "",
    facts: Sequence[tuple[str, str]] = (),
    members: Sequence[tuple[str, Sequence[str]]] = (),
    advice: str = "",
    row_name: Callable[[int], str] | None = None,
) -> Card:
    """Return the card of a cluster as `ganglion.explain` describes it.

    Parameters
    ----------
    card : ClusterCard
        The description.
    name : str
        What the cluster is called; "Cluster 3" by default, "No cluster" for label -1.
    facts : sequence of (str, str)
        Names and values below the sentence.
    members : sequence of (str, sequence of str)
        Lists of members, each under its title.
    advice : str
        What to do with it.
    row_name : callable, optional
        From the position of a row to what it is called: then typical and borderline rows are listed.

    Returns
    -------
    Card
        With a bar for each feature that has a difference, the largest first.
    """
    known = [feature for feature in card.features if math.isfinite(feature.difference)]
    # of a few members some are both near the middle and near the border: each is named once
    border = [row for row in card.borderline if row not in card.typical]
    listed = () if row_name is None else (("typical", card.typical), ("at the border", border))
    own: list[tuple[str, Sequence[str]]] = [
        (title, [row_name(row) for row in rows]) for title, rows in listed if row_name and rows
    ]
    return Card(
        label=card.label,
        name=name or ("No cluster" if card.label < 0 else _wording.cluster_name(card.label)),
        size=card.size,
        sentence=card.sentence,
        bars=[_feature_bar(feature) for feature in known[:MAX_FEATURES]],
        facts=[*_own_facts(card), *facts],
        members=[*own, *members],
        advice=advice,
    )


def _feature_bar(feature: FeatureDifference) -> CardBar:
    """A feature with its two values, in words where it has them."""
    called = feature.name if feature.category is None else f"{feature.name}: {feature.category}"
    return CardBar(
        name=f"{called} missing" if feature.kind == "missing" else called,
        length=0.0 if (said := _wording.signed(feature.difference)) == "0" else feature.difference,
        said=said,
        here=_value(feature, feature.mean) if feature.kind != "date" else feature.value_text,
        overall=_value(feature, feature.overall)
        if feature.kind != "date"
        else feature.overall_text,
    )


def _own_facts(card: ClusterCard) -> list[tuple[str, str]]:
    """What the description knows beside the features: how stable, and what it is told from its neighbour by."""
    found: list[tuple[str, str]] = []
    if card.stability is not None:
        found.append(("found again in resampled data", _wording.percent(card.stability)))
    if card.nearest is not None and card.contrast:
        apart = "; ".join(part.text for part in card.contrast[:2])
        found.append(
            (f"nearest: {_wording.cluster_name(card.nearest)}, from which it differs by", apart)
        )
    return found


def draw_cards(part: CardPart, limits: Limits) -> Drawn:
    """Cards by label, the bars of all on one scale."""
    if not part.cards:
        raise DataError("A CardPart needs at least one card; got none. Pass a card for each group.")
    negative = [card.size for card in part.cards if card.size < 0]
    if negative:
        raise DataError(
            f"The size of a card must be at least 0; got {negative[0]}. Count the members."
        )
    total = sum(card.size for card in part.cards)
    if part.n_members is not None and part.n_members < total:
        raise DataError(
            f"n_members must be at least the sizes of the cards together, {total}; got {part.n_members}. Count all."
        )
    total = total if part.n_members is None else part.n_members
    by_size = sorted(part.cards, key=lambda card: -card.size)[: min(MAX_CARDS, limits.listed)]
    shown = sorted(by_size, key=lambda card: (card.label < 0, card.label))
    lengths = [abs(bar.length) for card in shown for bar in card.bars[:MAX_FEATURES]]
    if not all(math.isfinite(length) for length in lengths):
        raise DataError(
            "Bars of cards must have finite lengths; got NaN or infinity. Leave such bars out."
        )
    signed = any(bar.length < 0 for card in shown for bar in card.bars[:MAX_FEATURES])
    scale = (max(lengths, default=0.0) or 1.0, signed)
    return Drawn(
        "cards",
        limits.name(part.title),
        {
            "cards": [_drawn(card, scale, (total, by_size[0].size), limits) for card in shown],
            "n_cards": len(part.cards),
            "noun": limits.name(part.noun),
            "measure": limits.name(part.measure),
            "caption": limits.shown(part.caption),
            "signed": signed,
            "with_sizes": part.with_sizes,
        },
    )


def _drawn(
    card: Card, scale: tuple[float, bool], sizes: tuple[int, int], limits: Limits
) -> Mapping[str, object]:
    """One card in words and percent of the space that it gets."""
    total, largest = sizes
    if card.colour and not re.fullmatch("#[0-9a-fA-F]{6}", card.colour):
        raise DataError(f"The colour of a card must be #rrggbb or empty; got {card.colour!r}.")
    return {
        "label": card.label,
        "key": "none" if card.label < 0 else str(card.label),
        "colour": QUIET if card.label < 0 else colour_of(card.label),
        "swatch": card.colour,
        "name": limits.name(card.name),
        "size": _wording.count(card.size),
        "is_one": card.size == 1,
        "share": described_share(card.size, total),
        "width": round(100 * card.size / max(largest, 1), 2),
        "sentence": limits.shown(card.sentence),
        "advice": limits.shown(card.advice),
        "bars": [_bar(bar, scale, limits) for bar in card.bars[:MAX_FEATURES]],
        "has_values": any(bar.here or bar.overall for bar in card.bars[:MAX_FEATURES]),
        "facts": [(limits.name(name), limits.shown(value)) for name, value in card.facts[:20]],
        "members": [
            (limits.name(title), [limits.shown(member) for member in members[:MAX_MEMBERS]])
            for title, members in card.members[:6]
            if members
        ],
    }


def _bar(bar: CardBar, scale: tuple[float, bool], limits: Limits) -> Mapping[str, object]:
    """From the middle where bars go both ways, else from the left."""
    reach, signed = scale
    width = (50 if signed else 100) * abs(bar.length) / reach
    start = 0.0 if not signed else 50 - width if bar.length < 0 else 50.0
    return {
        "name": limits.name(bar.name),
        "x": round(start, 2),
        "width": round(width, 2),
        "said": limits.name(bar.said)
        or (_wording.signed(bar.length) if signed else _wording.number(bar.length, 3)),
        "here": limits.name(bar.here),
        "overall": limits.name(bar.overall),
    }


def _value(feature: FeatureDifference, value: float) -> str:
    """A mean, or the share of a category or of gaps."""
    is_share = feature.category is not None or feature.kind == "missing"
    return _wording.percent(value) if is_share else _wording.number(value)
