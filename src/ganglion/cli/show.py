"""`ganglion show`: a report in the browser, or what a model file holds, without building the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import click
from rich.table import Table as Grid
from rich.text import Text

from ..storage import Contents, inspect
from . import _options
from ._content import VERSION
from ._printing import grid, print_headline, print_json, print_table
from ._showing import Report, is_page, open_report, report_at
from ._talk import Screen, Talk, clean

Entry: TypeAlias = dict[str, Any]

MOST_SHOWN = 200  # characters of one value


EPILOG = """\b
Examples:
  ganglion cluster penguins.csv --report report.html --save groups.model
  ganglion show report.html
  ganglion show groups.model"""


@click.command("show", epilog=EPILOG)
@click.argument("path", metavar="MODEL|REPORT", type=click.Path())
@click.option(
    "--open/--no-open",
    "with_browser",
    default=True,
    show_default=True,
    help="Open a report in the browser, or only say where it is.",
)
@_options.json_option
def command(path: str, *, with_browser: bool, as_json: bool) -> None:
    """Open the report REPORT in the browser, or list what the file MODEL holds.

    Look before you give a model away, or use one that was given to you. The file is checked bit by
    bit; nothing in it is built or run. Names of columns, texts of categories, and the centre of a
    cluster of one row are data of whoever was clustered. A page that ganglion did not write is not
    opened.
    """
    if is_page(path):
        _show_report(report_at(path), with_browser and not as_json, as_json)
    else:
        _show_model(path, as_json)


def _show_report(report: Report, with_browser: bool, as_json: bool) -> None:
    """Open a report, or say where it is: its path is the result, all else is for standard error."""
    if as_json:
        about = {"kind": "report", "title": report.title, "report_version": report.version}
        answer = {"ganglion": VERSION, "command": "show", "path": str(report.path)}
        print_json(answer | about | {"bytes": report.n_bytes})
        return
    about = f"{clean(report.title, MOST_SHOWN)}, {report.n_bytes:,} bytes"
    talk = Talk(quiet=False)
    talk.note(f"{about}, by ganglion {clean(report.version)}")
    if with_browser and not open_report(report):
        talk.note("no browser was found; open the file by hand, or name one in BROWSER")
    click.echo(str(report.path))


def _show_model(model: str, as_json: bool) -> None:
    """List what a model file holds."""
    contents = inspect(model)
    if as_json:
        print_json(_as_json(model, contents))
        return
    screen = Screen()
    about = f"a {contents.kind}, {contents.n_bytes:,} bytes, format {contents.version}"
    print_headline(screen, model, about)
    arrays = grid("array", "type", "shape", "bytes", right=("bytes",))
    for array in contents.arrays:
        shape = " x ".join(map(str, array.shape)) or "one value"
        arrays.add_row(Text(clean(array.name)), array.dtype, shape, f"{array.n_bytes:,}")
    print_table(screen, arrays)
    parameters, lists = _sorted_out("", contents.parameters)
    if parameters:
        print_table(screen, _rows(("parameter", "value"), parameters))
    for name, entries in lists:
        heads = tuple(entries[0])
        rows = [[_text(entry[head]) for head in heads] for entry in entries]
        screen.print(Text(clean(name), style="bold"))
        print_table(screen, _rows(heads, rows))
    screen.print(Text(f"sha256 {contents.sha256}", style="dim"), soft_wrap=True)


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid:
    """Return a table of texts."""
    table = grid(*heads)
    for row in rows:
        table.add_row(*(Text(clean(cell, MOST_SHOWN)) for cell in row))
    return table


def _sorted_out(prefix: str, value: Any) -> tuple[list[list[str]], list[tuple[str, list[Entry]]]]:
    """Return single values, by names such as settings.seed, and lists of like records, each a table of its own."""
    if isinstance(value, dict):
        single: list[list[str]] = []
        lists: list[tuple[str, list[Entry]]] = []
        for name, item in cast("Entry", value).items():
            rows, tables = _sorted_out(f"{prefix}.{name}" if prefix else str(name), item)
            single += rows
            lists += tables
        return single, lists
    if _is_list_of_records(value):
        return [], [(prefix, value)]
    return [[prefix, _text(value)]], []


def _is_list_of_records(value: Any) -> bool:
    """Whether a value is a list of dicts with the same keys."""
    if not isinstance(value, list) or not value:
        return False
    entries = cast("list[Any]", value)
    first: Any = entries[0]
    return isinstance(first, dict) and all(
        isinstance(entry, dict) and list(cast("Entry", entry)) == list(cast("Entry", first))
        for entry in entries
    )


def _text(value: Any) -> str:
    """Return a value for a person: six digits of a number, a list by commas."""
    if isinstance(value, list):
        return ", ".join(_text(item) for item in cast("list[Any]", value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else repr(value)


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
