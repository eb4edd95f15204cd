"""The charts other than the map, as geometry: the templates turn it into SVG and escape the words.

Lengths are in units of each drawing's viewBox; bars are in percent of the space they get.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..explain.clusters import ClusterCard, FeatureDifference
from . import _wording
from ._marks import colour_of
from ._scales import Scale, round_ticks, whole_ticks
from .content import ElbowCurve, Mapped, Replay

MAX_CARDS = 60
MAX_FEATURES = 8
MAX_NAME = 120
MAX_CURVE_POINTS = 400


@dataclass(frozen=True)
class Box:
    """Where the curve lies in its drawing; the rest is for the words on its axes."""

    left: float
    right: float
    top: float
    bottom: float


BOX = Box(left=88, right=546, top=40, bottom=252)  # of 560 x 300


@dataclass(frozen=True)
class Bar:
    """A feature's difference as a bar that starts in the middle: x and width in percent."""

    name: str
    x: float
    width: float
    difference: str
    cluster_value: str
    overall_value: str


@dataclass(frozen=True)
class Card:
    """A cluster as it is shown: words, size bar and feature bars."""

    label: int
    colour: int
    name: str
    sentence: str
    size: str
    share: str
    width: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what is written there."""

    at: float
    text: str


@dataclass(frozen=True)
class Curve:
    """A line chart: the line, its points, both axes and their scales."""

    line: str
    points: tuple[tuple[float, float], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    to_x: Scale
    to_y: Scale


@dataclass(frozen=True)
class Elbow:
    """The elbow curve with the knee and the k that was used, where the curve has them."""

    curve: Curve
    rows: tuple[tuple[str, str], ...]
    knee: tuple[float, float, str] | None
    used: tuple[float, float, str] | None
    reason: str


def draw_cards(content: Mapped, characters: int) -> tuple[Card, ...]:
    """Draw the cards in the order of the labels; of more than 60 clusters the 60 largest."""
    cards = list(content.cards)
    if len(cards) > MAX_CARDS:
        largest_first = sorted(cards, key=lambda card: -card.size)
        cards = sorted(largest_first[:MAX_CARDS], key=lambda card: card.label)
    largest = max(card.size for card in cards)
    reach = reach_of(cards)
    return tuple(
        Card(
            label=card.label,
            colour=colour_of(card.label),
            name=_wording.cluster_name(card.label),
            sentence=_wording.visible(card.sentence, characters),
            size=_wording.count(card.size),
            share=_wording.percent(card.size / content.n_rows),
            width=round(100 * card.size / largest, 2),
            bars=draw_bars(card, reach, characters),
        )
        for card in cards
    )


def reach_of(cards: Sequence[ClusterCard]) -> float:
    """The largest difference that any of the cards shows, the scale of all their bars."""
    shown = (_shown(f) for card in cards for f in _differing(card))
    return max(shown, default=0.0) or 1.0


def _shown(feature: FeatureDifference) -> float:
    """The length of a difference; none where it is written as 0, such as the rounding of one cluster's means."""
    return 0.0 if _wording.signed(feature.difference) == "0" else abs(feature.difference)


def draw_bars(card: ClusterCard, reach: float, characters: int) -> tuple[Bar, ...]:
    """Draw the features of a card in which it differs."""
    return tuple(
        _draw_bar(feature, reach, min(characters, MAX_NAME)) for feature in _differing(card)
    )


def _differing(card: ClusterCard) -> list[FeatureDifference]:
    """The first features that have a difference: a cluster may have no value of some."""
    return [f for f in card.features if math.isfinite(f.difference)][:MAX_FEATURES]


def _draw_bar(feature: FeatureDifference, reach: float, characters: int) -> Bar:
    """From the middle to the right where the cluster is above the overall mean, else to the left."""
    width = 50 * _shown(feature) / reach
    is_share = feature.category is not None
    show = _wording.percent if is_share else _wording.number
    name = f"{feature.name}: {feature.category}" if is_share else feature.name
    return Bar(
        name=_wording.visible(name, characters),
        x=round(50 - width if feature.difference < 0 else 50, 2),
        width=round(width, 2),
        difference=_wording.signed(feature.difference),
        cluster_value=show(feature.mean),
        overall_value=show(feature.overall),
    )


def draw_elbow(elbow: ElbowCurve, *, k_used: int) -> Elbow:
    """WSS over k from 0 up: a drop looks as large as it is."""
    curve = draw_curve(elbow.k, elbow.wss, whole_ticks(min(elbow.k), max(elbow.k)), from_zero=True)
    at = dict(zip(elbow.k, curve.points, strict=True))
    knee = used = None
    if elbow.chosen is not None:
        knee = (*at[elbow.chosen], f"knee at k = {elbow.chosen}")
    if k_used in at and k_used != elbow.chosen:
        used = (*at[k_used], f"this report: k = {k_used}")
    return Elbow(
        curve=curve,
        rows=tuple(
            (_wording.count(k), _wording.number(wss, 6))
            for k, wss in zip(elbow.k, elbow.wss, strict=True)
        ),
        knee=knee,
        used=used,
        reason=_wording.visible(elbow.reason),
    )


def draw_descent(replay: Replay) -> Curve:
    """WSS over the steps, between its own least and greatest value: late steps lower it by little."""
    last = replay.wss.shape[0] - 1
    parts = min(last, MAX_CURVE_POINTS - 1)
    shown = [last * i // max(parts, 1) for i in range(parts + 1)]
    wss = [float(replay.wss[t]) for t in shown]
    return draw_curve([t + 1 for t in shown], wss, whole_ticks(1, last + 1, 8), from_zero=False)


def draw_curve(
    x: Sequence[int], y: Sequence[float], x_ticks: Sequence[int], *, from_zero: bool
) -> Curve:
    """Points, the line through them, and ticks at round numbers."""
    y_ticks = round_ticks(0.0 if from_zero else min(y), max(y))
    to_x = Scale(min(x), max(x), BOX.left + 14, BOX.right - 14)
    to_y = Scale(y_ticks[0], y_ticks[-1], BOX.bottom, BOX.top)
    points = tuple((to_x(a), to_y(b)) for a, b in zip(x, y, strict=True))
    return Curve(
        line="M" + "L".join(f"{a} {b}" for a, b in points),
        points=points,
        x_ticks=tuple(Tick(to_x(t), _wording.count(t)) for t in x_ticks),
        y_ticks=tuple(Tick(to_y(t), _wording.short(t)) for t in y_ticks),
        to_x=to_x,
        to_y=to_y,
    )
