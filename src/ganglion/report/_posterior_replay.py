"""The replay of chains: clusters followed from partition to partition, as data for posterior.js and as bands."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..explain.chains import ChainEvent, ChainStory, follow_clusters
from . import _frames, _wording
from ._charts import Tick
from ._marks import colour_of
from ._plane import Map
from ._sampling import Index, sample_rows
from ._scales import Scale

if TYPE_CHECKING:
    from .posterior import ChainReplay, PosteriorReport

MOST_ROWS = 1_000
MOST_TOLD = 3
WIDTH, HEIGHT, FOOT = 720, 190, 24  # of the picture of the bands; the foot is for the steps
MOST_BANDS = 80
LEAST_BAND = 0.004  # of the rows: thinner bands are one grey band together

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Band:
    """One cluster's share of the rows through the chain."""

    colour: int | None
    path: str
    name: str


@dataclass(frozen=True)
class Played:
    """One chain as the page plays it."""

    name: str
    data: Json
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]
    first_draw: float


def draw_replays(content: PosteriorReport, rows: Index, budget: int) -> tuple[Played, ...]:
    """As many chains, with as many frames, as `budget` bytes hold."""
    if not content.replays:
        return ()
    chosen = _rows_played(content, rows)
    share = budget // len(content.replays)
    return tuple(_played(content, replay, rows[chosen], share) for replay in content.replays)


def _rows_played(content: PosteriorReport, rows: Index) -> Index:
    """Which of the rows on the map are played."""
    return sample_rows(np.unique(content.plane.labels[rows], return_inverse=True)[1], MOST_ROWS)


def _played(content: PosteriorReport, replay: ChainReplay, rows: Index, budget: int) -> Played:
    """Follow the clusters of one chain; drop every second frame until the data fit."""
    frames = np.arange(len(replay.steps))
    while True:
        story = follow_clusters(replay.partitions[frames], ending=content.plane.labels)
        steps = replay.steps[frames]
        data = _frames_of(content, story, steps, rows)
        size = sum(len(frame["labels"]) + len(frame["what"]) + 60 for frame in data)
        if size <= budget or len(frames) <= 2:
            break
        frames = np.unique(np.append(frames[::2], frames[-1]))
    bands, ticks = _bands(story, steps)
    before = int(np.searchsorted(steps, content.chains.n_before, side="right"))
    to_x = Scale(0, max(len(steps) - 1, 1), 0, WIDTH)
    return Played(
        name=_wording.visible(replay.name, 60),
        data={"frames": data},
        bands=bands,
        ticks=ticks,
        first_draw=to_x(before - 0.5) if 0 < before < len(steps) else 0.0,
    )


def _frames_of(
    content: PosteriorReport, story: ChainStory, steps: NDArray[Any], rows: Index
) -> list[Json]:
    """What each frame shows: the labels that changed, and words."""
    record = content.chains
    n_steps = record.log_posterior.shape[1]
    events: dict[int, list[ChainEvent]] = {}
    for event in story.events:
        events.setdefault(event.step, []).append(event)
    shown = story.labels[:, rows]
    frames: list[Json] = []
    for at, step in enumerate(steps.tolist()):
        changed = np.arange(len(rows)) if at == 0 else np.flatnonzero(shown[at] != shown[at - 1])
        moved = 0 if at == 0 else int(np.count_nonzero(story.labels[at] != story.labels[at - 1]))
        k = len(np.unique(story.labels[at]))
        frames.append(
            {
                "labels": _pairs(changed, shown[at, changed]),
                "phase": _phase(step, n_steps, record.n_before, record.unit),
                "what": _what(k, moved, events.get(at, []), content.noun, at == 0),
            }
        )
    return frames


def _pairs(places: NDArray[Any], labels: NDArray[Any]) -> str:
    """Places and their new labels, 16 bits each, one after the other."""
    both = np.stack((places, labels % 65_536), axis=1).astype("<u2")
    return base64.b64encode(both.tobytes()).decode("ascii")


def _phase(step: int, n_steps: int, n_before: int, unit: str) -> str:
    """Where in the chain a frame is."""
    if step == 0:
        return "The start."
    where = f"{unit.capitalize()} {_wording.count(step)} of {_wording.count(n_steps)}"
    return f"{where}, before the first draw:" if step <= n_before else f"{where}:"


def _what(k: int, moved: int, events: Sequence[ChainEvent], noun: str, is_first: bool) -> str:
    """What happened since the frame before."""
    said = _wording.plural(k, "cluster")
    if is_first:
        return said + "."
    largest = sorted(events, key=lambda event: -event.size)
    told = [_event_words(event, noun) for event in largest[:MOST_TOLD]]
    more = len(events) - len(told)
    if more:
        told.append(f"and {_wording.plural(more, 'smaller change')}")
    if not told:
        told = [f"{_wording.plural(moved, noun)} moved" if moved else "nothing moved"]
    return f"{said}; {'; '.join(told)}."


