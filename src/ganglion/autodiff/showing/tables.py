"""A trace as text and as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._formulas import short

if TYPE_CHECKING:
    from .nodes import Node
    from .tracing import Trace

HEADINGS = ("name", "op", "formula", "value", "upstream", "parent", "local", "upstream x local")
RIGHT = frozenset({"value", "upstream", "local", "upstream x local"})
WIDEST = 48  # characters of one cell


def rows(trace: Trace) -> list[dict[str, Any]]:
    """List every edge as a flat record.

    Parameters
    ----------
    trace : Trace
        The computation.

    Returns
    -------
    list of dict
        Keys name, op, formula, block, value, upstream, parent, local, product; the last three are None for a node
        without parents.
    """
    found: list[dict[str, Any]] = []
    for node in trace.nodes:
        about: dict[str, Any] = {
            "name": node.name,
            "op": node.op,
            "formula": node.formula,
            "block": node.block,
            "value": node.value,
            "upstream": node.upstream,
        }
        local = node.local
        edges = [
            {"parent": parent, "local": local[parent], "product": node.product[parent]}
            for parent in node.parents
        ]
        found += [
            about | edge for edge in edges or [{"parent": None, "local": None, "product": None}]
        ]
    return found


def table(trace: Trace) -> str:
    """Show every node with its value, its upstream gradient and its derivatives.

    Parameters
    ----------
    trace : Trace
        The computation.

    Returns
    -------
    str
        Aligned text.
    """
    lines: list[tuple[str, ...]] = [HEADINGS]
    for node in trace.nodes:
        lines += _lines(node)
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(_aligned(line, widths) for line in lines)


def _lines(node: Node) -> list[tuple[str, ...]]:
    """Return the lines of one node: the first with its value, one for each parent."""
    about = (_cut(node.name), node.op, _cut(node.formula), short(node.value), short(node.upstream))
    if not node.parents:
        return [(*about, "", "", "")]
    found: list[tuple[str, ...]] = []
    for edge in node.edges:
        local = "too large" if edge.local is None else short(edge.local)
        found.append((*about, _cut(edge.parent), local, short(node.product[edge.parent])))
        about = ("",) * len(about)
    return found


def _cut(text: str) -> str:
    """Return a text that fits a cell, in one line."""
    text = " ".join(text.split())
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    """Return one line, numbers to the right."""
    cells = (
        cell.rjust(width) if heading in RIGHT else cell.ljust(width)
        for heading, cell, width in zip(HEADINGS, line, widths, strict=True)
    )
    return "  ".join(cells).rstrip()
