"""From the graph that a function left behind to the nodes of a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from ..graph import Value, Variable
from ..passes import order, pull_back
from ._edges import Edge, Recorded, shown
from ._formulas import Recipe, formula_of, number
from .blocks import Block
from .nodes import Node

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
    label : str
        What stands for it in formulas: its name, or a constant's number.
    incoming : value
        What its consumers carry back to it, added up; None where nothing comes.
    """

    __slots__ = (
        "block", "children", "edges", "incoming", "is_active", "label", "name", "op", "parents", "product", "value",
        "variable",
    )  # fmt: skip

    def __init__(
        self, variable: Variable | None, op: str, value: Value, *, is_active: bool
    ) -> None:
        self.variable = variable
        self.op = op
        self.value = value
        self.is_active = is_active
        self.name = ""
        self.label = ""
        self.block = ""
        self.parents: dict[Draft, list[int]] = {}
        self.children: list[Draft] = []
        self.edges: list[Edge] = []
        self.product: dict[str, Value] = {}
        self.incoming: Value = None


@final
class Drawing:
    """The drafts of all nodes, in the order in which a trace lists them."""

    def __init__(
        self, output: Variable, inputs: Mapping[str, Variable], blocks: Sequence[Block]
    ) -> None:
        self.output = output
        self.inputs = inputs
        self.blocks = sorted(blocks, key=lambda block: block.start)
        self.level = min((v.level for v in inputs.values()), default=output.level)
        self.drafts: list[Draft] = []
        self.known: dict[Variable, Draft] = {}
        self.arrays: dict[tuple[Any, ...], Draft] = {}

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
        """Return the draft of an argument; a plain number is a node at each use, equal arrays are one for all."""
        if type(argument) is Variable:
            if argument in self.known:
                return self.known[argument]
            argument = argument.value  # of an outer differentiation: a constant here
        key = _content(argument) if type(argument) is np.ndarray else None
        if key is not None and key in self.arrays:
            return self.arrays[key]
        draft = Draft(None, "constant", argument, is_active=False)
        draft.block = block
        self.drafts.append(draft)
        if key is not None:
            self.arrays[key] = draft
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
        series = _Series(set(self.inputs))
        for variable, name in names.items():
            if variable not in given and variable in self.known:
                given[variable] = series.free(name)
        if self.output not in given and self.known[self.output].op != "constant":
            given[self.output] = "f" if series.take("f") else series.next("out")
        for draft in self.drafts:
            if draft.variable is not None and draft.variable in given:
                draft.name = draft.label = given[draft.variable]
            elif draft.op == "constant" and np.shape(draft.value) == ():
                draft.label = number(draft.value)
                draft.name = series.free(draft.label)
            else:
                draft.name = draft.label = series.next("c" if draft.op == "constant" else "v")

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
        if draft.variable is None:
            return
        shares: dict[int, Value] = {}
        if draft.is_active and draft.variable in visited:
            draft.incoming, contributions = visited[draft.variable]
            shares = dict(contributions)
        if not draft.parents:
            return
        recorded = Recorded(draft.variable)
        for parent, positions in draft.parents.items():
            edge = recorded.edge(positions, parent.name, active=parent.is_active)
            draft.edges.append(edge)
            found = [shares[p] for p in positions if p in shares] if parent.is_active else []
            if found:
                share = sum(found[1:], start=found[0])
            else:
                share = (
                    np.zeros(edge.shapes[1])
                    if draft.incoming is None
                    else edge.carry(draft.incoming)
                )
            draft.product[parent.name] = shown(share)
            if draft.incoming is not None:
                parent.incoming = share if parent.incoming is None else parent.incoming + share

    def nodes(self) -> tuple[Node, ...]:
        """Return the finished nodes; drafts let go of each other, so that nothing waits for the garbage collector."""
        found = tuple(self._node(draft) for draft in self.drafts)
        for draft in self.drafts:
            draft.parents.clear()
            draft.children.clear()
        return found

    def _node(self, draft: Draft) -> Node:
        upstream = np.zeros(np.shape(draft.value)) if draft.incoming is None else draft.incoming
        recipe = _recipe(draft)
        return Node(
            name=draft.name,
            op=draft.op,
            value=shown(draft.value),
            upstream=shown(upstream),
            parents=tuple(parent.name for parent in draft.parents),
            children=tuple(dict.fromkeys(child.name for child in draft.children)),
            product=draft.product,
            formula="" if recipe is None else formula_of(recipe),
            block=draft.block,
            _edges=tuple(draft.edges),
            _recipe=recipe,
        )


def _content(array: Value) -> tuple[Any, ...]:
    """Return what tells an array from others: a graph holds a copy for each use."""
    return array.shape, array.dtype.str, array.tobytes()


def _recipe(draft: Draft) -> Recipe | None:
    """Return the operation and what it was applied to."""
    if draft.variable is None or draft.variable.primitive is None or not draft.parents:
        return None
    parents: dict[int, Draft] = {}
    for parent, positions in draft.parents.items():
        parents |= dict.fromkeys(positions, parent)
    arguments = [parents[position] for position in sorted(parents)]
    names, labels = tuple(a.name for a in arguments), tuple(a.label for a in arguments)
    primitive = draft.variable.primitive
    said = {
        name: value for name, value in draft.variable.options.items() if name != primitive.keeps
    }
    return Recipe(primitive, names, labels, said)


@final
class _Series:
    """Names that are still free."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.last: dict[str, int] = {}

    def take(self, name: str) -> bool:
        """Take a name; say whether it was free."""
        is_free = name not in self.taken
        self.taken.add(name)
        return is_free

    def next(self, stem: str) -> str:
        """Take the next of v1, v2 ..."""
        return self._counted(f"{stem}{{}}", stem, 1)

    def free(self, name: str) -> str:
        """Take the name, with primes and then a number where it is taken."""
        for primes in range(MOST_PRIMES + 1):
            if self.take(name + "'" * primes):
                return name + "'" * primes
        return self._counted(
            name.replace("{", "{{").replace("}", "}}") + " #{}", f"{name} #", MOST_PRIMES + 2
        )

    def _counted(self, form: str, stem: str, first: int) -> str:
        """Take the first free name of a series; a series is never searched twice."""
        number_of = self.last.get(stem, first - 1) + 1
        while not self.take(form.format(number_of)):
            number_of += 1
        self.last[stem] = number_of
        return form.format(number_of)
