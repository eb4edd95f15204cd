"""A trace's drawing with every coordinate known: the parts, where they stand, and the wires as paths."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ._layout import NARROWEST, Layout, Place, Tap, lay_out
from ._parts import Part, Parts, Rows, items_of, parts_of
from ._wording import cut, width

if TYPE_CHECKING:
    from ..tracing import Trace

MARGIN = 26.0
RIM = 4.0  # of the output's second circle
FOOT = 34.0  # for the key below the drawing
Point = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """Where a node stands: its glyph's centre, and where its wire ends."""

    x: float
    y: float
    end: float


@dataclass(frozen=True)
class Edge:
    """The wire from a parent to a consumer, and its share of the gradient where it is written beside it.

    `rest` is the part that it has in common with the wire of the input that sits on it, `local_at`
    the right end of the place for its local derivative, and `tag` the number of the tag where it begins, -1 for none.
    """

    parent: int
    consumer: int
    path: str
    rest: str
    tip: Point
    local_at: Point
    share: str = ""
    share_at: Point = (0.0, 0.0)
    tag: int = -1


@dataclass(frozen=True)
class Tag:
    """A tag with the name of the node whose wire goes on there."""

    node: int
    text: str
    x: float
    y: float
    width: float
    end: float


@dataclass(frozen=True)
class Figure:
    """A drawing, ready to be painted."""

    width: float
    height: float
    parts: Parts
    spots: tuple[Spot, ...]
    edges: tuple[Edge, ...]
    tags: tuple[Tag, ...]


def figure_of(trace: Trace, *, local_room: float = 0.0) -> Figure:
    """Lay out a trace; with room for a local derivative, of this width, on each wire where it enters its consumer."""
    parts = parts_of(trace, local_room)
    items, kept = items_of(parts)
    names = [cut(trace.nodes[i].name) for i in kept]
    small = parts.style.name - 1.5
    layout = lay_out(
        items, [width(name, small) + 20.0 for name in names], gap=max(NARROWEST, local_room + 12.0)
    )
    places = {node: _shifted(layout.places[index]) for index, node in enumerate(kept)}
    spots = {node: Spot(place.x, place.y, place.right) for node, place in places.items()}
    for consumer, rows in parts.rows.items():
        spots.update(_row_spots(rows, places[consumer], parts.parts))
    edges = [*_wires(layout, kept, places, parts), *_riders(places, spots, parts)]
    tags = tuple(_tag(tap, kept, names, parts) for tap in layout.taps)
    return Figure(
        max(layout.width + 2 * MARGIN, 330.0),
        layout.height + 2 * MARGIN + FOOT,
        parts,
        tuple(spots[i] for i in range(len(trace.nodes))),
        tuple(sorted(edges, key=lambda e: (e.consumer, e.parent))),
        tags,
    )


def _shifted(place: Place) -> Place:
    return Place(place.x + MARGIN, place.y + MARGIN, place.left + MARGIN, place.right + MARGIN)


def _tag(tap: Tap, kept: Sequence[int], names: Sequence[str], parts: Parts) -> Tag:
    place = _shifted(tap.place)
    wide = width(names[tap.source], parts.style.name - 1.5) + 20.0
    return Tag(kept[tap.source], names[tap.source], place.x, place.y, wide, place.right)


def _row_spots(rows: Rows, place: Place, parts: Sequence[Part]) -> dict[int, Spot]:
    """Return where the inputs in a consumer's rows stand."""
    pills = place.left + rows.shares + rows.pills
    return {
        row.leaf: Spot(pills - parts[row.leaf].width / 2, place.y + row.y, pills + rows.stems)
        for row in rows.rows
        if row.leaf is not None
    }


