"""What a trace's nodes look like: glyphs, labels and rows of inputs, measured, so that they can be laid out.

A consumer with many inputs, such as a neuron, carries those that serve nothing else in rows before it. A row is a wire:
where one of these inputs scales another value, as a weight does, it sits on that value's wire, as in a network's usual
picture. A wire whose source serves several consumers has its own share of the gradient written below it there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ._layout import Item
from ._wording import cut, is_automatic, norm, number, quantity, symbol, width

if TYPE_CHECKING:
    from ..tracing import Node, Trace

FEW = 40  # up to here there is room for every share
COMPACT = 60  # beyond, glyphs and letters are smaller
LEAVES = ("input", "constant")


@dataclass(frozen=True)
class Style:
    """Sizes, in units of the drawing. `lift` is what brackets, which reach lower than digits, need above the wire."""

    radius: float
    name: float
    symbol: float
    word: float
    number: float
    lift: float = 0.0

    @property
    def line(self) -> float:
        """The room that a number takes above or below its wire."""
        return 4.0 + 0.93 * self.number + self.lift

    @property
    def above(self) -> float:
        """How far above the wire a value's baseline lies."""
        return 4.0 + self.lift

    @property
    def below(self) -> float:
        """How far below the wire a gradient's baseline lies."""
        return 3.0 + 0.74 * self.number + 0.7 * self.lift


ROOMY = Style(radius=19.0, name=15.0, symbol=17.0, word=13.0, number=13.5)
DENSE = Style(radius=15.0, name=12.5, symbol=13.5, word=11.5, number=12.0)


@dataclass(frozen=True)
class Part:
    """A node as it is drawn.

    Attributes
    ----------
    kind : str
        `"input"`, `"constant"`, `"op"` or `"block"`.
    text : str
        What stands in the glyph.
    label : str
        What stands above it: the name of a computed value.
    above, below : str
        What stands above and below the wire: value and gradient.
    width, height : float
        Of the glyph. An operation with a short sign is a circle.
    stem : float
        The length of the wire with the numbers.
    """

    kind: str
    text: str
    label: str
    above: str
    below: str
    width: float
    height: float
    stem: float


@dataclass(frozen=True)
class Row:
    """One way into a consumer: the wire of `through`, an input `leaf` of its own on it, or that input alone."""

    through: int | None
    leaf: int | None
    share: str
    y: float


@dataclass(frozen=True)
class Rows:
    """All ways into a consumer, from the top, and the widths of the columns they make."""

    rows: tuple[Row, ...]
    shares: float = 0.0
    pills: float = 0.0
    stems: float = 0.0
    meet: float = 0.0

    @property
    def lead(self) -> float:
        """Their width."""
        return self.shares + self.pills + self.stems + self.meet


@dataclass(frozen=True)
class Parts:
    """Everything that is drawn, by the nodes' positions in the trace."""

    style: Style
    parts: tuple[Part, ...]
    parents: tuple[tuple[int, ...], ...]
    rows: Mapping[int, Rows]
    riders: Mapping[int, int] = field(
        default_factory=dict[int, int]
    )  # inputs that stand in a consumer's row


def parts_of(trace: Trace, local_room: float = 0.0) -> Parts:
    """Return the parts of a trace's drawing, with room for a local derivative where a wire enters its consumer."""
    nodes = trace.nodes
    style = ROOMY if len(nodes) <= COMPACT else DENSE
    if any(node.is_array for node in nodes):
        style = replace(style, lift=2.0)
    at = {node.name: i for i, node in enumerate(nodes)}
    parents = tuple(tuple(at[name] for name in node.parents) for node in nodes)
    parts = tuple(_part(node, style) for node in nodes)
    rows: dict[int, Rows] = {}
    riders: dict[int, int] = {}
    for i, node in enumerate(nodes):
        ways = _ways(i, nodes, parents[i])
        shared = len(nodes) <= FEW and any(len(nodes[p].children) > 1 for p in parents[i])
        if ways is None and shared:
            ways = [(p, None) for p in parents[i]]
        if ways is not None:
            rows[i] = _rows(node, ways, nodes, parts, style, local_room)
            riders.update((leaf, i) for _, leaf in ways if leaf is not None)
    return Parts(style, parts, parents, _aligned(rows, nodes), riders)


def _aligned(rows: Mapping[int, Rows], nodes: Sequence[Node]) -> dict[int, Rows]:
    """Give consumers of one kind, such as the neurons of a layer, rows of the same widths."""
    alike: dict[tuple[str, int], list[Rows]] = {}
    for i, found in rows.items():
        alike.setdefault((nodes[i].op, len(found.rows)), []).append(found)
    return {
        i: replace(
            found,
            shares=max(r.shares for r in alike[nodes[i].op, len(found.rows)]),
            pills=max(r.pills for r in alike[nodes[i].op, len(found.rows)]),
            stems=max(r.stems for r in alike[nodes[i].op, len(found.rows)]),
        )
        for i, found in rows.items()
    }


