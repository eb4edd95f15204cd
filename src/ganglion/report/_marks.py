"""The mark of each cluster: a colour and a shape, so that colour is never the only difference.

Eight colours (templates/report.css) and seven shapes are stepped together; as 7 and 8 have no common factor, the first
56 clusters have 56 different marks. A mark is a relative SVG path behind the absolute start that `place` computes, in
Python for the page and in report.js for the replay, from the same seven strings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

N_COLOURS = 8


@dataclass(frozen=True)
class Shape:
    """One shape: where its outline starts, seen from the point, and the outline from there."""

    dx: float
    dy: float
    outline: str


def shapes(radius: float) -> tuple[Shape, ...]:
    """The seven shapes, with about the same area as a circle of `radius`."""
    r = radius
    half = 0.89 * r
    side, up = 2.6 * r, 1.45 * r
    tall = 2.25 * r
    tip = 1.25 * r
    thin, arm = 0.42 * r, 1.2 * r
    return (
        Shape(0, -r, f"a{_n(r)} {_n(r)} 0 1 1-.01 0z"),
        Shape(-side / 2, tall - up, f"l{_pair(side / 2, -tall)} {_pair(side / 2, tall)}z"),
        Shape(-half, -half, f"h{_n(2 * half)}v{_n(2 * half)}h{_n(-2 * half)}z"),
        Shape(0, -tip, f"l{_pair(tip, tip)} {_pair(-tip, tip)} {_pair(-tip, -tip)}z"),
        _cross(thin, arm, turn=0.0),
        Shape(-side / 2, up - tall, f"h{_n(side)}l{_pair(-side / 2, tall)}z"),
        _cross(thin, arm, turn=math.pi / 4),
    )


def place(shape: Shape, points: Iterable[tuple[float, float]]) -> str:
    """One path that draws `shape` at every point."""
    return "".join(f"M{_pair(x + shape.dx, y + shape.dy)}{shape.outline}" for x, y in points)


def colour_of(cluster: int) -> int:
    """Which of the eight colours a cluster has."""
    return cluster % N_COLOURS


def _cross(thin: float, arm: float, *, turn: float) -> Shape:
    """Two crossing bars, 2 * thin wide and 2 * arm long, turned by an angle."""
    corners: list[tuple[float, float]] = []
    for quarter in range(4):
        angle = turn + quarter * math.pi / 2
        cos, sin = math.cos(angle), math.sin(angle)
        for x, y in ((-thin, -arm), (thin, -arm), (thin, -thin)):
            corners.append((x * cos - y * sin, x * sin + y * cos))
    (x0, y0), *rest = corners
    steps: list[str] = []
    x, y = x0, y0
    for next_x, next_y in rest:
        steps.append(_pair(next_x - x, next_y - y))
        x, y = next_x, next_y
    return Shape(x0, y0, "l" + " ".join(steps) + "z")


def _pair(x: float, y: float) -> str:
    """Two coordinates; a minus sign is separator enough."""
    second = _n(y)
    return _n(x) + (second if second.startswith("-") else " " + second)


def _n(value: float) -> str:
    """A coordinate to a tenth of a unit, without idle zeros."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
