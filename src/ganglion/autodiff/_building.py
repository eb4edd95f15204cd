"""From the graph that a function left behind to the nodes of a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, count
from typing import Any, final

import numpy as np

from ._edges import Edge, edge_of, shown
from ._formulas import formula_of, number
from .blocks import Block
from .graph import Value, Variable
from .nodes import Node
from .passes import order, pull_back

Visited = dict[Variable, tuple[Value, list[tuple[int, Value]]]]
MOST_PRIMES = 3  # "2", "2'", "2''", "2'''", then "2 #5"


@final
class Draft:
    """A node while it is being put together.

    Attributes
    ----------
    variable : Variable or None
        What was recorded; None for a plain constant.
    parents : dict
        The parents' drafts with the positions at which each enters.
    is_active : bool
        Whether it depends on an input.
    incoming : value
        What its consumers carry back to it, added up; None where nothing comes.
    """

    __slots__ = (
        "block", "children", "edges", "incoming", "is_active", "name", "op", "parents", "product", "value", "variable",
    )  # fmt: skip

    def __init__(self, variable: Variable | None, op: str, value: Value, *, is_active: bool) -> None:
        self.variable = variable
        self.op = op
        self.value = value
        self.is_active = is_active
        self.name = ""
        self.block = ""
        self.parents: dict[Draft, list[int]] = {}
        self.children: list[Draft] = []
        self.edges: list[Edge] = []
        self.product: dict[str, Value] = {}
        self.incoming: Value = None


@final
class Drawing:
    """The drafts of all nodes, in the order in which a trace lists them."""

    def __init__(self, output: Variable, inputs: Mapping[str, Variable], blocks: Sequence[Block]) -> None:
        self.output = output
        self.inputs = inputs
        self.blocks = sorted(blocks, key=lambda block: block.start)
        self.level = min((v.level for v in inputs.values()), default=output.level)
        self.drafts: list[Draft] = []
        self.known: dict[Variable, Draft] = {}
        self.arrays: dict[int, Draft] = {}

    def collect(self) -> None:
        """Make a draft of every input, and of every constant and variable that leads to the output."""
        for variable in self.inputs.values():
            self._add(variable, "input", is_active=True)
        for variable in order(self.output, self.level)[0]:
            if variable not in self.known:
                self._collect(variable)
        last = self.known[self.output]
        self.drafts.remove(last)  # an input may be the output
        self.drafts.append(last)

    def _add(self, variable: Variable, op: str, *, is_active: bool) -> Draft:
        draft = Draft(variable, op, variable.value, is_active=is_active)
        self.known[variable] = draft
        self.drafts.append(draft)
        return draft

    def _collect(self, variable: Variable) -> None:
        """Make a draft of a variable behind those of its plain arguments."""
        block = self._block_of(variable.serial)
        if variable.primitive is None:
            self._add(variable, "constant", is_active=False).block = block
            return
        parents: dict[Draft, list[int]] = {}
        for position, argument in enumerate(variable.arguments):
            parents.setdefault(self._argument(argument, block), []).append(position)
        is_active = any(parent.is_active for parent in parents)
        draft = self._add(variable, variable.primitive.name, is_active=is_active)
        draft.block = block
        draft.parents = parents
        for parent in parents:
            parent.children.append(draft)

    def _argument(self, argument: Value, block: str) -> Draft:
        """Return the draft of an argument; every plain number is a node of its own, an array is one for all its uses."""
        if type(argument) is Variable:
            if argument in self.known:
                return self.known[argument]
            argument = argument.value  # of an outer differentiation: a constant here
        known = self.arrays.get(id(argument)) if isinstance(argument, np.ndarray) else None
        if known is not None:
            return known
        draft = Draft(None, "constant", argument, is_active=False)
        draft.block = block
        self.drafts.append(draft)
        if isinstance(argument, np.ndarray):
            self.arrays[id(argument)] = draft
        return draft

    def _block_of(self, serial: int) -> str:
        """Return the innermost block that a serial number lies in."""
        innermost = ""
        for block in self.blocks:
            if block.start < serial < block.stop:
                innermost = block.name
        return innermost

    def used_blocks(self) -> tuple[Block, ...]:
        """Return the blocks that something of the trace lies in, as they ended."""
        inputs = set(self.inputs.values())
        serials = [variable.serial for variable in self.known if variable not in inputs]
        used = [b for b in self.blocks if any(b.start < serial < b.stop for serial in serials)]
        return tuple(sorted(used, key=lambda block: block.stop))

    def name(self, names: Mapping[Variable, str]) -> None:
        """Give every node its name: the given one, a constant's number, otherwise v1, v2 ... and f for the output."""
        given = {variable: name for name, variable in self.inputs.items()}
        taken = set(self.inputs)
        for variable, name in names.items():
            if variable not in given and variable in self.known:
                given[variable] = _free(name, taken)
                taken.add(given[variable])
        if self.output not in given and self.known[self.output].op != "constant":
            given[self.output] = next(name for name in chain(("f",), _numbered("out")) if name not in taken)
            taken.add(given[self.output])
        values, arrays = _numbered("v"), _numbered("c")
        for draft in self.drafts:
            if draft.variable is not None and draft.variable in given:
                draft.name = given[draft.variable]
            elif draft.op == "constant" and np.shape(draft.value) == ():
                draft.name = _free(number(draft.value), taken)
            else:
                series = arrays if draft.op == "constant" else values
                draft.name = next(name for name in series if name not in taken)
            taken.add(draft.name)

    def differentiate(self) -> None:
        """Take upstream gradients and their shares from the engine's own pass; what it leaves out follows its rules."""
        visited: Visited = {}

        def visit(node: Variable, upstream: Value, contributions: list[tuple[int, Value]]) -> None:
            visited[node] = (upstream, contributions)

        with np.errstate(all="ignore"):
            seed = np.ones((), np.asarray(self.output.value).dtype)[()]
            pull_back(self.output, seed, self.level, visit=visit)
            self.known[self.output].incoming = seed
            for draft in reversed(self.drafts):
                self._carry_back(draft, visited)

    def _carry_back(self, draft: Draft, visited: Visited) -> None:
        """Give a node its edges, and each parent its share."""
        if draft.is_active and draft.variable in visited:
            draft.incoming = visited[draft.variable][0]
        for parent, positions in draft.parents.items():
            assert draft.variable is not None
            edge = edge_of(draft.variable, positions, parent.name, active=parent.is_active)
            draft.edges.append(edge)
            share = self._share(draft, edge, positions, visited) if parent.is_active else None
            if share is None:
                share = np.zeros(edge.shapes[1]) if draft.incoming is None else edge.carry(draft.incoming)
            draft.product[parent.name] = shown(share)
            if draft.incoming is not None:
                parent.incoming = share if parent.incoming is None else parent.incoming + share

    def _share(self, draft: Draft, edge: Edge, positions: list[int], visited: Visited) -> Value | None:
        """Return what the pass carried to these positions; None where it carried nothing."""
        assert draft.variable is not None
        total: Value | None = None
        for position, share in visited.get(draft.variable, (None, []))[1]:
            if position in positions:
                total = share if total is None else total + share
        return total

    def node(self, draft: Draft) -> Node:
        """Return the finished node."""
        upstream = np.zeros(np.shape(draft.value)) if draft.incoming is None else draft.incoming
        return Node(
            name=draft.name,
            op=draft.op,
            value=shown(draft.value),
            upstream=shown(upstream),
            parents=tuple(parent.name for parent in draft.parents),
            children=tuple(dict.fromkeys(child.name for child in draft.children)),
            product=draft.product,
            formula=self._formula(draft),
            block=draft.block,
            _edges=tuple(draft.edges),
        )

    def _formula(self, draft: Draft) -> str:
        if draft.variable is None or not draft.parents:
            return ""
        texts: dict[int, str] = {}
        for parent, positions in draft.parents.items():
            is_number = parent.op == "constant" and parent.variable is None and np.shape(parent.value) == ()
            text = number(parent.value) if is_number else parent.name
            texts |= dict.fromkeys(positions, text)
        primitive: Any = draft.variable.primitive
        return formula_of(primitive, [texts[p] for p in sorted(texts)], draft.variable.options)


def _numbered(stem: str) -> Any:
    """Yield stem1, stem2 ..."""
    return (f"{stem}{i}" for i in count(1))


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with primes and then a number where it is taken."""
    for primes in range(MOST_PRIMES + 1):
        if name + "'" * primes not in taken:
            return name + "'" * primes
    return next(f"{name} #{i}" for i in count(MOST_PRIMES + 2) if f"{name} #{i}" not in taken)
