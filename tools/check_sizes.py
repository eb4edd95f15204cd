"""Print every file and function that has grown over the house limits; exit 1 where one is past bearing.

    python tools/check_sizes.py [FOLDER]

Two limits each: past the first a line is printed, past the second the check fails. Documentation is free: a function
is as long as its lines without the docstring. Parameters count where a caller must keep their order; keyword-only ones
are free in the public API. Levels of nesting are compound statements inside one function.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("src", "native", "tests", "benchmarks", "tools", "examples")
SUFFIXES = {".py", ".pyi", ".hpp", ".cpp", ".h", ".js", ".css", ".html", ".jinja"}
FILE_LINES = (400, 600)
FUNCTION_LINES = (40, 60)
PARAMETERS = (6, 6)
NESTING = (4, 4)

Function = ast.FunctionDef | ast.AsyncFunctionDef
COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


@dataclass(frozen=True)
class Finding:
    """One measured thing that is over its first limit."""

    place: str
    what: str
    size: int
    limits: tuple[int, int]

    @property
    def is_failure(self) -> bool:
        """Whether it is over the second limit too."""
        return self.size > self.limits[1]

    def __str__(self) -> str:
        """One line that a terminal can turn into a link."""
        word = "error" if self.is_failure else "note"
        limit = self.limits[1] if self.is_failure else self.limits[0]
        return f"{self.place}: {word}: {self.what}: {self.size}, the limit is {limit}"


def sources(root: Path) -> Iterator[Path]:
    """Yield every source file below the folders of `root`, in a fixed order."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function in a module, methods and nested ones included."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def code_lines(function: Function) -> int:
    """Count the lines from `def` to the end, less the docstring."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None and len(function.body) > 1:
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def counted_parameters(function: Function) -> int:
    """Count what a caller must keep in order; keyword-only parameters too where the function is private."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    is_private = function.name.startswith("_") and not function.name.startswith("__")
    keyword_only = len(function.args.kwonlyargs) if is_private else 0
    return len(names) - (names[:1] in (["self"], ["cls"])) + keyword_only


def nesting(node: ast.AST) -> int:
    """Return the depth of compound statements below `node`; an `elif` is no deeper than its `if`."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child) + (isinstance(child, COMPOUND) and not is_elif))
    return deepest


def check_python(path: Path, shown: str) -> Iterator[Finding]:
    """Measure the functions of one Python file."""
    for function in functions(ast.parse(path.read_text(encoding="utf-8"), filename=shown)):
        place = f"{shown}:{function.lineno}"
        yield Finding(place, f"{function.name} has lines", code_lines(function), FUNCTION_LINES)
        yield Finding(
            place, f"{function.name} has parameters", counted_parameters(function), PARAMETERS
        )
        yield Finding(place, f"{function.name} has levels", nesting(function), NESTING)


def check(root: Path) -> list[Finding]:
    """Return what is over a limit below `root`."""
    found: list[Finding] = []
    for path in sources(root):
        shown = path.relative_to(root).as_posix()
        lines = len(path.read_text(encoding="utf-8").splitlines())
        found.append(Finding(shown, "the file has lines", lines, FILE_LINES))
        if path.suffix == ".py":
            found.extend(check_python(path, shown))
    return [finding for finding in found if finding.size > finding.limits[0]]


def main(arguments: list[str]) -> int:
    """Print the findings and return the exit status."""
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    found = check(root)
    for finding in found:
        print(finding)
    failures = sum(finding.is_failure for finding in found)
    if failures:
        print(f"{failures} over the limit. Split at the joint that already shows.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