def _part(node: Node, style: Style) -> Part:
    """Measure one node."""
    plain = node.op == "constant" and not node.is_array
    above = "" if plain else quantity(node.value)
    below = "" if plain else norm(node.upstream)
    numbers = max(width(above, style.number), width(below, style.number))
    stem = numbers + 16.0 if numbers else 10.0
    if node.op in LEAVES:
        text = number(node.value) if plain else cut(node.name)
        size = style.name - 1.5 if plain else style.name
        tall = style.name + (7.0 if plain else 11.0)
        return Part(
            node.op, text, "", above, below, max(width(text, size) + 14.0, tall), tall, stem
        )
    kind = "block" if node.op == "block" else "op"
    text = cut(node.name) if kind == "block" else symbol(node.op)
    size = style.symbol if len(text) == 1 else style.word
    across = 2 * style.radius
    wide = max(width(text, size) + 14.0, across)
    label = (
        "" if kind == "block" or (is_automatic(node.name) and not node.children) else cut(node.name)
    )
    return Part(kind, text, label, above, below, wide, across, stem)


def _ways(
    index: int, nodes: Sequence[Node], parents: Sequence[int]
) -> list[tuple[int | None, int | None]] | None:
    """Return the rows of a consumer with many inputs of its own, as (through, leaf); None for any other node."""
    own = [p for p in parents if nodes[p].op in LEAVES and len(nodes[p].children) == 1]
    others = [p for p in parents if p not in own]
    if (
        len(own) < 2
        or not others
        or len(parents) < 4
        or any(nodes[p].is_array for p in (index, *parents))
    ):
        return None
    mates = _mates(nodes[index], own, others, nodes)
    left = [p for p in own if p not in mates.values()]
    alone = [p for p in others if p not in mates]
    if len(left) == len(alone):  # targets beside outputs: one each, in their order
        mates.update(zip(alone, left, strict=True))
        left = []
    return [*((p, mates.get(p)) for p in others), *((None, p) for p in left)]


def _mates(
    node: Node, own: Sequence[int], others: Sequence[int], nodes: Sequence[Node]
) -> dict[int, int]:
    """Return the inputs that scale another value: each is the derivative by the other."""
    local = node.local
    mates: dict[int, int] = {}
    free = list(own)
    for other in others:
        for leaf in free:
            by_leaf, by_other = local[nodes[leaf].name], local[nodes[other].name]
            if by_leaf == nodes[other].value and by_other == nodes[leaf].value:
                mates[other] = leaf
                free.remove(leaf)
                break
    return mates


def _rows(
    node: Node,
    ways: Sequence[tuple[int | None, int | None]],
    nodes: Sequence[Node],
    parts: Sequence[Part],
    style: Style,
    local_room: float,
) -> Rows:
    """Stack the rows of a consumer and measure them."""
    edge = 0.0
    rows: list[Row] = []
    for through, leaf in ways:
        share = ""
        if len(nodes) <= FEW and through is not None and len(nodes[through].children) > 1:
            share = norm(node.product[nodes[through].name])
        up = parts[leaf].height / 2 + 2.0 if leaf is not None else 5.0
        down = up
        if leaf is not None and parts[leaf].above:
            up, down = max(up, style.line), max(down, style.line)
        if share:
            down = max(down, style.line)
        rows.append(Row(through, leaf, share, edge + up))
        edge += up + down + 3.0
    middle = (rows[0].y + rows[-1].y) / 2
    rows = [replace(row, y=row.y - middle) for row in rows]
    leaves = [parts[row.leaf] for row in rows if row.leaf is not None]
    return Rows(
        tuple(rows),
        shares=max((width(r.share, style.number) + 8.0 for r in rows if r.share), default=0.0),
        pills=max((p.width for p in leaves), default=0.0),
        stems=max((p.stem for p in leaves), default=0.0),
        meet=max(min(20.0 + 0.22 * rows[-1].y, 80.0), local_room and local_room + 8.0),
    )


def items_of(parts: Parts) -> tuple[list[Item], list[int]]:
    """Return what the layout has to place, and which node each is; inputs in rows go with their consumer."""
    kept = [i for i in range(len(parts.parts)) if i not in parts.riders]
    at = {node: index for index, node in enumerate(kept)}
    items: list[Item] = []
    for i in kept:
        part, rows = parts.parts[i], parts.rows.get(i)
        line = parts.style.line
        up = part.height / 2 + (parts.style.name + 3.0 if part.label else 0.0)
        down = part.height / 2
        if part.above or part.below:
            up, down = max(up, line), max(down, line)
        ports: dict[int, float] = {}
        if rows:
            up, down = max(up, line - rows.rows[0].y), max(down, line + rows.rows[-1].y)
            ports = {at[r.through]: r.y for r in rows.rows if r.through is not None}
        items.append(
            Item(
                tuple(at[p] for p in parts.parents[i] if p not in parts.riders),
                lead=rows.lead if rows else 0.0,
                glyph=max(part.width, width(part.label, parts.style.name - 1.0)),
                stem=part.stem,
                up=up,
                down=down,
                ports=ports,
                spread=0.7 * part.height,
            )
        )
    return items, kept
