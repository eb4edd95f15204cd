"""`ganglion show`: what a model file holds, without building the model."""

from __future__ import annotations

from typing import Any, cast

import click
from rich.text import Text

from ..storage import Contents, inspect
from . import _options
from ._content import VERSION
from ._printing import grid, print_json, print_lines
from ._talk import Screen, clean

MOST_SHOWN = 200  # characters of one value


@click.command("show")
@_options.model_argument
@_options.json_option
def command(model: str, *, as_json: bool) -> None:
    """List what the file MODEL holds: look before you give it away, or use one that was given to you.

    The file is checked, bit by bit; nothing in it is built or run. Categories of text columns, and
    the centre of a cluster of one row, are data of whoever was clustered.
    """
    contents = inspect(model)
    if as_json:
        print_json(_as_json(model, contents))
        return
    screen = Screen()
    screen.print(
        Text(f"{clean(model)}: ", style="bold").append(
            f"a {contents.kind}, {contents.n_bytes:,} bytes, format {contents.version}"
        ),
        soft_wrap=True,
    )
    screen.print(Text(f"sha256 {contents.sha256}", style="dim"), soft_wrap=True)
    arrays = grid("array", "type", "shape", "bytes", right=("bytes",))
    for array in contents.arrays:
        shape = " x ".join(map(str, array.shape)) or "one value"
        arrays.add_row(Text(clean(array.name)), array.dtype, shape, f"{array.n_bytes:,}")
    print_lines(screen, arrays)
    parameters = grid("parameter", "value")
    for name, value in _flat("", contents.parameters):
        parameters.add_row(Text(clean(name)), Text(clean(value, MOST_SHOWN)))
    print_lines(screen, parameters)


def _flat(prefix: str, value: Any) -> list[tuple[str, str]]:
    """Return name and text of every value inside dicts and lists of dicts, such as encoding.columns[0].column."""
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value).items()
        dot = "." if prefix else ""
        return [row for name, item in entries for row in _flat(f"{prefix}{dot}{name}", item)]
    items = cast("list[Any]", value) if isinstance(value, list) else []
    if any(isinstance(item, dict) for item in items):
        return [row for at, item in enumerate(items) for row in _flat(f"{prefix}[{at}]", item)]
    return [(prefix, value if isinstance(value, str) else repr(value))]


def _as_json(path: str, contents: Contents) -> dict[str, Any]:
    """Return the contents as one object; what JSON lacks as text."""
    return {
        "ganglion": VERSION,
        "command": "show",
        "path": path,
        "kind": contents.kind,
        "format_version": contents.version,
        "bytes": contents.n_bytes,
        "sha256": contents.sha256,
        "parameters": _plain(contents.parameters),
        "arrays": [
            {
                "name": array.name,
                "dtype": array.dtype,
                "shape": list(array.shape),
                "bytes": array.n_bytes,
            }
            for array in contents.arrays
        ],
    }


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[Any]", value)]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return value
    return repr(value)
