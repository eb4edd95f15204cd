"""Derivative chains as the definition has them: every way is walked, and its factors are multiplied."""

from __future__ import annotations


def every_chain(nodes, output, name):
    """Return all chains from the output to a node as (names, factors), by recursion over the edges."""
    parents = {node.name: node.local for node in nodes}

    def ways(at):
        if at == name:
            return [((at,), ())]
        return [
            ((at, *names), (local, *factors))
            for parent, local in parents[at].items()
            for names, factors in ways(parent)
        ]

    return ways(output)
