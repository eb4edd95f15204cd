"""Where everything of a drawing goes: columns from left to right, long wires in lanes, lines one below the other.

A layered drawing (Sugiyama, Tagawa, Toda, 1981) in four steps, a module each: columns (`_layering`), the order in them
(`_ordering`), heights (`_placing`), and this module, which takes wires apart into cells before and puts them together
after. Two things are for large computations: a drawing that would be too wide goes on in the next line, and a wire
that would be too long is cut. Where it comes out again stands a tap: a small tag with the name of its source.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ._layering import children_of, layers, lines
from ._ordering import order_columns
from ._placing import Pull, place_cells

LANE = 11.0  # between wires that run side by side
NARROWEST, WIDEST = 40.0, 150.0  # room for wires between two columns, where no more is asked for
LINE_GAP = 36.0
WIDEST_LINE = 1600.0  # what is not wider is never broken


@dataclass(frozen=True, slots=True)
class Item:
    """A node as the layout sees it: a box around its wire.

    Attributes
    ----------
    parents : tuple of int
        The items whose wires come in, each once; their indices are smaller.
    lead, glyph, stem : float
        Widths, from the left: of what stands before the glyph, of the glyph, and of the wire behind it that carries
        the numbers.
    up, down : float
        How far the box reaches above and below the wire.
    ports : mapping of int to float
        How far below the wire's height the wire of a parent comes in. Empty: side by side, within `spread`.
    spread : float
        The height of the part of the glyph where wires may come in.
    """

    parents: tuple[int, ...]
    lead: float
    glyph: float
    stem: float
    up: float
    down: float
    ports: Mapping[int, float] = field(default_factory=dict[int, float])
    spread: float = 18.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item or a tap stands: the centre of its glyph, and the left and right end of its box."""

    x: float
    y: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Wire:
    """The way from a source (or the tap that stands for it) to a consumer; -1 where no tap is needed."""

    source: int
    consumer: int
    tap: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Tap:
    """A tag with the name of a source whose wire was cut."""

    source: int
    place: Place


@dataclass(frozen=True, slots=True)
class Layout:
    """A finished layout; all lengths in the units of the items, the origin at the upper left."""

    width: float
    height: float
    places: tuple[Place, ...]
    taps: tuple[Tap, ...]
    wires: tuple[Wire, ...]


@dataclass(slots=True)
class _Cell:
    """What takes up room in a column: an item, a tap, or a bend of a wire."""

    source: int
    column: int
    is_item: bool = False
    tap: int = -1
    lead: float = 0.0
    glyph: float = 0.0
    stem: float = 0.0
    up: float = 0.0
    down: float = 0.0


@dataclass(slots=True)
class _Line:
    """One line of the drawing: its columns of cells, and the links between neighbouring columns."""

    columns: list[list[int]]
    links: list[tuple[int, int, int]]  # cell, cell to the right, the source whose wire it is


