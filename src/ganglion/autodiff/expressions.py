"""Expressions as text: read by Python's parser, checked against a list of what may stand there, never executed."""

from __future__ import annotations

import ast
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import cleandoc
from math import isinf
from typing import Any, NoReturn, TypeAlias, cast

import numpy as np

from .._errors import DataError, GanglionError, ParameterError
from ._text_functions import FUNCTIONS, call_function, wrong_number
from .graph import NO_OPTIONS, PRIMITIVES, Primitive, Variable, next_serial

LONGEST = 100_000  # characters
DEEPEST = 64  # brackets within brackets
WINDOW = 60  # characters shown on either side of the place of an error
ALLOWED = (
    "An expression may hold names, numbers, + - * / ** @, comparisons, parentheses and calls of functions such as exp(x)."
)

Statement: TypeAlias = "ast.Expr | ast.Assign"

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.MatMult: "matmul",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
_SIGNS = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!="}
_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "an attribute (a dot behind a name)",
    ast.Subscript: "an index in square brackets",
    ast.Slice: "an index in square brackets",
    ast.Lambda: "a lambda",
    ast.BoolOp: "'and' or 'or' (multiply comparisons instead)",
    ast.IfExp: "'if ... else' (write where(condition, a, b))",
    ast.NamedExpr: "':=' (write name = expression as a statement of its own)",
    ast.Starred: "a starred argument",
    ast.keyword: "a keyword argument (pass it by position)",
    ast.List: "a list (pass arrays as inputs)",
    ast.Tuple: "a tuple (pass arrays as inputs)",
    ast.Dict: "a dict",
    ast.Set: "a set",
    ast.JoinedStr: "a string",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.AugAssign: "an assignment with an operator (write name = name2 + ...)",
    ast.AnnAssign: "a type annotation",
    ast.Mod: "'%'",
    ast.FloorDiv: "'//'",
    ast.BitXor: "'^' (write ** for a power)",
    ast.BitAnd: "'&' (multiply comparisons instead)",
    ast.BitOr: "'|'",
    ast.Not: "'not'",
    ast.Invert: "'~'",
    ast.Is: "'is' (write ==)",
    ast.In: "'in'",
}


def _zero(position: int, y: Any, arguments: Any) -> float:
    """Return the derivative of a comparison."""
    return 0.0


def _comparison(name: str) -> Primitive:
    """Return a comparison as an operation of the graph: 1 where it holds, 0 elsewhere."""
    compute = getattr(np, name)

    def forward(left: Any, right: Any) -> Any:
        return np.asarray(compute(left, right), dtype=np.float64)[()]

    return Primitive(name, forward, pull=None, push=None, local=_zero, formula=f"{{0}} {_SIGNS[name]} {{1}}")


_COMPARE = {name: _comparison(name) for name in _SIGNS}


@dataclass(frozen=True)
class _Place:
    """Where something stands in the text, for an error."""

    lines: Sequence[str]
    line: int
    column: int

    def __str__(self) -> str:
        number = f"line {self.line + 1}, " if len(self.lines) > 1 else ""
        return f"{number}column {self.column + 1}"

    def shown(self) -> str:
        """Return the line with a caret below."""
        start = max(0, self.column - WINDOW)
        part = self.lines[self.line][start : self.column + WINDOW]
        visible = "".join(sign if sign.isprintable() else " " for sign in part)
        return f"\n    {visible}\n    {' ' * (self.column - start)}^"


