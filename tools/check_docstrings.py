"""Check the docstring of every public name: numpydoc's own rules, and what the house asks beyond them.

    python tools/check_docstrings.py [PACKAGE]

Public is what a user may import: the names in `__all__` (without one: the names defined there without an underscore) of
the package and of every module whose path has no underscore. Which of numpydoc's checks hold stands in pyproject.toml,
`[tool.numpydoc_validation]`. Beyond them:

- a function that raises says so under Raises;
- a record (dataclass) and its fields: each field stands under Attributes;
- a function that the package itself exports has an example.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from numpydoc.docscrape import ClassDoc, FunctionDoc
from numpydoc.validate import validate

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
# The help texts of commands are read by click, not by numpydoc.
LEFT_OUT = ("cli",)


def checks() -> frozenset[str]:
    """Return the codes of numpydoc's checks that hold here."""
    with PYPROJECT.open("rb") as file:
        return frozenset(tomllib.load(file)["tool"]["numpydoc_validation"]["checks"])


def public_modules(package: ModuleType) -> Iterator[ModuleType]:
    """Yield the package and every module below it without an underscore in its path."""
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        parts = found.name.split(".")[1:]
        if parts[0] not in LEFT_OUT and not any(part.startswith("_") for part in parts):
            yield importlib.import_module(found.name)


def exported(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the public names of a module with what they are."""
    names = getattr(module, "__all__", None)
    if names is not None:
        yield from ((name, getattr(module, name)) for name in names)
        return
    for name, value in vars(module).items():
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__:
            yield name, value


def public_objects(package: ModuleType) -> dict[str, Any]:
    """Map the full name of every public function and class to it; one name for each, the shortest."""
    found: dict[int, tuple[str, Any]] = {}
    for module in public_modules(package):
        for name, value in exported(module):
            ours = str(getattr(value, "__module__", "")).startswith(package.__name__)
            if ours and (inspect.isroutine(value) or inspect.isclass(value)):
                found.setdefault(id(value), (f"{module.__name__}.{name}", value))
    return dict(found.values())


def methods(name: str, cls: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods that a class defines itself."""
    for attribute, value in vars(cls).items():
        if not attribute.startswith("_") and inspect.isfunction(value):
            yield f"{name}.{attribute}", value


def is_short_form(value: Any) -> bool:
    """Whether one sentence is enough: an exception, a warning, a protocol."""
    return inspect.isclass(value) and (
        issubclass(value, BaseException) or getattr(value, "_is_protocol", False)
    )


def numpydoc_complaints(name: str, value: Any, codes: frozenset[str]) -> Iterator[str]:
    """Yield what numpydoc says about one name, as far as it applies."""
    if is_short_form(value):
        codes = frozenset(code for code in codes if code[:2] in ("GL", "SS"))
    elif dataclasses.is_dataclass(value):
        codes = frozenset(code for code in codes if not code.startswith(("PR", "RT")))
    for code, message in validate(name)["errors"]:
        if code in codes:
            yield f"{code} {message}"


def raises(function: Any) -> bool:
    """Whether the function itself holds a `raise` with an error of its own."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return any(isinstance(node, ast.Raise) and node.exc is not None for node in ast.walk(tree))


def house_complaints(name: str, value: Any) -> Iterator[str]:
    """Yield what the house asks beyond numpydoc."""
    if inspect.isfunction(value):
        sections = FunctionDoc(value)
        if raises(value) and not sections["Raises"]:
            yield "it raises, and has no Raises section"
        if name.count(".") == 1 and not sections["Examples"]:
            yield "the package exports it, and it has no example"
    elif dataclasses.is_dataclass(value):
        rows = [row for row in ClassDoc(value)["Attributes"] if row.type]
        documented = {name.strip() for row in rows for name in row.name.split(",")}
        for field in dataclasses.fields(value):
            if not field.name.startswith("_") and field.name not in documented:
                yield f"the field {field.name!r} is not under Attributes with its type"


def place(value: Any) -> str:
    """Return `file:line` of a definition."""
    written = inspect.unwrap(value)
    path = Path(inspect.getsourcefile(written) or "?")
    line = inspect.getsourcelines(written)[1]
    root = PYPROJECT.parent
    return f"{path.relative_to(root) if path.is_relative_to(root) else path}:{line}"


def complaints(package: ModuleType) -> Iterator[str]:
    """Yield one line for everything that a public docstring lacks."""
    codes = checks()
    for name, value in public_objects(package).items():
        listed = [(name, value)]
        if inspect.isclass(value) and not is_short_form(value):
            listed.extend(methods(name, value))
        for full_name, entry in listed:
            for line in numpydoc_complaints(full_name, entry, codes):
                yield f"{place(entry)}: {full_name}: {line}"
            for line in house_complaints(full_name, entry):
                yield f"{place(entry)}: {full_name}: {line}"


def main(arguments: list[str]) -> int:
    """Print the complaints and return the exit status."""
    package = importlib.import_module(arguments[0] if arguments else "ganglion")
    found = list(complaints(package))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