def _wires(
    layout: Layout, kept: Sequence[int], places: Mapping[int, Place], parts: Parts
) -> list[Edge]:
    """Draw every wire that the layout led, on into its consumer's glyph."""
    edges: list[Edge] = []
    for wire in layout.wires:
        source, consumer = kept[wire.source], kept[wire.consumer]
        points = [(x + MARGIN, y + MARGIN) for x, y in wire.points]
        path, rows, place = _begin(points), parts.rows.get(consumer), places[consumer]
        share, at, rest = "", (0.0, 0.0), ""
        if rows:
            pills = place.left + rows.shares + rows.pills
            row = next(r for r in rows.rows if r.through == source)
            share, at = row.share, (place.left + 4.0, place.y + row.y)
            start = (place.left + rows.lead - rows.meet, place.y + row.y)
            tip = _tip(consumer, place, parts, rows, row.y)
            local_at = (_left(consumer, place, parts) - 10.0, place.y + row.y)
            if row.leaf is not None:
                local_at = (pills - parts.parts[row.leaf].width - 3.0, place.y + row.y - 12.0)
                pill = (pills, place.y + row.y)
                path += _line(points[-1], pill)
                rest = f"M{_at(pill)}" + _line(pill, start) + _curve(start, tip)
            else:
                path += _line(points[-1], start) + _curve(start, tip)
        else:
            tip = _entry(consumer, place, parts, points[-1][1] - place.y)
            path += _line(points[-1], tip)
            local_at = (tip[0] - 10.0, tip[1])
        edges.append(Edge(source, consumer, path, rest, tip, local_at, share, at, wire.tap))
    return edges


def _riders(places: Mapping[int, Place], spots: Mapping[int, Spot], parts: Parts) -> list[Edge]:
    """Draw the wires of the inputs in rows."""
    edges: list[Edge] = []
    for leaf, consumer in parts.riders.items():
        rows, spot, place = parts.rows[consumer], spots[leaf], places[consumer]
        begin = (spot.x + parts.parts[leaf].width / 2, spot.y)
        start = (place.left + rows.lead - rows.meet, spot.y)
        tip = _tip(consumer, place, parts, rows, spot.y - place.y)
        path = f"M{_at(begin)}" + _line(begin, start) + _curve(start, tip)
        edges.append(
            Edge(leaf, consumer, path, "", tip, (_left(consumer, place, parts) - 10.0, spot.y))
        )
    return edges


def _tip(consumer: int, place: Place, parts: Parts, rows: Rows, y: float) -> Point:
    """Return where the wire of a row meets the glyph: all of them within its left side."""
    tallest = max(abs(rows.rows[0].y), abs(rows.rows[-1].y)) or 1.0
    return _entry(
        consumer, place, parts, y / max(tallest / (0.62 * parts.parts[consumer].height / 2), 1.0)
    )


def _entry(consumer: int, place: Place, parts: Parts, below: float) -> Point:
    """Return the point on a glyph's left side at a height."""
    part = parts.parts[consumer]
    rim = RIM if consumer == len(parts.parts) - 1 else 0.0
    radius = part.height / 2 + rim
    inside = (
        math.sqrt(max(radius * radius - below * below, 0.0)) if part.kind != "block" else radius
    )
    return place.x - part.width / 2 - rim + radius - inside - 1.0, place.y + below


def _left(consumer: int, place: Place, parts: Parts) -> float:
    return place.x - parts.parts[consumer].width / 2


def _begin(points: Sequence[Point]) -> str:
    """Return the path along the points, level at each of them."""
    path = f"M{_at(points[0])}"
    for a, b in pairwise(points):
        path += _curve(a, b)
    return path


def _curve(a: Point, b: Point) -> str:
    if abs(a[1] - b[1]) < 0.05:
        return _line(a, b)
    reach = 0.5 * (b[0] - a[0])
    return f"C{_at((a[0] + reach, a[1]))} {_at((b[0] - reach, b[1]))} {_at(b)}"


def _line(a: Point, b: Point) -> str:
    return f"L{_at(b)}" if abs(a[0] - b[0]) > 0.05 or abs(a[1] - b[1]) > 0.05 else ""


def _at(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
