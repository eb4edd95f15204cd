"""A block of a trace as one node: its value is what leaves it, its derivatives are those across it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._errors import ParameterError
from ..graph import Value
from ._edges import LARGEST_JACOBIAN, Edge, shown, unit_seeds
from ._formulas import Recipe, formula_of
from .blocks import Block
from .nodes import Node

if TYPE_CHECKING:
    from .tracing import Trace


def fold(
    trace: Trace, names: Sequence[str]
) -> tuple[tuple[Node, ...], tuple[str, ...], str, str, tuple[Block, ...]]:
    """Return the parts of the trace in which the named blocks are a node each; without names the outermost ones."""
    known = {block.name: block for block in trace.blocks}
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=3) or list(known)
            have = f"There are {', '.join(map(repr, close))}." if close else "It has none."
            raise ParameterError(f"No block of the trace is called {name!r}. {have}")
    chosen = [known[name] for name in names] or list(trace.blocks)
    outermost = [b for b in chosen if not any(_is_inside(b, other) for other in chosen)]
    nodes, output = list(trace.nodes), trace.output
    for block in dict.fromkeys(outermost):
        inside = {b.name for b in trace.blocks if b == block or _is_inside(b, block)}
        around = [b for b in trace.blocks if _is_inside(block, b)]
        outer = max(around, key=lambda b: b.start).name if around else ""
        nodes = _Fold(nodes, inside, block.name).nodes(outer)
        output = nodes[-1].name
    left = tuple(b for b in trace.blocks if not any(b == o or _is_inside(b, o) for o in outermost))
    return tuple(nodes), trace.inputs, output, trace.title, left


def _is_inside(block: Block, other: Block) -> bool:
    """Whether a block lies in another one."""
    return block != other and other.start <= block.start and block.stop <= other.stop


class _Fold:
    """One block of a list of nodes, being made one node."""

    def __init__(self, nodes: list[Node], blocks: set[str], name: str) -> None:
        self.all = nodes
        members = {node.name for node in nodes if node.block in blocks}
        # A constant that is used outside too stays a node.
        shared = {
            n.name
            for n in nodes
            if n.op == "constant" and n.name in members and set(n.children) - members
        }
        self.members = members - shared
        self.inside = [node for node in nodes if node.name in self.members]
        self.by_name = {node.name: node for node in nodes}
        last = nodes[-1].name
        self.outputs = [n for n in self.inside if n.name == last or set(n.children) - self.members]
        self.name = _free(name, {node.name for node in nodes if node.name not in self.members})
        sizes = [int(np.size(node.value)) for node in self.outputs]
        self.starts = dict(
            zip((n.name for n in self.outputs), np.cumsum([0, *sizes]).tolist(), strict=False)
        )
        self.parents = list(
            dict.fromkeys(p for n in self.inside for p in n.parents if p not in self.members)
        )
        self.known: dict[str, Value] = {}
        self.is_single = len(self.outputs) == 1
        self.shape = self.outputs[0].shape if self.is_single else (sum(sizes),)

    def nodes(self, outer: str) -> list[Node]:
        """Return all nodes, the block in the place of its last one."""
        last = self.inside[-1].name
        found: list[Node] = []
        for node in self.all:
            if node.name == last:
                found.append(self._block(outer))
            if node.name not in self.members:
                found.append(self._outside(node))
        return found

    def _joined(self, values: list[Any]) -> Value:
        """Return what belongs to the outputs as one value."""
        return shown(
            values[0] if self.is_single else np.concatenate([np.ravel(value) for value in values])
        )

    def _block(self, outer: str) -> Node:
        """Return the node of the block."""
        parents = list(
            dict.fromkeys(p for n in self.inside for p in n.parents if p not in self.members)
        )
        products: dict[str, Value] = {}
        for parent in parents:
            shares = [n.product[parent] for n in self.inside if parent in n.parents]
            products[parent] = shown(sum(shares[1:], start=shares[0]))
        children = dict.fromkeys(
            c for n in self.outputs for c in n.children if c not in self.members
        )
        arguments = [p for p in parents if self.by_name[p].op != "constant"] or parents
        return Node(
            name=self.name,
            op="block",
            value=self._joined([node.value for node in self.outputs]),
            upstream=self._joined([self._from_outside(node) for node in self.outputs]),
            parents=tuple(parents),
            children=tuple(children),
            product=products,
            formula=f"{self.name}({', '.join(arguments)})",
            block=outer,
            _edges=tuple(self._edge_across(parent) for parent in parents),
        )

    def _from_outside(self, node: Node) -> Value:
        """Return what comes back to an output from outside; other outputs of the block may depend on it too."""
        shares = [
            self.by_name[c].product[node.name] for c in node.children if c not in self.members
        ]
        return sum(shares[1:], start=shares[0]) if shares else node.upstream

    def _edge_across(self, parent: str) -> Edge:
        """Return the edge from the block to one of its parents."""
        shape = self.by_name[parent].shape

        def carry(upstream: Value) -> Value:
            return self._carried(upstream)[parent]

        return Edge(parent, carry, (self.shape, shape), jacobian=lambda: self._jacobians()[parent])

    def _carried(self, upstream: Value) -> dict[str, Value]:
        """Return what comes back to every parent: the pass over the nodes inside, the last one first."""
        waiting = self._parted(upstream)
        for node in reversed(self.inside):
            share_of = waiting.pop(node.name, None)
            if share_of is None:
                continue
            for edge in node.edges:
                share, known = edge.carry(share_of), waiting.get(edge.parent)
                waiting[edge.parent] = share if known is None else known + share
        return waiting

    def _jacobians(self) -> dict[str, Value]:
        """Return the derivatives by all parents that are small enough to show, from one pass for each number."""
        if not self.known:
            size = prod(self.shape)
            shapes = {parent: self.by_name[parent].shape for parent in self.parents}
            small = {
                p: shape for p, shape in shapes.items() if size * prod(shape) <= LARGEST_JACOBIAN
            }
            self.known = {parent: np.zeros(self.shape + shape) for parent, shape in small.items()}
            for index, seed in unit_seeds(self.shape):
                carried = self._carried(seed)
                for parent, jacobian in self.known.items():
                    jacobian[index] = carried[parent]
        return self.known

    def _parted(self, upstream: Value) -> dict[str, Value]:
        """Return the parts of the block's gradient that belong to its outputs."""
        if self.is_single:
            return {self.outputs[0].name: upstream}
        return {
            node.name: np.reshape(
                upstream[self.starts[node.name] :][: int(np.size(node.value))], node.shape
            )[()]
            for node in self.outputs
        }

    def _outside(self, node: Node) -> Node:
        """Return a node outside with the block in the place of what it had inside."""
        used = [parent for parent in node.parents if parent in self.members]
        children = dict.fromkeys(
            self.name if child in self.members else child for child in node.children
        )
        if not used:
            return replace(node, children=tuple(children))
        parents = dict.fromkeys(
            self.name if parent in self.members else parent for parent in node.parents
        )
        edge = self._edge_into(node, used)
        products = {p: node.product[p] for p in parents if p != self.name}
        products[self.name] = self._gathered({parent: node.product[parent] for parent in used})
        formula, recipe = self._said(node, used)
        return replace(
            node,
            children=tuple(children),
            parents=tuple(parents),
            product={p: products[p] for p in parents},
            formula=formula,
            _edges=tuple(edge if p == self.name else node.edge(p) for p in parents),
            _recipe=recipe,
        )

    def _said(self, node: Node, used: list[str]) -> tuple[str, Recipe | None]:
        """Return a node's formula and recipe with parts of the block in the place of what was inside."""
        if node.recipe is None:  # another block
            formula = node.formula
            for parent in used:
                formula = _renamed(formula, parent, self._label(parent))
            return formula, None
        recipe = replace(
            node.recipe,
            names=tuple(self.name if name in used else name for name in node.recipe.names),
            labels=tuple(
                self._label(name) if name in used else label
                for name, label in zip(node.recipe.names, node.recipe.labels, strict=True)
            ),
        )
        return formula_of(recipe), recipe

    def _edge_into(self, node: Node, used: list[str]) -> Edge:
        """Return the edge from a node to the block."""
        edges = {parent: node.edge(parent) for parent in used}
        if self.is_single:
            return edges[used[0]].renamed(self.name)

        def carry(upstream: Value) -> Value:
            return self._gathered({parent: edge.carry(upstream) for parent, edge in edges.items()})

        return Edge(self.name, carry, (node.shape, self.shape))

    def _gathered(self, shares: dict[str, Value]) -> Value:
        """Return gradients of some outputs as one of the block."""
        if self.is_single:
            return next(iter(shares.values()))
        total = np.zeros(self.shape)
        for name, share in shares.items():
            start = self.starts[name]
            total[start : start + int(np.size(share))] = np.ravel(share)
        return shown(total)

    def _label(self, output: str) -> str:
        """Return what stands for an output in formulas: the block, or a part of it."""
        if self.is_single:
            return self.name
        start, size = self.starts[output], int(np.size(self.by_name[output].value))
        return f"{self.name}[{start}]" if size == 1 else f"{self.name}[{start}:{start + size}]"


def _renamed(formula: str, old: str, new: str) -> str:
    """Return a formula with another name for one of its arguments."""
    return re.sub(rf"(?<![\w.\]]){re.escape(old)}(?![\w\[('])", lambda _: new, formula)


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no other node has."""
    while name in taken:
        name += "'"
    return name
