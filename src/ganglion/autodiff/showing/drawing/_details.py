"""What the page knows of every node: its formula, its gradient as a sum, what it passes on, and the chains to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._chains import Chains, chains_of
from ._story import local_size, local_text, pretty, product_sign, with_numbers
from ._wording import cut, number, quantity, visible, written

if TYPE_CHECKING:
    from ..tracing import Node, Trace

MOST_CELLS = 64  # of an array whose numbers are shown
LONGEST_FORMULA = 600


def details(trace: Trace) -> list[dict[str, Any]]:
    """Return a record for every node, in the order of the trace.

    Keys: n name, o operation, f formula, m formula with numbers, v value, g gradient, u gradient as an equation has it,
    c number of chains, w the largest chains as (consumer, rank among its chains, product), e the edges to the parents
    as (parent, local, product, and for arrays the sign between and the local's norm), a and b the numbers of value and
    gradient where they are small arrays.
    """
    at = {node.name: i for i, node in enumerate(trace.nodes)}
    chains = chains_of(trace)
    return [_record(trace, i, node, at, chains) for i, node in enumerate(trace.nodes)]


def _record(
    trace: Trace, index: int, node: Node, at: dict[str, int], chains: Chains
) -> dict[str, Any]:
    """Describe one node; what is empty is left out."""
    found = chains.largest[index]
    formula = pretty(node.formula) if node.parents else ""
    record: dict[str, Any] = {
        "n": visible(node.name),
        "o": node.op,
        "f": cut(formula, LONGEST_FORMULA),
        "m": cut(with_numbers(trace, node), LONGEST_FORMULA),
        "v": quantity(node.value),
        "g": quantity(node.upstream),
        "u": written(node.upstream) if node.is_array else "",
        "c": _count(chains.counts[index]),
        "w": [[w.consumer, w.rank, _result(w.product)] for w in found] if found else [],
        "e": [_edge(trace, node, parent, at[parent]) for parent in node.parents],
        "a": _cells(node.value),
        "b": _cells(node.upstream),
    }
    return {key: value for key, value in record.items() if value not in ("", [], None)}


def _edge(trace: Trace, node: Node, parent: str, index: int) -> list[Any]:
    """Return an edge: parent, local, product; where these are no numbers also the sign and the norm of the local."""
    share = node.product[parent]
    edge: list[Any] = [index, local_text(node, parent), written(share)]
    if node.is_array or trace[parent].is_array:
        edge[2] = _result(share)
        edge += [product_sign(node, parent), local_size(node, parent)]
    return edge


def _result(value: Any) -> str:
    """Return what comes out of an equation: in full where that is short."""
    text = written(value)
    return quantity(value) if text.startswith("[") else text


def _count(count: int) -> str:
    """Return a number of chains: exactly as long as it can be read."""
    if count < 10**9:
        return f"{count:,}"
    return (
        "about " + number(float(count), 3) if count < 10**300 else f"about 10^{len(str(count)) - 1}"
    )


def _cells(value: Any) -> list[list[str]] | None:
    """Return the numbers of a small vector or matrix, row by row."""
    if np.ndim(value) not in (1, 2) or not 0 < np.size(value) <= MOST_CELLS:
        return None
    return [[number(v) for v in row] for row in np.atleast_2d(value)]