class _Grid:
    """The cells of a drawing: items, and what long wires are made of."""

    def __init__(self, items: Sequence[Item], tags: Sequence[float], span: int, gap: float) -> None:
        self.items = items
        self.gap = gap
        self.tags = tags
        self.span = span
        parents = [item.parents for item in items]
        self.children = children_of(parents)
        self.layer = layers(parents)
        self.cells = [
            _Cell(
                i,
                self.layer[i],
                is_item=True,
                lead=t.lead,
                glyph=t.glyph,
                stem=t.stem,
                up=t.up,
                down=t.down,
            )
            for i, t in enumerate(items)
        ]
        self.taps: list[int] = []
        self.ways: dict[tuple[int, int], list[int]] = {}  # of each wire, the cells it goes through
        self.lines = self._lines()

    def _lines(self) -> list[_Line]:
        """Break the columns into lines and take the wires apart."""
        n = max(self.layer, default=-1) + 1
        widths = [0.0] * n
        tall = [0.0] * n
        cut = [0] * n
        for item, column in zip(self.items, self.layer, strict=True):
            widths[column] = max(
                widths[column], item.lead + item.glyph + item.stem + 1.25 * self.gap
            )
            tall[column] += item.up + item.down + 20.0
        for source, children in enumerate(self.children):
            # An input goes to the line of its first consumer, so that its wire is not cut there.
            first = self.layer[source] + (1 if self.items[source].parents else 2)
            for column in range(first, max((self.layer[c] for c in children), default=0) + 1):
                cut[column] += 1
        ranges = lines(widths, cut, _widest(sum(widths), max(tall, default=0.0)))
        line_of = [index for index, columns in enumerate(ranges) for _ in columns]
        # Before the first column of a line stand the taps of what comes from the lines above.
        made = [_Line([[] for _ in range(len(columns) + 1)], []) for columns in ranges]
        self.line = [line_of[column] for column in self.layer]
        for source, item in enumerate(self.items):
            if not item.parents and self.children[source]:
                self.line[source] = line_of[self.layer[source] + 1]
            line = self.line[source]
            made[line].columns[self.layer[source] - ranges[line].start + 1].append(source)
        for source, children in enumerate(self.children):
            self._take_apart(source, children, line_of, ranges, made)
        return made

    def _take_apart(
        self,
        source: int,
        children: Sequence[int],
        line_of: list[int],
        ranges: list[range],
        made: list[_Line],
    ) -> None:
        """Lead a source's wire to its consumers: one trunk, which is cut where it would be too long."""
        tip, line = source, self.line[source]
        way = [source]
        trunk: dict[int, int] = {self.layer[source]: source}
        for consumer in sorted(children, key=lambda c: (self.layer[c], c)):
            column = self.layer[consumer]
            if line_of[column] != line or column - self.cells[tip].column > self.span:
                line = line_of[column]
                tip = self._add(
                    _Cell(source, column - 1, tap=len(self.taps)),
                    ranges[line],
                    made[line],
                )
                self.cells[tip].glyph, self.cells[tip].up, self.cells[tip].down = (
                    self.tags[source],
                    10.0,
                    10.0,
                )
                self.taps.append(tip)
                trunk, way = {column - 1: tip}, [tip]
            while self.cells[tip].column < column - 1:
                bend = self._add(
                    _Cell(source, self.cells[tip].column + 1), ranges[line], made[line]
                )
                made[line].links.append((tip, bend, source))
                tip = bend
                way.append(bend)
                trunk[self.cells[bend].column] = bend
            made[line].links.append((trunk[column - 1], consumer, source))
            self.ways[source, consumer] = [*way[: way.index(trunk[column - 1]) + 1], consumer]

    def _add(self, cell: _Cell, columns: range, line: _Line) -> int:
        self.cells.append(cell)
        line.columns[cell.column - columns.start + 1].append(len(self.cells) - 1)
        return len(self.cells) - 1

    def port(self, source: int, cell: int) -> float:
        """Return how far below the height of a cell the wire of a source comes in."""
        return self.items[cell].ports.get(source, 0.0) if cell < len(self.items) else 0.0


def lay_out(
    items: Sequence[Item], tags: Sequence[float], *, gap: float = NARROWEST, span: int = 0
) -> Layout:
    """Give every item a place and every wire a way.

    Parameters
    ----------
    items : sequence of Item
        Parents before their consumers.
    tags : sequence of float
        For each item the width of a tag with its name.
    gap : float
        The least distance of two columns.
    span : int
        Wires over more columns than this are cut; 0 chooses by the number of items.

    Returns
    -------
    Layout
        The same items give the same layout.

    Notes
    -----
    For n items and m wires about O(s (n + m) log n) with s = 24 sweeps, fewer for more than 600 items.
    """
    n = len(items)
    span = span or (100 if n <= 40 else 8 if n <= 80 else 5)
    grid = _Grid(items, tags, span, gap)
    sweeps = 24 if n <= 600 else 6
    rank = _ranks(items, grid.children)
    heights: dict[int, float] = {}
    top = 0.0
    for line in grid.lines:
        for column in line.columns:
            column.sort(key=lambda c: (rank[grid.cells[c].source], c))
        found = _heights(grid, line, sweeps)
        upper = min((y - grid.cells[c].up for c, y in found.items()), default=0.0)
        lower = max((y + grid.cells[c].down for c, y in found.items()), default=0.0)
        heights.update((c, y - upper + top) for c, y in found.items())
        top += lower - upper + LINE_GAP
    return _assemble(grid, heights, top - LINE_GAP)


def _widest(width: float, height: float) -> float:
    """Return how wide a line may become, so that the whole has about the shape of a screen and stays legible."""
    if width <= WIDEST_LINE:
        return WIDEST_LINE
    return min(max(math.sqrt(1.8 * width * height), 0.7 * WIDEST_LINE), WIDEST_LINE)


def _ranks(items: Sequence[Item], children: Sequence[Sequence[int]]) -> list[int]:
    """Return the order to start from: depth first from the output, arguments as one would write them."""
    rank = [-1] * len(items)
    counter = 0
    stack = [(root, False) for root in range(len(items)) if not children[root]]
    while stack:
        node, done = stack.pop()
        if done:
            rank[node] = counter
            counter += 1
        elif rank[node] < 0:
            rank[node] = 0
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(items[node].parents))
    return rank


