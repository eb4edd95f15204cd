"""What a drawing is made of: wires, tags, nodes and their numbers as SVG elements."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from ._figure import RIM, Edge, Figure, Spot, Tag
from ._parts import Part, Style
from ._wording import is_automatic, quantity, visible

if TYPE_CHECKING:
    from ..tracing import Node, Trace

MOST_TOLD = 60  # nodes that the description names one by one


@cache
def style() -> str:
    """Return the style sheet of a drawing; all its rules hold inside of one only."""
    return (
        files("ganglion.autodiff.showing.drawing").joinpath("trace.css").read_text(encoding="utf-8")
    )


def description(trace: Trace) -> str:
    """Return what the drawing shows, for who cannot see it."""
    computed = [node for node in trace.nodes if node.op not in ("input", "constant")]
    told = [
        f"{node.name} = {node.formula} = {quantity(node.value)}, gradient {quantity(node.upstream)}"
        for node in computed[:MOST_TOLD]
    ]
    given = [
        f"{name} = {quantity(trace[name].value)}, gradient {quantity(trace[name].upstream)}"
        for name in trace.inputs[:MOST_TOLD]
    ]
    rest = len(computed) - len(told) + len(trace.inputs) - len(given)
    more = [f"and {rest} more"] if rest else []
    return (
        f"A computation of {len(trace.nodes)} nodes, from left to right. Values stand above the wires, gradients of "
        f"{trace.output} below. {'; '.join([*given, *told, *more])}."
    )


def paint(trace: Trace, figure: Figure, *, plays: bool = False) -> str:
    """Return the wires and nodes, each with its position in the trace: data-node, data-edge."""
    style = figure.parts.style
    names = [node.name for node in trace.nodes]
    cut = {tag.node for tag in figure.tags}
    drawn = [
        f'<g class="{"drawing" if style.radius > 16 else "drawing dense"}">',
        '<g class="wires">',
    ]
    drawn += [_wire(edge, plays=plays) for edge in figure.edges]
    for i, spot in enumerate(figure.spots):
        drawn.append(_stem(i, figure.parts.parts[i], spot, is_cut=i in cut))
    drawn.append("</g>")
    drawn += [_tag(tag) for tag in figure.tags]
    drawn += [_share(edge, style) for edge in figure.edges if edge.share]
    output = names.index(trace.output)
    for i, node in enumerate(trace.nodes):
        drawn.append(
            _node(i, node, figure.parts.parts[i], figure.spots[i], style, is_output=i == output)
        )
    drawn.append("</g>")
    return "\n".join(drawn)


def _wire(edge: Edge, *, plays: bool) -> str:
    x, y = edge.tip
    head = f"M{x - 7:.1f} {y - 3.2:.1f}L{x:.1f} {y:.1f}L{x - 7:.1f} {y + 3.2:.1f}Z"
    tapped = f' data-from="{edge.tag}"' if edge.tag >= 0 else ""
    local = f' data-local="{edge.local_at[0]:.1f} {edge.local_at[1]:.1f}"' if plays else ""
    rest = f'<path class="wire rest" d="{edge.rest}"/>' if edge.rest else ""
    return (
        f'<g class="edge" data-edge="{edge.parent} {edge.consumer}"{tapped}{local}>'
        f'<path class="wire" d="{edge.path}"/>{rest}'
        f'<path class="head{" rest" if rest else ""}" d="{head}"/></g>'
    )


def _stem(index: int, part: Part, spot: Spot, *, is_cut: bool) -> str:
    start = spot.x + part.width / 2
    end = f'<circle class="cut" cx="{spot.end:.1f}" cy="{spot.y:.1f}" r="3"/>' if is_cut else ""
    return f'<path class="wire stem" data-stem="{index}" d="M{start:.1f} {spot.y:.1f}H{spot.end:.1f}"/>{end}'


def _tag(tag: Tag) -> str:
    left, right, y = tag.x - tag.width / 2, tag.x + tag.width / 2, tag.y
    shape = f"M{left:.1f} {y - 9:.1f}H{right - 8:.1f}L{right:.1f} {y:.1f}L{right - 8:.1f} {y + 9:.1f}H{left:.1f}Z"
    return (
        f'<g class="tag" data-tag="{tag.node}"><path class="wire" d="M{right:.1f} {y:.1f}H{tag.end:.1f}"/>'
        f'<path class="flag" d="{shape}"/>'
        f'<text class="name" x="{tag.x - 3:.1f}" y="{y + 4:.1f}">{text(tag.text)}</text></g>'
    )


def _share(edge: Edge, style: Style) -> str:
    x, y = edge.share_at
    return (
        f'<text class="share" data-share="{edge.parent} {edge.consumer}" x="{x:.1f}" y="{y + style.below:.1f}">'
        f"{text(edge.share)}</text>"
    )


def _node(index: int, node: Node, part: Part, spot: Spot, style: Style, *, is_output: bool) -> str:
    """Return a node: glyph, name, value and gradient."""
    kind = f"{part.kind} output" if is_output else part.kind
    told = f"{node.name} = {node.formula}" if node.parents else node.name
    tip = f"{told} = {quantity(node.value)}; gradient {quantity(node.upstream)}"
    drawn = [f'<g class="node {kind}" data-node="{index}"><title>{text(visible(tip))}</title>']
    drawn += _glyph(part, spot, style, is_output=is_output)
    x = spot.end - 6.0
    if part.above:
        drawn.append(
            f'<text class="value" x="{x:.1f}" y="{spot.y - style.above:.1f}">{text(part.above)}</text>'
        )
    if part.below:
        drawn.append(
            f'<text class="gradient" x="{x:.1f}" y="{spot.y + style.below:.1f}">{text(part.below)}</text>'
        )
    return "".join([*drawn, "</g>"])


def _glyph(part: Part, spot: Spot, style: Style, *, is_output: bool) -> list[str]:
    """Return the shape of a node with what is written in and above it."""
    drawn: list[str] = []
    if is_output:
        drawn.append(_box(part, spot, RIM, "rim"))
    drawn.append(_box(part, spot, 0.0, "body"))
    size = style.name if part.kind == "input" else style.symbol
    if part.kind == "constant":
        size = style.name - 1.5
    elif part.kind != "input" and len(part.text) > 1:
        size = style.word
    inside = "name" if part.kind in ("input", "block") else "sign"
    drawn.append(
        f'<text class="{inside}" x="{spot.x:.1f}" y="{spot.y + 0.35 * size:.1f}" font-size="{size:g}">'
        f"{text(part.text)}</text>"
    )
    if part.label:
        y = spot.y - part.height / 2 - (9.0 if is_output else 5.0)
        quiet = " automatic" if is_automatic(part.label) else ""
        drawn.append(
            f'<text class="name label{quiet}" x="{spot.x:.1f}" y="{y:.1f}">{text(part.label)}</text>'
        )
    return drawn


def _box(part: Part, spot: Spot, wider: float, name: str) -> str:
    wide, tall = part.width + 2 * wider, part.height + 2 * wider
    corner = 6.0 if part.kind == "block" else tall / 2
    return (
        f'<rect class="{name}" x="{spot.x - wide / 2:.1f}" y="{spot.y - tall / 2:.1f}" width="{wide:.1f}" '
        f'height="{tall:.1f}" rx="{corner:.1f}"/>'
    )


def text(words: str) -> str:
    """Return words as the text of an element or an attribute."""
    return escape(visible(words), quote=True)
