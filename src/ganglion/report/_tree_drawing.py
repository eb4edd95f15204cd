"""The tree of a report as geometry: joins, ends and the cut, and the merges as steps that a slider goes through.

The root stands at the left, so that names can be read. Lengths are in units of the drawing's viewBox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from ..explain.outline import SEVERAL, Outline
from . import _wording
from ._charts import BOX, Curve, Tick, draw_curve
from ._marks import colour_of
from ._scales import round_ticks, whole_ticks

if TYPE_CHECKING:
    from .trees import TreePicture, TreeReport

__all__ = ["BOX", "draw_heights", "draw_tree", "steps_of"]

WIDTH = 720
LEFT, RIGHT = 12, 462  # between them lie the heights, from the root to 0
TOP, STEP, FOOT = 30, 17, 40
LONGEST_NAME = 28
# below this ratio of the median join to the root, square roots spread the heights out
SKEWED = 0.12


@dataclass(frozen=True)
class Join:
    """A merge as one line from the first child over its bar to the second."""

    path: str
    colour: int | None
    number: int


@dataclass(frozen=True)
class End:
    """A leaf or a collapsed branch: its place, name and size."""

    y: float
    name: str
    size: str
    cluster: int
    colour: int | None
    triangle: str


@dataclass(frozen=True)
class DrawnTree:
    """The tree as it is drawn."""

    height: int
    joins: tuple[Join, ...]
    ends: tuple[End, ...]
    ticks: tuple[Tick, ...]
    cut: float | None
    cut_text: str
    title: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    n_leaves: int
    by_roots: bool


@dataclass(frozen=True)
class MergeStep:
    """One merge of the replay, in words and places."""

    before: int
    height: str
    x: float
    words: str
    first: tuple[int, int]
    second: tuple[int, int]
    mark: tuple[float, float] | None

    def data(self) -> Mapping[str, object]:
        """Return what the script needs."""
        return {
            "before": self.before,
            "x": self.x,
            "words": self.words,
            "first": self.first,
            "second": self.second,
        }


def draw_tree(picture: TreePicture, k: int) -> DrawnTree:
    """Draw the joins and ends of an outline, coloured by its clusters."""
    found = picture.outline
    e = found.n_ends
    to_x, root = _scale(found)
    x = tuple(to_x(value) for value in found.height.tolist())
    y = tuple(round(TOP + STEP * place, 1) for place in found.places().tolist())
    cluster: list[int] = found.cluster.tolist()
    pairs: list[list[int]] = found.children.tolist()
    joins = tuple(
        Join(_path(x, y, e + at, first, second), _colour(cluster[e + at]), at)
        for at, (first, second) in enumerate(pairs)
    )
    ends = tuple(_end(found, at, picture.names[at], x[at], y[at]) for at in range(e))
    cut = found.cut()
    middle = None if cut is None else _middle(cut, root)
    return DrawnTree(
        height=TOP + STEP * (e - 1) + FOOT,
        joins=joins,
        ends=ends,
        ticks=_ticks(found, to_x),
        cut=None if middle is None else to_x(middle),
        cut_text="" if middle is None else f"cut: {_wording.plural(k, 'cluster')}",
        title=_title(found, k),
        x=x,
        y=y,
        n_leaves=found.n_leaves,
        by_roots=root,
    )


def _scale(found: Outline) -> tuple[_Heights, bool]:
    """From heights to the page, by their square roots where most lie near 0; and whether they are roots."""
    joined = found.height[found.n_ends :]
    top = float(found.height.max(initial=0.0))
    skewed = len(joined) > 2 and float(np.median(joined)) < SKEWED * top
    return _Heights(top or 1.0, skewed), skewed


@dataclass(frozen=True)
class _Heights:
    """A scale: the root's height at the left, 0 at the right."""

    top: float
    by_roots: bool

    def __call__(self, value: float) -> float:
        share = max(value, 0.0) / self.top
        share = sqrt(share) if self.by_roots else share
        return round(RIGHT - share * (RIGHT - LEFT), 1)


def _middle(cut: tuple[float, float], root: bool) -> float:
    """The level that looks halfway between two heights."""
    low, high = cut
    return ((sqrt(low) + sqrt(high)) / 2) ** 2 if root else (low + high) / 2


def _path(x: Sequence[float], y: Sequence[float], join: int, first: int, second: int) -> str:
    """From the first child left to the join, along its bar, and right to the second."""
    return f"M{x[first]:g} {y[first]:g}H{x[join]:g}V{y[second]:g}H{x[second]:g}"


def _colour(cluster: int) -> int | None:
    """The colour of a cluster; none of what holds several."""
    return None if cluster == SEVERAL else colour_of(cluster)


