"""Expressions as text: read by Python's parser, checked against a list of what may stand there, never executed."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from math import isinf
from typing import Any, NoReturn, cast

import numpy as np

from ..._errors import DataError, GanglionError, ParameterError
from ..graph import NO_OPTIONS, PRIMITIVES, Primitive, Variable, next_serial
from ._parsing import COMPARISONS, OPERATORS, SIGNS, Statement, Text, literal
from ._text_functions import FUNCTIONS, call_function


def _zero(position: int, y: Any, arguments: Any) -> float:
    """Return the derivative of a comparison."""
    return 0.0


def _comparison(name: str) -> Primitive:
    """Return a comparison as an operation of the graph: 1 where it holds, 0 elsewhere."""
    compute = getattr(np, name)

    def forward(left: Any, right: Any) -> Any:
        return np.asarray(compute(left, right), dtype=np.float64)[()]

    return Primitive(
        name, forward, pull=None, push=None, local=_zero, formula=f"{{0}} {SIGNS[name]} {{1}}"
    )


_COMPARE = {name: _comparison(name) for name in SIGNS}


class _Names:
    """Which names mean what, statement by statement."""

    def __init__(
        self, text: Text, statements: Sequence[Statement], inputs: Mapping[str, Variable]
    ) -> None:
        self.text = text
        self.statements = statements
        # Names in the text come in this form from the parser.
        self.inputs = {unicodedata.normalize("NFKC", name): value for name, value in inputs.items()}
        if len(self.inputs) < len(inputs):
            raise ParameterError(
                f"Inputs must have names that differ as Python reads them (NFKC); got {', '.join(map(ascii, inputs))}, "
                "two of which are one name to it. Rename one of them."
            )
        self.assigned = {
            statement.targets[0].id: statement
            for statement in statements
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        }

    def check(self) -> None:
        """Refuse names that mean nothing, nothing yet, or two things."""
        known = set(self.inputs)
        unknown: dict[str, ast.Name] = {}
        for statement in self.statements:
            called = {id(n.func) for n in ast.walk(statement.value) if isinstance(n, ast.Call)}
            for node in ast.walk(statement.value):
                if isinstance(node, ast.Name):
                    if id(node) in called:
                        self._check_called(node)
                    elif node.id not in known:
                        self._check_unknown(node)
                        unknown.setdefault(node.id, node)
            if isinstance(statement, ast.Assign):
                target = cast("ast.Name", statement.targets[0])
                if target.id in known:
                    what = "an input" if target.id in self.inputs else "assigned already"
                    self.text.refuse(
                        target,
                        f"{target.id!r} is {what}, and a name means one thing. Choose another one.",
                    )
                known.add(target.id)
        if unknown:
            self._refuse_unknown(unknown, known)

    def _check_called(self, node: ast.Name) -> None:
        if node.id in self.inputs or node.id in self.assigned:
            what = "an input" if node.id in self.inputs else "an assigned name"
            self.text.refuse(
                node, f"{node.id!r} is called as a function and is {what} too. Rename the value."
            )

    def _check_unknown(self, node: ast.Name) -> None:
        if node.id in self.assigned:
            line = self.assigned[node.id].lineno
            where = f" in line {line}" if len(self.text.lines) > 1 else ""
            self.text.refuse(
                node, f"{node.id!r} is used before it is assigned{where}. Put the assignment first."
            )
        if node.id in FUNCTIONS:
            self.text.refuse(
                node,
                f"{node.id!r} is a function. Call it: {node.id}(x); or pass an input of that name.",
            )

    def _refuse_unknown(self, unknown: dict[str, ast.Name], known: set[str]) -> NoReturn:
        names = sorted(unknown, key=lambda name: (unknown[name].lineno, unknown[name].col_offset))
        listed = " and ".join(filter(None, [", ".join(map(repr, names[:-1])), repr(names[-1])]))
        close = get_close_matches(names[0], known, n=1)
        hint = (
            f"Did you mean {close[0]!r}?" if close else f"Pass it with the inputs: {names[0]}=..."
        )
        have = ", ".join(map(repr, self.inputs)) or "none"
        verb = "is no input" if len(names) == 1 else "are no inputs"
        self.text.refuse(unknown[names[0]], f"{listed} {verb} (given: {have}). {hint}")


class _Evaluation:
    """One run over the statements, left to right and without recursion."""

    def __init__(self, names: _Names, level: int) -> None:
        self.text = names.text
        self.values = dict(names.inputs)
        self.level = level
        self.named: dict[Variable, str] = {}
        self.inputs = set(names.inputs.values())

    def run(self, statement: Statement) -> Variable:
        """Compute a statement; give its value the name that it assigns."""
        result = self._value(statement.value)
        if isinstance(statement, ast.Assign):
            name = cast("ast.Name", statement.targets[0]).id
            if result in self.named or result in self.inputs:
                result = cast("Variable", PRIMITIVES["identity"](result))
            self.named[result] = name
            self.values[name] = result
        return result

    def _value(self, root: ast.expr) -> Variable:
        stack: list[Variable] = []
        for node in _postfix(root):
            if isinstance(node, ast.Name):
                stack.append(self.values[node.id])
                continue
            number = literal(node)
            if number is not None:
                stack.append(self._constant(node, number))
                continue
            operands = _operands(node)
            arguments = stack[len(stack) - len(operands) :]
            del stack[len(stack) - len(operands) :]
            stack.append(self._apply(node, arguments))
        return stack[0]

    def _constant(self, node: ast.expr, number: float) -> Variable:
        try:
            value = float(number)
        except OverflowError:
            value = np.inf
        if isinf(value):
            self.text.refuse(
                node, "A number must be one that float64 can hold; this one is larger than 1.8e308."
            )
        return Variable(np.float64(value), None, (), NO_OPTIONS, next_serial(), self.level)

    def _apply(self, node: ast.expr, arguments: list[Variable]) -> Variable:
        try:
            if isinstance(node, ast.UnaryOp):
                return arguments[0] if isinstance(node.op, ast.UAdd) else -arguments[0]
            if isinstance(node, ast.BinOp):
                return PRIMITIVES[OPERATORS[type(node.op)]](*arguments)
            if isinstance(node, ast.Compare):
                return _COMPARE[COMPARISONS[type(node.ops[0])]](*arguments)
            call = cast("ast.Call", node)
            settings = [cast("int", literal(setting)) for setting in call.args[len(arguments) :]]
            return call_function(cast("ast.Name", call.func).id, arguments, settings)
        except (GanglionError, ValueError, TypeError, IndexError) as error:
            self.text.refuse(
                node, f"{str(error).rstrip('.')}, in `{self.text.words(node)}`.", DataError
            )


def _operands(node: ast.expr) -> list[ast.expr]:
    """Return what an operation is applied to, without settings such as an axis."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call):
        values = FUNCTIONS[cast("ast.Name", node.func).id].values
        return node.args if values is None else node.args[:values]
    return []


def _postfix(root: ast.expr) -> Iterator[ast.expr]:
    """Return the nodes of an expression, operands before what is applied to them, from left to right."""
    found: list[ast.expr] = []
    stack = [root]
    while stack:
        node = stack.pop()
        found.append(node)
        if literal(node) is None:
            stack.extend(_operands(node))
    return reversed(found)


def evaluate(
    text: str, inputs: Mapping[str, Variable], level: int
) -> tuple[Variable, dict[Variable, str]]:
    """Compute an expression of variables.

    Parameters
    ----------
    text : str
        Statements, separated by new lines or `;`.
    inputs : mapping of str to Variable
        What the names in it stand for.
    level : int
        The differentiation that its constants belong to.

    Returns
    -------
    output : Variable
        The value of the last statement.
    names : dict
        The names that statements gave to values.

    Raises
    ------
    ParameterError
        The text holds what it may not hold; shows where.
    SyntaxError
        It cannot be parsed; shows where.
    DataError
        Shapes do not fit; shows where.
    """
    read = Text(text)
    statements = read.statements()
    names = _Names(read, statements, inputs)
    names.check()
    evaluation = _Evaluation(names, level)
    output = [evaluation.run(statement) for statement in statements][-1]
    return output, evaluation.named