def _event_words(event: ChainEvent, noun: str) -> str:
    """One beginning or end."""
    rows = _wording.plural(event.size, noun)
    if event.kind == "split":
        return f"{rows} split off cluster {event.other} as cluster {event.cluster}"
    if event.kind == "merge":
        return f"cluster {event.cluster} ({rows}) merged into cluster {event.other}"
    if event.kind == "birth":
        return f"cluster {event.cluster} was born of {rows} from several"
    return f"cluster {event.cluster} ({rows}) went to several"


def _bands(story: ChainStory, steps: NDArray[Any]) -> tuple[tuple[Band, ...], tuple[Tick, ...]]:
    """The clusters' sizes as bands on each other, a cluster beside the one that it split from."""
    sizes = story.sizes().astype(np.float64)
    shares = sizes / sizes.sum(axis=1, keepdims=True)
    weight = shares.sum(axis=0)
    large = shares.max(axis=0) >= LEAST_BAND
    kept = set(np.argsort(-np.where(large, weight, -1.0), kind="stable")[:MOST_BANDS].tolist())
    order = [cluster for cluster in _family_order(story) if cluster in kept and large[cluster]]
    rest = 1.0 - shares[:, order].sum(axis=1)
    n_frames = len(steps)
    to_x = Scale(0, max(n_frames - 1, 1), 0, WIDTH)
    to_y = Scale(0.0, 1.0, HEIGHT - FOOT, 0)
    bands: list[Band] = []
    foot = np.zeros(n_frames)
    for cluster in order:
        top = foot + shares[:, cluster]
        bands.append(
            Band(
                colour_of(cluster),
                _band_path(foot, top, to_x, to_y),
                _wording.cluster_name(cluster),
            )
        )
        foot = top
    if rest.max() > 1e-9:
        path = _band_path(foot, foot + rest, to_x, to_y)
        bands.append(Band(None, path, "smaller clusters"))
    places = sorted({round(i * (n_frames - 1) / 5) for i in range(6)})
    ticks = tuple(Tick(to_x(at), _wording.count(int(steps[at]))) for at in places)
    return tuple(bands), ticks


def _family_order(story: ChainStory) -> list[int]:
    """All clusters, each one behind the one that it split from: bands of a family lie together."""
    children: dict[int, list[int]] = {}
    parent: dict[int, int] = {}
    for event in story.events:
        if event.kind == "split" and event.cluster not in parent:
            parent[event.cluster] = event.other
    for cluster in range(story.n_clusters):
        children.setdefault(parent.get(cluster, -1), []).append(cluster)
    order: list[int] = []
    stack = children.get(-1, [])[::-1]
    while stack:
        cluster = stack.pop()
        order.append(cluster)
        stack += children.get(cluster, [])[::-1]
    return order


def _band_path(
    foot: NDArray[np.float64], top: NDArray[np.float64], to_x: Scale, to_y: Scale
) -> str:
    """One band, in pieces where the cluster is there; a frame reaches halfway to its neighbours."""
    there = top > foot + 1e-12
    edges = np.flatnonzero(np.diff(np.concatenate(([0], there.astype(np.int8), [0]))))
    pieces: list[str] = []
    last = len(foot) - 1
    for start, end in zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True):
        at = range(start, end + 1)
        x = [max(start - 0.5, 0.0), *at, min(end + 0.5, last)]
        rows = [start, *at, end]
        upper = [f"{to_x(a):g} {to_y(float(top[r])):g}" for a, r in zip(x, rows, strict=True)]
        lower = [f"{to_x(a):g} {to_y(float(foot[r])):g}" for a, r in zip(x, rows, strict=True)]
        pieces.append("M" + "L".join(upper + lower[::-1]) + "z")
    return "".join(pieces)


def page_data(
    content: PosteriorReport, drawn: Map, rows: Index, replays: Sequence[Played]
) -> dict[str, Any]:
    """What the page's script needs: the map, certainties, the chains' frames."""
    sure = np.clip(content.certainty[rows], 0.0, 1.0)
    data = dict(_frames.map_data(content, drawn, rows))
    data["sure"] = base64.b64encode(np.rint(100 * sure).astype(np.uint8).tobytes()).decode("ascii")
    data["played"] = _rows_played(content, rows).tolist() if replays else []
    data["replays"] = [replay.data for replay in replays]
    return data