class _Text:
    """The text of an expression, and errors that point into it."""

    def __init__(self, text: str) -> None:
        self.text = cleandoc(text)
        # As the parser counts lines; str.splitlines knows more ends of a line.
        self.lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def place(self, node: ast.AST) -> _Place:
        """Return where a node begins; the parser counts bytes."""
        line: int = getattr(node, "lineno", 1) - 1
        before = self.lines[line].encode("utf-8")[: getattr(node, "col_offset", 0)]
        return _Place(self.lines, line, len(before.decode("utf-8", "ignore")))

    def words(self, node: ast.AST) -> str:
        """Return the text of a node, shortened."""
        words = " ".join((ast.get_source_segment(self.text, cast("ast.expr", node)) or "").split())
        return words if len(words) <= WINDOW else words[: WINDOW - 3] + "..."

    def refuse(self, node: ast.AST, what: str, kind: type[GanglionError] = ParameterError) -> NoReturn:
        """Raise an error that shows the place of a node."""
        place = self.place(node)
        raise kind(f"{what} At {place}:{place.shown()}") from None

    def statements(self) -> list[Statement]:
        """Parse the text; what can make the parser itself fail is refused before or named after."""
        if len(self.text) > LONGEST:
            raise ParameterError(
                f"An expression may have at most {LONGEST:,} characters; this one has {len(self.text):,}. "
                "Pass a function for a longer computation."
            )
        self._check_depth()
        too_deep = ParameterError(
            "The expression nests too deeply, or has too many operators in one statement. Cut it into several "
            "statements: name = expression; ..."
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = ast.parse(self.text).body
        except SyntaxError as error:
            raise self._syntax_error(error) from None
        except (RecursionError, MemoryError):
            raise too_deep from None
        except ValueError as error:  # NUL bytes, lone surrogates
            raise ParameterError(f"The expression cannot be read: {error}.") from None
        if not found:
            raise ParameterError("The expression is empty. Write one such as '(x + y) * z'.")
        return [self._statement(statement) for statement in found]

    def _check_depth(self) -> None:
        """Refuse brackets within brackets beyond any use, before the parser sees them."""
        depth = 0
        for at, sign in enumerate(self.text):
            if sign in "([{":
                depth += 1
                if depth > DEEPEST:
                    before = self.text[:at].split("\n")
                    place = _Place(self.lines, len(before) - 1, len(before[-1]))
                    raise ParameterError(
                        f"An expression may nest at most {DEEPEST} brackets. At {place}:{place.shown()}"
                    )
            elif sign in ")]}":
                depth -= 1

    def _syntax_error(self, error: SyntaxError) -> SyntaxError:
        """Return the parser's error with the expression and a caret."""
        line = min(max(error.lineno or 1, 1), len(self.lines)) - 1
        column = min(max(error.offset or 1, 1), len(self.lines[line]) + 1) - 1
        place = _Place(self.lines, line, column)
        message = f"{error.msg or 'invalid syntax'}. The expression cannot be read at {place}:{place.shown()}"
        return SyntaxError(message)

    def _statement(self, statement: ast.stmt) -> Statement:
        """Check a statement against what may stand in an expression."""
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
            if len(statement.targets) > 1 or not isinstance(target, ast.Name):
                self.refuse(statement, "An assignment gives one name to one expression: name = expression.")
            inside = [statement.value]
        elif isinstance(statement, ast.Expr):
            inside = [statement.value]
        else:
            what = _REFUSED.get(type(statement), f"{type(statement).__name__.lower()!r}")
            self.refuse(statement, f"An expression may not hold {what}. {ALLOWED}")
        for root in inside:
            for node in ast.walk(root):
                self._check(node)
        return statement

    def _check(self, node: ast.AST) -> None:
        """Refuse a node that is not on the list."""
        if isinstance(node, ast.BinOp):
            if type(node.op) not in _OPERATORS:
                self._not_allowed(node, _REFUSED.get(type(node.op), "this operator"))
        elif isinstance(node, ast.UnaryOp):
            if not isinstance(node.op, ast.USub | ast.UAdd):
                self._not_allowed(node, _REFUSED[type(node.op)])
        elif isinstance(node, ast.Compare):
            self._check_comparison(node)
        elif isinstance(node, ast.Call):
            self._check_call(node)
        elif isinstance(node, ast.Constant):
            if type(node.value) not in (int, float):
                kind = "a string" if isinstance(node.value, str | bytes) else repr(node.value)
                self._not_allowed(node, kind)
        elif isinstance(node, ast.expr | ast.keyword) and not isinstance(node, ast.Name):
            self._not_allowed(node, _REFUSED.get(type(node), f"{self.words(node)!r}"))

    def _not_allowed(self, node: ast.AST, what: str) -> NoReturn:
        self.refuse(node, f"An expression may not hold {what}. {ALLOWED}")

    def _check_comparison(self, node: ast.Compare) -> None:
        if len(node.ops) > 1:
            self._not_allowed(node, "a chain of comparisons (multiply two of them: (0 < x) * (x < 1))")
        if type(node.ops[0]) not in _COMPARISONS:
            self._not_allowed(node, _REFUSED.get(type(node.ops[0]), "this comparison"))

    def _check_call(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Name):
            self._not_allowed(node, "a call of anything but a function's name")
        name = node.func.id
        if name not in FUNCTIONS:
            close = get_close_matches(name, FUNCTIONS, n=3)
            hint = f"Did you mean {' or '.join(close)}?" if close else f"There are {', '.join(FUNCTIONS)}."
            self.refuse(node, f"No function is called {name!r}. {hint}")
        if node.keywords:
            self._not_allowed(node.keywords[0], _REFUSED[ast.keyword])
        wrong = wrong_number(name, len(node.args))
        if wrong:
            self.refuse(node, wrong)


class _Names:
    """Which names mean what, statement by statement."""

    def __init__(self, text: _Text, statements: Sequence[Statement], inputs: Mapping[str, Variable]) -> None:
        self.text = text
        self.statements = statements
        # Names in the text come in this form from the parser.
        self.inputs = {unicodedata.normalize("NFKC", name): value for name, value in inputs.items()}
        self.assigned = {
            statement.targets[0].id: statement
            for statement in statements
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        }

    def check(self) -> None:
        """Refuse names that mean nothing, nothing yet, or two things."""
        known = set(self.inputs)
        unknown: dict[str, ast.AST] = {}
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
                    self.text.refuse(target, f"{target.id!r} is {what}, and a name means one thing. Choose another one.")
                known.add(target.id)
        if unknown:
            self._refuse_unknown(unknown, known)

    def _check_called(self, node: ast.Name) -> None:
        if node.id in self.inputs or node.id in self.assigned:
            what = "an input" if node.id in self.inputs else "an assigned name"
            self.text.refuse(node, f"{node.id!r} is called as a function and is {what} too. Rename the value.")

    def _check_unknown(self, node: ast.Name) -> None:
        if node.id in self.assigned:
            line = self.assigned[node.id].lineno
            where = f" in line {line}" if len(self.text.lines) > 1 else ""
            self.text.refuse(node, f"{node.id!r} is used before it is assigned{where}. Put the assignment first.")
        if node.id in FUNCTIONS:
            self.text.refuse(node, f"{node.id!r} is a function. Call it: {node.id}(x); or pass an input of that name.")

    def _refuse_unknown(self, unknown: dict[str, ast.AST], known: set[str]) -> NoReturn:
        names = list(unknown)
        listed = " and ".join(filter(None, [", ".join(map(repr, names[:-1])), repr(names[-1])]))
        close = get_close_matches(names[0], known, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Pass it with the inputs: {names[0]}=..."
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
            number = _literal(node)
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
            self.text.refuse(node, "A number must be one that float64 can hold; this one is larger than 1.8e308.")
        return Variable(np.float64(value), None, (), NO_OPTIONS, next_serial(), self.level)

    def _apply(self, node: ast.expr, arguments: list[Variable]) -> Variable:
        try:
            if isinstance(node, ast.UnaryOp):
                return arguments[0] if isinstance(node.op, ast.UAdd) else -arguments[0]
            if isinstance(node, ast.BinOp):
                return PRIMITIVES[_OPERATORS[type(node.op)]](*arguments)
            if isinstance(node, ast.Compare):
                return _COMPARE[_COMPARISONS[type(node.ops[0])]](*arguments)
            call = cast("ast.Call", node)
            settings = [self._setting(call, setting) for setting in call.args[len(arguments) :]]
            return call_function(cast("ast.Name", call.func).id, arguments, settings)
        except (GanglionError, ValueError, TypeError, IndexError) as error:
            if isinstance(error, GanglionError) and "At column" in str(error):
                raise
            self.text.refuse(node, f"{str(error).rstrip('.')}, in `{self.text.words(node)}`.", DataError)

    def _setting(self, call: ast.Call, node: ast.expr) -> int:
        """Return an axis, a size or a switch: a whole number that stands in the text."""
        number = _literal(node)
        if type(number) is not int:
            name = cast("ast.Name", call.func).id
            self.text.refuse(node, f"Here {name} takes a whole number, such as {name}(x, {FUNCTIONS[name].example}).")
        return number


def _literal(node: ast.expr) -> float | None:
    """Return the number that a node is, with its sign; None where it is no number."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        number = cast("float", node.operand.value)
        return -number if isinstance(node.op, ast.USub) else number
    return cast("float", node.value) if isinstance(node, ast.Constant) else None


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
        if _literal(node) is None:
            stack.extend(_operands(node))
    return reversed(found)


def evaluate(text: str, inputs: Mapping[str, Variable], level: int) -> tuple[Variable, dict[Variable, str]]:
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
    read = _Text(text)
    statements = read.statements()
    names = _Names(read, statements, inputs)
    names.check()
    evaluation = _Evaluation(names, level)
    output = [evaluation.run(statement) for statement in statements][-1]
    return output, evaluation.named
