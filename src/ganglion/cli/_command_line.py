"""The command line that gives the same result again, for pages and models."""

from __future__ import annotations

import csv
import io
import os
import shlex
from collections.abc import Sequence
from typing import cast

import click
from click.core import ParameterSource

ASIDE = frozenset({"labels", "misfits", "report", "save", "as_json", "quiet", "excel_safe"})


def command_line() -> str:
    """Return the words of the running command that decide its result, without the files that it writes.

    A file that is read is named without its folder: pages and models are given away, and folders name people.
    """
    context = click.get_current_context()
    words = ["ganglion", str(context.info_name)]
    for option in context.command.params:
        name = option.name or ""
        value = context.params[name]
        if isinstance(option, click.Argument):
            words.append(os.path.basename(str(value)) or str(value))
        elif (
            name in ASIDE
            or not isinstance(option, click.Option)
            or context.get_parameter_source(name) is ParameterSource.DEFAULT
        ):
            continue
        elif option.is_flag:
            words += [option.opts[0]] if value else list(option.secondary_opts[:1])
        else:
            words += [option.opts[0], _as_typed(value)]
    return shlex.join(words)


def _as_typed(value: object) -> str:
    """Return a value as it stands on a command line: several apart by commas, in quotes where one holds a comma."""
    if value is None:
        return "auto"
    if not isinstance(value, list | tuple):
        return str(value)
    several = cast("Sequence[object]", value)
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(several)
    return line.getvalue()
