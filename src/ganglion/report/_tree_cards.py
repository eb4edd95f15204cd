"""The clusters of a tree, or around medoids, as the page shows them: sizes, examples, and what sets them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..explain.clusters import ClusterCard
from . import _wording
from ._charts import Bar, draw_bars, reach_of
from ._marks import colour_of

if TYPE_CHECKING:
    from .trees import Member, TreeCluster, TreeReport

DIVISIVE = ("diana", "bisecting", "pddp", "mst")


@dataclass(frozen=True)
class ShownMember:
    """A member in words: its name, how often it occurs, how far it is."""

    name: str
    count: str
    distance: str


@dataclass(frozen=True)
class ShownCluster:
    """A cluster in words, with its size bar and feature bars."""

    label: int
    colour: int
    name: str
    size: str
    share: str
    width: float
    called: str
    example: str
    different: str
    sentence: str
    spread: str
    neighbour: int | None
    gap: str
    frequent: tuple[ShownMember, ...]
    typical: tuple[ShownMember, ...]
    distant: tuple[ShownMember, ...]
    bars: tuple[Bar, ...]


def draw_clusters(content: TreeReport, most: int, characters: int) -> tuple[ShownCluster, ...]:
    """Draw the first `most` clusters; they are numbered by size."""
    shown = content.clusters[:most]
    cards = list(content.cards[:most])
    reach = reach_of(cards)
    largest = max(cluster.size for cluster in shown)
    return tuple(
        _draw(content, cluster, cards[at] if cards else None, (reach, largest, characters))
        for at, cluster in enumerate(shown)
    )


def _draw(
    content: TreeReport,
    cluster: TreeCluster,
    card: ClusterCard | None,
    scale: tuple[float, int, int],
) -> ShownCluster:
    """Draw one cluster; the widest difference, the largest size and the longest text give the scale."""
    reach, largest, characters = scale
    medoid = cluster.medoid
    different = ""
    if content.noun == "text" and cluster.n_different < cluster.size:
        different = _wording.plural(cluster.n_different, "different text")
    return ShownCluster(
        label=cluster.label,
        colour=colour_of(cluster.label),
        name=_wording.cluster_name(cluster.label),
        size=_wording.count(cluster.size),
        share=_wording.percent(cluster.size / content.n_rows),
        width=round(100 * cluster.size / largest, 2),
        called="" if medoid is None else _wording.visible(_called(content, medoid), characters),
        example="" if medoid is None else _wording.visible(medoid.name, characters),
        different=different,
        sentence="" if card is None else _wording.visible(card.sentence, 4 * characters),
        spread=_spread(cluster),
        neighbour=cluster.neighbour,
        gap=_wording.number(cluster.gap, 3) if cluster.neighbour is not None else "",
        frequent=tuple(_member(member, characters) for member in cluster.frequent),
        typical=tuple(_member(member, characters) for member in cluster.typical),
        distant=tuple(_member(member, characters) for member in cluster.distant),
        bars=() if card is None else draw_bars(card, reach, characters),
    )


def _called(content: TreeReport, medoid: Member) -> str:
    """The short name of a member: of a row, what stands before its cells."""
    return medoid.name.partition(": ")[0] if content.noun == "row" else medoid.name


def _member(member: Member, characters: int) -> ShownMember:
    """Return a member in words."""
    return ShownMember(
        name=_wording.visible(member.name, characters),
        count=f"× {_wording.count(member.count)}" if member.count > 1 else "",
        distance=_wording.number(member.distance, 3),
    )


def _spread(cluster: TreeCluster) -> str:
    """Say how far members are from the medoid."""
    if cluster.medoid is None or cluster.n_different == 1:
        return ""
    mean, largest = (_wording.number(value, 3) for value in (cluster.mean, cluster.largest))
    return f"on average {mean} from its example, at most {largest}"


def headline(content: TreeReport) -> tuple[str, str]:
    """What was found, as the two halves of one sentence around the name of the source."""
    rows = _wording.plural(content.n_rows, "row")
    clusters = _wording.number_word(content.k) + (" cluster" if content.k == 1 else " clusters")
    return f"The {rows} of", f"form {clusters}."


def how_made(content: TreeReport) -> str:
    """Say by which method, of which distances, and of what."""
    items = _wording.plural(content.n_items, content.noun)
    if content.n_items < content.n_rows:
        items = f"{_wording.count(content.n_items)} different {content.noun}s"
    if content.method == "medoids":
        return f"k-medoids over {content.metric} distances of {items}: each goes to the nearest of the examples."
    if content.method in DIVISIVE:
        return f"Divided from above ({content.method}) by {content.metric} distances of {items}."
    return f"Merged from below ({content.method} linkage) by {content.metric} distances of {items}."
