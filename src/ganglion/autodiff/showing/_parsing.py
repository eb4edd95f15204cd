"""Text to statements: Python's parser reads it, a list says what may stand in it, errors show the place."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import cleandoc
from typing import NoReturn, TypeAlias, cast

from ..._errors import GanglionError, ParameterError
from ._text_functions import FUNCTIONS, wrong_number

LONGEST = 100_000  # characters
DEEPEST = 64  # brackets within brackets
WINDOW = 60  # characters shown on either side of the place of an error
ALLOWED = "It may hold names, numbers, + - * / ** @, comparisons, parentheses and calls of functions such as exp(x)."

Statement: TypeAlias = "ast.Expr | ast.Assign"

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.MatMult: "matmul",
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
SIGNS = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
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


@dataclass(frozen=True)
class Place:
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


def _left_of_sign(node: ast.AST) -> ast.expr | None:
    """Return what stands before the sign of an operation: an operator, a dot, the second sign of a comparison."""
    if isinstance(node, ast.BinOp):
        return node.left
    if isinstance(node, ast.Attribute):
        return node.value
    if isinstance(node, ast.Compare):
        return node.comparators[0] if len(node.ops) > 1 else node.left
    return None


class Text:
    """The text of an expression, and errors that point into it."""

    def __init__(self, text: str) -> None:
        self.text = cleandoc(text)
        # As the parser counts lines; str.splitlines knows more ends of a line.
        self.lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def place(self, node: ast.AST) -> Place:
        """Return where a node is looked for: its beginning, and of an operation its sign."""
        left = _left_of_sign(node)
        if left is None:
            return self._at(getattr(node, "lineno", 1), getattr(node, "col_offset", 0))
        place = self._at(left.end_lineno or 1, left.end_col_offset or 0)
        rest = self.lines[place.line][place.column :]
        before_sign = len(rest) - len(rest.lstrip(" \t)"))
        is_found = before_sign < len(rest) and rest[before_sign] not in "\\#"
        return Place(self.lines, place.line, place.column + before_sign) if is_found else place

    def _at(self, line: int, column: int) -> Place:
        """Return a place; the parser counts lines from 1, and columns in bytes."""
        before = self.lines[line - 1].encode("utf-8")[:column]
        return Place(self.lines, line - 1, len(before.decode("utf-8", "ignore")))

    def words(self, node: ast.AST) -> str:
        """Return the text of a node, shortened."""
        words = " ".join((ast.get_source_segment(self.text, cast("ast.expr", node)) or "").split())
        return words if len(words) <= WINDOW else words[: WINDOW - 3] + "..."

    def refuse(
        self, node: ast.AST, what: str, kind: type[GanglionError] = ParameterError
    ) -> NoReturn:
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
        except ValueError as error:  # NUL bytes in earlier Pythons, lone surrogates
            if "\0" in self.text:
                raise self._syntax_error(self._null_byte()) from None
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
                    place = Place(self.lines, len(before) - 1, len(before[-1]))
                    raise ParameterError(
                        f"An expression may nest at most {DEEPEST} brackets. At {place}:{place.shown()}"
                    )
            elif sign in ")]}":
                depth -= 1

    def _null_byte(self) -> SyntaxError:
        """Return what later Pythons raise themselves."""
        before = self.text[: self.text.index("\0")]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return SyntaxError("source code string cannot contain null bytes", ("", line, column, ""))

    def _syntax_error(self, error: SyntaxError) -> SyntaxError:
        """Return the parser's error with the expression and a caret."""
        line = min(max(error.lineno or 1, 1), len(self.lines)) - 1
        column = min(max(error.offset or 1, 1), len(self.lines[line]) + 1) - 1
        place = Place(self.lines, line, column)
        message = f"{error.msg or 'invalid syntax'}. The expression cannot be read at {place}:{place.shown()}"
        return SyntaxError(message)

    def _statement(self, statement: ast.stmt) -> Statement:
        """Check a statement against what may stand in an expression."""
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
            if len(statement.targets) > 1 or not isinstance(target, ast.Name):
                self.refuse(
                    statement, "An assignment gives one name to one expression: name = expression."
                )
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
            if type(node.op) not in OPERATORS:
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
            self._not_allowed(
                node, "a chain of comparisons (multiply two of them: (0 < x) * (x < 1))"
            )
        if type(node.ops[0]) not in COMPARISONS:
            self._not_allowed(node, _REFUSED.get(type(node.ops[0]), "this comparison"))

    def _check_call(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Name):
            self._check(node.func)
            self._not_allowed(
                node, "a call of anything but a function's name (a product needs its *)"
            )
        name = node.func.id
        if name not in FUNCTIONS:
            close = get_close_matches(name, FUNCTIONS, n=3)
            hint = (
                f"Did you mean {' or '.join(close)}?"
                if close
                else f"There are {', '.join(FUNCTIONS)}."
            )
            product = " (a product needs its *)" if len(name) < 3 else ""
            self.refuse(node, f"No function is called {name!r}{product}. {hint}")
        if node.keywords:
            self._not_allowed(node.keywords[0], _REFUSED[ast.keyword])
        wrong = wrong_number(name, len(node.args))
        if wrong:
            self.refuse(node, wrong)
        values = FUNCTIONS[name].values
        for setting in [] if values is None else node.args[values:]:
            if type(literal(setting)) is not int:
                example = f"{name}(x, {FUNCTIONS[name].example})"
                self.refuse(
                    setting,
                    f"Here {name} takes a whole number that stands in the text, as in {example}.",
                )


def literal(node: ast.expr) -> float | None:
    """Return the number that a node is, with its sign; None where it is no number."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        number = cast("float", node.operand.value)
        return -number if isinstance(node.op, ast.USub) else number
    return cast("float", node.value) if isinstance(node, ast.Constant) else None