def _end(found: Outline, at: int, name: str, x: float, y: float) -> End:
    """Draw an end: a name, or a triangle and its size for a branch."""
    many = int(found.size[at]) > 1
    rows = round(float(found.count[at]))
    half = 0.4 * STEP
    return End(
        y=y,
        name=_wording.visible(" ".join(name.split()), LONGEST_NAME),
        size=f"({_wording.count(rows)})" if rows > 1 else "",
        cluster=int(found.cluster[at]),
        colour=_colour(int(found.cluster[at])),
        triangle=f"M{x:g} {y:g}L{RIGHT:g} {y - half:g}V{y + half:g}z" if many else "",
    )


def _ticks(found: Outline, to_x: _Heights) -> tuple[Tick, ...]:
    """Round heights on the axis, not closer together than their words are wide."""
    top = float(found.height.max(initial=0.0))
    if top == 0:
        return (Tick(to_x(0.0), "0"),)
    ticks: list[Tick] = []
    for value in round_ticks(0.0, top, 5):
        place = to_x(value)
        if value <= top and all(abs(place - tick.at) >= 46 for tick in ticks):
            ticks.append(Tick(place, _wording.short(value)))
    return tuple(ticks)


def _title(found: Outline, k: int) -> str:
    """Say what the drawing shows, for those who cannot see it."""
    return (
        f"Dendrogram of {_wording.count(found.n_leaves)} items, {found.n_ends} branches drawn, "
        f"cut into {_wording.plural(k, 'cluster')}"
    )


def steps_of(picture: TreePicture, drawn: DrawnTree) -> tuple[MergeStep, ...]:
    """Return the joins in the order in which they are made, each with its sentence."""
    found = picture.outline
    e = found.n_ends
    first_end, last_end = _spans(found)
    names = _names(picture)
    heights: list[float] = found.height.tolist()
    counts: list[float] = found.count.tolist()
    pairs: list[list[int]] = found.children.tolist()
    steps: list[MergeStep] = []
    for at, (first, second) in enumerate(pairs):
        before = e - at
        height = _wording.number(heights[e + at])
        words = (
            f"{before} → {before - 1} clusters at height {height}: "
            f"{_branch(names[first], counts[first])} and {_branch(names[second], counts[second])}."
        )
        steps.append(
            MergeStep(
                before=before,
                height=height,
                x=drawn.x[e + at],
                words=words,
                first=(first_end[first], last_end[first]),
                second=(first_end[second], last_end[second]),
                mark=None,
            )
        )
    return tuple(steps)


def _spans(found: Outline) -> tuple[list[int], list[int]]:
    """The first and the last end below each node."""
    first, last = list(range(found.n_ends)), list(range(found.n_ends))
    pairs: list[list[int]] = found.children.tolist()
    for a, b in pairs:
        first.append(first[a])
        last.append(last[b])
    return first, last


def _names(picture: TreePicture) -> list[str]:
    """A name for each node: that of its larger child."""
    found = picture.outline
    names = [_wording.visible(" ".join(name.split()), LONGEST_NAME) for name in picture.names]
    pairs: list[list[int]] = found.children.tolist()
    for a, b in pairs:
        names.append(names[a] if found.count[a] >= found.count[b] else names[b])
    return names


def _branch(name: str, rows: float) -> str:
    """A branch in words."""
    return name if round(rows) <= 1 else f"{name} (one of {_wording.count(round(rows))} rows)"


def draw_heights(gaps: Mapping[str, Sequence[float]], content: TreeReport) -> HeightCurve:
    """Draw the height at which k clusters become k - 1, over k."""
    k = [int(value) for value in gaps["k"]]
    heights = list(gaps["to"])
    curve = draw_curve(k, heights, whole_ticks(min(k), max(k)), from_zero=True)
    at = dict(zip(k, curve.points, strict=True))
    knee = used = None
    if content.chosen in at:
        knee = (*at[content.chosen], f"widest gap: k = {content.chosen}")
    if content.k in at and content.k != content.chosen:
        used = (*at[content.k], f"this report: k = {content.k}")
    rows = tuple(
        (_wording.count(a), _wording.number(b, 5), _ratio(c))
        for a, b, c in zip(k, heights, gaps["ratio"], strict=True)
    )
    return HeightCurve(curve, knee, used, rows)


@dataclass(frozen=True)
class HeightCurve:
    """The curve of heights over k, with the widest gap and the k that was used."""

    curve: Curve
    knee: tuple[float, float, str] | None
    used: tuple[float, float, str] | None
    rows: tuple[tuple[str, str, str], ...]


def _ratio(value: float) -> str:
    """How many times as high, in words."""
    return _wording.number(value, 3) if np.isfinite(value) else "from 0"
