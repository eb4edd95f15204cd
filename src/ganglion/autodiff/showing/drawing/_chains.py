"""The largest chains to every node at once: each is an edge before a chain to the consumer at its other end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..tracing import Trace

SHOWN = 3
# products of arrays cannot be ranked before they are complete, so these are all kept
MOST_ARRAYS = 12


@dataclass(frozen=True)
class Link:
    """A chain from the output to a node: through which consumer, which of that one's chains it goes on, its product."""

    consumer: int
    rank: int
    product: Any
    size: float


@dataclass(frozen=True)
class Chains:
    """How many chains lead to every node, and the largest of them."""

    counts: tuple[int, ...]
    largest: tuple[tuple[Link, ...] | None, ...]  # None where they are too many to be told apart


def chains_of(trace: Trace) -> Chains:
    """Return the chains to every node of a trace, the largest contribution first.

    For numbers the three largest to a node continue the three largest to its consumers, in O(m) for m edges. Arrays are
    carried back along every chain, where these are at most twelve.
    """
    at = {node.name: i for i, node in enumerate(trace.nodes)}
    n = len(trace.nodes)
    counts = [0] * n
    counts[at[trace.output]] = 1
    found: list[tuple[Link, ...] | None] = [()] * n
    found[at[trace.output]] = (Link(-1, 0, 1.0, 1.0),)
    plain = [not node.is_array for node in trace.nodes]
    for i in reversed(range(n)):
        node = trace.nodes[i]
        if node.name == trace.output:
            continue
        consumers = [at[name] for name in node.children]
        counts[i] = sum(counts[c] for c in consumers)
        plain[i] = plain[i] and all(plain[c] for c in consumers)
        if plain[i] or counts[i] <= MOST_ARRAYS:
            links = [link for c in consumers for link in _continued(trace, c, node.name, found[c])]
            links.sort(key=lambda link: -link.size)
            found[i] = tuple(links[: SHOWN if plain[i] else MOST_ARRAYS])
        else:
            found[i] = None
    return Chains(tuple(counts), tuple(found))


def _continued(
    trace: Trace, consumer: int, name: str, chains: tuple[Link, ...] | None
) -> list[Link]:
    """Return the chains to a consumer, each taken one edge further."""
    edge = trace.nodes[consumer].edge(name)
    links: list[Link] = []
    for rank, link in enumerate(chains or ()):
        with np.errstate(all="ignore"):
            product = (
                link.product * edge.local if edge.shapes == ((), ()) else edge.carry(link.product)
            )
            size = float(np.linalg.norm(np.ravel(product)))
        links.append(Link(consumer, rank, product, size if size == size else float("inf")))
    return links