def _heights(grid: _Grid, line: _Line, sweeps: int) -> dict[int, float]:
    """Order the columns of one line and find the height of each of its cells."""
    mine = [cell for column in line.columns for cell in column]
    local = {cell: index for index, cell in enumerate(mine)}
    cells = [grid.cells[cell] for cell in mine]
    left: list[list[tuple[int, float]]] = [[] for _ in mine]
    right: list[list[tuple[int, float]]] = [[] for _ in mine]
    pulls_left: list[list[Pull]] = [[] for _ in mine]
    pulls_right: list[list[Pull]] = [[] for _ in mine]
    going, coming = Counter(a for a, _, _ in line.links), Counter(b for _, b, _ in line.links)
    for a, b, source in line.links:
        i, j, port = local[a], local[b], grid.port(source, b)
        share = (port + cells[j].up) / ((cells[j].up + cells[j].down) or 1.0) if port else 0.5
        right[i].append((j, share))
        left[j].append((i, share))
        straight = (not cells[i].is_item) + (not cells[j].is_item)
        weight = (1.0, 3.0, 8.0)[straight]
        if not straight and going[a] == 1 and coming[b] == 1:
            weight = 20.0  # a function of one value stands level with it
        pulls_right[i].append((j, port, weight))
        pulls_left[j].append((i, -port, weight))
    columns = [[local[cell] for cell in column] for column in line.columns]
    ordered = order_columns(columns, left, right, sweeps=sweeps)

    def distance(upper: int, lower: int) -> float:
        a, b = cells[upper], cells[lower]
        room = 12.0 if a.glyph and b.glyph else 8.0 if a.glyph or b.glyph else LANE
        return a.down + room + b.up

    heights = place_cells(ordered, pulls_left, pulls_right, distance, sweeps=2 * sweeps)
    return {cell: heights[index] for index, cell in enumerate(mine)}


def _assemble(grid: _Grid, heights: Mapping[int, float], height: float) -> Layout:
    """Find the horizontal places and join the cells of each wire."""
    # Of each cell: its column's left and right end, and the centre of the glyphs.
    spans: dict[int, tuple[float, float, float]] = {}
    width = 0.0
    for line in grid.lines:
        x = 0.0
        for index, column in enumerate(line.columns):
            if not column:
                continue
            cells = [grid.cells[cell] for cell in column]
            lead, stem = (
                max(c.lead + c.glyph / 2 for c in cells),
                max(c.glyph / 2 + c.stem for c in cells),
            )
            for cell in column:
                spans[cell] = (x, x + lead + stem, x + lead)
            x += lead + stem
            width = max(width, x)
            if index < len(line.columns) - 1:
                x += _gap(grid, line, set(column), heights)
    places = [_place(grid.cells[i], spans[i], heights[i]) for i in range(len(grid.items))]
    taps = [
        Tap(grid.cells[i].source, _place(grid.cells[i], spans[i], heights[i])) for i in grid.taps
    ]
    ports = _ports(grid, heights)
    wires: list[Wire] = []
    for (source, consumer), way in grid.ways.items():
        first = way[0]
        points = [(spans[first][1], heights[first])]
        for bend in way[1:-1]:
            points += [(spans[bend][0], heights[bend]), (spans[bend][1], heights[bend])]
        y = heights[consumer] + ports[source, consumer]
        points += [(spans[consumer][0], y), (places[consumer].left, y)]
        wires.append(Wire(source, consumer, grid.cells[first].tap, tuple(points)))
    return Layout(width, height, tuple(places), tuple(taps), tuple(wires))


def _place(cell: _Cell, span: tuple[float, float, float], y: float) -> Place:
    return Place(span[2], y, span[2] - cell.glyph / 2 - cell.lead, span[1])


def _gap(grid: _Grid, line: _Line, column: set[int], heights: Mapping[int, float]) -> float:
    """Return the room behind a column: the steeper its wires and the more of them, the more."""
    links = [(a, b, source) for a, b, source in line.links if a in column]
    steepest = max(
        (abs(heights[b] + grid.port(s, b) - heights[a]) for a, b, s in links), default=0.0
    )
    return min(max(grid.gap, 26.0 + 0.22 * steepest + 0.6 * len(links)), WIDEST)


def _ports(grid: _Grid, heights: Mapping[int, float]) -> dict[tuple[int, int], float]:
    """Return how far below its consumer's height each wire ends: as given, or side by side in the order they come."""
    incoming: dict[int, list[tuple[float, int]]] = {}
    ports: dict[tuple[int, int], float] = {}
    for (source, consumer), way in grid.ways.items():
        if source in grid.items[consumer].ports:
            ports[source, consumer] = grid.items[consumer].ports[source]
        else:
            incoming.setdefault(consumer, []).append((heights[way[-2]], source))
    for consumer, found in incoming.items():
        step = min(9.0, grid.items[consumer].spread / max(len(found) - 1, 1))
        for rank, (_, source) in enumerate(sorted(found)):
            ports[source, consumer] = (rank - (len(found) - 1) / 2) * step
    return ports
